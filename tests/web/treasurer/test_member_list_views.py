"""What a person keeps of the member list, and one change for many members."""

from __future__ import annotations

import io
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.members import CategoryPeriod, Member
from membership.persistence.models.users import ListView
from membership.services import members
from membership.services.members import bulk
from membership.web.treasurer import list_address
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by
from tests.web.treasurer.test_member_list import LIST, numbers_in
from tests.web.treasurer.test_membership import seen_in

BULK = f"{LIST}/list/bulk"


@pytest.fixture
def office(web, billed):
    return web.signed_in(Role.OFFICE)


def tags(web):
    rows = web.rows(select(Member.number, Member.attributes).order_by(Member.number))
    return {number: words for number, words in rows if words}


def heads(response):
    return [
        re.sub(r"<.*?>", "", head, flags=re.DOTALL).strip()
        for head in re.findall(r"<th scope=\"col\".*?</th>", response.text, re.DOTALL)
    ][1:]


def test_the_columns_a_person_chose_are_kept_for_it_alone(web, office):
    usual = heads(office.get(LIST))
    sent = office.send(
        f"{LIST}/list/columns", columns=["email", "tags", "open", "nonsense"], **{"query-q": "alpha"}
    )
    assert sent.location == f"{LIST}?q=alpha"
    assert heads(office.get(LIST)) == ["Mitglied", "E-Mail für Rechnungen", "Schlagworte", "Offen"]
    assert heads(web.signed_in(Role.BOARD).get(LIST))[-7:] == usual[-7:]
    office.send(f"{LIST}/list/columns", columns=[])
    assert heads(office.get(LIST)) == usual
    assert web.rows(select(ListView.name)) == []


def test_a_file_has_the_columns_that_were_chosen_and_the_sums_of_its_amounts(office):
    office.send(f"{LIST}/list/columns", columns=["open", "contact"])

    def rows(query=""):
        book = openpyxl.load_workbook(io.BytesIO(office.get(f"{LIST}/export.xlsx{query}").data))
        return [[cell.value for cell in row] for row in book.active.iter_rows()]

    found = rows()
    assert ["Nummer", "Firma", "Ansprechpartner", "Offen"] in found
    assert found[-1] == ["Summe", None, None, 2250]
    assert any("Straße" in row for row in rows("?all=yes"))


def test_a_filter_is_kept_under_a_name_replaced_and_forgotten(web, office):
    sent = office.send(
        f"{LIST}/list/views", name=" Ohne  Mail ", **{"query-lacks": "email", "query-tab": "all"}
    )
    assert sent.location == f"{LIST}?lacks=email&tab=all"
    page = main_of(office.get(LIST))
    assert f'href="{LIST}?lacks=email&amp;tab=all"' in page
    office.send(f"{LIST}/list/views", name="Ohne Mail", **{"query-lacks": "size"})
    assert web.rows(select(ListView.name, ListView.query)) == [("Ohne Mail", {"lacks": "size"})]
    assert "Ohne Mail" not in main_of(web.signed_in(Role.TREASURER).get(LIST))
    office.send(f"{LIST}/list/views/forget", name="Ohne Mail")
    assert web.rows(select(ListView.name)) == []


@pytest.mark.parametrize("name", ["", "x" * 41])
def test_a_filter_without_a_fitting_name_is_not_kept(web, office, name):
    office.send(f"{LIST}/list/views", name=name)
    assert "braucht einen Namen mit höchstens 40 Zeichen" in said_by(office.get(LIST))
    assert web.rows(select(ListView.name)) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [("tag=VIP", ["M0001"]), ("tag=VI", []), ("tag=%25", []), ("state=active", ["M0001", "M0002", "M0003"]),
     ("state=suspended", []), ("state=nonsense", ["M0001", "M0002", "M0003"])],
)  # fmt: skip
def test_tags_and_states_are_filters(office, query, found):
    write(BOOKKEEPER, members.change_member, "M0001", {"attributes": ["VIP", 'Mit "Zeichen"']})
    assert numbers_in(office.get(f"{LIST}?{query}")) == found


