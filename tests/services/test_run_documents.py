"""The names of the files in the ZIP of a run."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.services.run_documents import file_stem


@pytest.mark.parametrize(
    ("company", "stem"),
    [
        ("Elbtor Prüftechnik GmbH", "RE2027-0001_Elbtor-Prueftechnik-GmbH"),
        ("Öl & Söhne KG", "RE2027-0001_Oel-und-Soehne-KG"),
        ("../../etc/passwd", "RE2027-0001_etc-passwd"),
        ("Łódź Sp. z o.o.", "RE2027-0001_Lodz-Sp-z-o-o"),
        ("株式会社", "RE2027-0001"),
        ("A" * 200, "RE2027-0001_" + "A" * 60),
    ],
)
def test_a_file_is_named_by_number_and_company(company, stem):
    assert file_stem("RE2027-0001", company) == stem


@given(st.text(max_size=120), st.integers(1, 99_999_999))
def test_a_name_is_safe_and_two_invoices_never_share_one(company, running):
    stem = file_stem(f"RE2027-{running:04d}", company)
    assert re.fullmatch(r"RE2027-\d{4,8}(_[A-Za-z0-9-]+)?", stem)
    assert stem.split("_")[0] == f"RE2027-{running:04d}"
    assert len(stem) < 80
