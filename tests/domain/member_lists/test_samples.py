"""The lists that lie beside the repository, when they are there, against the figures of their README."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from membership.domain.member_lists import DraftState, read_members, recognise_columns
from membership.gateways.tables import read_table

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "members"
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not there"),
]
CATEGORIES = {
    "ORD": ["Ordentliches Mitglied"], "FOE": ["Fördermitglied"], "SCI": ["Wissenschaft"], "PUB": ["Öffentliche Hand"],
    "STA": ["Start-up"], "EHR": ["Ehrenmitglied"], "KOOP": ["Kooperationspartner"],
}  # fmt: skip

OFFICE, TWO_HEADS, CP1252 = "01-office-list.xlsx", "02-two-head-rows.xlsx", "03-cp1252-semicolon.csv"
ENGLISH, UTF16 = "04-english-utf8-bom.csv", "05-utf16-tab.csv"

TAKEN = {
    (OFFICE, 6): {"postcode": "28195", "city": "Bremen", "headcount": 120, "email": "petra.ellerwisch@luettmoor.example",
                  "start": "2014-04-01", "category": "ORD", "contact": "Ellerwisch"},
    (OFFICE, 7): {"postcode": "26122", "city": "Oldenburg", "headcount": 1250, "email": "info@fluthammer.example",
                  "start": "2014-04-01", "category": "ORD"},
    (OFFICE, 8): {"postcode": "27568", "city": "Bremerhaven", "headcount": 120, "start": "2009-01-01", "category": "ORD"},
    (OFFICE, 10): {"postcode": "26721", "city": "Emden", "headcount": None, "start": "2014-04-01"},
    (OFFICE, 16): {"postcode": "28195", "headcount": None, "start": "2020-07-01", "category": "FOE"},
    (OFFICE, 17): {"category": "SCI", "start": "2021-01-01"},
    (OFFICE, 18): {"category": "PUB"},
    (TWO_HEADS, 3): {"postcode": "01067", "city": "Dresden", "headcount": 88, "start": "2015-01-01", "category": "ORD",
                     "vat_id": "DE900001017", "order_number": "4500012345"},
    (TWO_HEADS, 4): {"postcode": "4020", "city": "Linz", "country": "AT", "headcount": 31, "start": "2018-07-15",
                     "category": "ORD", "order_number": "PO-2026/17"},
    (TWO_HEADS, 6): {"postcode": "5020", "country": "AT", "headcount": 210},
    (TWO_HEADS, 7): {"postcode": "9711 LM", "country": "NL", "headcount": 57},
    (TWO_HEADS, 8): {"headcount": 37, "postcode": "99084"},
    (TWO_HEADS, 9): {"postcode": "08056", "headcount": 60},
    (TWO_HEADS, 12): {"end": "2024-12-31", "state": DraftState.ENDED},
    (TWO_HEADS, 13): {"postcode": "04109", "country": "DE", "headcount": 1150, "category": "STA", "vat_id": "DE900001113"},
    (CP1252, 2): {"postcode": "01067", "city": "Dresden", "headcount": 85, "start": "2014-04-01", "category": "ORD"},
    (CP1252, 3): {"postcode": "04109", "headcount": 1250, "start": "1998-04-01", "name": '"Schmiedekamp" Federtechnik GmbH'},
    (CP1252, 4): {"postcode": "28195", "city": "Bremen", "headcount": 1100, "email": "mail@mueller-beispiel.example"},
    (CP1252, 6): {"postcode": "28195", "headcount": 10, "name": '=HYPERLINK("http://beispiel.example/x";"Klick")'},
    (CP1252, 7): {"headcount": 10, "name": "=Plus Minus Messtechnik GmbH"},
    (CP1252, 9): {"email": "kontakt@nurmail.example", "headcount": 7},
    (CP1252, 13): {"postcode": "28195", "category": "FOE"},
    (CP1252, 14): {"postcode": "26721", "headcount": 25},
    (ENGLISH, 2): {"postcode": "28195", "country": "DE", "headcount": 1250, "start": "2014-04-01", "category": "ORD"},
    (ENGLISH, 3): {"postcode": "211 20", "city": "Malmö", "country": "SE", "headcount": 40},
    (ENGLISH, 4): {"postcode": "70-001", "city": "Szczecin", "country": "PL", "headcount": 75, "category": "FOE"},
    (ENGLISH, 7): {"end": "2023-12-31", "state": DraftState.ENDED},
    (ENGLISH, 9): {"headcount": 0, "category": "STA"},
    (UTF16, 3): {"postcode": "28195", "city": "Bremen", "headcount": 45, "contact": "Kiebitz", "start": "2011-03-01", "category": "ORD"},
    (UTF16, 4): {"postcode": "06108", "city": "Halle (Saale)", "headcount": 230, "start": "2014-04-01"},
    (UTF16, 5): {"postcode": "97070", "headcount": None, "start": None},
    (UTF16, 6): {"end": "2024-12-31", "state": DraftState.ENDED},
    (UTF16, 7): {"headcount": 41, "end": "2099-12-31", "state": DraftState.NOTICE_GIVEN},
    (UTF16, 10): {"postcode": "8005", "city": "Zürich", "country": "CH", "headcount": 12, "category": "FOE"},
}  # fmt: skip
REJECTED = {
    OFFICE: {9: "Eintritt", 11: "MA", 12: "E-Mail(s)", 13: "Firma"},
    TWO_HEADS: {5: "IBAN", 10: "Unternehmen", 11: "PLZ"},
    CP1252: {5: "Mitarbeiterzahl", 8: "Str.", 10: "Beitragsgruppe", 15: "Firmenname"},
    ENGLISH: {5: "Employees", 6: "Joined", 8: "Employees", 10: "Email", 11: "Street"},
    UTF16: {11: "Mitglied"},
}
NO_MEMBER = {OFFICE: [5, 15, 20, 21], TWO_HEADS: [14], CP1252: [], ENGLISH: [], UTF16: [2, 9, 12]}


def members_of(name):
    table = read_table((SAMPLES / name).read_bytes())
    return read_members(table, recognise_columns(table), categories=CATEGORIES, today=date(2026, 11, 25))


@pytest.mark.parametrize("name", REJECTED)
def test_exactly_the_expected_rows_are_taken_rejected_and_left_out(name):
    members = members_of(name)
    assert [draft.row for draft in members.drafts] == [row for file, row in TAKEN if file == name]
    assert {problem.row: problem.column for problem in members.problems} == REJECTED[name]
    assert [skipped.row for skipped in members.skipped] == NO_MEMBER[name]


@pytest.mark.parametrize(("name", "row"), TAKEN)
def test_a_row_is_read_as_its_readme_says(name, row):
    draft = next(draft for draft in members_of(name).drafts if draft.row == row)
    heads = draft.basis.get("headcount")
    found = {
        "postcode": draft.address.postcode, "city": draft.address.city, "country": draft.address.country, "headcount": heads,
        "email": draft.invoice_email, "start": draft.start and draft.start.isoformat(), "name": draft.name,
        "end": draft.end and draft.end.isoformat(), "category": draft.category, "vat_id": draft.vat_id,
        "order_number": draft.order_number, "state": draft.state,
    }  # fmt: skip
    expected = dict(TAKEN[name, row])
    if contact := expected.pop("contact", None):
        assert contact in draft.contacts[0].name
    assert heads is None or isinstance(heads, Fraction)
    assert {key: found[key] for key in expected} == expected


def test_the_second_address_of_a_cell_is_not_lost():
    draft = next(draft for draft in members_of(OFFICE).drafts if draft.row == 7)
    assert [contact.email for contact in draft.contacts] == [
        "info@fluthammer.example",
        "buchhaltung@fluthammer.example",
    ]
