"""The daily comparison with Stripe's list: what no event told of is found and booked, once; what differs is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from membership import clock
from membership.domain.banking.statements import LineDecided
from membership.domain.errors import AlreadyDone
from membership.domain.online_payments.attempts import AttemptState, Way
from membership.domain.online_payments.events import ObjectMissing
from membership.domain.online_payments.pictures import Look
from membership.jobs import online_payments as jobs
from membership.jobs.daily import run_daily
from membership.jobs.online_comparison import compare, foresee
from membership.persistence.db import db, read_as, write
from membership.persistence.queries import online_payments as queries
from membership.services.banking.deciding import payout_line, undo_line
from membership.services.banking.matching import match_open
from tests.factories import ASSOCIATION, settings
from tests.online import TODAY, World, at_stripe, connect
from tests.services.banking.books import entry, statement, taken_in


@pytest.fixture
def world(sqlite_app, treasurer):
    with at_stripe(sqlite_app) as stripe:
        yield World(sqlite_app, treasurer, stripe)


def compared(world):
    found = compare(jobs.desk_of(world.app))
    db.session.expire_all()
    return found


def test_fi_42_what_three_days_without_events_brought_is_found_and_booked_once(world):
    """A card payment, a debit that succeeded and was refunded in part, and one that failed; no event ever came."""
    world.paid("ALT-1", fee=925)
    world.begin("ALT-2", way=Way.SEPA_DEBIT)
    session = world.stripe.last_session()
    world.stripe.begin_debit(session)
    compared(world)
    assert (world.open("ALT-1"), world.open("ALT-2")) == (0, 10000)
    assert world.state() is AttemptState.PENDING
    world.stripe.refund(world.stripe.finish_debit(session), 2500)
    found = compared(world)
    assert (found.booked, found.differences) == (3, ())
    assert world.open("ALT-2") == 2500
    again = compared(world)
    assert (again.booked, again.differences) == (0, ())
    assert world.transit() == 60000 - 925 + 7500 - 35
    world.holds()


def test_fi_42_a_debit_that_failed_without_a_word_is_open_again(world):
    world.begin(way=Way.SEPA_DEBIT)
    session = world.stripe.last_session()
    world.stripe.begin_debit(session)
    compared(world)
    world.stripe.fail_debit(session)
    compared(world)
    assert world.state() is AttemptState.FAILED


def test_what_is_not_ours_and_what_stripe_does_not_show_is_listed_once(world):
    _session, charge = world.paid()
    compared(world)
    stranger = world.stripe._charge(
        world.stripe.make("pi_", "payment_intent", amount=100, currency="eur", status="succeeded", payment_method_types=["card"]),
        fee=0,
    )  # fmt: skip
    del world.stripe.objects[charge["balance_transaction"]]
    for _ in range(2):
        found = compared(world)
        assert {(each.object_id, each.look) for each in found.differences} >= {
            (stranger["id"], Look.UNKNOWN), (charge["id"], Look.MISSING_THERE),
        }  # fmt: skip
    assert sorted(reason for _kind, reason in world.looks()) == ["missing_there", "missing_there", "unknown"]


def test_a_debit_under_way_or_failed_is_ours_and_no_difference(world):
    """Stripe moves the balance when the debit is given, and back when it fails; no money came, so nobody is asked."""
    world.begin(way=Way.SEPA_DEBIT)
    session = world.stripe.last_session()
    world.stripe.begin_debit(session)
    assert foresee(jobs.desk_of(world.app)).differences == ()
    assert compared(world).differences == ()
    world.stripe.fail_debit(session)
    found = compared(world)
    assert (found.movements, found.booked, found.differences) == (2, 0, ())
    assert (world.state(), world.looks(), world.postings()) == (AttemptState.FAILED, [], [])


def test_a_debit_that_fails_after_it_was_booked_is_a_difference(world):
    world.begin(way=Way.SEPA_DEBIT)
    session = world.stripe.last_session()
    world.stripe.begin_debit(session)
    world.stripe.finish_debit(session)
    compared(world)
    world.stripe.fail_debit(session)
    (found,) = compared(world).differences
    assert (found.object_id, found.look) == (
        queries.list_looks(read_as(world.actor))[0].object_id,
        Look.MISSING_HERE,
    )


def test_a_charge_nobody_could_be_asked_about_is_not_called_foreign(world, monkeypatch):
    _session, charge = world.paid()
    provider = jobs.desk_of(world.app).provider
    monkeypatch.setattr(provider, "find_intent", lambda *_: (_ for _ in ()).throw(ObjectMissing(why="x")))
    monkeypatch.setattr("membership.jobs.online_comparison._settle_undecided", lambda _desk: 0)
    (found,) = compared(world).differences
    assert (found.object_id, found.look) == (charge["id"], Look.MISSING_HERE)
    monkeypatch.undo()
    assert compared(world).differences == ()
    assert world.looks() == [], "what is booked now needs no look any more"


def test_a_refund_that_waits_is_booked_and_not_missed_at_stripe(world):
    _session, charge = world.paid()
    refund = world.stripe.refund(charge, 2500, status="pending")
    assert compared(world).differences == ()
    assert ("refund", -2500) in world.postings()
    refund["status"] = "succeeded"
    assert [each.object_id for each in compared(world).differences] == [refund["id"]]
    world.stripe.move("refund", refund["id"], -2500)
    assert (compared(world).differences, world.looks()) == ((), [])


def test_a_difference_that_comes_back_is_shown_again(world):
    _session, charge = world.paid()
    compared(world)
    gone = world.stripe.objects.pop(charge["balance_transaction"])
    compared(world)
    world.stripe.objects[gone["id"]] = gone
    compared(world)
    assert world.looks() == []
    del world.stripe.objects[gone["id"]]
    compared(world)
    assert len(world.looks()) == 2


def test_a_dispute_that_only_the_comparison_found_shows_its_deadline(world):
    """Neither a later comparison nor its booking closes it: a person answers at Stripe."""
    _session, charge = world.paid()
    compared(world)
    world.stripe.dispute(charge, status="needs_response", due_by=world.stripe.clock() + 86400)
    for _ in range(2):
        assert compared(world).differences == ()
        assert [reason for _kind, reason in world.looks()] == ["deadline"]


def test_foreseeing_changes_nothing(world):
    world.paid()
    found = foresee(jobs.desk_of(world.app))
    assert found.differences
    assert (world.postings(), world.looks()) == ([], [])


def test_the_comparison_is_a_daily_task_where_a_key_is_set(world, monkeypatch):
    world.paid()
    assert "compare" in run_daily(world.app)
    db.session.expire_all()
    assert world.open() == 0
    world.app.extensions["membership_payment_provider"] = lambda: None
    assert "compare" not in run_daily(world.app, moment=clock.now() + timedelta(days=1))


def test_a_comparison_without_an_answer_is_tried_again_later(world):
    connect(world.app, world.stripe, url="http://127.0.0.1:9")
    with pytest.raises(jobs.ProviderAway):
        compare(jobs.desk_of(world.app))


@pytest.fixture
def paid_out(app, treasurer):
    """A payment and a refund were paid out; the bank shows it as an entry of STRIPE, and another of the same amount."""
    with at_stripe(app) as stripe:
        world = World(app, treasurer, stripe)
        session, charge = world.paid(fee=925)
        stripe.refund(charge, 10000)
        day = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
        payout = stripe.payout(arrives=int(day.timestamp()))
        world.put("checkout.session.completed", session)
        world.put("payout.paid", payout)
        world.work()
        write(treasurer, settings.change_settings, ASSOCIATION)
        words = {"name": "STRIPE PAYMENTS EUROPE", "day": TODAY, "iban": None}
        taken_in(
            treasurer, statement(entry(49075, "STRIPE PAYOUT", **words), entry(49075, "Miete", day=TODAY))
        )
        yield world, payout


def test_a_payout_is_recognised_booked_and_taken_back_by_its_bank_entry(paid_out):
    world, payout = paid_out
    assert payout["amount"] == 49075
    (row,) = queries.list_payouts(read_as(world.actor))
    assert (row.gross_cents, row.fee_cents, row.part_count) == (50000, 925, 2)
    found = {match.view.line.remittance: match for match in match_open(read_as(world.actor), today=TODAY)}
    assert [each.payout for each in found["STRIPE PAYOUT"].candidates] == [payout["id"]]
    assert not found["STRIPE PAYOUT"].is_sure
    assert not [each for each in found["Miete"].candidates if each.payout]
    line_id = found["STRIPE PAYOUT"].view.line.id
    write(world.actor, payout_line, line_id, payout["id"])
    assert world.transit() == 0
    world.holds()
    with pytest.raises(LineDecided):
        write(world.actor, payout_line, line_id, payout["id"])
    with pytest.raises(AlreadyDone):
        write(world.actor, payout_line, found["Miete"].view.line.id, payout["id"])
    write(world.actor, undo_line, line_id, reason="doch nicht", today=TODAY)
    assert world.transit() == 49075
    world.holds()
    write(world.actor, payout_line, line_id, payout["id"])
    assert world.transit() == 0
    world.holds()


def test_a_payout_that_does_not_add_up_or_failed_needs_a_look(world):
    session, _charge = world.paid()
    world.put("checkout.session.completed", session)
    payout = world.stripe.payout(arrives=world.stripe.clock(), status="failed")
    world.put("payout.failed", payout)
    world.work()
    assert world.looks() == [("payout.failed", "payout")]
