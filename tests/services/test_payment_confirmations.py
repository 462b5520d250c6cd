"""Where the settings want it, each payment that is posted is confirmed by mail: once, and not when it is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from membership.domain.banking.statements import Part
from membership.domain.dispatch import DispatchState
from membership.domain.payments import Method, Share
from membership.persistence.db import db, read_as, rehearse, write
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.queries.dispatch import has_work
from membership.services import payment_mails, payments, settings
from membership.services.banking.deciding import post_line, record_line, undo_line
from membership.services.dispatch.words import words_of
from tests.services.banking.books import DAY, entry, lines, statement, taken_in
from tests.services.banking.test_deciding import FIRST, SECOND, books  # noqa: F401 - a fixture

MAIL = {"mail.host": "127.0.0.1", "mail.sender": "beitrag@verein.example"}


@pytest.fixture
def wanted(books):  # noqa: F811 - the fixture
    write(books, settings.change_settings, {**MAIL, "payment.confirm_by_mail": True})
    return books


def mails(actor, *states):
    found = read_as(actor).execute(select(Dispatch).where(Dispatch.kind == "payment_received")).scalars()
    return [row for row in found if not states or row.state in states]


def written(actor, row):
    def use_case(session):
        mail = session.get_one(Dispatch, row.id)
        files = payment_mails.attachments_of(session, mail, today=DAY)
        return words_of(session, mail, zone="UTC"), [each.name for each in files]

    words, files = rehearse(actor, use_case)
    return words.subject.replace("\xa0", " "), words.body.replace("\xa0", " "), files


def line_of(actor, cents):
    taken_in(actor, statement(entry(cents, "ohne")))
    return lines(actor)[-1].line.id


def by_hand(actor, cents=60_000, **changes):
    given = {
        "received_on": DAY,
        "method": Method.TRANSFER,
        "today": DAY,
        "external_ref": "beleg-1",
        **changes,
    }
    return write(actor, payments.record_payment, 1, cents, **given)


def test_a_posted_line_is_confirmed_to_each_member_with_what_is_left_to_pay(wanted):
    line = line_of(wanted, 70_000)
    write(wanted, post_line, line, [Part(FIRST, 60_000), Part(SECOND, 10_000)], today=DAY)
    first, second = sorted(mails(wanted), key=lambda row: row.member_id)
    subject, body, files = written(wanted, first)
    assert subject == f"Danke: 600,00 € für Rechnung {FIRST} erhalten"
    assert f"Damit ist {FIRST} vollständig bezahlt." in body
    assert files == [f"{FIRST}_Zahlungsbestätigung.pdf"]
    assert "2.300,00 € sind noch offen." in written(wanted, second)[1]


def test_a_confirmation_waits_an_hour_and_is_withdrawn_with_its_payment(wanted):
    line = line_of(wanted, 60_000)
    write(wanted, post_line, line, [Part(FIRST, 60_000)], today=DAY)
    session = read_as(wanted)
    assert not has_work(session, wanted.at + timedelta(minutes=59))
    assert has_work(session, wanted.at + timedelta(minutes=61))
    write(wanted, undo_line, line, reason="falsches Mitglied", today=DAY)
    assert mails(wanted, DispatchState.NEW) == []
    write(wanted, post_line, line, [Part(SECOND, 60_000)], today=DAY)
    assert [(row.document, row.member_id) for row in mails(wanted, DispatchState.NEW)] == [(SECOND, 2)]


def test_a_confirmation_tells_what_its_payment_settles_when_it_goes_out(wanted):
    payment_id = by_hand(wanted)
    (mail,) = mails(wanted, DispatchState.NEW)
    write(wanted, payments.unallocate, payment_id, FIRST, today=DAY)
    _subject, body, files = written(wanted, mail)
    assert (FIRST in body, files) == (False, [])
    write(wanted, payments.allocate, payment_id, [Share(1, 60_000)], today=DAY)
    assert f"Damit ist {FIRST} vollständig bezahlt." in written(wanted, mail)[1]


def test_what_is_recorded_and_taken_back_in_one_unit_is_told_to_nobody(wanted):
    def both(session):
        payment_id = payments.record_payment(
            session, 1, 60_000, received_on=DAY, method=Method.TRANSFER, today=DAY
        )
        payments.reverse_payment(session, payment_id, reason="vertippt", today=DAY)

    write(wanted, both)
    assert mails(wanted, DispatchState.NEW) == []


def test_a_mail_that_went_out_stays_as_it_was_when_the_payment_is_taken_back(wanted):
    payment_id = by_hand(wanted)
    (row,) = mails(wanted)
    row.state = DispatchState.SENT
    db.session.commit()
    write(wanted, payments.reverse_payment, payment_id, reason="vertippt", today=DAY)
    assert [row.state for row in mails(wanted)] == [DispatchState.SENT]


def test_a_payment_recorded_by_hand_is_confirmed_once_also_when_the_bank_shows_it(wanted):
    payment_id = by_hand(wanted)
    assert by_hand(wanted) == payment_id
    line = line_of(wanted, 60_000)
    write(wanted, record_line, line, payment_id)
    assert len(mails(wanted)) == 1


@pytest.mark.parametrize(
    "changes", [{"method": Method.OFFSET}, {"shares": []}, {"source": "debit", "method": Method.DIRECT_DEBIT}]
)
def test_no_mail_thanks_for_an_offset_for_credit_alone_or_for_a_debit(wanted, changes):
    by_hand(wanted, **changes)
    assert mails(wanted) == []


@pytest.mark.parametrize("given", [MAIL, {"payment.confirm_by_mail": True}])
def test_nothing_is_confirmed_unless_wished_and_possible(books, given):  # noqa: F811 - the fixture
    write(books, settings.change_settings, given)
    by_hand(books)
    assert mails(books) == []


def test_many_payments_of_one_unit_ask_for_the_wish_once(books):  # noqa: F811 - the fixture
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    def many(session):
        for _each in range(5):
            payments.record_payment(session, 1, 100, received_on=DAY, method=Method.TRANSFER, today=DAY)

    event.listen(db.engine, "before_cursor_execute", note)
    write(books, many)
    event.remove(db.engine, "before_cursor_execute", note)
    assert sum("FROM settings" in each for each in asked) == 1
    assert not any("dispatches" in each for each in asked)
