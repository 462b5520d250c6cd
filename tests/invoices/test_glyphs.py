from __future__ import annotations

import pytest
from reportlab.pdfbase.ttfonts import TTFont

from invoices.glyphs import FILES, FOLDER, characters, missing_glyphs, printable


@pytest.mark.parametrize(
    "text", ["Łódź", "Grüße ẞ ß", "Привет", "Ελλάδα", "A & B <b> – „x“ 1.234,56 € − × ÷ §", "a b"]
)
def test_sec_63_the_fonts_show_latin_greek_and_cyrillic(text):
    assert missing_glyphs(text) == ""


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Firma 日本 GmbH 日", "日本"),
        ("Hafen 😀", "😀"),
        ("شركة", "شركة"),
        ("a\nb\tc\x00", "\n\t\x00"),
        ("Hafen\u202e GmbH", "\u202e"),
    ],
)
def test_sec_63_what_cannot_be_printed_is_named_once_and_in_order(text, missing):
    assert missing_glyphs(text) == missing


def test_an_accent_after_its_letter_is_one_sign_with_it():
    assert missing_glyphs("Gru\u0308ße") == ""


@pytest.mark.parametrize("file", FILES.values())
def test_our_character_map_is_the_one_the_pdf_library_reads(file):
    theirs = {chr(code) for code in TTFont(file, str(FOLDER / file)).face.charToGlyph} - {"\uffff"}
    assert characters((FOLDER / file).read_bytes()) == theirs


def test_every_printable_character_is_in_all_faces():
    faces = [characters((FOLDER / file).read_bytes()) for file in FILES.values()]
    assert all(printable() - {"\u00a0"} <= face for face in faces)
    assert len(printable()) > 800
