"""The lists of invoices and payments, and how things stand, on both databases."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event, update

from membership.domain.corrections import Cause, Reason
from membership.domain.payments import Method
from membership.persistence.db import db, read_as, write
from membership.persistence.models.billing import OutboxRow
from membership.persistence.queries import history, invoice_list, overview, payment_list
from membership.persistence.queries.invoice_list import InvoiceFilter, Sort, Tab
from membership.persistence.queries.members.record import find_record
from membership.persistence.queries.payment_list import PaymentFilter
from membership.persistence.queries.payment_list import Tab as PaymentTab
from membership.services import corrections, outbox, payments, reports
from membership.wording import Wording
from tests.factories import bill_year, make_association, make_member

TODAY = date(2027, 2, 16)
PAID_ON = date(2027, 2, 10)


@pytest.fixture
def books(app, treasurer):
    """Alpha paid 650.00 of 600.00, Beta 200.00 of 1,200.00 and took 10.00 back, Gamma (joined late) owes 450.00."""
    make_association(treasurer)
    alpha = make_member(treasurer, number="M0001", name="Alpha Werke GmbH")
    beta = make_member(treasurer, number="M0002", name="Beta Guss AG", headcount=60)
    make_member(treasurer, number="M0003", name="Gamma 100 % KG", headcount=5, start=date(2027, 1, 1))
    bill_year(treasurer)
    for member_id, cents in ((alpha, 65000), (beta, 20000), (beta, 1000)):
        last = write(
            treasurer,
            payments.record_payment,
            member_id,
            cents,
            received_on=PAID_ON,
            method=Method.TRANSFER,
            today=TODAY,
        )
    write(treasurer, payments.reverse_payment, last, reason="wrong member", today=TODAY)
    return read_as(treasurer)


def chosen(**changes):
    return InvoiceFilter(**{"year": 2027, "today": TODAY, **changes})


def numbers(session, **changes):
    rows = invoice_list.list_page(session, chosen(**changes), page=1, size=50)
    return [row.number for row in rows]


def test_the_tabs_hold_what_their_names_say(books):
    assert numbers(books) == ["RE2027-0003", "RE2027-0002", "RE2027-0001"]
    assert numbers(books, tab=Tab.PAID) == ["RE2027-0001"]
    assert numbers(books, tab=Tab.OPEN) == ["RE2027-0003", "RE2027-0002"]
    assert numbers(books, tab=Tab.OVERDUE) == ["RE2027-0003", "RE2027-0002"]
    on_the_first_day = {"tab": Tab.NOT_DUE, "today": date(2027, 1, 11)}
    assert numbers(books, **on_the_first_day) == ["RE2027-0003", "RE2027-0002"]
    assert numbers(books, tab=Tab.NOT_DUE) == []


def test_d_dun_3_an_invoice_due_on_a_sunday_is_overdue_on_tuesday_in_list_record_report_and_board(books):
    """Alpha's and Beta's are due on Sunday 31 January 2027, Gamma's later; 1,000.00 and 450.00 are open."""
    for day, late in ((date(2027, 2, 1), 0), (date(2027, 2, 2), 100000)):
        overall = invoice_list.get_overall(books, chosen(today=day))
        assert overall.tabs[Tab.OVERDUE].open_cents == late
        assert overall.tabs[Tab.NOT_DUE].open_cents == 145000 - late
        assert bool(numbers(books, tab=Tab.OVERDUE, today=day)) == bool(late)
        records = [find_record(books, number, year=2027, today=day) for number in ("M0001", "M0002", "M0003")]
        assert sum(each.overdue_cents for each in records) == late
    before_payments = date(2027, 2, 2)
    report = reports.list_open_items(books, as_of=before_payments)
    assert report.overdue_cents == 180000
    board = reports.get_board(books, year=2027, as_of=before_payments, words=Wording("de"))
    assert board.now.overdue_cents == 180000
    assert reports.list_open_items(books, as_of=date(2027, 2, 1)).overdue_cents == 0
    sunday = reports.get_board(books, year=2027, as_of=date(2027, 2, 1), words=Wording("de"))
    assert sunday.now.overdue_cents == 0


