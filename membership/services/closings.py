"""Closing a year and opening it again: what is looked at, who asks, who decides.

Two people do it as soon as two can; until then it goes through at once and the log says so (`decisions.md` 7). Every
step takes the lock of the ledger's numbers first, so that no entry slips in beside it.
Source: ACC-19, MEM-18, SC-10; `ux.md` 8.3; INV-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.approvals import ReasonMissing, SecondPersonNeeded
from membership.domain.closings import (
    Check,
    ClosingKind,
    YearNotReady,
    YearsOutOfOrder,
    YearState,
    YearStateOther,
    is_ready,
    last_day,
    state_of,
)
from membership.domain.money import Money
from membership.domain.phrases import phrase
from membership.domain.policy import Role, require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.closings import Closing
from membership.persistence.models.ledger import NumberSeries
from membership.persistence.queries import closings as queries
from membership.services import security_notices
from membership.services.ledger import ENTRY_SERIES

_ASKED: Final = {
    ClosingKind.CLOSE_ASKED: ClosingKind.CLOSED,
    ClosingKind.REOPEN_ASKED: ClosingKind.REOPENED,
}
"""What was asked for -> what its approval does."""


class YearChecks(NamedTuple):
    """A year with its state and the list before its closing."""

    year: int
    state: YearState
    checks: tuple[Check, ...]


def check_year(session: Session, year: int, *, today: date) -> YearChecks:
    """Return the list of `ux.md` 8.3 as far as the books have what it asks for."""
    last = last_day(year)
    state = state_of(step.kind for step in queries.list_steps(session, year))
    return YearChecks(
        year,
        state,
        (
            _is_over(last, today),
            _years_before(session, year),
            _runs_ended(session, year),
            _documents_stored(session, last),
            _open_items(session, last),
            _credits(session, last),
        ),
    )


def _is_over(last: date, today: date) -> Check:
    if today > last:
        return Check("over", ok=True, evidence=phrase("The year ended on %(day)s.", day=last))
    return Check("over", ok=False, evidence=phrase("The year ends on %(day)s.", day=last))


def _years_before(session: Session, year: int) -> Check:
    first = queries.first_posted_on(session)
    closed = set(queries.closed_years(session))
    years = [] if first is None or closed & {year, year - 1} else range(first.year, year)
    still = [str(each) for each in years if each not in closed]
    if still:
        why = phrase("Close the years before it first: %(years)s.", years=", ".join(still))
        return Check("years_before", ok=False, evidence=why)
    return Check("years_before", ok=True, evidence=phrase("No year before it is open."))


def _runs_ended(session: Session, year: int) -> Check:
    count = queries.unfinished_runs(session, year)
    if count:
        why = phrase("Billing runs that are not finished: %(count)s. Finish or discard them.", count=count)
        return Check("runs", ok=False, evidence=why)
    return Check("runs", ok=True, evidence=phrase("Every billing run is finished."))


def _documents_stored(session: Session, last: date) -> Check:
    total, missing = queries.unstored_invoices(session, last)
    if missing:
        why = phrase(
            "PDFs that are still being made: %(missing)s of %(total)s.", missing=missing, total=total
        )
        return Check("documents", ok=False, evidence=why)
    return Check(
        "documents", ok=True, evidence=phrase("Documents with a stored PDF: %(total)s.", total=total)
    )


def _open_items(session: Session, last: date) -> Check:
    count, cents = queries.still_open(session, last)
    found = phrase("Open today: %(count)s, together %(amount)s.", count=count, amount=Money(cents))
    return Check("open_items", ok=not count, evidence=found, is_needed=False)


def _credits(session: Session, last: date) -> Check:
    cents = queries.credit_cents(session, last)
    found = phrase("On %(day)s: %(amount)s.", day=last, amount=Money(cents))
    return Check("credits", ok=not cents, evidence=found, is_needed=False)


def close_year(session: Session, year: int, *, today: date) -> YearState:
    """Close a year, or ask the board to where somebody else may decide; return the state afterwards.

    Raises `YearNotReady` with the first thing that is missing, `YearStateOther` unless the year is open.
    """
    require(actor_of(session), "year.close")
    _lock(session)
    found = check_year(session, year, today=today)
    if found.state is not YearState.OPEN:
        raise YearStateOther(year=str(year))
    _require_ready(found)
    return _ask(session, year, ClosingKind.CLOSE_ASKED, reason=actor_of(session).reason)


def reopen_year(session: Session, year: int, *, reason: str) -> YearState:
    """Reopen a closed year, or ask for it where somebody else may decide; return the state afterwards.

    Raises `ReasonMissing`, `YearStateOther` unless the year is closed, `YearsOutOfOrder` while a later one is.
    """
    require(actor_of(session), "year.close")
    _require_reason(reason)
    _lock(session)
    _require_state(session, year, YearState.CLOSED)
    _require_last(session, year)
    return _ask(session, year, ClosingKind.REOPEN_ASKED, reason=reason)


def approve_year(session: Session, year: int, *, today: date) -> YearState:
    """Do what was asked for a year; return the state afterwards. Who asked cannot approve (`SecondPersonNeeded`)."""
    require(actor_of(session), "year.approve")
    _lock(session)
    asked = _request(session, year)
    if asked.actor_key == actor_of(session).key:
        raise SecondPersonNeeded
    if asked.kind is ClosingKind.CLOSE_ASKED:
        _require_ready(check_year(session, year, today=today))
    else:
        _require_last(session, year)
    return _decide(session, asked, facts={"second_person": asked.actor_key})


def return_request(session: Session, year: int, *, reason: str) -> YearState:
    """Give a request back to who asked, with a reason: the year stays as it was."""
    require(actor_of(session), "year.approve")
    return _end_request(session, year, reason=reason)


def take_back_request(session: Session, year: int, *, reason: str) -> YearState:
    """Take one's own request back, or that of another treasurer: the year stays as it was."""
    require(actor_of(session), "year.close")
    return _end_request(session, year, reason=reason)


