"""Empty books, as on the first day: every page says what will be here, and is accessible."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pyotp
import pytest

from tests.e2e.conftest import PASSWORD, code_of
from tests.e2e.looking import faults_of
from tests.e2e.places import walk

pytestmark = pytest.mark.e2e

MAIL = "birgit@verein.example"
EMPTY_TABLES = """() => [...document.querySelectorAll("main table tbody")]
    .filter((body) => !body.rows.length).map(() => "an empty table")"""


def test_every_page_of_empty_books_says_what_will_be_here(fresh, watched, routes):
    seen = watched(fresh)
    page = seen.page
    seen.go("/setup")
    faults = faults_of(page, "/setup")
    answers = {"code": code_of(fresh), "name": "Birgit Wessels", "email": MAIL, "password": PASSWORD}
    for name, value in answers.items():
        page.fill(f"input[name={name}]", value)
    page.click("main button[type=submit]")
    page.wait_for_load_state()
    start = "/treasurer/overview"
    for place in walk(page.request, fresh.address, routes, [start]).pages:
        seen.go(place.path)
        faults += faults_of(page, f"{place.path} on empty books")
        faults += [f"{place.path}: {each}" for each in page.evaluate(EMPTY_TABLES)]
    faults += second_factor(seen)
    assert faults == []


def second_factor(seen):
    """Set the second factor up, look at its pages, and sign in with it."""
    page = seen.page
    seen.go("/profile/second-factor")
    secret = re.search(r"[A-Z2-7]{32}", page.locator("main").inner_text().replace(" ", ""))[0]
    page.fill("input[name=present]", PASSWORD)
    page.fill("input[name=code]", pyotp.TOTP(secret).now())
    page.click("main form button[type=submit] >> nth=-1")
    page.wait_for_load_state()
    faults = faults_of(page, "the recovery codes")
    for path in ("/profile/recovery-codes", "/profile/second-factor/off", "/profile"):
        seen.go(path)
        faults += faults_of(page, path)
    page.context.clear_cookies()
    seen.sign_in(MAIL)
    assert urlsplit(page.url).path == "/sign-in/code"
    faults += faults_of(page, "/sign-in/code")
    page.fill("input[name=code]", "000000")
    page.click("main form button[type=submit] >> nth=-1")
    page.wait_for_load_state()
    return faults + faults_of(page, "/sign-in/code with an error")
