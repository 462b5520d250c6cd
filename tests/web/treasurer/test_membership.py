"""How a membership goes on and ends, on pages: the effect is read before it is saved, and can be taken back."""

from __future__ import annotations

import re
import secrets
from datetime import date

import pytest
from sqlalchemy import select

from membership.domain.members import MemberState
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.members import Member, Membership
from membership.services import members
from tests.factories import bill_year
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

RECORD = "/treasurer/members/M0001"
NOTICE = {"received_on": "10.2.2027", "end": "", "note": "per Brief"}
END = {"cause": "merger", "on": "31.05.2027", "note": "Beschluss vom 1.2.2027"}


@pytest.fixture
def office(web, billed):
    return web.signed_in(Role.OFFICE)


def seen_in(response) -> str:
    return re.search(r'name="seen"[^>]*value="([^"]*)"', response.text)[1]


def period(web, number="M0001"):
    columns = (
        Membership.state,
        Membership.start,
        Membership.end,
        Membership.end_cause,
        Membership.state_note,
    )
    statement = (
        select(*columns).join(Member, Member.id == Membership.member_id).where(Member.number == number)
    )
    return tuple(web.rows(statement)[0])


def twice(browser, page, **fields):
    """Read the effect and confirm it, as a person does."""
    first = browser.send(page, **fields)
    assert first.status_code == 200, said_by(first)
    return browser.send(page, **fields, seen=seen_in(first))


@pytest.mark.parametrize(
    "page", ["notice", "end", "accept", "suspend", "reject", "exclusion", "insolvency", "insolvency/close"]
)
def test_sec_07_who_only_reads_members_ends_no_membership(web, billed, page):
    for role, status in ((Role.OFFICE, 200), (Role.TREASURER, 200), (Role.BOARD, 403), (Role.AUDITOR, 403)):
        assert web.signed_in(role).get(f"{RECORD}/{page}").status_code == status
    assert web.signed_in(Role.BOARD).send(f"{RECORD}/withdraw").status_code == 403


def test_mem_7_a_notice_says_what_it_does_before_it_is_saved(web, office):
    first = office.send(f"{RECORD}/notice", **NOTICE)
    said = said_by(first)
    assert "Die Mitgliedschaft endet am 31.12.2027." in said
    assert "Der Beitrag 2027 bleibt fällig." in said
    assert "Für 2028 wird keine Rechnung erstellt." in said
    assert "600,00 € sind offen und bleiben zu zahlen." in said
    assert period(web)[2] is None
    saved = office.send(f"{RECORD}/notice", **NOTICE, seen=seen_in(first))
    assert saved.location == RECORD
    assert period(web)[2:] == (date(2027, 12, 31), "notice", "per Brief")
    assert "Gekündigt zum 31.12.2027" in said_by(office.get(RECORD))


def test_what_was_read_counts_only_for_what_was_read(web, office):
    first = office.send(f"{RECORD}/notice", **NOTICE)
    other = office.send(f"{RECORD}/notice", **{**NOTICE, "end": "30.06.2027"}, seen=seen_in(first))
    assert other.status_code == 200
    assert "Das ist vor dem 31.12.2027, dem ersten Tag nach der üblichen Kündigungsfrist." in said_by(other)
    assert period(web)[2] is None


def test_invoices_of_later_years_are_named(web, office):
    bill_year(BOOKKEEPER, 2028, date(2027, 2, 1))
    first = office.send(f"{RECORD}/notice", **NOTICE)
    assert re.search(r"Schon erstellt und weiter gültig: RE2027-\d+\.", said_by(first))


def test_inv_09_a_double_click_records_a_notice_once(web, office):
    first = office.send(f"{RECORD}/notice", **NOTICE)
    data = {
        **NOTICE, "seen": seen_in(first), "form_token": secrets.token_urlsafe(8), "csrf_token": office.token(),
    }  # fmt: skip
    assert [office.post(f"{RECORD}/notice", data=data).status_code for _click in range(2)] == [303, 303]
    assert said_by(office.get(RECORD)).count("Die Kündigung ist erfasst.") == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"received_on": "17.02.2027"}, "der Tag kommt erst noch"),
        ({"received_on": ""}, "Bitte geben Sie ein Datum ein."),
        ({"end": "01.01.2001"}, "Die Mitgliedschaft würde am 01.01.2001 enden"),
        ({"end": "irgendwann"}, "„irgendwann“ ist kein Tag."),
    ],
)
def test_a_notice_that_cannot_be_is_refused_with_the_input_kept(web, office, changes, sentence):
    refused = office.send(f"{RECORD}/notice", **{**NOTICE, **changes})
    assert refused.status_code == 422
    assert sentence.casefold() in said_by(refused).casefold()
    assert 'value="per Brief"' in main_of(refused)
    assert period(web)[2] is None


