"""The paper of a cancellation or correction: the lines of the original with what is taken off them, and its row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from sqlalchemy.orm import Session

from invoices import formats, pdf
from invoices.document import Document, Kind, Reference
from invoices.document import Line as PaperLine
from invoices.numbering import Pattern, rf_reference
from membership.domain.corrections import CAUSE_NAMES, KO, Cause, Reason, gross_of, rest_of, taken_by
from membership.domain.dues.assessment import Line
from membership.domain.dues.stored import from_stored, to_stored
from membership.domain.errors import N_
from membership.domain.invoicing import InvoiceKind, billed_part
from membership.domain.money import Money
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.invoicing import Invoice
from membership.persistence.queries import corrections as queries
from membership.persistence.queries.invoicing import InvoiceView, find_series
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import invoicing, outbox
from membership.wording import Wording


@dataclass(frozen=True, slots=True)
class CreditNote:
    """What one document takes off an invoice: the part of each of its lines, why, and what comes free by it."""

    kind: InvoiceKind
    lines: tuple[Line, ...]
    reason: Reason
    freed_cents: int

    @property
    def gross_cents(self) -> int:
        """Return what it comes to."""
        return gross_of(self.lines)


def issue_credit_note(session: Session, view: InvoiceView, note: CreditNote, *, today: date) -> Invoice:
    """Number, freeze and keep one credit note and put its rendering into the outbox; return it."""
    settings = get_settings(session)
    original = view.invoice
    number, running = invoicing.take_number(session, settings, KO, issued_on=today, today=today)
    document = document_of(view, note, settings, number=number, on=today)
    if document.exchange is not None:
        invoicing.require_structure(document, view.member.number)
    assessment = from_stored(original.assessment)
    shown = tuple(line for line in note.lines if line.amount or line.tax_amount)
    fee = f"{original.fee}:{note.kind}"
    same = queries.count_same(
        session, original.member_id, fee, tax_part=original.tax_part, period_from=original.period_from
    )
    net_cents = sum(line.amount.cents for line in note.lines)
    row_id = chain.append(
        session,
        Invoice,
        number=number,
        series=KO,
        year=today.year,
        running=running,
        kind=str(note.kind),
        member_id=original.member_id,
        dues_year=original.dues_year,
        fee=fee,
        period_to=original.period_to,
        tax_part=original.tax_part,
        period_from=original.period_from,
        generation=1 + same,
        category=original.category,
        dues_class=original.dues_class,
        issued_on=today,
        due_on=today,
        net_cents=net_cents,
        tax_cents=note.gross_cents - net_cents,
        gross_cents=note.gross_cents,
        reference=rf_reference(number),
        is_estimated=original.is_estimated,
        payment_method=original.payment_method,
        schedule_code=original.schedule_code,
        run_id=None,
        replaces_id=original.id,
        content={
            "document": document.to_content(),
            "logo": settings.logo_sha256,
            "taken": taken_by(note.lines),
            "reason": {"cause": str(note.reason.cause), "words": note.reason.words},
        },
        assessment=to_stored(assessment._replace(lines=shown)),
        issued_at=actor_of(session).at,
    )
    outbox.put(session, invoicing.RENDER, row_id)
    return session.get_one(Invoice, row_id)


def document_of(
    view: InvoiceView, note: CreditNote, settings: AssociationSettings, *, number: str | None, on: date
) -> Document:
    """Return the paper of a credit note, to the recipient of the original; without a number it is a draft."""
    original = Document.from_content(view.invoice.content["document"])
    words = Wording(original.language)
    pairs = zip(original.lines, note.lines, strict=True)
    return replace(
        original,
        kind=cast("Kind", str(note.kind)),
        number=number,
        issued_on=on,
        due_on=None,
        issuer=invoicing.issuer_of(settings, words),
        intro=_intro(view, note, words, is_dues=original.is_dues),
        lines=tuple(_paper_line(paper, line) for paper, line in pairs if gross_of([line])),
        gross_cents=note.gross_cents,
        payment=None,
        debit=None,
        exchange=None if number is None else original.exchange,
        refers_to=Reference(number=view.invoice.number, issued_on=view.invoice.issued_on),
        is_draft=number is None,
    )


def draft_pdf(session: Session, view: InvoiceView, *, today: date) -> bytes:
    """Return the paper of the cancellation of all that an invoice counts, as a draft."""
    rest = rest_of(*lines_of(session, view.invoice))
    freed_cents = max(0, gross_of(rest) - view.open_cents)
    note = CreditNote(InvoiceKind.CANCELLATION, rest, Reason(Cause.WRONG_AMOUNT), freed_cents)
    return pdf.render(document_of(view, note, get_settings(session), number=None, on=today))


def next_number(session: Session, today: date) -> str:
    """Return the number that the next cancellation or correction will have, if nobody is faster."""
    series = find_series(session, KO, today.year)
    pattern = Pattern(get_settings(session).text("invoice.correction_pattern"))
    return pattern.number(today.year, (series.last if series else 0) + 1)


def _paper_line(paper: PaperLine, line: Line) -> PaperLine:
    tax_cents = None if paper.tax_cents is None else line.tax_amount.cents
    return replace(paper, amount_cents=line.amount.cents, tax_cents=tax_cents)


_PLAIN_TAKES_BACK = N_("with this letter we cancel invoice %(number)s of %(day)s.")
_PLAIN_TAKES_OFF = N_(
    "with this letter we reduce invoice %(number)s of %(day)s by %(amount)s. %(rest)s of it remain valid."
)
_TAKES_BACK = N_("with this letter we cancel dues invoice %(number)s of %(day)s.")
_TAKES_OFF = N_(
    "with this letter we reduce dues invoice %(number)s of %(day)s by %(amount)s. %(rest)s of it remain valid."
)
_FREED = N_("Of what you have paid, %(amount)s are a credit balance with us.")


def _intro(view: InvoiceView, note: CreditNote, words: Wording, *, is_dues: bool) -> str:
    """Return what is taken back, why, and what becomes of money that was paid."""
    is_whole = note.kind is InvoiceKind.CANCELLATION
    takes_back, takes_off = (_TAKES_BACK, _TAKES_OFF) if is_dues else (_PLAIN_TAKES_BACK, _PLAIN_TAKES_OFF)
    message = takes_back if is_whole else takes_off
    day = formats.long_date(view.invoice.issued_on, words.language)
    rest = Money(view.standing.counted_cents - note.gross_cents)
    values = {"number": view.invoice.number, "day": day, "amount": Money(note.gross_cents), "rest": rest}
    if is_whole:
        values = {"number": view.invoice.number, "day": day}
    sentences = [words.text(message, **values)]
    if note.reason.cause is not Cause.OTHER:
        cause = words.text(CAUSE_NAMES[note.reason.cause])
        sentences.append(words.text("Reason: %(reason)s.", reason=cause))
    if note.freed_cents:
        sentences.append(words.text(_FREED, amount=Money(note.freed_cents)))
    return " ".join(sentences)


def lines_of(session: Session, invoice: Invoice) -> tuple[tuple[Line, ...], list[list[tuple[int, int]]]]:
    """Return the lines that an invoice billed, and what was taken off each by its corrections."""
    assessment = from_stored(invoice.assessment)
    part = billed_part(assessment.lines, invoice.tax_part)
    return part.lines, queries.list_taken(session, invoice.id)
