"""A company tells its order number on its own pages: who may, for which years, and what the pages say before."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.members import OrderNumber
from membership.persistence.models.users import UserCompany
from tests.factories import make_association, make_member
from tests.web.portal.test_portal import STAFF, TODAY, browser_for, words_of

ADDRESS = "/portal/order-number"


@pytest.fixture(autouse=True)
def _on_a_day_in_january(monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", TODAY.isoformat())


@pytest.fixture
def ids(web):
    make_association(STAFF)
    return [
        make_member(STAFF, number="M0001", name="Alpha Werke GmbH", order_wish="before_invoice"),
        make_member(STAFF, number="M0002", name="Beta Guss AG"),
    ]


def numbers(web):
    return web.rows(select(OrderNumber.member_id, OrderNumber.dues_year, OrderNumber.number))


def test_the_home_page_asks_until_the_number_is_there(web, ids):
    alpha = browser_for(web, ids[0])
    assert "wartet auf Ihre Bestellnummer" in words_of(alpha.get("/portal/"))
    assert "Ihre Rechnung wartet" in words_of(alpha.get("/portal/company"))
    assert alpha.get(ADDRESS).status_code == 200
    assert alpha.send(ADDRESS, year="2027", order_number="4500 17").status_code == 303
    assert numbers(web) == [(ids[0], 2027, "4500 17")]
    page = alpha.get("/portal/company")
    assert "Die Bestellnummer für 2027 ist gespeichert." in words_of(page)
    assert "2027 4500 17" in words_of(page)
    assert "wartet auf Ihre Bestellnummer" not in words_of(alpha.get("/portal/"))


@pytest.mark.parametrize(
    ("year", "typed"), [("2026", "4500"), ("2029", "4500"), ("x", "4500"), ("2027", "x" * 500)]
)
def test_other_years_and_what_cannot_be_printed_are_refused(web, ids, year, typed):
    assert browser_for(web, ids[0]).send(ADDRESS, year=year, order_number=typed).status_code == 422
    assert numbers(web) == []


def test_who_only_reads_finds_no_form_and_changes_nothing(web, ids):
    reader = browser_for(web, ids[0], role=Role.COMPANY_USER)
    assert ADDRESS not in reader.get("/portal/company").text
    assert ADDRESS not in reader.get("/portal/").text
    assert reader.get(ADDRESS).status_code == 404
    assert reader.send(ADDRESS, year="2027", order_number="4500").status_code == 404
    assert numbers(web) == []


def test_who_may_for_one_company_may_not_for_another(web, ids):
    browser = browser_for(web, ids[0], role=Role.COMPANY_USER)
    user_id = web.rows(select(UserCompany.user_id))[0][0]
    admin = UserCompany(user_id=user_id, member_id=ids[1], role=Role.COMPANY_ADMIN)
    write(STAFF, lambda session: session.add(admin))
    assert browser.get(ADDRESS).status_code == 404
    assert browser.send(ADDRESS, year="2027", order_number="4501").status_code == 404
    browser.send("/portal/companies", company="M0002")
    assert browser.send(ADDRESS, year="2028", order_number="4500").status_code == 303
    assert numbers(web) == [(ids[1], 2028, "4500")]
