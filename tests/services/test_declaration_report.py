"""The report about declarations tells of a day what was asked, declared and decided by then, also later."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from membership.persistence.db import read_as, write
from membership.services import declarations, exports
from membership.services.reports import table_for_people
from membership.wording import Wording
from tests.services.test_declaration_decisions import ZONE, declare, on, open_round

KEYS = ("member", "basis", "previous", "declared", "state")


@pytest.fixture
def actor(app, treasurer):
    """M0001 declares 126 on 5 October and it is taken over on the 7th; M0002 is reminded on the 16th, then silent."""
    actor = open_round(treasurer)
    for day in (5, 7):
        later, today = on(actor, 2027, 10, day)
        if day == 5:
            declare(later, 126, today=today)
        else:
            write(later, declarations.accept, 2028, "M0001")
    later, today = on(actor, 2027, 11, 16)
    write(later, declarations.remind_round, 2028, today=today)
    later, today = on(actor, 2027, 12, 2)
    write(later, declarations.end_silence, 2028)
    write(later, declarations.ask_again, 2028, "M0001", today=today)
    return later


def report(actor, *day, year=2028):
    return declarations.declarations_report(read_as(actor), year=year, as_of=date(*day), zone=ZONE)


def rows(actor, *day):
    table = report(actor, *day).table
    keys = [column.key for column in table.columns]
    return [tuple(row[keys.index(key)] for key in KEYS) for row in table.rows]


def test_the_report_of_a_day_stays_what_it_was_on_that_day(actor):
    beta = ("M0002", "headcount", Fraction(60))
    alpha = ("M0001", "headcount", Fraction(37), Fraction(126))
    assert rows(actor, 2027, 9, 30) == []
    assert rows(actor, 2027, 10, 4)[1] == (*beta, None, "asked")
    assert rows(actor, 2027, 10, 4)[0][3:] == (None, "asked")
    assert rows(actor, 2027, 10, 5) == [(*alpha, "to_review"), (*beta, None, "asked")]
    assert rows(actor, 2027, 10, 7) == [(*alpha, "taken_over"), (*beta, None, "asked")]
    assert rows(actor, 2027, 11, 16)[1] == (*beta, None, "reminded")
    assert rows(actor, 2027, 12, 2) == [(*alpha, "taken_over"), (*beta, Fraction(60), "estimated")]


def test_the_newest_round_that_was_open_is_reported_unless_another_is_wanted(actor):
    session = read_as(actor)
    assert declarations.report_year(session, None, as_of=date(2027, 9, 30)) is None
    assert declarations.report_year(session, 2026, as_of=date(2027, 12, 2)) == 2028
    assert report(actor, 2027, 12, 2, year=None).table.rows == ()


def test_a_list_says_words_where_the_json_has_codes(actor):
    words = Wording("de")
    table = table_for_people(read_as(actor), report(actor, 2027, 12, 2).table, words)
    made = exports.report_file(table, form=exports.Format.CSV, name="x", words=words, title="Selbstauskünfte")
    head, first, *_rest = made.content.decode("utf-8-sig").splitlines()
    assert head == (
        '"Mitgliedsnummer";"Firma";"Größe";"Bisher";"Gemeldet";"Beitragsklasse bisher";"Beitragsklasse";"Status"'
    )
    assert first.startswith('"M0001";')
    assert '"Beschäftigtenzahl";37;126;' in first
    assert first.endswith('"Übernommen"')
