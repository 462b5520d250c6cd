"""What a method costs for a member and a year: steps 1 to 5 of the calculation, pure.

Source: `domain.md` 2.2, 2.4, DUE-11 to DUE-11c, DUE-25, DUE-35 to DUE-36, 2.10.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from membership.domain.dues.assessment import BasisUsed, LineKind, PartLine, Remark, Step, StepName, Trail
from membership.domain.dues.conditions import bases_of, holds
from membership.domain.dues.discounts import discounted
from membership.domain.dues.doubts import DUE_34, doubts, refuse_open
from membership.domain.dues.errors import Undecided
from membership.domain.dues.groups import cents_of
from membership.domain.dues.previous_year import near_previous_year
from membership.domain.dues.schedule.choices import PartKind, SeveralKind
from membership.domain.dues.schedule.form import (
    Agreed,
    AsCategory,
    Category,
    FactorOf,
    Fixed,
    FlatBands,
    Free,
    MarginalBands,
    Method,
    Minimum,
    Open,
    Part,
    Rounding,
    Several,
)
from membership.domain.dues.situation import Situation, Value
from membership.domain.dues.surcharges import surcharged
from membership.domain.dues.tables import (
    Worked,
    agreed_amount,
    flat_row,
    per_year,
    work_out_flat,
    work_out_marginal,
)
from membership.domain.dues.words import added, euros, rounding_words
from membership.domain.phrases import Phrase, phrase

_CENTS = 100


def base_trail(category: Category, situation: Situation) -> Trail:
    """Return the steps from the basis to the category factor (1 to 4)."""
    if not isinstance(category.method, FactorOf):
        trail = method_trail(category, situation)
        return trail.warned(doubts(category.doubt)) if category.doubt else trail
    method = category.method
    trail = method_trail(situation.category(method.category), situation)
    if trail.parts or trail.apart:
        trail = trail._replace(parts=(), apart=())
    factor, bases, warnings = factor_of(method, situation)
    trail = trail.using(bases)
    if factor != 1:
        text = phrase(
            "%(factor)s × the dues of category %(category)s", factor=factor, category=method.category
        )
        trail = trail.then(StepName.FACTOR, "FACTOR_OF", text=text, amount=trail.amount * factor)
    return trail.warned((*warnings, *doubts(category.doubt)))


def method_trail(category: Category, situation: Situation) -> Trail:
    """Return the steps 1 to 3: the values, the method (per site), the limit of a rise."""
    worked = _at_all_sites(category, situation)
    steps = [
        Step(StepName.BASIS, _basis_rule(value, situation), value.note, value.used.value)
        for value in worked.values
        if value.note is not None
    ]
    trail = Trail(
        amount=worked.amount,
        steps=(*steps, Step(StepName.METHOD, worked.rule, worked.text, worked.amount)),
        bases=tuple([value.used for value in worked.values]),
        band=worked.band,
        warnings=worked.warnings,
        parts=worked.parts,
        apart=worked.apart,
    )
    return trail if category.max_rise is None else _limited_rise(category, situation, trail)


Factor = tuple[Fraction, tuple[BasisUsed, ...], tuple[Remark, ...]]


def factor_of(method: FactorOf, situation: Situation) -> Factor:
    """Return the factor that counts, the values that its conditions looked at, and doubts about it.

    Two conditions that hold at once with different factors are refused: the schedule does not say which counts.
    """
    if not method.factors:
        return method.factor, (), ()
    held = [conditional for conditional in method.factors if holds(conditional.when, situation)]
    bases = tuple(used for conditional in method.factors for used in bases_of(conditional.when, situation))
    for conditional in held:
        refuse_open(conditional.open)
    found = {conditional.factor for conditional in held}
    if len(found) > 1:
        raise Undecided(
            DUE_34,
            phrase("Several factors hold at once for category %(category)s.", category=method.category),
        )
    factor = found.pop() if found else method.factor
    return factor, bases, doubts(*(conditional.doubt for conditional in held))


def work_out(method: Method, situation: Situation) -> Worked:
    """Return what a method comes to in a year."""
    return _WORKERS[type(method)](method, situation)


def _open(method: Method, _: Situation) -> Worked:
    assert isinstance(method, Open), method
    refuse_open(method.reason)
    raise AssertionError(method)


def _free(_: Method, __: Situation) -> Worked:
    return Worked(Fraction(0), "FREE", phrase("No dues"))


def _fixed(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, Fixed), method
    return per_year(Worked(method.amount, "FIXED", phrase("Fixed amount")), situation)


def _flat(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, FlatBands), method
    return work_out_flat(method, situation)


def _marginal(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, MarginalBands), method
    return work_out_marginal(method, situation)


def _agreed(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, Agreed), method
    amount = agreed_amount(situation, _minimum(method.minimum, situation))
    return Worked(amount, "AGREED", phrase("Agreed amount"))


def _factor(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, FactorOf), method
    other = method_trail(situation.category(method.category), situation)
    factor, bases, warnings = factor_of(method, situation)
    text = phrase("%(factor)s × the dues of category %(category)s", factor=factor, category=method.category)
    values = tuple(Value(used) for used in (*other.bases, *bases))
    return Worked(other.amount * factor, "FACTOR_OF", text, values, other.band, (*other.warnings, *warnings))


def _several(method: Method, situation: Situation) -> Worked:
    assert isinstance(method, Several), method
    found = [(part, _part(part, situation)) for part in method.parts if _applies(part, situation)]
    parts = [worked for _part_of, worked in found]
    values = tuple({value.used.name: value for worked in parts for value in worked.values}.values())
    warnings = tuple(warning for worked in parts for warning in worked.warnings)
    if method.kind is SeveralKind.SUM:
        return _sum(found)._replace(values=values, warnings=warnings)
    if not found:
        raise Undecided(DUE_34, phrase("None of the parts of the fee schedule applies to this member."))
    choose, text = (
        (min, "The lower amount counts: %(text)s")
        if method.kind is SeveralKind.LOWER
        else (max, "The higher amount counts: %(text)s")
    )
    part, won = choose(found, key=lambda pair: pair[1].amount)
    lines = (PartLine(LineKind.DUES, won.amount, "", part.tax, part.due),) if part.is_own_line else ()
    return Worked(
        won.amount, method.kind, Phrase(text, {"text": won.text}), values, won.band, won.warnings, lines
    )


def _applies(part: Part, situation: Situation) -> bool:
    """Return whether a part counts; one that does not needs no values. An admission fee is for those who join."""
    if part.kind is PartKind.ADMISSION_FEE and not situation.joins_this_year:
        return False
    return part.when is None or holds(part.when, situation)


def _part(part: Part, situation: Situation) -> Worked:
    """Return a part after its own options, in the order of 2.4."""
    worked = work_out(part.method, _once(situation) if part.kind is PartKind.ADMISSION_FEE else situation)
    trail = Trail(worked.amount, warnings=worked.warnings)
    if part.factor != 1:
        text = phrase("× %(factor)s", factor=part.factor)
        trail = trail.then(StepName.FACTOR, "factor", text=text, amount=trail.amount * part.factor)
    trail = _bounded(trail, _minimum(part.minimum, situation), part.cap)
    trail = discounted(trail, part.discounts, part.discounts_together, situation=situation)
    trail = surcharged(trail, part.surcharges, situation=situation)
    if part.rounding is not None:
        trail = _rounded(trail, part.rounding)
    text = worked.text
    for step in trail.steps:
        text = phrase("%(text)s; %(more)s", text=text, more=step.text)
    asked = () if part.when is None else bases_of(part.when, situation)
    values = (*worked.values, *(Value(used) for used in (*asked, *trail.bases)))
    warnings = (*trail.warnings, *doubts(part.doubt))
    return worked._replace(amount=trail.amount, text=text, values=values, warnings=warnings)


def _rounded(trail: Trail, rounding: Rounding) -> Trail:
    amount = Fraction(cents_of(trail.amount, rounding), _CENTS)
    return trail.then(StepName.ROUNDING, "rounding", text=rounding_words(rounding), amount=amount)


def _once(situation: Situation) -> Situation:
    """Return the case with amounts that are asked for once, whatever the period of the schedule is (DUE-14)."""
    if situation.periods == 1:
        return situation
    return situation._replace(schedule=replace(situation.schedule, periods=1))


_APART = frozenset({PartKind.ADMISSION_FEE, PartKind.LEVY})


def _sum(found: list[tuple[Part, Worked]]) -> Worked:
    """Return the sum of the parts; those with an own kind, tax or due date become lines (DUE-36)."""
    inside = [(part, worked) for part, worked in found if part.kind not in _APART]
    own = [(part, worked) for part, worked in inside if part.is_own_line]
    total = sum((worked.amount for _part_of, worked in inside), Fraction(0))
    rest = total - sum((worked.amount for _part_of, worked in own), Fraction(0))
    lines = tuple(_line_of(part, worked) for part, worked in own)
    if own and len(own) < len(inside):
        lines = (PartLine(LineKind.DUES, rest), *lines)
    apart = tuple(_line_of(part, worked) for part, worked in found if part.kind in _APART)
    summands = [
        phrase("%(amount)s (%(text)s)", amount=euros(worked.amount), text=worked.text)
        for _part_of, worked in inside
    ]
    text = added(summands) if summands else phrase("No dues")
    return Worked(total, SeveralKind.SUM, text, parts=lines, apart=apart)


def _line_of(part: Part, worked: Worked) -> PartLine:
    kind = LineKind(part.kind) if part.kind is not None else LineKind.DUES
    return PartLine(kind, worked.amount, part.text, part.tax, part.due)


_WORKERS: dict[type, Callable[[Method, Situation], Worked]] = {
    Open: _open,
    Free: _free,
    Fixed: _fixed,
    FlatBands: _flat,
    MarginalBands: _marginal,
    Agreed: _agreed,
    FactorOf: _factor,
    Several: _several,
}


def _basis_rule(value: Value, situation: Situation) -> str:
    if situation.affiliates:
        return "DUE-13"
    return "DUE-7" if value.used.origin.is_sure else "DUE-28"


def _at_all_sites(category: Category, situation: Situation) -> Worked:
    worked = work_out(category.method, situation)
    if category.further_sites is None or not situation.facts.sites:
        return worked
    places = [worked, *(work_out(category.method, situation.at_site(site)) for site in situation.facts.sites)]
    main = max(places, key=lambda place: place.amount)
    total = main.amount + category.further_sites * (
        sum((p.amount for p in places), Fraction(0)) - main.amount
    )
    text = phrase(
        "%(text)s; further sites: %(n)s, each at %(percent)s %%",
        text=main.text,
        n=len(places) - 1,
        percent=category.further_sites * 100,
    )
    return main._replace(amount=total, text=text, values=worked.values)


def _limited_rise(category: Category, situation: Situation, trail: Trail) -> Trail:
    last, method = situation.facts.previous.row, category.method
    if category.max_rise is None or last is None or trail.band is None or not isinstance(method, FlatBands):
        return trail
    highest = last + category.max_rise
    if trail.band.row <= highest:
        return trail
    limited = flat_row(method, situation, value=situation.value(method.basis), index=highest - 1)
    text = phrase(
        "Row %(row)s counts: %(rise)s above row %(last)s of the year before is the most",
        row=highest,
        rise=category.max_rise,
        last=last,
    )
    risen = trail.then(StepName.MAX_RISE, "DUE-11", text=text, amount=limited.amount)
    return risen._replace(band=limited.band)


def limited_trail(category: Category, situation: Situation) -> Trail:
    """Return the steps 1 to 5: with the category's own `min`, then `cap` (annual values)."""
    trail = base_trail(category, situation)
    if category.minimum is not None or category.cap is not None:
        trail = _bounded(trail, minimum_of(category, situation), category.cap)
    if category.previous_year is None:
        return trail
    return near_previous_year(trail, category.previous_year, situation=situation)


def _bounded(trail: Trail, minimum: Fraction | None, cap: Fraction | None) -> Trail:
    """Step 5."""
    if minimum is not None and trail.amount < minimum:
        text = phrase("Minimum dues of %(amount)s", amount=euros(minimum))
        trail = trail.then(StepName.MINIMUM, "min", text=text, amount=minimum)
    if cap is not None and trail.amount > cap:
        text = phrase("Maximum dues of %(amount)s", amount=euros(cap))
        trail = trail.then(StepName.CAP, "cap", text=text, amount=cap)
    return trail


def minimum_of(category: Category, situation: Situation) -> Fraction | None:
    """Return the minimum in euros; of a category named there it is what the member would owe in it."""
    return _minimum(category.minimum, situation)


def _minimum(minimum: Minimum | None, situation: Situation) -> Fraction | None:
    if isinstance(minimum, AsCategory):
        return limited_trail(situation.category(minimum.category), situation).amount
    return minimum
