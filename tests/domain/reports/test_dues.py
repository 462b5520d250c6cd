"""Dues planned, invoiced and paid, by category and by member."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from membership.domain.reports.dues import (
    Planned,
    dues_of_year,
    dues_report,
    dues_table,
    members_table,
    rate_paid,
)
from membership.domain.reports.open_items import ItemAt
from membership.domain.reports.tables import percent


def plan(member, cents, *, category="ORD"):
    return Planned(member, f"M{member:04d}", f"Firma {member}", category, "10–49", cents)


def document(member, invoiced, *, paid=0, category="ORD"):
    return ItemAt(
        member_id=member,
        number=f"M{member:04d}",
        name=f"Firma {member}",
        document=f"RE2027-{member:04d}",
        dues_year=2027,
        category=category,
        dues_class="10–49",
        dated_on=date(2027, 1, 11),
        due_on=date(2027, 1, 31),
        invoiced_cents=invoiced,
        paid_cents=paid,
    )


def test_the_example_of_rep_3_after_the_correction():
    rows = dues_of_year(
        2027,
        [plan(1, 60000), plan(2, 120000), plan(3, 120000)],
        [document(1, 60000, paid=60000), document(2, 120000)],
    )
    table = dues_table(dues_report(rows))
    assert table.rows == ((2027, "ORD", 3, 300000, 180000, 60000, 120000, 0, Fraction(1, 3)),)
    assert percent(table.total("rate_paid")) == Fraction(333, 10)
    assert [column.key for column in table.columns] == [
        "year", "category", "members", "planned", "invoiced", "paid", "open", "written_off", "rate_paid",
    ]  # fmt: skip


def test_a_member_nobody_can_work_out_is_planned_as_it_was_invoiced():
    [row] = dues_of_year(2027, [plan(1, None)], [document(1, 60000)])
    assert (row.planned_cents, row.is_undecided) == (60000, False)


def test_a_member_without_plan_and_document_is_counted_as_undecided():
    report = dues_report(dues_of_year(2027, [plan(1, None), plan(2, 60000)], []))
    assert report.undecided == 1
    assert dues_table(report).rows[0][2:5] == (2, 60000, 0)


def test_a_former_member_with_a_document_is_in_the_category_of_its_invoice():
    [row] = dues_of_year(2027, [], [document(9, 50000, category="SCI")])
    assert (row.number, row.category, row.planned_cents) == ("M0009", "SCI", 50000)


def test_nothing_invoiced_has_no_rate():
    assert rate_paid(0, 0) is None
    assert dues_table(dues_report([])).sums == (None, None, 0, 0, 0, 0, 0, 0, None)


def test_the_year_before_is_what_was_invoiced_else_what_the_member_list_said():
    listed = replace(plan(2, 60000), previous_cents=45000)
    first, second = dues_of_year(2027, [plan(1, 60000), listed], [], previous={1: 55000})
    assert (first.previous_cents, second.previous_cents) == (55000, 45000)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 20),
            st.sampled_from(["ORD", "SCI", "FOE"]),
            st.integers(0, 10**6),
            st.integers(0, 10**6),
        ),
        max_size=20,
    )
)
def test_categories_add_up_to_members(entries):
    items = [
        document(member, cents, paid=paid, category=category) for member, category, cents, paid in entries
    ]
    report = dues_report(dues_of_year(2027, [plan(21, 100)], items))
    by_category, by_member = dues_table(report), members_table(report)
    for key in ("planned", "invoiced", "paid", "open", "written_off", "rate_paid"):
        assert by_category.total(key) == by_member.total(key)
    assert by_category.total("members") == len(by_member.rows)
    assert by_member.total("invoiced") == sum(item.invoiced_cents for item in items)
    assert by_member.total("open") == by_member.total("invoiced") - by_member.total("paid")
