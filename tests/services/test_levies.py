"""Special levies: taken over, billed by a run of their own beside the dues, each member once (DUE-15)."""

from __future__ import annotations

from copy import deepcopy

import pytest
from sqlalchemy import select

from membership.domain.billing import ItemState, RunState
from membership.domain.ledger import Account
from membership.domain.levies import LevyWrong, read_levy
from membership.jobs.billing import issue_run, render_waiting
from membership.persistence.db import read_as, write
from membership.persistence.models.billing import BillingRun, RunItem
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import EntryLine
from membership.services import billing, levies
from membership.services.verify import verify
from tests.conftest import TODAY
from tests.factories import LEVY, SCHEDULE, bill_year, make_association, make_member

ROOF = {key: value for key, value in LEVY.items() if key != "amount"}


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002", name="Zweite GmbH", headcount=5)
    return treasurer


def bill(actor, code="DACH"):
    run_id = write(actor, billing.plan_run, 2027, issued_on=TODAY, today=TODAY, levy=code)
    write(actor, billing.release_run, run_id, today=TODAY)
    issue_run(actor, run_id, base_url="http://localhost", today=TODAY)
    render_waiting(actor)
    return run_id


def invoices(actor, fee):
    return (
        read_as(actor).execute(select(Invoice).where(Invoice.fee == fee).order_by(Invoice.id)).scalars().all()
    )


@pytest.mark.parametrize(
    ("way", "cents"),
    [
        ({"amount": "90.00"}, [9000, 9000]),
        ({"percent": "7.5"}, [4500, 2250]),
        ({"by_category": {"ORD": "125.50"}}, [12550, 12550]),
    ],
)
def test_due_15_a_levy_asks_each_member_for_its_share_and_leaves_the_dues_alone(books, way, cents):
    bill_year(books)
    write(books, levies.put_levy, {**ROOF, **way})
    bill(books)
    made = invoices(books, "levy:DACH")
    assert [row.gross_cents for row in made] == cents
    document = made[0].content["document"]
    assert document["subject"] == "Umlage Hallendach"
    assert "20. November 2026" in document["intro"].replace("\xa0", " ")
    assert [line["text"] for line in document["lines"]] == ["Umlage Hallendach"]
    assert str(made[0].due_on) == "2027-03-31"
    booked = read_as(books).execute(
        select(EntryLine.amount_cents).where(EntryLine.account == Account.LEVY_INCOME)
    )
    assert [-row.amount_cents for row in booked] == cents
    assert len(invoices(books, "dues")) == 2
    assert verify(read_as(books), full=True).findings == []


def test_inv_12_a_levy_is_billed_once_before_or_after_the_dues(books):
    write(books, levies.put_levy, {**ROOF, "amount": "90.00"})
    bill(books)
    again = write(books, billing.plan_run, 2027, issued_on=TODAY, today=TODAY, levy="DACH")
    assert read_as(books).execute(select(RunItem).where(RunItem.run_id == again)).all() == []
    with pytest.raises(billing.NothingToBill):
        write(books, billing.release_run, again, today=TODAY)
    bill_year(books)
    assert (len(invoices(books, "levy:DACH")), len(invoices(books, "dues"))) == (2, 2)


def test_the_run_of_a_levy_and_that_of_the_dues_are_open_side_by_side(books):
    write(books, levies.put_levy, {**ROOF, "amount": "90.00"})
    first = write(books, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)
    second = write(books, billing.plan_run, 2027, issued_on=TODAY, today=TODAY, levy="DACH")
    assert first != second
    assert write(books, billing.plan_run, 2027, issued_on=TODAY, today=TODAY, levy="DACH") == second
    states = read_as(books).execute(select(BillingRun.state)).scalars().all()
    assert states == [RunState.DRAFT, RunState.DRAFT]


def test_a_category_that_the_levy_does_not_name_pays_nothing(books):
    write(books, levies.put_levy, {**ROOF, "by_category": {"FOE": "50.00"}})
    run_id = write(books, billing.plan_run, 2027, issued_on=TODAY, today=TODAY, levy="DACH")
    found = read_as(books).execute(select(RunItem.state).where(RunItem.run_id == run_id)).scalars().all()
    assert found == [ItemState.FREE, ItemState.FREE]


def test_due_36_a_levy_of_the_fee_schedule_itself_is_not_billed_again(app, treasurer):
    schedule = deepcopy(SCHEDULE)
    schedule["categories"]["ORD"] = {
        "method": "SUM_OF",
        "parts": [
            {"method": "FIXED", "amount": "600.00"},
            {"method": "FIXED", "amount": "50.00", "kind": "levy", "text": "Jahresumlage"},
        ],
    }
    make_association(treasurer, schedule)
    make_member(treasurer, number="M0001")
    write(treasurer, levies.put_levy, {**ROOF, "amount": "90.00"})
    bill(treasurer)
    assert [row.gross_cents for row in invoices(treasurer, "levy:DACH")] == [9000]
    write(treasurer, levies.put_levy, {**ROOF, "code": "ANDERE", "by_category": {"FOE": "5.00"}})
    run_id = write(treasurer, billing.plan_run, 2027, issued_on=TODAY, today=TODAY, levy="ANDERE")
    [state] = read_as(treasurer).execute(select(RunItem.state).where(RunItem.run_id == run_id)).scalars()
    assert state is ItemState.FREE


def test_a_levy_that_moves_to_another_year_takes_no_draft_along(books):
    write(books, levies.put_levy, {**ROOF, "amount": "90.00"})
    run_id = write(books, billing.plan_run, 2027, issued_on=TODAY, today=TODAY, levy="DACH")
    write(books, levies.put_levy, {**ROOF, "amount": "90.00", "year": 2028})
    with pytest.raises(billing.LevyOfOtherYear, match="2028"):
        write(books, billing.release_run, run_id, today=TODAY)


def test_a_billed_levy_stays_as_it_is(books):
    document = {**ROOF, "amount": "90.00"}
    assert write(books, levies.put_levy, document) == "DACH"
    write(books, levies.put_levy, {**document, "amount": "80.00"})
    write(books, levies.put_levy, document)
    bill(books)
    assert write(books, levies.put_levy, document) == "DACH"
    with pytest.raises(levies.LevyBilled, match="DACH"):
        write(books, levies.put_levy, {**document, "amount": "80.00"})


def test_a_levy_of_another_year_is_not_billed(books):
    write(books, levies.put_levy, {**ROOF, "amount": "90.00", "year": 2028})
    with pytest.raises(billing.LevyOfOtherYear, match="2028"):
        write(books, billing.plan_run, 2027, issued_on=TODAY, today=TODAY, levy="DACH")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({}, ""),
        ({"amount": "90.00", "percent": "5"}, ""),
        ({"amount": "0.00"}, "/amount"),
        ({"amount": "-1.00"}, "/amount"),
        ({"amount": "1.005"}, "/amount"),
        ({"percent": "0"}, "/percent"),
        ({"percent": "101"}, "/percent"),
        ({"by_category": {}}, "/by_category"),
        ({"by_category": {"ORD": "x"}}, "/by_category/ORD"),
        ({"amount": "90.00", "code": "a b"}, "/code"),
        ({"amount": "90.00", "due": "31.03.2027"}, "/due"),
        ({"amount": "90.00", "resolution": {"organ": "MV"}}, "/resolution"),
        ({"amount": "90.00", "note": "x"}, "/note"),
    ],
)
def test_what_is_wrong_with_a_levy_is_named_with_its_place(changes, place):
    with pytest.raises(LevyWrong) as refused:
        read_levy({**ROOF, **changes})
    assert refused.value.where == place
