"""A statement is taken in whole or not at all; nothing twice, nothing lost, and the books begin where it begins."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from membership.domain.banking.lines import Balance, BankFile
from membership.domain.banking.statements import (
    AccountNotSaid,
    AmountUneven,
    DayImplausible,
    DayUnsaid,
    ForeignAccount,
    ForeignCurrency,
    NothingBooked,
    StatementDiffers,
    StatementEmpty,
    StatementKnown,
)
from membership.domain.errors import InputError
from membership.domain.payments import Method
from membership.persistence.db import read_as, rehearse, write
from membership.persistence.queries import bank_lines
from membership.services import payments
from membership.services.bank_accounts import add_account
from membership.services.bank_files import read_bank_file
from membership.services.banking.importing import preview, take_in
from membership.services.verify import verify
from tests.factories import make_association, make_member
from tests.gateways.bank_files.camt_files import camt
from tests.gateways.bank_files.camt_files import entry as entry_of
from tests.gateways.bank_files.test_mt940 import DETAILS, FOOT, HEAD, LINE
from tests.services.banking.books import DAY, IBAN, PAYER, books_cents, entry, lines, statement, taken_in

OWN_CAMT = camt(entry_of("600.00")).replace(b"DE89 3704 0044 0532 0130 00", IBAN.encode())
SUMS = b"<Stmt><TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>"
OWN_MT940 = f"{HEAD}{LINE}\n{DETAILS}\n{LINE.replace('600', '0')}\n{FOOT}".replace(
    "10020030/1234567", IBAN
).encode()
LATER = DAY + timedelta(days=20)
FIRST = (entry(60000, "RE2027-0001"), entry(60000, "RE2027-0001"), entry(-1250, "Kontoführung", iban=None))


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    return treasurer


def test_inv_34_a_statement_is_kept_with_its_entries_and_the_books_begin_where_it_begins(books):
    done = taken_in(books, statement(*FIRST, opening=100_000))
    assert (done.new, done.known) == (3, 0)
    assert [view.line.amount_cents for view in lines(books)] == [60000, 60000, -1250]
    assert books_cents(books) == 100_000
    assert verify(read_as(books), full=True).findings == []


def test_fi_43_overlapping_statements_and_other_formats_post_nothing_twice(books):
    taken_in(books, statement(*FIRST, opening=100_000))
    bare = [each._replace(name="Hansa Blechformteile", bank_reference="NONREF") for each in FIRST]
    done = taken_in(books, statement(*bare, entry(500, "neu"), opening=100_000, kind="mt940"))
    assert (done.new, done.known) == (1, 3)
    again = taken_in(
        books, statement(*FIRST[1:], entry(500, "neu"), entry(700, "x", day=LATER), opening=160_000)
    )
    assert (again.new, again.known) == (1, 3)
    assert len(lines(books)) == 5


def test_fi_44_two_equal_payments_of_one_statement_both_count(books):
    assert taken_in(books, statement(FIRST[0], FIRST[0])).new == 2


def test_the_very_same_file_is_said_to_be_known(books):
    taken_in(books, statement(*FIRST), file_hash="aa")
    with pytest.raises(StatementKnown):
        taken_in(books, statement(*FIRST), file_hash="aa")


def test_inv_34_a_statement_that_does_not_add_up_needs_a_reason(books):
    wrong = statement(*FIRST, opening=0, closing=1)
    with pytest.raises(StatementDiffers, match="118"):
        taken_in(books, wrong)
    assert lines(books) == []
    taken_in(books, wrong, accepted="Die Bank hat den Auszug korrigiert")
    kept = bank_lines.list_statements(read_as(books))[0]
    assert (kept.difference_cents, kept.accepted) == (118_749, "Die Bank hat den Auszug korrigiert")


def test_inv_34_a_gap_between_statements_needs_a_reason_and_may_be_filled_later(books):
    taken_in(books, statement(entry(1000, "a"), opening=0))
    later = statement(entry(50, "c", day=LATER), opening=1300)
    with pytest.raises(StatementDiffers, match="3"):
        taken_in(books, later)
    assert taken_in(books, later, accepted="Auszug 2 kommt noch").gap_cents == 300
    between = statement(entry(300, "b", day=DAY + timedelta(days=9)), opening=1000)
    assert taken_in(books, between).gap_cents == 0
    assert taken_in(books, statement(entry(1, "d", day=LATER + timedelta(1)), opening=1350)).new == 1


def test_an_older_statement_moves_the_beginning_of_the_books(books):
    taken_in(books, statement(entry(1000, "b", day=LATER), opening=5000))
    taken_in(books, statement(entry(2000, "a"), opening=3000))
    assert books_cents(books) == 3000


def test_money_that_was_recorded_before_the_first_statement_is_in_its_opening_balance(books):
    member = make_member(books, number="M0001")
    early = {"received_on": DAY - timedelta(days=30), "method": Method.TRANSFER, "today": DAY}
    write(books, payments.record_payment, member, 40_000, **early)
    taken_in(books, statement(entry(1, "a"), opening=100_000))
    assert books_cents(books) == 100_000


def test_bnk_1_an_intraday_report_proves_no_balance(books):
    done = taken_in(books, statement(entry(1000, "a"), opening=999, closing=7, kind="camt.052.001.08"))
    assert (done.new, done.gap_cents) == (1, 0)
    assert taken_in(books, statement(entry(1000, "a"), opening=0)).known == 1


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (statement(*FIRST, account="DE02120300000000202051"), ForeignAccount),
        (statement(*FIRST, currency="CHF", opening=None), ForeignCurrency),
        (statement(entry(1000, name=None, iban=None), kind="camt.054.001.08", opening=None), NothingBooked),
        (statement(FIRST[0]._replace(booked_on=None), opening=None), DayUnsaid),
        (statement(opening=None), StatementEmpty),
        (statement(FIRST[0]._replace(booked_on=date.max)), DayImplausible),
        (statement(FIRST[0]._replace(booked_on=date.min), opening=None, kind="mt940"), DayImplausible),
        (statement(FIRST[0]._replace(amount=Decimal("600.001")), opening=None), AmountUneven),
        (
            statement(*FIRST, closing=100)._replace(closing=Balance(Decimal("1.005"), "EUR", DAY)),
            AmountUneven,
        ),
        (
            statement(FIRST[0]._replace(booked_on=date.max), kind="camt.054.001.08", opening=None),
            DayImplausible,
        ),
    ],
)
def test_what_cannot_be_taken_in_is_refused_by_name_and_nothing_is_kept(books, wrong, refusal):
    with pytest.raises(refusal):
        taken_in(books, wrong)
    assert lines(books) == []


def test_one_wrong_statement_of_a_file_keeps_all_of_it_out(books):
    with pytest.raises(ForeignAccount):
        taken_in(
            books, statement(entry(1, "gut")), statement(entry(2, "x"), account="DE02120300000000202051")
        )
    assert (lines(books), bank_lines.list_statements(read_as(books))) == ([], [])


def test_a_list_without_account_is_asked_about_when_there_are_several(books):
    assert taken_in(books, statement(entry(1, "a"), account=None, opening=None, kind="csv")).new == 1
    write(books, add_account, iban=PAYER, holder="X", label="", opening_cents=None, opened_on=None)
    bare = statement(entry(2, "b"), account=None, opening=None, kind="csv")
    with pytest.raises(AccountNotSaid):
        taken_in(books, bare)
    taken_in(books, bare, account_id=2)
    assert lines(books)[-1].line.account_id == 2


@pytest.mark.parametrize(
    "said",
    [
        "37040044/532013000",
        "37040044/0532013000EUR",
        "DE89370400440532013000EUR",
        "532013000",
        "0532 013 000",
    ],
)
def test_the_account_may_be_named_by_bank_code_and_number_or_number_alone(books, said):
    assert taken_in(books, statement(entry(1, "a"), account=said, kind="mt940")).new == 1


@pytest.mark.parametrize(
    "said", ["12030000/532013000", "53201300", "37040044/532013000USD", "DE89370400440532013000USD"]
)
def test_another_number_bank_or_currency_is_a_foreign_account(books, said):
    with pytest.raises(ForeignAccount):
        taken_in(books, statement(entry(1, "a"), account=said, kind="mt940"))


def test_a_rehearsal_shows_what_would_be_kept(books):
    found = BankFile("camt.053.001.08", (statement(*FIRST, opening=0, closing=5),))
    (seen,) = rehearse(books, preview, found, file_hash="x")
    assert (seen.new, seen.difference_cents, seen.doubt is None) == (3, 118_745, False)
    assert lines(books) == []


@pytest.mark.parametrize("data", [
    OWN_CAMT[:-40], b"", b"%PDF-1.7\n", OWN_CAMT.replace(b"UTF-8", b"X-BANK"), OWN_CAMT.replace(b"<Stmt>", SUMS), OWN_MT940[:-30], OWN_MT940[:-120],
], ids=["cut", "empty", "PDF", "encoding", "control sums", "no closing balance", "fewer entries"])  # fmt: skip
def test_fi_55_nothing_of_a_damaged_file_is_kept(books, data):
    with pytest.raises((InputError, StatementDiffers)):
        write(books, take_in, read_bank_file(data, filename="a"), file_hash="0" * 64, file_name="a")
    assert lines(books) == []
    assert bank_lines.find_file(read_as(books), "0" * 64) is None


@pytest.mark.parametrize("data", [OWN_CAMT, OWN_MT940], ids=["camt", "mt940"])
def test_fi_55_the_same_files_undamaged_are_kept(books, data):
    write(books, take_in, read_bank_file(data, filename="a"), file_hash="0" * 64, file_name="a")
    assert len(lines(books)) == 1