def test_mem_9_a_notice_is_taken_back(web, office):
    twice(office, f"{RECORD}/notice", **NOTICE)
    html = office.get(RECORD).text
    assert "Kündigung zurücknehmen" in html
    assert office.send(f"{RECORD}/withdraw").location == RECORD
    assert period(web)[2:] == (None, "", "")
    assert office.send(f"{RECORD}/withdraw").status_code == 409


def test_a_membership_ends_for_another_cause(web, office):
    saved = twice(office, f"{RECORD}/end", **END)
    assert saved.location == RECORD
    assert period(web)[2:4] == (date(2027, 5, 31), "merger")
    assert "Verschmelzung mit einer anderen Firma" in said_by(office.get(RECORD))
    for refused in ({**END, "cause": ""}, {**END, "on": "1.1.2001"}, {**END, "cause": "notice"}):
        assert office.send(f"{RECORD}/end", **refused).status_code == 422


def test_mem_2_a_prospect_is_admitted_after_its_first_dues_were_read(web, office):
    fields = {"name": "Neue Werft GmbH"}
    write(BOOKKEEPER, members.create_member, fields, category="ORD", state=MemberState.PROSPECT)
    assert "Mitglied aufnehmen" in said_by(office.get("/treasurer/members/M0004"))
    sent = {"start": "15.7.2027", "decided_on": "1.2.2027"}
    first = office.send("/treasurer/members/M0004/accept", **sent)
    assert "„Beschäftigtenzahl“ fehlt." in said_by(first)
    write(BOOKKEEPER, members.record_basis_value, "M0004", "headcount", 20, as_of=date(2026, 6, 30))
    first = office.send("/treasurer/members/M0004/accept", **sent)
    said = said_by(first)
    assert "Beitritt am 15.07.2027: 6 von 12 Monaten → 300,00 €" in said
    assert "+ 150,00 € Summe 450,00 €" in said
    assert period(web, "M0004")[:2] == ("prospect", None)
    saved = office.send("/treasurer/members/M0004/accept", **sent, seen=seen_in(first))
    assert saved.location == "/treasurer/members/M0004"
    assert period(web, "M0004")[:2] == ("active", date(2027, 7, 15))
    assert "Aufgenommen zum 15.07.2027" in said_by(office.get(saved.location))


def test_who_asks_for_a_number_first_or_owes_what_is_not_agreed_yet_is_admitted_without_an_invoice(
    web, billed
):
    fields = {"name": "Neue Werft GmbH", "order_wish": "before_invoice"}
    write(BOOKKEEPER, members.create_member, fields, category="FOE", state=MemberState.PROSPECT)
    treasurer = web.signed_in(Role.TREASURER)
    page = "/treasurer/members/M0004/accept"
    asked = treasurer.get(page)
    assert "vor jeder Rechnung nach einer Bestellnummer" in said_by(asked)
    assert not re.search(r'name="bills"[^>]*checked', asked.text)
    assert twice(treasurer, page, start="1.2.2027", bills="y").location == "/treasurer/members/M0004"


def test_who_is_a_member_is_not_admitted_again(office):
    refused = office.send(f"{RECORD}/accept", start="1.3.2027")
    assert refused.status_code == 422
    assert "M0001 hat heute den Stand Aktiv" in said_by(refused)


def test_rights_rest_come_back_and_either_is_undone(web, office):
    assert office.send(f"{RECORD}/suspend", since="1.2.2027", note="").status_code == 422
    office.send(f"{RECORD}/suspend", since="1.2.2027", note="Beitragsrückstand")
    said = said_by(office.get(RECORD))
    assert "Ruht seit 01.02.2027 Beitragsrückstand" in said
    office.send(f"{RECORD}/resume")
    assert period(web)[0] == "active"
    html = office.get(RECORD).text.replace("&amp;", "&")
    undo = re.search(rf'action="({RECORD}/hold-again\?[^"]+)"', html)[1]
    office.send(undo)
    assert (period(web)[0], period(web)[4]) == ("suspended", "Beitragsrückstand")
    assert office.send(f"{RECORD}/hold-again?since=x").status_code == 400
