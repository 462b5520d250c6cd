"""Values of settings: texts hold no control characters but line breaks, and lines not even those."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.domain.settings import SettingWrong, checked

CONTROL = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cc"]
HIDDEN = [sign for sign in CONTROL if sign not in "\t\n\r"]


@pytest.mark.parametrize("key", ["association.name", "invoice.vat_note", "imprint.text", "portal.help_email"])
@given(st.sampled_from([*HIDDEN, "\ud800", "\u2028"]))
def test_sec_49_a_control_character_is_refused(key, sign):
    with pytest.raises(SettingWrong):
        checked(key, f"a@b{sign}c.de")


@pytest.mark.parametrize("text", ["Erste Zeile\nZweite", "Erste Zeile\r\nZweite"])
def test_a_text_keeps_its_line_breaks_and_a_line_has_none(text):
    assert checked("imprint.text", text) == text
    with pytest.raises(SettingWrong):
        checked("association.name", text)


def test_a_tab_becomes_a_blank():
    assert checked("association.name", " Verein\tNord ") == "Verein Nord"


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=140))
def test_a_line_of_signs_that_can_be_seen_is_kept(text):
    assert checked("association.name", text) == text


def test_a_creditor_id_is_kept_without_blanks_in_capitals():
    assert checked("bank.creditor_id", " de98 zzz 0999 9999 999 ") == "DE98ZZZ09999999999"
    assert (
        checked("bank.creditor_id", "DE98ABC09999999999") == "DE98ABC09999999999"
    )  # the business code does not count
    assert checked("bank.creditor_id", "") == ""


@given(st.integers(4, 17).filter(lambda place: place not in {4, 5, 6}), st.integers(1, 9))
def test_sepa_2_one_wrong_digit_of_a_creditor_id_is_found(place, step):
    right = "DE98ZZZ09999999999"
    wrong = right[:place] + str((int(right[place]) + step) % 10) + right[place + 1 :]
    with pytest.raises(SettingWrong):
        checked("bank.creditor_id", wrong)


@pytest.mark.parametrize("text", ["DE98ZZZ9999999999", "DE98ZZZ099999999990", "AT", "98ZZZ09999999999"])
def test_sepa_2_a_creditor_id_of_another_length_is_refused(text):
    with pytest.raises(SettingWrong):
        checked("bank.creditor_id", text)
