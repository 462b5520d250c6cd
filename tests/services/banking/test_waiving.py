"""What remains of an invoice: a small difference is closed by the setting, more waits where a second person is asked."""

from __future__ import annotations

import pytest

from membership.domain.approvals import State
from membership.domain.banking.lines import BankFile
from membership.domain.banking.statements import AccountContradicts, Part, Rest, RestTooHigh
from membership.domain.policy import Role
from membership.jobs.banking import foresee_all_sure, post_all_sure
from membership.persistence.db import read_as, write
from membership.persistence.queries import bank_lines
from membership.persistence.queries.approvals import get_approval
from membership.persistence.queries.payments import get_open_item
from membership.services import bank_accounts
from membership.services.banking.deciding import post_line, undo_line
from membership.services.banking.importing import require_account
from membership.services.banking.matching import is_posted_at_once
from membership.services.banking.waiving import Waiver, waiting_waivers
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_member
from tests.services.banking.books import DAY, entry, lines, statement, taken_in
from tests.services.test_approvals import add_people

NUMBER = "RE2027-0001"


@pytest.fixture
def books(app, treasurer):
    """A member who owes 600.00."""
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    yield treasurer
    assert verify(read_as(treasurer), full=True).findings == []


def owed(books) -> int:
    return get_open_item(read_as(books), NUMBER).open_cents


def post(books, line_id: int, cents: int, **given) -> int:
    return write(books, post_line, line_id, [Part(NUMBER, cents)], rest=Rest.WAIVE, today=DAY, **given)


def test_pay_3_up_to_the_limit_a_small_difference_is_closed_and_comes_back_with_the_entry(books):
    taken_in(books, statement(entry(59_900, "x")))
    post(books, 1, 59_900)
    assert owed(books) == 0
    write(books, undo_line, 1, reason="falsch", today=DAY)
    assert owed(books) == 60_000


def test_pay_3_above_the_limit_nothing_is_closed_without_a_reason(books):
    taken_in(books, statement(entry(59_899, "x")))
    with pytest.raises(RestTooHigh):
        post(books, 1, 59_899)
    assert owed(books) == 60_000
    write(books, change_settings, {"payment.tolerance_cents": 101})
    post(books, 1, 59_899)
    assert owed(books) == 0


def test_mem_18_a_waiver_that_waits_is_told_and_goes_with_its_entry(books):
    add_people(books, u1=Role.TREASURER, u2=Role.ADMIN, u7=Role.BOARD)
    taken_in(books, statement(entry(30_000, "x")))
    post(books, 1, 30_000, waiver=Waiver("Vergleich", "Vorstand"))
    decision = bank_lines.get_line(read_as(books), 1).decision
    (number,) = waiting_waivers(read_as(books), decision)
    assert owed(books) == 30_000
    write(books, undo_line, 1, reason="falsch", today=DAY)
    assert get_approval(read_as(books), number).state is State.OUTDATED
    assert owed(books) == 60_000


def test_sure_matches_wait_for_a_person_where_the_setting_says_so(books):
    write(books, change_settings, {"bank.post_sure": False})
    taken_in(books, statement(entry(60_000, NUMBER)))
    assert not is_posted_at_once(read_as(books))
    assert post_all_sure(books, today=DAY) == []
    assert foresee_all_sure(books, today=DAY, is_asked=True) == [1]
    assert post_all_sure(books, today=DAY, is_asked=True) == [1]
    assert not is_posted_at_once(read_as(books))
    write(books, change_settings, {"bank.post_sure": True})
    assert is_posted_at_once(read_as(books))
    assert lines(books)[0].decision is not None


def test_an_account_that_is_not_the_one_of_the_file_is_refused(books):
    second = {"iban": "DE02120300000000202051", "holder": "Verein", "label": "Tagesgeld"}
    write(books, bank_accounts.add_account, **second, opening_cents=None, opened_on=None)
    found = BankFile("camt.053.001.08", (statement(entry(100)),))
    session = read_as(books)
    for account_id in (None, 1):
        require_account(session, found, account_id)
    with pytest.raises(AccountContradicts):
        require_account(session, found, 2)
