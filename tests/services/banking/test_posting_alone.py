"""What is posted without a person is looked at again right before; what is learned and remembered can be missing."""

from __future__ import annotations

import pytest

from membership.domain.banking.lines import BankFile
from membership.domain.banking.statements import (
    Category,
    ForeignCurrency,
    Part,
    Rest,
)
from membership.domain.errors import NotFound
from membership.persistence.db import read_as, write
from membership.persistence.queries import bank_known
from membership.services.banking.deciding import post_line, return_line, set_aside
from membership.services.banking.importing import list_known
from membership.services.banking.learning import drop_rule, forget_iban
from membership.services.banking.matching import match_open, post_sure
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_member
from tests.services.banking.books import DAY, books_cents, entry, lines, statement, taken_in


@pytest.fixture
def books(app, treasurer):
    """Two members who owe 600.00 each."""
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002", name="Weser Guss AG")
    bill_year(treasurer, with_papers=False)
    yield treasurer
    assert verify(read_as(treasurer), full=True).findings == []


def test_what_was_decided_or_paid_meanwhile_is_left_alone(books):
    assert match_open(read_as(books), today=DAY) == []
    same = entry(60_000, "RE2027-0001", name="Hansa", iban=None)
    other = entry(60_000, "RE2027-0002", name="Weser Guss AG", iban=None)
    nothing = entry(5_000, "Spende", name="Niemand", iban=None)
    taken_in(books, statement(same, other, nothing, entry(60_000, "ohne", name="Hansa", iban=None)))
    found = match_open(read_as(books), today=DAY)
    assert [each.is_sure for each in found] == [True, True, False, False]
    write(books, set_aside, 2, Category.OTHER)
    write(books, post_line, 4, [Part("RE2027-0001", 60_000)], today=DAY, remembers=False)
    assert write(books, post_sure, found, today=DAY) == []
    assert (books_cents(books), len(lines(books))) == (120_000, 4)


def test_money_that_came_is_no_return_and_nothing_is_learned_of_a_line_without_a_side(books):
    taken_in(books, statement(entry(60_000, "RE2027-0001", name=None, iban=None, end_to_end_id="X-1")))
    with pytest.raises(NotFound):
        write(books, return_line, 1)
    write(books, set_aside, 1, Category.OTHER, always=True)
    assert bank_known.list_rules(read_as(books)) == []
    for forget in (drop_rule, forget_iban):
        with pytest.raises(NotFound):
            write(books, forget, 99)


def test_a_waived_rest_of_a_document_that_is_paid_in_full_is_nothing(books):
    taken_in(books, statement(entry(119_950, "beide", iban=None)))
    parts = [Part("RE2027-0001", 60_000), Part("RE2027-0002", 59_950)]
    write(books, post_line, 1, parts, today=DAY, rest=Rest.WAIVE)
    assert len(lines(books)[0].decision.waived) == 1


def test_what_of_a_file_is_known_is_told_and_a_notification_or_an_empty_statement_has_nothing(books):
    one = statement(entry(60_000, "RE2027-0001"))
    taken_in(books, one)
    notice = statement(entry(60_000, "RE2027-0001"), kind="camt.054.001.08", opening=None)
    empty = statement(opening=60_000)
    for statements, known in (((one,), [1]), ((notice, empty), [])):
        assert list_known(read_as(books), BankFile("zip", statements)) == known
    with pytest.raises(ForeignCurrency):
        taken_in(books, notice._replace(currency="CHF"))
