"""The list of members: filters in the address, order, what is missing, the same rows as a file."""

from __future__ import annotations

import io
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import event, select

from membership.domain.policy import Role
from membership.persistence.db import db, write
from membership.persistence.models.chain import AuditRecord
from membership.services import members
from tests.factories import make_member
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

LIST = "/treasurer/members"


@pytest.fixture
def treasurer(web, billed):
    return web.signed_in(Role.TREASURER)


def numbers_in(response) -> list[str]:
    return re.findall(r'class="row-link"\s+href="/treasurer/members/(\w+)"', response.text)


def test_a_row_says_place_class_size_dues_payment_what_is_open_and_the_state(billed, treasurer):
    said = said_by(treasurer.get(f"{LIST}?q=Beta"))
    assert re.search(r"Beta Guss AG M0002 Bremen \S+ Ordentliches Mitglied 60 1\.200,00 € Überweisung", said)
    assert "Beitrag 2027" in said
    assert "1 Mitglied" in said


def test_the_list_has_no_markup_from_names(billed, treasurer):
    assert "Gamma &lt;b&gt;&amp; Söhne&lt;/b&gt; KG" in treasurer.get(LIST).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["M0001", "M0002", "M0003"]),
        ("sort=-open", ["M0002", "M0001", "M0003"]),
        ("sort=size", ["M0003", "M0001", "M0002"]),
        ("sort=nonsense", ["M0001", "M0002", "M0003"]),
        ("category=ORD&q=alpha", ["M0001"]),
        ("category=FOE&tab=all", []),
        ("method=direct_debit", []),
        ("tab=new", ["M0003"]),
        ("lacks=email", ["M0003"]),
        ("lacks=nonsense", ["M0001", "M0002", "M0003"]),
        ("import=7", []),
    ],
)
def test_the_address_says_which_members_are_shown_in_which_order(billed, treasurer, query, found):
    write(BOOKKEEPER, members.change_member, "M0003", {"invoice_email": ""})
    assert numbers_in(treasurer.get(f"{LIST}?{query}")) == found


def test_a_dues_class_can_be_chosen(billed, treasurer):
    html = main_of(treasurer.get(LIST))
    classes = re.findall(
        r"<option", re.search(r'<select class="input"\s+name="class".*?</select>', html, re.DOTALL)[0]
    )
    assert len(classes) == 4
    chosen = re.search(r'<option value="([^"]+)"[^>]*>10–49', html)[1]
    assert numbers_in(treasurer.get(LIST, query_string={"class": chosen})) == ["M0001"]


def test_what_is_missing_is_what_the_fee_schedule_asks_for(billed, treasurer):
    make_member(BOOKKEEPER, number="M0010", name="Ohne Zahl GmbH", headcount=None)
    make_member(BOOKKEEPER, number="M0011", name="Ehrenmitglied", category="EHR", headcount=None)
    make_member(BOOKKEEPER, number="M0012", name="Ohne Kategorie", category=None)
    assert numbers_in(treasurer.get(f"{LIST}?lacks=size")) == ["M0010"]
    assert numbers_in(treasurer.get(f"{LIST}?lacks=category")) == ["M0012"]


def test_heads_by_class_are_a_size_and_are_added_up(billed, treasurer):
    make_member(BOOKKEEPER, number="M0010", name="Klassen GmbH", headcount=None)
    heads = {"over_30h": 30, "apprentice": 4}
    write(BOOKKEEPER, members.record_basis_value, "M0010", "headcount", heads, as_of=date(2026, 6, 30))
    assert numbers_in(treasurer.get(f"{LIST}?lacks=size")) == []
    assert re.search(
        r"Klassen GmbH M0010 Bremen 10–49 Ordentliches Mitglied 34 –", said_by(treasurer.get(LIST))
    )


def test_a_filter_is_a_chip_that_takes_it_away_and_keeps_the_rest(billed, treasurer):
    html = main_of(treasurer.get(f"{LIST}?q=alpha&lacks=size&tab=all&sort=-open"))
    chips = re.findall(r'class="chip" href="([^"]+)">([^<]+)', html)
    assert [(label, href.replace("&amp;", "&")) for href, label in chips] == [
        ("„alpha“", f"{LIST}?lacks=size&tab=all&sort=-open"),
        ("Größe fehlt", f"{LIST}?q=alpha&tab=all&sort=-open"),
    ]
    assert "Kein Mitglied passt zu diesem Filter" in html
    assert f'href="{LIST}?tab=all&amp;sort=-open">Filter zurücksetzen' in html


