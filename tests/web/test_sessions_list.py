"""Where somebody is signed in: each browser with its system, ended one by one, or all but this one."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from membership.domain.errors import NotAllowed
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.users import UserSession
from membership.services import sessions
from tests.conftest import person as actor_of
from tests.web.conftest import SETUP

END = re.compile(r'action="(/profile/sessions/[^/"]{16}/end)"')


@pytest.fixture
def person(web):
    return web.person(Role.TREASURER)


def rows_of(web, user_id):
    found = select(UserSession.id_hash).where(
        UserSession.user_id == user_id, UserSession.revoked_at.is_(None)
    )
    return [row.id_hash for row in web.rows(found.order_by(UserSession.created_at))]


def test_one_browser_is_signed_out_and_the_others_stay(web, person):
    here, there, third = (web.browser_of(person) for _each in range(3))
    write(
        SETUP, lambda session: session.execute(update(UserSession).values(device="Firefox, Windows")) and None
    )
    page = here.get("/profile").text
    assert page.count("Abmelden: Firefox, Windows") == len(END.findall(page)) == 2
    before = rows_of(web, person)
    assert here.send(END.findall(page)[0]).status_code == 303
    assert len(set(before) - set(rows_of(web, person))) == 1
    assert here.get("/profile").status_code == 200
    assert {there.get("/profile").status_code, third.get("/profile").status_code} == {200, 302}


def test_all_others_are_signed_out_at_once(web, person):
    here, there = web.browser_of(person), web.browser_of(person)
    assert here.send("/profile/sessions/end-others").status_code == 303
    assert (here.get("/profile").status_code, there.get("/profile").status_code) == (200, 302)


def test_nobody_ends_the_session_of_somebody_else_but_an_administrator(web, person):
    browser, other = web.browser_of(person), web.signed_in(Role.BOARD)
    handle = rows_of(web, person)[0][:16]
    other.send(f"/profile/sessions/{handle}/end")
    for step, given in ((sessions.end_one, {"handle": handle}), (sessions.end_others, {"but": ""})):
        with pytest.raises(NotAllowed):
            write(actor_of(Role.BOARD, user_id=person + 1), step, person, **given)
    assert other.send(f"/treasurer/users/{person}/sessions/{handle}/end").status_code == 403
    assert browser.get("/profile").status_code == 200
    admin = web.signed_in(Role.ADMIN)
    admin.send(f"/treasurer/users/{person}/sessions/{handle[:1]}/end")
    assert browser.get("/profile").status_code == 200
    assert f"/sessions/{handle}/end" in admin.get(f"/treasurer/users/{person}").text
    assert admin.send(f"/treasurer/users/{person}/sessions/{handle}/end").status_code == 303
    assert browser.get("/profile").status_code == 302
    assert "Anmeldung beendet" in admin.get("/treasurer/audit").text
