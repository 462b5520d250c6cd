"""A statement that has only a sum: a notification divides it, before or after it, and nothing is posted twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from membership.domain.banking.batches import LineDivided, PartsDecided, ShownItself, SumMissing
from membership.domain.banking.lines import Entry
from membership.domain.banking.statements import Category, DayUnsaid, LineUndecided
from membership.domain.direct_debits.collections import ItemState
from membership.domain.errors import AlreadyDone
from membership.jobs.banking import post_all_sure
from membership.persistence.db import read_as, write
from membership.persistence.queries import bank_batches, bank_lines
from membership.persistence.queries.bank_lines import Choice
from membership.persistence.queries.bank_settled import booked_of_statement
from membership.persistence.queries.direct_debits import collections
from membership.services import direct_debits
from membership.services.bank_files import read_bank_file
from membership.services.banking.deciding import collect_line, return_line, set_aside, undo_line
from membership.services.banking.dividing import find_shown
from membership.services.banking.matching import match_open
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_mandate, make_member
from tests.gateways.bank_files.camt_files import camt
from tests.gateways.bank_files.camt_files import entry as entry_of
from tests.services.banking.books import IBAN, books_cents, entry, statement, taken_in

DUE = date(2027, 2, 1)
BACK = DUE + timedelta(days=4)
NOTICE = "camt.054.001.08"
SUM = {"name": None, "iban": None, "day": DUE}
PARTS = [
    entry(
        60_000, f"RE2027-000{number}", day=DUE, iban=None, name=f"Hansa {number}",
        end_to_end_id=f"RE2027-000{number}-1", place=1, batch="BANK-7",
    )
    for number in (1, 2)
]  # fmt: skip
BACK_PARTS = [
    each._replace(
        amount=-each.amount - 3, booked_on=BACK, charges=Decimal(3), return_reason="MS03", batch="BANK-8"
    )
    for each in PARTS
]  # fmt: skip


@pytest.fixture
def books(app, treasurer):
    """Two invoices of 600.00 in one collection that is at the bank, and a statement that made the books begin."""
    make_association(treasurer)
    write(treasurer, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    for number in ("M0001", "M0002"):
        make_member(treasurer, number=number, name=f"Hansa {number[-1]} GmbH")
        make_mandate(treasurer, number)
    bill_year(treasurer, with_papers=False)
    made = write(treasurer, direct_debits.create_collection, DUE, today=date(2027, 1, 11))
    write(treasurer, direct_debits.export_collection, made.id, today=date(2027, 1, 12))
    write(treasurer, direct_debits.mark_submitted, made.id, on=date(2027, 1, 28))
    yield treasurer
    assert verify(read_as(treasurer), full=True).findings == []


def notice(*parts: Entry, **changes):
    return statement(*parts, kind=NOTICE, opening=None, **changes)


def states(books) -> list[ItemState]:
    session = read_as(books)
    session.expire_all()
    return [line.item.state for line in collections.list_items(session, 1)]


def open_cents(books) -> list[int]:
    views = bank_lines.list_lines(read_as(books), Choice(is_open=True))
    return [view.line.amount_cents for view in views]


def divided(books) -> list[int]:
    """Return the sums that are divided."""
    session = read_as(books)
    return [each for each in range(1, 12) if bank_batches.list_parts(session, each)]


@pytest.mark.parametrize("is_before", [True, False])
@pytest.mark.parametrize("kind", ["camt.053.001.08", "mt940"])
def test_bnk_4_a_notification_before_or_after_the_statement_divides_its_sum_once(books, is_before, kind):
    whole = statement(entry(120_000, **SUM, bank_reference="BANK-7"), kind=kind)
    files = [notice(*PARTS), whole] if is_before else [whole, notice(*PARTS)]
    taken_in(books, files[0])
    assert open_cents(books) == ([] if is_before else [120_000])
    taken_in(books, files[1])
    assert open_cents(books) == [60_000, 60_000]
    assert len(post_all_sure(books, today=BACK)) == 2
    assert (states(books), books_cents(books)) == ([ItemState.SETTLED] * 2, 120_000)
    for again in (notice(*PARTS), whole, statement(entry(120_000, **SUM), kind="mt940")):
        assert taken_in(books, again).new == 0
    assert (open_cents(books), books_cents(books)) == ([], 120_000)
    session = read_as(books)
    of_sum, of_notice = (2, 1) if is_before else (1, 2)
    assert bank_lines.count_lines(session, Choice(statement_id=of_sum)) == (2, 120_000)
    assert booked_of_statement(session, of_sum) == 120_000
    assert bank_lines.count_lines(session, Choice(statement_id=of_notice)) == (2, 120_000)


def test_bnk_4_return_debits_within_a_batch_open_each_its_own_invoice(books):
    taken_in(books, statement(entry(120_000, **SUM, payment_id="LS2027-0001-1")))
    post_all_sure(books, today=BACK)
    taken_in(books, notice(*BACK_PARTS))
    sum_ = entry(-120_600, name=None, iban=None, day=BACK, bank_reference="BANK-8")
    taken_in(books, statement(sum_, opening=120_000))
    found = match_open(read_as(books), today=BACK)
    assert [(each.candidates[0].is_return, each.candidates[0].rest_cents) for each in found] == [
        (True, 300)
    ] * 2
    for each in found:
        write(books, return_line, each.view.line.id)
    assert (states(books), books_cents(books)) == ([ItemState.RETURNED] * 2, -600)


def test_a_sum_and_its_parts_are_never_both_decided(books):
    taken_in(books, notice(*PARTS))
    with pytest.raises(SumMissing):
        write(books, set_aside, 1, Category.OTHER)
    taken_in(books, statement(entry(120_000, **SUM, bank_reference="BANK-7")))
    with pytest.raises(LineDivided):
        write(books, set_aside, 3, Category.OTHER)
    write(books, set_aside, 1, Category.OTHER)
    assert books_cents(books) == 60_000


def test_a_sum_that_was_decided_stays_and_is_divided_when_that_is_taken_back(books):
    taken_in(books, statement(entry(120_000, **SUM, payment_id="LS2027-0001")))
    assert len(post_all_sure(books, today=BACK)) == 1
    taken_in(books, notice(*PARTS))
    assert (open_cents(books), books_cents(books)) == ([], 120_000)
    write(books, undo_line, 1, reason="einzeln", today=BACK)
    assert (open_cents(books), books_cents(books)) == ([60_000, 60_000], 0)
    assert len(post_all_sure(books, today=BACK)) == 2


def test_two_equal_batches_of_a_file_need_two_sums_and_a_divided_statement_needs_none(books):
    taken_in(books, statement(*PARTS))
    assert taken_in(books, notice(*PARTS)).known == 2
    late = [each._replace(booked_on=BACK, end_to_end_id=None) for each in PARTS]
    twice = [*late, *(each._replace(place=2) for each in late)]
    done = taken_in(books, notice(*twice))
    assert (done.new, done.known) == (4, 0)
    one = entry(120_000, name=None, iban=None, day=BACK, bank_reference="BANK-7")
    taken_in(books, statement(one, one, opening=120_000))
    assert open_cents(books) == [60_000] * 6


def test_a_statement_that_divides_its_batch_itself_counts_its_own_entries_alone(books):
    taken_in(books, notice(*PARTS))
    done = taken_in(books, statement(*PARTS))
    assert (done.new, done.gap_cents, open_cents(books)) == (2, 0, [60_000, 60_000])
    assert taken_in(books, statement(opening=120_000)).gap_cents == 0


def test_sepa_13_without_a_notification_the_sum_is_suggested_as_the_collection_of_its_day(books):
    taken_in(books, statement(entry(120_000, **SUM, code="192"), kind="mt940"))
    assert post_all_sure(books, today=BACK) == []
    (match,) = match_open(read_as(books), today=BACK)
    assert match.candidates[0].collection == "LS2027-0001-1"
    write(books, collect_line, 1, today=BACK, collection="LS2027-0001-1")
    assert (states(books), books_cents(books)) == ([ItemState.SETTLED] * 2, 120_000)
    taken_in(books, statement(PARTS[1]._replace(amount=-PARTS[1].amount, booked_on=BACK), opening=120_000))
    write(books, return_line, 2)
    with pytest.raises(AlreadyDone):
        write(books, undo_line, 1, reason="die Rückgabe zuerst", today=BACK)
    write(books, undo_line, 2, reason="doch", today=BACK)
    write(books, undo_line, 1, reason="jetzt", today=BACK)
    assert (states(books), books_cents(books)) == ([ItemState.OPEN] * 2, 0)


def test_a_real_notification_is_read_into_its_batches_and_one_without_a_day_is_refused(books):
    detail = "<TxDtls><Refs><EndToEndId>{0}</EndToEndId></Refs><Amt Ccy='EUR'>300.00</Amt></TxDtls>"
    batch = "<NtryRef>1</NtryRef><AcctSvcrRef>{0}</AcctSvcrRef>"
    found = read_bank_file(
        camt(
            *(entry_of("600.00", details=detail.format("A") + detail.format("B"), inside=batch.format(name))
              for name in ("X", "Y")),
            entry_of("50.00"),
            kind="054", balances="",
        ).replace(b"DE89 3704 0044 0532 0130 00", IBAN.encode()),
        filename="",
    )  # fmt: skip
    assert [each.place for each in found.statements[0].entries] == [1, 1, 2, 2, 3]
    assert taken_in(books, *found.statements).new == 5
    with pytest.raises(DayUnsaid):
        taken_in(books, notice(PARTS[0]._replace(booked_on=None)))


def test_a_batch_is_known_by_its_own_number_though_each_of_its_transactions_has_another(books):
    detail = (
        "<TxDtls><Refs><AcctSvcrRef>TX-{0}</AcctSvcrRef><EndToEndId>{0}</EndToEndId></Refs>"
        "<Amt Ccy='EUR'>600.00</Amt></TxDtls>"
    )
    told = entry_of(
        "1200.00", details=detail.format("A") + detail.format("B"), inside="<AcctSvcrRef>BANK-7</AcctSvcrRef>"
    )
    file = camt(told, kind="054", balances="").replace(b"DE89 3704 0044 0532 0130 00", IBAN.encode())
    found = read_bank_file(file, filename="").statements
    sums = [
        entry(120_000, **SUM | {"day": found[0].entries[0].booked_on}, bank_reference=number)
        for number in ("BANK-6", "BANK-7")
    ]
    taken_in(books, statement(*sums))
    taken_in(books, *found)
    assert divided(books) == [2]


@pytest.mark.parametrize(
    "number", [{"kind": "camt.053.001.08", "bank_reference": "BANK-9"}, {"kind": "mt940"}]
)
def test_a_batch_whose_sum_is_decided_never_divides_the_next_equal_sum(books, number):
    own = entry(120_000, **SUM, bank_reference="BANK-7", payment_id="LS2027-0001")
    kind = number["kind"]
    next_ = entry(
        120_000, **SUM | {"day": DUE + timedelta(days=1)}, bank_reference=number.get("bank_reference")
    )
    taken_in(books, statement(own))
    assert len(post_all_sure(books, today=BACK)) == 1
    taken_in(books, notice(*PARTS))
    taken_in(books, statement(next_, opening=120_000, kind=kind))
    write(books, set_aside, 4, Category.OTHER)
    write(books, undo_line, 4, reason="doch nicht", today=BACK)
    assert (open_cents(books), divided(books)) == ([120_000], [])
    write(books, undo_line, 1, reason="einzeln", today=BACK)
    assert divided(books) == [1]


def test_a_single_transaction_explains_no_credit_of_the_same_amount_but_that_of_its_number(books):
    one = PARTS[0]._replace(bank_reference="BANK-5", batch=None)
    bare = entry(60_000, "Beitrag", day=DUE, iban=None, name="Weser Guss AG")
    taken_in(books, notice(one), statement(bare, kind="mt940"))
    assert divided(books) == []
    late = entry(60_000, **SUM | {"day": BACK}, bank_reference="BANK-5")
    taken_in(books, statement(late, opening=60_000))
    assert divided(books) == [3]


def test_a_statement_with_details_knows_the_parts_of_a_sum_that_is_divided(books):
    taken_in(books, statement(entry(120_000, **SUM), kind="mt940"))
    told = [each._replace(booked_on=DUE + timedelta(days=1)) for each in PARTS]
    taken_in(books, notice(*told))
    assert len(post_all_sure(books, today=BACK)) == 2
    extra = PARTS[0]._replace(end_to_end_id=None, bank_reference="BANK-33", batch=None, place=0)
    done = taken_in(books, statement(*PARTS, extra))
    assert (done.new, done.known, books_cents(books)) == (1, 2, 120_000)
    same = extra._replace(amount=Decimal(300))
    taken_in(books, statement(same, opening=180_000))
    assert taken_in(books, statement(extra._replace(bank_reference="BANK-34"), opening=210_000)).new == 1


def test_batches_that_look_alike_but_hold_other_parts_are_two(books):
    bare = [each._replace(batch=None, bank_reference=None) for each in PARTS]
    other = [each._replace(name=f"Weser {each.name}", end_to_end_id=None, remittance=None) for each in bare]
    taken_in(books, notice(*bare))
    done = taken_in(books, notice(*other))
    assert (done.new, done.known) == (2, 0)
    again = taken_in(books, notice(*reversed(bare), *(each._replace(place=2) for each in other)))
    assert (again.new, again.known) == (0, 4)


def test_a_part_that_a_statement_shows_by_itself_says_where_it_is_decided(books):
    taken_in(books, notice(*PARTS))
    assert find_shown(read_as(books), 1) is None
    taken_in(books, statement(*PARTS))
    assert [find_shown(read_as(books), each) for each in (1, 2, 3)] == [3, 4, None]
    with pytest.raises(ShownItself):
        write(books, set_aside, 1, Category.OTHER)
    taken_in(books, statement(entry(120_000, **SUM | {"day": DUE + timedelta(days=1)}), opening=120_000))
    assert (divided(books), open_cents(books)) == ([], [60_000, 60_000, 120_000])


def test_a_division_is_taken_back_while_nothing_is_decided_about_its_parts_and_never_made_again(books):
    taken_in(books, statement(entry(120_000, **SUM), kind="mt940"))
    taken_in(books, notice(*PARTS))
    write(books, set_aside, 2, Category.OTHER)
    with pytest.raises(PartsDecided):
        write(books, undo_line, 1, reason="falsch", today=BACK)
    write(books, undo_line, 2, reason="falsch", today=BACK)
    write(books, undo_line, 1, reason="falsch", today=BACK)
    assert (divided(books), open_cents(books)) == ([], [120_000])
    with pytest.raises(SumMissing):
        write(books, set_aside, 2, Category.OTHER)
    with pytest.raises(LineUndecided):
        write(books, undo_line, 1, reason="noch einmal", today=BACK)
    write(books, set_aside, 1, Category.OTHER)
    write(books, undo_line, 1, reason="doch nicht", today=BACK)
    assert (divided(books), books_cents(books)) == ([], 0)
    own = entry(120_000, **SUM | {"day": BACK}, bank_reference="BANK-7")
    taken_in(books, statement(own, opening=120_000))
    assert (divided(books), open_cents(books)) == ([4], [120_000, 60_000, 60_000])
