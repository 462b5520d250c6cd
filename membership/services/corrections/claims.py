"""Claims given up: waivers and write-offs, each an entry of the ledger with reason and resolution; taking them back.

Source: D-INV-16, MEM-18; a second person is asked as soon as the setting for it exists (`decisions.md` 7).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.claims import (
    AlreadyDecided,
    EventKind,
    GivesUpTooMuch,
    NothingDecided,
    NothingOpen,
    ResolutionMissing,
    loss_entry,
    tax_within,
)
from membership.domain.corrections import ReasonMissing
from membership.domain.money import Money
from membership.domain.payments import AmountNotPositive
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.corrections import ItemEvent
from membership.persistence.queries import corrections as queries
from membership.persistence.queries.invoicing import InvoiceView
from membership.services import instalments, ledger
from membership.services.corrections.money import claimed

NO_SECOND_PERSON = {"second_person": "not required"}


def waive(session: Session, number: str, cents: int, *, reason: str, resolution: str, today: date) -> str:
    """Waive a part of what is open of an invoice, or all of it; return its number.

    Raises `NothingOpen`, `GivesUpTooMuch`, `ReasonMissing` or `ResolutionMissing`.
    """
    require(actor_of(session), "claim.change")
    view = claimed(session, number)
    if cents <= 0:
        raise AmountNotPositive
    if not view.open_cents:
        raise NothingOpen(number=view.invoice.number)
    if cents > view.open_cents:
        raise GivesUpTooMuch(open=Money(view.open_cents), number=view.invoice.number)
    _give_up(session, view, EventKind.WAIVER, cents, reason=reason, resolution=resolution, on=today)
    return view.invoice.number


def write_off(session: Session, number: str, *, reason: str, resolution: str, today: date) -> str:
    """Write off all that is open of an invoice; return its number.

    Raises `AlreadyDecided` when it was written off before, `NothingOpen`, `ReasonMissing` or `ResolutionMissing`.
    """
    require(actor_of(session), "claim.change")
    view = claimed(session, number)
    if not view.open_cents and view.standing.written_off_cents:
        raise AlreadyDecided(number=view.invoice.number)
    if not view.open_cents:
        raise NothingOpen(number=view.invoice.number)
    _give_up(
        session, view, EventKind.WRITE_OFF, view.open_cents, reason=reason, resolution=resolution, on=today
    )
    return view.invoice.number


def _give_up(
    session: Session,
    view: InvoiceView,
    kind: EventKind,
    cents: int,
    *,
    reason: str,
    resolution: str,
    on: date,
) -> None:
    if not resolution.strip():
        raise ResolutionMissing
    invoice = view.invoice
    tax_cents = tax_within(cents, tax_cents=invoice.tax_cents, gross_cents=invoice.gross_cents)
    booked = loss_entry(
        kind,
        cents,
        tax_cents,
        text=invoice.number,
        on=on,
        member_id=invoice.member_id,
        open_item_id=view.open_item_id,
    )
    entry_id = ledger.book(session, booked)
    instalments.follow(session, view.open_item_id)
    decide(
        session,
        view,
        kind,
        on=on,
        reason=reason,
        resolution=resolution,
        amount_cents=cents,
        entry_id=entry_id,
    )
    chain.note(
        session,
        f"claim.{kind}",
        "invoice",
        invoice.number,
        member_id=invoice.member_id,
        facts={"cents": cents, **NO_SECOND_PERSON},
        values={"reason": (None, _told(reason, resolution))},
    )


def _told(reason: str, resolution: str) -> str:
    return f"{reason.strip()} ({resolution.strip()})" if resolution.strip() else reason.strip()


def decide(
    session: Session,
    view: InvoiceView,
    kind: EventKind,
    *,
    on: date,
    reason: str,
    resolution: str,
    due_on: date | None = None,
    **more: Any,  # noqa: ANN401 - the columns of an event
) -> int:
    """Keep one decision about an open item and return its id; raise `ReasonMissing` without a reason."""
    if not reason.strip():
        raise ReasonMissing
    actor = actor_of(session)
    values = {"amount_cents": 0, "plan": None, "entry_id": None, "reverses_id": None, **more}
    return chain.append(
        session,
        ItemEvent,
        open_item_id=view.open_item_id,
        member_id=view.invoice.member_id,
        kind=kind,
        decided_on=on,
        due_before=view.standing.due_on,
        due_on=due_on or view.standing.due_on,
        reason=reason.strip(),
        resolution=resolution.strip(),
        actor_key=actor.key,
        actor_name=actor.name,
        at=actor.at,
        **values,
    )


def reopen(session: Session, number: str, *, reason: str, today: date) -> str:
    """Take back what was waived and written off of an invoice, so that it is open again; return its number."""
    require(actor_of(session), "claim.change")
    view = claimed(session, number)
    if not reverse_losses(session, view, on=today, reason=reason):
        raise NothingDecided(number=view.invoice.number)
    return view.invoice.number


def reverse_losses(session: Session, view: InvoiceView, *, on: date, reason: str) -> int:
    """Take back every waiver and write-off of an open item; return the cents that are open again by it."""
    number = view.invoice.number
    found = queries.list_standing_losses(session, view.open_item_id)
    for event in found:
        assert event.entry_id is not None, event.id
        entry_id = ledger.reverse(session, event.entry_id, on=on, text=number)
        decide(
            session,
            view,
            event.kind,
            on=on,
            reason=reason,
            resolution="",
            amount_cents=event.amount_cents,
            entry_id=entry_id,
            reverses_id=event.id,
        )
    cents = sum(event.amount_cents for event in found)
    if cents:
        instalments.follow(session, view.open_item_id)
        chain.note(
            session,
            "claim.reopen",
            "invoice",
            number,
            member_id=view.invoice.member_id,
            facts={"cents": cents},
            values={"reason": (None, reason)},
        )
    return cents
