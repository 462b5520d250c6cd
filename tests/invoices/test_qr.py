from __future__ import annotations

from io import BytesIO

import pypdfium2
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from invoices import qr
from invoices.document import BankDetails, Line, Transfer
from invoices.glyphs import printable
from invoices.layout import Box
from invoices.pdf import render

BANK = BankDetails(holder="Automotive Nordwest e.V.", iban="DE89370400440532013000")
FULL = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331]  # bytes a version of level M holds
TEXTS = st.text(st.sampled_from(sorted(printable())), min_size=1, max_size=160).filter(
    lambda text: len(text.encode()) <= 331
)


def picture_of(rows):
    size = len(rows) + 8
    image = Image.new("L", (size, size), 255)
    for y, row in enumerate(rows):
        for x, sign in enumerate(row):
            if sign == "1":
                image.putpixel((x + 4, y + 4), 0)
    return image.resize((size * 4, size * 4), Image.Resampling.NEAREST)


def read(image):
    (code,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return code


def test_pay_9_the_payload_is_the_one_of_the_standard():
    text = qr.payload(BANK, Transfer(reference="RF48RE20270042"), amount_cents=60_000)
    assert text == (
        "BCD\n002\n1\nSCT\n\nAutomotive Nordwest e.V.\nDE89370400440532013000\nEUR600.00\n\nRF48RE20270042"
    )


def test_pay_10_a_text_takes_the_line_after_an_empty_reference():
    text = qr.payload(BANK, Transfer(remittance="RE2027-0042 M0123"), amount_cents=5)
    assert text.endswith("\nEUR0.05\n\n\nRE2027-0042 M0123")


@pytest.mark.parametrize("cents", [0, -1, 10**11])
def test_an_amount_that_cannot_be_transferred_has_no_code(cents):
    with pytest.raises(qr.PayloadInvalid):
        qr.payload(BANK, Transfer(reference="RF48RE20270042"), amount_cents=cents)


def test_a_transfer_without_reference_has_no_code():
    with pytest.raises(qr.PayloadInvalid):
        qr.payload(BANK, Transfer(), amount_cents=1)


def test_texts_beyond_version_13_are_refused():
    bank = BankDetails(holder="ß" * 70, iban=BANK.iban)
    with pytest.raises(qr.PayloadInvalid):
        qr.payload(bank, Transfer(remittance="ß" * 140), amount_cents=1)
    with pytest.raises(qr.PayloadInvalid):
        qr.matrix("x" * 332)


@pytest.mark.parametrize(("version", "length"), list(enumerate(FULL, start=1)))
def test_our_modules_are_those_of_segno(version, length):
    text = ("Grüße 0123 EUR" * 30).encode()[:length].decode(errors="replace").replace("\ufffd", "?")[:length]
    text = text.ljust(length - (len(text.encode()) - len(text)), "x")
    theirs = segno.make(text.encode(), mode="byte", error="m", mask=qr.MASK, boost_error=False, micro=False)
    assert theirs.version == version
    assert qr.matrix(text) == ["".join(map(str, row)) for row in theirs.matrix]


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_every_text_is_read_back_and_no_code_is_larger_than_version_13(text):
    rows = qr.matrix(text)
    assert len(rows) <= 17 + 4 * 13
    code = read(picture_of(rows))
    assert code.bytes == text.encode()
    assert code.ec_level == "M"


def test_the_code_on_the_paper_is_read_back(invoice):
    document = invoice()
    with pypdfium2.PdfDocument(BytesIO(render(document))) as file:
        page = file[0].render(scale=2).to_pil()
    expected = qr.payload(document.issuer.bank, document.payment, amount_cents=document.gross_cents)
    assert read(page).text == expected


@settings(max_examples=12, deadline=None)
@given(
    holder=st.text(st.sampled_from(sorted(printable() - {"\u00a0"})), min_size=1, max_size=70),
    cents=st.integers(1, qr.MOST_CENTS),
    text=st.text(st.sampled_from("ABCDEFGHIJ0123456789- "), min_size=1, max_size=60).filter(str.strip),
)
def test_codes_on_the_paper_are_read_back_whatever_they_say(invoice, parts, holder, cents, text):
    bank = BankDetails(holder=holder, iban=BANK.iban, bic="COBADEFFXXX")
    transfer = Transfer(remittance=text)
    line = Line(text="Mitgliedsbeitrag", amount_cents=cents)
    document = invoice(issuer=parts["issuer"](bank=bank), payment=transfer, lines=(line,), gross_cents=cents)
    with pypdfium2.PdfDocument(render(document)) as file:
        page = file[0].render(scale=3).to_pil()
    assert read(page).bytes.decode() == qr.payload(bank, transfer, amount_cents=cents)


def test_the_quiet_zone_of_the_drawn_code_is_four_modules_white(invoice):
    document = invoice()
    rows = qr.matrix(qr.payload(document.issuer.bank, document.payment, amount_cents=document.gross_cents))
    module = min(Box.CODE_SIDE / len(rows), Box.WHITE_SIDE / (len(rows) + 8))
    scale = 6
    with pypdfium2.PdfDocument(render(document)) as file:
        page = file[0].render(scale=scale).to_pil().convert("RGB")
    dot = 72 / 25.4 * scale
    left, top = Box.WHITE_X, Box.FIRST_PAGE_Y + Box.WHITE_Y
    edge = (Box.WHITE_SIDE - module * len(rows)) / 2
    assert edge >= 4 * module - 1e-9
    strip = page.crop(
        (
            int(left * dot) + 2,
            int(top * dot) + 2,
            int((left + Box.WHITE_SIDE) * dot) - 2,
            int((top + edge) * dot) - 2,
        )
    )
    assert strip.getcolors() == [(strip.width * strip.height, (255, 255, 255))]
