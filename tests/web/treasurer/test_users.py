"""The users page: inviting, links shown once, rights, the end of an account."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.chain import FormResult
from membership.persistence.models.users import User, UserRole
from membership.services import members
from tests.web.conftest import PASSWORD
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

LINK = re.compile(r"http://localhost(/(?:invitation|reset|link)/[0-9a-f]{64})")


def invite(browser, **fields):
    return browser.send(
        "/treasurer/users/invite",
        **{
            "email": "neu@verein.example",
            "portal_role": "company_user",
            "language": "de",
            "roles": "office",
            **fields,
        },
    )


def test_an_invited_person_chooses_a_password_and_is_signed_in(web, admin):
    page = invite(admin).text
    address = LINK.search(page)[1]
    browser = web.browser()
    assert "neu@verein.example" in browser.get(address).text
    response = browser.send(address, name="Nele Neu", password=PASSWORD, language="de")
    assert response.status_code == 303
    assert browser.get("/profile").status_code == 200
    assert web.browser().get(address).status_code == 404
    assert web.browser().send(address, name="X", password=PASSWORD, language="de").status_code == 404


def test_the_name_that_was_typed_for_a_guest_stands_in_the_form_and_an_address_does_not(web, admin):
    named = LINK.search(invite(admin, name="Nele Neu").text)[1]
    assert 'value="Nele Neu"' in web.browser().get(named).text
    nameless = LINK.search(invite(admin, name="", email="ohne@verein.example").text)[1]
    page = web.browser().get(nameless).text
    assert "ohne@verein.example" in page
    assert 'value="ohne@verein.example"' not in page


def test_a_last_day_in_the_past_is_refused_at_its_field(admin):
    response = invite(admin, ends_on="2020-01-01")
    assert response.status_code == 422
    assert "ist schon vorbei" in response.text
    assert "01.01.2020" in response.text


@pytest.mark.parametrize(
    ("address", "is_said"), [("http://127.0.0.1:8301", True), ("https://beitrag.verein.example", False)]
)
def test_a_link_that_only_this_machine_opens_says_so(web, admin, address, is_said):
    web.app.extensions["membership"] = replace(web.app.extensions["membership"], base_url=address)
    admin.set_cookie("__Host-session", admin.get_cookie("beitragsbuch").value, secure=True)
    page = invite(admin).text
    assert f"{address}/invitation/" in page
    assert ("öffnet sich nur auf diesem Rechner" in page) is is_said
    assert "Telefon" not in page


def test_a_link_is_shown_once_and_a_double_click_shows_the_same_one(web, admin):
    first = LINK.search(invite(admin, form_token="double").text)[1]
    second = LINK.search(invite(admin, form_token="double").text)[1]
    assert first == second
    user_id = web.rows(select(User.id).where(User.email == "neu@verein.example"))[0][0]
    for address in ("/treasurer/users", f"/treasurer/users/{user_id}", "/treasurer/audit"):
        assert first not in admin.get(address).text
    secret = first.rsplit("/", 1)[1]
    assert secret not in str(web.rows(select(FormResult.result, FormResult.fingerprint)))


def test_a_wrong_address_and_a_missing_right_are_named_and_the_input_is_kept(web, admin):
    response = invite(admin, email="kein Mail", roles=None)
    assert response.status_code == 422
    assert 'value="kein Mail"' in response.text
    assert "mindestens eine Rolle" in response.text
    assert "keine Mailadresse" in invite(admin, email="kein Mail").text


def test_sec_10_other_fields_than_those_of_the_form_are_ignored(web, admin):
    person = web.person(Role.OFFICE, password=PASSWORD, has_totp=False)
    browser = web.browser_of(person)
    fields = {"name": "Neuer Name", "language": "de", "roles": "admin", "is_active": "0", "email": "x@y.de"}
    assert browser.send("/profile", **fields, password_hash="x", totp_sealed="").status_code == 303
    row = web.rows(select(User.name, User.email, User.is_active).where(User.id == person))[0]
    assert row == ("Neuer Name", web.people[person], True)
    assert web.rows(select(UserRole.role).where(UserRole.user_id == person)) == [(Role.OFFICE,)]


def test_sec_11_no_page_about_people_holds_a_hash_or_a_secret(web, admin):
    person = web.person(Role.OFFICE, password=PASSWORD)
    kept = web.rows(select(User.password_hash, User.uid).where(User.id == person))[0]
    for address in ("/treasurer/users", f"/treasurer/users/{person}", f"/treasurer/users/{person}/rights"):
        text = admin.get(address).text
        assert kept[0] not in text
        assert kept[1] not in text


def test_a_contact_of_a_member_is_invited_with_the_fields_filled_in(web, billed):
    data = {"name": "Maren Brandt", "email": "m.brandt@alpha.example", "functions": ["main"]}
    write(BOOKKEEPER, members.add_contact, "M0001", data)
    assert "einladen" not in web.signed_in(Role.TREASURER).get("/treasurer/members/M0001").text
    browser = web.signed_in(Role.TREASURER, Role.ADMIN)
    record = browser.get("/treasurer/members/M0001").text
    address = html.unescape(re.search(r'href="(/treasurer/users/invite\?[^"]+)"', record)[1])
    before = web.rows(select(User.email))
    page = main_of(browser.get(address))
    for value in ("m.brandt@alpha.example", "Maren Brandt", "M0001"):
        assert f'value="{value}"' in page
    assert re.search(r'checked[^>]*value="company_user"', page)
    assert web.rows(select(User.email)) == before


def test_an_address_fills_in_no_staff_role_and_nothing_that_typed_input_could_not_hold(admin):
    asked = f"roles=admin&portal_role=king&language=xx&name={'x' * 101}&email={'y' * 255}"
    response = admin.get(f"/treasurer/users/invite?{asked}")
    page = main_of(response)
    assert response.status_code == 200
    assert re.findall(r'checked[^>]*value="([^"]+)"', page) == ["company_user", "de"]
    assert "xxx" not in page
    assert "yyy" not in page


def test_a_name_in_place_of_a_member_number_is_answered_with_the_numbers_that_fit(web, billed):
    browser = web.signed_in(Role.TREASURER, Role.ADMIN)
    refused = invite(browser, roles=None, companies="söhne")
    assert refused.status_code == 422
    assert "Dazu passen: M0003 Gamma &lt;b&gt;&amp; Söhne&lt;/b&gt; KG." in refused.text
    assert 'value="söhne"' in refused.text
    only_admin = invite(web.signed_in(Role.ADMIN), roles=None, companies="söhne")
    assert "Gamma" not in only_admin.text
    assert "Wer nur den Mitgliederbereich nutzt, braucht keine." in said_by(only_admin)


def test_rights_are_changed_and_the_person_is_told_on_the_next_page(web, admin):
    person = web.person(Role.OFFICE)
    response = admin.send(
        f"/treasurer/users/{person}/rights", roles="board", companies="", portal_role="company_user"
    )
    assert response.headers["Location"] == f"/treasurer/users/{person}"
    assert "sind geändert" in admin.get(f"/treasurer/users/{person}").text
    assert web.rows(select(UserRole.role).where(UserRole.user_id == person)) == [(Role.BOARD,)]


def test_the_last_administrator_is_kept_with_a_clear_sentence(web):
    me = web.person(Role.ADMIN, password=PASSWORD)
    browser = web.browser_of(me)
    response = browser.send(f"/treasurer/users/{me}/deactivate")
    assert response.status_code == 422
    assert "mindestens eine Person mit Verwaltungsrecht" in response.text
    assert browser.get("/treasurer/users").status_code == 200


def test_sec_09_ones_own_rights_have_no_form(web):
    me = web.person(Role.ADMIN, password=PASSWORD)
    web.person(Role.ADMIN, password=PASSWORD)
    browser = web.browser_of(me)
    response = browser.send(
        f"/treasurer/users/{me}/rights",
        roles=["admin", "treasurer"],
        companies="",
        portal_role="company_user",
    )
    assert response.status_code == 422
    assert "Ihre eigenen Rechte" in response.text
    assert f"/treasurer/users/{me}/rights" not in browser.get(f"/treasurer/users/{me}").text


def test_deactivating_offers_an_undo(web, admin):
    person = web.person(Role.OFFICE)
    admin.send(f"/treasurer/users/{person}/deactivate")
    page = admin.get(f"/treasurer/users/{person}").text
    assert "deaktiviert" in page
    assert f'action="/treasurer/users/{person}/activate"' in page
    assert admin.send(f"/treasurer/users/{person}/activate").status_code == 303
    assert web.rows(select(User.is_active).where(User.id == person)) == [(True,)]


def test_sec_25_a_reset_link_sets_a_password_once(web, admin):
    person = web.person(Role.OFFICE, password=PASSWORD, has_totp=False)
    address = LINK.search(admin.send(f"/treasurer/users/{person}/reset").text)[1]
    assert web.browser().get(address).status_code == 200
    browser = web.browser()
    assert browser.send(address, password="ganz neue Möwe am Kai").headers["Location"] == "/sign-in"
    assert "gespeichert" in browser.get("/sign-in").text
    assert web.browser().send(address, password="noch eine Möwe am Kai").status_code == 404
    assert (
        web.browser().send("/sign-in", email=web.people[person], password="ganz neue Möwe am Kai").status_code
        == 303
    )


def test_the_first_administrator_is_made_on_the_page(web):
    from membership.persistence.db import write
    from membership.services import users
    from tests.web.conftest import SETUP

    browser = web.browser()
    assert browser.get("/setup").status_code == 404
    from dataclasses import replace

    from membership import clock

    write(replace(SETUP, at=clock.now()), users.offer_first_admin, code="ABCD-EFGH")
    fields = {"name": "Birgit", "email": "b@verein.example", "password": PASSWORD, "language": "de"}
    wrong = browser.send("/setup", code="AAAA-AAAA", **fields)
    assert wrong.status_code == 404
    assert 'value="Birgit"' in wrong.text
    assert "Dieser Code passt nicht." in wrong.text
    assert browser.get("/").headers["Location"] == "/setup"
    assert browser.send("/setup", code="abcdefgh", **fields).headers["Location"] == "/profile/second-factor"
    assert browser.get("/treasurer/users").status_code == 200
    assert web.browser().get("/setup").status_code == 404
    assert web.browser().get("/").headers["Location"] == "/sign-in"
    assert web.browser().send("/setup", code="ABCD-EFGH", **fields).status_code == 404


def test_the_table_of_roles_names_every_action_in_words(admin):
    from membership.domain.policy import ACTIONS
    from membership.web.treasurer.users import ACTION_NAMES

    assert ACTION_NAMES.keys() == ACTIONS.keys()
    page = admin.get("/treasurer/users/roles").text
    assert "Benutzer einladen und ihre Rechte ändern" in page
    assert "users.manage" not in page


def test_the_table_of_roles_promises_nothing_that_no_page_offers(web, admin):
    page = said_by(admin.get("/treasurer/users/roles"))
    offered = (
        "vorbereiten und freigeben",
        "Abschluss und Wiederöffnung eines Jahres freigeben",
        "freigeben oder zurückgeben, was jemand anderes vorgelegt hat",
    )
    left = page
    for promise in offered:
        left = left.replace(promise, "")
    assert "freigeben" not in left
    assert "Daten der eigenen Firma ändern" in page
    assert "Ansprechpersonen und Benutzer der eigenen Firma verwalten" in page
    assert "Rechnungen und Beiträge der eigenen Firma" in page
    for address in ("/treasurer/users/invite", f"/treasurer/users/{web.person(Role.OFFICE)}/rights"):
        page = said_by(admin.get(address))
        assert "Kollegen" not in page
        assert "Beide lesen dasselbe" in page


def test_the_log_says_who_and_what_in_words(web, admin):
    person = web.person(Role.OFFICE, has_totp=False, name="Onno Office")
    admin.send(f"/treasurer/users/{person}/rights", roles="board")
    page = said_by(admin.get("/treasurer/audit?kind=user"))
    assert "Person Onno Office" in page
    assert "Rollen: Geschäftsstelle → Vorstand" in page
    assert f"Person {person}" not in page
    web.signed_in(Role.OFFICE).get("/treasurer/payments")
    refused = said_by(admin.get("/treasurer/audit?kind=page"))
    assert "Seite Zahlungen" in refused
    assert "treasurer.payments" not in refused


def test_inv_16_the_log_names_the_person_who_signed_in(web, admin):
    person = web.person(Role.OFFICE, has_totp=False, name="Onno Office")
    web.browser().send("/sign-in", email=web.people[person], password=PASSWORD)
    page = admin.get(f"/treasurer/audit?person=user:{person}").text
    assert "Angemeldet" in page
    assert "Onno Office" in page
