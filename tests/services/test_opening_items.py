"""Open amounts of earlier years: all rows of a list or none, once, matched and paid like invoices, taken back."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.banking.statements import Part
from membership.domain.opening_items import (
    HeadingsMissing,
    NoOpeningItem,
    OpeningItemMoved,
    OpeningListWrong,
    read_opening_items,
)
from membership.domain.tables import Row, Table
from membership.jobs.banking import post_all_sure
from membership.persistence.db import read_as, write
from membership.persistence.queries.opening_items import count_opening_items, list_opening_items
from membership.persistence.queries.payments import get_open_item
from membership.services import opening_items
from membership.services.banking.deciding import post_line, undo_line
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.factories import make_association, make_member
from tests.services.banking.books import DAY, entry, statement, taken_in

LIST = (
    "Offene Posten;;;;\nMitglieds-Nr.;Rechnung;Datum;Fällig am;Offener Betrag\n"
    "M0001;2025-17;31.01.2025;28.02.2025;1.200,00\nm0002;2024-9;15.02.2024;;80,50\n"
).encode()
GIVEN = {"filename": "offen.csv", "today": DAY}


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002", name="Weser Guss AG")
    yield treasurer
    assert verify(read_as(treasurer), full=True).findings == []


def test_a_list_is_taken_over_once_with_its_days_and_years(books):
    assert write(books, opening_items.take_over, LIST, **GIVEN) == ["2025-17", "2024-9"]
    item = get_open_item(read_as(books), "2025-17")
    assert (item.open_cents, item.dues_year, item.dated_on, item.due_on) == (
        120_000, 2025, date(2025, 1, 31), date(2025, 2, 28),
    )  # fmt: skip
    assert get_open_item(read_as(books), "2024-9").due_on == date(2024, 2, 15)
    assert write(books, opening_items.take_over, LIST, **GIVEN) == []
    assert count_opening_items(read_as(books)) == (2, 128_050)


def test_one_wrong_row_keeps_all_out_and_names_each(books):
    wrong = (
        LIST
        + b"M9999;X-1;1.1.2025;;5\nM0001;2025-17;1.1.2025;;5\nM0001;X-2;1.1.2099;;5\nM0001;X-3;1.1.2025;;0\n"
    )
    with pytest.raises(OpeningListWrong):
        write(books, opening_items.take_over, wrong, **GIVEN)
    plan = opening_items.plan_list(read_as(books), wrong, **GIVEN)
    assert [problem.row for problem in plan.problems] == [5, 6, 7, 8]
    assert list_opening_items(read_as(books)) == []
    write(books, opening_items.take_over, LIST, **GIVEN)
    changed = LIST.replace(b"80,50", b"80,51")
    with pytest.raises(OpeningListWrong, match="2024-9"):
        write(books, opening_items.take_over, changed, **GIVEN)


def test_what_was_taken_over_is_found_by_the_bank_paid_and_taken_back(books):
    write(books, opening_items.take_over, LIST, **GIVEN)
    taken_in(books, statement(entry(8_050, "Rechnung 2024-9 vom 15.02.2024", name="Weser Guss AG")))
    post_all_sure(books, today=DAY)
    if get_open_item(read_as(books), "2024-9").open_cents:
        write(books, post_line, 1, [Part("2024-9", 8_050)], today=DAY)
    with pytest.raises(OpeningItemMoved):
        write(books, opening_items.take_back, "2024-9", reason="falsch", today=DAY)
    write(books, undo_line, 1, reason="falsch", today=DAY)
    assert write(books, opening_items.take_back, "2024-9", reason="falsch", today=DAY) == "2024-9"
    assert get_open_item(read_as(books), "2024-9").open_cents == 0
    again = opening_items.plan_list(read_as(books), LIST, **GIVEN)
    assert [(each.row, "taken back" in str(each.why)) for each in again.problems] == [(4, True)]
    for number in ("2024-9", "RE2027-0001"):
        with pytest.raises(NoOpeningItem):
            write(books, opening_items.take_back, number, reason="", today=DAY)


def test_a_number_that_the_next_invoices_get_is_refused(books):
    row = "M0001;{};31.01.2025;28.02.2025;5,00\n"
    numbers = ("RE2027-0001", "KO2027-0001", "RE2025-0001", "RE2027-1", "RE2027-0002")
    given = LIST + "".join(row.format(number) for number in numbers).encode()
    plan = opening_items.plan_list(read_as(books), given, **GIVEN)
    assert [each.row for each in plan.problems] == [5, 6, 9]
    write(books, change_settings, {"invoice.first_number": 2})
    plan = opening_items.plan_list(read_as(books), given, **GIVEN)
    assert [each.row for each in plan.problems] == [6, 9]


def test_a_list_without_the_headings_is_refused():
    with pytest.raises(HeadingsMissing):
        read_opening_items(Table((Row(1, ("Mitglied", "Betrag")), Row(2, ("M0001", "5")))), today=DAY)
