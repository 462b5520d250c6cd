"""A member's account on paper: what is printed, over as many pages as it needs; sums that do not belong are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pypdfium2
import pytest

from invoices.account import AccountRow, AccountStatement
from invoices.document import DocumentInvalid
from invoices.parties import Recipient
from invoices.pdf import render, render_sheets
from tests.invoices.conftest import issuer
from tests.invoices.printed import plain

ISSUER = issuer()


def text_of(content):
    document = pypdfium2.PdfDocument(content)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    return plain(" ".join(" ".join(pages).split()))


def statement(rows=(), opening=0, **changes):
    values = {
        "kind": "statement", "language": "de", "issued_on": date(2027, 2, 16), "period_from": date(2026, 1, 1),
        "period_to": date(2027, 2, 16), "issuer": ISSUER, "subject": "Ihr Beitragskonto bei uns",
        "recipient": Recipient(address=("Hansa GmbH", "26382 Musterhafen"), company="Hansa GmbH", member_number="M0081"),
        "salutation": "Guten Tag,", "intro": "hier ist Ihr Beitragskonto.", "rows": tuple(rows),
        "opening_cents": opening, "closing_cents": opening + sum(row.cents for row in rows),
    }  # fmt: skip
    return AccountStatement(**{**values, **changes})


ROWS = [
    AccountRow(day=date(2027, 1, 11), text="Beitragsrechnung", detail="RE2027-0083", cents=180000),
    AccountRow(day=date(2027, 2, 15), text="Zahlung", detail="RE2027-0083", cents=-150000),
]


def test_each_entry_stands_with_debit_credit_and_balance():
    printed = text_of(render(statement(ROWS, opening=5000)))
    assert "Kontoauszug" in printed
    for part in (
        "50,00 €",
        "1.850,00 €",
        "1.800,00 €",
        "1.500,00 €",
        "350,00 €",
        "RE2027-0083",
        "Seite 1 von 1",
    ):
        assert part in printed
    assert "Saldo vor dem 01.01.2026" in printed
    assert "Saldo am 16.02.2027" in printed
    assert "Bitte zahlen Sie" not in printed


def test_a_confirmation_has_no_opening_balance_and_a_part_to_send_back():
    printed = text_of(render(statement(ROWS[:1], kind="confirmation")))
    assert "Saldenbestätigung" in printed
    assert "Der Saldo stimmt mit unseren Büchern überein." in printed
    assert "Unterschrift" in printed
    assert "Saldo vor dem" not in printed


@pytest.mark.parametrize("kind", ["statement", "confirmation"])
@pytest.mark.parametrize("count", range(0, 100, 7))
def test_the_account_of_many_years_turns_pages_and_nothing_lies_in_the_footer(kind, count):
    first = date(1990, 1, 1)
    rows = [
        AccountRow(day=first + timedelta(days=n), text=f"Buchung {n}", detail="RE", cents=100)
        for n in range(count)
    ]
    content, sheets = render_sheets(statement(rows, kind=kind))
    printed = text_of(content)
    assert all(f"Buchung {n}" in printed for n in range(count))
    assert sheets.y <= 268
    assert f"Seite 1 von {len(sheets.pages)}" in printed
    assert len(sheets.pages) > 1 or count < 20
    assert len(sheets.pages) == 1 or count


@pytest.mark.parametrize(
    "changes",
    [
        {"closing_cents": 1},
        {"period_to": date(2025, 1, 1)},
        {"intro": "Text mit \u4e2d"},
        {"subject": "Betreff \u4e2d"},
    ],
)
def test_what_does_not_belong_together_or_cannot_be_printed_is_refused(changes):
    with pytest.raises(DocumentInvalid):
        replace(statement(ROWS), **changes)


def test_the_same_account_gives_the_same_bytes_and_english_has_its_own_words():
    assert render(statement(ROWS)) == render(statement(ROWS))
    assert "Account statement" in text_of(render(statement(ROWS, language="en")))
