"""What the import assumes where a list says nothing: the category of its members, the day of their sizes."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from membership import clock
from membership.persistence.models.members import BasisValue
from tests.web.treasurer.conftest import said_by
from tests.web.treasurer.member_lists import columns_of, upload

PLAIN = "Firma;PLZ;Ort;Beschäftigte\nHansa Blech GmbH;28195;Bremen;37\n"


def test_a_list_without_categories_is_taken_as_ordinary_members_unless_somebody_says_otherwise(
    treasurer_browser, web
):
    kept = upload(treasurer_browser, PLAIN)
    fields = columns_of(treasurer_browser, kept)
    assert fields["category"] == "ORD"
    treasurer_browser.send(f"{kept}/columns", **{**fields, "category": ""})
    checked = said_by(treasurer_browser.get(f"{kept}/check"))
    assert "1 neues Mitglied hat keine Kategorie" in checked
    treasurer_browser.send(f"{kept}/columns", **fields)
    assert "hat keine Kategorie" not in said_by(treasurer_browser.get(f"{kept}/check"))


@pytest.mark.parametrize("typed", ["30.06.2025", ""])
def test_the_day_of_the_sizes_is_asked_for_and_kept(treasurer_browser, web, typed):
    kept = upload(treasurer_browser, PLAIN)
    assert "Stichtag der Größen" in said_by(treasurer_browser.get(f"{kept}/columns"))
    sent = treasurer_browser.send(f"{kept}/columns", **columns_of(treasurer_browser, kept), sizes_on=typed)
    assert sent.status_code == 303
    treasurer_browser.send(kept, new="1", changed="0")
    ((day,),) = web.rows(select(BasisValue.as_of))
    today = clock.today("Europe/Berlin")
    usual = date(today.year - (today.month < 7), 12, 31)
    assert day == (date(2025, 6, 30) if typed else min(usual, today))


def test_sizes_of_a_day_to_come_are_refused(treasurer_browser):
    kept = upload(treasurer_browser, PLAIN)
    fields = {**columns_of(treasurer_browser, kept), "sizes_on": "30.06.2099"}
    refused = treasurer_browser.send(f"{kept}/columns", **fields)
    assert refused.status_code == 422
    assert "Dieser Tag kommt erst noch" in said_by(refused)


def test_a_heading_with_a_year_needs_no_day(treasurer_browser):
    kept = upload(treasurer_browser, PLAIN.replace("Beschäftigte", "Beschäftigte 2025"))
    assert "Stichtag der Größen" not in said_by(treasurer_browser.get(f"{kept}/columns"))
