"""Every address of the map with numbers too large, NUL and odd signs, on both databases: never a failure of ours.

SEC-45, SEC-49.
"""

from __future__ import annotations

import re
import secrets

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.models.settings import Setting
from tests.web.conftest import Browser, Web

BIG = "99999999999999999999"
LARGEST = str(2**63 - 1)
PARAMETERS = (
    "q", "page", "year", "size", "from", "to", "as_of", "sort", "state", "person", "kind", "object", "number", "member",
    "category", "since", "until", "next", "kept", "chapter", "code", "view", "show", "run", "name", "class",
)  # fmt: skip
FOREIGN = (("/treasurer", "/portal"), ("/portal",), ("/treasurer",))
"""Areas that the stranger, the staff and the company are turned away from before anything is read: one value each."""


@pytest.fixture
def both(app):
    """The browsers of everybody who may see pages, on SQLite and on PostgreSQL."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.test_client_class = Browser
    web = Web(app)
    staff = web.signed_in(Role.ADMIN, Role.TREASURER)
    return web, [web.browser(), staff, web.signed_in(Role.COMPANY_ADMIN)]


def addresses(app, method, value):
    """Return every address of the map, each place in it filled with the value."""
    rules = [rule.rule for rule in app.url_map.iter_rules() if method in rule.methods]
    return sorted({re.sub(r"<[^>]+>", value, rule) for rule in rules})


def statuses(browsers, sent):
    """Return address -> status of each request; `sent` makes the requests of a browser, told what is foreign to it."""
    return {
        (index, what): status
        for index, (browser, foreign) in enumerate(zip(browsers, FOREIGN, strict=True))
        for what, status in sent(browser, foreign)
    }


def test_every_number_in_an_address_ends_where_those_of_the_database_do(both):
    web, browsers = both
    places = [rule.rule for rule in web.app.url_map.iter_rules() if "<int:" in rule.rule]
    assert len(places) > 30
    for value in (BIG, LARGEST, "9" * 5000, "٣", "-1"):
        found = statuses(
            browsers,
            lambda browser, foreign, value=value: [
                (place, browser.get(place).status_code)
                for place in addresses(web.app, "GET", value)
                if value in place and (value == BIG or not place.startswith(foreign))
            ],
        )
        assert {what: status for what, status in found.items() if status >= 500} == {}
    assert browsers[1].get(f"/treasurer/payments/{BIG}").status_code == 404
    assert browsers[1].get(f"/treasurer/payments/{LARGEST}").status_code == 404


def test_nul_in_an_address_is_refused_everywhere(both):
    web, browsers = both

    def sent(browser, _foreign):
        for place in addresses(web.app, "GET", "%00"):
            if "%00" in place:
                yield place, browser.get(place).status_code
            else:
                for pair in ("q=a%00b", "a%00b=q"):
                    yield f"{place}?{pair}", browser.get(f"{place}?{pair}").status_code

    found = statuses(browsers, sent)
    assert len(found) > 200
    assert {what: status for what, status in found.items() if status not in {400, 404}} == {}
    assert browsers[1].get("/treasurer/search?q=a%00b").status_code == 400


def test_odd_signs_in_every_parameter_give_no_failure(both):
    web, browsers = both

    def sent(browser, foreign):
        for place in addresses(web.app, "GET", "1"):
            odd = (BIG, "٣", "%ED%A0%80", "0001-01-01", "9999-12-31")
            for value in odd[:1] if place.startswith(foreign) else odd:
                query = "&".join(f"{name}={value}" for name in PARAMETERS)
                yield f"{place}?{query}", browser.get(f"{place}?{query}").status_code

    found = statuses(browsers, sent)
    assert {what: status for what, status in found.items() if status >= 500} == {}


def test_nul_in_a_form_is_refused_everywhere_and_nothing_is_kept(both):
    web, browsers = both

    def sent(browser, _foreign):
        token = browser.token()
        for place in addresses(web.app, "POST", "1"):
            for fields in ({"name": "a\0b"}, {"a\0b": "name"}):
                data = {"csrf_token": token, "form_token": secrets.token_urlsafe(8), **fields}
                yield f"{place} {fields}", browser.post(place, data=data).status_code

    found = statuses(browsers, sent)
    assert len(found) > 100
    assert {what: status for what, status in found.items() if status not in {400, 404, 302}} == {}


def test_sec_49_nul_in_a_sign_in_or_a_setting_is_said_in_one_sentence(both):
    web, browsers = both
    refused = browsers[0].send("/sign-in", email="a\0b@x.de", password="x")
    assert refused.status_code == 400
    assert "kein Text ist (NUL)" in refused.text
    data = {"name": "a\0b", "street": "A 1", "postcode": "1", "city": "O", "country": "DE"}
    assert browsers[1].send("/treasurer/settings/association", **data).status_code == 400
    assert web.rows(select(Setting.value).where(Setting.key == "association.name")) == [("",)]
