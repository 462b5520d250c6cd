"""`membership payments reconcile`: what Stripe knows and the books do not."""

from __future__ import annotations

import json

import pytest

from membership.app import create_app
from membership.cli.main import main
from membership.domain.policy import Role
from membership.persistence.db import db
from membership.settings import Settings
from tests.conftest import person
from tests.online import World, connect
from tests.stripe_server import KEY, SECRET, stripe_server

STAFF = person(Role.TREASURER, Role.ADMIN)


@pytest.fixture
def stripe(tmp_path, monkeypatch, capsys):
    """M0001 has paid 600.00 at Stripe, and no event has come."""
    with stripe_server() as server:
        config = tmp_path / "own.toml"
        config.write_text(f'[operator]\nstripe_url = "{server.url}"\n')
        monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(tmp_path))
        monkeypatch.setenv("MEMBERSHIP_CONFIG", str(config))
        monkeypatch.setenv("MEMBERSHIP_STRIPE_KEY", KEY)
        monkeypatch.setenv("MEMBERSHIP_STRIPE_WEBHOOK_SECRETS", SECRET)
        assert main(["db", "upgrade"]) == 0
        app = create_app(Settings.load())
        with app.app_context():
            connect(app, server)
            World(app, STAFF, server).paid(fee=925)
            db.session.remove()
            db.engine.dispose()
        capsys.readouterr()
        yield server


def run(capsys, *argv):
    code = main(["payments", "reconcile", *argv, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_fi_42_the_command_books_what_was_missed_and_says_what_differs(stripe, capsys):
    code, said = run(capsys, "--dry-run")
    assert (code, said["posted"], len(said["differences"])) == (1, 0, 1)
    code, said = run(capsys)
    assert (code, said) == (0, {"movements": 1, "posted": 2, "differences": []})
    assert run(capsys) == (0, {"movements": 1, "posted": 0, "differences": []})


def test_without_a_key_or_without_an_answer_one_sentence_says_so(stripe, capsys, monkeypatch):
    stripe.faults[:] = ["500"]
    code, said = run(capsys)
    assert (code, said["error"]["code"]) == (4, "provider_away")
    monkeypatch.delenv("MEMBERSHIP_STRIPE_KEY")
    code, said = run(capsys)
    assert (code, said["error"]["code"]) == (3, "online_off")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEMBERSHIP_STRIPE_KEY", "pk_test_public"), ("MEMBERSHIP_STRIPE_KEY", "secret"),
        ("MEMBERSHIP_STRIPE_WEBHOOK_SECRETS", "whsec_good guessed"),
    ],
)  # fmt: skip
def test_a_key_that_is_none_stops_the_start_and_is_not_repeated(stripe, capsys, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert main(["payments", "reconcile"]) == 2
    out, err = capsys.readouterr()
    assert name in err
    assert value not in out + err
