"""Addresses are compiled when they are first written, not at the start."""

from __future__ import annotations

import pytest
from werkzeug.routing import Rule

from membership.app import create_app
from membership.web.addresses import LazyRule
from tests.conftest import settings_for


def test_a_start_compiles_no_address_and_the_first_use_does(sqlite_database, monkeypatch) -> None:
    monkeypatch.setattr(LazyRule, "compile", Rule.compile)  # not once a process, as in the other tests
    compiled = []
    original = Rule._compile_builder
    monkeypatch.setattr(
        Rule,
        "_compile_builder",
        lambda rule, append_unknown=True: (compiled.append(rule.rule), original(rule, append_unknown))[1],
    )
    app = create_app(settings_for(*sqlite_database))
    assert len(list(app.url_map.iter_rules())) > 150
    assert compiled == []

    addresses = app.url_map.bind("localhost")
    for _ in range(2):
        assert (
            addresses.build("treasurer.members.show", {"number": "M0001", "tab": "dues"})
            == "/treasurer/members/M0001?tab=dues"
        )
    assert len(compiled) == 1


@pytest.mark.parametrize(
    "address", ["/treasurer/overview/", "/treasurer/settings", "/treasurer/settings/", "/about/"]
)
def test_a_stroke_at_the_end_leads_to_the_same_page(admin, address):
    assert admin.get(address).status_code == 200
