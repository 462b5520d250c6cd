"""A browser for each role: the application on SQLite, a person made by the services, a session row of their own."""

from __future__ import annotations

import copy
import re
import secrets
from contextvars import Context
from datetime import UTC, datetime
from functools import cache

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from membership import clock
from membership.domain.policy import PORTAL, Actor, Job, Role
from membership.persistence import crypto
from membership.persistence.db import db, read_as, write
from membership.persistence.models.members import Member
from membership.persistence.models.users import User, UserCompany, UserRole
from membership.services import passwords, sessions, sign_in

PASSWORD = "vier Hafen Wiesen Laternen"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SETUP = Actor(name="setup", at=datetime(2027, 1, 11, tzinfo=UTC), request_id="test", job=Job.SETUP)


class Browser(FlaskClient):
    """A client whose requests run outside the test's application context, as in the server."""

    def open(self, *args, **kwargs):
        db.session.rollback()
        response = Context().run(super().open, *args, **kwargs)
        db.session.rollback()
        db.session.expire_all()
        return response

    def token(self, address="/imprint"):
        """Return the form protection of this browser (every page before sign-in has a form for the language)."""
        page = self.get(address).text
        return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def send(self, address, **fields):
        """Send a form with both tokens, as a page of ours does."""
        fields.setdefault("form_token", secrets.token_urlsafe(8))
        data = {
            "csrf_token": self.token(),
            **{name: value for name, value in fields.items() if value is not None},
        }
        files = fields.pop("files", None)
        data.pop("files", None)
        return self.post(address, data={**data, **(files or {})})


@cache
def hashed(password):
    return passwords.hash_password(password)


def make_person(
    session,
    *,
    email,
    roles=(),
    companies=(),
    name="Birgit Wessels",
    password=PASSWORD,
    has_totp=True,
    ends_on=None,
):
    """Insert a person with roles and companies (member id, role); return the id."""
    user = User(
        uid=secrets.token_hex(16),
        email=email,
        name=name,
        password_hash=hashed(password) if password else None,
        created_at=datetime(2027, 1, 11, tzinfo=UTC),
    )
    session.add(user)
    session.flush()
    for role in roles:
        session.add(UserRole(user_id=user.id, role=role, ends_on=ends_on))
    for member_id, role in companies:
        session.add(UserCompany(user_id=user.id, member_id=member_id, role=role))
    if has_totp:
        sealed = crypto.seal(session, TOTP, table="users", column="totp_sealed", uid=user.uid)
        session.execute(update(User).where(User.id == user.id).values(totp_sealed=sealed))
    session.flush()
    return user.id


def make_company(session, number="M0001", name="Alpha Werke GmbH"):
    member = Member(
        uid=secrets.token_hex(16),
        number=number,
        name=name,
        name_key=name.casefold(),
        search_text=f"{number} {name}".casefold(),
        attributes=[],
        created_at=datetime(2027, 1, 11, tzinfo=UTC),
    )
    session.add(member)
    session.flush()
    return member.id


@pytest.fixture
def web(sqlite_app):
    """The application with `web.browser()` (nobody) and `web.signed_in(Role.X)` (a person with that role)."""
    sqlite_app.test_client_class = Browser
    return Web(sqlite_app)


_PREPARED = {}
"""Name of a state -> the bytes of its database, its people, and what making it returned; once a process."""


class Web:
    def __init__(self, app):
        self.app = app
        self.people = {}

    def prepared(self, name, make):
        """Return what `make()` returns on a new database; the second time its state is copied, not made."""
        if self.people:
            return make()
        path = self.app.extensions["membership"].state_dir / "membership.sqlite3"
        if name not in _PREPARED:
            made = make()
            self._close()
            _PREPARED[name] = (path.read_bytes(), dict(self.people), copy.deepcopy(made))
        else:
            self._close()
            path.write_bytes(_PREPARED[name][0])
        _data, people, made = _PREPARED[name]
        self.people = dict(people)
        return copy.deepcopy(made)

    @staticmethod
    def _close():
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()

    def browser(self) -> Browser:
        return self.app.test_client()

    def person(self, *roles, email=None, **kwargs) -> int:
        """Make a person; a portal role gets the company M0001."""
        staff = [role for role in roles if role not in PORTAL]
        portal = [role for role in roles if role in PORTAL]
        email = email or f"{'-'.join(map(str, roles)) or 'nobody'}-{len(self.people)}@verein.example"

        def make(session):
            companies = [(self._company(session), role) for role in portal]
            return make_person(session, email=email, roles=staff, companies=companies, **kwargs)

        user_id = write(SETUP, make)
        self.people[user_id] = email
        return user_id

    def browser_of(self, user_id, *, has_second_factor=True) -> Browser:
        """Return a browser with a session row of this person."""
        session_id = sessions.new_id()
        actor = Actor(name="sign-in", at=clock.now(), request_id="test", job=Job.SIGN_IN)
        write(
            actor,
            sign_in.sign_in,
            user_id,
            id_hash=sessions.hash_of(session_id),
            has_second_factor=has_second_factor,
        )
        browser = self.browser()
        browser.set_cookie("beitragsbuch", session_id, domain="localhost")
        return browser

    def signed_in(self, *roles, **kwargs) -> Browser:
        """Return the browser of a new person with these roles."""
        return self.browser_of(self.person(*roles, **kwargs))

    def rows(self, statement):
        session = read_as(SETUP)
        session.rollback()
        session.expire_all()
        return session.execute(statement).all()

    @staticmethod
    def code(at=None) -> str:
        return pyotp.TOTP(TOTP).at(at or clock.now())

    @staticmethod
    def _company(session):
        known = session.execute(select(Member.id).where(Member.number == "M0001")).scalar()
        return known or make_company(session)


@pytest.fixture
def admin(web):
    return web.signed_in(Role.ADMIN)


@pytest.fixture
def treasurer_browser(web):
    return web.signed_in(Role.TREASURER, Role.ADMIN)
