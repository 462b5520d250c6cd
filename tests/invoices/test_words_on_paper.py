"""What a document says: all that is asked for, the words of each kind, and every sign of a name."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from io import BytesIO
from unicodedata import normalize

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.document import Line, Transfer
from invoices.glyphs import printable
from invoices.pdf import render
from tests.invoices.printed import CANCELLATION, ENGLISH, PROOF, plain, squeezed, texts, whole


def test_d_inv_10_all_that_an_accounts_department_asks_for_is_there(invoice, placed):
    words = plain(whole(placed(render(invoice()))))
    for word in (
        "RE2027-0042",
        "11.01.2027",
        "M0042",
        "01.01.–31.12.2027",
        "10.02.2027",
        "Kst. 815",
        "58/270/12345",
        "600,00 €",
    ):
        assert word in words
    for word in (
        "DE89 3704 0044 0532 0130 00",
        "COBADEFFXXX",
        "RF48 RE20 2700 42",
        "(RE2027-0042)",
        "portal.kuestentechnik.example",
    ):
        assert word in words
    assert "Bitte zahlen Sie bis zum 10. Februar 2027" in words


def test_d_inv_8_dues_outside_vat_show_no_tax_and_no_subtotal(invoice, placed):
    words = whole(placed(render(invoice())))
    assert "Umsatzsteuer" not in words
    assert "Zwischensumme" not in words
    assert "Echter Mitgliedsbeitrag, nicht umsatzsteuerbar." in words


def test_d_inv_9_taxed_items_show_net_tax_by_rate_and_total(invoice, placed):
    lines = (
        Line(text="Messestand", amount_cents=100_000, treatment="S", rate_percent=Decimal(19)),
        Line(text="Tagungsband", amount_cents=5_000, treatment="S", rate_percent=Decimal(7)),
        Line(text="Seminar", amount_cents=20_000, treatment="E"),
    )
    words = plain(whole(placed(render(invoice(lines=lines)))))
    assert "Zwischensumme\n1.250,00" in words
    assert "Umsatzsteuer 19 % auf 1.000,00\n190,00" in words
    assert "Umsatzsteuer 7 % auf 50,00\n3,50" in words
    assert "Umsatzsteuer, steuerfrei, auf 200,00\n0,00" in words
    assert "Rechnungsbetrag\n1.443,50 €" in words


def test_d_inv_14_a_cancellation_names_its_invoice_and_asks_for_nothing(invoice, placed):
    words = plain(whole(placed(render(invoice(**CANCELLATION)))))
    assert "Storno KO2027-0001 zu Beitragsrechnung RE2027-0031" in words
    assert "RE2027-0031 vom 04.01.2027" in words
    assert "Stornierter Betrag\n600,00 €" in words
    assert "Bitte zahlen" not in words
    assert "Fällig" not in words


def test_d_inv_14_a_correction_is_called_one(invoice, placed):
    words = whole(placed(render(invoice(**{**CANCELLATION, "kind": "correction"}))))
    assert "Rechnungskorrektur KO2027-0001 zu Beitragsrechnung RE2027-0031" in words
    assert "Korrekturbetrag" in words


def test_an_english_document_is_english_but_for_the_legal_note(invoice, placed, parts):
    words = plain(whole(placed(render(invoice(**ENGLISH, lines=parts["lines"](30))))))
    for word in (
        "Dues invoice RE2027-0042",
        "11 Jan 2027",
        "1 Jan – 31 Dec 2027",
        "Please pay by 10 February 2027",
        "Carried forward",
    ):
        assert word in words
    for word in (
        "Brought forward from page 1",
        "Invoice total",
        "Kind regards",
        "Page 1 of 2",
        "Scan with your banking app",
    ):
        assert word in words
    assert "Echter Mitgliedsbeitrag, nicht umsatzsteuerbar." in words
    for word in ("Rechnungsbetrag", "Übertrag", "Seite", "Fällig"):
        assert word not in words


def test_a_draft_says_so_across_the_page_and_cannot_be_paid(invoice):
    document = invoice(number=None, is_draft=True, payment=Transfer(portal="portal.example"))
    with pypdfium2.PdfDocument(render(document)) as file:
        text = file[0].get_textpage().get_text_range()
    assert "ENTWURF" in text.replace("\r\n", "")
    assert "Beitragsrechnung (Entwurf)" in text
    assert "Mit Banking-App scannen" not in text
    assert "None" not in text


def test_the_calculation_stands_on_a_page_of_its_own(invoice, placed):
    places = placed(render(invoice(proof=PROOF, proof_note="Zwischenwerte sind nicht gerundet.")))
    last = plain("\n".join(texts(places, page=2)))
    assert "Berechnungsnachweis\nzu Beitragsrechnung RE2027-0042" in last
    assert "Klasse 10–49\nStaffel, § 3 Absatz 1\n600,00 €" in last
    assert "=\nBeitrag, Pos. 1" in last
    assert "steht im Berechnungsnachweis" in whole(places)


def test_a_long_calculation_takes_more_pages(invoice, placed):
    places = placed(render(invoice(proof=PROOF * 20)))
    assert max(place.page for place in places) >= 3
    assert whole(places).count("Klasse 10–49") == 20
    assert all(place.bottom < 264.5 for place in places if place.top < 265)


@pytest.mark.parametrize(
    "name",
    [
        '<img src="file.png"/>',
        "A & B <b>Fett</b>",
        "<a href=javascript:alert(1)>x</a>",
        "<font color=[1,0,0]>rot",
        "&lt;b&gt; &amp;",
        "\\) Tj ET (x",
        "100 % (a\\b) ((",
        "{number} %(n)s",
    ],
)
def test_sec_62_markup_and_operators_in_a_name_are_printed_as_they_stand(invoice, placed, parts, name):
    people = parts["recipient"](address=(name, "Hafenring 3"), company=name)
    document = invoice(
        recipient=people, subject=name, lines=(Line(text=name, amount_cents=60_000, details=(name,)),)
    )
    pdf = render(document)
    assert squeezed(whole(placed(pdf))).count(squeezed(name)) == 4
    with pikepdf.open(BytesIO(pdf)) as file:
        assert not [key for page in file.pages for key in page.Resources.get("/XObject", {})]
        assert not [page for page in file.pages if "/Annots" in page]


@settings(max_examples=30, deadline=None)
@given(st.text(st.sampled_from(sorted(printable())), min_size=1, max_size=60))
def test_sec_63_no_sign_of_a_name_is_lost(invoice, placed, name):
    places = placed(render(invoice(lines=(Line(text=f"x{name}x", amount_cents=60_000),))))
    # A reader may give back the plain sign of an equal one, such as Omega for the sign of the ohm.
    text = squeezed("".join(place.text for place in places if 140 < place.bottom < 190))
    shown = unicodedata.normalize("NFKC", text)
    for sign in set(unicodedata.normalize("NFKC", squeezed(name))):
        if sign.isalnum():
            assert sign in shown


def test_a_document_may_use_more_signs_of_a_face_than_one_subset_holds(invoice, placed):
    letters = [sign for sign in sorted(printable()) if sign.isalpha()]
    assert len(letters) > 500
    rows = tuple("".join(letters[at : at + 40]) for at in range(0, len(letters), 40))
    places = placed(render(invoice(lines=(Line(text="Zeichen", amount_cents=60_000, details=rows),))))
    shown = set(whole(places))
    assert [sign for sign in letters if normalize("NFC", sign) not in shown and sign not in "ﬁﬂ"] == []
