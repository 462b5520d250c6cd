"""One invoice to start from; a test changes what it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from invoices.document import BankDetails, Document, Issuer, Line, Recipient, Transfer, totals
from invoices.numbering import rf_reference

MM = 72 / 25.4
HOLDER = "Netzwerk Küstentechnik e. V."


def logo(width: int = 60, height: int = 40, *, alpha: int = 255) -> bytes:
    file = BytesIO()
    Image.new("RGBA", (width, height), (11, 90, 111, alpha)).save(file, "PNG")
    return file.getvalue()


def issuer(**changes: Any) -> Issuer:
    values: dict[str, Any] = {
        "name": "Netzwerk Küstentechnik e. V.",
        "claim": "Verband der maritimen Zulieferer",
        "address": ("Am Alten Kran 7", "26723 Beispielhafen"),
        "bank": BankDetails(
            holder=HOLDER,
            iban="DE89370400440532013000",
            bic="COBADEFFXXX",
            bank_name="Musterbank Küste",
            creditor_id="DE98ZZZ09999999999",
        ),
        "phone": "04900 654321",
        "mail": "beitrag@kuestentechnik.example",
        "web": "www.kuestentechnik.example",
        "register": "Amtsgericht Beispielhafen, VR 4711",
        "board": "Dr. Enno Harms (Vorsitz), Fenja Ubben",
        "tax_number": "58/270/12345",
        "contact_person": "Fenja Ubben",
        "signatory": "Fenja Ubben",
        "signatory_function": "Schatzmeisterin",
    }
    return Issuer(**{**values, **changes})


def recipient(**changes: Any) -> Recipient:
    values: dict[str, Any] = {
        "address": (
            "Deichwerke Metallbau GmbH",
            "Buchhaltung",
            "Herrn Okko Janssen",
            "Hafenring 3",
            "26725 Beispielhafen",
        ),
        "company": "Deichwerke Metallbau GmbH",
        "member_number": "M0042",
        "order_number": "Kst. 815",
        "cost_centre": "",
    }
    return Recipient(**{**values, **changes})


def lines(count: int, *, details: int = 0, rate: int = 0) -> tuple[Line, ...]:
    return tuple(
        Line(
            text=f"Mitgliedsbeitrag Standort {n}",
            amount_cents=10_000 + 37 * n,
            details=tuple(f"Beitragsklasse {n}, Zeile {i}" for i in range(1, details + 1)),
            period="01–12/2027",
            treatment="S" if rate else "O",
            rate_percent=Decimal(rate),
        )
        for n in range(1, count + 1)
    )


def make_document(**changes: Any) -> Document:
    items = changes.get(
        "lines", (Line(text="Mitgliedsbeitrag 2027", amount_cents=60_000, period="01–12/2027"),)
    )
    values: dict[str, Any] = {
        "kind": "invoice",
        "number": "RE2027-0042",
        "language": "de",
        "issued_on": date(2027, 1, 11),
        "due_on": date(2027, 2, 10),
        "period_from": date(2027, 1, 1),
        "period_to": date(2027, 12, 31),
        "issuer": issuer(),
        "recipient": recipient(),
        "subject": "Mitgliedsbeitrag 2027",
        "salutation": "Sehr geehrter Herr Janssen,",
        "intro": "für das Beitragsjahr 2027 berechnen wir Ihnen den Mitgliedsbeitrag nach § 3 der Beitragsordnung.",
        "lines": items,
        "gross_cents": totals(items).gross_cents,
        "tax_note": "Echter Mitgliedsbeitrag, nicht umsatzsteuerbar.",
        "payment": Transfer(reference=rf_reference("RE2027-0042"), portal="portal.kuestentechnik.example"),
    }
    return Document(**{**values, **changes})


@dataclass(frozen=True)
class Placed:
    """A piece of text on a page, its edges in mm from the left and upper edge."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


def read_placed(pdf: bytes) -> list[Placed]:
    """Return all text of a PDF, where a reader other than our own finds it."""
    found = []
    with pypdfium2.PdfDocument(pdf) as file:
        for number, page in enumerate(file, start=1):
            height, text = page.get_height(), page.get_textpage()
            for i in range(text.count_rects()):
                left, bottom, right, top = text.get_rect(i)
                words = text.get_text_bounded(left, bottom, right, top).replace("\r\n", " ").strip()
                edges = (left / MM, (height - top) / MM, right / MM, (height - bottom) / MM)
                found.append(Placed(number, *edges, words))
    return found


@pytest.fixture(scope="session")
def invoice() -> Callable[..., Document]:
    return make_document


@pytest.fixture(scope="session")
def placed() -> Callable[[bytes], list[Placed]]:
    return read_placed


@pytest.fixture(scope="session")
def parts() -> dict[str, Callable[..., Any]]:
    return {"issuer": issuer, "recipient": recipient, "lines": lines, "logo": logo}
