"""What members owe for a dues year, with every step: the fixed order of the calculation.

Source: `domain.md` 2.4, DUE-14 to DUE-17, DUE-19, DUE-34; `interfaces.md` "dues explain".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple, TypeVar

from membership.domain.dues import items
from membership.domain.dues.assessment import (
    Assessment,
    Line,
    PartLine,
    Refusal,
    Remark,
    Result,
    StepName,
    Trail,
)
from membership.domain.dues.conditions import refuse_open_group
from membership.domain.dues.discounts import discounted
from membership.domain.dues.doubts import DUE_34, doubts
from membership.domain.dues.errors import Undecided
from membership.domain.dues.facts import Facts, OverrideKind
from membership.domain.dues.groups import (
    Portion,
    by_amount,
    capped,
    further_companies_pay_less,
    groups_in,
    led_trail,
    rounded_together,
)
from membership.domain.dues.lines import credit_line, dues_lines, rounded_dues, tax_notes
from membership.domain.dues.methods import limited_trail, minimum_of
from membership.domain.dues.prorata import cut_to_year
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.choices import CreditRest, GroupMode
from membership.domain.dues.schedule.form import Category
from membership.domain.dues.situation import Situation, category_of
from membership.domain.dues.surcharges import surcharged
from membership.domain.dues.versions import Versions
from membership.domain.dues.ways import Way, each_segment, fee_of_growth, joined, ways_of
from membership.domain.dues.words import rounding_words
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase

_CENTS = 100


class _Case(NamedTuple):
    """A member on the way through the steps; `leader` is set when the values count at another company.

    `category` is the one whose rules count. Where several count, one after the other or side by side, each has its
    own trail in `ways` up to the discounts; `trail` holds what they come to.
    """

    situation: Situation
    category: Category
    ways: tuple[Way, ...] = ()
    trail: Trail = Trail()
    leader: Facts | None = None
    annual: Fraction = Fraction(0)

    @property
    def facts(self) -> Facts:
        return self.situation.facts

    def with_trail(self, trail: Trail) -> _Case:
        if trail is self.trail:
            return self
        return _Case(self.situation, self.category, self.ways, trail, self.leader, self.annual)

    def worked(self, work: Callable[[Category, Trail], Trail]) -> _Case:
        """Return the case after work on the trail of each category that counts."""
        if not self.ways:
            return self.with_trail(work(self.category, self.trail))
        ways = each_segment(self.ways, work)
        found = joined(ways, self.situation.schedule.several_categories)
        return _Case(self.situation, found.category, ways, found.trail, self.leader, self.annual)


_Entry = _Case | Refusal
_Done = TypeVar("_Done")
_Cases = list[_Entry]


def explain(schedules: Sequence[FeeSchedule], facts: Sequence[Facts]) -> tuple[Result, ...]:
    """Return an assessment or a refusal for each member, in the order of the facts.

    The members of a group must stand in one call. A refusal does not hinder the others, except the companies of
    the same group where the group's rule needs its amount.
    """
    found: dict[int, Result] = {}
    versions = Versions(schedules)
    groups = [places for places in groups_in(facts).values() if len(places) > 1]
    if groups:
        places = sorted(place for group in groups for place in group)
        found = dict(zip(places, _together(versions, [facts[place] for place in places]), strict=True))
    return tuple(found.get(place) or _alone(versions, one) for place, one in enumerate(facts))


def _alone(versions: Versions, facts: Facts) -> Result:
    """Take a member that shares nothing with others through all steps."""
    try:
        case = _opened(versions, facts)
        for stage in _STAGES:
            case = stage(case)
        return _finished(case, None)
    except Undecided as reason:
        return _refused(facts, reason)


def _together(versions: Versions, facts: Sequence[Facts]) -> list[Result]:
    """Take companies of groups through the steps side by side: some of them need what the others come to."""
    groups = list(groups_in(facts).values())
    cases: _Cases = [_decided(one, partial(_opened, versions, one)) for one in facts]
    cases = _led(cases, facts, groups)
    cases = _each(cases, _limited)
    cases = _without_leader(cases, facts, groups)
    cases = _placed(cases, facts, groups)
    cases = _each(cases, _discounted)
    cases = _grouped(cases, groups)
    cases = _each(cases, _overridden)
    cases = _each(cases, _cut)
    cents = _rounded_in_groups(cases, groups)
    return [
        case
        if isinstance(case, Refusal)
        else _decided(case.facts, partial(_finished, case, cents.get(index)))
        for index, case in enumerate(cases)
    ]


def _refused(facts: Facts, reason: Undecided) -> Refusal:
    return Refusal(facts.member, facts.year, reason.rule, reason.text)


def _decided(facts: Facts, work: Callable[[], _Done]) -> _Done | Refusal:
    try:
        return work()
    except Undecided as reason:
        return _refused(facts, reason)


def _each(cases: _Cases, stage: Callable[[_Case], _Case]) -> _Cases:
    return [case if isinstance(case, Refusal) else _staged(case, stage) for case in cases]


def _staged(case: _Case, stage: Callable[[_Case], _Case]) -> _Entry:
    return _decided(case.facts, lambda: stage(case))


def _opened(versions: Versions, facts: Facts) -> _Case:
    if not facts.category:
        raise Undecided(DUE_34, phrase("The member has no category. Choose one in its record."))
    schedule, year, lookups = versions.of(facts)
    if (facts.start and facts.start > year.last) or (facts.end and facts.end < year.first):
        raise Undecided(DUE_34, phrase("The company is no member in %(year)s.", year=str(facts.year)))
    situation = Situation(facts, schedule, year, lookups, category_of(schedule, facts.category))
    return _Case(situation, situation.own, ways_of(situation))


def _led(cases: _Cases, facts: Sequence[Facts], groups: list[list[int]]) -> _Cases:
    """Step 1, `aggregate`: the first company of a group carries the values of all."""
    led = list(cases)
    for places in groups:
        for index in places:
            case = cases[index]
            if isinstance(case, Refusal) or case.situation.schedule.group.mode is not GroupMode.AGGREGATE:
                continue
            if index == places[0]:
                affiliates = tuple(facts[other] for other in places[1:])
                led[index] = case._replace(situation=case.situation._replace(affiliates=affiliates))
            else:
                led[index] = case._replace(leader=facts[places[0]])
    return led


def _without_leader(cases: _Cases, facts: Sequence[Facts], groups: list[list[int]]) -> _Cases:
    """Refuse the companies whose values count at a lead member that is not decided, or not there."""
    found = list(cases)
    for places in groups:
        first = facts[places[0]]
        is_there = first.group_lead is None or first.group_lead == first.member
        if is_there and not isinstance(cases[places[0]], Refusal):
            continue
        for index in places:
            case = cases[index]
            if isinstance(case, _Case) and case.situation.schedule.group.mode is GroupMode.AGGREGATE:
                text = phrase(
                    "The lead member %(member)s of the group “%(group)s” is not decided for %(year)s, "
                    "so its companies are not.",
                    member=first.group_lead or first.member,
                    group=case.facts.group or "",
                    year=str(case.facts.year),
                )
                found[index] = Refusal(case.facts.member, case.facts.year, "DUE-13", text)
    return found


def _limited(case: _Case) -> _Case:
    """Steps 1 to 5."""
    if case.leader is not None:
        return case.with_trail(led_trail(case.leader))
    situation = case.situation
    return case.worked(lambda category, _: limited_trail(category, situation))


def _placed(cases: _Cases, facts: Sequence[Facts], groups: list[list[int]]) -> _Cases:
    """Give each company its place in the group by the amounts before discounts."""
    placed = list(cases)
    for places in groups:
        known = {
            i: (case.trail.amount, facts[i].member) for i in places if isinstance(case := cases[i], _Case)
        }
        is_open = len(known) < len(places)
        undecided = ", ".join(facts[i].member for i in places if i not in known)
        for position, index in enumerate(by_amount(known), start=1):
            case = cases[index]
            assert isinstance(case, _Case), case
            situation = case.situation._replace(position=position, group_is_open=is_open, undecided=undecided)
            placed[index] = case._replace(situation=situation)
    return placed


def _discounted(case: _Case) -> _Case:
    """Step 6."""
    if case.leader is not None:
        return case
    situation = case.situation

    def after_discounts(category: Category, trail: Trail) -> Trail:
        trail = discounted(trail, category.discounts, category.discounts_together, situation=situation)
        return surcharged(trail, category.surcharges, situation=situation) if category.surcharges else trail

    return case.worked(after_discounts)


def _grouped(cases: _Cases, groups: list[list[int]]) -> _Cases:
    """Step 7: the share of further companies, or the cap of the group's sum."""
    sums: dict[int, Fraction] = {}
    for places in groups:
        members = _capped_members(cases, places)
        total = sum((case.trail.amount for case in members.values()), Fraction(0))
        sums |= dict.fromkeys(members, total)
    return [
        case if isinstance(case, Refusal) else _staged(case, partial(_in_group, total=sums.get(index)))
        for index, case in enumerate(cases)
    ]


