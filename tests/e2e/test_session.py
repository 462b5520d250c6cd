"""The end of a session, as somebody sees it who has left a page open."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.e2e


def test_sec_23_five_minutes_before_the_end_one_click_keeps_the_session(demo, watched):
    page = watched(demo, mail="schatzmeisterei@fahrzeugcluster.example").page
    page.clock.install()
    page.goto(f"{demo.address}/treasurer/members")
    warning = page.locator("[data-session-end]")
    page.clock.fast_forward("24:00")
    assert not warning.is_visible()
    page.clock.fast_forward("01:01")
    warning.wait_for(state="visible")
    warning.get_by_role("button").click()
    warning.wait_for(state="hidden")
    page.clock.fast_forward("25:01")
    warning.wait_for(state="visible")
