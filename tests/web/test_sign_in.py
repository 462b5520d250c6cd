"""Signing in, sessions, second factor: what is asked, what is refused, what ends."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from sqlalchemy import select

from membership import clock
from membership.domain.policy import Role
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.users import OneTimeToken, RecoveryCode, User, UserSession
from membership.services import sessions
from tests.web.conftest import PASSWORD, TOTP

WRONG = "Mailadresse oder Passwort passen nicht"


def sign_in(browser, email, password=PASSWORD, **fields):
    return browser.send("/sign-in", email=email, password=password, **fields)


def test_the_right_password_leads_to_the_start_page(web):
    person = web.person(Role.ADMIN, password=PASSWORD, has_totp=False)
    browser = web.browser()
    response = sign_in(browser, web.people[person].upper())
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert browser.get("/treasurer/users").status_code == 200


@pytest.mark.parametrize(
    ("roles", "start"),
    [
        ([Role.ADMIN], "/treasurer/"),
        ([Role.COMPANY_USER], "/"),
        ([Role.BOARD], "/treasurer/reports/board"),
        ([Role.BOARD, Role.TREASURER], "/treasurer/overview"),
    ],
)
def test_staff_and_members_sign_in_on_the_same_page(web, roles, start):
    person = web.person(*roles, password=PASSWORD, has_totp=False)
    browser = web.browser()
    sign_in(browser, web.people[person])
    assert browser.get("/").headers["Location"].startswith(start)


def test_sec_18_known_unknown_blocked_and_passwordless_accounts_get_the_same_answer(web):
    known = web.people[web.person(Role.OFFICE, password=PASSWORD)]
    invited = web.people[web.person(Role.OFFICE, password=None)]
    answers = set()
    for email in (known, invited, "nobody@verein.example"):
        response = sign_in(web.browser(), email, "falsch falsch falsch")
        text = response.text.replace(email, "")
        answers.add((response.status_code, re.sub(r'value="[^"]*"|[0-9A-F]{4}-[0-9A-F]{4}', "", text)))
    assert len(answers) == 1
    assert WRONG in answers.pop()[1]


def test_after_five_failures_an_account_waits_whether_it_exists_or_not(web):
    known = web.people[web.person(Role.OFFICE, password=PASSWORD)]
    for email in (known, "nobody@verein.example"):
        for _attempt in range(5):
            assert sign_in(web.browser(), email, "falsch falsch falsch").status_code == 422
        response = sign_in(web.browser(), email)
        assert response.status_code == 429
        assert "zu viele Versuche" in response.text
    actions = [row[0] for row in web.rows(select(AuditRecord.action))]
    assert actions.count("user.sign_in_paused") == 2
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        assert sign_in(web.browser(), known).status_code == 303


def test_sec_20_each_step_of_signing_in_gives_a_new_session(web):
    person = web.person(Role.ADMIN, password=PASSWORD)
    browser = web.browser()
    browser.set_cookie("beitragsbuch", "chosen-by-an-attacker", domain="localhost")
    sign_in(browser, web.people[person])
    first = browser.get_cookie("beitragsbuch").value
    assert first != "chosen-by-an-attacker"
    browser.send("/sign-in/code", code=web.code())
    second = browser.get_cookie("beitragsbuch").value
    assert second != first
    old = web.browser()
    old.set_cookie("beitragsbuch", first, domain="localhost")
    assert old.get("/profile").status_code == 302


def test_sec_31_before_the_second_factor_only_its_page_can_be_reached(web):
    person = web.person(Role.ADMIN, Role.TREASURER, password=PASSWORD)
    browser = web.browser()
    sign_in(browser, web.people[person])
    for address in ("/treasurer/users", "/profile", "/profile/second-factor", "/menu", "/treasurer/settings"):
        assert browser.get(address).headers["Location"].startswith("/sign-in/code"), address
    assert (
        browser.send("/treasurer/settings/pages", language="en")
        .headers["Location"]
        .startswith("/sign-in/code")
    )
    browser.send("/sign-in/code", code=web.code())
    assert browser.get("/treasurer/users").status_code == 200


def test_after_the_password_alone_the_start_page_asks_for_the_code(web):
    person = web.person(Role.TREASURER, password=PASSWORD)
    browser = web.browser()
    address = sign_in(browser, web.people[person]).location
    seen = []
    while browser.get(address).status_code in {302, 303}:
        seen.append(address)
        address = browser.get(address).location
    assert (seen, address) == (["/"], "/sign-in/code")
    assert 'name="code"' in browser.get(address).text


def test_sec_29_a_code_works_once(web):
    person = web.person(Role.ADMIN, password=PASSWORD)
    one, two = web.browser(), web.browser()
    sign_in(one, web.people[person])
    sign_in(two, web.people[person])
    code = web.code()
    assert one.send("/sign-in/code", code=code).status_code == 303
    assert two.send("/sign-in/code", code=code).status_code == 422
    assert two.get("/profile").status_code == 302


def test_sec_30_codes_cannot_be_tried_out(web):
    person = web.person(Role.ADMIN, password=PASSWORD)
    browser = web.browser()
    sign_in(browser, web.people[person])
    for _attempt in range(5):
        assert browser.send("/sign-in/code", code="000000").status_code == 422
    assert browser.send("/sign-in/code", code=web.code()).status_code == 429


def test_sec_21_a_copied_cookie_is_worth_nothing_after_signing_out(web):
    browser = web.signed_in(Role.ADMIN)
    copied = browser.get_cookie("beitragsbuch").value
    assert browser.send("/sign-out").headers["Location"] == "/sign-in"
    thief = web.browser()
    thief.set_cookie("beitragsbuch", copied, domain="localhost")
    assert thief.get("/treasurer/users").status_code == 302


def test_inv_28_the_database_knows_no_session_id_and_no_password(web):
    person = web.person(Role.ADMIN, password=PASSWORD)
    browser = web.browser_of(person)
    value = browser.get_cookie("beitragsbuch").value
    rows = web.rows(select(UserSession.id_hash))
    assert (value,) not in rows
    assert (sessions.hash_of(value),) in rows
    assert web.rows(select(User.password_hash).where(User.id == person))[0][0].startswith(
        "$argon2id$v=19$m=19456,t=2,p=1$"
    )


def test_sec_23_a_page_knows_when_its_session_ends_and_can_prolong_it(web):
    office = web.signed_in(Role.OFFICE)
    assert 'data-session-end="1800"' in office.get("/treasurer/members").text
    assert office.get("/stay").json == {"seconds": 1800}
    member = web.signed_in(Role.COMPANY_USER)
    assert 24 * 3600 - 60 < member.get("/stay").json["seconds"] <= 24 * 3600
    assert web.browser().get("/stay").status_code == 302


@pytest.mark.parametrize(
    ("role", "minutes", "is_open"),
    [
        (Role.ADMIN, 29, True), (Role.ADMIN, 31, False), (Role.COMPANY_USER, 31, True),
        (Role.COMPANY_USER, 23 * 60, True), (Role.COMPANY_USER, 24 * 60 + 1, False),
    ],
)  # fmt: skip
def test_sec_23_a_pause_ends_the_session_of_staff_and_a_day_that_of_members(web, role, minutes, is_open):
    browser = web.signed_in(role)
    with time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False):
        assert browser.get("/profile").status_code == (200 if is_open else 302)


def test_sec_23_after_twelve_hours_staff_sign_in_again_even_without_a_pause(web):
    browser = web.signed_in(Role.ADMIN)
    start = clock.now()
    for half_hours in range(1, 24):
        with time_machine.travel(start + timedelta(minutes=29 * half_hours), tick=False):
            assert browser.get("/profile").status_code == 200
    with time_machine.travel(start + timedelta(hours=12, minutes=1), tick=False):
        assert browser.get("/profile").status_code == 302


def test_sec_24_the_cookie_is_out_of_reach_for_scripts_and_other_sites(web):
    person = web.person(Role.ADMIN, password=PASSWORD, has_totp=False)
    cookies = sign_in(web.browser(), web.people[person]).headers.getlist("Set-Cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("beitragsbuch="))
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    assert "Path=/" in session
    assert "Domain" not in session
    assert "Secure" not in session


def test_the_last_visit_is_written_at_most_once_a_minute(web):
    person = web.person(Role.ADMIN)
    browser = web.browser_of(person)
    seen = select(UserSession.last_seen_at).where(UserSession.user_id == person)
    start = web.rows(seen)
    now = clock.now()
    with time_machine.travel(now + timedelta(seconds=40), tick=False):
        browser.get("/profile")
    assert web.rows(seen) == start
    with time_machine.travel(now + timedelta(seconds=70), tick=False):
        browser.get("/profile")
    assert web.rows(seen) != start


def test_sec_22_a_new_password_ends_all_other_sessions(web):
    person = web.person(Role.ADMIN, password=PASSWORD)
    mine, other = web.browser_of(person), web.browser_of(person)
    response = mine.send("/profile/password", present=PASSWORD, password="ganz neue Möwe am Kai")
    assert response.status_code == 303
    assert "Ihr Passwort ist geändert" in mine.get("/profile").text
    assert "Ihr Passwort ist geändert" not in mine.get("/profile").text
    assert other.get("/profile").status_code == 302


@pytest.mark.parametrize(
    "password", ["kurz", "passwort1234", "aaaaaaaaaaaaaaa", "123456789012345", "x" * 1025]
)
def test_a_weak_password_is_refused_with_its_reason(web, password):
    browser = web.signed_in(Role.ADMIN, password=PASSWORD)
    response = browser.send("/profile/password", present=PASSWORD, password=password)
    assert response.status_code == 422
    assert "field-error" in response.text


def test_a_long_password_with_odd_signs_is_taken_unchanged(web):
    person = web.person(Role.ADMIN, password=PASSWORD, has_totp=False)
    chosen = "  Möwe 🐦 am Kai " + "ü" * 200
    assert (
        web.browser_of(person).send("/profile/password", present=PASSWORD, password=chosen).status_code == 303
    )
    assert sign_in(web.browser(), web.people[person], chosen).status_code == 303
    assert sign_in(web.browser(), web.people[person], chosen.strip()).status_code == 422


@pytest.mark.parametrize(
    "address", ["/profile/password", "/profile/second-factor/off", "/profile/recovery-codes"]
)
def test_security_changes_ask_for_the_present_password(web, address):
    browser = web.signed_in(Role.ADMIN, password=PASSWORD)
    response = browser.send(address, present="falsch falsch falsch", password="ganz neue Möwe am Kai")
    assert response.status_code == 422
    assert "nicht Ihr jetziges Passwort" in response.text


def test_the_second_factor_is_set_up_by_scanning_and_the_first_code(web):
    import pyotp

    person = web.person(Role.ADMIN, password=PASSWORD, has_totp=False)
    browser = web.browser_of(person, has_second_factor=False)
    page = browser.get("/profile/second-factor").text
    assert "<svg" in page
    assert "style=" not in page
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    wrong = browser.send("/profile/second-factor", present=PASSWORD, code="000000")
    assert wrong.status_code == 422
    done = browser.send("/profile/second-factor", present=PASSWORD, code=pyotp.TOTP(secret).at(clock.now()))
    codes = re.findall(r"<code>([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})</code>", done.text)
    assert len(codes) == 10
    assert browser.get("/profile").status_code == 200
    sealed = web.rows(select(User.totp_sealed).where(User.id == person))[0][0]
    assert secret.encode() not in sealed
    hashes = [row[0] for row in web.rows(select(RecoveryCode.code_hash))]
    assert not set(codes) & set(hashes)
    fresh = web.browser()
    sign_in(fresh, web.people[person])
    assert fresh.send("/sign-in/code", code=codes[0].lower()).status_code == 303
    again = web.browser()
    sign_in(again, web.people[person])
    assert again.send("/sign-in/code", code=codes[0]).status_code == 422


def test_sec_33_recovery_codes_are_shown_once(web):
    browser = web.signed_in(Role.ADMIN, password=PASSWORD)
    page = browser.send("/profile/recovery-codes", present=PASSWORD).text
    code = re.search(r"<code>([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})</code>", page)[1]
    for address in ("/profile", "/profile/recovery-codes", "/treasurer/audit"):
        assert code not in browser.get(address).text


def test_inv_27_no_page_and_no_row_shows_the_secret_of_the_second_factor(web, sqlite_database):
    browser = web.signed_in(Role.ADMIN, password=PASSWORD)
    assert TOTP not in browser.get("/profile").text
    _address, state = sqlite_database
    for path in state.rglob("*"):
        if path.is_file():
            assert TOTP.encode() not in path.read_bytes(), path


def test_sec_32_a_sign_in_link_still_asks_for_the_second_factor(web, admin):
    person = web.person(Role.COMPANY_USER)
    page = admin.send(f"/treasurer/users/{person}/link").text
    address = re.search(r"http://localhost(/link/[0-9a-f]{64})", page)[1]
    browser = web.browser()
    assert browser.send(address).status_code == 303
    assert browser.get("/profile").headers["Location"].startswith("/sign-in/code")


def test_sec_32_staff_get_no_sign_in_link(web, admin):
    person = web.person(Role.OFFICE)
    assert admin.send(f"/treasurer/users/{person}/link").status_code == 404
    assert web.rows(select(OneTimeToken)) == []


def test_sec_19_forgotten_passwords_get_the_same_answer_for_everybody(web):
    known = web.people[web.person(Role.ADMIN, password=PASSWORD)]
    hide = re.compile(r'value="[^"]*"')
    pages = {
        hide.sub("", web.browser().send("/forgot", email=email).text) for email in (known, "x@verein.example")
    }
    assert len(pages) == 1
    assert web.rows(select(OneTimeToken)) == []


def test_sec_57_a_logo_must_be_a_picture(web, admin):
    for content in (b"<svg onload=alert(1)>", b"%PDF-1.7", b"MZ\x90", b"\x89PNG\r\n\x1a\nbroken", b""):
        response = admin.post(
            "/treasurer/settings/look",
            data={
                "csrf_token": admin.token(),
                "brand_colour": "#0B5A6F",
                "logo": (BytesIO(content), "logo.png"),
            },
        )
        assert response.status_code == 422, content
    assert web.browser().get("/logo").status_code == 404


def test_the_code_can_be_typed_at_once_where_it_is_the_one_field(web):
    person = web.person(Role.ADMIN, password=PASSWORD)
    browser = web.browser()
    assert "autofocus" not in browser.get("/sign-in").text
    sign_in(browser, web.people[person])
    page = browser.get("/sign-in/code").text
    assert re.search(r'<input[^>]*\bautofocus\b[^>]*name="code"', page)
    assert page.count("autofocus") == 1
