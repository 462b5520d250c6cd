"""The audit log as a page: everything that is noted has words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from membership import services
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.queries import audit as audit_queries
from membership.services import invoice_files, settings
from membership.services.members import list_export, records
from membership.web.treasurer.audit import KIND_WORDS
from tests.conftest import TODAY, person
from tests.web.treasurer.conftest import said_by


def _noted_kinds():
    """Return every kind of object that a service notes in the log."""
    found = set()
    for path in Path(services.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_note = isinstance(node, ast.Call) and ast.unparse(node.func) == "chain.note"
            if is_note and len(node.args) > 2 and isinstance(node.args[2], ast.Constant):
                found.add(node.args[2].value)
    return sorted(found)


@pytest.mark.parametrize("kind", _noted_kinds())
def test_every_kind_of_object_in_the_log_has_its_word(app, kind):
    assert kind in KIND_WORDS


def test_the_filter_names_exported_lists_in_words(web):
    actor = person(Role.TREASURER)
    write(actor, invoice_files.note_export, 2027, form="csv", today=TODAY)
    write(actor, list_export.note_export, form="csv", today=TODAY)
    page = web.signed_in(Role.ADMIN).get("/treasurer/audit").text
    shown = {name.strip() for name in re.findall(r"<option[^>]*>([^<]*)</option>", page)}
    assert {"Mitgliederliste", "Rechnungsliste"} <= shown


def test_a_change_of_settings_is_told_with_the_words_of_its_page(web):
    changes = {"bank.holder": "Fahrzeugcluster e. V.", "second_factor.staff": False}
    write(person(Role.ADMIN), settings.change_settings, changes)
    said = said_by(web.signed_in(Role.ADMIN).get("/treasurer/audit?kind=settings"))
    assert "Kontoinhaber: Fahrzeugcluster e. V." in said
    assert "Alle im Verein brauchen einen zweiten Faktor: Ja → Nein" in said
    assert "bank.holder" not in said


def test_the_log_is_exported_as_it_is_filtered_and_that_is_noted(web):
    write(person(Role.ADMIN), settings.change_settings, {"bank.holder": "=Fahrzeugcluster"})
    browser = web.signed_in(Role.AUDITOR)
    assert "/treasurer/audit/export.csv?kind=settings" in browser.get("/treasurer/audit?kind=settings").text
    file = browser.get("/treasurer/audit/export.csv?kind=settings")
    lines = file.data.decode("utf-8-sig").splitlines()
    assert lines[0].startswith('"Zeit";"Person";"Aktion";"Art des Objekts"')
    assert all("Einstellungen" in line for line in lines[1:])
    assert "Kontoinhaber: =Fahrzeugcluster" in file.data.decode("utf-8-sig")
    assert browser.get("/treasurer/audit/export.xlsx").data[:2] == b"PK"
    assert "Protokoll ausgeleitet" in said_by(browser.get("/treasurer/audit"))
    assert browser.get("/treasurer/audit/export.exe").status_code == 404


def test_a_long_log_is_exported_whole(web, monkeypatch):
    monkeypatch.setattr(audit_queries, "_AT_A_TIME", 2)
    for number in range(5):
        write(person(Role.ADMIN), settings.change_settings, {"association.claim": f"Nr. {number}"})
    told = web.signed_in(Role.ADMIN).get("/treasurer/audit/export.csv").data.decode("utf-8-sig")
    assert [f"Nr. {number}" in told for number in range(5)] == [True] * 5
    assert told.count("Erste Einstellungen eingetragen") == 1


def test_a_record_leads_to_its_object_for_those_who_may_open_it(web):
    fields = {"name": "Alpha Werke GmbH", "city": "Bremen"}
    write(
        person(Role.TREASURER),
        records.create_member,
        fields,
        number="M0042",
        category=None,
        start=TODAY,
        end=None,
    )
    assert 'href="/treasurer/members/M0042"' in web.signed_in(Role.AUDITOR).get("/treasurer/audit").text
    assert "/treasurer/members/M0042" not in web.signed_in(Role.ADMIN).get("/treasurer/audit").text
