"""Every route × every role: exactly what the policy table says; nothing without a policy; GET changes nothing."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from membership.domain.policy import ACTIONS, EVERYBODY, PORTAL, SIGNED_IN, STAFF, Role
from membership.persistence.db import write
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.users import User, UserCompany
from membership.web.access import policy, policy_of
from tests.conftest import person
from tests.factories import make_association
from tests.web.conftest import SETUP
from tests.web.test_access_sweep import FORMS_OF_READERS

SAMPLE = {"int": "999999", "string": "nothing", "path": "nothing", "member": "nothing", "default": "nothing"}


def routes(app, method):
    for rule in app.url_map.iter_rules():
        if method in rule.methods:
            address = re.sub(
                r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda m: SAMPLE[m[1] or "default"], rule.rule
            )
            yield rule.endpoint, address, policy_of(app, rule.endpoint)


def test_inv_19_every_route_has_a_policy(web):
    without = [
        rule.endpoint for rule in web.app.url_map.iter_rules() if policy_of(web.app, rule.endpoint) is None
    ]
    assert without == []


def test_inv_19_a_route_without_a_policy_cannot_be_reached(sqlite_app, web):
    sqlite_app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    response = web.signed_in(*STAFF).get("/forgotten")
    assert response.status_code == 404
    assert "secret" not in response.text


def test_a_policy_names_an_action_that_exists():
    with pytest.raises(AssertionError):
        policy("invoice.invent")


@pytest.mark.parametrize("role", [None, *Role])
def test_inv_20_a_role_opens_exactly_the_pages_of_the_table(web, role):
    make_association(person(Role.TREASURER, Role.ADMIN))
    browser = web.browser() if role is None else web.signed_in(role)
    wrong = []
    for endpoint, address, asked in routes(web.app, "GET"):
        if asked.action == EVERYBODY:
            continue
        status = browser.get(address).status_code
        if role is None:
            ok = status == 302
        elif asked.action == SIGNED_IN or role in ACTIONS[asked.action]:
            ok = status in {200, 302, 303, 404} and status != 403
        else:
            ok = status == (404 if role in PORTAL else 403)
        if not ok:
            wrong.append((endpoint, role, status))
    assert wrong == []


@pytest.mark.parametrize("role", [None, *Role])
def test_inv_20_a_role_sends_exactly_the_forms_of_the_table(web, role):
    browser = web.browser() if role is None else web.signed_in(role)
    token = browser.token()
    wrong = []
    for endpoint, address, asked in routes(web.app, "POST"):
        if asked.action in {EVERYBODY, SIGNED_IN} or (role and role in ACTIONS[asked.action]):
            continue
        status = browser.post(address, data={"csrf_token": token}).status_code
        wanted = 401 if role is None else 404 if role in PORTAL else 403
        if status != wanted:
            wrong.append((endpoint, status))
    assert wrong == []


def test_sec_07_a_refusal_is_403_for_staff_and_stands_in_the_log(web):
    assert web.signed_in(Role.OFFICE).get("/treasurer/users").status_code == 403
    record = web.rows(select(AuditRecord).order_by(AuditRecord.id.desc()).limit(1))[0][0]
    assert (record.action, record.object_ref) == ("access.refused", "treasurer.users.index")
    assert record.facts == {"action": "users.read"}


@pytest.mark.parametrize("address", ["/treasurer/users", "/treasurer/settings", "/treasurer/audit"])
def test_for_a_contact_a_staff_page_does_not_exist(web, address):
    browser = web.signed_in(Role.COMPANY_ADMIN)
    browser.get("/profile")
    missing, refused = browser.get("/treasurer/nowhere"), browser.get(address)
    assert refused.status_code == missing.status_code == 404
    hide = re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}|value=\"[^\"]+\"|data-session-end=\"\d+\"")
    assert hide.sub("", refused.text) == hide.sub("", missing.text)
    assert set(refused.headers.keys()) == set(missing.headers.keys())


def test_sec_08_an_auditor_changes_nothing(web):
    browser = web.signed_in(Role.AUDITOR)
    token = browser.token()
    for endpoint, address, asked in routes(web.app, "POST"):
        if asked.action not in {EVERYBODY, SIGNED_IN} and endpoint not in FORMS_OF_READERS:
            assert browser.post(address, data={"csrf_token": token}).status_code == 403, address


def test_sec_06_a_contact_who_is_unlinked_is_refused_at_the_next_request(sqlite_app, web):
    sqlite_app.add_url_rule("/own", "own", policy("portal.read")(lambda: "own data"))
    user_id = web.person(Role.COMPANY_USER)
    browser = web.browser_of(user_id)
    assert browser.get("/own").status_code == 200

    def unlink(session):
        session.query(UserCompany).filter_by(user_id=user_id).delete()

    write(SETUP, unlink)
    assert browser.get("/own").status_code == 404


def test_sec_38_a_form_that_changes_something_cannot_be_called_by_get(web):
    browser = web.signed_in(*STAFF)
    only_posts = {
        address
        for _endpoint, address, _asked in routes(web.app, "POST")
        if not any(address == other for _name, other, _policy in routes(web.app, "GET"))
    }
    assert only_posts
    for address in only_posts:
        response = browser.get(address)
        assert response.status_code == 405, address
        assert "POST" in response.headers["Allow"]


def test_sec_38_opening_every_page_changes_no_account(web):
    browser = web.signed_in(*STAFF)
    before = web.rows(select(User.id, User.version, User.is_active, User.password_hash))
    for _endpoint, address, _asked in routes(web.app, "GET"):
        browser.get(address)
    assert web.rows(select(User.id, User.version, User.is_active, User.password_hash)) == before


def test_nothing_of_the_inside_is_served(web):
    for address in (
        "/.git/config",
        "/docs",
        "/static/",
        "/static/../app.py",
        "/console",
        "/static/tokens.css",
    ):
        assert web.browser().get(address).status_code == 404, address
    assert web.browser().open("/", method="TRACE").status_code == 405
