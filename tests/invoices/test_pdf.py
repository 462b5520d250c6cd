"""The file: the same bytes for the same content, its fonts, its dates, and what is drawn on it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

import pikepdf
import pypdfium2

from invoices.document import BankDetails, Document, Transfer
from invoices.pdf import render
from tests.invoices.printed import PROOF, squeezed, texts


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
