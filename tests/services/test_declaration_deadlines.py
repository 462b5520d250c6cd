"""Links of declarations end with the deadline that holds; after the last day the office asks and enters without them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from membership.domain.declarations.campaigns import Dates, LastDayOver
from membership.domain.policy import Actor, Job
from membership.persistence.db import read_as, write
from membership.persistence.models.dispatch import Dispatch
from membership.services import declarations
from membership.services.declarations import DeclarationLinkEnded
from membership.services.dispatch.words import words_of
from tests.services.test_declaration_decisions import DATES, ZONE, declare, on, open_round, view_of

VISITOR = Actor(name="link", at=datetime(2027, 10, 1, tzinfo=UTC), request_id="test", job=Job.SIGN_IN)
EARLY, LATE = "ab" * 32, "cd" * 32
AFTER = (2028, 4, 3)


@pytest.fixture
def asked(app, treasurer):
    """A round with a link from before the deadline, and one from between it and the last day."""
    actor = open_round(treasurer)
    write(actor, declarations.make_link, 2028, "M0001", secret=EARLY, zone=ZONE)
    later, _today = on(actor, 2027, 12, 6)
    write(later, declarations.make_link, 2028, "M0001", secret=LATE, zone=ZONE)
    return actor


def works(secret, *day):
    moment = datetime(*day, 20, 30, tzinfo=UTC)
    try:
        declarations.find_link(read_as(VISITOR), secret, at=moment)
    except DeclarationLinkEnded:
        return False
    return True


def move(actor, deadline, late_until, *day):
    moved, today = on(actor, *day)
    dates = Dates(deadline, late_until)
    write(moved, declarations.change_dates, 2028, dates=dates, today=today, zone=ZONE)


def test_a_link_ends_with_its_deadline_and_one_sent_later_on_the_last_day(asked):
    assert (works(EARLY, 2027, 11, 30), works(EARLY, 2027, 12, 1)) == (True, False)
    assert (works(LATE, 2028, 3, 31), works(LATE, 2028, 4, 1)) == (True, False)


def test_a_deadline_that_is_moved_moves_the_links_that_are_out_but_wakes_no_revoked_one(asked):
    move(asked, date(2027, 10, 20), None, 2027, 10, 5)
    assert (works(EARLY, 2027, 10, 20), works(EARLY, 2027, 10, 21)) == (True, False)
    move(asked, date(2028, 4, 20), None, *AFTER)
    for secret in (EARLY, LATE):
        assert (works(secret, 2028, 4, 20), works(secret, 2028, 4, 21)) == (True, False)
    actor, _today = on(asked, *AFTER)
    write(actor, declarations.revoke_links, 2028, "M0001")
    move(asked, date(2028, 5, 20), None, *AFTER)
    assert not works(EARLY, 2028, 4, 10)


def test_after_the_last_day_nothing_is_sent_that_could_not_be_answered_until_the_deadline_is_moved(asked):
    actor, today = on(asked, *AFTER)
    for refused in (
        lambda: write(actor, declarations.ask_again, 2028, "M0001", today=today),
        lambda: write(actor, declarations.make_link, 2028, "M0001", secret="ef" * 32, zone=ZONE),
        lambda: write(actor, declarations.remind_round, 2028, today=today),
        lambda: write(actor, declarations.ask_missing, 2028, today=today),
    ):
        with pytest.raises(LastDayOver, match=r"31 March 2028|2028-03-31"):
            refused()
    move(asked, date(2028, 4, 20), DATES.late_until.replace(month=4, day=30), *AFTER)
    assert write(actor, declarations.ask_again, 2028, "M0001", today=today) == 1
    write(actor, declarations.make_link, 2028, "M0001", secret="ef" * 32, zone=ZONE)
    assert works("ef" * 32, 2028, 4, 20)


@pytest.mark.parametrize(
    ("day", "kind", "has_link"),
    [((2028, 3, 31), "declaration_query", True), (AFTER, "declaration_query_late", False)],
)
def test_a_query_after_the_last_day_goes_without_a_link_and_is_answered_by_the_office(
    asked, day, kind, has_link
):
    actor, today = on(asked, *day)
    declare(asked, 126)
    assert write(actor, declarations.query, 2028, "M0001", "Mit Auszubildenden?", today=today) == 1
    session = read_as(replace(actor, job=None))
    mail = session.execute(select(Dispatch).where(Dispatch.kind == kind)).scalar_one()
    words = words_of(session, mail, zone=ZONE)
    assert "Mit Auszubildenden?" in words.body
    assert any(part.is_button for part in words.parts) is has_link
    assert ("antworten Sie einfach" in words.body) is not has_link
    assert declare(actor, 40, today=today, comment="gezählt") == 2
    write(actor, declarations.accept, 2028, "M0001")
    assert view_of(actor).is_queried is False


def test_a_longer_time_shortens_no_link_and_brings_the_reminders_back(asked):
    move(asked, date(2027, 12, 31), date(2028, 3, 31), 2027, 12, 7)
    assert works(EARLY, 2027, 12, 31)
    assert (works(LATE, 2028, 3, 31), works(LATE, 2028, 4, 1)) == (True, False)
    actor, _today = on(asked, 2027, 12, 7)
    assert not declarations.has_due_reminders(read_as(actor), today=date(2027, 12, 7))
    assert declarations.has_due_reminders(read_as(actor), today=date(2027, 12, 28))