def _in_group(case: _Case, *, total: Fraction | None = None) -> _Case:
    if case.situation.facts.group is None:
        return case
    group, situation = case.situation.schedule.group, case.situation
    trail = further_companies_pay_less(case.trail, group, situation=situation)
    if total is not None:
        refuse_open_group(situation)
        trail = capped(trail, group, name=case.facts.group or "", total=total)
    return case.with_trail(trail)


def _capped_members(cases: _Cases, places: Sequence[int]) -> dict[int, _Case]:
    members = {i: case for i in places if isinstance(case := cases[i], _Case)}
    return {i: case for i, case in members.items() if case.situation.schedule.group.mode is GroupMode.CAP}


def _overridden(case: _Case) -> _Case:
    """Step 8: a decision in the individual case; the result is the annual amount that levies refer to."""
    override, trail = case.situation.facts.override, case.trail
    if override is not None:
        amounts = {
            OverrideKind.AMOUNT: Fraction(override.amount.cents, _CENTS),
            OverrideKind.PERCENT: trail.amount * override.share,
            OverrideKind.WAIVE: Fraction(0),
        }
        trail = trail.then(
            StepName.OVERRIDE, "DUE-17", text=_override_words(case.facts), amount=amounts[override.kind]
        )
    return _Case(case.situation, case.category, case.ways, trail, case.leader, trail.amount)


