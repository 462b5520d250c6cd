"""Invoices, cancellations and corrections in the shape of the contract, and as lines for people.

Source: `interfaces.md`, "Shapes".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

from membership.domain.dues.report import as_json
from membership.domain.dues.stored import from_stored
from membership.domain.errors import N_
from membership.domain.invoicing import InvoiceKind, InvoiceState, billed_part
from membership.domain.money import Money, decimal_text, from_decimal_text
from membership.persistence.queries.corrections import CreditNoteView
from membership.persistence.queries.invoicing import InvoiceView, IssuedDocument
from membership.wording import Wording

_STATES: Final = {
    InvoiceState.OPEN: N_("Open"),
    InvoiceState.PARTLY_PAID: N_("Partly paid"),
    InvoiceState.OVERDUE: N_("Overdue"),
    InvoiceState.PAID: N_("Paid"),
    InvoiceState.DEFERRED: N_("Deferred"),
    InvoiceState.CANCELLED: N_("Cancelled"),
    InvoiceState.WAIVED: N_("Waived"),
    InvoiceState.WRITTEN_OFF: N_("Written off"),
}
_ISSUED: Final = "issued"
"""The state of a document that asks for nothing."""


def invoice_document(view: InvoiceView, words: Wording, *, today: date) -> dict[str, Any]:
    """Return an invoice in the shape of the contract; `sha256` is null until its PDF is made.

    `due_on` follows a deferral. `replaces` is the invoice that this one follows. `level` is that of reminders, which no
    invoice has yet.
    """
    standing = view.standing
    return {
        **_document(view.invoice, view.member.number, words, kind=_kind(view.invoice), sha256=view.sha256),
        "due_on": standing.due_on.isoformat(),
        "open": decimal_text(view.open_cents),
        "state": str(standing.state(today)),
        "flags": ["deferred"] if standing.is_deferred and view.open_cents else [],
        "replaces": view.replaces,
        "credited": decimal_text(standing.credited_cents),
        "waived": decimal_text(standing.waived_cents),
        "written_off": decimal_text(standing.written_off_cents),
    }


def credit_document(view: CreditNoteView, words: Wording) -> dict[str, Any]:
    """Return a cancellation or correction in the shape of the contract: amounts positive, nothing open."""
    return {
        **_document(view.document, view.member.number, words, kind=view.document.kind, sha256=view.sha256),
        "due_on": None,
        "open": decimal_text(0),
        "state": _ISSUED,
        "flags": [],
        "replaces": view.original,
        "credited": decimal_text(0),
        "waived": decimal_text(0),
        "written_off": decimal_text(0),
    }


def _kind(invoice: IssuedDocument) -> str:
    """Return the kind of an invoice; one that replaces another asks for money like any other."""
    return str(InvoiceKind.INVOICE) if invoice.kind == InvoiceKind.CORRECTED else invoice.kind


def _document(
    invoice: IssuedDocument, member: str, words: Wording, *, kind: str, sha256: str | None
) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "kind": kind,
        "member": member,
        "dues_year": invoice.dues_year,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
        "period_from": invoice.period_from.isoformat(),
        "period_to": invoice.period_to.isoformat(),
        "lines": _lines(invoice, words),
        "net": decimal_text(invoice.net_cents),
        "tax": decimal_text(invoice.tax_cents),
        "gross": decimal_text(invoice.gross_cents),
        "open": None,
        "state": None,
        "flags": [],
        "level": None,
        "reference": invoice.reference,
        "replaces": None,
        "sha256": sha256,
    }


def _lines(invoice: IssuedDocument, words: Wording) -> Any:  # noqa: ANN401 - JSON of the lines
    """Return the lines of this paper only: an assessment with two tax treatments was billed on two (EIN-6)."""
    assessment = from_stored(invoice.assessment)
    own = billed_part(assessment.lines, invoice.tax_part).lines
    return as_json([replace(assessment, lines=own)], words.value)[0]["lines"]


def invoice_line(view: InvoiceView, words: Wording, today: date) -> str:
    """Return an invoice as one line."""
    parts = (
        view.invoice.number,
        words.value(view.invoice.issued_on),
        view.member.number,
        view.member.name,
        words.value(Money(view.invoice.gross_cents)),
        words.text(_STATES[view.standing.state(today)]),
    )
    return "  ".join(parts)


_KINDS: Final = {
    InvoiceKind.CANCELLATION: N_("Cancellation of %(number)s"),
    InvoiceKind.CORRECTION: N_("Correction of %(number)s"),
}


def credit_line(view: CreditNoteView, words: Wording) -> str:
    """Return a cancellation or correction as one line."""
    parts = (
        view.document.number,
        words.value(view.document.issued_on),
        view.member.number,
        view.member.name,
        words.value(Money(view.document.gross_cents)),
        words.text(_KINDS[InvoiceKind(view.document.kind)], number=view.original),
    )
    return "  ".join(parts)


def document_lines(document: dict[str, Any], words: Wording) -> Iterator[str]:
    """Yield the items of a document."""
    for line in document["lines"]:
        yield f"  {line['text']}  {words.value(Money(from_decimal_text(line['amount'])))}"


def record_lines(view: InvoiceView, document: dict[str, Any], words: Wording, today: date) -> Iterator[str]:
    """Yield an invoice with its items, its due date and what is open."""
    yield invoice_line(view, words, today)
    yield from document_lines(document, words)
    yield words.text("Due on %(day)s.", day=view.standing.due_on)
    yield words.text("Open: %(amount)s", amount=Money(view.open_cents))
