"""The member area: invitations find the account of an address, and nothing happens twice."""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import delete, select, text, update

from membership.domain.companies import AccountNeeded, InvitedOften, NameChanged, RequestState, Section
from membership.domain.errors import AlreadyDone
from membership.domain.policy import Actor, Job, Role
from membership.persistence.db import db, read_as, write
from membership.persistence.models.companies import CompanyInvitation, CompanyRequest
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.members import Contact, Member
from membership.persistence.models.users import User, UserCompany, UserRole
from membership.persistence.queries.members import get_member
from membership.services import companies, members, settings
from membership.services.companies import inviting, people
from membership.services.companies.requests import approve_name
from tests.conftest import NOW, TODAY, person
from tests.factories import make_association, make_member

STAFF = person(Role.TREASURER, Role.ADMIN)
DOOR = Actor(name="sign-in", at=NOW, request_id="test", job=Job.SIGN_IN)
ADMIN, USER = Role.COMPANY_ADMIN, Role.COMPANY_USER
MAIL = {"mail.host": "127.0.0.1", "mail.sender": "beitrag@verein.example"}


@pytest.fixture
def alpha(app):
    """The id of a company; mails can be sent."""
    make_association(STAFF)
    write(STAFF, settings.change_settings, MAIL)
    return make_member(STAFF, number="M0001", name="Alpha Werke GmbH", invoice_email="")


def add(*rows):
    write(STAFF, lambda session: session.add_all(rows))


def account(email, **changes):
    """Return the id of an account with a password."""
    fields = {"name": "Otto", "language": "de", "password_hash": "x", "created_at": NOW, **changes}
    return write(STAFF, lambda session: _added(session, User(uid=email, email=email, **fields)))


def _added(session, row):
    session.add(row)
    session.flush()
    return row.id


def acting(member_id, email="chefin@alpha.example", role=ADMIN):
    """Return a person of the company."""
    user_id = account(email, name="Carla Chefin")
    add(UserCompany(user_id=user_id, member_id=member_id, role=role))
    return Actor("Carla Chefin", NOW, "test", user_id=user_id, companies=((member_id, role),))


def rows(statement):
    return read_as(STAFF).execute(statement).all()


def invited(actor, *, role=USER, email="otto@beta.example"):
    return write(
        actor, companies.invite_colleague, "M0001", email=email, name="", role=role, language="de",
        secret="s",
    )  # fmt: skip


def mailed():
    write(STAFF, lambda session: session.execute(update(CompanyInvitation).values(is_mailed=True)))


def test_an_invitation_of_all_finds_the_account_of_an_address_with_capitals(alpha):
    owner = account("otto@beta.example")
    add(Contact(member_id=alpha, name="Otto", email=" Otto@Beta.Example", functions=["main"]))
    assert write(STAFF, companies.invite_all, today=TODAY, count=1) == 1
    ((invitation_id, email),) = rows(select(CompanyInvitation.id, CompanyInvitation.email))
    assert (email, rows(select(Dispatch.recipient))) == ("otto@beta.example", [("otto@beta.example",)])
    write(DOOR, people.add_link, "s", invitation_id=invitation_id)
    assert write(DOOR, companies.accept, secret="s") == owner


def test_an_address_that_no_account_can_have_is_passed_over_for_the_next_one(alpha):
    make_member(STAFF, number="M0002", name="Beta Guss AG", invoice_email="keine@adresse@x")
    add(
        Contact(member_id=alpha, name="A", email="kaputt@", functions=["main"]),
        Contact(member_id=alpha, name="B", email="gut@alpha.example", functions=["billing"]),
    )
    plan = inviting.plan_invitations(read_as(STAFF), today=TODAY)
    assert [each.email for each in plan.invited] == ["gut@alpha.example"]
    assert plan.unreachable == (("M0002", "Beta Guss AG"),)


