"""Drafts of fee schedules: all amounts raised, what the page says about them."""

from __future__ import annotations

import re

import pytest

from membership.domain.policy import Role
from tests.factories import make_association, make_member
from tests.web.treasurer.fee_schedules import (
    START,
    changed,
    from_example,
    stored,
    text_of,
    uploaded,
)


@pytest.fixture
def browser(web):
    return web.signed_in(Role.TREASURER)


RISE = {"percent": "2,5", "step": "1", "direction": "nearest", "code": "BO-2028", "year": "2028"}


@pytest.mark.parametrize(("step", "lowest"), [("0.01", "307.50"), ("5", "310.00"), ("50", "300.00")])
def test_raised_amounts_are_rounded_to_each_step_that_is_offered(browser, step, lowest):
    address = from_example(browser).location
    raised = browser.send(f"{address}/raise", **{**RISE, "step": step})
    assert raised.status_code == 303
    assert stored(browser, raised.location)["categories"]["ORD"]["rows"][0]["amount"] == lowest


def test_all_amounts_are_raised_into_a_draft_and_the_rest_stays(browser):
    address = from_example(browser).location
    before = stored(browser, address)
    assert f"{address}/raise" in browser.get(address).text
    raised = browser.send(f"{address}/raise", **RISE)
    assert raised.status_code == 303
    after = stored(browser, raised.location)
    assert (after["code"], after["valid_from"], after["resolution"]) == ("BO-2028", "2028-01-01", None)
    old, new = ([row["amount"] for row in one["categories"]["ORD"]["rows"]] for one in (before, after))
    assert (old[0], new[0]) == ("300.00", "308.00")
    assert after["categories"]["ORD"]["admission_fee"] == before["categories"]["ORD"]["admission_fee"]
    assert "Entwurf" in text_of(browser.get(raised.location))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"percent": "viel"}, "ist keine Zahl"),
        ({"percent": "0"}, "über 0 und bis 100"),
        ({"percent": "101"}, "über 0 und bis 100"),
        ({"percent": ""}, "Bitte geben Sie einen Prozentsatz ein"),
        ({"code": "BO-2027"}, "gibt es schon"),
        ({"year": "1999"}, "2000 bis 2100"),
    ],
)
def test_a_rise_that_cannot_be_is_refused_at_its_field(browser, typed, said):
    address = from_example(browser).location
    refused = browser.send(f"{address}/raise", **{**RISE, **typed})
    assert refused.status_code == 422
    assert said in text_of(refused)
    assert "BO-2028" not in browser.get(START).text


def test_the_page_names_categories_without_a_rule_and_rules_without_members(browser, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001", category="SCI")
    document = changed(code="NEU-2027")
    document["categories"] = {"ORD": document["categories"]["ORD"]}
    page = text_of(browser.get(uploaded(browser, document).location))
    assert "Für die Kategorie SCI gibt es keine Regel. Mitglieder darin: 1." in page
    assert "Zur Zeit ist kein Mitglied in der Kategorie ORD." in page


def test_hints_name_category_and_row_instead_of_a_pointer(browser):
    document = changed(code="NEU-2027")
    document["categories"]["ORD"]["rows"][2]["amount"] = "100.00"
    page = text_of(browser.get(uploaded(browser, document).location))
    assert "Ordentliches Mitglied, Zeile 3" in page
    assert "/categories" not in page


def test_a_proposed_name_follows_the_year_that_was_typed_and_a_name_of_ones_own_stays(browser):
    page = browser.get(f"{START}/examples/heads").text
    year = re.search(r'name="year"[^>]* value="(\d{4})"', page)[1]
    later = str(int(year) + 3)
    proposed = {"name": f"Beitragsordnung {year}", "code": f"BO-{year}", "year": later}
    after = stored(browser, from_example(browser, **proposed).location)
    assert (after["name"], after["code"]) == (f"Beitragsordnung {later}", f"BO-{later}")
    own = {"name": "Staffel der Fachgruppe", "code": "FG", "year": later}
    after = stored(browser, from_example(browser, **own).location)
    assert (after["name"], after["code"]) == ("Staffel der Fachgruppe", "FG")
