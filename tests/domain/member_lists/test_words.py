"""Every sentence of lists and tables has its German."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from membership.wording import catalogue

ROOT = Path(__file__).parents[3] / "membership"
FILES = sorted(
    [*(ROOT / "domain" / "member_lists").glob("*.py"), *(ROOT / "gateways" / "tables").glob("*.py")]
)


def messages():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"N_", "phrase"}
            ):
                yield ast.literal_eval(node.args[0])


@pytest.mark.parametrize("message", sorted(set(messages())))
def test_a_message_has_its_german_with_the_same_values(message):
    german = catalogue("de")[message]
    assert set(re.findall(r"%\(\w+\)s", message)) == set(re.findall(r"%\(\w+\)s", german))
    assert "!" not in german