def test_a_head_sorts_and_says_in_which_order(billed, treasurer):
    html = main_of(treasurer.get(f"{LIST}?sort=-dues"))
    assert re.search(r'aria-sort="descending"><a href="/treasurer/members\?sort=dues">Beitrag 2027', html)
    assert f'href="{LIST}?sort=-open"' in html
    assert f'href="{LIST}?sort=city"' in html


def test_a_page_behind_the_last_one_leads_to_the_first(billed, treasurer):
    response = treasurer.get(f"{LIST}?page=9&q=alpha")
    assert (response.status_code, response.location) == (302, f"{LIST}?q=alpha")


def test_the_file_holds_exactly_the_rows_of_the_filter_with_their_sums(web, billed, treasurer):
    response = treasurer.get(f"{LIST}/export.xlsx?sort=-open&q=g&lacks=")
    sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(index for index, row in enumerate(rows) if row[0] == "Nummer")
    assert [row[0] for row in rows[head + 1 :]] == ["M0002", "M0001", "M0003", "Summe"]
    assert rows[head + 1][8] == 60
    assert (rows[-1][9], rows[-1][11]) == (2250, 2250)
    assert "„g“" in rows[1][0]
    assert response.headers["Content-Disposition"].endswith("mitglieder-2027_stand-2027-02-16.xlsx")
    csv = treasurer.get(f"{LIST}/export.csv?q=alpha").data.decode("utf-8-sig")
    assert csv.splitlines()[1].startswith('"M0001";"Alpha Werke GmbH";"Werftstraße 12";"28195";"Bremen";')
    noted = web.rows(select(AuditRecord.action).where(AuditRecord.action == "member.export"))
    assert len(noted) == 2


def test_who_may_take_the_list_out(web, billed):
    for role, status in ((Role.OFFICE, 200), (Role.BOARD, 200), (Role.AUDITOR, 200), (Role.ADMIN, 403)):
        assert web.signed_in(role).get(f"{LIST}/export.csv").status_code == status
    assert web.signed_in(Role.OFFICE).get(f"{LIST}/export.pdf").status_code == 404


def test_only_who_writes_members_is_offered_to_add_one(web, billed):
    assert f'href="{LIST}/new"' in web.signed_in(Role.OFFICE).get(LIST).text
    assert f'href="{LIST}/new"' not in web.signed_in(Role.BOARD).get(LIST).text


def test_an_empty_list_leads_to_the_import(treasurer_browser):
    html = main_of(treasurer_browser.get(LIST))
    assert "Noch keine Mitglieder" in html
    assert re.search(r'class="button button-primary" href="/treasurer/members/import"', html)


def test_who_is_not_billed_yet_shows_what_is_expected_beside_the_sums(billed, treasurer):
    make_member(BOOKKEEPER, number="M0010", name="Delta Presswerk GmbH", headcount=60)
    make_member(BOOKKEEPER, number="M0011", name="Epsilon GmbH", headcount=None)
    said = said_by(treasurer.get(LIST))
    assert re.search(r"M0010 Bremen 50–249 Ordentliches Mitglied 60 – erwartet 1\.200,00 €", said), said
    assert re.search(r"M0011 Bremen – Ordentliches Mitglied – – ", said), said
    assert "5 Mitglieder 2.250,00 €" in said


def test_the_number_of_statements_does_not_grow_with_the_members(billed, treasurer):
    def statements() -> int:
        seen: list[str] = []
        listener = event.listens_for(db.engine, "before_cursor_execute")(lambda *args: seen.append(args[2]))
        treasurer.get(LIST)
        event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    treasurer.get(LIST)
    make_member(BOOKKEEPER, number="M0009", name="Nicht berechnet GmbH")
    few = statements()
    for number in range(20, 40):
        make_member(BOOKKEEPER, number=f"M00{number}", name=f"Firma {number} GmbH")
    assert statements() == few > 0
