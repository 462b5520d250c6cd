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
