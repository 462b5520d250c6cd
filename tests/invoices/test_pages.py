"""The pages of a document: the agreed look, the window, margins, and what goes on overleaf."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices import formats
from invoices.document import DirectDebit, Line, ProofStep
from invoices.pdf import render
from tests.invoices.einvoices import EXCHANGE, ORIGINAL
from tests.invoices.printed import CANCELLATION, ENGLISH, PROOF, plain, squeezed, texts

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "invoices"

CASES = {
    "one_item": {},
    "e_invoice": {"exchange": EXCHANGE},
    "direct_debit": {
        "exchange": EXCHANGE,
        "payment": None,
        "debit": DirectDebit(mandate="M0042-01", account_shown="DE•• •••• 3000"),
    },
    "corrected": {"exchange": EXCHANGE, "kind": "corrected", "refers_to": ORIGINAL},
    "english": ENGLISH,
    "cancellation": CANCELLATION,
    "proof": {"proof": PROOF, "proof_basis": "Grundlage ist die Beitragsordnung vom 18. November 2025."},
}


@pytest.mark.parametrize("name", [*CASES, "twelve_items", "taxed"])
def test_the_paper_looks_as_it_was_agreed(invoice, placed, parts, request, name):
    changes = CASES.get(name) or {}
    if name == "twelve_items":
        changes = {"lines": parts["lines"](12, details=1)}
    if name == "taxed":
        changes = {"lines": parts["lines"](2, rate=19), "tax_note": ""}
    found = "".join(
        f"{place.page} {place.left:6.1f} {place.bottom:6.1f} {plain(place.text)}\n"
        for place in placed(render(invoice(**changes)))
    )
    path = GOLDEN / f"{name}.txt"
    if request.config.getoption("--update-golden", default=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_the_address_shows_in_the_window_of_the_envelope(invoice, placed, parts):
    address = (
        "Deichwerke Metallbau GmbH",
        "Buchhaltung",
        "z. Hd. Frau Ubben",
        "Hafenring 3",
        "26725 Hafen",
        "NIEDERLANDE",
    )
    places = placed(render(invoice(recipient=parts["recipient"](address=address))))
    lines = [place for place in places if place.text in address and place.top < 95]
    assert [place.text for place in lines] == list(address)
    assert all(
        place.left >= 20 and place.right <= 105 and place.top >= 62.7 and place.bottom <= 90.5
        for place in lines
    )


def test_an_endless_name_stays_in_the_window_of_the_envelope(invoice, placed, parts):
    address = ("Gesellschaft für Sondermaschinenbau und Ladeinfrastruktur " * 3, "Straße 1", "26725 Hafen")
    places = placed(render(invoice(recipient=parts["recipient"](address=address))))
    field = [place for place in places if place.page == 1 and place.left < 105 and 62.7 <= place.top < 95]
    assert squeezed("".join(place.text for place in field)) == squeezed("".join(address))
    assert all(place.right <= 105.1 and place.bottom <= 90.5 for place in field)


def test_nothing_runs_into_the_margins(invoice, placed, parts):
    endless = "Unternehmensgruppe " * 14
    item = Line(
        text=endless,
        amount_cents=99_999_999_999,
        details=(endless, "x" * 300),
        period="01.01.2027–31.12.2028",
    )
    document = invoice(
        lines=(item,),
        gross_cents=item.amount_cents,
        subject=endless,
        salutation=endless,
        intro=endless,
        tax_note=endless,
        issuer=parts["issuer"](name=endless, claim=endless, mail="x" * 90 + "@example", board=endless),
        recipient=parts["recipient"](company=endless, order_number="4711 " * 20),
        proof=(ProofStep(text=endless, note=endless, result="9.999.999.999,99 €"),),
        proof_note=endless,
    )
    places = placed(render(document))
    assert [place for place in places if place.left < 24.9 or place.right > 190.3 or place.bottom > 292] == []


@pytest.mark.parametrize("count", [1, 2, 5, 10, 11, 12, 17, 18, 19, 20, 21, 40, 55, 60])
def test_one_to_sixty_lines_take_one_to_three_pages_and_add_up(invoice, placed, parts, count):
    document = invoice(lines=parts["lines"](count))
    places = placed(render(document))
    pages = max(place.page for place in places)
    assert 1 <= pages <= 3
    total = formats.amount(document.gross_cents, "de")
    assert plain(total) in [plain(text) for text in texts(places)]
    assert [text for text in texts(places) if text.startswith("Seite ")] == [
        f"Seite {n} von {pages}" for n in range(1, pages + 1)
    ]
    names = [text for text in texts(places) if text.startswith("Mitgliedsbeitrag Standort")]
    assert names == [line.text for line in document.lines]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_what_is_carried_forward_is_the_sum_of_the_pages_before(invoice, placed, details):
    lines = tuple(
        Line(
            text=f"Posten {n}", amount_cents=1_000 + n, details=tuple(f"Zeile {n}.{i}" for i in range(count))
        )
        for n, count in enumerate(details, start=1)
    )
    places = placed(render(invoice(lines=lines)))
    carried = 0
    for page in range(1, max(place.page for place in places) + 1):
        words = texts(places, page=page)
        if page > 1 and f"Übertrag von Seite {page - 1}" in words:
            assert formats.plain_amount(carried, "de") in words
        carried += sum(
            lines[int(text.split()[1]) - 1].amount_cents
            for text in words
            if re.fullmatch(r"Posten \d+", text)
        )
        if "Übertrag" in words:
            assert formats.plain_amount(carried, "de") in words
    assert carried == sum(line.amount_cents for line in lines)
    assert [text for text in texts(places) if text.startswith("Zeile ")] == [
        part for line in lines for part in line.details
    ]
    body = [place for place in places if place.top < 265]
    assert all(place.bottom < 264.5 for place in body)


@pytest.mark.parametrize("word", ["intro", "tax_note", "proof_note"])
def test_a_text_longer_than_a_page_goes_on_overleaf(invoice, placed, parts, word):
    text = "\n".join(f"Absatz {n}." for n in range(1, 91))
    places = placed(render(invoice(**{word: text}, lines=parts["lines"](3), proof=PROOF)))
    assert [place for place in texts(places) if place.startswith("Absatz")] == text.split("\n")
    assert all(place.bottom < 264.5 for place in places if place.top < 265)


@pytest.mark.parametrize("rows", range(18, 34))
def test_nothing_is_carried_before_the_first_item(invoice, placed, rows):
    text = "\n".join(f"Absatz {n}." for n in range(1, rows))
    words = texts(placed(render(invoice(intro=text))))
    assert "0,00" not in words
    assert words.count("Bezeichnung") == 1 + words.count("Übertrag")


def test_an_item_longer_than_a_page_goes_on_overleaf(invoice, placed):
    details = tuple(f"Angabe {n}" for n in range(1, 121))
    line = Line(text="Mitgliedsbeitrag 2027", amount_cents=60_000, details=details)
    places = placed(render(invoice(lines=(line,))))
    assert [text for text in texts(places) if text.startswith("Angabe ")] == list(details)


@pytest.mark.parametrize("count", range(1, 14))
def test_the_payment_box_is_never_split(invoice, placed, parts, count):
    places = placed(render(invoice(lines=parts["lines"](count, details=1))))
    box = [
        place
        for place in places
        if place.text.startswith(
            ("Bitte zahlen", "IBAN", "Verwendungszweck", "Mit Banking-App", "Mit freundlichen")
        )
    ]
    box = [place for place in box if place.top < 265]
    assert len({place.page for place in box}) == 1
    assert len(box) == 5


def test_a_following_page_repeats_document_member_and_table_head(invoice, placed, parts):
    places = placed(render(invoice(lines=parts["lines"](25))))
    second = texts(places, page=2)
    assert second[:2] == ["Beitragsrechnung RE2027-0042", "Deichwerke Metallbau GmbH, M0042"]
    assert {"Pos.", "Bezeichnung", "Zeitraum", "Betrag in EUR"} <= set(second)
