"""What can be put right in the exceptions of a run: amounts below the minimum, the record, labels, a year without rules."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from membership import clock
from membership.domain.billing import ItemState
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.billing import BillingRun, RunItem
from membership.persistence.models.members import AgreedAmount, Member
from membership.services.members import set_agreed_amount
from tests.factories import SCHEDULE, make_association, make_member

RUNS = "/treasurer/billing"


@pytest.fixture
def browser(web, treasurer):
    make_association(treasurer)
    return web.signed_in(Role.TREASURER)


def started(browser, year="2027"):
    return browser.send(f"{RUNS}/start", year=year, issued_on=clock.today("Europe/Berlin").isoformat())


def only_item(web):
    ((member_id, state, cents),) = web.rows(select(RunItem.member_id, RunItem.state, RunItem.amount_cents))
    return member_id, state, cents


def test_an_agreed_amount_below_the_minimum_says_so_and_is_put_right_in_the_run(browser, web, treasurer):
    make_member(treasurer, number="M0001", category="FOE", headcount=None)
    write(treasurer, set_agreed_amount, "M0001", 10_000, from_year=2027, reason="Vorstand")
    run = started(browser).location
    page = browser.get(f"{run}/exceptions").text
    assert "Vereinbarter Betrag fehlt oder ist zu klein" in page
    assert "100,00" in page
    assert "1.500" in page
    member_id, state, _cents = only_item(web)
    assert state is ItemState.FAILED
    address = f"{run}/members/{member_id}/agreed"
    low = browser.send(address, value="200", reason="Vorstand")
    assert low.status_code == 422
    assert "Bitte prüfen Sie den Betrag" in low.text
    assert web.rows(select(AgreedAmount.amount_cents)) == [(10_000,)]
    assert browser.send(address, value="2.000", reason="Vorstand").status_code == 303
    assert only_item(web)[1:] == (ItemState.PLANNED, 200_000)


def test_on_the_record_an_amount_below_the_minimum_is_kept_with_a_warning(browser, treasurer):
    make_member(treasurer, number="M0001", category="FOE", headcount=None)
    make = "/treasurer/members/M0001/agreed/new"
    browser.send(make, amount="100", from_year="2027", reason="Vorstand")
    assert "erhält das Mitglied keine Rechnung" in browser.get("/treasurer/members/M0001").text
    browser.send(make, amount="2.000", from_year="2027", reason="Vorstand")
    page = browser.get("/treasurer/members/M0001").text
    assert "Der Betrag ist vereinbart" in page
    assert "erhält das Mitglied keine Rechnung" not in page


def test_a_member_without_a_rule_leads_to_its_record_and_to_working_out_anew(web, treasurer):
    rules = {code: rule for code, rule in SCHEDULE["categories"].items() if code != "SCI"}
    make_association(treasurer, {**SCHEDULE, "categories": rules})
    browser = web.signed_in(Role.TREASURER)
    make_member(treasurer, number="M0001", category="SCI", headcount=None)
    run = started(browser).location
    page = re.sub(r"\s+", " ", browser.get(f"{run}/exceptions").text)
    assert re.search(r'href="/treasurer/members/M0001">Zum Stammblatt', page)
    assert f'action="{run}/refresh"' in page


def test_every_input_of_an_exception_has_a_visible_label(browser, treasurer):
    make_member(treasurer, number="M0001", category="FOE", headcount=None)
    make_member(treasurer, number="M0002", headcount=None)
    page = browser.get(f"{started(browser).location}/exceptions").text
    inputs = re.findall(r'<input class="input[^>]*?id="([^"]+)"', page)
    assert len(inputs) == 3
    assert set(inputs) <= set(re.findall(r'<label class="small" for="([^"]+)"', page))


@pytest.mark.parametrize("year", ["2019", "2026"])
def test_a_year_without_a_schedule_is_refused_at_the_start(browser, web, treasurer, year):
    make_member(treasurer, number="M0001")
    response = started(browser, year)
    assert response.status_code == 422
    assert f"Für {year} ist keine Beitragsordnung in Kraft" in response.text
    assert web.rows(select(BillingRun.id)) == []


def test_a_schedule_that_begins_within_the_year_is_enough(web, treasurer):
    make_association(treasurer, {**SCHEDULE, "valid_from": "2027-07-01"})
    make_member(treasurer, number="M0001")
    assert started(web.signed_in(Role.TREASURER)).status_code == 303
    assert web.rows(select(Member.number)) == [("M0001",)]
