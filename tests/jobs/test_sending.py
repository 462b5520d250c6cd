"""Mails go out once: through a server that refuses, hangs, breaks off; and what a person decides. On both databases."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from membership.domain import mail_reasons as reasons
from membership.domain.dispatch import LEASE, Outcome
from membership.domain.errors import Conflict
from membership.domain.mail import Delivery
from membership.persistence.db import read_as, write
from membership.persistence.models.dispatch import DispatchAttempt
from membership.persistence.models.invoicing import StoredDocument
from membership.persistence.models.ledger import OpenItem
from membership.persistence.queries import dispatch as queries
from membership.services import dispatch
from membership.services.verify import verify
from tests.factories import make_association
from tests.jobs.conftest import set_server
from tests.mail_server import CUT, Server, free_port


def test_every_invoice_arrives_once_with_the_stored_bytes(mailing):
    mailing.bill(3)
    assert mailing.hand_over() == 3
    assert mailing.work() == 3
    assert mailing.states() == ["sent", "sent", "sent"]
    assert mailing.handler.recipients == ["m1@werk.example", "m2@werk.example", "m3@werk.example"]
    stored = (
        read_as(mailing.actor)
        .execute(
            select(StoredDocument.content).where(StoredDocument.kind == "pdf").order_by(StoredDocument.id)
        )
        .scalars()
    )
    for index, content in enumerate(stored):
        (file,) = mailing.handler.parsed(index).iter_attachments()
        assert (file.get_filename(), file.get_content()) == (f"RE2027-000{index + 1}.pdf", content)


def test_inv_17_what_was_handed_over_is_not_handed_over_again_and_goes_out_once(mailing):
    mailing.bill(3)
    assert [mailing.hand_over(), mailing.hand_over()] == [3, 0]
    assert [mailing.work(), mailing.work(minutes=60)] == [3, 0]
    assert len(mailing.handler.mails) == 3


def test_fi_33_a_server_that_goes_away_in_the_middle_loses_nothing_and_gets_nothing_twice(mailing):
    mailing.bill(12)
    mailing.hand_over()
    taken = mailing.handler.mails
    mailing.handler.faults["MAIL"] = lambda handler, _a: "421 going down" if len(handler.mails) >= 5 else None
    assert mailing.work() == 5
    assert Counter(mailing.states()) == {"sent": 5, "retry": 2, "new": 5}
    lane = queries.get_lane(read_as(mailing.actor))
    assert lane.not_before == mailing.now() + timedelta(minutes=1)
    assert (lane.reason, lane.answer) == (reasons.SERVER_BUSY, "421 going down")
    assert mailing.work() == 0
    assert len(taken) == 5
    mailing.handler.faults.clear()
    assert mailing.work(minutes=5) == 7
    assert set(mailing.states()) == {"sent"}
    assert sorted(mailing.handler.recipients) == sorted(f"m{n}@werk.example" for n in range(1, 13))


def test_fi_33_a_server_that_is_not_there_lets_all_wait_with_the_time_of_the_next_try(mailing):
    mailing.bill(3)
    mailing.hand_over()
    port = free_port()
    set_server(mailing.actor, port)
    pauses = []
    for _try in range(4):
        assert mailing.work() == 0
        lane = queries.get_lane(read_as(mailing.actor))
        pauses.append(int((lane.not_before - mailing.now()).total_seconds()) // 60)
        assert lane.reason == reasons.NO_CONNECTION
        mailing.minutes += pauses[-1]
    assert pauses == [1, 2, 4, 8]
    assert mailing.states() == ["new", "new", "new"]
    with Server(mailing.handler, port=port):
        assert mailing.work() == 3
    assert queries.get_lane(read_as(mailing.actor)).failures == 0


def test_a_changed_mail_server_is_tried_at_once(mailing):
    mailing.bill(2)
    set_server(mailing.actor, 1)
    mailing.hand_over()
    assert mailing.work() == 0
    set_server(mailing.actor, mailing.server.port)
    assert mailing.work() == 2


def test_fi_34_later_is_tried_again_after_a_growing_pause_of_at_most_a_day_and_given_up_in_the_end(mailing):
    mailing.bill(1)
    mailing.hand_over()
    mailing.handler.faults["RCPT"] = lambda *_given: "450 greylisted"
    pauses = []
    while mailing.states() != ["failed"]:
        mailing.work()
        (row,) = mailing.rows()
        if row.not_before is None:
            break
        pauses.append(int((row.not_before - mailing.now()).total_seconds()) // 60)
        assert mailing.work() == 0
        mailing.minutes += pauses[-1]
    assert pauses[:4] == [1, 2, 4, 8]
    assert max(pauses) == 24 * 60
    (row,) = mailing.rows()
    assert (row.reason, row.answer) == (reasons.GIVEN_UP, "450 greylisted")
    assert mailing.handler.mails == []


def test_fi_34_a_mail_that_broke_off_after_its_last_byte_is_not_sent_again_by_itself(mailing):
    mailing.bill(2)
    mailing.hand_over()
    mailing.handler.faults["ACCEPTED"] = lambda _handler, address: CUT if address.startswith("m1") else None
    mailing.work()
    assert mailing.states() == ["unknown", "sent"]
    assert mailing.work(minutes=60 * 24 * 30) == 0
    assert mailing.handler.recipients == ["m1@werk.example", "m2@werk.example"]
    first = mailing.rows()[0]
    assert first.reason == reasons.BROKEN_OFF
    write(mailing.actor, dispatch.settle_dispatch, first.id, arrived=True)
    assert mailing.states() == ["sent", "sent"]
    with pytest.raises(dispatch.NotToDecide):
        write(mailing.actor, dispatch.retry_dispatch, first.id)


def test_a_person_may_send_an_unclear_mail_again_under_the_same_message_id(mailing):
    mailing.bill(1)
    mailing.hand_over()
    mailing.handler.faults["ACCEPTED"] = lambda *_given: CUT
    mailing.work()
    mailing.handler.faults.clear()
    write(mailing.actor, dispatch.retry_dispatch, mailing.rows()[0].id)
    assert mailing.work() == 1
    first, second = (mailing.handler.parsed(index) for index in (0, 1))
    assert first["Message-ID"] == second["Message-ID"]
    assert [str(each.outcome) for each in queries.list_attempts(read_as(mailing.actor), 1)] == [
        "unknown",
        "sent",
    ]


def test_fi_35_one_bad_address_stops_no_other(mailing):
    mailing.bill(5)
    mailing.handler.faults["RCPT"] = lambda _handler, address: (
        "550 5.1.1 unknown" if "m3@" in address else None
    )
    mailing.hand_over()
    assert mailing.work() == 4
    assert mailing.states() == ["sent", "sent", "failed", "sent", "sent"]
    bad = mailing.rows()[2]
    assert (bad.reason, bad.answer) == (reasons.RECIPIENT_REFUSED, "550 5.1.1 unknown")
    assert write(mailing.actor, dispatch.retry_failed, run_id=mailing.run_id) == 1
    mailing.handler.faults.clear()
    assert mailing.work() == 1


def test_an_address_that_is_no_mailbox_fails_before_a_word_is_said(mailing):
    mailing.bill(2, invoice_email="a@b.example, c@d.example")
    mailing.hand_over()
    assert mailing.work() == 0
    assert {row.reason for row in mailing.rows()} == {reasons.ADDRESS_WRONG}
    assert mailing.handler.commands == []


def test_without_a_mail_server_all_waits(mailing):
    mailing.bill(2)
    set_server(mailing.actor, mailing.server.port, **{"mail.host": ""})
    mailing.hand_over()
    assert mailing.work() == 0
    assert mailing.states() == ["new", "new"]


def test_the_demonstration_hands_mail_to_this_machine_only(mailing):
    mailing.bill(1)
    mailing.hand_over()
    set_server(mailing.actor, mailing.server.port, **{"mail.host": "mail.verein.example"})
    assert mailing.work(is_only_here=True) == 0
    assert queries.get_lane(read_as(mailing.actor)).failures == 0
    set_server(mailing.actor, mailing.server.port)
    assert mailing.work(is_only_here=True) == 1


def test_a_mail_that_cannot_be_written_holds_up_no_other(mailing, monkeypatch):
    mailing.bill(3)
    mailing.hand_over()
    written = dispatch.sending.words_of

    def broken(session, row, *, zone):
        if row.id == 2:
            raise KeyError("betrag")
        return written(session, row, zone=zone)

    monkeypatch.setattr(dispatch.sending, "words_of", broken)
    assert mailing.work() == 2
    assert mailing.states() == ["sent", "failed", "sent"]
    assert mailing.rows()[1].reason == reasons.NOT_MADE


def test_fi_30_a_worker_that_slept_through_its_lease_says_nothing_any_more(mailing):
    mailing.bill(1)
    mailing.hand_over()
    fence = write(mailing.actor, dispatch.take_lane)
    outgoing = write(mailing.actor, dispatch.begin_next, fence, secret="", zone="UTC")
    late = mailing.as_of(LEASE.total_seconds() / 60 + 1)
    assert write(late, dispatch.strand_lost) == 1
    assert mailing.states() == ["unknown"]
    assert write(late, dispatch.settle, outgoing, Delivery(Outcome.SENT)) is False
    assert mailing.states() == ["unknown"]
    with pytest.raises(dispatch.LaneLost):
        write(mailing.as_of(10), dispatch.begin_next, fence, secret="", zone="UTC")


def test_fi_29_two_workers_have_one_lane(mailing):
    mailing.bill(1)
    assert write(mailing.actor, dispatch.take_lane)
    assert write(mailing.actor, dispatch.take_lane) is None
    assert write(mailing.as_of(5), dispatch.take_lane)


def test_somebody_halts_the_sending_and_lets_it_go_on(mailing):
    mailing.bill(3)
    mailing.hand_over()
    mailing.handler.faults["ACCEPTED"] = halt_in_thread(mailing, "m1@")
    mailing.work()
    assert mailing.states() == ["sent", "new", "new"]
    write(mailing.actor, dispatch.open_lane)
    mailing.handler.faults.clear()
    assert mailing.work() == 2


def halt_in_thread(mailing, start):
    """Return a fault that halts the lane, as a person would, while the server has a mail in its hands."""
    from flask import current_app

    app = current_app._get_current_object()

    def halt(_handler, address):
        if address.startswith(start):
            with app.app_context():
                write(mailing.actor, dispatch.halt_lane)

    return halt


def test_sendings_are_taken_back_before_they_begin_and_can_be_handed_over_anew(mailing):
    mailing.bill(2)
    mailing.hand_over()
    assert write(mailing.actor, dispatch.withdraw_waiting, run_id=mailing.run_id) == 2
    assert mailing.work() == 0
    assert mailing.hand_over() == 2
    assert mailing.work() == 2
    assert mailing.states() == ["withdrawn", "withdrawn", "sent", "sent"]


def test_a_plan_that_changed_since_it_was_looked_at_is_shown_again(mailing):
    mailing.bill(2)
    with pytest.raises(Conflict):
        write(mailing.actor, dispatch.send_run, mailing.run_id, mails=3, letters=0)
    assert write(mailing.actor, dispatch.send_run, mailing.run_id, mails=2, letters=0) == 2


def test_members_without_an_address_get_a_letter(mailing):
    mailing.bill(2, invoice_email="")
    assert mailing.hand_over() == 2
    assert mailing.work() == 0
    letters = queries.list_letters(read_as(mailing.actor), run_id=mailing.run_id)
    assert len(letters) == 2
    assert write(mailing.actor, dispatch.mark_posted, [each.dispatch_id for each in letters]) == 2
    assert mailing.states() == ["sent", "sent"]
    assert write(mailing.actor, dispatch.mark_posted, [each.dispatch_id for each in letters]) == 0


def test_send_again_is_a_sending_of_its_own_with_the_same_bytes(mailing):
    mailing.bill(1)
    mailing.hand_over()
    mailing.work()
    again = write(mailing.actor, dispatch.send_to, "RE2027-0001", ["m1@werk.example", "neu@werk.example"])
    assert again == 2
    assert write(mailing.actor, dispatch.send_to, "RE2027-0001", ["M1@werk.example"]) == 0
    assert mailing.work() == 2
    files = [next(mailing.handler.parsed(index).iter_attachments()).get_content() for index in range(3)]
    assert len(set(files)) == 1
    assert [row.round for row in mailing.rows()] == [1, 2, 1]
    ids = {mailing.handler.parsed(index)["Message-ID"] for index in range(3)}
    assert len(ids) == 3
    assert mailing.handler.parsed(1)["Subject"].startswith("Noch einmal: Rechnung RE2027-0001")


def test_a_bounce_is_marked_once_and_waits_for_a_new_sending(mailing):
    mailing.bill(1)
    mailing.hand_over()
    mailing.work()
    write(mailing.actor, dispatch.note_bounce, 1)
    assert queries.count_for_person(read_as(mailing.actor)).bounced == 1
    with pytest.raises(Conflict):
        write(mailing.actor, dispatch.note_bounce, 1)
    write(mailing.actor, dispatch.send_to, "RE2027-0001", ["neu@werk.example"])
    assert queries.count_for_person(read_as(mailing.actor)).bounced == 0


def test_fi_56_whatever_breaks_in_the_mailing_the_books_stay(mailing):
    mailing.bill(2)
    mailing.hand_over()

    def broken(_server):
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        mailing.work(mailer=broken)
    session = read_as(mailing.actor)
    assert session.execute(select(OpenItem.open_cents)).scalars().all() == [60000, 60000]
    assert verify(session, full=True).findings == []
    assert mailing.work() == 2


def test_fi_32_work_that_is_asked_for_twice_is_done_once(mailing):
    mailing.bill(3)
    mailing.hand_over()
    mailing.handler.faults["ACCEPTED"] = asking_again(mailing)
    assert mailing.work() == 3
    assert len(mailing.handler.mails) == 3
    attempts = read_as(mailing.actor).execute(select(DispatchAttempt.dispatch_id)).scalars().all()
    assert sorted(attempts) == [1, 2, 3]


def asking_again(mailing):
    """Return a fault during which a second worker looks for work, as a job that the queue delivered twice."""
    from flask import current_app

    app = current_app._get_current_object()

    def again(*_given):
        with app.app_context():
            mailing.work()

    return again


def test_the_history_of_the_invoice_tells_of_the_mail(mailing):
    from membership.persistence.queries import history

    mailing.bill(1)
    mailing.hand_over()
    mailing.work()
    actions = [
        record.action for record in history.list_events(read_as(mailing.actor), "invoice", "RE2027-0001")
    ]
    assert "dispatch.sent" in actions


def test_the_office_may_not_send(mailing):
    from membership.domain.errors import NotAllowed
    from membership.domain.policy import Role
    from tests.conftest import person

    make_association(mailing.actor)
    with pytest.raises(NotAllowed):
        write(replace(person(Role.OFFICE)), dispatch.send_run, 1)
