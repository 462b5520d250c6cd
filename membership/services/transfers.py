"""How an open amount is paid by bank transfer: the data to type, and the code that a banking app scans.

Source: PAY-7 to PAY-10; `ux.md` 7 "Home".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from invoices import qr
from invoices.document import BankDetails, DocumentInvalid, Transfer
from membership.persistence.queries.settings import AssociationSettings

_RUN: Final = re.compile("1+")


@dataclass(frozen=True, slots=True)
class TransferData:
    """What a transfer needs.

    Args:
        holder: who gets the money.
        iban: the account, without blanks.
        bic: empty when unknown; not needed within the SEPA area.
        bank_name: empty when unknown.
        cents: the amount.
        reference: the structured reference, empty where a text is used instead.
        remittance: the text that names the document.
        code: the QR code as the path of an SVG drawing in units of a module, empty when none can be made.
        code_size: modules a side, without the quiet zone.
    """

    holder: str
    iban: str
    bic: str
    bank_name: str
    cents: int
    reference: str
    remittance: str
    code: str
    code_size: int

    @property
    def view_box(self) -> str:
        """Return the box of the drawing with its quiet zone of four modules."""
        whole = self.code_size + 2 * qr.QUIET
        return f"-{qr.QUIET} -{qr.QUIET} {whole} {whole}"


def transfer_data(
    settings: AssociationSettings, cents: int, *, document: str, member_number: str, reference: str
) -> TransferData | None:
    """Return how an open amount is transferred; None while the association has named no bank account.

    Args:
        settings: the association's settings.
        cents: what is still open.
        document: the number of what is paid.
        member_number: stands in the text when there is no structured reference.
        reference: the RF reference of the invoice; empty for what is none.
    """
    holder, iban = settings.text("bank.holder"), settings.text("bank.iban")
    if not holder or not iban:
        return None
    is_structured = bool(reference) and settings.text("invoice.remittance") != "text"
    text = document if is_structured else f"{document} {member_number}"
    bic = settings.text("bank.bic")
    rows: Sequence[str] = ()
    try:
        bank = BankDetails(holder=holder, iban=iban, bic=bic)
        marked = Transfer(reference=reference) if is_structured else Transfer(remittance=text)
        rows = qr.matrix(qr.payload(bank, marked, amount_cents=cents))
    except (DocumentInvalid, qr.PayloadInvalid):
        rows = ()
    return TransferData(
        holder=holder,
        iban=iban,
        bic=bic,
        bank_name=settings.text("bank.name"),
        cents=cents,
        reference=reference if is_structured else "",
        remittance=text,
        code=svg_path(rows),
        code_size=len(rows),
    )


def svg_path(rows: Sequence[str]) -> str:
    """Return the dark modules of a code as one SVG path."""
    return "".join(
        f"M{first} {y}h{end - first}v1h{first - end}z"
        for y, row in enumerate(rows)
        for first, end in map(re.Match.span, _RUN.finditer(row))
    )
