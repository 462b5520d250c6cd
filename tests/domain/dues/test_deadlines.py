"""When dues are due (DUE-33), and what changes between two schedules."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.dues.compare import compare
from membership.domain.dues.deadlines import due_date, last_due
from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.schedule import read_schedule

FIXED_DAY = {"rule": "fixed_day", "day": "01-31"}
FREE = {"ORD": {"method": "FREE"}}


@pytest.mark.parametrize(
    ("due", "issued", "is_new", "expected"),
    [
        (FIXED_DAY, "2027-01-04", False, "2027-01-31"),
        (FIXED_DAY, "2026-12-20", False, "2027-01-31"),
        (FIXED_DAY, "2027-01-31", False, "2027-01-31"),
        (FIXED_DAY, "2027-02-01", False, "2027-03-03"),
        (FIXED_DAY, "2026-12-20", True, "2027-01-31"),
        (FIXED_DAY, "2027-01-10", True, "2027-02-09"),
        ({**FIXED_DAY, "new_member_days": 14}, "2027-05-20", True, "2027-06-03"),
        ({"rule": "days_after_invoice", "days": 14}, "2027-05-20", False, "2027-06-03"),
        ({"rule": "direct_debit", "day": "02-15"}, "2027-01-10", False, "2027-02-15"),
        ({"rule": "fixed_day", "day": "02-29"}, "2027-01-10", False, "2027-02-28"),
    ],
)
def test_due_33_the_due_date(order, due, issued, is_new, expected):
    schedule = read_schedule(order(FREE, due=due))
    found = due_date(schedule, year=2027, issued_on=date.fromisoformat(issued), is_new_member=is_new)
    assert found == date.fromisoformat(expected)


def test_without_a_rule_there_is_no_due_date(order):
    with pytest.raises(ScheduleWrong) as caught:
        due_date(read_schedule(order(FREE)), year=2027, issued_on=date(2027, 1, 1), is_new_member=False)
    assert caught.value.where == "/due"


def test_a_comparison_names_old_new_and_difference_of_the_dues_alone(order, results):
    old = order({"ORD": {"method": "FIXED", "amount": "100.00"}, "X": {"method": "FREE"}})
    new = order({"ORD": {"method": "FIXED", "amount": "80.00", "admission_fee": "50.00"}})
    facts = [{"start": "2027-01-01"}, {"category": "X"}]
    first, second = compare(results(old, *facts), results(new, *facts))
    assert (str(first.old), str(first.new), str(first.difference)) == ("100.00", "80.00", "-20.00")
    assert (str(second.old), second.new, second.difference) == ("0.00", None, None)


def test_members_of_one_side_only_are_compared_with_nothing(order, results):
    schedule = order({"ORD": {"method": "FIXED", "amount": "100.00"}})
    changes = compare(results(schedule, {"member": "A"}), results(schedule, {"member": "B"}))
    assert [(change.member, change.old is None, change.new is None) for change in changes] == [
        ("B", True, False),
        ("A", False, True),
    ]


def test_a_category_may_have_a_rule_of_its_own(order):
    own = {"method": "FREE", "due": {"rule": "fixed_day", "day": "04-30"}}
    schedule = read_schedule(order({"ORD": {"method": "FREE"}, "STA": own}, due=FIXED_DAY))
    asked = {"year": 2027, "issued_on": date(2027, 1, 4), "is_new_member": False}
    assert due_date(schedule, "ORD", **asked) == date(2027, 1, 31)
    assert due_date(schedule, "STA", **asked) == date(2027, 4, 30)


def test_an_invoice_with_instalments_is_due_on_the_last_of_their_days(order, assessed):
    halves = [{"day": "02-28", "share": "1/2"}, {"day": "08-31", "share": "1/2"}]
    found = assessed(
        order({"ORD": {"method": "FIXED", "amount": "9.00"}}, due={**FIXED_DAY, "instalments": halves})
    )
    assert last_due(found, date(2027, 1, 31)) == date(2027, 8, 31)
    single = assessed(order({"ORD": {"method": "FIXED", "amount": "9.00"}}, due=FIXED_DAY))
    assert last_due(single, date(2027, 1, 31)) == date(2027, 1, 31)
