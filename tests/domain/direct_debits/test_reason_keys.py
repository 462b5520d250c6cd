"""The reason of a return, from whatever a bank says: a code, a number of MT940, a code within the text."""

from __future__ import annotations

import pytest

from membership.domain.direct_debits.reason_keys import REASON_KEYS, iso_reason
from membership.domain.direct_debits.returns import REACTIONS, reaction_to


@pytest.mark.parametrize(
    ("said", "texts", "code"),
    [
        ("AC04", (), "AC04"),
        (" md06 ", ("914 AC04",), "MD06"),
        ("902", (), "AC04"),
        ("914", ("Grund nicht spezifiziert",), "MS03"),
        ("914", ("Retoure SEPA Lastschrift, Rueckgabegrund: AC06 Konto gesperrt",), "AC06"),
        ("", ("", "RUECKLASTSCHRIFT MD06"), "MD06"),
        ("903", ("AC04 oder MD06",), "AC06"),
        ("", ("XAC04 AC0412",), ""),
        ("905", (), "905"),
        ("", (), ""),
    ],
)
def test_d_sepa_15_the_reason_is_told_by_code_number_or_text(said, texts, code):
    assert iso_reason(said, texts) == code


def test_each_number_stands_for_a_code_that_has_a_reaction_and_an_unknown_one_ends_nothing():
    assert set(REASON_KEYS.values()) <= set(REACTIONS)
    assert reaction_to(iso_reason("905")) == reaction_to("unknown")
