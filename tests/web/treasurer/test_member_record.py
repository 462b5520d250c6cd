"""The record of a member: what it shows, what its parts lead to, and for whom."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import event

from membership.domain.members import MemberState
from membership.domain.policy import Role
from membership.persistence.db import db, write
from membership.services import members
from tests.factories import make_member
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

RECORD = "/treasurer/members/M0001"


@pytest.fixture
def treasurer(web, billed):
    return web.signed_in(Role.TREASURER)


TABS = {"account", "documents", "invoices", "history"}


def links(response) -> set[str]:
    found = set(re.findall(r'href="/treasurer/members/M0001/([\w/]+)', main_of(response)))
    assert found >= TABS
    return found - TABS


def test_the_head_says_who_it_is_what_it_owes_and_its_state(billed, treasurer):
    said = said_by(treasurer.get(RECORD))
    assert "Alpha Werke GmbH Aktiv M0001 · Ordentliches Mitglied seit 01.04.2014 · Bremen" in said
    assert "Beitrag 2027 600,00 € Offen 600,00 € Überfällig Guthaben 0,00 € Beitragsklasse 10–49" in said


def test_the_dues_of_the_year_come_with_each_step_and_the_invoice(billed, treasurer):
    said = said_by(treasurer.get(RECORD))
    assert "In Rechnung gestellt: 600,00 € ( RE2027-0001 )" in said
    assert "37 Beschäftigte, Stufe ab 10 600,00 € Beitrag 600,00 € Beitragsordnung: DEMO-2027" in said
    assert "Nach den heutigen Angaben" not in said


def test_what_the_fee_schedule_cannot_decide_is_said_instead(billed, treasurer):
    make_member(BOOKKEEPER, number="M0010", name="Ohne Zahl GmbH", headcount=None)
    said = said_by(treasurer.get("/treasurer/members/M0010"))
    assert "Die Angabe „Beschäftigtenzahl“ fehlt." in said
    assert "Beitrag 2027 – Offen" in said


def test_a_year_without_membership_has_no_dues(billed, treasurer):
    write(
        BOOKKEEPER,
        members.create_member,
        {"name": "Interessent AG"},
        state=MemberState.PROSPECT,
        category="ORD",
    )
    page = treasurer.get("/treasurer/members/M0004")
    assert "In diesem Jahr besteht keine Mitgliedschaft, also kein Beitrag." in said_by(page)
    assert re.search(r'class="button button-primary"\s+href="/treasurer/members/M0004/accept"', page.text)
    assert main_of(page).count("button-primary") == 1


def test_the_account_says_what_was_booked_and_leads_there(billed, treasurer):
    billed.pay(billed.alpha, 10000)
    page = treasurer.get(RECORD)
    assert "10.02.2027 Zahlung Überweisung, RE2027-0001 Haben 100,00 € Saldo 500,00 €" in said_by(page)
    assert re.search(r"Beitragsrechnung.* Soll 600,00 € Saldo 600,00 €", said_by(page))
    assert "cell-not-on-cards" not in main_of(page)
    assert 'href="/treasurer/payments/1"' in main_of(page)
    for day in range(1, 13):
        billed.pay(billed.alpha, 100, date(2027, 1, day + 15))
    short = main_of(treasurer.get(RECORD))
    assert "Beitragsrechnung" not in re.search(r"<table.*?</table>", short, re.DOTALL)[0]
    assert f'href="{RECORD}/account"' in short
    assert "Beitragsrechnung" in main_of(treasurer.get(f"{RECORD}/account"))


@pytest.mark.parametrize(
    ("role", "found"),
    [
        (Role.TREASURER, {"edit", "contacts/new", "category", "group", "sizes/new", "decisions/new", "agreed/new",
                          "notice", "end", "suspend", "exclusion", "insolvency", "merge"}),
        (Role.OFFICE, {"edit", "contacts/new", "category", "group", "sizes/new", "notice", "end", "suspend", "exclusion",
                       "insolvency", "merge"}),
        (Role.BOARD, set()),
        (Role.AUDITOR, set()),
    ],
)  # fmt: skip
def test_each_part_leads_to_what_changes_it_for_those_who_may(web, billed, role, found):
    page = web.signed_in(role).get(RECORD)
    assert links(page) == found
    assert ("/forget" in page.text) is bool(found)


@pytest.mark.parametrize(
    ("end", "steps"),
    [
        (None, {"notice", "end", "suspend", "exclusion", "insolvency"}),
        (date(2027, 12, 31), {"notice", "end", "suspend", "exclusion", "insolvency"}),
        (date(2026, 12, 31), {"accept", "insolvency"}),
    ],
)
def test_only_steps_that_fit_the_state_are_offered(billed, treasurer, end, steps):
    make_member(BOOKKEEPER, number="M0010", name="Delta GmbH", end=end)
    page = treasurer.get("/treasurer/members/M0010")
    assert set(re.findall(r"/M0010/(notice|end|suspend|accept|exclusion|insolvency)\"", page.text)) == steps
    assert ("/M0010/withdraw" in page.text) is (end is not None)


def test_a_note_and_markup_in_it_are_shown_as_text(billed, treasurer):
    write(BOOKKEEPER, members.change_member, "M0001", {"note": "Kostenstelle <b>4711</b>\nbitte immer"})
    assert "Kostenstelle &lt;b&gt;4711&lt;/b&gt;<br>bitte immer" in main_of(treasurer.get(RECORD))


def test_a_number_with_a_slash_has_its_pages(billed, treasurer):
    make_member(BOOKKEEPER, number="12/2004", name="Schräg GmbH")
    page = treasurer.get(
        treasurer.get("/treasurer/members?q=schräg").text.split('class="row-link"')[1].split('"')[1]
    )
    assert "Schräg GmbH" in said_by(page)
    addresses = set(re.findall(r'href="(/treasurer/(?:members|payments)/[^"?#]*12/2004[^"?#]*)"', page.text))
    assert len(addresses) > 8
    assert {address: treasurer.get(address).status_code for address in addresses} == dict.fromkeys(
        addresses, 200
    )


def test_the_number_of_statements_does_not_grow_with_what_happened(billed, treasurer):
    def statements() -> int:
        seen: list[str] = []
        listener = event.listens_for(db.engine, "before_cursor_execute")(lambda *args: seen.append(args[2]))
        treasurer.get(RECORD)
        event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    for number in range(10):
        write(BOOKKEEPER, members.add_contact, "M0001", {"name": f"Person {number}"})
    few = statements()
    for number in range(30):
        write(
            BOOKKEEPER,
            members.record_basis_value,
            "M0001",
            "headcount",
            40 + number,
            as_of=date(1990 + number, 1, 1),
        )
        billed.pay(billed.alpha, 100)
    assert statements() == few > 0


def test_who_records_no_payments_finds_changing_the_member_first(web, billed):
    html = main_of(web.signed_in(Role.OFFICE).get(RECORD))
    assert re.search(r'class="button button-primary"\s+href="/treasurer/members/M0001/edit"', html)
    assert html.count("button-primary") == 1
