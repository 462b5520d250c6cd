"""Eight processes at once, on both databases: one run, each invoice once, a double click pays once."""

from __future__ import annotations

import os
from datetime import date

import pytest
from sqlalchemy import func, select

from membership.domain.billing import RunState
from membership.domain.payments import Method
from membership.persistence.db import db, read_as, write
from membership.persistence.models.billing import BillingRun
from membership.persistence.models.chain import FormResult
from membership.persistence.models.direct_debits import Mandate, MandateStep
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.payments import Payment
from membership.persistence.queries.payments import credit_cents
from membership.services import billing, ledger, payments
from membership.services.verify import verify
from tests import forks
from tests.factories import bill_year, make_association, make_mandate, make_member

DAY = date(2027, 1, 11)
PROCESSES = 8


def at_once(app, step: str, *arguments: object, processes: int = PROCESSES) -> list[str]:
    """Run the step in so many processes, let go at one moment; return what each printed."""
    settings = app.extensions["membership"]
    db.session.remove()
    environment = {
        **os.environ, "MEMBERSHIP_DATABASE_URL": settings.database_url,
        "MEMBERSHIP_STATE_DIR": str(settings.state_dir),
    }  # fmt: skip
    ended = forks.run("tests.races.worker", processes, step, *arguments, environment=environment, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


@pytest.fixture
def planned(app, treasurer):
    make_association(treasurer)
    for n in range(1, 25):
        make_member(treasurer, number=f"M{n:04d}")
    return write(treasurer, billing.plan_run, 2027, issued_on=DAY, today=DAY)


def test_fi_23_two_treasurers_who_release_the_same_run_make_one_run(app, treasurer, planned):
    printed = at_once(app, "release", planned)
    session = read_as(treasurer)
    numbers = session.execute(select(Invoice.running).order_by(Invoice.running)).scalars().all()
    assert numbers == list(range(1, 25))
    assert sum(map(int, printed)) == 24
    assert session.execute(select(func.count(func.distinct(Invoice.member_id)))).scalar_one() == 24
    assert session.get(BillingRun, planned).state is RunState.DONE
    assert verify(session, full=True).findings == []


def test_fi_29_acting_on_what_was_seen_would_issue_twice(app, treasurer, planned):
    """The negative twin: without claim and lane the same items are worked off by several processes."""
    at_once(app, "issue_without_lane", planned)
    rows = read_as(treasurer).execute(
        select(FormResult.fingerprint, func.count())
        .where(FormResult.actor_key == "twin")
        .group_by(FormResult.fingerprint)
    )
    assert max(count for _item, count in rows) > 1


def test_fi_22_eight_who_issue_the_same_invoice_make_one(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    run_id = write(treasurer, billing.plan_run, 2027, issued_on=DAY, today=DAY)
    write(treasurer, billing.release_run, run_id, today=DAY)
    printed = at_once(app, "issue", run_id)
    assert sum(int(said) for said in printed if said != "taken") == 1, printed
    session = read_as(treasurer)
    assert session.execute(select(Invoice.running)).scalars().all() == [1]
    assert verify(session, full=True).findings == []


def test_fi_24_eight_who_spend_the_same_payment_on_different_invoices_spend_it_once(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    items = [
        write(treasurer, ledger.book_opening_item, member_id, 30_000, reference=f"ALT-{n}", dues_year=2026,
              due_on=DAY, today=DAY)
        for n in range(4)
    ]  # fmt: skip
    paid = {"received_on": DAY, "method": Method.CASH, "today": DAY, "shares": []}
    payment = write(treasurer, payments.record_payment, member_id, 30_000, **paid)
    printed = at_once(app, "allocate", payment, *items)
    assert printed.count("refused") == PROCESSES - 1, printed
    session = read_as(treasurer)
    assert sorted(session.execute(select(OpenItem.open_cents)).scalars()) == [0, 30_000, 30_000, 30_000]
    assert verify(session, full=True).findings == []


def test_only_one_open_run_is_planned_for_a_year(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    assert len(set(at_once(app, "plan", 2027))) == 1


def test_fi_28_a_double_click_pays_once(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    bill_year(treasurer)
    assert len(set(at_once(app, "pay", member_id, "the-same-form"))) == 1
    session = read_as(treasurer)
    assert session.execute(select(func.count()).select_from(Payment)).scalar_one() == 1
    assert session.execute(select(OpenItem.open_cents)).scalar_one() == 0


def test_inv_10_eight_payments_at_once_settle_the_invoice_once_and_the_rest_is_credit(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    bill_year(treasurer)
    assert len(set(at_once(app, "pay_each", member_id))) == PROCESSES
    session = read_as(treasurer)
    assert session.execute(select(OpenItem.open_cents)).scalar_one() == 0
    assert verify(session, full=True).findings == []


def test_inv_12_treasurers_who_cancel_an_invoice_at_once_make_one_cancellation(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    printed = at_once(app, "cancel", "RE2027-0001")
    assert sorted(printed) == ["KO2027-0001", *["already KO2027-0001"] * (PROCESSES - 1)]
    session = read_as(treasurer)
    kinds = session.execute(select(Invoice.kind).order_by(Invoice.id)).scalars().all()
    assert kinds == ["invoice", "cancellation"]
    assert verify(session, full=True).findings == []


def test_inv_10_cancelling_and_paying_at_once_loses_no_cent(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    bill_year(treasurer)
    at_once(app, "cancel_or_pay", "RE2027-0001", member_id)
    session = read_as(treasurer)
    paid = session.execute(select(func.coalesce(func.sum(Payment.amount_cents), 0))).scalar_one()
    owed = session.execute(select(OpenItem.open_cents)).scalar_one()
    counted = 60000 - session.execute(select(OpenItem.credited_cents)).scalar_one()
    assert credit_cents(session, member_id) - owed == paid - counted
    assert verify(session, full=True).findings == []


def test_inv_09_a_statement_and_an_entry_that_eight_take_at_once_are_taken_once(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    printed = at_once(app, "take_statement_in", 5)
    assert sorted(map(int, printed)) == [0] * (PROCESSES - 1) + [1]
    printed = at_once(app, "post_line", 1, "RE2027-0001", 100)
    assert printed.count("decided by Birgit Wessels") == PROCESSES - 1, printed
    assert read_as(treasurer).execute(select(OpenItem.open_cents)).scalar_one() == 60_000 - 100
    assert verify(read_as(treasurer), full=True).findings == []


def test_d_sepa_3_eight_who_give_the_same_references_at_once_give_each_to_one_mandate(app, treasurer):
    make_association(treasurer)
    for number in range(1, PROCESSES + 1):
        make_member(treasurer, number=f"M{number:04d}")
        make_mandate(treasurer, f"M{number:04d}")
    references = [f"NEU-{number}" for number in range(3)]
    printed = at_once(app, "name_mandates", PROCESSES, *references)
    assert sum(map(int, printed)) == len(references)
    session = read_as(treasurer)
    kept = [
        *session.execute(select(Mandate.reference).where(Mandate.reference.in_(references))).scalars(),
        *session.execute(select(MandateStep.reference).where(MandateStep.reference != "")).scalars(),
    ]
    assert sorted(kept) == references


def test_sec_74_eight_who_refund_the_same_credit_balance_at_once_refund_it_once(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    paid = {"received_on": DAY, "method": Method.CASH, "today": DAY}
    write(treasurer, payments.record_payment, member_id, 5_000, **paid)
    printed = at_once(app, "refund", "M0001", 3_000)
    assert sorted(printed) == ["ER2027-0001", *["too high"] * (PROCESSES - 1)]
    assert credit_cents(read_as(treasurer), member_id) == 2_000
    assert verify(read_as(treasurer), full=True).findings == []
