"""The fee schedule editor while somebody types: effect and marks follow, the method changes the fields, nothing is saved."""

from __future__ import annotations

import pytest

from tests.e2e.places import PEOPLE

pytestmark = pytest.mark.e2e

RULE = "/treasurer/schedules/{}/categories/ORD"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_effect_and_the_marks_follow_while_somebody_types(demo, watched, width):
    seen = watched(demo, width=width, mail=PEOPLE["treasurer"])
    page = seen.page
    seen.go("/treasurer/schedules/2/raise")
    page.fill("#percent", "3,5")
    page.fill("#code", f"LIVE-{width}")
    page.click("main .button-primary")
    address = RULE.format(page.url.rpartition("/")[2])
    seen.go(address)
    before = page.inner_text("[data-live=effect] .big-amount")
    page.fill("#rows-1-amount", "9.000,00")
    page.wait_for_function(
        "before => document.querySelector('[data-live=effect] .big-amount').innerText !== before", arg=before
    )
    assert "springt der Beitrag" in page.inner_text("[data-live=row-1-notes]")
    assert page.input_value("#rows-1-amount") == "9.000,00"
    page.fill("#rows-1-start", "12")
    page.wait_for_function("() => document.querySelector('[data-live=row-0-to]').innerText === '11'")
    page.select_option("#method", "FIXED")
    page.wait_for_selector("#amount")
    seen.go(address)
    assert page.input_value("#rows-1-start") == "10"
