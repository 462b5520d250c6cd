"""Every route × every role × own, foreign and missing objects: who gets in, and that a refusal tells nothing apart.

Generated from the map of addresses and the table of rights, so that a new page is swept without a line here; an
address that names a new kind of thing needs it in `sweep_world.py`. Source: GATE-08; INV-18 to INV-20; SEC-01, SEC-02.
"""

from __future__ import annotations

import re

import pytest

from membership.domain.policy import ACTIONS, EVERYBODY, PORTAL, SIGNED_IN, STAFF, Role
from membership.persistence.db import write
from membership.services import uploads
from tests.conftest import person
from tests.web.sweep_world import FOREIGN, MISSING, OWN, World, routes

CHANGING = re.compile(
    r'[0-9A-F]{4}-[0-9A-F]{4}|(?<=name="csrf_token" value=")[^"]+|(?<=name="form_token" value=")[^"]+'
    r'|(?<=data-session-end=")\d+'
)
"""What differs between two answers to the same person: the number of the request, tokens, seconds left."""
SHOWN = {200, 302, 303, 422}
"""The page, a way on, or the page with the reason why this step is not possible now."""
EMPTY = {"treasurer.dispatch.stack": {404}}
"""Files that there are only while something waits for the post."""


@pytest.fixture
def world(web):
    return World.of(web)


@pytest.fixture(params=[None, *Role], ids=str)
def role(request):
    return request.param


@pytest.fixture
def browser(web, world, role, sqlite_app):
    """The browser of a person with the role, who has uploaded a list of members and one of a bank where the role may."""
    if role is None:
        return web.browser()
    user_id = web.person(role)
    folder = sqlite_app.extensions["membership"].state_dir
    uploaded = (
        ("token", "member.import", Role.OFFICE, b"Firma;Ort\nA GmbH;Bremen\n"),
        ("bank_token", "bank.write", Role.TREASURER, b"Tag;Geld;Wofuer\n04.01.2027;1,00;Beitrag\n"),
    )
    for name, right, other, data in uploaded:
        keeper = person(role if role in ACTIONS[right] else other, user_id=user_id)
        token = write(keeper, uploads.keep_upload, folder, "liste.csv", data, right=right)
        if name == "bank_token":
            write(keeper, uploads.keep_decisions, folder, token, {"account": 1}, right=right)
        world.name(OWN, name, token)
    return web.browser_of(user_id)


def answer(browser, route, address, token):
    """Return everything an answer says, but what differs each time."""
    data = {"csrf_token": token} if route.method == "POST" else None
    response = browser.open(address, method=route.method, data=data)
    text = response.get_data() if response.mimetype != "text/html" else CHANGING.sub("", response.text)
    heads = [
        (name, value) for name, value in response.headers if name not in {"Set-Cookie", "Content-Length"}
    ]
    return response.status_code, sorted(heads), text


def may_open(role, route):
    """Return whether the role may; what everybody may who is signed in, a stranger may not."""
    return role is not None if route.action == SIGNED_IN else role in ACTIONS.get(route.action, ())


def gone(route):
    """Return how a missing object is answered: 404; the steps of an import lead back to the first, with the reason."""
    return {303} if "token" in route.objects else {404}


def guarded(app):
    return [route for route in routes(app) if route.action != EVERYBODY]


def test_sec_01_a_refusal_says_the_same_about_what_is_there_what_belongs_to_others_and_what_is_nowhere(
    web, world, browser, role
):
    """Byte by byte, with all heads, by GET and POST."""
    told_apart, let_in = [], []
    token = browser.token()
    for route in guarded(web.app):
        if may_open(role, route):
            continue
        answers = [
            answer(browser, route, route.address(world.values(kind)), token)
            for kind in (OWN, FOREIGN, MISSING)
        ]
        wanted = {None: {302} if route.method == "GET" else {401}}.get(
            role, {403} if role in STAFF else {404}
        )
        let_in += [
            (route.endpoint, route.method, status)
            for status, _heads, _text in answers
            if status not in wanted
        ]
        if role is not None and not answers[0] == answers[1] == answers[2]:
            told_apart.append((route.endpoint, route.method))
    assert (let_in, told_apart) == ([], [])


def test_sec_01_for_a_contact_every_page_of_others_is_like_one_that_was_never_made(web, world, browser, role):
    if role not in PORTAL:
        pytest.skip("a matter of contacts")
    token = browser.token()
    wrong = []
    for route in guarded(web.app):
        if may_open(role, route):
            continue
        area = "portal" if route.endpoint.startswith("portal.") else "treasurer"
        nowhere = answer(browser, route, f"/{area}/nowhere/at-all", token)
        if answer(browser, route, route.address(world.values(OWN)), token) != nowhere:
            wrong.append((route.endpoint, route.method))
    assert not wrong, "\n".join(map(str, wrong))


def test_inv_20_who_may_open_a_page_sees_it_and_finds_nothing_where_nothing_is(web, world, browser, role):
    """What belongs to another company is, for a contact, nowhere."""
    wrong = []
    for route in guarded(web.app):
        if route.method != "GET" or not may_open(role, route):
            continue
        kinds = (OWN, FOREIGN) if role in STAFF else (OWN,)
        answers = {
            kind: answer(browser, route, route.address(world.values(kind)), "")
            for kind in (OWN, FOREIGN, MISSING)
        }
        shown = SHOWN | EMPTY.get(route.endpoint, set())
        wrong += [(route.endpoint, kind, answers[kind][0]) for kind in kinds if answers[kind][0] not in shown]
        if route.objects:
            status = answers[MISSING][0]
            wrong += [(route.endpoint, MISSING, status)] if status not in gone(route) else []
        if role not in STAFF and route.objects and answers[FOREIGN] != answers[MISSING]:
            wrong.append((route.endpoint, FOREIGN, answers[FOREIGN][0]))
    assert not wrong, "\n".join(map(str, wrong))


def test_inv_20_a_form_about_what_is_nowhere_is_answered_like_any_page_that_is_nowhere(
    web, world, browser, role
):
    wrong = []
    token = browser.token()
    for route in guarded(web.app):
        if route.method != "POST" or not may_open(role, route) or not route.objects:
            continue
        status = answer(browser, route, route.address(world.values(MISSING)), token)[0]
        if status not in {400, *gone(route)}:
            wrong.append((route.endpoint, status))
    assert not wrong, "\n".join(map(str, wrong))


FORMS_OF_READERS = {
    "portal.companies.choose",
    "treasurer.members.choose_columns",
    "treasurer.members.save_view",
    "treasurer.members.forget_view",
}
"""Forms that change nothing but what the person's own pages show."""


def test_inv_20_no_form_is_open_to_who_may_only_read(web):
    """A right to read that let a form through would be in the table of rights and yet be wrong."""
    found = {
        route.endpoint
        for route in routes(web.app)
        if route.method == "POST" and route.action.endswith(".read")
    }
    assert found == FORMS_OF_READERS
