"""The manual prints the table of rights that the program uses, row by row."""

from __future__ import annotations

import re
from pathlib import Path

from membership.domain.policy import ACTIONS, PORTAL, Role
from membership.web.access import offered_actions
from membership.web.treasurer.users import ACTION_NAMES
from membership.wording import Wording

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "manual.md"
COLUMNS = [
    (Role.TREASURER, "Schatzmeisterei"), (Role.OFFICE, "Geschäftsstelle"), (Role.BOARD, "Vorstand"),
    (Role.AUDITOR, "Kassenprüfung"), (Role.ADMIN, "Verwaltung"),
]  # fmt: skip


def lines_of(app):
    """Return the table as the manual has it: staff actions that some page offers, one row each."""
    words = Wording("de")
    offered = offered_actions(app)
    rows = [
        [words.text(ACTION_NAMES[action]), *("ja" if role in holders else "–" for role, _name in COLUMNS)]
        for action, holders in ACTIONS.items()
        if action in offered and not holders <= PORTAL
    ]
    head = ["Darf …", *(name for _role, name in COLUMNS)]
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def test_inv_20_the_manual_prints_the_table_of_rights_that_the_program_uses(web):
    wanted = "\n".join(lines_of(web.app))
    found = re.search(r"^\| Darf … .*?(?=\n\n)", MANUAL.read_text(), re.MULTILINE | re.DOTALL)
    assert found, wanted
    assert found[0] == wanted, wanted
