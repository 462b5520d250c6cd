"""A page of a PDF as a picture: what it shows, what a bad file leads to, what is drawn once."""

from __future__ import annotations

import time
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from invoices import page_image as pictures
from invoices.page_image import NoPicture, page_count, page_image
from invoices.pdf import render


@pytest.fixture(scope="module")
def pages(invoice, parts):
    """An invoice of more than one page."""
    return render(invoice(lines=parts["lines"](12, details=1)))


@pytest.fixture
def forgotten():
    """Nothing was drawn before."""
    pictures._drawn.clear()
    yield pictures._drawn
    pictures._drawn.clear()


def open_picture(content):
    return Image.open(BytesIO(content))


def test_a_picture_has_the_form_of_the_page_and_its_code_can_be_read(invoice):
    picture = open_picture(page_image(render(invoice()), 1))
    assert (picture.format, picture.size) == ("PNG", (880, 1245))
    (code,) = zxingcpp.read_barcodes(picture.convert("RGB"))
    assert code.text.startswith("BCD")


def test_a_picture_is_light_enough_for_a_page(pages):
    for page in range(1, page_count(pages) + 1):
        assert len(page_image(pages, page)) < 60_000


def test_each_page_has_its_picture_and_there_are_no_others(pages, forgotten):
    count = page_count(pages)
    assert count > 1
    assert len({page_image(pages, page) for page in range(1, count + 1)}) == count
    for page in (0, -1, count + 1):
        with pytest.raises(NoPicture):
            page_image(pages, page)
    assert len(forgotten) == count


@pytest.mark.parametrize("cut", [0, 20, 2000])
def test_a_damaged_file_has_no_picture_and_harms_nobody(invoice, cut):
    damaged = render(invoice())[:cut]
    assert page_count(damaged) == 0
    with pytest.raises(NoPicture):
        page_image(damaged, 1)


def test_what_takes_too_long_is_ended(invoice, forgotten, tmp_path, monkeypatch):
    slow = tmp_path / "slow.py"
    slow.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(pictures, "_PROCESS", slow)
    monkeypatch.setattr(pictures, "_SECONDS", 0.2)
    begun = time.monotonic()
    with pytest.raises(NoPicture):
        page_image(render(invoice()), 1)
    assert time.monotonic() - begun < 5


def test_a_crash_of_the_drawing_ends_there(invoice, forgotten, tmp_path, monkeypatch):
    crash = tmp_path / "crash.py"
    crash.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(pictures, "_PROCESS", crash)
    with pytest.raises(NoPicture):
        page_image(render(invoice()), 1)


def test_a_page_is_drawn_once_and_not_all_are_kept(pages, forgotten, monkeypatch):
    drawn = []
    monkeypatch.setattr(pictures, "_draw", lambda pdf, page: drawn.append((pdf, page)) or b"picture")
    for _ in range(2):
        page_image(pages, 1)
    assert drawn == [(pages, 1)]
    page_image(pages + b" ", 1)
    assert len(drawn) == 2
    for number in range(100):
        page_image(b"%d" % number, 1)
    assert len(forgotten) == pictures._KEPT
