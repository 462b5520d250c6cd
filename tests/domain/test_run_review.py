"""What a person looks at before a run: sums that add up, exceptions in groups."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from membership.domain.billing import ItemState, Mark, RunWarning
from membership.domain.phrases import phrase
from membership.domain.run_review import (
    Problem,
    RunLine,
    View,
    count_unconfirmed,
    count_views,
    due_days,
    group_problems,
    samples_of,
    sums_of,
)

LINE = RunLine(
    id=1, member_id=1, number="M0001", name="Alpha GmbH", state=ItemState.PLANNED, reason="", reason_text=None,
    amount_cents=60000, previous_cents=None, due_on=date(2027, 1, 31), period_from=date(2027, 1, 1),
    category="ORD", dues_class=None, is_estimated=False, warnings=(), confirmed=False, goes_by_mail=True,
    invoice=None,
)  # fmt: skip


def line(number, **changes):
    return replace(LINE, id=number, member_id=number, number=f"M{number:04}", **changes)


def warned(number, mark, **changes):
    return line(number, warnings=(RunWarning(mark, phrase("New member")),), **changes)


def test_the_sums_count_what_is_billed_and_the_members_always_add_up():
    lines = [
        line(1, previous_cents=50000),
        line(2, goes_by_mail=False),
        line(3, state=ItemState.HELD),
        line(4, state=ItemState.FREE, amount_cents=0),
        line(5, state=ItemState.FAILED, amount_cents=0),
    ]
    sums = sums_of(lines)
    assert (sums.documents, sums.total_cents, sums.previous_cents, sums.by_mail) == (2, 120000, 50000, 1)
    counts = sums.counts
    assert (counts.invoices, counts.held, counts.free, counts.failed, counts.active) == (2, 1, 1, 1, 5)
    assert sums.change_percent == Fraction(140)


def test_a_member_with_two_documents_has_one_year_before():
    two = [line(1, previous_cents=50000), replace(line(1, previous_cents=50000), id=2)]
    assert sums_of(two).previous_cents == 50000
    assert sums_of(two).counts.active == 1
    assert sums_of(two).documents == 2


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"state": ItemState.FAILED, "category": ""}, Problem.CATEGORY),
        ({"state": ItemState.FAILED}, Problem.UNDECIDED),
        (
            {"state": ItemState.FAILED, "reason_text": phrase("No amount has been agreed with this member.")},
            Problem.AGREED,
        ),
        ({"state": ItemState.HELD}, Problem.HELD),
        ({"state": ItemState.FREE}, Problem.FREE),
    ],
)
def test_a_member_without_an_invoice_stands_in_one_group(changes, problem):
    assert list(group_problems([line(1, **changes)])) == [problem]


def test_warnings_of_what_is_billed_are_groups_and_those_of_a_member_held_back_are_not():
    billed = warned(1, Mark.NO_EMAIL)
    held = warned(2, Mark.NO_EMAIL, state=ItemState.HELD)
    found = group_problems([billed, held, warned(3, Mark.NEW)])
    assert found == {Problem.NO_EMAIL: [billed], Problem.HELD: [held]}


def test_d_inv_15a_a_large_change_waits_until_it_is_confirmed_or_held_back():
    lines = [
        warned(1, Mark.CHANGE),
        warned(2, Mark.CHANGE, confirmed=True),
        warned(3, Mark.CHANGE, state=ItemState.HELD),
    ]
    assert count_unconfirmed(lines) == 1


def test_a_tab_counts_what_is_billed_only():
    lines = [warned(1, Mark.NEW), warned(2, Mark.NEW, state=ItemState.HELD), line(3, previous_cents=30000)]
    counts = count_views(lines)
    assert (counts[View.ALL], counts[View.NEW], counts[View.CHANGED], counts[View.MARKED]) == (2, 1, 1, 1)


def test_the_samples_are_the_smallest_the_largest_and_one_with_a_note():
    lines = [line(1), line(2, amount_cents=30000), line(3, amount_cents=90000), warned(4, Mark.NEW)]
    assert [(kind, each.number) for kind, each in samples_of(lines)] == [
        ("smallest", "M0002"),
        ("largest", "M0003"),
        ("marked", "M0004"),
    ]
    assert samples_of([line(1, state=ItemState.HELD)]) == []
    assert [kind for kind, _each in samples_of([line(1)])] == ["smallest"]


def test_the_due_days_are_counted_over_what_is_billed():
    lines = [line(1), line(2), line(3, due_on=date(2027, 4, 1)), line(4, state=ItemState.FREE)]
    assert due_days(lines) == [(date(2027, 1, 31), 2), (date(2027, 4, 1), 1)]
