"""Who must set up a second factor, why it is said, and where one comes back to."""

from __future__ import annotations

import re
from datetime import date

import pytest

from membership.domain.policy import Role
from membership.persistence.db import write
from membership.services import settings
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member

SET_UP = "/profile/second-factor"
READS = {Role.BOARD: "/treasurer/reports/board", Role.AUDITOR: "/treasurer/overview"}


@pytest.fixture
def billed(web, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer, 2027, date(2027, 1, 11))


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


@pytest.mark.parametrize("role", READS)
def test_who_only_reads_hears_the_true_reason_and_gets_out_of_the_page(web, billed, role):
    browser = web.signed_in(role, has_totp=False)
    response = browser.get(READS[role])
    assert response.location.startswith(SET_UP)
    page = browser.get(response.location)
    assert "auch zum Lesen" in plain(page)
    assert "Bevor Rechnungen hinausgehen" not in plain(page)
    assert "Zurück" not in plain(page)
    (way_out,) = re.findall(r'class="button button-quiet"\s+href="([^"]+)"', page.text)
    assert browser.get(way_out).status_code == 200


def test_before_the_first_invoice_the_page_says_what_it_is_for_and_that_it_can_wait(web):
    assert "kann warten, bis die ersten Rechnungen hinausgehen" in plain(
        web.signed_in(Role.TREASURER, has_totp=False).get(SET_UP)
    )


def test_the_setting_lets_those_who_only_read_in_without_one(web, billed, treasurer):
    write(treasurer, settings.change_settings, {"second_factor.staff": False})
    assert web.signed_in(Role.BOARD, has_totp=False).get(READS[Role.BOARD]).status_code == 200
    money = web.signed_in(Role.TREASURER, has_totp=False).get("/treasurer/overview")
    assert money.location.startswith(SET_UP)


def test_before_the_first_run_the_treasurer_goes_back_to_the_overview(web, treasurer):
    make_association(treasurer)
    browser = web.signed_in(Role.TREASURER, has_totp=False)
    asked = browser.get("/treasurer/billing/start").location
    page = browser.get(asked)
    assert "Bevor Rechnungen hinausgehen" in plain(page)
    (back,) = re.findall(r'class="button button-quiet"\s+href="([^"]+)"', page.text)
    assert back == "/"
    assert browser.get(back).location == "/treasurer/overview"
    assert browser.get("/treasurer/overview").status_code == 200


def test_the_set_up_list_has_members_before_the_schedule_and_asks_for_the_second_factor(web, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    page = plain(web.signed_in(Role.TREASURER, has_totp=False).get("/treasurer/overview"))
    steps = ("Aus Ihrer Excel- oder CSV-Liste", "Aus einer Vorlage", "Zweiter Faktor für Ihr Konto Ohne ihn")
    places = [page.index(step) for step in steps]
    assert places == sorted(places)
    assert "Weiter: Zweiter Faktor für Ihr Konto" in page
    assert "Ersten Beitragslauf starten" not in page
    ready = plain(web.signed_in(Role.TREASURER).get("/treasurer/overview"))
    assert "Ersten Beitragslauf starten" in ready
    assert "Ändern" in ready


def test_the_qr_code_is_drawn_whole_however_much_it_holds(web):
    write(person(Role.ADMIN), settings.change_settings, {"association.name": "Gewerbeverein " * 5})
    page = web.signed_in(Role.TREASURER, has_totp=False).get(SET_UP).text
    head = re.search(r"<svg[^>]*segno[^>]*>", page)[0]
    modules = int(re.search(r'viewBox="0 0 (\d+) \1"', head)[1])
    assert modules > 57
    assert "width=" not in head
