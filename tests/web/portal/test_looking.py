"""The staff looks at the pages of a company as it sees them: its rows alone, nothing can be changed, and it is noted."""

from __future__ import annotations

import html
from datetime import date

import pytest
from sqlalchemy import func, select, update

from membership.domain.errors import OnlyLooking
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.members import Membership
from membership.persistence.models.users import UserRole
from membership.web import looking
from tests.factories import make_member
from tests.web.portal.test_portal import STAFF, browser_for
from tests.web.sweep_world import FOREIGN, MISSING, OWN, World, routes

BEGIN = "/treasurer/members/M0001/member-area"
END = "/treasurer/members/list/member-area/end"
BAR = "Sie sehen den Mitgliederbereich von Alpha Werke GmbH."
REFUSED = "Sie sehen den Mitgliederbereich dieser Firma nur an."


@pytest.fixture
def world(web):
    return World.of(web)


@pytest.fixture
def office(web, world):
    return web.signed_in(Role.OFFICE)


@pytest.fixture
def looks(office):
    assert office.send(BEGIN).location == "/portal/"
    return office


def looked(web):
    return web.rows(select(AuditRecord.object_ref).where(AuditRecord.action == "company.look"))


def test_the_pages_of_the_company_open_with_a_bar_and_the_log_says_so_once(web, office):
    assert f'action="{BEGIN}"' in office.get("/treasurer/members/M0001").text
    assert office.get("/portal/").status_code == 403
    office.send(BEGIN)
    for address in ("/portal/", "/portal/invoices", "/portal/company"):
        page = office.get(address)
        assert BAR in html.unescape(page.text)
        assert 'class="portal-page"' in page.text
    assert looked(web) == [("M0001",)]
    assert 'class="portal-page"' not in office.get("/treasurer/members").text
    assert office.send(END).location == "/treasurer/members/M0001"
    assert office.get("/portal/").status_code == 403
    assert office.send(END).location == "/treasurer/members"


def test_every_page_of_the_company_is_seen_and_none_of_another(web, world, looks):
    wrong, seen = [], 0
    for route in routes(web.app):
        if route.method != "GET" or not route.endpoint.startswith("portal."):
            continue
        answers = {kind: looks.get(route.address(world.values(kind))) for kind in (OWN, FOREIGN, MISSING)}
        own = answers[OWN]
        seen += own.status_code == 200
        if own.status_code not in {200, 302, 303} or b"Beta Guss" in own.data:
            wrong.append((route.endpoint, own.status_code))
        if route.objects and {answers[FOREIGN].status_code, answers[MISSING].status_code} != {404}:
            wrong.append((route.endpoint, FOREIGN))
    assert (wrong, seen > 15) == ([], True)


def test_nothing_that_is_sent_on_the_pages_of_the_company_is_taken(web, world, looks):
    count = select(func.count()).select_from(AuditRecord)
    before, wrong, sent = web.rows(count), [], 0
    for route in routes(web.app):
        if route.method == "GET" or not route.endpoint.startswith("portal."):
            continue
        answer = looks.send(route.address(world.values(OWN)))
        sent += 1
        if answer.status_code != 422 or REFUSED not in html.unescape(answer.text):
            wrong.append((route.endpoint, answer.status_code))
    assert (wrong, sent > 15) == ([], True)
    assert web.rows(count) == before


def test_whoever_looks_writes_nothing_whatever_the_page_forgot(app, treasurer):
    actor = looking.looking(treasurer, looking.Look(1, "M0001", "Alpha"))
    with pytest.raises(OnlyLooking):
        write(actor, lambda _session: None)
    assert actor.is_portal
    assert actor.member_ids == {1}


def test_the_look_ends_when_the_person_signs_out_and_counts_in_no_other_session(web, looks):
    with looks.session_transaction() as cookie:
        kept = cookie["looks_at"]
    other = web.signed_in(Role.OFFICE, email="zwei@verein.example")
    other.token()
    with other.session_transaction() as cookie:
        cookie["looks_at"] = kept
    assert other.get("/portal/").status_code == 403
    looks.send("/sign-out")
    with looks.session_transaction() as cookie:
        assert "looks_at" not in cookie


def test_the_look_ends_with_the_right(looks):
    assert looks.get("/portal/").status_code == 200
    write(STAFF, lambda session: session.execute(update(UserRole).values(role=Role.BOARD)) and None)
    assert looks.get("/portal/").status_code == 403


@pytest.mark.parametrize("role", [Role.BOARD, Role.AUDITOR, Role.ADMIN])
def test_who_may_not_change_members_does_not_look(web, world, role):
    browser = web.signed_in(role)
    assert browser.send(BEGIN).status_code == 403
    assert looked(web) == []


def test_people_of_companies_never_look_at_another_one(web, world):
    beta = browser_for(web, world.members[1])
    assert beta.send(BEGIN).status_code == 404
    assert "Alpha" not in beta.get("/portal/").text
    assert looked(web) == []


def test_a_company_that_left_long_ago_has_no_pages_to_look_at(web, world, office):
    make_member(STAFF, number="M0099", name="Alt GmbH", start=date(2019, 1, 1))
    long_ago = update(Membership).where(Membership.start == date(2019, 1, 1)).values(end=date(2020, 12, 31))
    write(STAFF, lambda session: session.execute(long_ago) and None)
    record = "/treasurer/members/M0099"
    assert office.send(f"{record}/member-area").location == record
    assert "Alt GmbH hat keinen Mitgliederbereich" in html.unescape(office.get(record).text)
    assert looked(web) == []
