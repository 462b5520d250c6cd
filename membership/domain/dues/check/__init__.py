"""What a fee schedule leaves to be desired, as far as it can be said without members: a linter for fee orders.

Source: `domain.md` DUE-31, DUE-32, DUE-35; `interfaces.md` `schedule check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Final

from membership.domain.dues.check.conditions import (
    discount_findings,
    prorata_findings,
    surcharge_findings,
    when_findings,
)
from membership.domain.dues.check.falls import falls
from membership.domain.dues.check.finding import OPEN, Finding, below
from membership.domain.dues.check.knowledge import category_findings, schedule_findings
from membership.domain.dues.check.members import check_members
from membership.domain.dues.check.tables import flat_findings, highest_amount, marginal_findings, undecided
from membership.domain.dues.check.versions import at_version, check_versions
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.choices import Join, Together
from membership.domain.dues.schedule.form import (
    Agreed,
    Category,
    FactorOf,
    Fixed,
    FlatBands,
    MarginalBands,
    Method,
    Open,
    Part,
    Several,
)
from membership.domain.dues.words import euros
from membership.domain.dues.year import DuesYear
from membership.domain.phrases import Phrase, phrase

JUMP_PERCENT: Final = 100
"""By how much one head more may raise the dues before it is said."""
_EXAMPLE_YEAR: Final = 2027

__all__ = ["JUMP_PERCENT", "Finding", "as_json", "check_all", "check_members", "check_schedule"]


def check_schedule(schedule: FeeSchedule, *, jump_percent: int = JUMP_PERCENT) -> list[Finding]:
    """Return all that is to be said about a schedule, in the order of the stored form."""
    return [
        *_whole(schedule),
        *(
            finding
            for one in schedule.categories.values()
            for finding in _category(one, schedule, jump_percent=jump_percent)
        ),
    ]


def check_all(schedules: Sequence[FeeSchedule], *, is_list: bool) -> list[Finding]:
    """Return all that is to be said about the versions of one file, and about how they follow each other."""
    if not is_list:
        return [finding for one in schedules for finding in check_schedule(one)]
    each = (at_version(finding, i) for i, one in enumerate(schedules) for finding in check_schedule(one))
    return [*each, *check_versions(schedules)]


def _whole(schedule: FeeSchedule) -> Iterator[Finding]:
    if schedule.resolution is None:
        yield Finding(
            "/resolution", phrase("The resolution is missing: who resolved the schedule?"), is_fatal=True
        )
    elif schedule.resolution.on is None:
        yield Finding("/resolution/date", phrase("The day of the resolution is missing."))
    if schedule.due is None:
        yield Finding("/due", phrase("The schedule does not say when dues are due."), is_fatal=True)
    yield from schedule_findings(schedule)
    if (
        not schedule.follows_joining
        and schedule.prorata.join is Join.NONE
        and any(c.prorata.join is Join.NONE for c in schedule.categories.values())
    ):
        text = phrase(
            "The schedule does not say what members owe that join during the year. They will be refused."
        )
        yield Finding("/prorata/join", text)
    yield from prorata_findings(schedule.prorata, "/prorata", _year(schedule))


def _year(schedule: FeeSchedule) -> DuesYear:
    return DuesYear(_EXAMPLE_YEAR, schedule.starts)


def _category(category: Category, schedule: FeeSchedule, *, jump_percent: int) -> Iterator[Finding]:
    place = below("/categories", category.code)
    yield from undecided("", category.doubt, place)
    yield from _limits(category, place)
    if isinstance(category.method, Agreed) and category.method.minimum is None:
        yield Finding(f"{place}/min", phrase("Agreed amounts have no minimum here."))
    yield from _method(category.method, place, schedule, jump_percent=jump_percent)
    yield from falls(category, schedule)
    yield from category_findings(category, schedule)
    yield from discount_findings(category.discounts, place)
    yield from surcharge_findings(category.surcharges, place)
    if category.discounts_together is Together.OPEN and len(category.discounts) > 1:
        text = phrase("Nobody has decided what several discounts come to that hold at once.")
        yield Finding(f"{place}/discounts", text, OPEN)
    if category.prorata != schedule.prorata:
        yield from prorata_findings(category.prorata, f"{place}/prorata", _year(schedule))
    if category.admission_fee is not None:
        yield from undecided("", category.admission_fee.doubt, f"{place}/admission_fee")
    if category.becomes is not None:
        yield from undecided("", category.becomes.doubt, f"{place}/becomes")
    yield from undecided("", category.tax.doubt, f"{place}/tax")


def _limits(one: Category | Part, place: str) -> Iterator[Finding]:
    """Limits that contradict each other, or the amounts they are to limit."""
    minimum, cap = one.minimum, one.cap
    if isinstance(minimum, Fraction) and cap is not None and minimum > cap:
        text = phrase(
            "The minimum of %(minimum)s is above the maximum of %(cap)s.",
            minimum=euros(minimum),
            cap=euros(cap),
        )
        yield Finding(f"{place}/min", text)
        return
    lowest, highest = _range(one.method)
    if cap is not None and lowest is not None and cap <= lowest:
        text = phrase(
            "The maximum of %(cap)s is not above the lowest amount of %(amount)s, so that everybody pays it.",
            cap=euros(cap),
            amount=euros(lowest),
        )
        yield Finding(f"{place}/cap", text)
    elif cap is not None and highest is not None and cap < highest:
        text = phrase(
            "The maximum of %(cap)s lies below the table, whose highest amount is %(amount)s.",
            cap=euros(cap),
            amount=euros(highest),
        )
        yield Finding(f"{place}/cap", text)
    if isinstance(minimum, Fraction) and highest is not None and minimum >= highest:
        text = phrase(
            "The minimum of %(minimum)s is not below the highest amount of %(amount)s, so that everybody pays it.",
            minimum=euros(minimum),
            amount=euros(highest),
        )
        yield Finding(f"{place}/min", text)


def _range(method: Method) -> tuple[Fraction | None, Fraction | None]:
    """Return the lowest and the highest amount of a method, None where nobody can say without a value."""
    if isinstance(method, Fixed):
        return method.amount, method.amount
    if isinstance(method, FlatBands):
        highest = highest_amount(method.rows)
        return (None, None) if highest is None else (min(row.amount for row in method.rows), highest)
    if isinstance(method, MarginalBands):
        return method.base, None
    return None, None


def _method(method: Method, place: str, schedule: FeeSchedule, *, jump_percent: int) -> Iterator[Finding]:
    if isinstance(method, Open):
        yield from undecided(method.reason, "", place)
    elif isinstance(method, Several):
        for index, part in enumerate(method.parts):
            yield from _part(part, f"{place}/parts/{index}", schedule, jump_percent=jump_percent)
    elif isinstance(method, FlatBands):
        yield from flat_findings(method, place, schedule.bases[method.basis], jump_percent=jump_percent)
    elif isinstance(method, MarginalBands):
        yield from marginal_findings(method, place, schedule.bases[method.basis])
    elif isinstance(method, FactorOf):
        for index, factor in enumerate(method.factors):
            where = f"{place}/factors/{index}"
            yield from undecided(factor.open, factor.doubt, where)
            yield from when_findings(factor.when, f"{where}/when")


def _part(part: Part, place: str, schedule: FeeSchedule, *, jump_percent: int) -> Iterator[Finding]:
    yield from undecided("", part.doubt, place)
    if part.when is not None:
        yield from when_findings(part.when, f"{place}/when")
    yield from _limits(part, place)
    yield from _method(part.method, place, schedule, jump_percent=jump_percent)
    yield from discount_findings(part.discounts, place)
    yield from surcharge_findings(part.surcharges, place)


def as_json(findings: list[Finding], words: Callable[[Phrase], str]) -> dict[str, object]:
    """Return the JSON of `schedule check`."""
    return {
        "ok": not findings,
        "findings": [
            {"rule": one.rule, "where": one.where, "text": words(one.text), "fatal": one.is_fatal}
            for one in findings
        ],
    }
