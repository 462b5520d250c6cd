"""The keyboard: search, arrows, the list of keys, lists, areas; and how to switch it off.

Source: `ux.md` 4 "Keyboard", "Global search"; WCAG 2.1.4.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.looking import faults_of
from tests.e2e.places import PEOPLE

pytestmark = pytest.mark.e2e


@pytest.fixture
def seen(demo, watched):
    return watched(demo, mail=PEOPLE["treasurer"])


def focused(page):
    return page.evaluate("document.activeElement.innerText || document.activeElement.name")


def test_a_slash_searches_and_the_arrows_go_through_what_was_found(seen):
    page = seen.page
    seen.go("/treasurer/members")
    page.keyboard.press("/")
    page.keyboard.type("gmbh")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=gmbh")
    page.wait_for_load_state()
    hits = page.locator("main .document-list a").all_inner_texts()
    assert len(hits) >= 2
    page.keyboard.press("ArrowDown")
    assert focused(page) == hits[0]
    page.keyboard.press("ArrowDown")
    assert focused(page) == hits[1]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/treasurer/members/M*")


def test_what_is_typed_is_offered_below_the_field_and_leads_there(seen):
    page = seen.page
    seen.go("/treasurer/overview")
    page.keyboard.press("/")
    page.keyboard.type("RE2026-000", delay=20)
    offered = page.locator("[data-search-hits] a")
    offered.first.wait_for()
    assert faults_of(page, "the hits below the field", (1280,)) == []
    page.keyboard.press("ArrowDown")
    number = focused(page).split()[0]
    assert number.startswith("RE2026-000")
    page.keyboard.press("Escape")
    assert not page.locator("[data-search-hits]").is_visible()
    page.keyboard.press("ArrowDown")
    offered.first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/invoices/{number}")


def test_a_whole_number_opens_the_record_at_once(seen):
    seen.go("/treasurer/overview")
    seen.page.keyboard.press("/")
    seen.page.keyboard.type("m0009")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**/treasurer/members/M0009")


def test_a_question_mark_lists_the_keys_and_escape_closes_the_list(seen):
    page = seen.page
    seen.go("/treasurer/invoices")
    page.keyboard.press("?")
    dialog = page.locator("#key-help")
    dialog.wait_for()
    assert faults_of(page, "the list of keys", (1280,)) == []
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_lists_and_areas_are_reached_by_keys(seen):
    page = seen.page
    seen.go("/treasurer/overview")
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/treasurer/invoices")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator("tr.is-current").count() == 1
    second = focused(page)
    page.keyboard.press("k")
    assert focused(page) != second
    page.keyboard.press("Enter")
    page.wait_for_url("**/treasurer/invoices/*")


def test_no_key_acts_inside_a_field_and_all_can_be_switched_off(seen):
    page = seen.page
    seen.go("/treasurer/members")
    page.keyboard.press("/")
    page.keyboard.type("g m ? j")
    assert urlsplit(page.url).path == "/treasurer/members"
    assert not page.locator("#key-help").is_visible()
    page.evaluate("document.body.dataset.keys = 'off'")
    page.evaluate("document.activeElement.blur()")
    page.goto(page.url + "?q=x")
    assert parse_qs(urlsplit(page.url).query) == {"q": ["x"]}
