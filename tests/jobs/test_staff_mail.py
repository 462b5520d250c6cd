"""Security notices and the proof of the books go out through the outbox, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import select

from membership.domain.notices import Kind
from membership.domain.policy import Actor, Job, Role
from membership.jobs.daily import run_daily
from membership.persistence.db import read_as, write
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.users import SecurityNotice, User, UserRole
from membership.persistence.queries.dispatch import DispatchFilter, count_for_person, get_counts, list_page
from membership.services import dispatch, security_notices, settings
from membership.services.anchors import check_anchors, kept_anchors, read_anchors
from membership.services.verdict import Verdict
from membership.services.verify import verify
from tests.factories import make_association
from tests.jobs.conftest import set_server


def add_people(session):
    for number, language in ((1, "de"), (2, "en")):
        session.add(
            User(
                uid=f"u{number}", email=f"p{number}@verein.example", name=f"Person {number}", language=language,
                password_hash=None, totp_sealed=None, totp_last_step=None, created_at=session.info["actor"].at,
            )
        )  # fmt: skip
    session.flush()
    ids = list(session.execute(select(User.id).order_by(User.id)).scalars())
    session.add(UserRole(user_id=ids[0], role=Role.ADMIN, ends_on=None))
    return ids


@pytest.fixture
def people(mailing):
    make_association(mailing.actor)
    set_server(mailing.actor, mailing.server.port)
    return write(mailing.actor, add_people)


def tell(mailing, people, kind, actor=None, **facts):
    write(actor or mailing.actor, security_notices.tell, people, kind, **facts)


def test_sec_35_a_notice_goes_to_each_person_in_their_language_with_the_moment_of_the_association(
    mailing, people
):
    tell(mailing, people, Kind.BANK_CHANGED, name="Birgit Wessels")
    assert mailing.work(time_zone="Europe/Berlin") == 2
    assert mailing.handler.recipients == ["p1@verein.example", "p2@verein.example"]
    german, english = (mailing.handler.parsed(index) for index in (0, 1))
    assert (
        german["Subject"].strip() == "Sicherheitshinweis zu Ihrem Zugang bei Fahrzeugcluster Musterland e. V."
    )
    words = german.get_body(("plain",)).get_content()
    assert "Guten Tag Person 1," in words
    assert "Am 11.01.2027 10:30 hat Birgit Wessels das Bankkonto des Vereins geändert." in words
    assert "beitrag@cluster-musterland.example" in words
    assert "http" not in german.get_body(("html",)).get_content().split("<body")[1]
    assert list(german.iter_attachments()) == []
    assert (
        "the association’s bank account was changed by Birgit Wessels"
        in english.get_body(("plain",)).get_content()
    )
    session = read_as(mailing.actor)
    assert len(session.execute(select(SecurityNotice.id)).all()) == 2
    actions = (
        session.execute(select(AuditRecord.action).where(AuditRecord.action == "staff.sent")).scalars().all()
    )
    assert len(actions) == 2
    assert verify(session, full=True).findings == []


MANDATE = {"name": "Maren Brandt", "reference": "M0001-01", "account": "DE•• •••• 3000"}
FACTS = {
    Kind.SIGN_IN_PAUSED: {"failures": 5},
    Kind.MANDATE_GIVEN: MANDATE,
    Kind.MANDATE_REVOKED: MANDATE,
    Kind.MANDATES_EXPIRE: {"number": "1", "mandates": "M0001-01 (12.03.2027)"},
}


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.BANK_CHANGED])
def test_each_event_has_its_mail(mailing, people, kind):
    tell(mailing, people[:1], kind, **FACTS.get(kind, {}))
    assert mailing.work() == 1
    assert "Am 11.01.2027" in mailing.handler.parsed().get_body(("plain",)).get_content()


def test_sec_16_what_strangers_bring_about_is_mailed_once_a_day(mailing, people):
    for minute in range(5):
        later = replace(mailing.actor, at=mailing.actor.at + timedelta(minutes=minute))
        tell(mailing, people[:1], Kind.SIGN_IN_PAUSED, actor=later, failures=5)
        tell(mailing, people[:1], Kind.PASSWORD_CHANGED, actor=later)
    tomorrow = replace(mailing.actor, at=mailing.actor.at + timedelta(days=1))
    tell(mailing, people[:1], Kind.SIGN_IN_PAUSED, actor=tomorrow, failures=5)
    assert len(mailing.rows()) == 1 + 5 + 1


def test_without_a_mail_server_no_mail_waits_for_one_but_the_pages_tell_all_the_same(mailing):
    make_association(mailing.actor)
    people = write(mailing.actor, add_people)
    tell(mailing, people, Kind.RIGHTS_CHANGED)
    assert mailing.rows() == []
    assert len(read_as(mailing.actor).execute(select(SecurityNotice.id)).all()) == 2


def test_a_notice_is_no_sending_of_an_invoice(mailing, people):
    """The treasurer neither sees it among the invoices nor takes it back with them."""
    mailing.handler.faults["RCPT"] = lambda *_given: "550 no"
    tell(mailing, people, Kind.RIGHTS_CHANGED)
    session = read_as(mailing.actor)
    assert write(mailing.actor, dispatch.withdraw_waiting) == 0
    mailing.work()
    assert mailing.states() == ["failed", "failed"]
    assert count_for_person(session).failed == 0
    assert get_counts(session).all_mails == 0
    assert list_page(session, DispatchFilter(), page=1, size=9) == []
    rows = list_page(session, DispatchFilter(with_staff=True), page=1, size=9)
    assert [(row.member_number, row.dispatch.recipient) for row in rows] == [
        (None, "p2@verein.example"), (None, "p1@verein.example"),
    ]  # fmt: skip
    assert write(mailing.actor, dispatch.retry_failed) == 0


@pytest.fixture
def keeping(mailing, people):
    addresses = {"mail.anchor_to": "pruefer@kanzlei.example, vorstand@privat.example"}
    write(mailing.actor, settings.change_settings, addresses)
    return mailing


def test_sec_75_the_proof_of_the_books_goes_out_each_day_as_a_file_that_verify_reads(keeping):
    keeper = keeping.actor.at + timedelta(hours=20)
    assert "check" in run_daily(current_app, moment=keeper)
    keeping.minutes = 20 * 60
    assert keeping.work(time_zone="Europe/Berlin") == 2
    assert keeping.handler.recipients == ["pruefer@kanzlei.example", "vorstand@privat.example"]
    mail = keeping.handler.parsed()
    assert "Stand 12.01.2027 06:30" in mail["Subject"]
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "anchor-2027-01-12.json"
    content = file.get_content()
    (anchor,) = read_anchors(content.splitlines(keepends=True), name="mail")
    assert kept_anchors(current_app.extensions["membership"].state_dir) == [anchor]
    assert anchor.hash in mail.get_body(("plain",)).get_content()
    verdict = Verdict()
    check_anchors(read_as(keeping.actor), verdict, [anchor])
    assert verdict.findings == []
    wrong = {**json.loads(content), "hash": "0" * 64}
    check_anchors(read_as(keeping.actor), verdict, read_anchors([json.dumps(wrong).encode()], name="x"))
    assert [finding.invariant for finding in verdict.findings] == ["INV-07"]
    assert "check" not in run_daily(current_app, moment=keeper + timedelta(hours=1))
    assert len(keeping.rows()) == 2
    assert "check" in run_daily(current_app, moment=keeper + timedelta(days=1))
    assert len(keeping.rows()) == 4


def test_nobody_named_means_nobody_is_mailed(mailing, people):
    run_daily(current_app, moment=mailing.actor.at + timedelta(hours=20))
    assert mailing.rows() == []


def test_books_that_do_not_hold_are_proven_to_nobody(keeping, monkeypatch):
    def wrong(_session, *, full):
        verdict = Verdict()
        verdict.add("INV-07", "invoices 1", "a", "b")
        return verdict

    monkeypatch.setattr("membership.jobs.daily.verify", wrong)
    run_daily(current_app, moment=keeping.actor.at + timedelta(hours=20))
    assert keeping.rows() == []


def test_only_who_runs_the_server_puts_a_proof(keeping):
    from membership.domain.errors import NotAllowed
    from membership.services import staff_mail
    from membership.services.anchors import take_anchor

    worker = Actor(name="w", at=keeping.actor.at, request_id="t", job=Job.WORKER)
    anchor = take_anchor(read_as(worker), at=worker.at)
    with pytest.raises(NotAllowed):
        write(worker, staff_mail.put_anchor, anchor, day=worker.at.date())


def test_a_person_whose_name_is_the_address_is_greeted_without_it(mailing, people):
    write(
        mailing.actor,
        lambda session: session.get_one(User, people[0]).__setattr__("name", "p1@verein.example"),
    )
    tell(mailing, people[:1], Kind.RIGHTS_CHANGED)
    row = read_as(mailing.actor).execute(select(Dispatch)).scalar_one()
    assert row.recipient_name == ""