def _override_words(facts: Facts) -> Phrase:
    override = facts.override
    assert override is not None, facts
    texts = {
        OverrideKind.AMOUNT: phrase("Decision in the individual case: %(amount)s", amount=override.amount),
        OverrideKind.PERCENT: phrase(
            "Decision in the individual case: %(percent)s %% of the dues", percent=override.share * 100
        ),
        OverrideKind.WAIVE: phrase("Decision in the individual case: dues waived"),
    }
    text = texts[override.kind]
    return phrase("%(text)s (%(reason)s)", text=text, reason=override.reason) if override.reason else text


def _cut(case: _Case) -> _Case:
    """Step 9."""
    rule = case.category.prorata
    minimum = minimum_of(case.category, case.situation) if rule.min_not_prorated else None
    return case.with_trail(cut_to_year(case.trail, rule, situation=case.situation, minimum=minimum))


_STAGES: tuple[Callable[[_Case], _Case], ...] = (_limited, _discounted, _in_group, _overridden, _cut)
"""Steps 1 to 9 of a member on its own."""


def _rounded_in_groups(cases: _Cases, groups: list[list[int]]) -> Mapping[int, int]:
    """Step 10 for groups with a cap: their cents add up to the rounded sum."""
    together: dict[int, int] = {}
    for places in groups:
        members = _capped_members(cases, places)
        if any(step.step is StepName.GROUP for case in members.values() for step in case.trail.steps):
            together |= rounded_together(
                {i: Portion(c.trail.amount, c.facts.member, c.category.rounding) for i, c in members.items()}
            )
    return together


def _finished(case: _Case, cents: int | None) -> Result:
    """Steps 10 to 12: rounding, what is added, the tax, and what was paid before."""
    situation, trail = case.situation, case.trail
    found = rounded_dues(trail, case.category, cents=cents)
    owed = sum([amount.cents for _part, amount in found])
    numerator, denominator = trail.amount.as_integer_ratio()
    if owed * denominator != numerator * _CENTS:
        text = rounding_words(case.category.rounding)
        trail = trail.then(StepName.ROUNDING, "rounding", text=text, amount=Fraction(owed, _CENTS))
    lines = [*dues_lines(found, year=situation.year, usual=situation.schedule.due)]
    for item in items.added_items(situation, case.trail.apart, case.annual):
        trail = trail.noted(item.step, item.rule, text=item.text, result=Fraction(item.amount.cents, _CENTS))
        trail = trail.warned(item.warnings)
        lines += item.lines(situation.year)
    for text, tax in tax_notes(lines):
        trail = trail.noted(StepName.TAX, "INV-4", text=text, result=Fraction(tax.cents, _CENTS))
    return _credited(case, _assessment(case, trail.warned(_last_doubts(case, found)), tuple(lines)))


def _last_doubts(case: _Case, found: Sequence[tuple[PartLine, Money]]) -> tuple[Remark, ...]:
    """Return the doubts about the tax of lines, and about a change of category that took effect."""
    if case.situation.own.becomes is None and not case.trail.parts and not case.category.tax.doubt:
        return ()
    grown = fee_of_growth(case.situation)
    taxes = {part.tax.doubt for part, amount in found if part.tax is not None and amount}
    return doubts(*sorted(taxes), *([grown.doubt] if grown else []))


def _assessment(case: _Case, trail: Trail, lines: tuple[Line, ...]) -> Assessment:
    facts = case.situation.facts
    return Assessment(
        member=facts.member,
        year=facts.year,
        category=facts.category,
        schedule=case.situation.schedule.code,
        lines=lines,
        steps=trail.steps,
        bases=trail.bases,
        band=trail.band,
        warnings=trail.warnings,
    )


_RESTS = {
    CreditRest.REFUND: phrase("The credit exceeds what there is to pay; %(rest)s are to be refunded."),
    CreditRest.CARRY: phrase("The credit exceeds what there is to pay; %(rest)s count in the next year."),
    CreditRest.LAPSES: phrase("The credit exceeds what there is to pay; %(rest)s lapse."),
}


def _credited(case: _Case, found: Assessment) -> Result:
    """Take off what was paid before and counts now (DUE-40)."""
    credit = case.situation.facts.credit
    if not credit:
        return found
    owed = found.gross
    rest, warnings = credit - owed, found.warnings
    if rest.cents > 0:
        rule = case.situation.schedule.credit_rest
        if rule is None:
            text = phrase(
                "The credit of %(credit)s exceeds the %(owed)s to pay, and the fee schedule does not say what then.",
                credit=credit,
                owed=owed,
            )
            return Refusal(found.member, found.year, DUE_34, text)
        credit = owed
        warnings = (*warnings, Remark("DUE-40", Phrase(_RESTS[rule].message, {"rest": rest})))
    lines = (*found.lines, credit_line(credit)) if credit else found.lines
    return found._replace(lines=lines, warnings=warnings)
