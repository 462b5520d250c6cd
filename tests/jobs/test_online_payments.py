"""Following the payment provider: whatever order, whatever fails, the books end as the provider says, each change once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from membership.domain.online_payments.attempts import AttemptState, PaymentUnderWay, Way
from membership.domain.online_payments.events import EventState
from membership.domain.payments import Method
from membership.jobs import online_payments as jobs
from membership.persistence.db import read_as, write
from membership.persistence.models.online_payments import OnlinePosting
from membership.persistence.models.payments import Payment
from membership.persistence.queries import online_payments as queries
from membership.persistence.queries.direct_debits.claims import list_claims
from membership.persistence.queries.payments import item_of
from membership.services import payments
from tests.factories import make_mandate, settings
from tests.online import TODAY, World, at_stripe, attempts, events


@pytest.fixture
def world(sqlite_app, treasurer):
    with at_stripe(sqlite_app) as stripe:
        yield World(sqlite_app, treasurer, stripe)


@pytest.fixture
def both(app, treasurer):
    with at_stripe(app) as stripe:
        yield World(app, treasurer, stripe)


def test_a_payment_and_its_fee_are_booked_once(both):
    session, charge = both.paid(fee=925)
    for kind, subject in (
        ("checkout.session.completed", session), ("charge.succeeded", charge), ("charge.updated", charge),
        ("payment_intent.succeeded", both.stripe.objects[charge["payment_intent"]]),
    ):  # fmt: skip
        both.put(kind, subject)
    both.work()
    assert both.postings() == [("payment", 60000), ("fee", -925)]
    assert (both.open(), both.credit(), both.transit()) == (0, 0, 59075)
    assert {each.state for each in events()} == {EventState.DONE}
    both.holds()


def test_several_invoices_are_paid_together(world):
    world.paid("ALT-1", "ALT-2")
    session = world.stripe.last_session()
    assert session["amount_total"] == 70000
    world.put("checkout.session.completed", session)
    world.work()
    assert (world.open("ALT-1"), world.open("ALT-2")) == (0, 0)
    world.holds()


def test_a_sepa_debit_is_pending_until_the_bank_says_yes(both):
    both.begin(way=Way.SEPA_DEBIT)
    session = both.stripe.last_session()
    assert session["payment_method_types"] == ["sepa_debit"]
    both.stripe.begin_debit(session)
    both.put("checkout.session.completed", session)
    both.work()
    assert (both.state(), both.open()) == (AttemptState.PENDING, 60000)
    with pytest.raises(PaymentUnderWay):
        both.begin()
    both.stripe.finish_debit(session)
    both.put("checkout.session.async_payment_succeeded", session)
    both.work()
    assert (both.state(), both.open()) == (AttemptState.PAID, 0)


def test_a_sepa_debit_that_fails_leaves_the_invoice_open_for_another_try(world):
    world.begin(way=Way.SEPA_DEBIT)
    session = world.stripe.last_session()
    world.stripe.begin_debit(session)
    world.put("checkout.session.completed", session)
    world.work()
    world.stripe.fail_debit(session)
    world.put("checkout.session.async_payment_failed", session)
    world.work()
    assert (world.state(), world.open(), world.postings()) == (AttemptState.FAILED, 60000, [])
    world.begin()
    assert len(attempts()) == 2


@pytest.mark.parametrize("way", [Way.SEPA_DEBIT, Way.CARD])
def test_a_debit_is_paid_on_the_day_the_bank_says_yes_and_a_card_when_it_is_charged(world, way):
    """The charge of a debit is as old as the debit; what follows it is never dated before it."""
    world.begin(way=way)
    session = world.stripe.last_session()
    world.stripe.now -= 6 * 86400
    if way is Way.SEPA_DEBIT:
        world.stripe.begin_debit(session)
        charge = world.stripe.finish_debit(session)
    else:
        charge = world.stripe.pay(session)
    world.put("charge.succeeded", charge)
    world.work()
    charged = TODAY - timedelta(days=6) if way is Way.CARD else TODAY
    world.stripe.refund(charge, 10000)
    world.put("charge.refunded", charge)
    world.work()
    postings = read_as(world.actor).execute(select(OnlinePosting).order_by(OnlinePosting.id)).scalars()
    assert [(str(each.kind), each.posted_on) for each in postings] == [
        ("payment", charged), ("fee", charged), ("refund", charged),
    ]  # fmt: skip
    payment = read_as(world.actor).execute(select(Payment).order_by(Payment.id)).scalars().first()
    assert payment.received_on == charged
    world.holds()


STORIES = {
    "paid": (60000, 0),
    "refunded": (0, 60000),
    "refunded in part": (45000, 15000),
    "refund failed": (60000, 0),
    "disputed": (0, 60000),
    "dispute won": (60000, 0),
}


def _tell(world, story):
    session, charge = world.paid(fee=925)
    told = [("checkout.session.completed", session), ("charge.succeeded", charge)]
    if story in {"refunded", "refund failed"}:
        refund = world.stripe.refund(charge, 60000)
        told += [("charge.refunded", charge), ("refund.updated", refund)]
        if story == "refund failed":
            world.stripe.fail_refund(refund)
            told.append(("refund.failed", refund))
    if story == "refunded in part":
        told += [("charge.refunded", charge), ("refund.created", world.stripe.refund(charge, 10000))]
        told.append(("refund.created", world.stripe.refund(charge, 5000)))
    if story in {"disputed", "dispute won"}:
        dispute = world.stripe.dispute(charge)
        told += [("charge.dispute.created", dispute), ("charge.dispute.funds_withdrawn", dispute)]
        if story == "dispute won":
            world.stripe.win(dispute)
            told.append(("charge.dispute.closed", dispute))
    return told


@pytest.mark.parametrize("story", STORIES)
def test_fi_39_in_whatever_order_events_come_the_books_end_as_stripe_says(world, story):
    for kind, subject in reversed(_tell(world, story)):
        world.put(kind, subject)
        world.work()
    paid, still_open = STORIES[story]
    assert (world.open(), world.credit()) == (still_open, 0)
    fees = 925 + (750 if "dispute" in story else 0)
    assert world.transit() == paid - fees
    assert world.state() is (AttemptState.PAID if paid else AttemptState.TAKEN_BACK)
    stands = read_as(world.actor).execute(select(Payment.id).where(Payment.source == "stripe")).all()
    assert len({*world.postings()}) == len(world.postings())
    assert stands
    world.holds()


def test_fi_39_one_step_after_the_other_ends_the_same(both):
    """What happens between two looks and what both looks find at once is booked alike."""
    session, charge = both.paid(fee=925)
    both.put("checkout.session.completed", session)
    both.work()
    refund = both.stripe.refund(charge, 10000)
    both.put("charge.refunded", charge)
    both.work()
    assert (both.open(), both.transit()) == (10000, 49075)
    both.stripe.fail_refund(refund)
    both.put("refund.failed", refund)
    both.work()
    assert (both.open(), both.transit()) == (0, 59075)
    assert both.postings() == [
        ("payment", 60000),
        ("fee", -925),
        ("refund", -10000),
        ("refund_failed", 10000),
    ]
    both.holds()


def test_sec_74_a_refund_told_twice_and_one_beyond_the_payment_take_nothing_more(world):
    session, charge = world.paid()
    world.put("checkout.session.completed", session)
    refund = world.stripe.refund(charge, 60000)
    for _ in range(3):
        world.put("charge.refunded", charge)
        world.put("refund.updated", refund)
    world.work()
    assert world.open() == 60000
    world.stripe.refund(charge, 100)
    world.put("charge.refunded", charge)
    world.work()
    assert world.looks() == [("charge.refunded", "below_zero")]
    assert (world.open(), world.credit()) == (60000, 0)
    world.holds()


FI_40 = {
    "currency": {"currency": "usd"},
    "amount": {"amount": 59900},
    "mode": {"livemode": True},
    "unknown": {"metadata": {"attempt": "0" * 32}, "id": "pi_of_others"},
}


@pytest.mark.parametrize("reason", FI_40)
def test_fi_40_what_was_not_asked_for_is_kept_and_a_person_looks(world, reason):
    world.begin()
    session = world.stripe.last_session()
    charge = world.stripe.pay(session)
    intent = world.stripe.objects[charge["payment_intent"]]
    if reason == "unknown":
        del world.stripe.objects[session["id"]]
        intent["metadata"] = FI_40[reason]["metadata"]
        attempts()  # the page is known here, its payment is not
    else:
        intent.update(FI_40[reason])
        if reason == "amount":
            charge["amount"] = 59900
    world.put("charge.succeeded", charge)
    world.work()
    assert world.looks() == [("charge.succeeded", reason)]
    assert (world.open(), world.postings()) == (60000, [])


def test_fi_40_events_of_another_account_or_of_live_mode_are_kept_and_a_person_looks(world):
    session, _charge = world.paid()
    world.put("checkout.session.completed", session, account="acct_of_others")
    world.put("checkout.session.completed", session, livemode=True)
    world.work()
    assert [reason for _kind, reason in world.looks()] == ["account", "mode"]
    assert world.postings() == []


def test_sec_72_two_tabs_lead_to_the_same_page_and_another_way_ends_the_first(world):
    first = world.begin()
    assert world.begin() == first
    session = world.stripe.last_session()
    second = world.begin(way=Way.SEPA_DEBIT)
    assert second != first
    assert session["status"] == "expired"
    assert [each.state for each in attempts()] == [AttemptState.ENDED, AttemptState.OPEN]


def test_sec_72_a_page_that_was_paid_cannot_be_replaced_and_is_booked(world):
    world.begin()
    world.stripe.pay(world.stripe.last_session())
    with pytest.raises(jobs.DomainError):
        world.begin(way=Way.SEPA_DEBIT)
    assert (world.open(), world.state()) == (0, AttemptState.PAID)


def test_sec_72_what_was_transferred_in_the_meantime_ends_the_page_or_makes_the_payment_a_credit(both):
    session, _charge = both.paid()
    write(
        both.actor, payments.record_payment, both.member, 50000, received_on=TODAY, method=Method.TRANSFER,
        today=TODAY,
    )  # fmt: skip
    both.work()
    assert (both.open(), both.credit()) == (0, 50000)
    both.holds()
    uid = both.begin("ALT-2")
    write(
        both.actor, payments.record_payment, both.member, 10000, received_on=TODAY, method=Method.TRANSFER,
        today=TODAY, shares=[payments.Share(item_of(read_as(both.actor), "ALT-2")[0], 10000)],
    )  # fmt: skip
    both.work()
    assert queries.get_attempt(read_as(both.actor), uid).attempt.state is AttemptState.ENDED
    assert both.stripe.last_session()["status"] == "expired"
    assert session["status"] == "complete"


def test_a_payment_that_came_online_is_not_taken_back_by_hand(world):
    session, _charge = world.paid()
    world.put("checkout.session.completed", session)
    world.work()
    payment_id = read_as(world.actor).execute(select(Payment.id)).scalar_one()
    with pytest.raises(payments.PaidOnline):
        write(world.actor, payments.reverse_payment, payment_id, reason="x", today=TODAY)


def test_a_card_dispute_with_a_deadline_is_shown_to_a_person(world):
    session, charge = world.paid()
    world.put("checkout.session.completed", session)
    dispute = world.stripe.dispute(charge, status="needs_response", due_by=world.stripe.clock() + 86400)
    world.put("charge.dispute.created", dispute)
    world.work()
    assert [reason for _kind, reason in world.looks()] == ["deadline"]
    assert world.open() == 60000


def test_the_fee_of_a_dispute_is_booked_although_the_payment_was_sent_back_by_bank(world, monkeypatch):
    session, charge = world.paid(fee=925)
    world.put("checkout.session.completed", session)
    world.work()

    def refuse(*_args):
        raise payments.PaidOnline

    monkeypatch.setattr(payments, "require_not_refunded", refuse)
    world.put("charge.dispute.created", world.stripe.dispute(charge))
    world.work()
    assert world.postings() == [("payment", 60000), ("fee", -925), ("fee", -750)]
    assert world.looks() == [("charge.dispute.created", "refused")]
    world.holds()
    monkeypatch.undo()
    world.put("charge.dispute.funds_withdrawn", charge)
    world.work()
    assert world.transit() == -925 - 750


def test_what_is_being_paid_online_is_not_collected_by_the_association_too(world):
    world.begin("ALT-1", way=Way.SEPA_DEBIT)
    write(world.actor, settings.change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    make_mandate(world.actor, "M0001")
    assert [claim.document for claim in list_claims(read_as(world.actor))] == ["ALT-2"]
    world.stripe.expire(world.stripe.last_session())
    world.put("checkout.session.expired", world.stripe.last_session())
    world.work()
    assert [claim.document for claim in list_claims(read_as(world.actor))] == ["ALT-1", "ALT-2"]
