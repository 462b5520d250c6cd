"""Journey E in the browser: a member declares in one minute from the link of the mail, on a desk and on a phone.

Source: `ux.md` 10 journey E (three clicks), 7 "Declaration".
"""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import TODAY, start, stop
from tests.e2e.looking import faults_of
from tests.e2e.places import PEOPLE

pytestmark = pytest.mark.e2e
MEMBERS = {1280: "M0001", 390: "M0009"}


@pytest.fixture(scope="module")
def served(plain, tmp_path_factory):
    """A copy of the demonstration, whose round for 2027 is open."""
    state = Path(shutil.copytree(plain, tmp_path_factory.mktemp("declarations") / "demo"))
    server = start(state, ["demo"], MEMBERSHIP_TODAY=TODAY)
    yield server
    stop(server)


def link_of(seen, number):
    """Return the address that the office passes on, as the mail would carry it."""
    seen.go(f"/treasurer/declarations/2027/members/{number}")
    seen.page.click("text=Link zum Weitergeben zeigen")
    seen.page.wait_for_load_state()
    return re.search(r"/declaration/[0-9a-f]{64}", seen.page.locator("main").inner_text())[0]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_member_declares_in_three_clicks_from_the_mail(served, watched, width):
    office = watched(served, mail=PEOPLE["treasurer"])
    address = link_of(office, MEMBERS[width])
    seen, began, faults = watched(served, width=width), time.monotonic(), []
    seen.go(address)
    if seen.page.locator("text=Meldung ändern").count():
        seen.page.click("text=Meldung ändern")
    faults += faults_of(seen.page, "the question")
    seen.page.fill("main [name=answer]", "12,5")
    seen.page.click("main button.button-primary")
    assert "ist keine ganze Zahl" in seen.page.locator("main").inner_text()
    faults += faults_of(seen.page, "the question with an error")
    seen.page.fill("main [name=answer]", "126")
    seen.page.click("main button.button-primary")
    if seen.page.locator("main [name=name]").count():
        faults += faults_of(seen.page, "the contact")
        seen.page.fill("main [name=name]", "Maren Brandt")
        seen.page.click("main button.button-primary")
    assert "Voraussichtliche Klasse: 50–249" in seen.page.locator("main").inner_text()
    faults += faults_of(seen.page, "the last look")
    seen.page.click("text=126 Beschäftigte melden")
    seen.page.wait_for_url("**/receipt")
    faults += faults_of(seen.page, "the receipt")
    assert time.monotonic() - began < 60
    assert faults == []
    office.go(f"/treasurer/declarations/2027/members/{MEMBERS[width]}")
    assert "126 Beschäftigte" in office.page.locator("main").inner_text()
