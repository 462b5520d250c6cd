"""What every answer carries and what a request may bring: heads, hosts, sizes, tokens, errors without inside views."""

from __future__ import annotations

import logging
import secrets

import pytest
from flask import request
from sqlalchemy import select

from membership.app import create_app
from membership.domain.policy import Role
from membership.persistence.models.settings import Setting
from membership.services.settings import first_values
from membership.web.access import policy
from membership.web.heads import POLICY, PlainHttp
from membership.web.returning import safe_path
from tests.conftest import NOW, settings_for
from tests.web.conftest import Browser

PAGES = [
    "/sign-in",
    "/imprint",
    "/treasurer/settings",
    "/nowhere",
    "/treasurer/users/999999",
    "/static/nothing.css",
]


@pytest.mark.parametrize("address", PAGES)
def test_sec_41_every_answer_carries_the_strict_policy(admin, address):
    found = admin.get(address).headers["Content-Security-Policy"]
    assert found == POLICY
    assert "unsafe" not in found
    assert "http" not in found
    for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in found


def test_sec_42_no_page_can_be_framed(admin):
    heads = admin.get("/profile").headers
    assert "frame-ancestors 'none'" in heads["Content-Security-Policy"]
    assert heads["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("address", [*PAGES, "/healthz", "/"])
def test_sec_43_every_answer_is_guarded_and_not_kept(admin, address):
    heads = admin.get(address).headers
    assert heads["X-Content-Type-Options"] == "nosniff"
    assert heads["Referrer-Policy"] == "same-origin"
    assert heads["Cache-Control"] == "no-store"


def test_sec_43_with_tls_browsers_are_told_to_insist_on_it(sqlite_database):
    app = create_app(settings_for(*sqlite_database, base_url="https://beitrag.verein.example"))
    response = app.test_client().get("/static/nothing.css", base_url="https://beitrag.verein.example")
    assert response.headers["Strict-Transport-Security"] == "max-age=63072000"
    cookies = response.headers.getlist("Set-Cookie")
    assert all(name.startswith("__Host-") for name in cookies)
    assert app.config["SESSION_COOKIE_SECURE"]


def test_sec_24_without_tls_only_this_machine_is_served(sqlite_database):
    with pytest.raises(PlainHttp):
        create_app(settings_for(*sqlite_database, base_url="http://beitrag.verein.example"))


@pytest.mark.parametrize("origin", ["null", "https://evil.example"])
def test_sec_44_a_foreign_origin_gets_no_cors_heads(admin, origin):
    for response in (
        admin.get("/profile", headers={"Origin": origin}),
        admin.open(
            "/profile", method="OPTIONS", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        ),
    ):
        assert [name for name, _value in response.headers if name.lower().startswith("access-control")] == []


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.2"])
def test_sec_28_a_foreign_host_is_refused(web, host):
    response = web.browser().get("/sign-in", headers={"Host": host})
    assert response.status_code == 400
    assert host not in response.text


def test_sec_28_links_start_with_the_configured_address(web, admin):
    person = web.person(Role.OFFICE, password="vier Hafen Wiesen Laternen")
    page = admin.send(f"/treasurer/users/{person}/reset").text
    assert "http://localhost/reset/" in page
    forged = admin.post(
        f"/treasurer/users/{person}/reset",
        data={"csrf_token": admin.token()},
        headers={"X-Forwarded-Host": "evil.example"},
    ).text
    assert "http://localhost/reset/" in forged
    assert "evil.example" not in forged


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_sec_83_only_the_configured_proxies_are_believed(sqlite_database, proxies, seen):
    app = create_app(settings_for(*sqlite_database, trusted_proxies=proxies))
    app.add_url_rule("/who", "who", policy("public")(lambda: str(request.remote_addr)))
    response = app.test_client().get("/who", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert response.text == seen


@pytest.mark.parametrize("token", [None, "", "foreign", "IjEyMzQi.abc.def"])
def test_sec_37_a_form_without_our_token_changes_nothing(web, admin, token):
    data = {"name": "Fremd", "street": "X 1", "postcode": "1", "city": "Y", "country": "DE"}
    response = admin.post(
        "/treasurer/settings/association", data={**data, **({"csrf_token": token} if token else {})}
    )
    assert response.status_code == 400
    assert web.rows(select(Setting.value).where(Setting.key == "association.name")) == [("",)]


def test_sec_37_the_token_of_an_earlier_session_does_not_count(web):
    browser = web.browser()
    before = browser.token()
    person = web.person(Role.ADMIN, password="vier Hafen Wiesen Laternen", has_totp=False)
    browser.send("/sign-in", email=web.people[person], password="vier Hafen Wiesen Laternen")
    response = browser.post("/treasurer/settings/pages", data={"csrf_token": before, "language": "en"})
    assert response.status_code == 400


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_sec_37_a_request_that_another_site_sends_is_refused(admin, site):
    response = admin.post(
        "/treasurer/settings/pages", data={"csrf_token": admin.token()}, headers={"Sec-Fetch-Site": site}
    )
    assert response.status_code == 400


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_sec_39_other_bodies_than_forms_are_refused(admin, kind):
    response = admin.post("/treasurer/settings/pages", data='{"language": "en"}', content_type=kind)
    assert response.status_code in {400, 415}


def test_an_outdated_form_of_ours_is_kept_and_offered_again(admin):
    response = admin.post(
        "/treasurer/settings/association",
        data={"name": "Hafen & Söhne", "csrf_token": "old", "password": "verborgen"},
        headers={"Origin": "http://localhost"},
    )
    assert response.status_code == 400
    assert 'value="Hafen &amp; Söhne"' in response.text
    assert 'action="/treasurer/settings/association"' in response.text
    assert "verborgen" not in response.text


def test_what_another_site_typed_is_not_offered_again(admin):
    response = admin.post("/treasurer/settings/association", data={"name": "Untergeschoben"})
    assert response.status_code == 400
    assert "Untergeschoben" not in response.text


def test_sec_47_too_many_fields_or_too_large_ones_are_refused(admin):
    token = admin.token()
    many = {f"field{number}": "1" for number in range(10_000)}
    assert admin.post("/treasurer/settings/pages", data={"csrf_token": token, **many}).status_code == 413
    large = admin.post("/treasurer/settings/pages", data={"csrf_token": token, "imprint_text": "x" * 600_000})
    assert large.status_code == 413
    twice = admin.post("/treasurer/settings/pages", data={"csrf_token": [token, token], "language": "en"})
    assert twice.status_code == 400


def test_an_upload_page_takes_more_than_other_pages(admin):
    from io import BytesIO

    data = {
        "csrf_token": admin.token(),
        "brand_colour": "#0B5A6F",
        "logo": (BytesIO(b"x" * 1_000_000), "logo.png"),
    }
    response = admin.post("/treasurer/settings/look", data=data)
    assert response.status_code == 422
    assert "PNG" in response.text


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "https://evil.example", "http:evil.example", "/\\evil.example", "\\\\evil.example",
        "///evil.example", "/%0d%0aSet-Cookie:x", "javascript:alert(1)", "evil.example", "", None, "/ x", "/\tx",
        "/\nx", "ftp://x", " /x", "/sign-out", "/ü", "/\x00", "?next=/", "@evil.example",
    ],
)  # fmt: skip
def test_sec_36_only_own_paths_are_led_to(target):
    found = safe_path(target)
    assert found is None or (found.startswith("/") and found[1:2] not in {"/", "\\"} and "\n" not in found)
    if target and target != "/%0d%0aSet-Cookie:x":
        assert found is None


