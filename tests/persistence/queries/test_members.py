"""The list page of members, their record and their account, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import event

from membership.domain.ledger import EntryKind
from membership.domain.members import MemberState, state_on
from membership.domain.payments import Method
from membership.persistence.db import db, read_as, write
from membership.persistence.models.members import Membership
from membership.persistence.queries import members as queries
from membership.persistence.queries.members import MemberFilter, Tab
from membership.services import members, payments
from tests.conftest import TODAY
from tests.factories import bill_year, make_association, make_member

CHOSEN = MemberFilter(year=2027, today=TODAY)


def numbers(actor, **changes) -> list[str]:
    return [line.number for line in queries.list_members(read_as(actor), replace(CHOSEN, **changes))]


def test_a_row_says_category_size_class_dues_and_what_is_open(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001", city="Musterhafen")
    write(treasurer, members.record_basis_value, "M0001", "headcount", Fraction(60), as_of=date(2026, 6, 30))
    bill_year(treasurer)
    write(
        treasurer,
        payments.record_payment,
        member_id,
        50000,
        received_on=TODAY,
        method=Method.TRANSFER,
        today=TODAY,
    )
    (line,) = queries.list_members(read_as(treasurer), CHOSEN)
    assert (line.category, line.headcount, line.dues_cents, line.open_cents) == ("ORD", 60, 120000, 70000)
    assert line.dues_class
    assert (line.state, line.city) == (MemberState.ACTIVE, "Musterhafen")
    counts = queries.count_members(read_as(treasurer), CHOSEN)
    assert (counts.total, counts.dues_cents, counts.open_cents) == (1, 120000, 70000)
    assert queries.list_choices(read_as(treasurer), 2027) == [line.dues_class]


def test_tabs_and_sums_count_all_filtered_rows(app, treasurer):
    make_member(treasurer, number="M0001", name="Alpha GmbH")
    make_member(treasurer, number="M0002", name="Beta GmbH", start=date(2027, 1, 1))
    make_member(treasurer, number="M0003", name="Gamma GmbH", end=date(2027, 12, 31))
    make_member(treasurer, number="M0004", name="Delta GmbH", end=date(2026, 12, 31))
    make_member(treasurer, number="M0005", name="Alpha AG", start=date(2027, 2, 1))
    found = queries.count_members(read_as(treasurer), CHOSEN)
    assert dict(found.tabs) == {Tab.ACTIVE: 3, Tab.NEW: 2, Tab.LEAVING: 1, Tab.FORMER: 1, Tab.ALL: 5}
    found = queries.count_members(read_as(treasurer), replace(CHOSEN, text="ALPHA"))
    assert (found.tabs[Tab.ACTIVE], found.tabs[Tab.NEW], found.total) == (1, 1, 1)
    assert numbers(treasurer, tab=Tab.FORMER) == ["M0004"]
    assert numbers(treasurer, tab=Tab.LEAVING) == ["M0003"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["M0003", "M0001", "M0002"]),
        ("number", ["M0001", "M0002", "M0003"]),
        ("size", ["M0003", "M0002", "M0001"]),
        ("nonsense", ["M0003", "M0001", "M0002"]),
    ],
)
def test_the_list_is_sorted_the_same_on_both_databases(app, treasurer, sort, order):
    make_member(treasurer, number="M0001", name="Österwiek AG", name_key="oesterwiekag", headcount=1000)
    make_member(treasurer, number="M0002", name="Zander AG", name_key="zanderag", headcount=9)
    make_member(treasurer, number="M0003", name="Nordlack AG", name_key="nordlackag", headcount=None)
    assert numbers(treasurer, sort=sort) == order
    if sort != "nonsense":
        assert numbers(treasurer, sort=sort, is_descending=True) == order[::-1]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"text": "hansa"}, ["M0001"]),
        ({"text": "HANSA bremen"}, ["M0001"]),
        ({"text": "m0002"}, ["M0002"]),
        ({"text": "brandt@"}, ["M0002"]),
        ({"text": "100%"}, []),
        ({"text": "_"}, []),
        ({"category": "SCI"}, ["M0002"]),
        ({"lacks": "size"}, ["M0002"]),
        ({"lacks": "email"}, []),
        ({"method": "stripe"}, []),
        ({"dues_class": "' OR 1=1 --"}, []),
    ],
)
def test_sec_45_filters_and_search_take_any_text(app, treasurer, changes, found):
    make_member(treasurer, number="M0001", name="Hansa GmbH", search_text="m0001 hansa gmbh bremen")
    make_member(
        treasurer,
        number="M0002",
        name="Hochschule",
        category="SCI",
        headcount=None,
        search_text="m0002 hochschule",
    )
    write(treasurer, members.add_contact, "M0002", {"name": "Maren", "email": "m.brandt@hs.example"})
    assert numbers(treasurer, **changes) == found


def test_pages_of_the_list_do_not_overlap(app, treasurer):
    for number in range(1, 6):
        make_member(treasurer, number=f"M000{number}", name="Gleich GmbH", name_key="gleich")
    pages = [queries.list_members(read_as(treasurer), CHOSEN, limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [[line.number for line in page] for page in pages] == [
        ["M0001", "M0002"],
        ["M0003", "M0004"],
        ["M0005"],
    ]


def test_the_state_in_sql_is_the_state_of_the_rule(app, treasurer):
    """All combinations of kept state, start and end, one and two periods."""
    days = [None, TODAY - timedelta(days=400), TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
    periods = {}

    def add(session):
        count = 0
        for state in ("active", "suspended", "applied", "rejected", "succeeded", "exclusion_pending"):
            for start in days:
                for end in days:
                    if start and end and end < start:
                        continue
                    count += 1
                    number = f"M{count:04d}"
                    periods[number] = _insert(session, number, [(state, start, end)])
                    if end is not None and end < TODAY:
                        later = (end + timedelta(days=1), TODAY + timedelta(days=30))
                        for again in later:
                            count += 1
                            number = f"M{count:04d}"
                            rows = [(state, start, end), ("active", again, None)]
                            periods[number] = _insert(session, number, rows)

    write(treasurer, add)
    lines = queries.list_members(read_as(treasurer), replace(CHOSEN, tab=Tab.ALL))
    assert len(lines) == len(periods) > 100
    assert {line.number: line.state for line in lines} == {
        number: state_on(rows, TODAY) for number, rows in periods.items()
    }


class _Period:
    def __init__(self, state, start, end):
        self.state, self.start, self.end = state, start, end


def _insert(session, number, rows):
    from tests.factories import add_member

    member_id = add_member(session, number=number, name=f"Firma {number}", headcount=None, category=None)
    session.query(Membership).filter(Membership.member_id == member_id).delete()
    for state, start, end in rows:
        session.add(Membership(member_id=member_id, state=state, start=start, end=end))
    session.flush()
    return [_Period(*row) for row in rows]


def test_the_account_runs_from_what_was_owed_to_what_is_owed(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    bill_year(treasurer)
    paid = write(
        treasurer,
        payments.record_payment,
        member_id,
        70000,
        received_on=TODAY,
        method=Method.CASH,
        today=TODAY,
    )
    before, lines = queries.list_account_lines(read_as(treasurer), member_id)
    assert before == 0
    assert [(line.kind, line.cents, line.balance_cents, line.documents, line.method) for line in lines] == [
        (EntryKind.INVOICE, 60000, 60000, ("RE2027-0001",), None),
        (EntryKind.PAYMENT, -70000, -10000, ("RE2027-0001",), "cash"),
    ]
    write(treasurer, payments.reverse_payment, paid, reason="vertippt", today=TODAY)
    _, lines = queries.list_account_lines(read_as(treasurer), member_id)
    assert [(line.reversed_kind, line.cents, line.balance_cents) for line in lines[2:]] == [
        (EntryKind.PAYMENT, 70000, 60000)
    ]


def test_the_account_of_a_range_begins_with_the_balance_before(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    bill_year(treasurer)
    day = date(2027, 2, 1)
    write(
        treasurer, payments.record_payment, member_id, 10000, received_on=day, method=Method.CASH, today=day
    )
    before, lines = queries.list_account_lines(read_as(treasurer), member_id, since=day, until=day)
    assert (before, [line.balance_cents for line in lines]) == (60000, [50000])


def test_the_record_shows_money_of_the_year_and_what_is_overdue(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    record = queries.find_record(read_as(treasurer), "M0001", today=date(2027, 3, 1), year=2027)
    assert (record.billed.cents, record.billed.number, record.open_cents, record.overdue_cents) == (
        60000, "RE2027-0001", 60000, 60000,
    )  # fmt: skip
    assert (record.invoices, record.credit_cents) == (1, 0)
    record = queries.find_record(read_as(treasurer), "M0001", today=TODAY, year=2026)
    assert (record.billed, record.overdue_cents) == (None, 0)


def test_the_history_has_old_and_new_values_the_newest_first(app, treasurer):
    number = write(treasurer, members.create_member, {"name": "Hansa GmbH", "city": "Bremen"})
    write(treasurer, members.change_member, number, {"city": "Oldenburg"})
    member = queries.get_member(read_as(treasurer), number)
    newest, first = queries.list_history(read_as(treasurer), member.id, limit=10)
    assert (newest.action, newest.values) == ("member.change", (("city", "Bremen", "Oldenburg"),))
    assert (first.action, first.actor_name) == ("member.create", "Birgit Wessels")


def test_the_list_page_asks_three_statements_whatever_its_length(sqlite_app, treasurer):
    for number in range(1, 30):
        make_member(treasurer, number=f"M{number:04d}", name=f"Firma {number}")
    session = read_as(treasurer)
    asked: list[str] = []
    event.listen(
        db.engine, "before_cursor_execute", lambda _c, _cur, statement, *_rest: asked.append(statement)
    )
    queries.list_members(session, CHOSEN, limit=25)
    queries.count_members(session, CHOSEN)
    queries.list_choices(session, 2027)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 3
