"""The stored PDF on the page of its document: a picture of each page, in the place of the file and with its right."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image
from pypdfium2 import PdfDocument
from sqlalchemy import text

from membership.domain.policy import Role
from membership.persistence.db import db
from tests.web.treasurer.conftest import main_of, said_by

LIST = "/treasurer/invoices"
ONE = f"{LIST}/RE2027-0001"


@pytest.fixture
def treasurer(web, billed):
    return web.signed_in(Role.TREASURER)


@pytest.fixture
def stored(web, billed):
    """A way to put other bytes in the place of the first invoice's PDF, with or without their hash."""

    def put(content, digest=None):
        with db.engine.begin() as connection:
            for (name,) in connection.execute(
                text(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'stored_documents'"
                )
            ).all():
                connection.execute(text(f'DROP TRIGGER "{name}"'))
            change = "content = :content" + (", sha256 = :digest" if digest else "")
            connection.execute(
                text(f"UPDATE stored_documents SET {change} WHERE invoice_id = 1 AND kind = 'pdf'"),
                {"content": content, "digest": digest},
            )

    return put


def two_pages(content):
    file = PdfDocument(content)
    file.new_page(595, 842)
    written = BytesIO()
    file.save(written)
    return written.getvalue()


def test_the_page_of_an_invoice_shows_its_paper_and_no_cache_keeps_it(treasurer):
    html = main_of(treasurer.get(ONE))
    assert f'src="{ONE}/pages/1.png"' in html
    assert "Bild der Seite 1 von RE2027-0001; darunter steht dasselbe als Text" in html
    assert "?page=2" not in html
    response = treasurer.get(f"{ONE}/pages/1.png")
    assert (response.mimetype, response.headers["Cache-Control"]) == ("image/png", "no-store")
    assert Image.open(BytesIO(response.data)).size == (880, 1245)


def test_every_page_of_the_pdf_can_be_reached(stored, treasurer):
    content = two_pages(treasurer.get(f"{ONE}/pdf").data)
    stored(content, sha256(content).hexdigest())
    first = treasurer.get(ONE).text
    assert "PDF, Seite 1 von 2" in first
    assert f'href="{ONE}?page=2#picture"' in first
    second = treasurer.get(f"{ONE}?page=2").text
    assert f'src="{ONE}/pages/2.png"' in second
    assert "PDF, Seite 2 von 2" in treasurer.get(f"{ONE}?page=9").text
    assert treasurer.get(f"{ONE}/pages/1.png").data != treasurer.get(f"{ONE}/pages/2.png").data


@pytest.mark.parametrize("page", ["0", "3", "999999"])
def test_a_page_that_is_not_there_is_refused(treasurer, page):
    response = treasurer.get(f"{ONE}/pages/{page}.png")
    assert response.status_code == 422
    assert "gibt es kein Bild" in response.text


def test_a_damaged_pdf_leaves_the_page_of_the_invoice_as_it_is(stored, treasurer):
    damaged = b"%PDF-1.7 nothing"
    stored(damaged, sha256(damaged).hexdigest())
    page = treasurer.get(ONE)
    assert page.status_code == 200
    assert "pages/1.png" not in page.text
    assert "Was auf der Rechnung steht" in said_by(page)
    assert treasurer.get(f"{ONE}/pages/1.png").status_code == 422


def test_inv_06_no_picture_is_drawn_of_other_bytes_than_were_stored(stored, treasurer):
    stored(two_pages(treasurer.get(f"{ONE}/pdf").data))
    assert treasurer.get(f"{ONE}/pages/1.png").status_code == 500
    assert treasurer.get(ONE).status_code == 200
