"""The audit log and the search, on both databases: what is found, what is counted, when the chain is broken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from membership.domain.policy import Role
from membership.persistence.db import db, read_as, write
from membership.persistence.queries.audit import AuditFilter, list_audit, list_audit_choices
from membership.persistence.queries.dues_years import find_dues_years
from membership.persistence.queries.search import search_invoices, search_members
from membership.services.association import setup_progress
from membership.services.audit import check_recent, record_refusal
from membership.services.settings import change_settings
from tests.conftest import NOW


@pytest.fixture
def changed(app, treasurer):
    write(treasurer, change_settings, {"association.city": "Emden", "association.name": "Nordhafen e. V."})
    write(treasurer, record_refusal, endpoint="treasurer.users.index", action="users.read")
    session = read_as(treasurer)
    session.rollback()
    return session


def test_a_record_shows_old_and_new_values_and_the_number_of_all(changed):
    lines, total = list_audit(changed, AuditFilter(), page=1)
    assert total == len(lines) == 3
    assert [line.action for line in lines] == ["access.refused", "settings.change", "settings.first_values"]
    assert lines[1].values == (("association.city", "", "Emden"), ("association.name", "", "Nordhafen e. V."))
    assert list_audit(changed, AuditFilter(), page=2) == ([], 0)


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        (AuditFilter(person="user:1"), 2),
        (AuditFilter(person="job:setup"), 1),
        (AuditFilter(kind="page"), 1),
        (AuditFilter(object="treasurer.users.index"), 1),
        (AuditFilter(since=NOW + timedelta(days=1)), 0),
        (AuditFilter(until=NOW), 0),
        (AuditFilter(since=NOW, until=NOW + timedelta(seconds=1)), 3),
    ],
)
def test_a_filter_leaves_only_what_it_says(changed, chosen, wanted):
    assert len(list_audit(changed, chosen, page=1)[0]) == wanted


def test_the_choices_are_those_that_occur(changed):
    people, kinds = list_audit_choices(changed)
    assert people == [("user:1", "Birgit Wessels"), ("job:setup", "setup")]
    assert kinds == ["page", "settings"]


def test_inv_07_a_changed_link_is_seen_at_once(changed):
    assert check_recent(changed).is_sound
    changed.rollback()
    on_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.begin() as connection:
        drop = "DROP TRIGGER chain_links_update" + ("" if on_sqlite else " ON chain_links")
        connection.execute(text(drop))
        connection.execute(text("UPDATE chain_links SET ref = 'other' WHERE seq = 2"))
    changed.expire_all()
    assert not check_recent(changed).is_sound


@pytest.mark.parametrize("words", ["Nordhafen", "M0001", "1.800,00", "%", "3000", "' OR 1=1 --"])
def test_searching_an_empty_association_finds_nothing(changed, words):
    assert search_members(changed, words) == []
    assert search_invoices(changed, words, cents=180_000) == []


def test_before_the_first_run_there_is_no_dues_year(changed):
    assert find_dues_years(changed) == (None, None, None)


def test_the_first_start_says_what_is_done_and_what_is_open(changed):
    done = {step.key: step.is_done for step in setup_progress(changed)}
    assert done == {
        "association": False, "look": False, "bank": False, "sepa": False, "invoices": False, "mail": False,
        "members": False, "schedule": False, "second_factor": False, "users": False,
    }  # fmt: skip


def test_inv_20_who_may_not_change_settings_changes_none(app):
    from membership.domain.errors import NotAllowed
    from tests.conftest import person

    for role in set(Role) - {Role.ADMIN, Role.TREASURER}:
        with pytest.raises(NotAllowed):
            write(person(role), change_settings, {"association.city": "Emden"})
