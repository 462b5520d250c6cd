"""A closed year takes no entry, by no way; two people close and reopen it; the checker finds what got in behind its back."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from membership.domain.approvals import ReasonMissing, SecondPersonNeeded
from membership.domain.closings import (
    PeriodClosed,
    YearNotReady,
    YearsOutOfOrder,
    YearState,
    YearStateOther,
    YearWrong,
)
from membership.domain.errors import NotAllowed
from membership.domain.ledger import EntryKind
from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.persistence import triggers
from membership.persistence.db import db, read_as, write
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.ledger import Entry
from membership.persistence.models.users import User, UserRole
from membership.services import billing, closings, ledger, payments
from membership.services.closings import check_year
from membership.services.invoicing import IssueDateWrong
from membership.services.verify import verify
from tests.conftest import NOW, person
from tests.factories import make_association, make_member

JANUARY, IN_2027, NEW_YEAR, LATER = date(2027, 1, 11), date(2027, 3, 1), date(2028, 1, 5), date(2029, 2, 1)
BOARD = person(Role.BOARD, user_id=7)


@pytest.fixture
def member(app, treasurer) -> int:
    """A member that owes 400.00 since 2027, and paid 100.00 of it then."""
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    write(
        treasurer, ledger.book_opening_item, member_id, 40000, reference="ALT-1", dues_year=2027, due_on=IN_2027,
        today=IN_2027,
    )  # fmt: skip
    pay(treasurer, member_id, 10000, IN_2027)
    return member_id


def pay(actor, member_id, cents, on, today=LATER) -> int:
    paid = {"received_on": on, "method": Method.TRANSFER, "today": today}
    return write(actor, payments.record_payment, member_id, cents, **paid)


def close(actor, year=2027, today=NEW_YEAR) -> YearState:
    return write(actor, closings.close_year, year, today=today)


def reopen(actor, year=2027) -> YearState:
    return write(actor, closings.reopen_year, year, reason="Kontoauszug fehlte")


def findings(actor) -> list:
    return [(each.invariant, each.object, each.found) for each in verify(read_as(actor), full=True).findings]


def board_member(actor) -> None:
    """Add the accounts of the treasurer and of somebody from the board, who may decide."""

    def add(session):
        for user_id, role in ((1, Role.ADMIN), (7, Role.BOARD)):
            made = {"uid": f"u{user_id}", "email": f"{role}@b.example", "name": str(role), "created_at": NOW}
            session.add(User(id=user_id, **made))
            session.flush()
            session.add(UserRole(user_id=user_id, role=role))

    write(actor, add)


def insert_entry(connection, number, day) -> None:
    """Insert a balanced entry by plain SQL."""
    for position, cents in ((1, 5), (2, -5)):
        connection.execute(
            text(
                "INSERT INTO entry_lines (entry_id, position, account, amount_cents) VALUES (:n, :p, 'bank', :c)"
            ),
            {"n": number, "p": position, "c": cents},
        )
    connection.execute(
        text(
            "INSERT INTO entries (id, kind, posted_on, text, actor_key, actor_name, request_id, reason, at)"
            " VALUES (:n, 'payment', :day, 'x', 'x', 'x', 'x', 'x', :at)"
        ),
        {
            "n": number,
            "day": day.isoformat() if db.engine.dialect.name == "sqlite" else day,
            "at": "2028-02-01 00:00:00",
        },
    )


def test_inv_23_a_closed_year_takes_no_entry_and_the_next_one_does(member, treasurer):
    assert close(treasurer) is YearState.CLOSED
    with pytest.raises(PeriodClosed, match="closed"):
        pay(treasurer, member, 100, date(2027, 12, 31))
    assert pay(treasurer, member, 100, date(2028, 1, 1))
    assert findings(treasurer) == []


def test_inv_23_what_lies_before_a_closed_year_is_closed_too(member, treasurer):
    close(treasurer)
    with pytest.raises(PeriodClosed):
        pay(treasurer, member, 100, date(2019, 5, 1))


def test_inv_23_the_database_refuses_it_to_plain_sql_as_well(member, treasurer):
    close(treasurer)
    with db.engine.connect().execution_options(write=True) as connection:
        with pytest.raises(DBAPIError, match=triggers.PERIOD_CLOSED):
            insert_entry(connection, 100, date(2027, 12, 31))
        connection.rollback()
        insert_entry(connection, 100, date(2028, 1, 1))
        connection.rollback()


def test_inv_23_a_closing_cannot_be_taken_out_of_the_books(member, treasurer):
    close(treasurer)
    for statement in ("DELETE FROM closings", "UPDATE closings SET last_on = '2020-12-31'"):
        with db.engine.connect().execution_options(write=True) as connection:
            with pytest.raises(DBAPIError, match="append-only"):
                connection.execute(text(statement))
            connection.rollback()


def test_inv_23_a_payment_of_a_closed_year_is_taken_back_in_an_open_one_and_names_what_it_corrects(
    member, treasurer
):
    payment = pay(treasurer, member, 5000, IN_2027)
    close(treasurer)
    write(treasurer, payments.reverse_payment, payment, reason="vertippt", today=NEW_YEAR)
    booked = {row.id: row for row in read_as(treasurer).execute(select(Entry)).scalars()}
    back = [row for row in booked.values() if row.kind is EntryKind.REVERSAL]
    assert [(row.posted_on, booked[row.reverses_id].posted_on) for row in back] == [(NEW_YEAR, IN_2027)] * 2
    assert findings(treasurer) == []


def test_inv_23_the_checker_names_an_entry_that_got_in_behind_the_trigger(member, treasurer):
    close(treasurer)
    with db.engine.connect().execution_options(write=True) as connection:
        made = triggers.statements(connection.dialect.name)["entry_in_open_time"]
        suffix = "" if connection.dialect.name == "sqlite" else " ON entries"
        connection.exec_driver_sql(f"DROP TRIGGER entry_in_open_time{suffix}")
        insert_entry(connection, 4, date(2027, 12, 31))
        connection.execute(text("UPDATE number_series SET last = 4 WHERE series = 'entry'"))
        for statement in made:
            connection.exec_driver_sql(statement)
        connection.commit()
    assert ("INV-23", "entry 4", "2027-12-31") in findings(treasurer)


def test_inv_23_what_is_booked_while_a_year_is_open_again_is_right_also_after_the_next_closing(
    member, treasurer
):
    close(treasurer)
    assert reopen(treasurer) is YearState.OPEN
    pay(treasurer, member, 100, IN_2027)
    assert close(treasurer) is YearState.CLOSED
    with pytest.raises(PeriodClosed):
        pay(treasurer, member, 100, IN_2027)
    assert findings(treasurer) == []


def test_inv_23_an_entry_that_waits_for_a_closing_comes_too_late(app, member, treasurer):
    """Both take the lock of the ledger's numbers: whoever is second sees what the first one did."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    entered, results = threading.Event(), []

    def slow_closing(session):
        state = closings.close_year(session, 2027, today=NEW_YEAR)
        entered.set()
        threading.Event().wait(0.5)
        return state

    def book():
        with app.app_context():
            entered.wait(10)
            try:
                results.append(pay(replace(treasurer, request_id="other"), member, 100, IN_2027))
            except PeriodClosed as error:
                results.append(error.code)
            finally:
                db.session.remove()

    other = threading.Thread(target=book)
    other.start()
    write(treasurer, slow_closing)
    other.join()
    assert results == ["period_closed"]


