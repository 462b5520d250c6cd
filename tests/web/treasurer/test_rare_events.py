"""Pages of what happens rarely: an application turned down, a return, exclusion, insolvency, a successor."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from membership.domain.members import MemberState
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.members import Insolvency
from membership.services import members
from tests.factories import make_member
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by
from tests.web.treasurer.test_membership import period, seen_in, twice

RECORD = "/treasurer/members/M0001"


@pytest.fixture
def office(web, billed):
    return web.signed_in(Role.OFFICE)


def test_mem_2_an_application_is_turned_down_with_its_resolution_and_taken_up_again(web, office):
    write(BOOKKEEPER, members.create_member, {"name": "Neue Werft GmbH"}, state=MemberState.APPLIED)
    page = "/treasurer/members/M0004"
    saved = office.send(
        f"{page}/reject", decided_on="15.2.2027", organ="Vorstand", minutes="Protokoll 2/2027"
    )
    assert saved.location == page
    said = said_by(office.get(page))
    assert "Abgelehnt am 15.02.2027, Vorstand, Protokoll 2/2027" in said
    assert office.send(f"{page}/reject", decided_on="15.2.2027").status_code == 422
    assert office.send(f"{page}/reopen").location == page
    assert period(web, "M0004")[0] == "applied"


def test_mem_5_a_former_member_is_admitted_again_from_a_later_day(web, office):
    make_member(BOOKKEEPER, number="M0010", name="Delta GmbH", end=date(2026, 12, 31))
    page = "/treasurer/members/M0010"
    assert "Wieder aufnehmen" in said_by(office.get(page))
    refused = office.send(f"{page}/accept", start="31.12.2026", decided_on="")
    assert refused.status_code == 422
    assert "Die letzte Mitgliedschaft endete am 31.12.2026." in said_by(refused)
    assert twice(office, f"{page}/accept", start="1.7.2027", decided_on="15.2.2027").location == page
    said = said_by(office.get(page))
    assert "Aufgenommen zum 01.07.2027" in said
    assert "ab 01.07.2027" in said
    assert "bis 31.12.2026" in said


def test_the_treasurer_is_led_to_the_run_that_writes_the_first_invoice(web, billed):
    treasurer = web.signed_in(Role.TREASURER)
    options = {"category": "ORD", "state": MemberState.APPLIED}
    write(BOOKKEEPER, members.create_member, {"name": "Neue Werft GmbH"}, **options)
    write(BOOKKEEPER, members.record_basis_value, "M0004", "headcount", 20, as_of=date(2026, 6, 30))
    saved = twice(treasurer, "/treasurer/members/M0004/accept", start="1.3.2027", decided_on="15.2.2027")
    assert 'href="/treasurer/billing/start?year=2027"' in treasurer.get(saved.location).text


def test_mem_10_exclusion_proceedings_are_recorded_dropped_and_recorded_again(web, office):
    assert office.send(f"{RECORD}/exclusion", since="1.2.2027", note="").status_code == 422
    office.send(f"{RECORD}/exclusion", since="1.2.2027", note="Rückstand seit 2025")
    assert "Ausschlussverfahren seit 01.02.2027 Rückstand seit 2025" in said_by(office.get(RECORD))
    office.send(f"{RECORD}/resume")
    assert period(web)[0] == "active"
    html = office.get(RECORD).text.replace("&amp;", "&")
    office.send(re.search(rf'action="({RECORD}/hold-again\?[^"]+)"', html)[1])
    assert period(web)[0] == "exclusion_pending"
    assert office.send(f"{RECORD}/hold-again?since=2027-01-01&state=ended").status_code == 400


def test_mem_11_an_insolvency_stands_on_the_record_and_splits_what_is_open(web, office):
    assert "Insolvenz" not in said_by(office.get(RECORD)).split("Verlauf")[0].replace(
        "Insolvenz erfassen", ""
    )
    sent = {"opened_on": "1.2.2027", "court": "Amtsgericht Bremen", "administrator": "RA Behrens"}
    assert office.send(f"{RECORD}/insolvency", **sent).location == RECORD
    said = said_by(office.get(RECORD))
    assert "Insolvenz eröffnet am 01.02.2027" in said
    assert "RA Behrens" in said
    again = office.get(f"{RECORD}/insolvency")
    assert 'value="Amtsgericht Bremen"' in main_of(again)
    assert "Offen, fällig vor der Eröffnung 600,00 €" in said_by(again)
    refused = office.send(f"{RECORD}/insolvency", **{**sent, "opened_on": "1.3.2027"})
    assert refused.status_code == 422
    assert office.send(f"{RECORD}/insolvency/close", closed_on="1.1.2027").status_code == 422
    assert office.send(f"{RECORD}/insolvency/close", closed_on="16.2.2027").location == RECORD
    assert office.send(f"{RECORD}/insolvency/reopen").location == RECORD
    assert web.rows(select(Insolvency.closed_on)) == [(None,)]


def test_mem_12_a_successor_is_named_on_both_records(web, office):
    end = {"cause": "merger", "on": "31.05.2027", "succession": "merger", "note": ""}
    for wrong in ("M0001", "M0099"):
        assert office.send(f"{RECORD}/end", **end, successor=wrong).status_code == 422
    first = office.send(f"{RECORD}/end", **end, successor="M0002")
    assert office.send(f"{RECORD}/end", **end, successor="M0002", seen=seen_in(first)).location == RECORD
    assert "Nachfolgerin Beta Guss AG" in said_by(office.get(RECORD))
    assert "Vorgängerin Alpha Werke GmbH" in said_by(office.get("/treasurer/members/M0002"))


def test_mem_6_the_period_of_notice_is_set_on_its_own_page(web, billed):
    treasurer = web.signed_in(Role.TREASURER)
    page = "/treasurer/settings/membership"
    assert treasurer.send(page, notice_months="25", notice_to="year_end").status_code == 422
    assert treasurer.send(page, notice_months="6", notice_to="half_year").location == page
    assert "mit 6 Monaten Frist zum Ende eines Halbjahres" in said_by(treasurer.get(f"{RECORD}/notice"))
    first = treasurer.send(f"{RECORD}/notice", received_on="10.2.2027", end="")
    assert "Die Mitgliedschaft endet am 31.12.2027." in said_by(first)