def test_counts_and_sums_are_those_of_all_filtered_rows(books):
    overall = invoice_list.get_overall(books, chosen())
    found = {tab: (sums.count, sums.counted_cents, sums.open_cents) for tab, sums in overall.tabs.items()}
    assert found == {
        Tab.ALL: (3, 225000, 145000),
        Tab.OPEN: (2, 165000, 145000),
        Tab.NOT_DUE: (0, 0, 0),
        Tab.OVERDUE: (2, 165000, 145000),
        Tab.PAID: (1, 60000, 0),
        Tab.CANCELLED: (0, 0, 0),
    }
    assert sum(sums.counted_cents for sums in overall.by_class.values()) == 225000
    assert overall.methods == ["transfer"]
    assert [day for _id, day in overall.runs] == [date(2027, 1, 11)]


def test_a_cancelled_invoice_has_a_tab_of_its_own_and_counts_nothing(books, treasurer):
    """Alpha's 600.00 are cancelled, of Beta's 1,200.00 a part is credited and a part waived."""
    before = invoice_list.get_overall(books, chosen()).tabs[Tab.ALL]
    values = {"reason": Reason(Cause.WRONG_AMOUNT), "today": date(2027, 2, 16)}
    write(treasurer, corrections.cancel_invoice, "RE2027-0001", **values)
    write(treasurer, corrections.correct_invoice, "RE2027-0002", 20000, **values)
    decided = {"reason": "Vergleich", "resolution": "Vorstand", "today": date(2027, 2, 16)}
    write(treasurer, corrections.waive, "RE2027-0002", 5000, **decided)
    assert numbers(books, tab=Tab.CANCELLED) == ["RE2027-0001"]
    assert "RE2027-0001" not in numbers(books, tab=Tab.PAID) + numbers(books, tab=Tab.OPEN)
    overall = invoice_list.get_overall(books, chosen())
    counted = overall.tabs[Tab.ALL]
    assert (counted.count, counted.counted_cents) == (before.count, before.counted_cents - 80000)
    assert counted.lost_cents == 5000
    assert counted.received_cents + counted.lost_cents + counted.open_cents == counted.counted_cents
    assert sum(sums.count for sums in overall.by_class.values()) == 2


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"text": "beta"}, ["RE2027-0002"]),
        ({"text": "RE2027-0003"}, ["RE2027-0003"]),
        ({"text": "re 2027-0003"}, ["RE2027-0003"]),
        ({"text": "1.200,00"}, ["RE2027-0002"]),
        ({"text": "1000"}, ["RE2027-0002"]),
        ({"text": "100 %"}, ["RE2027-0003"]),
        ({"text": "%"}, ["RE2027-0003"]),
        ({"text": "_"}, []),
        ({"least_cents": 60001}, ["RE2027-0002"]),
        ({"most_cents": 60000}, ["RE2027-0003", "RE2027-0001"]),
        ({"since": date(2027, 1, 12)}, []),
        ({"until": date(2027, 1, 11)}, ["RE2027-0003", "RE2027-0002", "RE2027-0001"]),
        ({"method": "direct_debit"}, []),
        ({"run_id": 99}, []),
        ({"year": 2026}, []),
    ],
)
def test_filters_narrow_rows_and_sums_alike(books, changes, found):
    assert numbers(books, **changes) == found
    overall = invoice_list.get_overall(books, chosen(**changes))
    assert overall.tabs[Tab.ALL].count == len(found)


def test_every_column_sorts_both_ways(books):
    for sort in Sort:
        down = numbers(books, sort=sort, is_descending=True)
        up = numbers(books, sort=sort, is_descending=False)
        assert sorted(down) == sorted(up)
        assert down[0] != up[0] or sort is Sort.DUE


def test_a_page_is_cut_out_and_the_file_holds_all(books):
    first = invoice_list.list_page(books, chosen(), page=1, size=2)
    second = invoice_list.list_page(books, chosen(), page=2, size=2)
    assert [row.number for row in (*first, *second)] == numbers(books)
    assert [row.number for row in invoice_list.iter_all(books, chosen())] == numbers(books)