def test_inv_22_every_step_of_a_year_stands_in_the_log(member, treasurer):
    close(treasurer)
    reopen(treasurer)
    records = read_as(treasurer).execute(
        select(AuditRecord.action, AuditRecord.facts)
        .where(AuditRecord.object_kind == "year")
        .order_by(AuditRecord.id)
    )
    alone = {"second_person": "nobody else holds the right"}
    assert [tuple(row) for row in records] == [
        ("year.close_asked", {}), ("year.closed", alone), ("year.reopen_asked", {}), ("year.reopened", alone),
    ]  # fmt: skip


def test_with_a_board_two_people_close_and_two_reopen_a_year(member, treasurer):
    board_member(treasurer)
    assert close(treasurer) is YearState.CLOSE_ASKED
    pay(treasurer, member, 100, IN_2027)
    assert write(BOARD, closings.approve_year, 2027, today=NEW_YEAR) is YearState.CLOSED
    with pytest.raises(PeriodClosed):
        pay(treasurer, member, 100, IN_2027)
    assert reopen(treasurer) is YearState.REOPEN_ASKED
    with pytest.raises(PeriodClosed):
        pay(treasurer, member, 100, IN_2027)
    assert write(BOARD, closings.approve_year, 2027, today=NEW_YEAR) is YearState.OPEN
    assert pay(treasurer, member, 100, IN_2027)
    assert findings(treasurer) == []


