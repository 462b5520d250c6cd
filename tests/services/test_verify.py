"""The checker says yes to honest books, and names what is wrong with others; single cells are in `test_tampering.py`."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from membership.domain.banking.statements import Rest
from membership.domain.corrections import Cause, Reason
from membership.domain.payments import Method
from membership.persistence import triggers
from membership.persistence.db import db, read_as, write
from membership.services import corrections, direct_debits, ledger, payments
from membership.services.banking.deciding import post_line
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_mandate, make_member
from tests.services.banking.books import entry, statement, taken_in

DAY = date(2027, 1, 11)


@pytest.fixture
def books(app, treasurer):
    """Books with an invoice, a payment that was allocated, and one that was taken back."""
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002", headcount=300)
    bill_year(treasurer)
    for cents in (60000, 1):
        payment = write(
            treasurer,
            payments.record_payment,
            member_id,
            cents,
            received_on=DAY,
            method=Method.CASH,
            today=DAY,
        )
    write(treasurer, payments.reverse_payment, payment, reason="vertippt", today=DAY)
    decided = {"reason": "Vergleich", "resolution": "Vorstand", "today": DAY}
    write(
        treasurer, corrections.correct_invoice, "RE2027-0002", 5, reason=Reason(Cause.WRONG_AMOUNT), today=DAY
    )
    write(treasurer, corrections.waive, "RE2027-0002", 7, **decided)
    write(treasurer, corrections.reopen, "RE2027-0002", reason="doch nicht", today=DAY)
    write(treasurer, corrections.plan_instalments, "RE2027-0002", [DAY, date(2027, 6, 1)], **decided)
    return treasurer


def collect(actor) -> None:
    """A line of a statement that was posted; a mandate and a collection of an amount that was taken over."""
    taken_in(actor, statement(entry(700, "Spende", day=DAY), opening=5))
    write(actor, post_line, 1, [], rest=Rest.CREDIT, credit_to="M0001", today=DAY)
    write(actor, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    member_id = make_member(actor, number="M0003")
    taken_over = {"reference": "ALT-1", "dues_year": 2026, "due_on": DAY, "today": DAY}
    write(actor, ledger.book_opening_item, member_id, 100, **taken_over)
    make_mandate(actor, "M0003")
    told = {"notified_on": DAY, "due_on": date(2027, 2, 1), "way": "letter", "today": DAY}
    write(actor, direct_debits.record_notice, "ALT-1", **told)
    write(actor, direct_debits.create_collection, date(2027, 2, 1), today=DAY)


def test_honest_books_are_well(books):
    collect(books)
    verdict = verify(read_as(books), full=True)
    assert verdict.findings == []
    assert verdict.checked["INV-06"] == 5
    assert {"INV-01", "INV-02", "INV-03", "INV-05", "INV-07", "INV-10", "INV-11", "INV-12", "INV-25"} <= set(
        verdict.checked
    )
    assert all(verdict.checked.values())


def tampered(statement: str, **values) -> None:
    """Change the database behind the program's back, as somebody with the file in hand could."""
    with db.engine.connect().execution_options(write=True) as connection:
        for name in triggers.present(connection):
            table = triggers._table_of(connection, name)
            on_table = f" ON {table}" if table else ""
            connection.exec_driver_sql(f"DROP TRIGGER {name}{on_table}")
        connection.execute(text(statement), values)
        triggers.install(connection)
        connection.commit()


@pytest.mark.parametrize("table", ["allocations", "payments", "stored_documents"])
def test_inv_07_a_removed_row_is_named(books, table):
    with db.engine.connect() as connection:
        last = connection.execute(text(f"SELECT max(id) FROM {table}")).scalar()
    tampered(f"DELETE FROM {table} WHERE id = {last}")
    findings = verify(read_as(books), full=True).findings
    assert any(finding.object == f"{table} {last}" for finding in findings)


@pytest.mark.parametrize("table", ["audit_records", "entries", "invoices"])
def test_inv_07_a_row_that_others_rest_on_cannot_be_removed(books, table):
    with pytest.raises(IntegrityError):
        tampered(f"DELETE FROM {table}")


def test_inv_08_a_missing_trigger_is_named(books):
    with db.engine.connect().execution_options(write=True) as connection:
        on_table = "" if connection.dialect.name == "sqlite" else " ON entries"
        connection.exec_driver_sql(f"DROP TRIGGER entry_balances{on_table}")
        connection.commit()
    verdict = verify(read_as(books), full=False)
    assert [(f.invariant, f.object) for f in verdict.findings] == [("INV-08", "trigger entry_balances")]


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE entries DISABLE TRIGGER entries_update",
        "CREATE OR REPLACE FUNCTION entries_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        (
            "DROP TRIGGER entries_update ON entries; CREATE TRIGGER entries_update BEFORE UPDATE ON entries"
            " FOR EACH ROW WHEN (false) EXECUTE FUNCTION entries_update()"
        ),
        (
            "DROP TRIGGER entries_update ON entries; CREATE TRIGGER entries_update BEFORE DELETE ON entries"
            " FOR EACH ROW EXECUTE FUNCTION entries_update()"
        ),
    ],
    ids=["off", "emptied", "never", "other verb"],
)
def test_fi_59_a_trigger_of_postgresql_that_only_looks_right_is_named(app, treasurer, change):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite keeps the text of a trigger as a whole")
    with db.engine.connect() as connection:
        connection.exec_driver_sql(change)
        connection.commit()
    findings = verify(read_as(treasurer), full=False).findings
    assert [(f.invariant, f.object) for f in findings] == [("INV-08", "trigger entries_update")]


def test_inv_11_an_open_amount_that_differs_from_the_ledger_is_named(books):
    tampered("UPDATE open_items SET open_cents = open_cents - 1 WHERE reference = 'RE2027-0002'")
    findings = verify(read_as(books), full=False).findings
    assert [(f.invariant, f.object, f.expected, f.found) for f in findings] == [
        ("INV-11", "RE2027-0002", "239995", "239994"),
    ]


def test_inv_03_a_counter_that_ran_ahead_is_named(books):
    tampered("UPDATE number_series SET last = last + 1 WHERE series = 'RE'")
    assert "series RE 2027" in [f.object for f in verify(read_as(books), full=False).findings]


def test_inv_11_what_was_credited_waived_or_written_off_follows_ledger_and_documents(books):
    for column in ("credited_cents", "waived_cents", "written_off_cents"):
        tampered(f"UPDATE open_items SET {column} = {column} + 1 WHERE reference = 'RE2027-0002'")
        findings = verify(read_as(books), full=False).findings
        assert "RE2027-0002" in {finding.object for finding in findings}, column
        tampered(f"UPDATE open_items SET {column} = {column} - 1 WHERE reference = 'RE2027-0002'")
    assert verify(read_as(books), full=False).ok


def test_a_due_date_without_a_decision_is_named(books):
    tampered("UPDATE open_items SET due_on = '2027-12-31' WHERE reference = 'RE2027-0002'")
    findings = verify(read_as(books), full=False).findings
    assert [(finding.object, finding.expected) for finding in findings] == [("RE2027-0002", "2027-01-11")]


def test_inv_12_a_generation_that_rose_without_a_cancellation_is_named(books):
    tampered("UPDATE invoices SET generation = 2 WHERE number = 'RE2027-0002'")
    found = [f for f in verify(read_as(books), full=False).findings if f.invariant == "INV-12"]
    assert [finding.object for finding in found] == ["RE2027-0002"]
