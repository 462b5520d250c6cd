"""Accounts and rights, on both databases: who may give what, what ends when, what works once."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from membership.domain.errors import NotAllowed
from membership.domain.policy import Actor, Job, Role
from membership.domain.users import (
    AccountExists,
    CompanyUnknown,
    EmailWrong,
    LastAdministrator,
    NameWrong,
    OwnRights,
    RightsMissing,
    initials_of,
    tidy_name,
)
from membership.persistence.db import db, read_as, write
from membership.persistence.models.chain import AuditRecord, AuditValue
from membership.persistence.models.users import OneTimeToken, User, UserRole, UserSession
from membership.persistence.queries.users import find_signed_in, find_token_owner, get_user, list_users
from membership.services import passwords, second_factor, sessions, sign_in, tokens, users
from membership.services.tokens import Purpose, TokenUsed
from tests.conftest import NOW, TODAY

SETUP = Actor(name="setup", at=NOW, request_id="test", job=Job.SETUP)
DOOR = Actor(name="sign-in", at=NOW, request_id="test", job=Job.SIGN_IN)
HASH = passwords.hash_password("vier Hafen Wiesen Laternen")


def rows(statement):
    session = read_as(SETUP)
    session.rollback()
    session.expire_all()
    return session.execute(statement).all()


def person_of(user_id, *roles):
    return Actor(name="P", at=NOW, request_id="test", user_id=user_id, roles=frozenset(roles))


@pytest.fixture
def owner(app) -> Actor:
    """The first administrator."""
    write(SETUP, users.offer_first_admin, code="AAAA-BBBB")
    user_id = write(
        DOOR, users.create_first_admin,
        code="aaaa-bbbb", email="Birgit@Verein.example", name="Birgit Wessels", language="de", password_hash=HASH,
    )  # fmt: skip
    return person_of(user_id, Role.ADMIN, Role.TREASURER)


def member(owner, email, *roles, password=True):
    secret = secrets.token_hex(8)
    user_id = write(owner, users.invite, email=email, name="", secret=secret, roles=dict.fromkeys(roles))
    if password:
        write(
            DOOR,
            users.accept_invitation,
            secret=secret,
            name="Neue Person",
            language="de",
            password_hash=HASH,
        )
    return user_id


def open_session(user_id):
    id_hash = sessions.hash_of(sessions.new_id())
    write(DOOR, sign_in.sign_in, user_id, id_hash=id_hash, has_second_factor=True)
    return id_hash


def is_open(id_hash):
    session = read_as(DOOR)
    session.rollback()
    return find_signed_in(session, id_hash, today=TODAY) is not None


def test_the_first_person_is_administrator_and_treasurer(owner):
    person = get_user(read_as(owner), owner.user_id)
    assert set(person.roles) == {Role.ADMIN, Role.TREASURER}
    assert person.email == "birgit@verein.example"


def test_sec_15_the_one_time_code_makes_one_administrator_and_no_second(owner):
    with pytest.raises(users.SetupClosed):
        write(SETUP, users.offer_first_admin, code="CCCC-DDDD")
    with pytest.raises(users.SetupClosed):
        write(
            DOOR, users.create_first_admin,
            code="AAAA-BBBB", email="b@verein.example", name="B", language="de", password_hash=HASH,
        )  # fmt: skip


def test_sec_15_without_the_code_there_is_no_first_administrator(app):
    write(SETUP, users.offer_first_admin, code="AAAA-BBBB")
    for code in ("", "AAAA-BBBC", "0"):
        with pytest.raises(TokenUsed):
            write(
                DOOR, users.create_first_admin,
                code=code, email="b@verein.example", name="B", language="de", password_hash=HASH,
            )  # fmt: skip
    assert rows(select(User.id)) == []


def test_inv_21_nobody_changes_their_own_rights(owner):
    everything = dict.fromkeys((Role.ADMIN, Role.TREASURER, Role.BOARD))
    with pytest.raises(OwnRights):
        write(owner, users.change_rights, owner.user_id, roles=everything, companies={})


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_sec_09_only_who_manages_users_gives_rights(owner, role):
    other = member(owner, "o@verein.example", Role.OFFICE)
    actor = person_of(other, role)
    with pytest.raises(NotAllowed):
        write(actor, users.change_rights, owner.user_id, roles={Role.ADMIN: None}, companies={})
    with pytest.raises(NotAllowed):
        write(actor, users.invite, email="x@y.example", name="", secret="s", roles={Role.ADMIN: None})
    for use_case in (users.end_sessions, users.activate, second_factor.switch_off):
        with pytest.raises(NotAllowed):
            write(actor, use_case, owner.user_id)


def test_inv_21_the_last_administrator_stays(owner):
    with pytest.raises(LastAdministrator):
        write(owner, users.deactivate, owner.user_id)
    invited = member(owner, "i@verein.example", Role.ADMIN, password=False)
    with pytest.raises(LastAdministrator):
        write(owner, users.deactivate, owner.user_id)
    second = member(owner, "s@verein.example", Role.ADMIN)
    write(person_of(second, Role.ADMIN), users.deactivate, owner.user_id)
    assert not get_user(read_as(SETUP), owner.user_id).is_active
    assert not get_user(read_as(SETUP), invited).has_password


def test_inv_21_two_administrators_cannot_end_each_other_by_a_date(owner):
    second = member(owner, "s@verein.example", Role.ADMIN)
    until_tomorrow = {Role.ADMIN: TODAY + timedelta(days=1)}
    write(owner, users.change_rights, second, roles=until_tomorrow, companies={})
    with pytest.raises(LastAdministrator):
        write(
            person_of(second, Role.ADMIN),
            users.change_rights,
            owner.user_id,
            roles=until_tomorrow,
            companies={},
        )
    assert get_user(read_as(SETUP), owner.user_id).roles[Role.ADMIN] is None


def test_inv_21_two_administrators_who_remove_each_other_at_once_leave_one(app, owner):
    second = member(owner, "s@verein.example", Role.ADMIN)
    pairs = [(owner, second), (person_of(second, Role.ADMIN), owner.user_id)]
    barrier, refused = Barrier(2), []

    def remove(actor, other):
        with app.app_context():
            barrier.wait()
            try:
                write(actor, users.deactivate, other)
            except LastAdministrator:
                refused.append(other)
            finally:
                db.session.remove()

    db.session.rollback()
    threads = [Thread(target=remove, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert len(rows(select(User.id).where(User.is_active.is_(True)))) == 1


def test_inv_30_changed_rights_end_the_sessions_of_that_person_only(owner):
    other = member(owner, "o@verein.example", Role.OFFICE)
    mine, theirs = open_session(owner.user_id), open_session(other)
    write(owner, users.change_rights, other, roles={Role.BOARD: None}, companies={})
    assert is_open(mine)
    assert not is_open(theirs)


@pytest.mark.parametrize("step", ["deactivate", "sign out", "end all", "new password"])
def test_inv_30_no_older_session_is_accepted(owner, step):
    other = member(owner, "o@verein.example", Role.OFFICE)
    id_hash = open_session(other)
    if step == "deactivate":
        write(owner, users.deactivate, other)
    elif step == "sign out":
        write(person_of(other), sessions.end_session, id_hash)
    elif step == "end all":
        write(owner, users.end_sessions, other)
    else:
        write(owner, users.offer_reset, other, secret="r")
        write(DOOR, users.reset_password, secret="r", password_hash=HASH)
    assert not is_open(id_hash)


def test_a_role_ends_with_its_last_day(owner):
    other = member(owner, "p@verein.example", Role.OFFICE)
    roles = {Role.AUDITOR: TODAY}
    write(owner, users.change_rights, other, roles=roles, companies={})
    id_hash = open_session(other)
    session = read_as(DOOR)
    assert find_signed_in(session, id_hash, today=TODAY).roles == {Role.AUDITOR}
    assert find_signed_in(session, id_hash, today=TODAY + timedelta(days=1)).roles == frozenset()


def test_inv_22_changed_rights_leave_old_and_new_in_the_log(owner):
    other = member(owner, "o@verein.example", Role.OFFICE)
    write(owner, users.change_rights, other, roles={Role.BOARD: None}, companies={})
    found = rows(
        select(AuditRecord.actor_key, AuditRecord.object_ref, AuditValue.old, AuditValue.new)
        .join(AuditValue, AuditValue.audit_id == AuditRecord.id)
        .where(AuditRecord.action == "user.rights")
    )
    assert found == [(owner.key, str(other), "office", "board")]


def test_rights_that_stay_the_same_end_nothing(owner):
    other = member(owner, "o@verein.example", Role.OFFICE)
    id_hash = open_session(other)
    write(owner, users.change_rights, other, roles={Role.OFFICE: None}, companies={})
    assert is_open(id_hash)


def test_inv_29_a_token_works_once_for_its_purpose_until_its_end(owner):
    other = member(owner, "o@verein.example", Role.OFFICE)
    write(owner, users.offer_reset, other, secret="first")
    for purpose in (Purpose.INVITATION, Purpose.SIGN_IN_LINK, Purpose.FIRST_ADMIN):
        with pytest.raises(TokenUsed):
            write(DOOR, tokens.use, "first", purpose=purpose)
    late = replace(DOOR, at=NOW + timedelta(minutes=31))
    with pytest.raises(TokenUsed):
        write(late, tokens.use, "first", purpose=Purpose.RESET)
    assert write(DOOR, tokens.use, "first", purpose=Purpose.RESET) == other
    with pytest.raises(TokenUsed):
        write(DOOR, tokens.use, "first", purpose=Purpose.RESET)


def test_inv_29_four_uses_at_once_give_one_success(app, owner):
    write(owner, users.offer_reset, owner.user_id, secret="once")
    db.session.rollback()
    barrier, done = Barrier(4), []

    def take():
        with app.app_context():
            barrier.wait()
            try:
                done.append(write(DOOR, tokens.use, "once", purpose=Purpose.RESET))
            except TokenUsed:
                done.append(None)
            finally:
                db.session.remove()

    threads = [Thread(target=take) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done, key=str) == [owner.user_id, None, None, None]


def test_sec_25_a_newer_request_and_a_changed_password_end_older_links(owner):
    other = member(owner, "o@verein.example", Role.OFFICE)
    write(owner, users.offer_reset, other, secret="one")
    write(owner, users.offer_reset, other, secret="two")
    with pytest.raises(TokenUsed):
        write(DOOR, users.reset_password, secret="one", password_hash=HASH)
    id_hash = open_session(other)
    write(
        person_of(other), users.change_password,
        password_hash=HASH, id_hash="new", replaces=id_hash, has_second_factor=True,
    )  # fmt: skip
    with pytest.raises(TokenUsed):
        write(DOOR, users.reset_password, secret="two", password_hash=HASH)


def test_sec_26_looking_at_a_link_does_not_use_it_up(owner):
    other = member(owner, "o@verein.example", Role.OFFICE)
    write(owner, users.offer_reset, other, secret="s")
    for _look in range(3):
        owner_found = find_token_owner(read_as(DOOR), "s", purpose=Purpose.RESET, at=NOW)
        assert owner_found[:2] == ("o@verein.example", "Neue Person")
    assert write(DOOR, users.reset_password, secret="s", password_hash=HASH) == other


def test_sec_27_a_reset_keeps_the_second_factor(owner):
    import pyotp

    secret = pyotp.random_base32()
    id_hash = open_session(owner.user_id)
    code = pyotp.TOTP(secret).at(NOW)
    write(
        owner,
        second_factor.set_up,
        secret=secret,
        code=code,
        recovery_codes=["A"],
        id_hash="n",
        replaces=id_hash,
    )
    write(owner, users.offer_reset, owner.user_id, secret="r")
    write(DOOR, users.reset_password, secret="r", password_hash=HASH)
    assert get_user(read_as(SETUP), owner.user_id).has_second_factor


def test_inv_28_tokens_and_codes_are_kept_as_hashes(owner):
    secret = tokens.new_secret()
    write(owner, users.offer_reset, owner.user_id, secret=secret)
    kept = [row[0] for row in rows(select(OneTimeToken.token_hash))]
    assert secret not in kept
    assert all(len(each) == 64 for each in kept)


def test_somebody_who_has_not_answered_can_be_invited_again_with_other_rights(owner):
    first = write(owner, users.invite, email="n@v.example", name="", secret="1", roles={Role.OFFICE: None})
    again = write(owner, users.invite, email="N@V.example", name="", secret="2", roles={Role.BOARD: None})
    assert first == again
    assert set(get_user(read_as(SETUP), first).roles) == {Role.BOARD}
    with pytest.raises(TokenUsed):
        write(DOOR, users.accept_invitation, secret="1", name="N", language="de", password_hash=HASH)
    write(DOOR, users.accept_invitation, secret="2", name="N", language="en", password_hash=HASH)
    with pytest.raises(AccountExists):
        write(owner, users.invite, email="n@v.example", name="", secret="3", roles={Role.ADMIN: None})


def test_an_invitation_names_a_right_and_a_company_that_exists(owner):
    with pytest.raises(RightsMissing):
        write(owner, users.invite, email="n@v.example", name="", secret="1", roles={})
    with pytest.raises(CompanyUnknown):
        write(
            owner, users.invite,
            email="n@v.example", name="", secret="1", roles={}, companies={"M9999": Role.COMPANY_USER},
        )  # fmt: skip
    assert len(rows(select(User.id))) == 1


@pytest.mark.parametrize(
    "email", ["", "x", "x@", "@y.de", "a b@c.de", "a@b@c.de", "a@b.de\nBcc: x@y.de", "a@b"]
)
def test_what_is_no_mail_address_is_refused(owner, email):
    with pytest.raises(EmailWrong):
        write(owner, users.invite, email=email, name="", secret="1", roles={Role.OFFICE: None})


@pytest.mark.parametrize("name", ["", " ", "a\u202eb", "a\u200bb", "a\x00b", "x" * 101])
def test_sec_49_a_name_with_hidden_signs_is_refused(name):
    with pytest.raises(NameWrong):
        tidy_name(name)


def test_a_name_is_stored_in_one_form_with_single_blanks():
    assert tidy_name("  Jürgen   Meier\n") == "Jürgen Meier"
    assert tidy_name("Ju\u0308rgen") == "J\u00fcrgen"


@pytest.mark.parametrize(
    ("name", "mark"), [("Birgit Wessels", "BW"), ("anna", "A"), ("Ann-Kathrin van Aken", "AA"), ("–", "?")]
)
def test_initials(name, mark):
    assert initials_of(name) == mark


def test_a_signed_in_person_is_read_by_one_statement_whatever_the_number_of_roles(app, owner):
    from sqlalchemy import event

    id_hash = open_session(owner.user_id)
    session = read_as(DOOR)
    session.rollback()
    seen = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    found = find_signed_in(session, id_hash, today=TODAY)
    assert found.roles == {Role.ADMIN, Role.TREASURER}
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1


def test_people_are_listed_with_roles_and_state(owner):
    member(owner, "o@verein.example", Role.OFFICE, password=False)
    people = list_users(read_as(owner))
    assert [(person.email, person.has_password) for person in people] == [
        ("birgit@verein.example", True),
        ("o@verein.example", False),
    ]
    assert rows(select(func.count()).select_from(UserRole)) == [(3,)]
    assert rows(select(func.count()).select_from(UserSession)) == [(0,)]
