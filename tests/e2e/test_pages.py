"""Every page with data: axe finds nothing at 1280 and 390 px, nothing scrolls sideways, all works without script.

The pages come from the table of routes; one that no link reaches needs its address in `conftest.NOBODY` or a step in
`world.enrich`. What the console or the policy complains about fails the test that opened the page (`watched`).
"""

from __future__ import annotations

import pytest

from tests.e2e.looking import dead_parts_of, faults_of
from tests.e2e.places import PEOPLE

pytestmark = pytest.mark.e2e

ELSEWHERE = {
    "account.join", "account.recovery_codes", "account.second_factor", "account.setup", "account.switch_off_second_factor",
    "treasurer.refunds.file", "treasurer.refunds.show", "treasurer.banking.returns",
    "declaration_link.check", "declaration_link.contact", "declaration_link.evidence", "declaration_link.receipt",
    "portal.declarations.check", "portal.declarations.contact", "portal.declarations.evidence",
    "portal.declarations.question", "portal.declarations.receipt", "treasurer.declarations.evidence",
    "invoice_link.pay", "online_payment.go", "online_payment.show", "portal.pay.index", "treasurer.online_payments.look",
}  # fmt: skip
"""Pages of an account with a second factor and of the first start: `test_first_day.py`. Each refund of the demonstration
waits for the board: `tests/web/treasurer/test_refunds.py` opens its pages. The steps of a declaration follow its form:
`test_declarations.py`. Nothing is paid online without a key of Stripe: `tests/web/portal/test_paying.py` has one. The link of an invitation
is shown once: `test_own_company.py`. No entry of the demonstration waits: `tests/web/treasurer/test_returned_sums.py` has
one of returned debits."""
PARTS = 4
"""The pages of the treasurer are shared out among so many tests."""
STAFF_ALONE = ("office", "board", "auditor", "admin")


def test_every_route_that_shows_a_page_is_reached(places, files, routes):
    reached = {place.endpoint for pages in places.values() for place in pages}
    assert routes.pages("") - reached - files == ELSEWHERE


@pytest.mark.parametrize("part", range(PARTS))
def test_sec_41_every_page_of_the_treasurer_is_accessible_and_keeps_the_policy(demo, watched, places, part):
    seen = watched(demo, mail=PEOPLE["treasurer"])
    faults = []
    for place in places["treasurer"][part::PARTS]:
        seen.go(place.path)
        faults += faults_of(seen.page, place.path)
    assert faults == []


@pytest.mark.parametrize("person", STAFF_ALONE)
def test_sec_41_the_main_pages_of_the_others_are_accessible(demo, watched, person):
    seen = watched(demo, mail=PEOPLE[person])
    links = seen.page.locator(".side-nav a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    faults = faults_of(seen.page, "the start")
    for path in dict.fromkeys(links):
        seen.go(path)
        faults += faults_of(seen.page, f"{path} as {person}")
    assert faults == []


@pytest.mark.parametrize("person", ["portal", None])
def test_sec_41_every_page_of_members_and_of_strangers_is_accessible(demo, watched, places, person):
    seen = watched(demo, mail=PEOPLE.get(person))
    faults = []
    for place in places[person or "nobody"]:
        seen.go(place.path)
        faults += faults_of(seen.page, place.path)
    for path in ("/nowhere", "/treasurer/nowhere"):
        seen.go(path)
        faults += faults_of(seen.page, path)
    assert faults == []


@pytest.mark.parametrize("person", ["treasurer", "portal", None])
def test_every_page_works_without_script(demo, watched, places, person):
    seen = watched(demo, mail=PEOPLE.get(person), java_script_enabled=False)
    faults = []
    for place in places[person or "nobody"]:
        seen.go(place.path)
        faults += dead_parts_of(seen.page, place.path)
    assert faults == []
