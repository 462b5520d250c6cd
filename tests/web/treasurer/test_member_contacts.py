"""The people of a member on pages: added, changed by two at once, ended, taken back."""

from __future__ import annotations

import html
import re
import secrets

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.members import Contact
from membership.services import members
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

RECORD = "/treasurer/members/M0001"
NEW = f"{RECORD}/contacts/new"
MAREN = {"name": "Maren Brandt", "email": "m.brandt@alpha.example", "functions": ["billing", "main"]}


@pytest.fixture
def office(web, billed):
    return web.signed_in(Role.OFFICE)


@pytest.fixture
def maren(billed) -> str:
    return f"{RECORD}/contacts/{write(BOOKKEEPER, members.add_contact, 'M0001', MAREN)}"


def opened(page) -> str:
    return html.unescape(re.search(r'name="opened"[^>]*value="([^"]*)"', page.text)[1])


def people(web):
    return web.rows(select(Contact.name, Contact.phone, Contact.functions, Contact.ended_on))


@pytest.mark.parametrize("page", ["contacts/new", "contacts/1/edit"])
def test_sec_07_who_only_reads_members_changes_no_contact(web, maren, page):
    for role, status in ((Role.OFFICE, 200), (Role.TREASURER, 200), (Role.BOARD, 403), (Role.AUDITOR, 403)):
        assert web.signed_in(role).get(f"{RECORD}/{page}").status_code == status
    board = web.signed_in(Role.BOARD)
    assert board.send(f"{maren}/end").status_code == 403
    assert "Ansprechpartner hinzufügen" not in board.get(RECORD).text


def test_a_person_is_added_with_functions_and_shown_on_the_record(web, office):
    response = office.send(NEW, **MAREN, phone="0421 1")
    assert response.location == RECORD
    said = said_by(office.get(RECORD))
    assert "Maren Brandt ist ergänzt." in said
    assert "Maren Brandt m.brandt@alpha.example 0421 1 Rechnung, Hauptansprechpartner" in said


def test_adding_can_be_undone(web, office):
    page = office.get(office.send(NEW, **MAREN).location)
    undo = re.search(r'action="(/treasurer/members/M0001/contacts/\d+/end[^"]*)"', page.text)[1]
    assert office.send(undo).status_code == 303
    assert people(web)[0].ended_on is not None


def test_inv_09_a_double_click_adds_one_person(web, office):
    data = {"name": "Maren", "form_token": secrets.token_urlsafe(8), "csrf_token": office.token()}
    assert {office.post(NEW, data=data).status_code for _click in range(2)} == {303}
    assert len(people(web)) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Geben Sie einen Namen oder eine E-Mail-Adresse an."),
        ({"name": "Maren", "email": "keine"}, "E-Mail"),
        ({"name": "x" * 201}, "Dieser Text ist zu lang."),
        ({"name": "Maren", "functions": ["king"]}, "Bitte prüfen Sie Ihre Angaben"),
    ],
)
def test_a_wrong_person_is_refused_with_the_input_kept(web, office, fields, sentence):
    refused = office.send(NEW, **{"phone": "0421 77", **fields})
    assert refused.status_code == 422
    assert sentence in said_by(refused)
    assert 'value="0421 77"' in main_of(refused)
    assert people(web) == []


def test_a_change_of_the_same_field_by_somebody_else_is_shown_and_asked_about(web, office, maren):
    first = opened(office.get(f"{maren}/edit"))
    contact_id = int(maren.rsplit("/", 1)[1])
    write(BOOKKEEPER, members.change_contact, "M0001", contact_id, {"name": "Maren Raab", "phone": "1"})
    mine = {**MAREN, "name": "M. Brandt", "opened": first}
    asked = office.send(f"{maren}/edit", **mine)
    assert asked.status_code == 409
    assert "Name Maren Raab M. Brandt" in said_by(asked)
    assert people(web)[0].name == "Maren Raab"
    again = office.send(f"{maren}/edit", **{**mine, "phone": "1", "opened": opened(asked)})
    assert again.status_code == 303
    assert people(web)[0][:2] == ("M. Brandt", "1")


def test_a_change_of_another_field_goes_through_and_keeps_the_other_one(web, office, maren):
    first = opened(office.get(f"{maren}/edit"))
    contact_id = int(maren.rsplit("/", 1)[1])
    write(BOOKKEEPER, members.change_contact, "M0001", contact_id, {"phone": "1"})
    sent = office.send(f"{maren}/edit", **{**MAREN, "functions": ["newsletter"], "opened": first})
    assert sent.status_code == 303
    assert people(web)[0][:3] == ("Maren Brandt", "1", ["newsletter"])


def test_mem_16_a_person_who_leaves_stands_apart_and_comes_back(web, office, maren):
    office.send(f"{maren}/end")
    page = office.get(RECORD)
    assert "Maren Brandt ist kein Ansprechpartner mehr." in said_by(page)
    assert f'action="{maren}/restore"' in page.text
    assert "Frühere Ansprechpartner (1)" in said_by(office.get(RECORD))
    office.send(f"{maren}/restore")
    assert people(web)[0].ended_on is None
    assert "Frühere Ansprechpartner" not in said_by(office.get(RECORD))


def test_a_person_of_another_member_is_not_found(office, maren):
    other = maren.replace("M0001", "M0002")
    assert office.get(f"{other}/edit").status_code == 404
    assert office.send(f"{other}/end").status_code == 404