def test_a_tag_is_given_to_those_marked_after_it_was_read_who_has_it_already(web, office):
    write(BOOKKEEPER, members.change_member, "M0001", {"attributes": ["Beirat"]})
    marked = {"action": "tag", "selected": ["M0001", "M0002"]}
    opened = office.send(BULK, **marked)
    assert "2 Mitglieder ausgewählt" in said_by(opened)
    first = office.send(BULK, **marked, tag="Beirat", seen="")
    said = said_by(first)
    assert "Alpha Werke GmbH (M0001): hat dieses Schlagwort schon" in said
    assert "1 Mitglied ändern" in said
    assert tags(web) == {"M0001": ["Beirat"]}
    assert office.send(BULK, **marked, tag="Beirat", seen=seen_in(first)).location == LIST
    assert tags(web) == {"M0001": ["Beirat"], "M0002": ["Beirat"]}
    gone = {**marked, "action": "untag", "tag": "Beirat"}
    office.send(BULK, **gone, seen=seen_in(office.send(BULK, **gone, seen="")))
    assert tags(web) == {}


def test_a_category_is_changed_for_all_of_a_filter_with_what_it_does_to_the_dues(web, office):
    sent = {"action": "category", "whole_list": "3"}
    address = f"{BULK}?q=a"
    opened = office.send(address, **sent)
    assert "3 Mitglieder ausgewählt" in said_by(opened)
    assert "Die Liste hat sich geändert" not in said_by(opened)
    numbers = re.findall(r'name="selected" value="(\w+)"', opened.text)
    fields = {"action": "category", "selected": numbers, "category": "EHR", "valid_from": "1.1.2027"}
    first = office.send(address, **fields, seen="")
    assert "Beitrag 2027 nach der Beitragsordnung vorher 2.250,00 €, danach 0,00 €" in said_by(first)
    assert "Rechnungen, die es schon gibt, bleiben, wie sie sind." in said_by(first)
    assert office.send(address, **fields, seen=seen_in(first)).location == f"{LIST}?q=a"
    found = select(CategoryPeriod.category).where(CategoryPeriod.valid_from == date(2027, 1, 1))
    assert set(web.rows(found)) == {("EHR",)}


def test_what_was_read_counts_only_for_what_was_read_in_bulk_too(web, office):
    marked = {"action": "tag", "selected": ["M0001"]}
    first = office.send(BULK, **marked, tag="A", seen="")
    assert office.send(BULK, **marked, tag="B", seen=seen_in(first)).status_code == 200
    assert tags(web) == {}


def test_all_members_of_the_filter_are_offered_where_there_are_more_pages(web, office, monkeypatch):
    assert 'name="whole_list"' not in office.get(LIST).text
    monkeypatch.setattr(list_address, "_USUAL_SIZE", 2)
    assert "Alle 3 auswählen · Offen: 2.250,00 €" in said_by(office.get(LIST))
    grown = said_by(office.send(BULK, action="tag", selected="M0001", whole_list="2"))
    assert "3 Mitglieder ausgewählt" in grown
    assert "Sie hatte 2 Zeilen, als Sie alle auswählten, jetzt hat sie 3." in grown
    monkeypatch.setattr(bulk, "MOST", 2)
    assert office.send(f"{BULK}?q=a", action="tag", whole_list="3").location == f"{LIST}?q=a"
    assert "3 Mitglieder sind ausgewählt; ein Schritt ändert höchstens 2." in said_by(office.get(LIST))
    assert tags(web) == {}


def test_nobody_too_many_and_a_tag_that_is_none_are_named(web, office, monkeypatch):
    assert office.send(BULK, action="tag").location == LIST
    assert "Kein Mitglied ist ausgewählt." in said_by(office.get(LIST))
    assert office.send(BULK, action="burn", selected="M0001").location == LIST
    for tag in ("", "a,b"):
        assert office.send(BULK, action="tag", selected="M0001", tag=tag, seen="").status_code == 422
    assert office.send(BULK, action="tag", selected="M0099", tag="A", seen="").status_code == 404
    monkeypatch.setattr(bulk, "MOST", 1)
    many = office.send(BULK, action="tag", selected=["M0001", "M0002"], tag="A", seen="")
    assert many.status_code == 422
    assert "ein Schritt ändert höchstens 1" in said_by(many)


def test_who_only_reads_keeps_views_and_changes_nothing(web, billed):
    board = web.signed_in(Role.BOARD)
    assert 'name="selected"' not in board.get(LIST).text
    assert board.send(BULK, action="tag", selected="M0001").status_code == 403
    assert board.send(f"{LIST}/list/columns", columns=["open"]).status_code == 303