def test_sec_36_after_signing_in_a_foreign_target_is_ignored(web):
    person = web.person(Role.OFFICE, password="vier Hafen Wiesen Laternen", has_totp=False)
    browser = web.browser()
    response = browser.send(
        "/sign-in", email=web.people[person], password="vier Hafen Wiesen Laternen", next="//evil.example/x"
    )
    assert response.headers["Location"] == "/"


def test_sec_51_a_failure_shows_a_number_and_nothing_else(sqlite_app, web, monkeypatch):
    sqlite_app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken():
        raise RuntimeError("SELECT secret FROM /srv/data")

    sqlite_app.add_url_rule("/broken", "broken", policy("public")(broken))
    response = web.browser().get("/broken")
    assert response.status_code == 500
    assert "SELECT" not in response.text
    assert "/srv" not in response.text
    assert "RuntimeError" not in response.text
    assert "Kennung" in response.text


def test_fi_18_a_database_that_does_not_answer_gives_503(sqlite_app, web):
    from sqlalchemy.exc import OperationalError

    sqlite_app.config["PROPAGATE_EXCEPTIONS"] = False

    def locked():
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    sqlite_app.add_url_rule("/locked", "locked", policy("public")(locked))
    response = web.browser().get("/locked")
    assert response.status_code == 503
    assert "locked" not in response.text


def test_fi_18_when_attempts_cannot_be_counted_signing_in_is_out_of_service(sqlite_database):
    app = create_app(settings_for(*sqlite_database, rate_limit_storage="redis://127.0.0.1:1/0"))
    app.test_client_class = Browser
    with app.app_context():
        first_values(app.extensions["membership"].association, at=NOW)
        response = app.test_client().send("/sign-in", email="a@verein.example", password="falsch")
    assert response.status_code == 503
    assert "Redis" not in response.text


def test_sec_50_a_log_line_stays_one_line(web, caplog):
    caplog.set_level(logging.INFO, logger="membership.app")
    web.browser().get("/a%0d%0aFORGED%1b[31m line")
    lines = [record.getMessage() for record in caplog.records]
    assert any("FORGED" in line for line in lines)
    assert not any(sign in line for line in lines for sign in "\r\n\x1b")


def test_a_one_time_link_never_reaches_the_log(web, caplog):
    caplog.set_level(logging.INFO)
    secret = secrets.token_hex(32)
    web.browser().post(f"/reset/{secret}")
    assert caplog.records
    assert secret not in caplog.text


def test_sec_40_a_script_in_a_name_is_shown_as_text(web, admin):
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    fields = {"name": evil, "street": "A 1", "postcode": "26122", "city": "O", "country": "DE"}
    assert admin.send("/treasurer/settings/association", **fields).status_code == 303
    for address in ("/imprint", "/sign-in", "/treasurer/settings", "/treasurer/audit", "/privacy"):
        page = (admin if "treasurer" in address else web.browser()).get(address).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize("text", ["' OR 1=1 --", "%", "_", "\\", "{{7*7}}", "%s", "a" * 5000, "\u202e\u200b"])
def test_sec_45_odd_signs_in_a_search_or_filter_give_a_plain_result(admin, text):
    assert admin.get("/treasurer/search", query_string={"q": text}).status_code == 200
    query = {"person": text, "kind": text, "object": text, "since": text, "until": text, "page": text}
    assert admin.get("/treasurer/audit", query_string=query).status_code == 200