def _end_request(session: Session, year: int, *, reason: str) -> YearState:
    _require_reason(reason)
    _lock(session)
    _append(session, year, ClosingKind.RETURNED, reason=reason, answers_id=_request(session, year).id)
    return state_of(step.kind for step in queries.list_steps(session, year))


def has_second_person(session: Session) -> bool:
    """Return whether somebody else than who acts may decide about a year."""
    return bool(set(security_notices.holders(session, Role.BOARD)) - {actor_of(session).user_id})


def _ask(session: Session, year: int, kind: ClosingKind, *, reason: str) -> YearState:
    """Keep a request; decide it at once while nobody else could."""
    asked_id = _append(session, year, kind, reason=reason)
    if has_second_person(session):
        return YearState(kind)
    asked = session.get_one(Closing, asked_id)
    return _decide(session, asked, facts={"second_person": "nobody else holds the right"})


def _decide(session: Session, asked: Closing, *, facts: Mapping[str, object]) -> YearState:
    kind = _ASKED[asked.kind]
    standing = queries.standing_closing(session, asked.year)
    reverses = standing.id if standing is not None and kind is ClosingKind.REOPENED else None
    _append(
        session, asked.year, kind, reason=asked.reason, answers_id=asked.id, reverses_id=reverses, facts=facts
    )
    return state_of([kind])


def _append(
    session: Session,
    year: int,
    kind: ClosingKind,
    *,
    reason: str,
    answers_id: int | None = None,
    reverses_id: int | None = None,
    facts: Mapping[str, object] | None = None,
) -> int:
    actor = actor_of(session)
    number = chain.append(
        session,
        Closing,
        year=year,
        last_on=last_day(year),
        kind=kind,
        last_entry=queries.newest_entry(session),
        answers_id=answers_id,
        reverses_id=reverses_id,
        reason=reason,
        actor_key=actor.key,
        actor_name=actor.name,
        at=actor.at,
    )
    chain.note(session, f"year.{kind}", "year", year, facts=facts, values={"reason": (None, reason)})
    return number


def _lock(session: Session) -> None:
    """Take the lock that every entry takes for its number: what is booked is booked before or after this step."""
    series = select(NumberSeries.last).where(NumberSeries.series == ENTRY_SERIES, NumberSeries.year == 0)
    session.execute(series.with_for_update()).scalar_one_or_none()


def _request(session: Session, year: int) -> Closing:
    steps = queries.list_steps(session, year)
    if not state_of(step.kind for step in steps).is_asked:
        raise YearStateOther(year=str(year))
    return steps[-1]


def _require_ready(found: YearChecks) -> None:
    if not is_ready(found.checks):
        missing = next(check for check in found.checks if check.is_needed and not check.ok)
        raise YearNotReady(year=str(found.year), why=missing.evidence)


def _require_state(session: Session, year: int, wanted: YearState) -> None:
    last_day(year)
    if state_of(step.kind for step in queries.list_steps(session, year)) is not wanted:
        raise YearStateOther(year=str(year))


def _require_last(session: Session, year: int) -> None:
    later = [each for each in queries.closed_years(session) if each > year]
    if later:
        raise YearsOutOfOrder(year=str(year), later=str(later[-1]))


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing
