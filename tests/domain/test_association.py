"""The legal form stands behind the name, once."""

from __future__ import annotations

import pytest

from membership.domain.association import full_name


@pytest.mark.parametrize(
    ("name", "form", "expected"),
    [
        ("Gewerbeverein Nord", "e. V.", "Gewerbeverein Nord e. V."),
        ("Gewerbeverein Nord e.V.", "e. V.", "Gewerbeverein Nord e.V."),
        ("Gewerbeverein Nord e. V.", "eingetragener Verein", "Gewerbeverein Nord e. V."),
        ("Gewerbeverein Nord", "Eingetragener Verein ", "Gewerbeverein Nord e. V."),
        ("Gewerbeverein Nord", "", "Gewerbeverein Nord"),
        ("Wirtschaftsdienst", "GmbH", "Wirtschaftsdienst GmbH"),
        ("", "e. V.", ""),
    ],
)
def test_the_legal_form_follows_the_name_once(name, form, expected):
    assert full_name(name, form) == expected
