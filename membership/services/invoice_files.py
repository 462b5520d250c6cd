"""The invoice list as a file, the rows of the filter with their sums; a PDF that is made again.

Columns in their order: number, invoice date, member number, member, dues class, payment method, due date, amount
after corrections, open amount, status, e-mail address for invoices (empty: by post).
Source: `ux.md` 4 "Exports"; INV-36.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.errors import N_, InputError
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.queries.invoice_list import InvoiceRow
from membership.persistence.queries.invoicing import get_document
from membership.services import invoicing, outbox
from membership.services.exports import Column, File, FileCell, Format, Kind, file_name, list_file
from membership.wording import Wording

_COLUMNS: Final = (
    (N_("Number"), Kind.TEXT),
    (N_("Invoice date"), Kind.DATE),
    (N_("Member no."), Kind.TEXT),
    (N_("Member"), Kind.TEXT),
    (N_("Dues class"), Kind.TEXT),
    (N_("Payment method"), Kind.TEXT),
    (N_("Due on"), Kind.DATE),
    (N_("Amount"), Kind.AMOUNT),
    (N_("Open"), Kind.AMOUNT),
    (N_("Status"), Kind.TEXT),
    (N_("E-mail for invoices"), Kind.TEXT),
)


def invoice_file(
    rows: Iterable[tuple[InvoiceRow, str, str]],
    *,
    form: Format,
    year: int,
    filters: str,
    words: Wording,
    today: date,
    created: datetime,
) -> File:
    """Return the rows, each with its status and payment method in words, as a file with a row of sums."""
    counted = open_cents = 0

    def cells() -> Iterator[tuple[FileCell, ...]]:
        nonlocal counted, open_cents
        for row, state, method in rows:
            counted += row.counted_cents
            open_cents += row.open_cents
            yield (
                row.number, row.issued_on, row.member_number, row.member_name, row.dues_class, method,
                row.due_on, row.counted_cents, row.open_cents, state, row.email,
            )  # fmt: skip

    def totals() -> tuple[FileCell, ...]:
        return (words.text("Sum"), None, None, None, None, None, None, counted, open_cents, None, None)

    title = words.text("Invoices %(year)s", year=str(year))
    return list_file(
        [Column(words.text(heading), kind) for heading, kind in _COLUMNS],
        cells(),
        form=form,
        name=file_name(title, today),
        words=words,
        sheet=words.text("Invoices"),
        lines=(title, filters, words.text("As of %(day)s", day=today)),
        totals=totals,
        created=created,
    )


class NoteEmpty(InputError):
    """A note without a word says nothing."""

    message = N_("Please write something.")
    code = "note_empty"


def add_note(session: Session, number: str, text: str) -> None:
    """Keep a note of a person in the history of an invoice; it can be erased like every word in the audit log."""
    require(actor_of(session), "invoice.send")
    if not text.strip():
        raise NoteEmpty
    invoice, _sha256 = get_document(session, number)
    values: dict[str, chain.Change] = {"reason": (None, text.strip())}
    chain.note(session, "invoice.note", "invoice", invoice.number, member_id=invoice.member_id, values=values)


def retry_pdf(session: Session, number: str) -> bool:
    """Have a PDF made again that was given up; return whether it was."""
    require(actor_of(session), "invoice.issue")
    invoice, _sha256 = get_document(session, number)
    was_given_up = outbox.retry(session, invoicing.RENDER, invoice.id)
    if was_given_up:
        chain.note(session, "invoice.retry_pdf", "invoice", invoice.number, member_id=invoice.member_id)
    return was_given_up


def note_export(session: Session, year: int, *, form: str, today: date) -> None:
    """Note in the audit log that the list was taken out."""
    require(actor_of(session), "invoice.read")
    facts = {"form": form, "as_of": today.isoformat()}
    chain.note(session, "invoice.export", "invoices", str(year), facts=facts)
