"""Order numbers on pages: the setting and the number on the record, the exceptions and the check of a run."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from membership import clock
from membership.domain.billing import ItemState
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.billing import RunItem
from membership.persistence.models.members import Member, OrderNumber
from membership.services import members
from tests.factories import make_association, make_member
from tests.web.treasurer.test_member_forms import opened

RUNS = "/treasurer/billing"
RECORD = "/treasurer/members/M0001"


@pytest.fixture
def browser(web, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001", order_wish="before_invoice")
    make_member(treasurer, number="M0002", name="Zweite GmbH")
    return web.signed_in(Role.TREASURER)


def started(browser):
    return browser.send(
        f"{RUNS}/start", year="2027", issued_on=clock.today("Europe/Berlin").isoformat()
    ).location


def said(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def item_of(web, number="M0001"):
    statement = select(RunItem.member_id, RunItem.state).join(Member, Member.id == RunItem.member_id)
    ((member_id, state),) = web.rows(statement.where(Member.number == number))
    return member_id, state


def test_the_exceptions_name_who_waits_and_take_the_number_in_place(browser, web):
    run = started(browser)
    page = browser.get(f"{run}/exceptions")
    assert "Wartet auf eine Bestellnummer (1)" in said(page)
    member_id, state = item_of(web)
    assert state is ItemState.HELD
    address = f"{run}/members/{member_id}/order-number"
    assert f'action="{address}"' in page.text
    refused = browser.send(address, value="")
    assert refused.status_code == 422
    assert "Bitte geben Sie die Bestellnummer ein." in refused.text
    assert browser.send(address, value="x" * 500).status_code == 422
    assert browser.send(address, value="4500 17").status_code == 303
    assert item_of(web)[1] is ItemState.PLANNED
    assert web.rows(select(OrderNumber.number, OrderNumber.dues_year)) == [("4500 17", 2027)]
    assert "Wartet auf eine Bestellnummer" not in said(browser.get(f"{run}/exceptions"))


def test_the_check_page_says_how_many_wait_and_who(browser, web):
    run = started(browser)
    page = said(browser.get(f"{run}/check"))
    assert "1 Mitglied wartet auf eine Bestellnummer M0001" in page
    assert "bleibt bis dahin außen vor" in page
    browser.send(f"{run}/members/{item_of(web)[0]}/bill")
    page = said(browser.get(f"{run}/check"))
    assert "Niemand wartet auf eine Bestellnummer" in page
    assert item_of(web)[1] is ItemState.PLANNED
    assert "keine Bestellnummer" in said(browser.get(run))


def test_a_number_that_comes_before_the_release_is_seen_before_anything_is_made(browser, web, treasurer):
    run = started(browser)
    write(treasurer, members.set_order_number, "M0001", "4500 17", year=2027)
    answer = browser.send(f"{run}/release", documents="1", cents="60000")
    assert answer.status_code == 409
    assert "Niemand wartet auf eine Bestellnummer" in said(answer)
    assert item_of(web)[1] is ItemState.PLANNED


def test_on_the_record_the_number_of_a_year_is_entered_changed_and_told(browser, web):
    assert "Noch keine bekannt." in said(browser.get(RECORD))
    form = browser.get(f"{RECORD}/order-number")
    assert form.status_code == 200
    for typed in ("4500 17", "4500 18"):
        assert browser.send(f"{RECORD}/order-number", year="2027", order_number=typed).status_code == 303
    assert web.rows(select(OrderNumber.number)) == [("4500 18",)]
    page = said(browser.get(RECORD))
    assert "Die Bestellnummer für 2027 ist gespeichert." in page
    assert re.search(r"2027 4500 18", page)
    assert "Bestellnummer geändert" in page
    wrong = browser.send(f"{RECORD}/order-number", year="27", order_number="4")
    assert wrong.status_code == 422


def test_the_wish_is_a_field_of_the_member_with_a_word_in_its_history(browser, web):
    edit = "/treasurer/members/M0002/edit"
    fields = opened(browser.get(edit))
    assert fields["order_wish"] == "none"
    assert browser.send(edit, **{**fields, "order_wish": "before_invoice"}).status_code == 303
    wish = select(Member.order_wish).where(Member.number == "M0002")
    assert web.rows(wish) == [("before_invoice",)]
    page = said(browser.get("/treasurer/members/M0002"))
    assert "Nennt jedes Jahr vor der Rechnung eine Bestellnummer" in page
    assert "Bestellnummer vor der Rechnung" in said(browser.get("/treasurer/members/M0002/history"))
    assert browser.send(edit, **{**fields, "order_wish": "perhaps"}).status_code in {409, 422}
    assert web.rows(wish) == [("before_invoice",)]
