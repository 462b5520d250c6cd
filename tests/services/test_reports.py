"""Reports of a day, worked out from the ledger, on both databases."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select

from membership.domain.ledger import Account
from membership.domain.payments import Method
from membership.domain.reports.board import KnownFigures
from membership.domain.reports.dues import dues_table
from membership.domain.reports.open_items import balances
from membership.persistence.db import read_as, write
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.models.members import BasisValue, MemberCategory, PreviousDues
from membership.persistence.queries import reports as queries
from membership.services import ledger, payments, reports
from membership.services.dues import assess
from membership.wording import Wording
from tests.factories import bill_year, make_association, make_member

DAY = date(2027, 1, 11)
GERMAN = Wording("de")


@pytest.fixture
def billed(app, treasurer):
    """Three ordinary members with 600.00, 1,200.00 and 600.00 billed, one scientific with 500.00."""
    make_association(treasurer)
    ids = [
        make_member(treasurer, number="M0001", name="Alpha Werke GmbH"),
        make_member(treasurer, number="M0002", name="Beta Guss AG", headcount=60),
        make_member(treasurer, number="M0003", name="Gamma Licht KG"),
        make_member(treasurer, number="M0004", name="Delta Institut", category="SCI", headcount=None),
    ]
    bill_year(treasurer, with_papers=False)
    return ids


def pay(actor, member_id, cents, *, on, shares=None):
    return write(
        actor,
        payments.record_payment,
        member_id,
        cents,
        received_on=on,
        method=Method.TRANSFER,
        today=on,
        shares=shares,
    )


def open_at(actor, day):
    return reports.list_open_items(read_as(actor), as_of=day)


def dues_at(actor, day, first=2027, last=2027):
    return reports.list_dues(read_as(actor), first_year=first, last_year=last, as_of=day, words=GERMAN)


def test_rep_1_lists_what_was_open_on_the_day_and_not_what_is_open_now(billed, treasurer):
    pay(treasurer, billed[0], 20000, on=date(2027, 2, 10))
    before = open_at(treasurer, date(2027, 2, 9))
    after = open_at(treasurer, date(2027, 2, 10))
    assert [(item.number, item.open_cents) for item in before.items] == [
        ("M0001", 60000), ("M0002", 120000), ("M0003", 60000), ("M0004", 50000),
    ]  # fmt: skip
    assert [item.open_cents for item in after.items] == [40000, 120000, 60000, 50000]
    assert after.items[0].days_overdue(after.as_of) == 9
    assert open_at(treasurer, DAY - timedelta(days=1)).items == ()


def test_rep_1_shows_credit_balances_apart(billed, treasurer):
    pay(treasurer, billed[0], 65000, on=date(2027, 2, 10))
    report = open_at(treasurer, date(2027, 2, 10))
    assert [(credit.number, credit.cents) for credit in report.credits] == [("M0001", 5000)]
    assert "M0001" not in {item.number for item in report.items}


def test_a_payment_taken_back_is_open_again_from_that_day_on(billed, treasurer):
    payment = pay(treasurer, billed[2], 60000, on=date(2027, 2, 1))
    write(treasurer, payments.reverse_payment, payment, reason="Vertippt", today=date(2027, 2, 5))
    assert "M0003" not in {item.number for item in open_at(treasurer, date(2027, 2, 4)).items}
    assert "M0003" in {item.number for item in open_at(treasurer, date(2027, 2, 5)).items}
    assert dues_table(dues_at(treasurer, date(2027, 2, 4))).total("paid") == 60000
    assert dues_table(dues_at(treasurer, date(2027, 2, 5))).total("paid") == 0
    received = queries.list_receipts(
        read_as(treasurer), first_year=2027, last_year=2027, until=date(2027, 3, 1)
    )
    assert received == [(2027, date(2027, 2, 1), 60000), (2027, date(2027, 2, 5), -60000)]


def test_what_was_owed_before_the_books_were_opened_is_an_open_item(billed, treasurer):
    write(
        treasurer,
        ledger.book_opening_item,
        billed[0],
        30000,
        reference="R-2026-17",
        dues_year=2026,
        due_on=date(2026, 2, 28),
        today=DAY,
    )
    report = open_at(treasurer, DAY)
    assert [item.document for item in report.items[:2]] == ["R-2026-17", "RE2027-0001"]
    assert dues_table(dues_at(treasurer, DAY, 2026, 2026)).total("open") == 30000


def test_inv_11_each_day_the_report_equals_the_sum_of_the_ledger_lines(billed, treasurer):
    _random_history(billed, treasurer, seed=4)
    session = read_as(treasurer)
    for offset in range(0, 60, 3):
        day = DAY + timedelta(days=offset)
        lines = session.execute(
            select(EntryLine.member_id, func.sum(EntryLine.amount_cents))
            .join(Entry, Entry.id == EntryLine.entry_id)
            .where(EntryLine.account.in_([Account.RECEIVABLES, Account.CREDITS]), Entry.posted_on <= day)
            .group_by(EntryLine.member_id)
        ).all()
        expected = {member: int(cents) for member, cents in lines if cents}
        assert {key: cents for key, cents in balances(open_at(treasurer, day)).items() if cents} == expected


@pytest.mark.parametrize("seed", [1, 2])
def test_inv_11_a_report_of_a_past_day_says_what_was_said_on_that_day(billed, treasurer, seed):
    said = _random_history(billed, treasurer, seed=seed)
    assert len(said) > 8
    for day, (items, credits_, dues) in said.items():
        report = open_at(treasurer, day)
        assert (report.items, report.credits) == (items, credits_), day
        assert dues_at(treasurer, day) == dues, day


def test_inv_11_today_the_report_agrees_with_the_open_amounts_kept_beside_the_documents(billed, treasurer):
    _random_history(billed, treasurer, seed=3)
    kept = dict(
        read_as(treasurer)
        .execute(select(OpenItem.reference, OpenItem.open_cents).where(OpenItem.open_cents > 0))
        .all()
    )
    report = open_at(treasurer, date(2027, 12, 31))
    assert {item.document: item.open_cents for item in report.items} == kept


def _random_history(member_ids, actor, *, seed):
    """Pay, take back and allocate at random, day by day; return what the reports said each evening."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable history, not a secret
    said = {}
    recorded = []
    for step in range(12):
        day = DAY + timedelta(days=5 * step)
        member = chance.choice(member_ids)
        if recorded and chance.random() < 0.4:
            payment = recorded.pop(chance.randrange(len(recorded)))
            write(actor, payments.reverse_payment, payment, reason="Vertippt", today=day)
        else:
            recorded.append(pay(actor, member, chance.choice([100, 20000, 60000, 130000]), on=day))
        report = open_at(actor, day)
        said[day] = (report.items, report.credits, dues_at(actor, day))
    return said


