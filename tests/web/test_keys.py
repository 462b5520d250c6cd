"""Another session key: whoever is signed in has to sign in again, links end, encrypted data stay readable."""

from __future__ import annotations

import secrets
from hashlib import sha256

import pytest

from membership.app import create_app
from membership.domain.policy import Role
from membership.persistence import crypto
from membership.persistence.db import db, read_as, write
from membership.services import tokens, users
from membership.services.known_browsers import is_known
from tests.conftest import settings_for
from tests.web.conftest import PASSWORD, SETUP, TOTP, Browser


@pytest.fixture
def before(web):
    """A person with a second factor who is signed in, and has a link for a new password."""
    person = web.person(Role.OFFICE)
    browser = web.browser()
    browser.send("/sign-in", email=web.people[person], password=PASSWORD)
    browser.send("/sign-in/code", code=web.code())
    assert browser.get("/profile").status_code == 200
    secret = tokens.new_secret()
    write(SETUP, users.offer_reset, person, secret=secret)
    cookies = {name: browser.get_cookie(name).value for name in ("beitragsbuch", "beitragsbuch-browser")}
    return person, secret, cookies, web.people[person]


@pytest.mark.parametrize("is_changed", [True, False])
def test_sec_82_with_another_session_key_sessions_and_links_end_and_data_stay(
    sqlite_app, sqlite_database, monkeypatch, before, is_changed
):
    person, secret, cookies, email = before
    state = sqlite_database[1]
    if is_changed:
        monkeypatch.setenv("MEMBERSHIP_SESSION_KEY", secrets.token_hex(32))
    app = create_app(settings_for(sqlite_database[0], state))
    app.test_client_class = Browser
    with app.app_context():
        browser = app.test_client()
        for name, value in cookies.items():
            browser.set_cookie(name, value, domain="localhost")
        assert browser.get("/profile").status_code == (302 if is_changed else 200)
        assert browser.get(f"/reset/{secret}").status_code == (404 if is_changed else 200)
        session = read_as(SETUP)
        assert is_known(session, email, cookies["beitragsbuch-browser"]) is not is_changed
        uid, sealed = session.execute(_second_factor(person)).one()
        assert crypto.unseal(session, sealed, table="users", column="totp_sealed", uid=uid) == TOTP
        db.session.rollback()


def _second_factor(person):
    from sqlalchemy import select

    from membership.persistence.models.users import User

    return select(User.uid, User.totp_sealed).where(User.id == person)


def test_sec_82_a_token_is_kept_under_the_session_key(sqlite_app):
    session = read_as(SETUP)
    kept = crypto.session_hash(session, "secret")
    assert kept != sha256(b"secret").hexdigest()
    keys = session.info["keys"]
    session.info["keys"] = crypto.Keys(session=keys.field, field=keys.field, backup=keys.backup)
    assert crypto.session_hash(session, "secret") != kept
    session.info["keys"] = keys


def test_sec_43_signing_out_empties_what_the_browser_has_kept(web):
    answer = web.signed_in(Role.OFFICE).send("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
