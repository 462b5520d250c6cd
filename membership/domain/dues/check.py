"""What a fee schedule leaves to be desired, as far as it can be said without members.

Source: `domain.md` DUE-31, DUE-32; `interfaces.md` `schedule check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.choices import Join
from membership.domain.dues.schedule.form import (
    Agreed,
    Category,
    FlatBands,
    MarginalBands,
    Method,
    Row,
    Several,
)
from membership.domain.dues.tables import flat_amount
from membership.domain.dues.words import euros
from membership.domain.phrases import Phrase, phrase

RULE = "DUE-31"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at; `is_fatal` keeps the schedule from coming into force."""

    where: str
    text: Phrase
    rule: str = RULE
    is_fatal: bool = False


def check_schedule(schedule: FeeSchedule) -> list[Finding]:
    """Return all that is to be said about a schedule, in the order of the stored form."""
    return [
        *_whole(schedule),
        *(finding for one in schedule.categories.values() for finding in _category(one, schedule)),
    ]


def _whole(schedule: FeeSchedule) -> Iterator[Finding]:
    if schedule.resolution is None:
        yield Finding(
            "/resolution", phrase("The resolution is missing: who resolved the schedule?"), is_fatal=True
        )
    elif schedule.resolution.on is None:
        yield Finding("/resolution/date", phrase("The day of the resolution is missing."))
    if schedule.due is None:
        yield Finding("/due", phrase("The schedule does not say when dues are due."), is_fatal=True)
    if schedule.prorata.join is Join.NONE and any(
        c.prorata.join is Join.NONE for c in schedule.categories.values()
    ):
        text = phrase(
            "The schedule does not say what members owe that join during the year. They will be refused."
        )
        yield Finding("/prorata/join", text)


def _category(category: Category, schedule: FeeSchedule) -> Iterator[Finding]:
    place = "/categories/" + category.code.replace("~", "~0").replace("/", "~1")
    if (
        isinstance(category.minimum, Fraction)
        and category.cap is not None
        and category.minimum > category.cap
    ):
        text = phrase(
            "The minimum of %(minimum)s is above the maximum of %(cap)s.",
            minimum=euros(category.minimum),
            cap=euros(category.cap),
        )
        yield Finding(f"{place}/min", text)
    if isinstance(category.method, Agreed) and category.method.minimum is None:
        yield Finding(f"{place}/min", phrase("Agreed amounts have no minimum here."))
    yield from _method(category.method, place, schedule)


def _method(method: Method, place: str, schedule: FeeSchedule) -> Iterator[Finding]:
    if isinstance(method, Several):
        for index, part in enumerate(method.parts):
            yield from _method(part.method, f"{place}/parts/{index}", schedule)
    elif isinstance(method, FlatBands):
        yield from _flat(method, place, discrete=schedule.bases[method.basis].discrete)
        yield from _gaps(method.rows, place, in_units=schedule.bases[method.basis].discrete)
    elif isinstance(method, MarginalBands):
        yield from _marginal(method, place)


def _flat(method: FlatBands, place: str, *, discrete: bool) -> Iterator[Finding]:
    for index, (row, following) in enumerate(pairwise(method.rows)):
        where = f"{place}/rows/{index + 1}/amount"
        last = flat_amount(
            method.rows, index, value=_last_value(following, discrete=discrete), discrete=discrete
        )
        if following.amount < last and row.rate:
            text = phrase(
                "The dues fall from %(last)s to %(amount)s where this row starts.",
                last=euros(last),
                amount=euros(following.amount),
            )
            yield Finding(where, text)
        elif following.amount <= row.amount and not following.rate:
            text = phrase("The amount of this row is not above that of the row before it.")
            yield Finding(where, text)


def _last_value(following: Row, *, discrete: bool) -> Fraction:
    return following.start - 1 if discrete and not following.exclusive else following.start


def _gaps(rows: tuple[Row, ...], place: str, *, in_units: bool) -> Iterator[Finding]:
    for index, (row, following) in enumerate(pairwise(rows)):
        if row.to is None:
            continue
        first = following.start - 1 if in_units and not following.exclusive else following.start
        if row.to < first:
            text = phrase(
                "The printed table has a gap between %(to)s and %(start)s; values in it stay in the lower row.",
                to=row.to,
                start=following.start,
            )
            yield Finding(f"{place}/rows/{index}/to", text)


def _marginal(method: MarginalBands, place: str) -> Iterator[Finding]:
    for index, (row, following) in enumerate(pairwise(method.rows)):
        if following.rate / following.per > row.rate / row.per:
            text = phrase("The rate of this row is above that of the row before it.")
            yield Finding(f"{place}/rows/{index + 1}/rate", text)


def as_json(findings: list[Finding], words: Callable[[Phrase], str]) -> dict[str, object]:
    """Return the JSON of `schedule check`."""
    return {
        "ok": not findings,
        "findings": [
            {"rule": one.rule, "where": one.where, "text": words(one.text), "fatal": one.is_fatal}
            for one in findings
        ],
    }
