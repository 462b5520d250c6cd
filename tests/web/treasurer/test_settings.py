"""The settings pages: two people at once, the bank behind the IBAN, a colour that cannot be read."""

from __future__ import annotations

import html
import re

import pytest

from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.queries.settings import get_settings
from membership.services.settings import change_settings
from tests.conftest import person
from tests.factories import ASSOCIATION

STAFF = person(Role.TREASURER, Role.ADMIN)
PAGES = "/treasurer/settings/"


@pytest.fixture
def staff(web):
    write(STAFF, change_settings, {**ASSOCIATION, "bank.name": "Commerzbank Köln"})
    return web.signed_in(Role.TREASURER)


def saved(key):
    session = read_as(STAFF)
    session.rollback()
    return get_settings(session).values[key]


def fields_of(response):
    """Return the fields of the page's form as they would be sent back."""
    main = re.search(r"<main.*?</main>", response.text, re.DOTALL)[0]
    found = dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\s*(.*?)</textarea>', main, re.DOTALL))
    for tag in re.findall(r"<input[^>]+>", main):
        name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (not re.search(r'type="(radio|checkbox)"', tag) or "checked" in tag):
            found[name[1]] = html.unescape(value[1]) if value else ""
    return {name: value for name, value in found.items() if not name.endswith("_token") and name != "logo"}


def opened(browser, page):
    return fields_of(browser.get(PAGES + page))


