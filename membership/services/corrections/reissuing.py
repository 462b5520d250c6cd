"""An invoice is replaced by a new one, worked out by the facts of today.

Two ways: a cancellation and a new invoice beside it, or one corrected invoice that takes the place of the old one.
Source: D-INV-14 (a) and (c); INV-12 (the generation rises only when the one before is cancelled).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from membership.domain.approvals import Proposal, Waiting
from membership.domain.corrections import Reason, gross_of
from membership.domain.errors import N_, DomainError
from membership.domain.invoicing import InvoiceKind
from membership.domain.money import Money
from membership.domain.policy import require
from membership.persistence.db import actor_of
from membership.persistence.models.invoicing import Invoice
from membership.persistence.queries.invoicing import InvoiceView
from membership.services import invoicing
from membership.services.approvals import require_second
from membership.services.corrections.cancelling import (
    book_credit,
    cancel_claimed,
    freed_by,
    note_correction,
    require_standing,
    rest_to_cancel,
)
from membership.services.corrections.claims import reverse_losses
from membership.services.corrections.money import claimed, free, settle_with
from membership.services.corrections.proposals import cancelling
from membership.services.corrections.reassessing import Reassessed, reassess


class NothingOwed(DomainError):
    """By the facts of today nothing is owed, so no new invoice can follow."""

    message = N_(
        "By today's facts %(member)s owes nothing for %(year)s. Cancel the invoice without a new one."
    )
    code = "nothing_owed"


def reissue_invoice(
    session: Session, number: str, *, reason: Reason, today: date, base_url: str
) -> tuple[str, str] | Waiting:
    """Cancel an invoice and issue a new one by today's facts; return the numbers of both, or what waits.

    What was paid of the old one settles the new one, the rest of it is the member's credit balance.
    """
    require(actor_of(session), "invoice.correct")
    view = claimed(session, number)
    require_standing(session, view)
    found = owed_anew(session, view)
    cents = gross_of(rest_to_cancel(session, view))
    go = require_second(session, _replacing(view, "reissue_invoice", cents, found, reason=reason))
    if isinstance(go, Waiting):
        return go
    credit = cancel_claimed(session, view, go, reason=reason, today=today)
    freed_cents = freed_by(view, credit.gross_cents)
    issued = _issue(session, found, InvoiceKind.INVOICE, freed_cents, today=today, base_url=base_url)
    return credit.number, issued.number


def replace_invoice(
    session: Session, number: str, *, reason: Reason, today: date, base_url: str
) -> str | Waiting:
    """Issue one corrected invoice that takes the place of an invoice; return its number, or what waits."""
    require(actor_of(session), "invoice.correct")
    view = claimed(session, number)
    require_standing(session, view)
    found = owed_anew(session, view)
    rest = rest_to_cancel(session, view)
    cents = gross_of(rest)
    go = require_second(session, _replacing(view, "replace_invoice", cents, found, reason=reason))
    if isinstance(go, Waiting):
        return go
    reverse_losses(session, view, on=today, reason=view.invoice.number)
    view = claimed(session, view.invoice.number)
    freed_cents = freed_by(view, cents)
    free(session, view.open_item_id, freed_cents, on=today)
    book_credit(session, view, rest, text=view.invoice.number, today=today)
    issued = _issue(session, found, InvoiceKind.CORRECTED, freed_cents, today=today, base_url=base_url)
    note_correction(session, "invoice.replace", view, cents, go, document=issued.number, reason=reason)
    return issued.number


def _replacing(view: InvoiceView, step: str, cents: int, found: Reassessed, *, reason: Reason) -> Proposal:
    """Return the proposal of taking an invoice back with a new one beside it or in its place."""
    proposal = cancelling(view, step, cents, reason=reason)
    new = (N_("New invoice"), Money(found.part.gross_cents))
    return proposal._replace(shown=(*proposal.shown, new))


def owed_anew(session: Session, view: InvoiceView) -> Reassessed:
    """Return what the member owes by today's facts; raise `NothingOwed` when that is nothing."""
    found = reassess(session, view)
    if found.part.gross_cents <= 0:
        raise NothingOwed(member=view.member.number, year=str(view.invoice.dues_year))
    return found


def _issue(
    session: Session, found: Reassessed, kind: InvoiceKind, freed_cents: int, *, today: date, base_url: str
) -> Invoice:
    stationery = invoicing.get_stationery(session, base_url=base_url)
    invoice_id = invoicing.issue(
        session, found.bill(session, today=today, kind=kind), stationery, today=today
    )
    issued = session.get_one(Invoice, invoice_id)
    settle_with(session, claimed(session, issued.number), freed_cents, on=today)
    return issued