def test_rep_3_has_every_member_of_the_year_also_those_not_yet_invoiced(billed, treasurer):
    make_member(treasurer, number="M0005", name="Neu GmbH", start=date(2027, 7, 1))
    make_member(treasurer, number="M0006", name="Ohne Zahl GmbH", headcount=None)
    pay(treasurer, billed[1], 120000, on=DAY)
    report = dues_at(treasurer, DAY)
    table = dues_table(report)
    assert [row[:8] for row in table.rows] == [
        (2027, "ORD", 5, 285000, 240000, 120000, 120000, 0),
        (2027, "SCI", 1, 50000, 50000, 0, 50000, 0),
    ]
    assert report.undecided == 1


def test_due_5_what_is_planned_of_a_billed_member_is_what_its_invoice_rests_on(billed, treasurer):
    before = dues_at(treasurer, DAY)

    def measure(session):
        for as_of in (date(2026, 6, 30), date(2027, 6, 30)):
            session.merge(_size(session, billed[0], as_of))

    write(treasurer, measure)
    (assessed,) = [each for each in assess(read_as(treasurer), 2027) if each.facts.id == billed[0]]
    assert assessed.result.gross.cents == 240000
    after = dues_at(treasurer, date(2027, 10, 1))
    assert after == before
    assert (after.members[0].planned_cents, after.members[0].invoiced_cents) == (60000, 60000)


def _size(session, member_id, as_of):
    known = session.execute(
        select(BasisValue).where(BasisValue.member_id == member_id, BasisValue.as_of == as_of)
    ).scalar_one_or_none()
    return BasisValue(
        id=known.id if known else None, member_id=member_id, basis="headcount", as_of=as_of, value=Fraction(300),
        origin="declared", recorded_at=session.info["actor"].at,
    )  # fmt: skip


def test_the_board_sees_the_year_beside_the_same_day_of_the_year_before(billed, treasurer):
    pay(treasurer, billed[0], 60000, on=date(2027, 2, 10))
    board = reports.get_board(read_as(treasurer), year=2027, as_of=date(2027, 2, 16), words=GERMAN)
    assert (board.now.invoiced_cents, board.now.received_cents) == (290000, 60000)
    assert (board.now.open_cents, board.now.overdue_cents) == (230000, 230000)
    assert board.known_before == KnownFigures(2026)
    assert board.receipts == (0, 0, 0, 0, 0, 60000, 60000)
    assert board.paid_until == date(2027, 2, 10)
    assert (board.stock.opening, board.stock.joined, board.stock.closing) == (4, 0, 4)
    assert [each.members for each in board.classes] == [2, 1, 1]
    assert [each.cents for each in board.classes] == [120000, 120000, 50000]
    assert board.classes[2].label == queries.category_names(read_as(treasurer))["SCI"][0]


def list_previous(actor, member_id, cents, year=2026):
    write(
        actor,
        lambda session: session.add(PreviousDues(member_id=member_id, dues_year=year, amount_cents=cents)),
    )


def test_the_year_before_the_product_shows_the_dues_of_the_list_and_never_a_zero(billed, treasurer):
    list_previous(treasurer, billed[0], 55000)
    list_previous(treasurer, billed[1], 110000)
    board = reports.get_board(read_as(treasurer), year=2027, as_of=date(2027, 2, 16), words=GERMAN)
    assert board.known_before == KnownFigures(2026, 165000, is_from_list=True)
    alone = reports.get_board(read_as(treasurer), year=2026, as_of=date(2027, 2, 16), words=GERMAN)
    assert (alone.known, alone.known_before) == (board.known_before, KnownFigures(2025))
    rows = reports.board_report(
        read_as(treasurer), year=2027, as_of=date(2027, 2, 16), words=GERMAN
    ).table.rows
    assert [row[2] for row in rows[:4]] == [165000, None, None, None]


def test_a_year_that_was_billed_keeps_its_zero_of_an_earlier_day(billed, treasurer):
    board = reports.get_board(read_as(treasurer), year=2028, as_of=date(2028, 1, 5), words=GERMAN)
    assert board.known_before == KnownFigures(2027, 0, 0, 0, 0)


def test_members_of_a_category_outside_statistics_are_not_counted(billed, treasurer):
    make_member(treasurer, number="M0009", category="KOOP", headcount=None)
    assert read_as(treasurer).get(MemberCategory, "KOOP").counts is False
    assert len(queries.list_periods(read_as(treasurer))) == 4
