"""A company applies on a telephone, confirms by its link, and the treasurer admits it: number, invoice, mail.

Source: `ux.md` 6.3 "Joining", 16 (1, 3, 5); `domain.md` MEM-4.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.conftest import TODAY, run, start, stop
from tests.e2e.looking import faults_of
from tests.e2e.places import PEOPLE

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def served(plain, tmp_path_factory):
    """A copy of the demonstration that has a mail server, so that applicants confirm their address."""
    state = Path(shutil.copytree(plain, tmp_path_factory.mktemp("applications") / "demo"))
    run(state, "settings", "set", "mail.host", "mail.fahrzeugcluster.example")
    run(state, "settings", "set", "mail.sender", "beitrag@fahrzeugcluster.example")
    server = start(state, ["demo"], MEMBERSHIP_TODAY=TODAY)
    yield server
    stop(server)


def send(seen, text):
    seen.page.click(f"main button:has-text('{text}')")
    seen.page.wait_for_load_state()


def said(seen):
    return seen.page.locator("main").inner_text().replace("\xa0", " ")


def invited(state):
    """Return who is invited to the member area."""
    connection = sqlite3.connect(state / "membership.sqlite3")
    found = connection.execute("SELECT email FROM company_invitations WHERE ended_at IS NULL").fetchall()
    connection.close()
    return {email for (email,) in found}


@pytest.mark.parametrize("has_script", [True, False])
def test_a_company_applies_on_a_phone_and_becomes_a_member(served, watched, has_script):
    name = "Nordlicht Guss GmbH" if has_script else "Südwind Guss GmbH"
    seen = watched(served, width=390, java_script_enabled=has_script)
    seen.go("/sign-in")
    seen.page.click("text=Mitglied werden")
    faults = faults_of(seen.page, "the form") if has_script else []
    send(seen, "Angaben prüfen")
    assert "Bitte geben Sie die USt-IdNr. oder die Steuernummer an." in said(seen)
    faults += faults_of(seen.page, "the form with errors") if has_script else []
    details = {
        "name": name, "tax_number": "60/145/12345", "street": "Am Kai 1", "postcode": "28195", "city": "Bremen",
        "size-headcount": "84", "signatory_name": "Maren Brandt", "email": "brandt@nordlicht.example",
    }  # fmt: skip
    for field, value in details.items():
        seen.page.fill(f"main [name={field}]", value)
    seen.page.check("main [name=category][value=ORD]")
    send(seen, "Beitrag anzeigen")
    assert "Voraussichtliche Klasse: 50–249" in said(seen)
    faults += faults_of(seen.page, "the form with the dues") if has_script else []
    send(seen, "Angaben prüfen")
    assert name in said(seen)
    faults += faults_of(seen.page, "the last look") if has_script else []
    send(seen, "Angaben ändern")
    assert seen.page.input_value("main [name=name]") == name
    send(seen, "Angaben prüfen")
    for kind in ("statutes", "schedule", "privacy"):
        seen.page.check(f"main [name=agree-{kind}]")
    send(seen, "Antrag senden")
    reference = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}", said(seen))[0]
    faults += faults_of(seen.page, "sent") if has_script else []

    office = watched(served, mail=PEOPLE["treasurer"])
    office.go(f"/treasurer/applications/{reference}")
    assert "noch nicht bestätigt" in said(office)
    send(office, "Link zum Weitergeben zeigen")
    link = re.search(r"/application/[0-9a-f]{64}", said(office))[0]
    seen.go(link)
    faults += faults_of(seen.page, "the link") if has_script else []
    send(seen, "Antrag bestätigen")
    assert "wartet auf die Entscheidung" in said(seen)

    office.go(f"/treasurer/applications/{reference}/accept")
    send(office, "Beitrag zeigen")
    faults += faults_of(office.page, "the admission")
    send(office, "Mitglied aufnehmen")
    office.page.wait_for_url("**/treasurer/members/*")
    assert name in said(office)
    office.page.click("main a:has-text('Rechnungen')")
    assert re.search(r"RE2026-\d{4}", said(office))
    assert "brandt@nordlicht.example" in invited(served.state)
    seen.go(link)
    assert "Herzlich willkommen" in said(seen)
    assert faults == []
