"""A list that comes again the next year: amounts owed are booked once, sizes are of the year that was meant."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import select

from membership.domain.payments import Method
from membership.persistence.db import read_as, write
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import BasisValue
from membership.services import members, payments, receipts
from membership.services.dues import assess
from membership.services.members.undoing import ImportInUse
from membership.services.verify import verify
from membership.wording import Wording
from tests.conftest import TODAY
from tests.factories import make_association
from tests.services.members.test_importing import HANSA, HEAD, books, csv, take_in, understood


def plan(actor, data, **reading):
    found, rules = understood(actor, data, **reading)
    return members.plan_import(read_as(actor), found.members, rules)


def test_an_import_whose_open_amount_is_paid_cannot_be_undone_until_the_payment_is_taken_back(app, treasurer):
    take_in(treasurer, csv(HANSA.replace("600,00", "")))
    second = take_in(treasurer, csv(HANSA))["import"]
    (reference,) = read_as(treasurer).execute(select(OpenItem.reference)).scalars()
    paid = write(
        treasurer, receipts.record_receipt, reference, 10000, received_on=TODAY, method=Method.TRANSFER,
        today=TODAY,
    )  # fmt: skip
    with pytest.raises(ImportInUse) as refused:
        write(treasurer, members.undo_import, second, today=TODAY)
    assert (refused.value.values["number"], refused.value.values["what"].message) == ("M0081", "a payment")
    write(treasurer, payments.reverse_payment, paid, reason="Vertippt", today=TODAY)
    write(treasurer, members.undo_import, second, today=TODAY)
    assert [member["open"] for member in books(treasurer)] == ["0.00"]
    assert verify(read_as(treasurer), full=False).ok


NO_YEAR = HEAD.replace(";Beitrag 2026", "")
HANSA_NO_YEAR = HANSA.replace(";1.800,00", "")


def test_an_open_amount_is_booked_once_when_a_list_without_a_year_comes_again_the_next_year(app, treasurer):
    take_in(treasurer, csv(HANSA_NO_YEAR, head=NO_YEAR), today=date(2026, 12, 10))
    again = take_in(treasurer, csv(HANSA_NO_YEAR, head=NO_YEAR), today=date(2027, 1, 11))
    assert (again["changed"], again["unchanged"]) == (0, 1)
    assert read_as(treasurer).execute(select(OpenItem.reference, OpenItem.open_cents)).all() == [
        ("VORTRAG2025-M0081", 60000)
    ]
    (planned,) = plan(treasurer, csv(HANSA_NO_YEAR, head=NO_YEAR)).members
    (warning,) = planned.warnings
    assert Wording("de").value(warning.text) == (
        "Ein offener Betrag wurde schon als VORTRAG2025-M0081 übernommen. "
        "Die Liste nennt kein Jahr, deshalb wird er nicht noch einmal gebucht."
    )


def test_an_open_amount_that_was_taken_back_is_booked_again(app, treasurer):
    first = take_in(treasurer, csv("M0081;Hansa GmbH;26382;Musterhafen", head="Nr;Firma;PLZ;Ort"))
    again = take_in(treasurer, csv(HANSA_NO_YEAR, head=NO_YEAR), today=date(2026, 12, 10))
    write(treasurer, members.undo_import, again["import"], today=TODAY)
    take_in(treasurer, csv(HANSA_NO_YEAR, head=NO_YEAR), today=TODAY)
    assert first["new"] == 1
    assert [member["open"] for member in books(treasurer)] == ["600.00"]


def test_a_list_of_another_year_brings_what_was_owed_in_that_year(app, treasurer):
    take_in(treasurer, csv(HANSA))
    take_in(treasurer, csv(HANSA, head=HEAD.replace("2026", "2025")))
    assert [member["open"] for member in books(treasurer)] == ["1200.00"]


MA = "Nr;Firma;Kategorie;PLZ;Ort;E-Mail;Mitarbeiter"
ROW = "M0081;Hansa GmbH;ORD;26382;Musterhafen;info@hansa.example;126"


def sizes(actor):
    rows = read_as(actor).execute(select(BasisValue.as_of, BasisValue.value).order_by(BasisValue.as_of))
    return [(day.isoformat(), value) for day, value in rows]


def test_due_28_the_same_size_of_another_year_is_a_declaration_of_its_own(app, treasurer):
    make_association(treasurer)
    take_in(treasurer, csv(ROW, head=f"{MA} 2024"), today=date(2025, 1, 10))
    (planned,) = plan(treasurer, csv(ROW, head=f"{MA} 2026"), today=date(2026, 12, 10)).members
    assert [(change.old, change.new, change.days) for change in planned.changes] == [
        (Fraction(126), Fraction(126), (date(2024, 6, 30), date(2026, 6, 30)))
    ]
    assert take_in(treasurer, csv(ROW, head=f"{MA} 2026"), today=date(2026, 12, 10))["changed"] == 1
    assert sizes(treasurer) == [("2024-06-30", 126), ("2026-06-30", 126)]
    (found,) = assess(read_as(treasurer), 2027)
    assert not found.result.is_estimated
    for head in (f"{MA} 2026", MA, f"{MA} 2024"):
        assert take_in(treasurer, csv(ROW, head=head), today=date(2027, 3, 1))["unchanged"] == 1


@pytest.mark.parametrize("today", [date(2026, 12, 10), TODAY])
def test_due_6_a_list_without_a_year_speaks_of_the_reference_day_that_has_come(app, treasurer, today):
    make_association(treasurer)
    take_in(treasurer, csv(ROW.replace("126", "37"), head=MA), today=date(2026, 1, 12))
    take_in(treasurer, csv(ROW, head=MA), today=today)
    assert sizes(treasurer) == [("2025-06-30", 37), ("2026-06-30", 126)]
    (found,) = assess(read_as(treasurer), 2027)
    assert (found.result.dues.cents, found.result.is_estimated) == (120000, False)


@pytest.mark.parametrize("head", [MA, f"{MA} 2026"])
def test_a_newer_size_of_the_same_year_gives_way_to_the_list(app, treasurer, head):
    take_in(treasurer, csv(ROW.replace("126", "37"), head=head), today=date(2026, 12, 10))
    make_association(treasurer)
    assert take_in(treasurer, csv(ROW, head=head))["changed"] == 1
    assert [member["basis"] for member in books(treasurer)] == [{"headcount": "126"}]
    (found,) = assess(read_as(treasurer), 2027)
    assert found.result.dues.cents == 120000
