"""Claims given up: waivers and write-offs, each an entry of the ledger with reason and resolution; taking them back.

Above a limit a second person decides. Source: D-INV-16, MEM-18.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.approvals import Action, Proposal, Waiting
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
from membership.domain.errors import N_
from membership.domain.money import Money
from membership.domain.payments import AmountNotPositive
from membership.domain.phrases import phrase
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.corrections import ItemEvent
from membership.persistence.queries import corrections as queries
from membership.persistence.queries.invoicing import InvoiceView
from membership.services import instalments, ledger
from membership.services.approvals import require_second
from membership.services.corrections.money import claimed


def waive(
    session: Session, number: str, cents: int, *, reason: str, resolution: str, today: date
) -> str | Waiting:
    """Waive a part of what is open of an invoice, or all of it; return its number, or what waits for approval.

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
    return _give_up(session, view, EventKind.WAIVER, cents, reason=reason, resolution=resolution, on=today)


def write_off(session: Session, number: str, *, reason: str, resolution: str, today: date) -> str | Waiting:
    """Write off all that is open of an invoice; return its number, or what waits for approval.

    Raises `AlreadyDecided` when it was written off before, `NothingOpen`, `ReasonMissing` or `ResolutionMissing`.
    """
    require(actor_of(session), "claim.change")
    view = claimed(session, number)
    if not view.open_cents and view.standing.written_off_cents:
        raise AlreadyDecided(number=view.invoice.number)
    if not view.open_cents:
        raise NothingOpen(number=view.invoice.number)
    return _give_up(
        session, view, EventKind.WRITE_OFF, view.open_cents, reason=reason, resolution=resolution, on=today
    )


def _give_up(
    session: Session,
    view: InvoiceView,
    kind: EventKind,
    cents: int,
    *,
    reason: str,
    resolution: str,
    on: date,
) -> str | Waiting:
    if not reason.strip():
        raise ReasonMissing
    if not resolution.strip():
        raise ResolutionMissing
    go = require_second(session, _proposal(view, kind, cents, reason=reason, resolution=resolution))
    if isinstance(go, Waiting):
        return go
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
        facts={"cents": cents, **go.facts},
        values={"reason": (None, _told(reason, resolution))},
    )
    return invoice.number


def _proposal(view: InvoiceView, kind: EventKind, cents: int, *, reason: str, resolution: str) -> Proposal:
    number, member = view.invoice.number, view.member
    is_waiver = kind is EventKind.WAIVER
    said = {"number": number, "reason": reason, "resolution": resolution}
    return Proposal(
        Action.CLAIM,
        "waive" if is_waiver else "write_off",
        "invoice",
        number,
        (
            phrase("Waive %(amount)s of %(number)s", amount=Money(cents), number=number)
            if is_waiver
            else phrase("Write off %(amount)s of %(number)s", amount=Money(cents), number=number)
        ),
        {**said, "cents": cents} if is_waiver else said,
        shown=(
            (N_("Member"), f"{member.name} ({member.number})"),
            (N_("Open"), Money(view.open_cents)),
            (N_("Given up"), Money(cents)),
            (N_("Still open afterwards"), Money(view.open_cents - cents)),
            (N_("Reason"), reason),
            (N_("Resolution"), resolution),
        ),
        rests_on={"open": view.open_cents, "counted": view.standing.counted_cents},
        cents=cents + view.standing.waived_cents + view.standing.written_off_cents,
        member_id=view.invoice.member_id,
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


def reverse_losses(
    session: Session, view: InvoiceView, *, on: date, reason: str, only: Collection[int] | None = None
) -> int:
    """Take back every waiver and write-off of an open item, or only the events named, as far as they still stand.

    Returns the cents that are open again by it.
    """
    number = view.invoice.number
    found = [
        event
        for event in queries.list_standing_losses(session, view.open_item_id)
        if only is None or event.id in only
    ]
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
