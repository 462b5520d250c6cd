"""Adding and changing a member on pages: what is kept, what is refused, two people at once, nothing in clear."""

from __future__ import annotations

import html
import json
import re
import secrets
from datetime import date

import pytest
from sqlalchemy import func, select

from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.members import BasisValue, CategoryPeriod, Member, Membership
from membership.services import members
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

NEW, EDIT, RECORD = "/treasurer/members/new", "/treasurer/members/M0001/edit", "/treasurer/members/M0001"
IBAN = "DE02120300000000202051"


@pytest.fixture
def office(web, billed):
    return web.signed_in(Role.OFFICE)


def company(**changes) -> dict[str, str]:
    return {
        "name": "Neue Werft GmbH", "state": "active", "start": "1.3.2027", "category": "ORD", "size": "1.250",
        "size_on": "30.06.2026", "postcode": "28195", "city": "Bremen", "country": "DE", "language": "de",
        "payment_method": "transfer", **changes,
    }  # fmt: skip


def row_of(web, number, *columns):
    return tuple(web.rows(select(*columns).select_from(Member).where(Member.number == number))[0])


def opened(response) -> dict[str, str]:
    """Return the fields of the form as the page shows them, ready to be sent back."""
    main = main_of(response)
    found = dict.fromkeys(re.findall(r'<textarea[^>]* name="(\w+)"', main), "")
    for tag in re.findall(r"<input[^>]+>", main):
        name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (not re.search(r'type="(radio|checkbox)"', tag) or "checked" in tag):
            found[name[1]] = html.unescape(value[1]) if value else ""
    return {name: value for name, value in found.items() if not name.endswith("_token")}


@pytest.mark.parametrize("page", [NEW, EDIT])
def test_sec_07_treasurer_and_office_write_members_nobody_else(web, billed, page):
    for role, status in ((Role.TREASURER, 200), (Role.OFFICE, 200), (Role.BOARD, 403), (Role.AUDITOR, 403)):
        assert web.signed_in(role).get(page).status_code == status
    assert web.signed_in(Role.BOARD).send(page, **company()).status_code == 403


def test_a_member_that_wants_an_xrechnung_is_marked_so(web, office):
    fields = opened(office.get(EDIT))
    assert fields["invoice_format"] == "zugferd"
    wrong = office.send(EDIT, **{**fields, "leitweg_id": "04011000-1234512345-07"})
    assert wrong.status_code == 422
    assert "Das ist keine Leitweg-ID, oder ein Zeichen ist vertippt." in said_by(wrong)
    changes = {"leitweg_id": "04011000-1234512345-06", "invoice_format": "xrechnung"}
    assert office.send(EDIT, **{**fields, **changes}).status_code == 303
    assert row_of(web, "M0001", Member.leitweg_id, Member.invoice_format) == tuple(changes.values())
    said = said_by(office.get(RECORD))
    assert "XRechnung als Datei neben dem PDF" in said
    assert "04011000-1234512345-06" in said


def test_a_new_member_gets_the_next_number_its_category_and_its_size(web, office):
    assert "Leer heißt: die nächste, M0004." in said_by(office.get(NEW))
    response = office.send(NEW, **company(iban=IBAN, attributes="Start-up, Nord"))
    assert (response.status_code, response.location) == (303, "/treasurer/members/M0004")
    assert "M0004 Neue Werft GmbH ist angelegt." in said_by(office.get(response.location))
    assert row_of(web, "M0004", Member.name, Member.legal_form, Member.attributes, Member.iban_shown) == (
        "Neue Werft GmbH", "GmbH", ["Nord", "Start-up"], "DE•• •••• 2051",
    )  # fmt: skip
    ((start, category, value, as_of),) = web.rows(
        select(Membership.start, CategoryPeriod.category, BasisValue.value, BasisValue.as_of)
        .join(Member, Member.id == Membership.member_id)
        .join(CategoryPeriod, CategoryPeriod.member_id == Member.id)
        .join(BasisValue, BasisValue.member_id == Member.id)
        .where(Member.number == "M0004")
    )
    assert (start, category, value, as_of) == (date(2027, 3, 1), "ORD", 1250, date(2026, 6, 30))


def test_a_prospect_has_no_beginning(web, office):
    office.send(NEW, **company(state="prospect", size=""))
    assert web.rows(select(Membership.state, Membership.start).order_by(Membership.id.desc()))[0] == (
        "prospect",
        None,
    )


def test_a_company_of_the_same_name_is_shown_and_taken_in_only_when_that_is_said(web, office):
    office.send(NEW, **company())
    refused = office.send(NEW, **company(name="NEUE Werft GmbH"))
    assert refused.status_code == 422
    assert "Neue Werft GmbH gibt es schon (M0004)." in said_by(refused)
    assert 'href="/treasurer/members/M0004">M0004 ansehen' in main_of(refused)
    assert 'value="NEUE Werft GmbH"' in main_of(refused)
    assert office.send(NEW, **company(may_exist="")).status_code == 422
    assert office.send(NEW, **company(may_exist="yes")).location == "/treasurer/members/M0005"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Bitte geben Sie den Namen der Firma ein."),
        ({"name": "   "}, "Der Name der Firma fehlt."),
        ({"number": "M 0002"}, "Die Mitgliedsnummer M0002 ist vergeben."),
        ({"number": "M?2"}, "„M?2“ kann keine Mitgliedsnummer sein."),
        ({"postcode": "123"}, "Eine deutsche Postleitzahl hat fünf Ziffern."),
        ({"invoice_email": "niemand"}, "E-Mail"),
        ({"iban": "DE02120300000000202052"}, "Die Prüfziffern der IBAN stimmen nicht."),
        ({"start": "31.02.2027"}, "„31.02.2027“ ist kein Tag."),
        ({"start": "01.01.0207"}, "Das Jahr dieses Tages ist wohl vertippt."),
        ({"size": "viele"}, "„viele“ ist keine Zahl."),
        ({"size": "999999999999999"}, "Eine Größe ist eine Zahl von 0 bis"),
        ({"payment_method": "bar"}, "Bitte prüfen Sie Ihre Angaben"),
        ({"category": "XXX"}, "Bitte prüfen Sie Ihre Angaben"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(web, office, changes, sentence):
    refused = office.send(NEW, **company(city="Stadt des Tests", **changes))
    assert refused.status_code == 422
    assert sentence in said_by(refused)
    assert 'value="Stadt des Tests"' in main_of(refused)
    assert web.rows(select(func.count()).select_from(Member))[0][0] == 3


def test_inv_09_a_double_click_adds_one_member(web, office):
    data = company(form_token=secrets.token_urlsafe(8), csrf_token=office.token())
    assert [office.post(NEW, data=data).location for _click in range(2)] == ["/treasurer/members/M0004"] * 2
    assert web.rows(select(func.count()).select_from(Member))[0][0] == 4


def test_a_change_touches_what_was_changed_and_nothing_else(web, office):
    write(BOOKKEEPER, members.change_member, "M0001", {"iban": IBAN, "attributes": ["Nord"]})
    page = office.get(EDIT)
    assert office.send(EDIT, **opened(page)).status_code == 303
    assert "Nichts war anders." in said_by(office.get(RECORD))
    before = row_of(web, "M0001", Member.version)[0]
    fields = {**opened(office.get(EDIT)), "city": "Oldenburg", "postcode": "26122"}
    assert office.send(EDIT, **fields).location == RECORD
    assert row_of(web, "M0001", Member.city, Member.iban_shown, Member.attributes, Member.version) == (
        "Oldenburg", "DE•• •••• 2051", ["Nord"], before + 1,
    )  # fmt: skip
    assert "Gespeichert." in said_by(office.get(RECORD))


def test_inv_27_a_known_iban_is_never_on_the_page_and_can_be_forgotten(web, office):
    write(BOOKKEEPER, members.change_member, "M0001", {"iban": IBAN})
    page = office.get(EDIT)
    assert "Bekannt: DE•• •••• 2051." in said_by(page)
    assert IBAN not in page.text
    assert "120300000000" not in page.text
    office.send(EDIT, **opened(page), forget_iban="y")
    assert row_of(web, "M0001", Member.iban_shown, Member.iban_sealed) == ("", None)


def test_somebody_else_was_faster_and_both_versions_are_shown(web, office):
    first = opened(office.get(EDIT))
    write(BOOKKEEPER, members.change_member, "M0001", {"city": "Oldenburg", "phone": "0421 1"})
    asked = office.send(EDIT, **{**first, "city": "Leer", "street": "Am Deich 3", "iban": IBAN})
    assert asked.status_code == 409
    said = said_by(asked)
    assert "M0001 wurde inzwischen von jemand anderem geändert." in said
    assert "Ort Oldenburg Leer" in said
    assert "Straße und Hausnummer Werftstraße 12 Am Deich 3" in said
    assert "Telefon 0421 1 –" in said
    assert "IBAN – DE•• •••• 2051" in said
    assert row_of(web, "M0001", Member.city, Member.street) == ("Oldenburg", "Werftstraße 12")
    fields = opened(asked)
    assert (fields["city"], fields["street"], fields["phone"]) == ("Leer", "Am Deich 3", "0421 1")
    assert office.send(EDIT, **fields).status_code == 303
    assert row_of(web, "M0001", Member.city, Member.street, Member.phone, Member.iban_shown) == (
        "Leer", "Am Deich 3", "0421 1", "DE•• •••• 2051",
    )  # fmt: skip


def test_a_form_that_does_not_say_what_it_was_opened_with_overwrites_nothing(web, office):
    for broken in ("", "x", "[]", json.dumps({"version": "1", "values": 3})):
        fields = {**opened(office.get(EDIT)), "opened": broken, "city": "Leer"}
        assert office.send(EDIT, **fields).status_code == 409
    assert row_of(web, "M0001", Member.city) == ("Bremen",)


def test_a_refused_change_keeps_what_was_typed(web, office):
    fields = {**opened(office.get(EDIT)), "vat_id": "DE123", "city": "Leer"}
    refused = office.send(EDIT, **fields)
    assert refused.status_code == 422
    assert 'value="DE123"' in main_of(refused)
    assert "<title>Fehler: " in refused.text
    assert row_of(web, "M0001", Member.city) == ("Bremen",)
