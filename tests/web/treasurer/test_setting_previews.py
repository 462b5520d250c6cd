"""What the settings pages show of values before they are saved, and the sample invoice."""

from __future__ import annotations

import io
import re

import pypdfium2
import pytest
from PIL import Image

from membership.domain.policy import Role
from membership.gateways.pictures import as_png
from membership.persistence.db import read_as, write
from membership.persistence.queries.settings import get_settings
from membership.services.settings import change_settings
from tests.conftest import person
from tests.factories import ASSOCIATION
from tests.web.treasurer.conftest import said_by

STAFF = person(Role.TREASURER, Role.ADMIN)
PAGES = "/treasurer/settings/"


@pytest.fixture
def staff(web):
    write(STAFF, change_settings, ASSOCIATION)
    return web.signed_in(Role.TREASURER)


def part(browser, page_name, **typed):
    page = browser.get(f"{PAGES}{page_name}/preview", query_string=typed)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_the_letterhead_shows_what_is_typed_and_saves_nothing(staff):
    said = part(
        staff, "association", name="Cluster <Nord>", street="Am Wall 1", postcode="28195", city="Bremen"
    )
    assert "Cluster &lt;Nord&gt;" in said
    assert "· Am Wall 1 · 28195 Bremen" in said
    assert get_settings(read_as(STAFF)).text("association.name") == ASSOCIATION["association.name"]


def test_an_empty_installation_has_a_letterhead_too(web):
    page = web.signed_in(Role.TREASURER).get(f"{PAGES}association")
    assert "Vorschau des Briefkopfs" in page.text
    assert "DE02" not in page.text


@pytest.mark.parametrize(
    ("colour", "said"),
    [
        ("#0B5A6F", "gut lesbar (7,7 : 1)"),
        ("#E0A030", "schlecht lesbar (2,2 : 1). Bitte dunkler wählen."),
        ("gruen", "als # und sechs Stellen"),
    ],
)
def test_a_colour_says_how_well_white_can_be_read_on_it(staff, colour, said):
    assert said in part(staff, "look", brand_colour=colour)


@pytest.mark.parametrize(
    ("iban", "said"),
    [
        ("DE89 3704 0044 0532 0130 00", "Commerzbank"),
        ("DE89 3704 0044 0532 0130 0", "Die IBAN hat 21 Zeichen. Eine IBAN aus DE hat 22."),
        ("DE88 3704 0044 0532 0130 00", "Die Prüfziffern der IBAN stimmen nicht"),
        ("", ""),
    ],
)
def test_an_iban_says_its_bank_or_what_is_wrong(staff, iban, said):
    shown = part(staff, "bank", iban=iban)
    assert said in shown
    assert said or not shown.strip()


def test_a_wrong_iban_is_refused_with_the_same_sentence(staff):
    page = staff.send(f"{PAGES}bank", holder="Verein", iban="DE89370400440532013", bic="", bank_name="")
    assert page.status_code == 422
    assert said_by(page).count("Die IBAN hat 19 Zeichen. Eine IBAN aus DE hat 22.") == 2


def test_patterns_show_their_first_numbers(staff):
    said = part(
        staff, "invoices", pattern="B{JJJJ}-{NNNNN}", correction_pattern="KO{JJJJ", first_number="12",
        member_pattern="M{NNNN}",
    )  # fmt: skip
    assert re.search(r"B\d{4}-00012 ", said)
    assert "noch nicht vollständig" in said
    assert "M0001" in said


def test_the_sample_is_an_invoice_with_letterhead_account_and_logo(staff, web):
    noise = Image.effect_noise((900, 300), 90).convert("RGB")
    data = io.BytesIO()
    noise.save(data, "PNG")
    staff.send(f"{PAGES}look", logo=(io.BytesIO(data.getvalue()), "logo.png"), brand_colour="#0B5A6F")
    page = staff.get(f"{PAGES}invoices/sample.pdf")
    text = pypdfium2.PdfDocument(page.data)[0].get_textpage().get_text_bounded()
    assert ASSOCIATION["association.name"].split()[0] in text
    assert "Muster GmbH" in text
    assert "600,00" in text


def test_a_picture_of_many_colours_stays_small_enough_for_every_invoice():
    data = io.BytesIO()
    Image.effect_noise((1500, 700), 120).convert("RGB").save(data, "JPEG", quality=60)
    assert len(as_png(data.getvalue())) <= 64 * 1024


def test_without_an_account_there_is_no_sample_but_a_sentence(web):
    page = web.signed_in(Role.TREASURER).get(f"{PAGES}invoices/sample.pdf")
    assert page.status_code == 422
    assert "Bankkonto des Vereins. Bitte tragen Sie diese zuerst ein." in said_by(page)
