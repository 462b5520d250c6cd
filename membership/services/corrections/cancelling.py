"""An invoice is taken back, in full or in part, by a document of its own; the original is never touched.

What was paid of it and is no longer owed becomes the member's credit balance, or settles what else is open.
Source: D-INV-14, D-INV-15; `reliability.md` INV-03, INV-05, INV-06, INV-12.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from membership.domain.approvals import Go, Waiting
from membership.domain.corrections import (
    AlreadyCancelled,
    CorrectionTooLarge,
    PaidMoney,
    Reason,
    credit_entry,
    gross_of,
    part_of,
    rest_of,
)
from membership.domain.dues.assessment import Line
from membership.domain.invoicing import InvoiceKind, TaxPart
from membership.domain.money import Money
from membership.domain.payments import AmountNotPositive
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.invoicing import Invoice
from membership.persistence.queries import corrections as queries
from membership.persistence.queries.invoicing import InvoiceView
from membership.services import dispatch, instalments, ledger
from membership.services.approvals import require_second
from membership.services.corrections.claims import reverse_losses
from membership.services.corrections.money import claimed, free, settle_others
from membership.services.corrections.papers import CreditNote, issue_credit_note, lines_of
from membership.services.corrections.proposals import cancelling


def cancel_invoice(
    session: Session, number: str, *, reason: Reason, paid: PaidMoney = PaidMoney.CREDIT, today: date
) -> str | Waiting:
    """Take back all that an invoice still counts and return the number of the cancellation, or what waits.

    What was waived or written off of it is taken back first. Raises `AlreadyCancelled` the second time.
    """
    require(actor_of(session), "invoice.correct")
    view = claimed(session, number)
    cents = gross_of(rest_to_cancel(session, view))
    go = require_second(
        session, cancelling(view, "cancel_invoice", cents, reason=reason, more={"paid": str(paid)})
    )
    if isinstance(go, Waiting):
        return go
    credit = cancel_claimed(session, view, go, reason=reason, today=today)
    after_credit(session, view, credit, paid=paid, today=today)
    return credit.number


def rest_to_cancel(session: Session, view: InvoiceView) -> tuple[Line, ...]:
    """Return what is left of each line of an invoice; raise `AlreadyCancelled`."""
    require_standing(session, view)
    rest = rest_of(*lines_of(session, view.invoice))
    assert gross_of(rest) > 0, view.invoice.number
    return tuple(rest)


def cancel_claimed(session: Session, view: InvoiceView, go: Go, *, reason: Reason, today: date) -> Invoice:
    """Take back all that an invoice counts, its member being locked; return the cancellation."""
    rest = rest_to_cancel(session, view)
    reverse_losses(session, view, on=today, reason=view.invoice.number)
    view = claimed(session, view.invoice.number)
    dispatch.withdraw_cancelled(session, view.invoice.id)
    return _credit(session, view, InvoiceKind.CANCELLATION, rest, go, reason=reason, today=today)


def correct_invoice(
    session: Session,
    number: str,
    cents: int,
    *,
    reason: Reason,
    paid: PaidMoney = PaidMoney.CREDIT,
    today: date,
) -> str | Waiting:
    """Take an amount (with its tax) off an invoice and return the number of the correction, or what waits.

    Raises `CorrectionTooLarge` for all that is left: that is a cancellation.
    """
    require(actor_of(session), "invoice.correct")
    view = claimed(session, number)
    lines = part_to_correct(session, view, cents)
    more = {"cents": cents, "paid": str(paid)}
    go = require_second(session, cancelling(view, "correct_invoice", cents, reason=reason, more=more))
    if isinstance(go, Waiting):
        return go
    credit = credit_part(session, view, lines, go, reason=reason, today=today)
    after_credit(session, view, credit, paid=paid, today=today)
    return credit.number


def part_to_correct(session: Session, view: InvoiceView, cents: int) -> tuple[Line, ...]:
    """Return what a correction of an amount takes off each line; raise when it cannot be."""
    if cents <= 0:
        raise AmountNotPositive
    require_standing(session, view)
    standing = view.standing
    most = standing.open_cents + standing.paid_cents
    if most < standing.counted_cents and cents > most:
        raise CorrectionTooLarge(number=view.invoice.number, rest=Money(most))
    return part_of(rest_of(*lines_of(session, view.invoice)), cents, number=view.invoice.number)


def credit_part(
    session: Session, view: InvoiceView, lines: Sequence[Line], go: Go, *, reason: Reason, today: date
) -> Invoice:
    """Take a part off an invoice, its member being locked; return the correction."""
    return _credit(session, view, InvoiceKind.CORRECTION, lines, go, reason=reason, today=today)


def require_standing(session: Session, view: InvoiceView) -> None:
    """Raise `AlreadyCancelled` when all of the invoice was taken back before."""
    before = queries.find_taking_back(session, view.invoice.id)
    if before is not None:
        raise AlreadyCancelled(number=view.invoice.number, document=before.number)


def freed_by(view: InvoiceView, cents: int) -> int:
    """Return how much of what was paid is no longer owed when so much is taken off."""
    return max(0, cents - view.open_cents - view.standing.waived_cents - view.standing.written_off_cents)


def _credit(
    session: Session,
    view: InvoiceView,
    kind: InvoiceKind,
    lines: Sequence[Line],
    go: Go,
    *,
    reason: Reason,
    today: date,
) -> Invoice:
    cents = gross_of(lines)
    freed_cents = max(0, cents - view.open_cents)
    free(session, view.open_item_id, freed_cents, on=today)
    note = CreditNote(kind, tuple(lines), reason, freed_cents)
    credit = issue_credit_note(session, view, note, today=today)
    book_credit(session, view, lines, text=f"{credit.number} {view.invoice.number}", today=today)
    action = "invoice.cancel" if kind is InvoiceKind.CANCELLATION else "invoice.correct"
    note_correction(session, action, view, cents, go, document=credit.number, reason=reason)
    return credit


def book_credit(
    session: Session, view: InvoiceView, lines: Sequence[Line], *, text: str, today: date
) -> None:
    """Book that lines of an invoice are owed no more."""
    booked = credit_entry(
        lines,
        text=text,
        on=today,
        member_id=view.invoice.member_id,
        open_item_id=view.open_item_id,
        tax_part=TaxPart(view.invoice.tax_part),
    )
    ledger.book(session, booked)
    instalments.follow(session, view.open_item_id)


def note_correction(
    session: Session, action: str, view: InvoiceView, cents: int, go: Go, *, document: str, reason: Reason
) -> None:
    """Put a correction into the audit log of its invoice."""
    chain.note(
        session,
        action,
        "invoice",
        view.invoice.number,
        member_id=view.invoice.member_id,
        facts={"cents": cents, "document": document, "cause": str(reason.cause), **go.facts},
        values={"reason": (None, reason.words)} if reason.words else None,
    )


def after_credit(
    session: Session, view: InvoiceView, credit: Invoice, *, paid: PaidMoney, today: date
) -> int:
    """Use what came free for what else is open, where that is wished; return the cents that settle something."""
    freed_cents = freed_by(view, credit.gross_cents)
    if paid is not PaidMoney.SETTLE or not freed_cents:
        return 0
    return settle_others(session, view.member.id, freed_cents, on=today)
