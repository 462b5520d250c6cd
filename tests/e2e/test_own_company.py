"""A company on a phone: invites a colleague, changes its address and name, takes its data home, gives notice.

Source: `ux.md` 7 "Access", "Company data", "Privacy"; MEM-6 to MEM-9.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import TODAY, start, stop
from tests.e2e.looking import faults_of
from tests.e2e.places import PEOPLE

pytestmark = pytest.mark.e2e
PASSWORD = "vier Hafen Wiesen Laternen"


@pytest.fixture(scope="module")
def served(plain, tmp_path_factory):
    """A copy of the demonstration, in which Maren Brandt is responsible for M0001."""
    state = Path(shutil.copytree(plain, tmp_path_factory.mktemp("own_company") / "demo"))
    server = start(state, ["demo"], MEMBERSHIP_TODAY=TODAY)
    yield server
    stop(server)


def press(seen, label):
    """Press a button or link of the page by its words and wait for the next one."""
    seen.page.locator("main button, main a", has_text=label).first.click()
    seen.page.wait_for_load_state()
    return seen.page.locator("main").inner_text().replace("\xa0", " ")


@pytest.fixture
def company(served, watched):
    """The phone of who is responsible for the company, and what was wrong on the pages looked at."""
    return watched(served, width=390, mail=PEOPLE["portal"]), []


def test_a_company_invites_a_colleague_who_comes_in(served, watched, company):
    seen, faults = company
    seen.go("/portal/company/access/invite")
    faults += faults_of(seen.page, "the invitation")
    press(seen, "Person einladen")
    faults += faults_of(seen.page, "the invitation with an error")
    seen.page.fill("main [name=email]", "nora.neu@mitglied.example")
    link = re.search(r"/join/[0-9a-f]{64}", press(seen, "Person einladen"))[0]
    faults += faults_of(seen.page, "the link")
    colleague = watched(served, width=390)
    colleague.go(link)
    faults += faults_of(colleague.page, "the way in")
    colleague.page.fill("main [name=name]", "Nora Neu")
    colleague.page.fill("main [name=password]", PASSWORD)
    press(colleague, "Konto einrichten")
    assert "/portal" in colleague.page.url
    seen.go("/portal/company/access")
    assert "Nora Neu" in seen.page.locator("main").inner_text()
    assert faults == []


def test_a_company_changes_its_address_and_asks_for_a_new_name(served, watched, company):
    seen, faults = company
    seen.go("/portal/company/address")
    seen.page.fill("main [name=street]", "Neue Straße 1")
    assert "Gilt für künftige Rechnungen" in press(seen, "Weiter")
    faults += faults_of(seen.page, "the check page")
    press(seen, "Zurück")
    assert seen.page.input_value("main [name=street]") == "Neue Straße 1"
    press(seen, "Weiter")
    assert "Neue Straße 1" in press(seen, "Daten speichern")
    seen.go("/portal/company/details")
    seen.page.fill("main [name=name]", "Hansa Neu AG")
    press(seen, "Weiter")
    assert "Hansa Neu AG wartet seit dem" in press(seen, "Daten speichern")
    faults += faults_of(seen.page, "a name that waits")
    office = watched(served, width=390, mail=PEOPLE["office"])
    office.go("/treasurer/requests")
    office.page.locator("main a.row-link").first.click()
    office.page.wait_for_load_state()
    faults += faults_of(office.page, "one request")
    assert "Hansa Neu AG" in press(office, "Neuen Namen übernehmen")
    assert faults == []


def test_a_company_takes_its_data_home_and_gives_notice(company):
    seen, faults = company
    seen.go("/portal/company/privacy")
    with seen.page.expect_download() as got:
        seen.page.click("text=Alle Daten herunterladen")
    assert got.value.suggested_filename.endswith(".zip")
    press(seen, "Um Löschung bitten")
    seen.page.fill("main [name=text]", "Die Daten von Otto Alt")
    faults += faults_of(seen.page, "the wish for erasure")
    seen.page.locator("main form.form button[type=submit]").click()
    seen.page.wait_for_load_state()
    assert "Die Daten von Otto Alt" in seen.page.locator("main").inner_text()
    seen.go("/portal/company/leave")
    faults += faults_of(seen.page, "the notice")
    seen.page.check("main [name=agrees]")
    seen.page.locator("main form.form button[type=submit]").click()
    seen.page.wait_for_load_state()
    assert "Die Mitgliedschaft endet am" in seen.page.locator("main").inner_text()
    assert faults == []
