"""The command `members import`: the columns of the last import count, unless a mapping is given."""

from __future__ import annotations

import json

import pytest

from membership.cli.main import main

MAPPING = """
[columns]
"Betriebsstätte" = "name"
Gegend = "postcode"
Siedlung = "city"
[values.category]
Partner = "ORD"
"""
LIST = "Betriebsstätte;Gegend;Siedlung;Kategorie\nMoorwind GmbH;28195;Bremen;{word}\n"


@pytest.fixture(autouse=True)
def _books(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path / "state"))
    assert main(["db", "upgrade"]) == 0
    capsys.readouterr()


def bring(tmp_path, capsys, content, mapping=None):
    file = tmp_path / "liste.csv"
    file.write_text(content, "utf-8")
    more = []
    if mapping is not None:
        (tmp_path / "mapping.toml").write_text(mapping, "utf-8")
        more = ["--mapping", str(tmp_path / "mapping.toml")]
    code = main(["members", "import", str(file), *more, "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else err


def test_the_columns_of_the_last_import_count_for_the_next(tmp_path, capsys):
    unknown = bring(tmp_path, capsys, LIST.format(word="ORD"))
    assert unknown[0] != 0
    first = bring(tmp_path, capsys, LIST.format(word="ORD"), MAPPING)
    assert (first[0], first[1]["new"]) == (0, 1)
    later = bring(tmp_path, capsys, LIST.replace("Moorwind", "Sandbank").format(word="ORD"))
    assert (later[0], later[1]["new"]) == (0, 1)


def test_a_mapping_alone_says_what_it_does_not_leave_to_the_headings(tmp_path, capsys):
    bring(tmp_path, capsys, LIST.format(word="ORD"), MAPPING)
    other = MAPPING.replace('Siedlung = "city"\n', "")
    code, found = bring(tmp_path, capsys, LIST.replace("Moorwind", "Sandbank").format(word="ORD"), other)
    assert (code, found["new"], len(found["rejected"])) == (1, 0, 1)
