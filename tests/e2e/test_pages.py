"""Each page once at 1280 and once at 390 px, with data: axe finds nothing, nothing scrolls sideways, nothing complains."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from membership.app import create_app
from membership.settings import Settings

pytestmark = pytest.mark.e2e

EXAMPLES = {
    "code": "BO-2026", "example": "heads", "user_id": "2", "run_id": "1", "payment_id": "1", "number": "M0001",
    "secret": "no-such-secret", "reference": "RE2026-0001",
}  # fmt: skip
PEOPLE = {
    "treasurer": "schatzmeisterei@fahrzeugcluster.example",
    "board": "vorstand@fahrzeugcluster.example",
    "portal": "mitglied@fahrzeugcluster.example",
    None: None,
}
FILES = re.compile(
    r"\.(pdf|xlsx|csv|json|xml|zip|png|jpg|css|js|svg|woff2)$|/(pdf|xml|export|download|preview|file|pdfs|zip|draft)$|healthz|static|logo|brand"
)
WIDTHS = (1280, 390)


def _example(name: str, rule: str) -> str:
    if name == "number" and "/invoices/" in rule:
        return "RE2026-0001"
    return EXAMPLES.get(name, "1")


def addresses(tmp_path) -> dict[str | None, list[str]]:
    """Return person -> addresses of all pages that answer GET, with examples for what they name."""
    app = create_app(Settings.load(state_dir=tmp_path))
    found: dict[str | None, list[str]] = {person: [] for person in PEOPLE}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()):
            continue
        path = re.sub(
            r"<(?:[^:<>]+:)?(\w+)>", lambda match, rule=rule: _example(match[1], rule.rule), rule.rule
        )
        if FILES.search(path):
            continue
        if rule.rule.startswith("/treasurer") or rule.rule in {"/profile", "/menu"}:
            found["treasurer"].append(path)
            if any(word in path for word in ("reports", "/overview", "/invoices")):
                found["board"].append(path)
        elif rule.rule.startswith("/portal"):
            found["portal"].append(path)
        else:
            found[None].append(path)
    return found


def faults_of(page, name: str) -> list[str]:
    """Return what axe finds on the present page, and whether it scrolls sideways."""
    faults = []
    for violation in Axe().run(page).response["violations"]:
        places = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
        faults.append(f"{name}: {violation['id']} at {places}")
    sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*faults, f"{name}: scrolls {sideways} px sideways"] if sideways > 0 else faults


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("person", list(PEOPLE))
def test_sec_41_every_page_is_accessible_and_keeps_the_policy(demo, watched, tmp_path, person, width):
    page = watched(demo, width=width, mail=PEOPLE[person])
    faults: list[str] = []
    for path in sorted(set(addresses(tmp_path)[person])):
        response = page.page.goto(f"{demo.address}{path}")
        status = response.status if response else 0
        if status >= 500:
            faults.append(f"{path}: {status}")
            continue
        faults += faults_of(page.page, path)
    assert faults == []


LIST = (
    "Unsere Betriebe;;;;;\nIdent;Betriebsstätte mit einem langen Namen;Postgebiet;Siedlung;Teamgröße;Gattung\n"
    "XB1;Moorwind Antriebstechnik GmbH;28195;Bremen;12;A-Mitglied\nXB2;Sandbank AG;27568;Bremerhaven;viele;Förderer\n"
    "XB3;Deichkrone KG;26122;Oldenburg;ca. 5;Förderer\n"
)
FIELDS = ("number", "name", "postcode", "city", "headcount", "category")


@pytest.mark.parametrize("width", WIDTHS)
def test_sec_41_the_steps_of_an_import_are_accessible_with_a_list_in_them(demo, watched, width):
    seen = watched(demo, width=width, mail=PEOPLE["treasurer"])
    page = seen.page
    seen.go("/treasurer/members/import")
    file = {"name": "betriebe.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    page.set_input_files("input[type=file]", file)
    page.click("main form .button-primary")
    kept = page.url.removesuffix("/columns")
    faults = faults_of(page, "columns")
    page.click("text=Liste prüfen")
    faults += faults_of(page, "columns refused")
    page.goto(f"{kept}/file")
    faults += faults_of(page, "file")
    page.goto(f"{kept}/columns")
    for place, field in enumerate(FIELDS):
        page.select_option(f"[name=column_{place}]", field)
    page.click("text=Liste prüfen")
    for tab in ("new", "notices", "errors"):
        page.goto(f"{kept}/check?tab={tab}")
        faults += faults_of(page, f"check {tab}")
    page.click("main .button-primary")
    page.wait_for_url("**/imports/*")
    faults += faults_of(page, "result")
    page.click("text=Import rückgängig machen")
    assert faults == []
