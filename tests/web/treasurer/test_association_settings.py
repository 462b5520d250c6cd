"""The settings pages refuse what cannot stand on an invoice, in words and at the field; names of countries are read."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.models.settings import Setting

PAGE = "/treasurer/settings/association"
FIELDS = {
    "name": "Maschinenbaunetz Weser e. V.", "street": "Am Wall 1", "postcode": "28195", "city": "Bremen",
    "country": "DE", "web": "www.netz.example", "tax_number": "60/145/12345", "vat_id": "DE136695976",
}  # fmt: skip


@pytest.fixture
def browser(web):
    return web.signed_in(Role.TREASURER)


def kept(web, key):
    return web.rows(select(Setting.value).where(Setting.key == key))[0][0]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("postcode", "1234", "eine deutsche hat fünf Ziffern"),
        ("vat_id", "DE123", "eine deutsche hat neun Ziffern"),
        ("tax_number", "abc", "10 bis 13 Ziffern"),
        ("tax_number", "12345", "10 bis 13 Ziffern"),
        ("web", "javascript:alert(1)", "eine Adresse wie www.verein.de"),
        ("name", "   ", "Bitte geben Sie den Namen"),
        ("country", "Atlantis", "etwa Deutschland oder DE"),
        ("street", "x" * 400, "zu lang"),
    ],
)
def test_what_cannot_stand_on_an_invoice_is_refused_at_its_field(browser, web, field, typed, said):
    response = browser.send(PAGE, **{**FIELDS, field: typed})
    assert response.status_code == 422
    (error,) = re.findall(rf'id="{field}-error".*?</p>', response.text, re.DOTALL)
    assert said in error
    assert "association." not in error
    assert kept(web, "association.city") == ""


@pytest.mark.parametrize(
    ("typed", "code"), [("Deutschland", "DE"), ("de", "DE"), ("DE", "DE"), ("Germany", "DE")]
)
def test_a_country_may_be_typed_by_its_name(browser, web, typed, code):
    assert browser.send(PAGE, **{**FIELDS, "country": typed}).status_code == 303
    assert kept(web, "association.country") == code


def test_german_rules_hold_for_german_addresses_only(browser, web):
    abroad = {
        **FIELDS,
        "country": "Österreich",
        "postcode": "1010",
        "vat_id": "ATU12345678",
        "tax_number": "09 123",
    }
    assert browser.send(PAGE, **abroad).status_code == 303
    assert kept(web, "association.postcode") == "1010"


def test_a_pattern_of_numbers_is_refused_without_the_name_of_the_setting(browser):
    fields = {
        "pattern": "Rechnung",
        "correction_pattern": "KO{JJJJ}-{NNNN}",
        "first_number": "1",
        "term_days": "30",
        "remittance": "text",
    }
    response = browser.send("/treasurer/settings/invoices", **fields, member_pattern="M{NNNN}")
    assert response.status_code == 422
    assert "passt hier nicht" in response.text
    assert "invoice.pattern" not in response.text


@pytest.mark.parametrize("field", ["first_number", "term_days"])
def test_letters_where_a_number_is_wanted_are_answered_in_german(browser, field):
    fields = {
        "pattern": "RE{JJJJ}-{NNNN}",
        "correction_pattern": "KO{JJJJ}-{NNNN}",
        "first_number": "1",
        "term_days": "30",
        "remittance": "text",
    }
    page = browser.send("/treasurer/settings/invoices", **{**fields, field: "eins"}, member_pattern="M{NNNN}")
    assert page.status_code == 422
    assert "ganze Zahl in Ziffern" in page.text
    assert "Not a valid" not in page.text
