"""What the overview says of the bank: entries to decide, an old statement, mandates that expire; to who can act."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.queries.direct_debits.expiring import list_expiring
from membership.services import direct_debits
from tests.factories import bill_year, make_association, make_mandate, make_member
from tests.services.banking.books import entry, statement, taken_in
from tests.web.treasurer.conftest import BOOKKEEPER, said_by

OVERVIEW = "/treasurer/overview"
LINES = (
    "2 Umsätze warten auf Sie", "Letzter Kontoauszug ist 12 Tage alt", "1 Mandat läuft bald ab",
    "Hansa M0001 GmbH am 10.03.2027",
)  # fmt: skip


@pytest.fixture
def _books(web, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    make_association(BOOKKEEPER)
    for number, signed_on in (("M0001", date(2024, 3, 10)), ("M0002", date(2026, 3, 10)), ("M0003", None)):
        make_member(BOOKKEEPER, number=number, name=f"Hansa {number} GmbH")
        make_mandate(BOOKKEEPER, number, signed_on=signed_on)
    bill_year(BOOKKEEPER)
    taken_in(
        BOOKKEEPER,
        statement(entry(700, "Spende", day=date(2027, 2, 4)), entry(800, "?", day=date(2027, 2, 3))),
    )


@pytest.mark.usefixtures("_books")
def test_the_treasurer_sees_what_the_bank_waits_for_and_others_do_not(web):
    said = said_by(web.signed_in(Role.TREASURER).get(OVERVIEW))
    assert [line for line in LINES if line not in said] == []
    others = said_by(web.signed_in(Role.OFFICE).get(OVERVIEW))
    assert [line for line in LINES if line in others] == []


@pytest.mark.usefixtures("_books")
def test_a_statement_of_ten_days_ago_is_not_old(web, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-14")
    assert "Letzter Kontoauszug" not in said_by(web.signed_in(Role.TREASURER).get(OVERVIEW))


@pytest.mark.usefixtures("_books")
@pytest.mark.parametrize(
    ("today", "expiring"),
    [
        (date(2027, 1, 8), []),
        (date(2027, 1, 9), ["M0001-01"]),
        (date(2027, 3, 10), ["M0001-01"]),
        (date(2027, 3, 11), []),
        (date(2029, 1, 9), ["M0002-01"]),
        (date(2030, 1, 5), ["M0003-01"]),
    ],
)
def test_a_mandate_expires_36_months_after_its_last_use(today, expiring):
    write(
        BOOKKEEPER,
        direct_debits.sign_mandate,
        "M0003-01",
        signed_on=date(2027, 2, 16),
        today=date(2027, 2, 16),
    )
    found = list_expiring(read_as(BOOKKEEPER), today=today)
    assert [view.reference for view, _day in found] == expiring
