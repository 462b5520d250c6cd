"""What is installed and what is kept secret: known weaknesses, keys in the repository, on command lines and in logs."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import secrets
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

from membership.app import create_app, load_keys
from membership.cli.main import SUBJECTS
from membership.logs import masked
from membership.persistence import crypto
from tests.conftest import settings_for

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2027, 1, 11)


def script(name):
    """Return a script of `.ci` as a module."""
    spec = importlib.util.spec_from_file_location(f"ci_{name}", ROOT / ".ci" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


audit, scan = script("audit"), script("secrets")


@pytest.mark.parametrize(
    ("severity", "is_fault"),
    [("HIGH", True), ("CRITICAL", True), ("", True), ("MODERATE", False), ("LOW", False)],
)
def test_sec_79_the_audit_fails_for_a_severe_or_unrated_weakness(severity, is_fault):
    assert bool(audit.faults([audit.Finding("flask 0.1", "GHSA-1", severity)], [], TODAY)) is is_fault


def test_sec_79_an_exception_holds_until_its_last_day_and_then_fails_the_audit():
    found = [audit.Finding("flask 0.1", "GHSA-1", "HIGH")]
    accepted = audit.exemptions('[[accept]]\nid = "GHSA-1"\nreason = "never called"\nuntil = 2027-01-11')
    assert audit.faults(found, accepted, TODAY) == []
    assert len(audit.faults(found, accepted, date(2027, 1, 12))) == 2
    with pytest.raises(AssertionError):
        audit.exemptions('[[accept]]\nid = "GHSA-1"\nreason = " "\nuntil = 2027-01-11')


def test_sec_79_every_locked_package_is_asked_about():
    for path in ROOT.glob("requirements*.txt"):
        text = path.read_text()
        wanted = sum("==" in line and not line.startswith((" ", "#")) for line in text.splitlines())
        assert len(list(audit.packages(text))) == wanted > 0, path
    audit.exemptions((ROOT / ".ci" / "audit-exceptions.toml").read_text())


PLANTED = [
    "-----BEGIN RSA " + "PRIVATE KEY-----", "stripe = sk_" + "live_4eC39HqLyjWDarjtT1zd", "MEMBERSHIP_FIELD_" + f"KEY={'0f' * 32}",
    "postgresql://" + "owner:hunter2@db.verein.org/x", "AKIA" + "IOSFODNN7EXAMPLE", "ghp_" + "a" * 36,
]  # fmt: skip


@pytest.mark.parametrize("line", PLANTED, ids=range(len(PLANTED)))
def test_sec_81_a_planted_secret_is_found_in_the_repository(line):
    (found,) = scan.findings("docs/operation.md", f"first\n{line}\n")
    assert found.startswith("docs/operation.md:2: ")
    assert line not in found


def test_sec_81_the_repository_holds_no_secret_and_no_key_file(capsys):
    assert list(scan.findings("keys/field_key", ""))
    assert scan.main() == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    "key",
    [
        "00" * 32,
        "ab" * 32,
        "0123456789abcdef" * 4,
        "deadbeef" * 8,
        "ff" * 31,
        "",
        "change-me",
        "a" * 63,
        "ab" * 64,
    ],
)
@pytest.mark.parametrize("name", ["SESSION_KEY", "FIELD_KEY", "BACKUP_KEY"])
def test_sec_81_the_start_refuses_a_short_or_invented_key(sqlite_database, monkeypatch, name, key):
    settings = settings_for(*sqlite_database)
    monkeypatch.setenv(f"MEMBERSHIP_{name}", key or " ")
    with pytest.raises(crypto.KeyMissing) as refused:
        create_app(settings)
    assert name in str(refused.value.values)
    assert key not in str(refused.value.values) or len(key) < 10
    monkeypatch.setenv(f"MEMBERSHIP_{name}", secrets.token_hex(32))
    create_app(settings)


def test_sec_81_keys_drawn_by_lot_are_taken(tmp_path):
    for number in range(300):
        crypto.load_or_make(tmp_path / str(number))


def options(parser):
    """Yield every option of a parser and of its verbs."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb in action.choices.values():
                yield from options(verb)
        else:
            yield from action.option_strings


def test_sec_81_no_command_takes_a_secret_in_its_arguments_where_everybody_can_read_them():
    found = []
    for subject in SUBJECTS:
        parser = argparse.ArgumentParser()
        import_module(f"membership.cli.{subject}").add_verbs(parser)
        found += [
            (subject, option)
            for option in options(parser)
            if any(word in option for word in ("password", "secret", "key", "token"))
        ]
    assert found == []


DIGITS, SIGNS, WORDS = (
    secrets.token_hex(32),
    f"a-{secrets.token_urlsafe(40)}aZ9",
    "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
)
SECRETS = [
    (DIGITS, DIGITS), (SIGNS, SIGNS), (WORDS, WORDS), ("postgresql://owner:hafen7@db/x", "hafen7"),
    ("Authorization: Bearer abcdefghijkl", "abcdefghijkl"), ("DE89 3704 0044 0532 0130 00", "0044 0532"),
    ("DE89370400440532013000", "00440532"), ("password='vier Hafen'", "Hafen"),
    ("MEMBERSHIP_SESSION_KEY=0123456789", "0123456789"), ("code=123456", "123456"),
    ("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaA", "aGFzaA"), ("whsec_" + "abcdefgh12345678", "abcdefgh12345678"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "secret"), SECRETS, ids=range(len(SECRETS)))
def test_sec_81_a_secret_reaches_no_log_by_text_arguments_or_traceback(sqlite_app, caplog, line, secret):
    logger = logging.getLogger("somebody.elses")
    logger.warning("it was %s", line)
    logger.warning(f"it was {line}")  # noqa: G004 - as libraries do it
    try:
        date.fromisoformat(line)
    except ValueError:
        logger.exception("failed")
    assert secret not in caplog.text
    assert caplog.text.count("it was") == 2


@pytest.mark.parametrize(
    "text",
    [
        "request='7F3A-21BC' method='GET' path='/treasurer/invoices/RE2027-0001'",
        "run 7, item 12",
        "answered status=404",
        "Serving at http://127.0.0.1:8000",
        "refused status='422' code='key_missing'",
    ],
)
def test_the_filter_leaves_plain_lines_alone(text):
    assert masked(text) == text


def test_inv_27_an_error_of_the_database_names_no_values(sqlite_app, caplog):
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    from membership.persistence.db import db

    with pytest.raises(DBAPIError) as refused:
        db.session.execute(text("INSERT INTO nowhere VALUES (:iban)"), {"iban": "Otto Fremd"})
    assert "Otto Fremd" not in str(refused.value)


def test_keys_from_files_and_variables_are_the_same(sqlite_database, monkeypatch):
    settings = settings_for(*sqlite_database)
    monkeypatch.setenv("MEMBERSHIP_FIELD_KEY", "0" * 10 + secrets.token_hex(27))
    assert load_keys(settings).field.hex().startswith("0" * 10)
