"""Guessing passwords and stolen sessions: who has to wait, who gets in all the same, who hears about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from membership import clock
from membership.domain.policy import Role
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.settings import Setting
from membership.persistence.models.users import KnownBrowser, SecurityNotice, User
from membership.services import passwords
from membership.web import limits
from tests.web.conftest import PASSWORD

WRONG = "falsch falsch falsch"
NEW = "ganz neue Möwe am Kai"
IBAN = {"holder": "Cluster e. V.", "iban": "DE89370400440532013000", "bic": "", "bank_name": ""}


def sign_in(browser, email, password=PASSWORD, address="127.0.0.1"):
    data = {"csrf_token": browser.token(), "email": email, "password": password}
    return browser.post("/sign-in", data=data, environ_base={"REMOTE_ADDR": address})


@pytest.fixture
def tried(monkeypatch):
    """The passwords that were compared with a hash."""
    found = []
    right = passwords.is_right

    def count(password, kept):
        found.append(password)
        return right(password, kept)

    monkeypatch.setattr(passwords, "is_right", count)
    return found


@pytest.fixture
def at_noon():
    with time_machine.travel(clock.now(), tick=False):
        yield


def signed_in_before(web, email):
    """Return a browser in which the person has signed in and out again."""
    browser = web.browser()
    assert sign_in(browser, email).status_code == 303
    browser.send("/sign-out")
    return browser


@pytest.mark.parametrize("spread", [1, 100], ids=["one address", "a hundred addresses"])
def test_sec_16_a_hundred_wrong_passwords_are_slowed_and_the_known_browser_still_opens(
    web, tried, at_noon, spread
):
    email = web.people[web.person(Role.OFFICE, has_totp=False)]
    known = signed_in_before(web, email)
    tried.clear()
    stranger = web.browser()
    statuses = [
        sign_in(stranger, email, WRONG, address=f"203.0.113.{number % spread}").status_code
        for number in range(100)
    ]
    assert statuses.count(422) == len(tried) == 5
    assert set(statuses[5:]) == {429}
    assert sign_in(stranger, email, address="198.51.100.1").status_code == 429
    page = known.get(sign_in(known, email).location)
    assert page.status_code in {200, 302}
    assert "5-mal ein falsches Passwort" in known.get("/profile").text


def test_sec_16_one_address_cannot_go_through_many_accounts(web, tried, at_noon):
    email = web.people[web.person(Role.OFFICE, has_totp=False)]
    for number in range(30):
        sign_in(web.browser(), f"person{number}@verein.example", WRONG, address="203.0.113.7")
        limits.limiter.reset()
    assert len(tried) == 30
    assert sign_in(web.browser(), email, address="203.0.113.7").status_code == 429
    assert sign_in(web.browser(), email, address="203.0.113.8").status_code == 303


def test_sec_16_a_known_browser_has_to_wait_after_its_own_failures(web, at_noon):
    email = web.people[web.person(Role.OFFICE, has_totp=False)]
    known = signed_in_before(web, email)
    for _attempt in range(5):
        assert sign_in(known, email, WRONG).status_code == 422
    assert sign_in(known, email).status_code == 429
    assert sign_in(web.browser(), email).status_code == 303


def test_sec_16_a_browser_is_known_only_for_the_account_that_was_signed_in_and_no_longer_than_its_sessions(
    web, at_noon
):
    person = web.person(Role.OFFICE, has_totp=False)
    other = web.people[web.person(Role.BOARD, has_totp=False)]
    known = signed_in_before(web, web.people[person])
    for _attempt in range(5):
        sign_in(web.browser(), other, WRONG)
    assert sign_in(known, other).status_code == 429
    web.browser_of(person).send("/profile/sessions/end")
    assert web.rows(select(KnownBrowser.id_hash)) == []


def test_sec_16_a_wrong_second_factor_makes_no_browser_known(web):
    browser = web.browser()
    sign_in(browser, web.people[web.person(Role.OFFICE)])
    browser.send("/sign-in/code", code="000000")
    assert browser.get_cookie("beitragsbuch-browser") is None
    assert web.rows(select(KnownBrowser.id_hash)) == []


def test_sec_17_one_password_for_very_many_accounts_closes_the_door_with_an_alarm(
    web, sqlite_app, caplog, at_noon
):
    assert sqlite_app.config["FAILURES_PER_HOUR"] == 1000
    sqlite_app.config["FAILURES_PER_HOUR"] = 8
    admin = web.signed_in(Role.ADMIN)
    email = web.people[web.person(Role.OFFICE, has_totp=False)]
    known = signed_in_before(web, email)
    statuses = [
        sign_in(
            web.browser(), f"person{number}@verein.example", "Sommer", address=f"203.0.113.{number}"
        ).status_code
        for number in range(12)
    ]
    assert statuses == [422] * 8 + [429] * 4
    assert sign_in(web.browser(), email, address="198.51.100.1").status_code == 429
    assert sign_in(known, email).status_code == 303
    actions = [row[0] for row in web.rows(select(AuditRecord.action))]
    assert actions.count("user.sign_in_flood") == 1
    assert "alarm: sign-in is closed" in caplog.text
    assert "sehr viele Anmeldungen gescheitert" in admin.get("/profile").text


def test_sec_18_known_unknown_and_passwordless_accounts_cost_the_same_work(web, tried):
    known = web.people[web.person(Role.OFFICE)]
    invited = web.people[web.person(Role.OFFICE, password=None)]
    for email in (known, invited, "nobody@verein.example"):
        tried.clear()
        sign_in(web.browser(), email, WRONG)
        assert tried == [WRONG], email


OFTEN = """
    password1 passw0rd p@ssw0rd P@$$w0rd! iloveyou1 sunshine princess1 football1 baseball superman trustno1 starwars
    dragon123 monkey123 1qaz2wsx qwertyuiop zaq12wsx letmein1 michael1 jennifer computer whatever corvette mercedes
    schatz123 hallo123 hallo1234 passwort1 Sommer2024! Winter2023! fussball schalke04 bayern01 liebling sonnenschein
    administrator changeme abcd1234 abc12345 11111111 12345678 87654321 1q2w3e4r qwertz123 asdfghjkl aaaaaaaa
    abcabcabc 20102010 Verein2027! Beitrag2027 Willkommen1 Kennwort1! mitglied1 ichliebedich Dezember24 Montag123!
    kassenwart1 Vorstand2027 geheim123 testtest1
