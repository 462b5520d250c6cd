"""Every form sent with nonsense: the summary has the focus, says the same as the field, the input is kept, axe agrees."""

from __future__ import annotations

import pytest

from tests.e2e.looking import WIDTHS, faults_of
from tests.e2e.places import PEOPLE
from tests.e2e.spoiling import faults_of_errors, forms_of, spoil

pytestmark = pytest.mark.e2e

PARTS = 3
TAKES_ANYTHING = {"treasurer.members.check_import"}
"""The errors of a list stand on the page from the start; a cell that is still wrong stays among them."""


def forms_to_spoil(places, person):
    """Return one page of each route, without those that need no error."""
    pages = {place.endpoint: place for place in places[person] if place.endpoint not in TAKES_ANYTHING}
    return list(pages.values())


def faults_with_errors(seen, pages):
    faults = []
    for place in pages:
        seen.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        seen.go(place.path)
        for form in forms_of(seen.page):
            seen.go(place.path)
            spoil(seen.page, form)
            faults += faults_of_errors(seen.page, place.path)
            faults += faults_of(seen.page, f"{place.path} with errors")
    return faults


@pytest.mark.parametrize("part", range(PARTS))
def test_every_form_of_the_treasurer_says_what_is_wrong(demo, watched, places, part):
    seen = watched(demo, mail=PEOPLE["treasurer"])
    assert faults_with_errors(seen, forms_to_spoil(places, "treasurer")[part::PARTS]) == []


@pytest.mark.parametrize("person", ["portal", None])
def test_every_form_of_members_and_of_strangers_says_what_is_wrong(demo, watched, places, person):
    seen = watched(demo, mail=PEOPLE.get(person))
    assert faults_with_errors(seen, forms_to_spoil(places, person or "nobody")) == []
