"""Who owes what since when: ages, credits apart, nothing netted."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from membership.domain.reports.open_items import (
    BUCKETS,
    Credit,
    ItemAt,
    ages,
    balances,
    bucket_of,
    credits_table,
    open_items,
    open_items_table,
)

DAY = date(2027, 3, 31)


def item(document="RE2027-0001", *, member=1, invoiced=60000, paid=0, due=date(2027, 2, 1), year=2027):
    return ItemAt(
        member_id=member,
        number=f"M{member:04d}",
        name="Hansa Blechformteile GmbH",
        document=document,
        dues_year=year,
        category="ORD",
        dues_class="10–49",
        dated_on=date(2027, 1, 11),
        due_on=due,
        invoiced_cents=invoiced,
        paid_cents=paid,
    )


def test_the_example_of_rep_2_falls_into_its_ages():
    report = open_items(
        [
            item("RE2027-0001", invoiced=60000, due=date(2027, 2, 1)),
            item("RE2026-0001", invoiced=120000, due=date(2026, 2, 2)),
            item("RE2027-0002", invoiced=50000, due=date(2027, 6, 30)),
        ],
        [],
        as_of=DAY,
    )
    found = {age.words: age.cents for age in ages(report) if age.cents}
    assert found == {"Not yet due": 50000, "31–60": 60000, "More than 365": 120000}
    assert report.open_cents == 230000
    assert [each.days_overdue(DAY) for each in report.items] == [422, 58, 0]


def test_an_item_due_today_is_not_overdue():
    report = open_items([item(due=DAY)], [], as_of=DAY)
    assert report.overdue_cents == 0
    assert ages(report)[0].cents == 60000


def test_paid_items_are_left_out_and_credits_stand_apart():
    report = open_items(
        [item(paid=60000), item("RE2027-0002", member=2, paid=10000)],
        [Credit(3, "M0003", "Alpha Werke GmbH", 2500)],
        as_of=DAY,
    )
    assert [each.document for each in report.items] == ["RE2027-0002"]
    assert (report.open_cents, report.credit_cents) == (50000, 2500)
    assert credits_table(report).rows == (("M0003", "Alpha Werke GmbH", 2500),)


def test_money_for_a_document_of_a_later_day_is_a_credit_until_then():
    early = item(invoiced=0, paid=60000)
    report = open_items([early], [Credit(1, early.number, early.name, 5000)], as_of=DAY)
    assert report.items == ()
    assert [credit.cents for credit in report.credits] == [65000]


def test_the_table_has_the_keys_of_the_contract_and_sums_its_rows():
    table = open_items_table(open_items([item(paid=10000), item("RE2027-0002")], [], as_of=DAY))
    assert [column.key for column in table.columns] == [
        "member", "name", "document", "date", "due", "days_overdue", "original", "open", "level", "flags",
    ]  # fmt: skip
    assert table.rows[0] == (
        "M0001", "Hansa Blechformteile GmbH", "RE2027-0001", date(2027, 1, 11), date(2027, 2, 1), 58,
        60000, 50000, None, (),
    )  # fmt: skip
    assert (table.total("original"), table.total("open")) == (120000, 110000)


@given(st.integers(min_value=0, max_value=5000))
def test_every_number_of_days_has_one_age(days):
    words = bucket_of(days)
    lasts = [last for last, _words in BUCKETS if last is not None]
    position = [each for _last, each in BUCKETS].index(words)
    assert position == sum(days > last for last in lasts)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 5),
            st.integers(0, 10**6),
            st.integers(0, 10**6),
            st.dates(date(2020, 1, 1), date(2028, 1, 1)),
        ),
        max_size=12,
    ),
    st.lists(st.integers(1, 10**6), max_size=5),
)
def test_ages_add_up_to_what_is_open_and_nothing_is_lost(documents, surplus):
    items = [
        item(f"D{position}", member=member, invoiced=invoiced, paid=paid, due=due)
        for position, (member, invoiced, paid, due) in enumerate(documents)
    ]
    credits_ = [Credit(member, f"M{member:04d}", "", cents) for member, cents in enumerate(surplus, start=1)]
    report = open_items(items, credits_, as_of=DAY)
    assert sum(age.cents for age in ages(report)) == report.open_cents
    assert sum(age.count for age in ages(report)) == len(report.items)
    assert report.open_cents - report.credit_cents == sum(each.open_cents for each in items) - sum(surplus)
    assert sum(balances(report).values()) == report.open_cents - report.credit_cents
