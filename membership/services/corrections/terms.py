"""When a claim is due by decision: deferral, instalment plan, and back to the day on the paper.

Source: D-INV-16, DUE-26, EIN-18 (the paper keeps its day).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from membership.domain.claims import (
    AlreadyDecided,
    DayTooEarly,
    EventKind,
    Instalment,
    NothingOpen,
    plan_of,
)
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.ledger import OpenItem
from membership.persistence.queries import corrections as queries
from membership.persistence.queries.invoicing import InvoiceView
from membership.services.corrections.claims import decide
from membership.services.corrections.money import claimed


def defer(
    session: Session, number: str, *, until: date, reason: str, resolution: str = "", today: date
) -> str:
    """Give an invoice until a later day; return its number. A plan it had ends with it.

    Raises `NothingOpen`, `DayTooEarly`, or `AlreadyDecided` when it has that day already.
    """
    require(actor_of(session), "claim.change")
    view = _open(session, number)
    standing = view.standing
    if (
        until == standing.due_on
        and standing.is_deferred
        and not queries.find_plan(session, view.open_item_id)
    ):
        raise AlreadyDecided(number=view.invoice.number)
    first = max(today, view.invoice.due_on)
    if until <= first:
        raise DayTooEarly(day=until, first=first)
    _move(session, view, EventKind.DEFERRAL, until, reason=reason, resolution=resolution, today=today)
    return view.invoice.number


def defer_all(
    session: Session, numbers: Sequence[str], *, until: date, reason: str, resolution: str = "", today: date
) -> int:
    """Give all of these invoices until a later day, or none of them; return how many. Raises what `defer` raises."""
    require(actor_of(session), "claim.change")
    for number in sorted(set(numbers)):
        defer(session, number, until=until, reason=reason, resolution=resolution, today=today)
    return len(set(numbers))


def end_deferral(session: Session, number: str, *, reason: str, today: date) -> str:
    """Let an invoice be due on the day of its paper again; return its number."""
    require(actor_of(session), "claim.change")
    view = _open(session, number)
    if not view.standing.is_deferred and not queries.find_plan(session, view.open_item_id):
        raise AlreadyDecided(number=view.invoice.number)
    _move(session, view, EventKind.DEFERRAL, view.invoice.due_on, reason=reason, resolution="", today=today)
    return view.invoice.number


def plan_instalments(
    session: Session,
    number: str,
    days: Sequence[date],
    *,
    reason: str,
    resolution: str = "",
    today: date,
) -> str:
    """Let what is open of an invoice be paid in equal parts on these days; return its number.

    Raises `NothingOpen`, `InstalmentsWrong`, `DayTooEarly`, or `AlreadyDecided` when it has that plan already.
    """
    require(actor_of(session), "claim.change")
    view = _open(session, number)
    known = queries.find_plan(session, view.open_item_id)
    if known and tuple(part.due_on for part in known) == tuple(days):
        raise AlreadyDecided(number=view.invoice.number)
    plan = plan_of(view.open_cents, days, today=today)
    _move(
        session,
        view,
        EventKind.INSTALMENTS,
        plan[0].due_on,
        reason=reason,
        resolution=resolution,
        today=today,
        plan=plan,
    )
    return view.invoice.number


def _open(session: Session, number: str) -> InvoiceView:
    view = claimed(session, number)
    if not view.open_cents:
        raise NothingOpen(number=view.invoice.number)
    return view


def _move(
    session: Session,
    view: InvoiceView,
    kind: EventKind,
    due_on: date,
    *,
    reason: str,
    resolution: str,
    today: date,
    plan: Sequence[Instalment] = (),
) -> None:
    session.execute(update(OpenItem).where(OpenItem.id == view.open_item_id).values(due_on=due_on))
    decide(
        session,
        view,
        kind,
        on=today,
        reason=reason,
        resolution=resolution,
        due_on=due_on,
        amount_cents=view.open_cents,
        plan=[[part.due_on.isoformat(), part.cents] for part in plan] or None,
    )
    chain.note(
        session,
        f"claim.{kind}",
        "invoice",
        view.invoice.number,
        member_id=view.invoice.member_id,
        facts={"until": due_on.isoformat(), "parts": len(plan)},
        values={"reason": (None, reason.strip()), "due_on": (view.standing.due_on, due_on)},
    )
