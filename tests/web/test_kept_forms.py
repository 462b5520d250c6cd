"""A form that was sent after the end of the session: kept, and offered again after signing in (SEC-23)."""

from __future__ import annotations

import re
from datetime import timedelta

import time_machine

from membership import clock
from membership.domain.policy import Role
from tests.web.conftest import PASSWORD
from tests.web.test_sign_in import sign_in


def test_sec_23_a_form_sent_after_the_end_is_kept_and_offered_again(web):
    person = web.person(Role.ADMIN, password=PASSWORD, has_totp=False)
    browser = web.browser()
    sign_in(browser, web.people[person])
    token = browser.token()
    with time_machine.travel(clock.now() + timedelta(minutes=45), tick=False):
        late = browser.post(
            "/treasurer/settings/association", data={"name": "Nordhafen e. V.", "csrf_token": token}
        )
        assert late.status_code == 401
        kept = re.search(r'name="kept"[^>]*value="([^"]+)"', late.text)[1]
        page = sign_in(browser, web.people[person], kept=kept)
        assert page.status_code == 200
        assert 'value="Nordhafen e. V."' in page.text
        fresh = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        data = {"name": "Nordhafen e. V.", "street": "A 1", "postcode": "28195", "city": "O", "country": "DE"}
        sent = browser.post("/treasurer/settings/association", data={**data, "csrf_token": fresh})
        assert sent.status_code == 303


def late_form(web, person, browser):
    """Send a form 45 minutes after the last click and return what the sign-in page keeps of it."""
    sign_in(browser, web.people[person])
    browser.send("/sign-in/code", code=web.code())
    token = browser.token()
    with time_machine.travel(clock.now() + timedelta(minutes=45), tick=False):
        late = browser.post(
            "/treasurer/settings/association", data={"name": "Nordhafen e. V.", "csrf_token": token}
        )
    return kept_in(late)


def kept_in(page):
    return re.search(r'name="kept"[^>]*value="([^"]+)"', page.text)[1]


def test_sec_23_a_form_is_kept_over_the_second_factor_too(web):
    person = web.person(Role.ADMIN, password=PASSWORD)
    browser = web.browser()
    kept = late_form(web, person, browser)
    with time_machine.travel(clock.now() + timedelta(minutes=45), tick=False):
        asked = sign_in(browser, web.people[person], kept=kept, next="/treasurer/users")
        assert asked.status_code == 200
        assert 'action="/sign-in/code"' in asked.text
        assert "Nordhafen" not in asked.text
        wrong = browser.send("/sign-in/code", code="000000", kept=kept_in(asked))
        assert (wrong.status_code, kept_in(wrong)) == (422, kept)
        fields = dict(re.findall(r'name="(csrf_token|kept)"[^>]*value="([^"]+)"', wrong.text))
        page = browser.post("/sign-in/code", data={**fields, "code": web.code()})
        assert page.status_code == 200
        assert 'action="/treasurer/settings/association"' in page.text
        assert 'value="Nordhafen e. V."' in page.text
        fresh = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        data = {"name": "Nordhafen e. V.", "street": "A 1", "postcode": "28195", "city": "O", "country": "DE"}
        sent = browser.post("/treasurer/settings/association", data={**data, "csrf_token": fresh})
        assert (sent.status_code, sent.headers["Location"].startswith("/treasurer/settings")) == (303, True)


def test_sec_23_a_form_stays_kept_when_the_code_comes_too_late(web):
    person = web.person(Role.ADMIN, password=PASSWORD)
    browser = web.browser()
    kept = late_form(web, person, browser)
    later = clock.now() + timedelta(minutes=45)
    with time_machine.travel(later, tick=False):
        asked = sign_in(browser, web.people[person], kept=kept)
    with time_machine.travel(later + timedelta(minutes=45), tick=False):
        again = browser.send("/sign-in/code", code=web.code(), kept=kept_in(asked))
        assert (again.status_code, kept_in(again)) == (401, kept)
        assert 'action="/sign-in"' in again.text


def test_a_kept_form_never_travels_in_an_address(web):
    person = web.person(Role.ADMIN, password=PASSWORD)
    browser = web.browser()
    sign_in(browser, web.people[person])
    assert "untergeschoben" not in browser.get("/sign-in/code?kept=untergeschoben").text


def test_a_kept_form_that_was_not_signed_by_us_is_ignored(web):
    person = web.person(Role.ADMIN, password=PASSWORD, has_totp=False)
    response = sign_in(web.browser(), web.people[person], kept="['/treasurer/users/1/deactivate', []]")
    assert response.status_code == 303
