"""How an open amount is transferred: what the code says when it is scanned."""

from __future__ import annotations

import re

import pytest
import zxingcpp
from PIL import Image

from membership.persistence.queries.settings import AssociationSettings
from membership.services.transfers import svg_path, transfer_data

SETTINGS = {
    "bank.holder": "Automotive Nordwest e.V.",
    "bank.iban": "DE89370400440532013000",
    "bank.bic": "",
    "bank.name": "Musterbank",
    "invoice.remittance": "structured",
}


def settings(**changes):
    return AssociationSettings(
        {**SETTINGS, **{key.replace("__", "."): value for key, value in changes.items()}}
    )


def data(cents=60000, reference="RF48RE20270042", **changes):
    return transfer_data(
        settings(**changes), cents, document="RE2027-0042", member_number="M0123", reference=reference
    )


def scanned(found):
    """Draw the SVG path as a browser does and read the code."""
    side = found.code_size + 8
    picture = Image.new("L", (side, side), 255)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", found.code):
        for step in range(int(width)):
            picture.putpixel((int(x) + step + 4, int(y) + 4), 0)
    [read] = zxingcpp.read_barcodes(picture.resize((side * 4, side * 4), Image.Resampling.NEAREST))
    return read.text


def test_x_1_pay_9_the_code_asks_for_exactly_what_is_open():
    assert scanned(data()) == (
        "BCD\n002\n1\nSCT\n\nAutomotive Nordwest e.V.\nDE89370400440532013000\nEUR600.00\n\nRF48RE20270042"
    )
    assert scanned(data(cents=12345)).splitlines()[7] == "EUR123.45"


def test_what_was_owed_before_is_marked_by_a_text():
    found = data(reference="")
    assert (found.reference, found.remittance) == ("", "RE2027-0042 M0123")
    assert scanned(found).splitlines()[-1] == "RE2027-0042 M0123"


def test_pay_10_the_association_may_prefer_the_text():
    found = data(invoice__remittance="text")
    assert (found.reference, found.remittance) == ("", "RE2027-0042 M0123")


@pytest.mark.parametrize("key", ["bank__holder", "bank__iban"])
def test_without_a_bank_account_there_is_nothing_to_transfer_to(key):
    assert data(**{key: ""}) is None


def test_data_that_fit_into_no_code_are_shown_without_one():
    found = data(bank__holder="x" * 71)
    assert found.code == ""
    assert found.iban == SETTINGS["bank.iban"]


def test_the_drawing_has_a_quiet_zone_of_four_modules():
    found = data()
    assert found.view_box == f"-4 -4 {found.code_size + 8} {found.code_size + 8}"
    assert svg_path(["0110"]) == "M1 0h2v1h-2z"