def test_who_asked_for_a_closing_cannot_approve_it(member, treasurer):
    board_member(treasurer)
    both = person(Role.TREASURER, Role.BOARD, user_id=9)
    close(both)
    with pytest.raises(SecondPersonNeeded):
        write(both, closings.approve_year, 2027, today=NEW_YEAR)


@pytest.mark.parametrize("step", [closings.return_request, closings.take_back_request])
def test_a_request_that_is_given_back_leaves_the_year_as_it_was(member, treasurer, step):
    board_member(treasurer)
    who = BOARD if step is closings.return_request else treasurer
    close(treasurer)
    with pytest.raises(ReasonMissing):
        write(who, step, 2027, reason=" ")
    assert write(who, step, 2027, reason="Kassenprüfung steht aus") is YearState.OPEN
    close(treasurer)
    write(BOARD, closings.approve_year, 2027, today=NEW_YEAR)
    reopen(treasurer)
    assert write(who, step, 2027, reason="nicht nötig") is YearState.CLOSED
    with pytest.raises(YearStateOther):
        write(who, step, 2027, reason="noch einmal")


def test_a_year_that_is_not_over_or_not_the_oldest_open_one_is_not_closed(member, treasurer):
    with pytest.raises(YearNotReady, match="ends on"):
        close(treasurer, today=date(2027, 12, 31))
    with pytest.raises(YearNotReady, match="2027"):
        close(treasurer, 2028, today=LATER)
    assert [close(treasurer, year, LATER) for year in (2027, 2028)] == [YearState.CLOSED] * 2
    with pytest.raises(YearsOutOfOrder, match="2028"):
        reopen(treasurer, 2027)
    assert [reopen(treasurer, year) for year in (2028, 2027)] == [YearState.OPEN] * 2


def test_a_year_with_a_run_or_a_pdf_that_is_not_finished_is_not_closed(member, treasurer):
    run_id = write(treasurer, billing.plan_run, 2027, issued_on=JANUARY, today=JANUARY)
    with pytest.raises(YearNotReady, match="not finished"):
        close(treasurer)
    write(treasurer, billing.release_run, run_id, today=JANUARY)
    lane = write(treasurer, billing.take_lane, run_id, base_url="http://localhost")
    while write(treasurer, billing.issue_next, lane, today=JANUARY) is not None:
        pass
    with pytest.raises(YearNotReady, match="still being made"):
        close(treasurer)


def test_inv_23_an_invoice_is_not_dated_into_a_closed_year(member, treasurer):
    close(treasurer)
    with pytest.raises(IssueDateWrong) as refused:
        write(treasurer, billing.plan_run, 2027, issued_on=date(2027, 12, 31), today=NEW_YEAR)
    assert refused.value.values["first"] == date(2028, 1, 1)


def test_what_is_open_and_what_is_credit_is_shown_and_stops_nothing(member, treasurer):
    pay(treasurer, member, 40000, IN_2027)
    found = {each.key: each for each in check_year(read_as(treasurer), 2027, today=NEW_YEAR).checks}
    assert (found["open_items"].ok, found["credits"].ok) == (True, False)
    assert found["credits"].evidence.values["amount"].cents == 10000
    assert not any(found[key].is_needed for key in ("open_items", "credits"))


@pytest.mark.parametrize("role", [Role.OFFICE, Role.BOARD, Role.AUDITOR, Role.ADMIN])
def test_inv_20_only_the_treasurer_closes_a_year(member, role):
    with pytest.raises(NotAllowed):
        close(person(role, user_id=3))
    with pytest.raises(NotAllowed):
        reopen(person(role, user_id=3))


def test_a_closed_year_is_not_closed_again_and_an_open_one_not_reopened(member, treasurer):
    with pytest.raises(YearStateOther):
        reopen(treasurer)
    with pytest.raises(ReasonMissing):
        write(treasurer, closings.reopen_year, 2027, reason="")
    close(treasurer)
    with pytest.raises(YearStateOther):
        close(treasurer)
    with pytest.raises(YearStateOther):
        write(BOARD, closings.approve_year, 2027, today=NEW_YEAR)
    with pytest.raises(YearWrong):
        close(treasurer, 20027)
