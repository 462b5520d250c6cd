"""The running account of a member on its record: each entry in words, with what it is for and where it leads.

Source: `ux.md` 6.3 "Beitragskonto".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import url_for

from membership.domain.errors import N_
from membership.domain.ledger import EntryKind
from membership.persistence.queries.members import AccountLine
from membership.web.forms.payments import METHOD_NAMES
from membership.web.language import _, words
from membership.web.links import invoice_address
from membership.web.sessions import holds

_WORDS: Final = {
    EntryKind.OPENING: N_("Opening balance"),
    EntryKind.INVOICE: N_("Dues invoice"),
    EntryKind.PAYMENT: N_("Payment"),
    EntryKind.CREDIT_NOTE: N_("Cancellation or correction"),
    EntryKind.WAIVER: N_("Waived"),
    EntryKind.WRITE_OFF: N_("Written off"),
}
_TAKEN_BACK: Final = {
    EntryKind.OPENING: N_("Opening balance taken back"),
    EntryKind.INVOICE: N_("Dues invoice taken back"),
    EntryKind.PAYMENT: N_("Payment taken back"),
    EntryKind.WAIVER: N_("Waiver taken back"),
    EntryKind.WRITE_OFF: N_("Write-off taken back"),
}
_OF_INVOICES: Final = {EntryKind.INVOICE, EntryKind.CREDIT_NOTE, EntryKind.WAIVER, EntryKind.WRITE_OFF}


@dataclass(frozen=True, slots=True)
class ShownLine:
    """An entry as the page draws it."""

    day: date
    text: str
    note: str
    href: str | None
    debit_cents: int | None
    credit_cents: int | None
    balance_cents: int


def shown_line(line: AccountLine) -> ShownLine:
    """Return an entry in words."""
    return ShownLine(
        day=line.day,
        text=_text(line),
        note=", ".join(part for part in (_method(line), *line.documents) if part),
        href=_address(line),
        debit_cents=line.debit_cents,
        credit_cents=line.credit_cents,
        balance_cents=line.balance_cents,
    )


def _text(line: AccountLine) -> str:
    if line.reversed_kind is not None:
        return _(_TAKEN_BACK.get(line.reversed_kind, N_("Booking")))
    return _(_WORDS.get(line.kind, N_("Booking")))


def _method(line: AccountLine) -> str:
    known = next((name for method, name in METHOD_NAMES.items() if method == line.method), None)
    return words().text(known) if known else line.method or ""


def _address(line: AccountLine) -> str | None:
    if line.payment_id is not None:
        return (
            url_for("treasurer.payments.show", payment_id=line.payment_id) if holds("payment.read") else None
        )
    if line.kind in _OF_INVOICES and line.documents:
        return invoice_address(line.documents[0])
    return None