def test_the_list_needs_two_statements(books):
    seen = []
    db.session.rollback()

    def count(_connection, _cursor, statement, *_more):
        if statement != "BEGIN":
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    invoice_list.get_overall(books, chosen(text="beta"))
    invoice_list.list_page(books, chosen(text="beta"), page=1, size=50)
    event.remove(db.engine, "before_cursor_execute", count)
    assert len(seen) == 2
    assert not any("invoices.content" in statement for statement in seen)


def test_payments_are_listed_with_what_they_settle(books):
    rows = payment_list.list_page(books, PaymentFilter(year=2027), page=1, size=50)
    assert [(row.member_number, row.amount_cents, row.free_cents, row.documents) for row in rows] == [
        ("M0002", 20000, 0, (("RE2027-0002", True),)),
        ("M0001", 65000, 5000, (("RE2027-0001", True),)),
    ]


def test_payments_are_counted_by_tab(books):
    found = payment_list.count_tabs(books, PaymentFilter(year=2027))
    assert {tab: (sums.count, sums.cents, sums.free_cents) for tab, sums in found.items()} == {
        PaymentTab.ALL: (2, 85000, 5000),
        PaymentTab.FREE: (1, 65000, 5000),
        PaymentTab.REVERSED: (1, 1000, 0),
    }


@pytest.mark.parametrize(
    ("changes", "amounts"),
    [
        ({"text": "alpha"}, [65000]),
        ({"text": "RE2027-0002"}, [20000]),
        ({"text": "200"}, [20000]),
        ({"tab": PaymentTab.REVERSED}, [1000]),
        ({"tab": PaymentTab.FREE}, [65000]),
        ({"method": "cash"}, []),
        ({"since": date(2027, 2, 11)}, []),
        ({"until": date(2027, 2, 10)}, [20000, 65000]),
        ({"year": 2026}, []),
    ],
)
def test_filters_narrow_the_payments(books, changes, amounts):
    asked = PaymentFilter(**{"year": 2027, **changes})
    rows = payment_list.list_page(books, asked, page=1, size=50)
    assert [row.amount_cents for row in rows] == amounts
    assert payment_list.count_tabs(books, asked)[asked.tab].count == len(amounts)


def test_the_standing_names_pdfs_given_up_and_the_newest_payment(books, treasurer):
    assert overview.find_standing(books) == overview.Standing(True, 0, PAID_ON, 0)

    def give_up(session):
        session.execute(update(OutboxRow).where(OutboxRow.ref_id == 2).values(state=outbox.FAILED))

    write(treasurer, give_up)
    session = read_as(treasurer)
    assert overview.find_standing(session).failed_pdfs == 1
    assert overview.list_failed_pdfs(session, limit=3) == ["RE2027-0002"]
    assert overview.find_pdf_failure(session, 2)
    assert not overview.find_pdf_failure(session, 1)
    assert write(treasurer, outbox.retry, "render", 2)
    assert not write(treasurer, outbox.retry, "render", 2)
    assert overview.find_standing(read_as(treasurer)).failed_pdfs == 0


def test_a_credit_is_usable_when_the_same_member_owes_something(books, treasurer):
    view = payment_list.list_page(books, PaymentFilter(year=2027, text="beta"), page=1, size=50)[0]
    write(treasurer, payments.unallocate, view.id, "RE2027-0002", today=TODAY)
    assert overview.find_standing(read_as(treasurer)).usable_credits == 1


def test_the_steps_of_a_payment_are_told_newest_first(books, treasurer):
    write(treasurer, payments.unallocate, 1, "RE2027-0001", today=TODAY)
    steps = history.list_steps(read_as(treasurer), 1)
    assert [(step.document, step.cents) for step in steps] == [
        ("RE2027-0001", -60000),
        ("RE2027-0001", 60000),
    ]
    assert steps[0].actor_name == treasurer.name


def test_recent_events_name_the_member(books):
    found = history.list_recent(books, ["payment.record", "payment.reverse"], limit=2)
    assert [(each.action, each.member_name, each.facts["cents"]) for each in found] == [
        ("payment.reverse", "Beta Guss AG", 1000),
        ("payment.record", "Beta Guss AG", 1000),
    ]