def test_addresses_of_earlier_invitations_are_tidied(alpha):
    invited(acting(alpha))
    raw = "Otto@BÄTA.example"
    write(STAFF, lambda session: session.execute(update(CompanyInvitation).values(email=raw)))
    script = importlib.import_module("membership.persistence.migrations.versions.0032_invited_addresses")
    with db.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        script.upgrade()
    assert rows(select(CompanyInvitation.email)) == [("otto@bäta.example",)]


def test_a_decision_counts_once_even_where_the_request_was_read_before_it_was_locked(alpha):
    """What another transaction has decided between the first look and the lock is seen."""
    asking = acting(alpha)
    changes = {"name": "Alpha Werke AG"}
    write(asking, companies.change_own_data, "M0001", Section.COMPANY, changes)
    ((request_id,),) = rows(select(CompanyRequest.id))

    def decide(session):
        held = session.get_one(CompanyRequest, request_id)
        declined = update(CompanyRequest).values(state=RequestState.DECLINED)
        session.execute(declined.execution_options(synchronize_session=False))
        approve_name(session, request_id)
        return held.id

    with pytest.raises(AlreadyDone):
        write(STAFF, decide)


def test_a_link_that_was_shown_attaches_only_who_is_signed_in(alpha):
    invited(acting(alpha))
    owner, other = account("otto@beta.example"), account("andere@beta.example")
    for signed_in in (None, other):
        with pytest.raises(AccountNeeded):
            write(DOOR, companies.accept, secret="s", signed_in=signed_in)
    assert write(DOOR, companies.accept, secret="s", signed_in=owner) == owner


def test_an_invitation_keeps_its_address_as_accounts_do(alpha):
    def put(session):
        member = get_member(session, "M0001")
        who = {"email": " Otto@Beta.Example", "name": "", "role": USER, "language": "de"}
        return people.put_invitation(session, member, **who).id

    write(STAFF, put)
    assert rows(select(CompanyInvitation.email)) == [("otto@beta.example",)]


def test_accepting_an_older_invitation_takes_no_role_away(alpha):
    invited(acting(alpha), role=USER)
    mailed()
    owner = account("otto@beta.example")
    add(UserCompany(user_id=owner, member_id=alpha, role=ADMIN))
    write(DOOR, companies.accept, secret="s")
    assert rows(select(UserCompany.role).where(UserCompany.user_id == owner)) == [(ADMIN,)]


def contact_of(email, name="Carla Chefin"):
    fields = {"name": name, "email": email, "functions": ["main"]}
    return write(STAFF, members.add_contact, "M0001", fields)


def test_mem_16_the_association_ends_the_access_with_the_contact_even_of_the_last_one(alpha):
    acting(alpha)
    contact = contact_of("Chefin@alpha.example")
    assert write(STAFF, companies.end_person, "M0001", contact, today=TODAY)
    assert rows(select(UserCompany.user_id)) == []


def test_of_an_erased_person_nothing_stays_in_the_member_area(alpha):
    """Who has invited others and given notice is forgotten, and does not sign in for the company any more."""
    carla = acting(alpha)
    invited(carla)
    last_day = date(2027, 12, 31)
    write(carla, companies.give_notice, "M0001", end=last_day, today=TODAY)
    write(STAFF, companies.change_role, "M0001", carla.user_id, USER)
    contact = contact_of("chefin@alpha.example")
    write(STAFF, members.end_contact, "M0001", contact, today=TODAY)
    write(STAFF, companies.erase_person, "M0001", contact)
    assert rows(select(UserCompany.user_id)) == []
    session = read_as(STAFF)
    for table in ("company_invitations", "company_requests", "audit_values", "contacts"):
        assert "Carla Chefin" not in str(session.execute(text(f'SELECT * FROM "{table}"')).all()), table
    (facts,) = rows(select(CompanyRequest.facts))[0]
    assert facts == {"end": "2027-12-31", "received_on": TODAY.isoformat(), "by": ""}