def text_of(response):
    main = re.search(r"<main.*?</main>", response.text, re.DOTALL)[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


@pytest.mark.parametrize(
    ("page", "mine", "key", "theirs", "shown"),
    [
        ("association", {"city": "Leer"}, "association.city", "Emden", "City Emden Leer"),
        (
            "invoices",
            {"term_days": "21"},
            "invoice.term_days",
            10,
            "Days until a single invoice is due 10 21",
        ),
        ("pages", {"help_name": "Petra"}, "imprint.text", "Neu", "Further text of the imprint Neu –"),
        ("bank", {"holder": "Verein"}, "bank.holder", "Cluster", "Account holder Cluster Verein"),
        (
            "look",
            {"brand_colour": "#113355"},
            "association.brand_colour",
            "#224466",
            "Colour #224466 #113355",
        ),
    ],
)
def test_inv_27_of_two_people_at_once_the_second_sees_both_versions(
    web, staff, page, mine, key, theirs, shown
):
    staff.send("/language", language="en")
    sent = {**opened(staff, page), **mine}
    write(STAFF, change_settings, {key: theirs})
    asked = staff.send(PAGES + page, **sent)
    assert asked.status_code == 409
    assert shown in text_of(asked)
    assert saved(key) == theirs
    again = fields_of(asked)
    name = next(iter(mine))
    assert again[name] == mine[name]
    assert staff.send(PAGES + page, **again).status_code == 303
    assert staff.get(PAGES + page).status_code == 200
    if key.endswith(name):
        assert str(saved(key)) == mine[name]
    else:
        assert saved(key) == theirs


def test_only_what_was_changed_here_is_saved_when_nobody_else_was_there(staff):
    sent = {**opened(staff, "association"), "phone": "04400 1"}
    assert staff.send(f"{PAGES}association", **sent).status_code == 303
    assert (saved("association.phone"), saved("association.city")) == ("04400 1", "Musterhafen")


def test_a_new_iban_on_the_page_brings_its_own_bank(staff):
    sent = {**opened(staff, "bank"), "iban": "DE02 1203 0000 0000 2020 51"}
    assert staff.send(f"{PAGES}bank", **sent).status_code == 303
    assert (saved("bank.bic"), saved("bank.name")) == ("BYLADEM1001", "Deutsche Kreditbank Berlin")


def test_an_emptied_bic_is_found_by_the_iban_again(staff):
    assert staff.send(f"{PAGES}bank", **{**opened(staff, "bank"), "bic": ""}).status_code == 303
    assert saved("bank.bic") == "COBADEFFXXX"


def test_a_bic_of_another_bank_is_refused_at_its_field(staff):
    refused = staff.send(f"{PAGES}bank", **{**opened(staff, "bank"), "bic": "BYLADEM1001"})
    assert refused.status_code == 422
    assert "Berichtigen Sie eines von beiden" in refused.text
    assert 'value="BYLADEM1001"' in refused.text
    assert saved("bank.bic") == "COBADEFFXXX"


def test_before_the_first_run_a_saved_page_leads_on_to_the_next_step(web):
    browser = web.signed_in(Role.TREASURER, Role.ADMIN)
    bank = {"holder": "Cluster e. V.", "iban": "DE89370400440532013000"}
    shown = browser.get(browser.send(PAGES + "bank", **bank).location)
    assert "Weiter: Verein" in text_of(shown)
    assert 'href="/treasurer/settings/association"' in shown.text
    address = {"name": "Cluster e. V.", "street": "Am Wall 1", "postcode": "28195", "city": "Bremen"}
    shown = browser.get(browser.send(PAGES + "association", **address, country="DE").location)
    assert "Weiter:" not in text_of(shown), "the register number is missing: this page leads on"
    shown = browser.get(
        browser.send(PAGES + "association", **address, country="DE", register_number="VR 1").location
    )
    assert "Weiter: Rechnungen" in text_of(shown)


def test_after_the_first_invoice_a_saved_page_leads_nowhere(web, billed):
    browser = web.signed_in(Role.TREASURER)
    shown = browser.get(browser.send(PAGES + "bank", **{**opened(browser, "bank"), "holder": "Neu"}).location)
    assert "gespeichert" in text_of(shown)
    assert "Weiter:" not in text_of(shown)


def test_the_holder_of_the_account_is_the_association_until_somebody_says_otherwise(web):
    write(STAFF, change_settings, {"association.name": "Cluster Nord e. V."})
    browser = web.signed_in(Role.TREASURER)
    form = opened(browser, "bank")
    assert form["holder"] == "Cluster Nord e. V."
    browser.send(PAGES + "bank", **{**form, "iban": "DE89370400440532013000"})
    assert saved("bank.holder") == "Cluster Nord e. V."


def test_the_creditor_id_is_checked_and_stands_on_the_card(web, staff):
    refused = staff.send(
        PAGES + "direct-debit", creditor_id="DE97ZZZ09999999999", scheme="core", notice_days="14"
    )
    assert refused.status_code == 422
    assert "eine Gläubiger-ID mit stimmender Prüfziffer" in text_of(refused)
    assert 'value="DE97ZZZ09999999999"' in refused.text
    kept = staff.send(
        PAGES + "direct-debit", creditor_id="DE98 ZZZ 09999999999", scheme="b2b", notice_days="5"
    )
    assert kept.status_code == 303
    assert (saved("bank.creditor_id"), saved("sepa.scheme"), saved("sepa.notice_days")) == (
        "DE98ZZZ09999999999", "b2b", 5,
    )  # fmt: skip
    assert "DE98ZZZ09999999999" in text_of(staff.get(PAGES.rstrip("/")))


def test_an_association_without_register_number_is_told_what_is_missing(web):
    browser = web.signed_in(Role.TREASURER)
    address = {
        "name": "Cluster e. V.",
        "street": "Am Wall 1",
        "postcode": "28195",
        "city": "Bremen",
        "country": "DE",
    }
    shown = browser.get(browser.send(PAGES + "association", **address).location)
    assert "Es fehlt noch die Registernummer" in text_of(shown)
    assert "Es fehlt noch die Registernummer" in text_of(browser.get("/treasurer/overview"))
    shown = browser.get(browser.send(PAGES + "association", **address, register_number="VR 1").location)
    assert "Es fehlt noch die Registernummer" not in text_of(shown)


def test_until_somebody_is_named_the_person_who_asks_signs_and_the_association_is_the_sender(web):
    write(STAFF, change_settings, {"association.email": "kasse@verein.example"})
    browser = web.signed_in(Role.ADMIN)
    assert opened(browser, "invoices")["signatory_name"] == "Birgit Wessels"
    assert opened(browser, "mail")["sender"] == "kasse@verein.example"
    browser.send(PAGES + "invoices", **{**opened(browser, "invoices"), "contact_name": ""})
    assert (saved("invoice.contact_name"), saved("invoice.signatory_name")) == ("", "Birgit Wessels")
    assert opened(browser, "invoices").get("contact_name", "") == ""
