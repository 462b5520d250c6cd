"""The audit log as a page: everything that is noted has words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from membership import services
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.services import invoice_files, settings
from membership.services.members import list_export
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