def told():
    """Return who was written to about what the company did, since the last look."""
    found = {address for (address,) in rows(select(Dispatch.recipient))}
    write(STAFF, lambda session: session.execute(delete(Dispatch)))
    return found


def test_whoever_is_concerned_hears_of_another_contact_for_invoices(alpha):
    """Nobody turns the invoices of a company away unnoticed; what concerns neither invoices nor an address is quiet."""
    office = account("buero@verein.example", name="Büro")
    add(UserRole(user_id=office, role=Role.OFFICE))
    carla = acting(alpha)
    both = {"buero@verein.example", "chefin@alpha.example"}
    fields = {"name": "Rita", "email": "rita@alpha.example", "functions": ["billing"]}
    contact = write(carla, companies.add_contact, "M0001", fields)
    assert told() == {*both, "rita@alpha.example"}
    write(carla, companies.change_contact, "M0001", contact, {"email": "neu@alpha.example"})
    assert told() == {*both, "rita@alpha.example", "neu@alpha.example"}
    write(carla, companies.change_contact, "M0001", contact, {"functions": ["main"]})
    assert told() == {*both, "neu@alpha.example"}
    write(carla, companies.change_contact, "M0001", contact, {"phone": "0421 1"})
    assert told() == set()
    write(STAFF, members.change_contact, "M0001", contact, {"functions": ["billing"]})
    assert told() == set()
    write(carla, companies.end_person, "M0001", contact, today=TODAY)
    assert told() == {*both, "neu@alpha.example"}


def renamed(actor, name):
    """Return the request of a company for another name."""
    write(actor, companies.change_own_data, "M0001", Section.COMPANY, {"name": name})
    return rows(select(CompanyRequest.id).order_by(CompanyRequest.id.desc()))[0][0]


def test_a_new_name_keeps_the_legal_form_that_it_does_not_say(alpha):
    write(STAFF, members.change_member, "M0001", {"legal_form": "GmbH"})
    write(STAFF, companies.approve_name, renamed(acting(alpha), "Alpha Werke Nord"))
    assert rows(select(Member.name, Member.legal_form)) == [("Alpha Werke Nord", "GmbH")]


def test_a_new_name_overwrites_no_name_that_was_changed_meanwhile(alpha):
    asked = renamed(acting(alpha), "Alpha Werke AG")
    write(STAFF, members.change_member, "M0001", {"name": "Omega Werke GmbH"})
    with pytest.raises(NameChanged):
        write(STAFF, companies.approve_name, asked)
    assert rows(select(Member.name)) == [("Omega Werke GmbH",)]
    assert rows(select(CompanyRequest.state)) == [(RequestState.OPEN,)]


def test_what_was_accepted_or_decided_meanwhile_is_not_taken_back(alpha):
    carla = acting(alpha)
    invitation, asked = invited(carla), renamed(carla, "Alpha Werke AG")
    given = {"name": "Otto", "language": "de", "password_hash": "x"}
    write(DOOR, companies.accept, secret="s", person=given)
    write(STAFF, companies.approve_name, asked)
    assert not write(carla, companies.withdraw_invitation, "M0001", invitation)
    assert not write(carla, companies.withdraw_request, "M0001", asked)
    other = write(carla, companies.ask_erasure, "M0001", text="alles")
    assert write(carla, companies.withdraw_request, "M0001", other)


def test_one_address_is_invited_three_times_a_day(alpha):
    carla = acting(alpha)
    for _time in range(3):
        write(carla, companies.withdraw_invitation, "M0001", invited(carla))
        write(STAFF, lambda session: session.execute(update(CompanyInvitation).values(token_hash=None)))
    with pytest.raises(InvitedOften):
        invited(carla)
    assert invited(carla, email="andere@beta.example")
    write(STAFF, lambda session: session.execute(update(CompanyInvitation).values(token_hash=None)))
    assert invited(replace(carla, at=NOW + timedelta(days=1)))
