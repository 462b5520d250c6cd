from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices import formats
from invoices.document import BankDetails, Document, Line, ProofStep, Reference, Transfer
from invoices.glyphs import printable
from invoices.pdf import render

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "invoices"
CANCELLATION = {
    "kind": "cancellation",
    "number": "KO2027-0001",
    "refers_to": Reference(number="RE2027-0031", issued_on=date(2027, 1, 4)),
    "payment": None,
    "due_on": None,
    "intro": "mit diesem Schreiben stornieren wir die Beitragsrechnung RE2027-0031 in voller Höhe.",
}
ENGLISH = {
    "language": "en",
    "subject": "Membership fee 2027",
    "salutation": "Dear Mr Janssen,",
    "intro": "for the year 2027 we charge the membership fee as laid down in § 3 of our fee schedule.",
}
PROOF = (
    ProofStep(text="Pos. 1: Mitgliedsbeitrag 2027", level="head"),
    ProofStep(text="Gemeldet: 37 Beschäftigte", note="Stichtag 30.06.2026"),
    ProofStep(text="Klasse 10–49", note="Staffel, § 3 Absatz 1", result="600,00 €"),
    ProofStep(text="Beitrag, Pos. 1", note="gerundet auf volle Cent", result="600,00 €", level="result"),
)


def texts(places, *, page=None):
    return [place.text for place in places if page in (None, place.page)]


def whole(places):
    return "\n".join(texts(places))


def plain(text):
    return text.replace("\u00a0", " ")


def squeezed(text):
    return re.sub(r"\s", "", text)


CASES = {
    "one_item": {},
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


def test_the_same_content_gives_the_same_bytes_in_any_process(invoice, parts, tmp_path):
    document = invoice(
        lines=parts["lines"](30), proof=PROOF, issuer=parts["issuer"](logo=parts["logo"](alpha=200))
    )
    path = tmp_path / "content.json"
    path.write_text(json.dumps(document.to_content()), encoding="utf-8")
    code = (
        "import sys, json, hashlib; from pathlib import Path\n"
        "from invoices.document import Document; from invoices.pdf import render\n"
        "document = Document.from_content(json.loads(Path(sys.argv[1]).read_text()))\n"
        "render(Document.from_content({**document.to_content(), 'subject': 'Anderes'})) if sys.argv[2:] else None\n"
        "print(hashlib.sha256(render(document)).hexdigest())\n"
    )
    digests = set()
    for seed, zone, more in (("1", "Europe/Berlin", []), ("2", "Asia/Tokyo", ["twice"])):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "SOURCE_DATE_EPOCH": seed}
        done = subprocess.run(
            [sys.executable, "-c", code, str(path), *more],
            env=env,
            check=True,
            capture_output=True,
            text=True,
        )
        digests.add(done.stdout.strip())
    digests.add(hashlib.sha256(render(Document.from_content(document.to_content()))).hexdigest())
    assert len(digests) == 1


def test_several_threads_render_at_once_and_get_what_one_gets(invoice, parts):
    documents = [invoice(subject=f"Größe Ç{n}", lines=parts["lines"](n)) for n in range(1, 13)]
    alone = [render(document) for document in documents]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(render, documents)) == alone


def test_another_content_gives_another_file_identifier(invoice):
    ids = set()
    for subject in ("Mitgliedsbeitrag 2027", "Mitgliedsbeitrag 2028"):
        with pikepdf.open(BytesIO(render(invoice(subject=subject)))) as file:
            ids.add(bytes(file.trailer.ID[0]))
    assert len(ids) == 2


def test_the_dates_of_the_file_are_those_of_issue(invoice):
    with pikepdf.open(BytesIO(render(invoice()))) as file:
        assert str(file.docinfo["/CreationDate"]).startswith("D:20270111000000")
        assert str(file.docinfo["/ModDate"]).startswith("D:20270111000000")
        assert str(file.docinfo["/Title"]) == "Beitragsrechnung RE2027-0042"
        assert str(file.docinfo["/Author"]) == "Netzwerk Küstentechnik e. V."
        assert str(file.Root.Lang) == "de"


def test_only_embedded_faces_are_used_and_nothing_else(invoice, parts):
    changes = {
        "lines": parts["lines"](30),
        "proof": PROOF,
        "number": None,
        "is_draft": True,
        "payment": Transfer(),
    }
    with pikepdf.open(BytesIO(render(invoice(**changes)))) as file:
        assert len(file.pages) == 3
        fonts = [font for page in file.pages for font in page.Resources.Font.values()]
        assert fonts
        for font in fonts:
            assert "IBMPlexSans" in str(font.BaseFont)
            assert "/FontFile2" in font.FontDescriptor
            assert "/ToUnicode" in font
    assert b"Helvetica" not in render(invoice())


def test_the_file_claims_no_conformity(invoice):
    with pikepdf.open(BytesIO(render(invoice()))) as file:
        assert "/Metadata" not in file.Root
        assert "/OutputIntents" not in file.Root
        assert "/AF" not in file.Root
        assert file.check_pdf_syntax() == [] if hasattr(file, "check_pdf_syntax") else file.check() == []


def test_a_logo_is_placed_in_the_letterhead_within_its_measures(invoice, parts):
    for size in ((600, 60), (60, 600), (60, 40)):
        with pypdfium2.PdfDocument(
            render(invoice(issuer=parts["issuer"](logo=parts["logo"](*size, alpha=128))))
        ) as file:
            (picture,) = [
                item for item in file[0].get_objects() if item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
            ]
            left, bottom, right, top = (edge * 25.4 / 72 for edge in picture.get_bounds())
        assert abs(left - 25) < 0.1
        assert abs(297 - top - 14) < 0.1
        assert right - left < 60.1
        assert top - bottom < 18.1
        assert abs((right - left) / (top - bottom) - size[0] / size[1]) < 0.02


def test_marks_for_folding_and_punching_stand_at_the_edge(invoice):
    with pypdfium2.PdfDocument(render(invoice())) as file:
        paths = [
            item.get_bounds()
            for item in file[0].get_objects()
            if item.type == pypdfium2.raw.FPDF_PAGEOBJ_PATH
        ]
    marks = sorted(
        (round(297 - (low + high) / 2 * 25.4 / 72, 1), round(right * 25.4 / 72, 0))
        for left, low, right, high in paths
        if left < 20
    )
    assert marks == [(105.0, 8.0), (148.5, 10.0), (210.0, 8.0)]


def test_a_payment_without_bic_and_portal_leaves_their_lines_out(invoice, parts, placed):
    bank = BankDetails(holder="N", iban="DE89370400440532013000")
    document = invoice(issuer=parts["issuer"](bank=bank), payment=replace(invoice().payment, portal=""))
    words = texts(placed(render(document)))
    assert "BIC" not in words
    assert "Online" not in words
    assert "IBAN" in words


def test_pay_10_a_text_of_140_signs_stays_in_the_box(invoice, placed):
    text = "RE2027-0042 M0042 " * 7 + "Beitrag 2027."
    places = placed(render(invoice(payment=Transfer(remittance=text))))
    lines = [place for place in places if place.left > 61 and place.left < 63 and "M0042" in place.text]
    assert squeezed("".join(place.text for place in lines)) == squeezed(text)
    assert all(place.right <= 148.5 for place in lines)
