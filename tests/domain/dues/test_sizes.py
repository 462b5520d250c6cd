"""Which sizes a category needs: its own, and those of the categories it refers to."""

from __future__ import annotations

import pytest

from membership.domain.dues.schedule import read_schedule
from membership.domain.dues.sizes import sizes_needed
from tests.factories import SCHEDULE

CATEGORIES = {
    **SCHEDULE["categories"],
    "SCI": {"method": "FACTOR_OF", "category": "ORD", "factor": "0.5"},
    "KOM": {
        "method": "SUM_OF",
        "parts": [
            {"method": "FIXED", "amount": "100.00"},
            {"method": "BANDS_FLAT", "basis": "inhabitants", "rows": [{"from": 0, "amount": "50.00"}]},
        ],
    },
}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("ORD", {"headcount"}),
        ("SCI", {"headcount"}),
        ("KOM", {"inhabitants"}),
        ("FOE", set()),
        ("EHR", set()),
        ("XXX", set()),
    ],
)
def test_a_category_names_the_sizes_it_rests_on(code, names):
    schedule = read_schedule({**SCHEDULE, "categories": CATEGORIES})
    assert sizes_needed(schedule, code) == names
