"""What an account begins with: the one-time code as it is typed, and roles that are still to be of use."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from membership.domain.policy import Actor, Job, Role
from membership.domain.users import RoleEnded
from membership.persistence.db import read_as, write
from membership.persistence.models.users import User, UserRole
from membership.services import users
from tests.conftest import NOW, TODAY, person

SETUP = Actor(name="setup", at=NOW, request_id="test", job=Job.SETUP)
DOOR = Actor(name="sign-in", at=NOW, request_id="test", job=Job.SIGN_IN)
FIRST = {"email": "b@verein.example", "name": "B", "language": "de", "password_hash": "x"}


@pytest.fixture
def owner(app):
    """The first administrator."""
    write(SETUP, users.offer_first_admin, code="AAAA-BBBB")
    return person(Role.ADMIN, user_id=write(DOOR, users.create_first_admin, code="AAAA-BBBB", **FIRST))


def rows(statement):
    return read_as(SETUP).execute(statement).all()


def invited(owner, email, roles):
    return write(owner, users.invite, email=email, name="", secret=email, roles=roles)


def test_a_role_that_has_ended_is_not_given(owner):
    yesterday = TODAY - timedelta(days=1)
    with pytest.raises(RoleEnded):
        write(owner, users.invite, email="g@v.example", name="", secret="1", roles={Role.AUDITOR: yesterday})
    assert rows(select(User.id).where(User.email == "g@v.example")) == []
    other = invited(owner, "p@verein.example", {Role.OFFICE: None})
    with pytest.raises(RoleEnded):
        write(
            owner, users.change_rights, other,
            roles={Role.OFFICE: None, Role.AUDITOR: yesterday}, companies={},
        )  # fmt: skip


def test_a_role_that_ended_long_ago_may_stay_when_another_is_given(owner):
    other = invited(owner, "p@verein.example", {Role.OFFICE: None})
    ended = {Role.AUDITOR: TODAY}
    write(owner, users.change_rights, other, roles=ended, companies={})
    roles = {Role.OFFICE: None, **ended}
    write(
        replace(owner, at=owner.at + timedelta(days=90)),
        users.change_rights,
        other,
        roles=roles,
        companies={},
    )
    assert rows(select(UserRole.role).where(UserRole.user_id == other).order_by(UserRole.role)) == [
        (Role.AUDITOR,),
        (Role.OFFICE,),
    ]


@pytest.mark.parametrize("typed", ["AAAABBBB", "aaaabbbb", " aaaa bbbb ", "AAAA\N{EN DASH}BBBB", "AAAA-BBBB"])
def test_the_one_time_code_may_be_typed_without_its_hyphens(app, typed):
    write(SETUP, users.offer_first_admin, code="AAAA-BBBB")
    assert write(DOOR, users.create_first_admin, code=typed, **FIRST)
