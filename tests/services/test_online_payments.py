"""Attempts and events whose moment has passed stay as they are; what does not exist is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from membership import clock
from membership.domain.errors import AlreadyDone, NotFound
from membership.domain.online_payments.attempts import OFF, AttemptState, Offer, PaymentUnderWay, Way
from membership.domain.online_payments.events import EventState
from membership.domain.online_payments.pictures import Look, Movement, Page, Paid, Payout
from membership.domain.payments import Method
from membership.jobs import online_payments as jobs
from membership.persistence.db import read_as, write
from membership.persistence.queries import online_payments as queries
from membership.persistence.queries import payments as payment_queries
from membership.persistence.queries.settings import get_settings
from membership.services import online_payments, payments, receipts
from tests.factories import bill_year, make_association, make_mandate, make_member, settings
from tests.online import TODAY, World, at_stripe, events


@pytest.fixture
def world(sqlite_app, treasurer):
    with at_stripe(sqlite_app) as stripe:
        yield World(sqlite_app, treasurer, stripe)


def as_worker(use_case, *args, **kwargs):
    return write(jobs.worker(), use_case, *args, **kwargs)


def attempt(world, uid):
    read_as(world.actor).expire_all()
    return queries.get_attempt(read_as(world.actor), uid).attempt


def start(world, member_id, document="ALT-1", way=Way.CARD):
    payer = replace(world.payer, companies=((member_id, next(iter(world.payer.companies))[1]),))
    return write(
        payer, online_payments.start_attempt, member_id, [document], way, offer=Offer((Way.CARD,), 0), is_live=False,
        base_url="http://localhost", language="de", today=TODAY,
    )  # fmt: skip


def test_without_a_key_nothing_is_offered_and_with_one_what_the_settings_say(world):
    found = get_settings(read_as(world.actor))
    assert online_payments.offer_of(found, is_on=False) is OFF
    assert online_payments.offer_of(found, is_on=True).ways == (Way.CARD, Way.SEPA_DEBIT)
    write(world.actor, settings.change_settings, {"online.card": False})
    only = online_payments.offer_of(get_settings(read_as(world.actor)), is_on=True)
    assert only.ways == (Way.SEPA_DEBIT,)


def test_a_member_that_is_gone_starts_nothing(world):
    with pytest.raises(NotFound):
        start(world, 999)


def test_an_attempt_that_is_decided_is_neither_asked_nor_refused_nor_lost_any_more(world):
    uid = world.begin()
    page = Page("cs_other", "open", "unpaid", "pi_other", uid, "https://other.example", clock.now())
    before = attempt(world, uid).page_id
    as_worker(online_payments.note_page, uid, page)
    assert attempt(world, uid).page_id == before
    assert as_worker(online_payments.note_asked, uid) is False
    as_worker(online_payments.note_refused, uid, problem="x")
    assert attempt(world, uid).state is AttemptState.OPEN
    as_worker(online_payments.note_lost, uid, problem="other mode")
    as_worker(online_payments.note_lost, uid, problem="again")
    ended = attempt(world, uid)
    assert (ended.state, ended.problem, ended.decided_at is not None) == (
        AttemptState.ENDED,
        "other mode",
        True,
    )


def test_a_page_that_only_an_answer_shows_is_kept_and_fees_wait_for_their_payment(world):
    uid = start(world, world.member)
    page = Page("cs_1", "open", "unpaid", "", uid, "https://stripe.example/1", clock.now())
    followed = as_worker(online_payments.follow, uid, page=page, paid=None, today=TODAY)
    found = attempt(world, uid)
    assert (followed.state, found.page_id, found.page_url) == (
        AttemptState.OPEN,
        "cs_1",
        "https://stripe.example/1",
    )
    fee = Movement("txn_1", "charge", "ch_1", 60000, 925, "eur", TODAY)
    paid = Paid(
        "pi_1",
        uid,
        "succeeded",
        60000,
        "eur",
        is_live=False,
        charge_id="ch_1",
        charged_on=TODAY,
        movement=fee,
    )
    assert as_worker(online_payments.follow_fees, uid, paid=paid, today=TODAY) == 0
    as_worker(online_payments.follow, uid, page=page, paid=paid, today=TODAY)
    assert world.postings() == [("payment", 60000), ("fee", -925)]
    other = replace(paid, cents=50000)
    assert as_worker(online_payments.follow_fees, uid, paid=other, today=TODAY) == 0
    world.holds()


def test_money_taken_back_opens_again_what_was_settled_with_it(world):
    """600.00 came twice, so one of them is credit; 100.00 of that settled another document."""
    session, charge = world.paid()
    item = queries.owed_of(read_as(world.actor), world.member, ["ALT-1"])[0].open_item_id
    write(
        world.actor, payments.record_payment, world.member, 60000, received_on=TODAY, method=Method.TRANSFER,
        today=TODAY, shares=[payments.Share(item, 60000)],
    )  # fmt: skip
    world.put("checkout.session.completed", session)
    world.work()
    write(
        world.actor, receipts.record_receipt, "ALT-2", 10000, received_on=TODAY, method=Method.OFFSET, today=TODAY,
        reason="Guthaben",
    )  # fmt: skip
    assert (world.open(), world.open("ALT-2"), world.credit()) == (0, 0, 50000)
    world.stripe.refund(charge, 60000)
    world.put("charge.refunded", charge)
    world.work()
    assert (world.open(), world.open("ALT-2"), world.credit()) == (0, 10000, 0)
    world.holds()


def test_money_taken_back_beyond_what_the_member_has_is_left_to_a_person(world, monkeypatch):
    session, charge = world.paid(fee=925)
    world.put("checkout.session.completed", session)
    world.work()
    world.stripe.refund(charge, 60000)
    world.put("charge.refunded", charge)
    monkeypatch.setattr(payment_queries, "credit_cents", lambda *_: -1)
    world.work()
    monkeypatch.undo()
    assert world.looks() == [("charge.refunded", "refused")]
    assert (world.open(), world.postings()) == (0, [("payment", 60000), ("fee", -925)])
    world.holds()


def test_a_payout_is_booked_once_taken_back_once_and_must_be_known(world):
    move = Movement("txn_1", "charge", "ch_1", 60000, 925, "eur", TODAY)
    payout = Payout("po_1", 59075, "eur", "paid", TODAY, is_live=False, movements=(move,))
    as_worker(online_payments.keep_payout, payout)
    for unknown in (online_payments.book_payout, online_payments.unbook_payout):
        more = {"reason": "x"} if unknown is online_payments.unbook_payout else {}
        with pytest.raises(NotFound):
            write(world.actor, unknown, "po_2", on=TODAY, **more)
    with pytest.raises(AlreadyDone):
        write(world.actor, online_payments.unbook_payout, "po_1", on=TODAY, reason="x")
    write(world.actor, online_payments.book_payout, "po_1", on=TODAY)
    with pytest.raises(AlreadyDone):
        write(world.actor, online_payments.book_payout, "po_1", on=TODAY)
    later = replace(payout, status="failed", movements=(replace(move, fee_cents=0),))
    as_worker(online_payments.keep_payout, later)
    (row,) = queries.list_payouts(read_as(world.actor))
    assert (row.status, row.fee_cents, world.transit()) == ("failed", 925, -59075)
    write(world.actor, online_payments.unbook_payout, "po_1", on=TODAY, reason="x")
    assert world.transit() == 0


def test_an_event_that_is_closed_is_not_put_off_and_what_waits_for_nobody_not_looked_at(world):
    world.put("mandate.updated", {"id": "mandate_1"})
    world.work()
    (event,) = events()
    assert as_worker(online_payments.put_off_event, event.id, detail="x") is False
    with pytest.raises(AlreadyDone):
        write(world.actor, online_payments.settle_look, event.id, note="x")
    assert events()[0].state is EventState.IGNORED


def test_a_person_settles_what_waits_and_cannot_have_worked_again_what_nobody_sent(world):
    looks = (("a", Look.MISSING_HERE), ("b", Look.DEADLINE), ("c", Look.UNKNOWN), ("d", Look.UNKNOWN))
    for key, look in looks:
        as_worker(
            online_payments.note_difference, key, look=look, object_id=f"ch_{key}", detail="", is_live=False
        )
    first, deadline, last, unseen = events()
    with pytest.raises(AlreadyDone):
        write(world.actor, online_payments.work_again, first.id)
    as_worker(online_payments.settle_covered, shown={"ch_b", "ch_c"}, differ={"ch_a"})
    assert [each.state for each in events()] == [
        EventState.LOOK,
        EventState.LOOK,
        EventState.DONE,
        EventState.LOOK,
    ]
    write(world.actor, online_payments.settle_look, first.id, note="bei Stripe erstattet")
    settled = events()[0]
    assert (settled.state, settled.note, settled.settled_by) == (
        EventState.SETTLED, "bei Stripe erstattet", world.actor.name,
    )  # fmt: skip
    as_worker(online_payments.settle_covered, shown=set(), differ=set())
    assert [each.id for each in events() if each.state is EventState.LOOK] == [deadline.id, unseen.id]
    assert last.id == events()[2].id


def test_what_the_association_collects_is_not_paid_online_too(world):
    make_association(world.actor)
    write(world.actor, settings.change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    member_id = make_member(world.actor, number="M0002", name="Beta Guss AG")
    make_mandate(world.actor, "M0002")
    bill_year(world.actor, with_papers=False)
    (owed,) = queries.list_payable(read_as(world.actor), member_id)
    with pytest.raises(PaymentUnderWay):
        start(world, member_id, owed.reference)


def test_an_attempt_whose_page_soon_ends_is_replaced(world):
    uid = start(world, world.member)
    later = replace(world.payer, at=clock.now() + timedelta(minutes=59, seconds=30))
    with pytest.raises(PaymentUnderWay):
        write(
            later, online_payments.start_attempt, world.member, ["ALT-1"], Way.CARD, offer=Offer((Way.CARD,), 0),
            is_live=False, base_url="http://localhost", language="de", today=TODAY,
        )  # fmt: skip
    assert attempt(world, uid).state is AttemptState.ASKED