"""


@pytest.mark.parametrize("password", OFTEN.split())
def test_sec_34_a_password_that_is_tried_first_is_refused(password):
    from membership.domain.passwords import PasswordEasy, require_good

    with pytest.raises(PasswordEasy):
        require_good(password, has_second_factor=True)


@pytest.mark.parametrize("password", ["Hafenkran7", "tR9#kLm2vQ", "blaue-Kuh9", "🐦🌊⚓🧭🏠 Kai am Deich"])
def test_sec_34_eight_characters_of_ones_own_are_enough_beside_a_second_factor(password):
    from membership.domain.passwords import require_good

    require_good(password, has_second_factor=True)


@pytest.mark.parametrize(
    ("has_totp", "password", "status"),
    [
        (False, "Hafenkran7", 422), (False, "14 Zeichen ok.", 422), (True, "Hafenkran7", 303), (True, "Hafen-7", 422),
        (True, "x" * 1025, 422), (True, "ü" * 513, 422), (False, "Möwe 🐦 am Kai " + "ö" * 300, 303), (False, "  zwei Möwen am Kai  ", 303),
    ],
)  # fmt: skip
def test_sec_34_how_long_a_password_must_and_may_be(web, tried, has_totp, password, status):
    person = web.person(Role.OFFICE, has_totp=has_totp)
    browser = web.browser_of(person)
    sent = browser.send("/profile/password", present=PASSWORD, password=password)
    assert sent.status_code == status
    if status == 303:
        assert passwords.is_right(
            password, web.rows(select(User.password_hash).where(User.id == person))[0][0]
        )


def test_sec_34_too_long_a_password_is_refused_before_it_is_hashed(monkeypatch):
    monkeypatch.setattr(passwords, "_HASHER", None)
    assert not passwords.is_right("x" * 1025, None)


def test_sec_34_without_the_second_factor_a_short_password_has_to_be_changed_first(web):
    person = web.person(Role.OFFICE, password="Hafenkran7")
    browser = web.browser_of(person)
    refused = browser.send("/profile/second-factor/off", present="Hafenkran7")
    assert refused.status_code == 422
    assert "genügt nur mit einem zweiten Faktor" in refused.text
    alone = web.people[web.person(Role.COMPANY_USER, password="Hafenkran7", has_totp=False)]
    browser = web.browser()
    sent = sign_in(browser, alone, "Hafenkran7")
    assert sent.location == "/profile/password"
    assert "mindestens 15 Zeichen" in browser.get(sent.location).text


@pytest.mark.parametrize(
    ("address", "fields", "said"),
    [
        ("/profile/password", {"password": NEW}, "wurde das Passwort Ihres Kontos geändert"),
        ("/profile/recovery-codes", {}, "neue Wiederherstellungscodes"),
        ("/profile/second-factor/off", {}, "zweite Faktor Ihres Kontos ausgeschaltet"),
    ],
)  # fmt: skip
def test_sec_35_a_stolen_session_changes_nothing_without_the_password_and_the_owner_hears_of_a_change(
    web, address, fields, said
):
    person = web.person(Role.OFFICE)
    thief, owner = web.browser_of(person), web.browser()
    before = web.rows(select(User.password_hash, User.totp_sealed))
    assert thief.send(address, present=WRONG, **fields).status_code == 422
    assert web.rows(select(User.password_hash, User.totp_sealed)) == before
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        thief.send(address, present=PASSWORD, **fields)
        assert said not in thief.get("/menu").text
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        sign_in(owner, web.people[person], fields.get("password", PASSWORD))
        if not address.endswith("off"):
            owner.send("/sign-in/code", code=web.code())
        assert said in owner.get("/menu").text
        assert said not in owner.get("/menu").text
        assert said in owner.get("/profile").text


def test_sec_35_the_present_password_cannot_be_tried_out_in_a_stolen_session(web, tried, at_noon):
    thief = web.signed_in(Role.OFFICE)
    for _attempt in range(5):
        thief.send("/profile/recovery-codes", present=WRONG)
    answer = thief.send("/profile/recovery-codes", present=PASSWORD)
    assert answer.status_code == 429
    assert PASSWORD not in tried


def test_sec_16_each_failed_try_stands_in_the_log_with_its_step_and_address(web, caplog):
    caplog.set_level("INFO", logger="membership.app")
    mail = web.people[web.person(Role.OFFICE)]
    browser = web.browser()
    sign_in(browser, mail, WRONG)
    sign_in(browser, mail)
    browser.send("/sign-in/code", code="000000")
    tries = [record.getMessage() for record in caplog.records if "sign-in refused" in record.getMessage()]
    assert ["step='first'" in tries[0], "step='second'" in tries[1], len(tries)] == [True, True, 2]
    assert all("address='127.0.0.1'" in line for line in tries)
    assert WRONG not in caplog.text


def test_sec_35_all_sessions_are_ended_only_by_who_knows_the_password(web):
    browser = web.signed_in(Role.OFFICE)
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        assert browser.send("/profile/sessions/end").status_code == 401
        assert browser.open("/profile").status_code == 200


FRESH = [
    ("/treasurer/settings/bank", IBAN), ("/treasurer/users/invite", {"email": "n@verein.example", "roles": "office"}),
    ("/treasurer/users/{other}/rights", {"roles": "admin"}), ("/treasurer/users/{other}/reset", {}),
    ("/treasurer/users/{other}/second-factor", {}), ("/treasurer/users/{other}/activate", {}),
]  # fmt: skip


@pytest.mark.parametrize(("address", "fields"), FRESH, ids=[address for address, _fields in FRESH])
def test_sec_35_bank_data_and_rights_ask_for_the_password_after_a_quarter_of_an_hour(web, address, fields):
    other = web.person(Role.OFFICE)
    browser = web.signed_in(Role.ADMIN)
    address = address.format(other=other)
    changed = select(Setting.value).where(Setting.key == "bank.iban")
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        sent = browser.send(address, **fields)
        assert sent.status_code == 401
        assert "Bestätigen Sie, dass Sie es sind" in sent.text
        assert web.rows(changed) == [("",)]
        assert len(web.rows(select(User.id))) == 2


def test_sec_35_after_the_password_the_form_is_offered_again_and_the_others_hear_of_the_new_account(web):
    import re

    admin, treasurer, office = (web.signed_in(role) for role in (Role.ADMIN, Role.TREASURER, Role.OFFICE))
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        asked = admin.send("/treasurer/settings/bank", **IBAN)
        kept = re.search(r'name="kept"[^>]*value="([^"]+)"', asked.text)[1]
        wrong = admin.send("/profile/proof", present=WRONG, kept=kept)
        assert wrong.status_code == 422
        right = admin.send(
            "/profile/proof",
            present=PASSWORD,
            kept=re.search(r'name="kept"[^>]*value="([^"]+)"', wrong.text)[1],
        )
        assert 'action="/treasurer/settings/bank"' in right.text
        assert 'value="DE89370400440532013000"' in right.text
        assert "Danke, das stimmt" in right.text
        assert admin.send("/treasurer/settings/bank", **IBAN).status_code == 303
        said = "hat Birgit Wessels das Bankkonto des Vereins geändert"
        assert said in treasurer.get("/treasurer/overview").text
        assert said not in treasurer.get("/treasurer/overview").text
        assert said not in office.get("/treasurer/overview").text
    assert len(web.rows(select(SecurityNotice.id))) == 2
