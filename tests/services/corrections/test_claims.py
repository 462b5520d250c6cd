"""Claims given up and claims put off: events with reason and resolution, never documents."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from membership.domain.claims import (
    AlreadyDecided,
    DayTooEarly,
    GivesUpTooMuch,
    InstalmentsWrong,
    NothingDecided,
    NothingOpen,
    ResolutionMissing,
)
from membership.domain.corrections import ReasonMissing
from membership.domain.errors import NotAllowed
from membership.domain.payments import AmountNotPositive
from membership.domain.policy import Role
from membership.domain.reports.open_items import ages, open_items
from membership.persistence.db import db, read_as, write
from membership.persistence.models.corrections import ItemEvent
from membership.persistence.models.ledger import Entry, EntryLine
from membership.persistence.queries import reports
from membership.services import corrections, payments
from tests.conftest import person
from tests.services.corrections.conftest import ALPHA, BETA, LATER

WHY = {"reason": "Insolvenz", "resolution": "Vorstand, 12. Februar 2027", "today": LATER}
MARCH, APRIL, MAY = date(2027, 3, 1), date(2027, 4, 1), date(2027, 5, 3)


def waive(books, cents, **changes):
    return write(books.actor, corrections.waive, ALPHA, cents, **{**WHY, **changes})


def write_off(books, **changes):
    return write(books.actor, corrections.write_off, ALPHA, **{**WHY, **changes})


def defer(books, until, **changes):
    return write(books.actor, corrections.defer, ALPHA, until=until, **{**WHY, **changes})


def plan(books, *days):
    return write(books.actor, corrections.plan_instalments, ALPHA, days, **WHY)


def booked(books, kind):
    session = read_as(books.actor)
    lines = session.execute(
        select(EntryLine.account, EntryLine.amount_cents)
        .join(Entry, Entry.id == EntryLine.entry_id)
        .where(Entry.kind == kind)
    )
    return sorted(tuple(line) for line in lines)


def test_d_inv_16_a_waiver_settles_the_rest_and_says_who_decided_it(books):
    books.pay(50000)
    waive(books, 10000)
    assert (books.state(), books.view().open_cents) == ("waived", 0)
    assert booked(books, "waiver") == [("receivables", -10000), ("waived_dues", 10000)]
    event = read_as(books.actor).execute(select(ItemEvent)).scalar_one()
    assert (event.reason, event.resolution, event.amount_cents) == ("Insolvenz", WHY["resolution"], 10000)
    assert books.findings() == []


def test_d_inv_16_a_write_off_is_a_bad_debt(books):
    write_off(books)
    assert books.state() == "written_off"
    assert booked(books, "write_off") == [("bad_debts", 60000), ("receivables", -60000)]
    with pytest.raises(AlreadyDecided):
        write_off(books)
    assert books.findings() == []


def test_what_was_given_up_can_be_opened_again(books):
    waive(books, 10000)
    write_off(books)
    write(books.actor, corrections.reopen, ALPHA, reason="Zahlt doch", today=LATER)
    assert books.view().open_cents == 60000
    assert (books.view().standing.waived_cents, books.view().standing.written_off_cents) == (0, 0)
    with pytest.raises(NothingDecided):
        write(books.actor, corrections.reopen, ALPHA, reason="noch einmal", today=LATER)
    write_off(books)
    assert books.findings() == []


def test_a_cancellation_takes_back_what_was_given_up_first(books):
    books.pay(20000)
    write_off(books)
    books.cancel()
    assert (books.state(), books.credit()) == ("cancelled", 20000)
    assert books.view().standing.written_off_cents == 0
    assert books.findings() == []


def test_a_correction_never_reaches_what_was_given_up(books):
    from membership.domain.corrections import CorrectionTooLarge

    books.pay(20000)
    write_off(books)
    with pytest.raises(CorrectionTooLarge):
        books.correct(20001)
    books.correct(20000)
    assert (books.credit(), books.state()) == (20000, "written_off")
    assert books.findings() == []


def test_no_more_is_waived_than_is_open(books):
    with pytest.raises(GivesUpTooMuch):
        waive(books, 60001)
    books.pay(60000)
    with pytest.raises(NothingOpen):
        waive(books, 1)
    with pytest.raises(NothingOpen):
        write_off(books)


@pytest.mark.parametrize("cents", [0, -1])
def test_a_waiver_is_more_than_nothing(books, cents):
    with pytest.raises(AmountNotPositive):
        waive(books, cents)


def test_a_claim_is_given_up_with_reason_and_resolution_only(books):
    with pytest.raises(ReasonMissing):
        waive(books, 1, reason=" ")
    with pytest.raises(ResolutionMissing):
        waive(books, 1, resolution="")


def test_a_deferred_invoice_is_not_overdue_until_its_new_day(books):
    assert books.state() == "overdue"
    defer(books, MARCH)
    assert (books.state(), books.view().standing.due_on) == ("deferred", MARCH)
    assert str(books.view().standing.state(date(2027, 3, 2))) == "overdue"
    with pytest.raises(AlreadyDecided):
        defer(books, MARCH)
    defer(books, APRIL)
    assert books.findings() == []
    write(books.actor, corrections.end_deferral, ALPHA, reason="Zahlt nicht", today=LATER)
    assert books.state() == "overdue"
    assert books.findings() == []


def test_a_deferral_lies_in_the_future(books):
    with pytest.raises(DayTooEarly):
        defer(books, LATER)
    books.pay(60000)
    with pytest.raises(NothingOpen):
        defer(books, MARCH)


def test_several_invoices_are_deferred_together_or_none_of_them(books):
    def defer_all(*numbers):
        return write(books.actor, corrections.defer_all, numbers, until=MARCH, **WHY)

    payment = books.pay(60000)
    with pytest.raises(NothingOpen, match=ALPHA):
        defer_all(BETA, ALPHA)
    assert books.state(BETA) == "overdue"
    write(books.actor, payments.reverse_payment, payment, reason="vertippt", today=LATER)
    assert defer_all(BETA, ALPHA, BETA) == 2
    assert (books.state(), books.state(BETA)) == ("deferred", "deferred")
    assert books.findings() == []


def test_what_is_neither_deferred_nor_planned_has_nothing_to_end(books):
    def end():
        return write(books.actor, corrections.end_deferral, ALPHA, reason="Zahlt nicht", today=LATER)

    with pytest.raises(AlreadyDecided):
        end()
    plan(books, MARCH, APRIL)
    with pytest.raises(AlreadyDecided):
        plan(books, MARCH, APRIL)
    assert end() == ALPHA
    assert (books.state(), books.view().standing.due_on) == ("overdue", books.view().invoice.due_on)
    with pytest.raises(AlreadyDecided):
        end()
    plan(books, MARCH, APRIL)
    assert books.findings() == []


def test_due_26_an_instalment_plan_is_due_part_by_part(books):
    plan(books, MARCH, APRIL, MAY)
    assert (books.state(), books.view().standing.due_on) == ("deferred", MARCH)
    books.pay(19999)
    assert books.view().standing.due_on == MARCH
    books.pay(1)
    assert books.view().standing.due_on == APRIL
    payment = books.pay(20000)
    assert books.view().standing.due_on == MAY
    assert books.findings() == []
    write(books.actor, payments.reverse_payment, payment, reason="vertippt", today=LATER)
    assert books.view().standing.due_on == APRIL
    assert books.findings() == []


def test_a_plan_has_days_in_order_none_of_them_gone(books):
    with pytest.raises(InstalmentsWrong):
        plan(books, MARCH)
    with pytest.raises(InstalmentsWrong):
        plan(books, APRIL, MARCH)
    with pytest.raises(DayTooEarly):
        plan(books, date(2027, 2, 1), MARCH)


def test_rep_2_deferred_items_stand_with_their_new_day_and_are_marked(books):
    defer(books, MARCH)

    def report(day):
        session = read_as(books.actor)
        items = reports.list_open_items(session, as_of=day)
        found = open_items(items, reports.list_credits(session, as_of=day), as_of=day)
        return found, next(item for item in found.items if item.document == ALPHA)

    found, item = report(LATER)
    assert (item.due_on, item.days_overdue(LATER), item.flags) == (MARCH, 0, ("Deferred",))
    assert ages(found)[0].cents == 60000
    _found, before = report(date(2027, 2, 15))
    assert (before.due_on, before.flags) == (date(2027, 1, 31), ())


def test_rep_3_what_was_given_up_stands_apart_from_what_was_paid(books):
    books.pay(10000)
    books.correct(5000)
    waive(books, 2000)
    items = reports.list_items(read_as(books.actor), as_of=LATER, first_year=2027, last_year=2027)
    item = next(item for item in items if item.document == ALPHA)
    assert (item.invoiced_cents, item.paid_cents, item.written_off_cents, item.open_cents) == (
        55000, 10000, 2000, 43000,
    )  # fmt: skip


def test_inv_08_a_decision_is_never_changed(books):
    write_off(books)
    for statement in ("UPDATE item_events SET reason = 'x'", "DELETE FROM item_events"):
        with pytest.raises(DBAPIError), db.engine.connect().execution_options(write=True) as connection:
            connection.execute(text(statement))


@pytest.mark.parametrize("role", [Role.OFFICE, Role.BOARD, Role.AUDITOR, Role.ADMIN])
def test_sec_07_only_the_treasurer_decides_about_claims(books, role):
    for use_case, values in (
        (corrections.waive, {"cents": 1, **WHY}),
        (corrections.write_off, WHY),
        (corrections.defer, {"until": MARCH, **WHY}),
        (corrections.plan_instalments, {"days": [MARCH, APRIL], **WHY}),
        (corrections.reopen, {"reason": "x", "today": LATER}),
    ):
        with pytest.raises(NotAllowed):
            write(person(role), use_case, ALPHA, **values)
