"""Merge of duplicates on pages: the number, both side by side, the choice, the way back."""

from __future__ import annotations

import pytest

from membership.domain.policy import Role
from membership.persistence.db import write
from membership.services import members
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

RECORD = "/treasurer/members/M0001"
PAGE = f"{RECORD}/merge"


@pytest.fixture
def office(web, billed):
    return web.signed_in(Role.OFFICE)


def test_both_records_stand_side_by_side_and_become_one_and_two_again(billed, office):
    write(BOOKKEEPER, members.change_member, "M0002", {"phone": "0421 99", "payment_method": "direct_debit"})
    page = office.send(PAGE, other="m0002")
    html = main_of(page)
    assert page.status_code == 200
    assert 'name="take-phone" value="other"' in " ".join(html.split()).replace('type="radio" ', "")
    assert "Lastschrift" in said_by(page)
    assert "Rechnungen und Zahlungen bleiben bei der Nummer" in said_by(page)
    choice = {"other": "M0002", "merge": "yes", "take-phone": "other", "take-name": "mine"}
    assert office.send(PAGE, **choice).location == RECORD
    said = said_by(office.get(RECORD))
    assert "Zusammengeführt mit Beta Guss AG (M0002)" in said
    assert "0421 99" in said
    gone = said_by(office.get("/treasurer/members/M0002"))
    assert "Zusammengeführt in Alpha Werke GmbH (M0001)" in gone
    assert "Zusammengeführt" in gone
    assert office.send("/treasurer/members/M0002/unmerge").location == "/treasurer/members/M0002"
    assert "Aktiv" in said_by(office.get("/treasurer/members/M0002"))


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ("", "Bitte geben Sie die Nummer des Duplikats ein."),
        ("M0001", "ist das Mitglied selbst"),
        ("M0099", "M0099"),
    ],
)
def test_a_number_that_is_none_is_named_at_its_field(billed, office, other, sentence):
    refused = office.send(PAGE, other=other)
    assert refused.status_code == 422
    assert sentence in said_by(refused)


def test_likely_duplicates_are_offered(billed, office):
    for number in ("M0001", "M0002"):
        write(BOOKKEEPER, members.change_member, number, {"invoice_email": "gleich@werk.example"})
    assert f'href="{PAGE}?other=M0002"' in main_of(office.get(PAGE))
    assert "Beide Datensätze" in office.get(f"{PAGE}?other=M0002").text


def test_who_only_reads_merges_nothing(web, billed):
    board = web.signed_in(Role.BOARD)
    assert board.get(PAGE).status_code == 403
    assert board.send(PAGE, other="M0002", merge="yes").status_code == 403
    assert "Duplikat zusammenführen" not in board.get(RECORD).text
