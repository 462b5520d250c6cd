"""What a backup says of itself is compared with what it holds, on both databases (SEC-68)."""

from __future__ import annotations

import json

import pytest

from membership.persistence import crypto, sealed_file
from membership.persistence.db import read_as
from tests.cli.test_backup import filled, run
from tests.kills.test_kills import outcome

LIES = [
    ("not_a_backup", {"sha256": "0" * 64}),
    ("not_a_backup", {"size": 1}),
    ("newer_backup", {"format": 2}),
    ("restored_wrong", {"anchor": {"seq": 1}}),
    ("restored_wrong", {"anchor": {"hash": "0" * 64}}),
    ("restored_wrong", {"anchor": {"numbers": {"RE 2027": 2}}}),
    ("restored_wrong", {"anchor": {"numbers": {"entry": 0}}}),
    ("restored_wrong", {"anchor": {"numbers": {"GS 2027": 1}}}),
    ("restored_wrong", {"rows": {"members": 2}}),
    ("restored_wrong", {"rows": {"tags_of_old": 0}}),
]


@pytest.fixture
def books(app, treasurer, monkeypatch):
    """Books on both databases."""
    yield from filled(app, treasurer, monkeypatch)


def test_sec_68_a_manifest_that_claims_something_else_than_the_content_is_refused(
    app, books, capsys, tmp_path
):
    """Sealed with the right key, so that only the comparison itself can find it."""
    state, before, key = (
        app.extensions["membership"].state_dir,
        outcome(),
        crypto.keys_of(read_as(books)).backup,
    )
    true, answers = tmp_path / "true.bbk", []
    run(capsys, "backup", str(true))
    for place, (_code, lie) in enumerate(LIES):
        file = tmp_path / f"{place}.bbk"
        with true.open("rb") as source, file.open("wb") as target:
            first, *pieces = sealed_file.read_sealed(source, key=key, name="true")
            claims = json.loads(first)
            for name, value in lie.items():
                claims[name] = with_changes(claims[name], value)
            sealed_file.write_sealed(target, [json.dumps(claims).encode(), *pieces], key=key)
        _exit, said = run(capsys, "restore", str(file), "--accept-loss", "--reason", "Probe")
        answers.append(said.get("error", {"code": "restored"})["code"])
    assert answers == [code for code, _lie in LIES]
    assert outcome() == before
    assert list(state.glob("*restore*")) == []


def with_changes(old, new):
    """Return what is claimed instead; of a table only the named cells change."""
    if not isinstance(new, dict):
        return new
    return {**old, **{name: with_changes(old.get(name), value) for name, value in new.items()}}
