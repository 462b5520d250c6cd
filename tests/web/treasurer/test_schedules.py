"""The fee schedule pages: from an example to a schedule in force, with what can go wrong on the way."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pytest

from membership import clock
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.services import schedules
from tests.factories import SCHEDULE, bill_year, keep_resolution, make_association, make_member
from tests.web.treasurer.fee_schedules import (
    CLI,
    DETAILS,
    EXAMPLES,
    START,
    changed,
    from_example,
    stored,
    text_of,
    uploaded,
)


@pytest.fixture
def browser(web):
    return web.signed_in(Role.TREASURER)


def test_an_empty_list_leads_to_the_examples(browser):
    page = browser.get(START)
    assert page.status_code == 200
    assert f'href="{START}/new"' in page.text
    for example in EXAMPLES:
        assert f"{START}/examples/{example}" in browser.get(f"{START}/new").text


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_becomes_a_draft_in_one_form_and_comes_into_force(browser, example):
    assert browser.get(f"{START}/examples/{example}").status_code == 200
    address = from_example(browser, example).location
    assert "Entwurf" in browser.get(address).text
    assert stored(browser, address)["resolution"] == {"organ": "MV", "date": "2026-06-18", "item": "9"}
    check = text_of(browser.get(f"{address}/activate"))
    assert "Mitgliederversammlung vom 18.06.2026" in check
    answer = browser.send(f"{address}/activate")
    assert (answer.status_code, answer.location) == (303, address)
    assert "In Kraft" in browser.get(address).text


def test_due_32_without_a_resolution_a_draft_stays_a_draft_and_the_page_asks_for_it(browser):
    address = from_example(browser, resolved_on="", item="").location
    assert "Der Beschluss fehlt" in browser.get(address).text
    page = browser.get(f"{address}/activate")
    assert "Fehlendes eintragen" in page.text
    assert browser.send(f"{address}/activate").status_code == 422
    assert "Entwurf" in browser.get(address).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("due_day", "32.01."), ("due_day", ""), ("year", "bald"), ("year", ""), ("name", ""), ("code", "a b"),
        ("code", ""), ("due_days", "-1"), ("organ", "x"), ("resolved_on", "31.31.2026"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_the_input_is_kept(browser, field, value):
    page = from_example(browser, **{field: value})
    assert page.status_code == 422
    assert "field-error" in page.text
    assert "Bitte prüfen Sie Ihre Angaben" in page.text
    if field != "name":
        assert 'value="Beitragsordnung 2027"' in page.text


def test_a_short_name_that_is_taken_is_refused_at_its_field(browser):
    from_example(browser)
    page = from_example(browser)
    assert page.status_code == 422
    assert "BO-2027 gibt es schon" in page.text


def test_a_double_click_makes_one_draft(browser, web):
    first, second = (from_example(browser, form_token="one-token") for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "kein gültiges JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"[]", "geschweiften Klammern"),
        (b"[" * 100_000, "kein gültiges JSON"),
        (json.dumps(changed(categories={"ORD": {"method": "GIFT"}})).encode(), "/categories/ORD/method"),
        (b" " * 1_048_577, "größer als 1 MB"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence_with_its_place(browser, data, said):
    page = uploaded(browser, data)
    assert page.status_code == 422
    assert said in page.text
    assert "Noch keine Beitragsordnung" in browser.get(START).text


def test_a_form_without_a_file_says_so(browser):
    page = browser.send(f"{START}/upload")
    assert (page.status_code, "Bitte wählen Sie eine Datei" in page.text) == (422, True)


def test_a_file_is_taken_in_and_handed_out_as_it_was(browser):
    address = uploaded(browser, SCHEDULE).location
    assert stored(browser, address) == SCHEDULE


def test_two_people_at_once_the_second_form_overwrites_nothing(browser):
    address = from_example(browser).location
    fields = {name: value for name, value in DETAILS.items() if name != "code"}
    assert browser.send(f"{address}/edit", **{**fields, "name": "Erste"}, version="1").status_code == 303
    second = browser.send(f"{address}/edit", **{**fields, "name": "Zweite"}, version="1")
    assert second.status_code == 409
    assert {"Erste", "Zweite"} <= set(re.findall(r"<td[^>]*>(\w+)</td>", second.text))
    assert stored(browser, address)["name"] == "Erste"
    assert 'name="version" value="2"' in second.text


def test_due_1_a_schedule_in_force_has_no_form(browser):
    address = from_example(browser).location
    browser.send(f"{address}/activate")
    assert browser.get(f"{address}/edit").status_code == 303
    assert browser.get(f"{address}/delete").status_code == 302
    assert browser.send(f"{address}/delete").status_code == 409
    assert browser.get(address).status_code == 200


def test_a_copy_follows_the_version_before(browser):
    address = from_example(browser).location
    browser.send(f"{address}/activate")
    assert 'value="2028"' in browser.get(f"{address}/copy").text
    after = browser.send(f"{address}/copy", **{**DETAILS, "code": "BO-2028", "year": "2028"}).location
    assert "BO-2027" in text_of(browser.get(f"{after}/activate"))
    assert "PDF des Beschlusses" in browser.send(f"{after}/activate").text
    keep_resolution(CLI, stored(browser, after))
    browser.send(f"{after}/activate")
    ended = r"In Kraft vom 01.01.2027 bis 31.12.2027|In Kraft bis 31.12.2027|Abgelöst"
    assert re.search(ended, browser.get(address).text)
    assert "31.12.2027" in browser.get(address).text


def test_a_draft_is_deleted_after_a_question(browser):
    address = from_example(browser).location
    assert "BO-2027 löschen" in browser.get(f"{address}/delete").text
    assert browser.send(f"{address}/delete").status_code == 303
    assert browser.get(address).status_code == 404


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("category=ORD&size.headcount=126", "1.200,00 €"),
        ("category=ORD&size.headcount=250&joined=2027-05-17", "1.750,00 €"),
        ("category=STA&size.headcount=60&joined=2027-01-01", "600,00 €"),
        ("category=FOE&agreed=1.800,00", "1.800,00 €"),
        ("category=FOE", "kein Betrag vereinbart"),
        ("category=ORD&size.headcount=", "Beschäftigtenzahl“ fehlt"),
        ("category=ORD&size.headcount=viele", "ist keine Zahl"),
        ("category=ORD&size.headcount=5&joined=bald", "kein Datum"),
        ("category=ORD&size.headcount=5&joined=0001-01-01", "300,00 €"),
        ("category=ORD&size.headcount=5&joined=9999-12-31", ""),
        ("category=NEIN&size.headcount=5", "300,00 €"),
    ],
)
def test_an_example_is_worked_out_without_script(browser, asked, said):
    address = from_example(browser).location
    page = browser.get(f"{address}?{asked}")
    assert page.status_code == 200
    example = text_of(page)
    assert said in example[example.index("Beispiel rechnen") :]


@pytest.fixture
def with_members(web):
    make_association(CLI)
    make_member(CLI, number="M0001", headcount=5)
    make_member(CLI, number="M0002", headcount=37)
    make_member(CLI, number="M0003", headcount=None)
    make_member(CLI, number="M0004", category="KOOP")
    document = changed(code="NEU-2028", name="Neu", valid_from="2028-01-01")
    document["categories"]["ORD"]["rows"][0]["amount"] = "350.00"
    write(CLI, schedules.import_schedule, document)
    return f"{START}/2"


def test_due_31_the_page_shows_what_a_draft_means_for_all_members(browser, with_members):
    page = text_of(browser.get(with_members))
    assert "950,00 €" in page
    assert "+50,00 €" in page
    assert "Für 2 Mitglieder kann kein Beitrag berechnet werden" in page


def test_the_list_of_changes_is_filtered_and_its_sums_follow(browser, with_members):
    page = browser.get(f"{with_members}/effect?show=up")
    assert ("M0001" in page.text, "M0002" in page.text) == (True, False)
    assert "+50,00" in text_of(page)
    undecided = browser.get(f"{with_members}/effect?show=undecided").text
    assert "Beschäftigtenzahl" in undecided
    assert "KOOP" in undecided
    assert "Kein Mitglied passt" in browser.get(f"{with_members}/effect?show=down").text
    for odd in ("?page=99", "?page=x", "?show=nothing", "?format=pdf"):
        assert browser.get(f"{with_members}/effect{odd}").status_code == 200


def test_the_list_of_changes_is_exported(browser, with_members):
    rows = browser.get(f"{with_members}/effect?format=csv").data.decode("utf-8-sig").splitlines()
    assert rows[1].startswith('"M0001";')
    assert "300,00;350,00;50,00" in rows[1]
    assert browser.get(f"{with_members}/effect?format=xlsx").data[:2] == b"PK"


def test_the_effect_is_shown_for_paper_and_two_versions_are_compared(web, browser, with_members):
    board = web.signed_in(Role.BOARD)
    paper = text_of(board.get(f"{with_members}/effect/print"))
    for said in ("Beitragsaufkommen 2028: 950,00 €", "+50,00 €", "(+5,6 %) gegenüber DEMO-2027", "350,00 €"):
        assert said in paper
    assert "Vergleichen" in text_of(board.get(f"{with_members}/compare"))
    found = text_of(board.get(f"{with_members}/compare?against=1"))
    assert "ab 0: 300,00 €; ab 10" in found
    assert "ab 0: 350,00 €; ab 10" in found
    assert "gegenüber DEMO-2027: 900,00 €" in found
    assert "Beitrag DEMO-2027" in board.get(f"{with_members}/effect?against=1").text
    for odd in ("99", "x", "-1"):
        assert board.get(f"{with_members}/compare?against={odd}").status_code == 404


def test_a_category_without_a_rule_is_named_before_the_schedule_comes_into_force(browser, with_members):
    assert (
        "Für die Kategorie Kooperationspartner fehlt eine Regel"
        in browser.get(f"{with_members}/activate").text
    )


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        (Role.BOARD, 200, 403),
        (Role.AUDITOR, 200, 403),
        (Role.OFFICE, 403, 403),
        (Role.COMPANY_ADMIN, 404, 404),
    ],
)
def test_sec_01_who_may_read_and_who_may_change_fee_schedules(web, with_members, role, reads, writes):
    other = web.signed_in(role)
    for page in (START, with_members, f"{with_members}/effect", f"{with_members}/file"):
        assert other.get(page).status_code == reads
    for page in (f"{START}/new", f"{with_members}/edit", f"{with_members}/copy", f"{with_members}/activate"):
        assert other.get(page).status_code == writes
    for page in ("activate", "delete", "copy", "edit"):
        assert other.send(f"{with_members}/{page}").status_code == writes


def test_an_unknown_version_is_not_found(browser):
    for page in ("", "/effect", "/edit", "/copy", "/activate", "/file", "/delete"):
        assert browser.get(f"{START}/99{page}").status_code == 404
    assert browser.get(f"{START}/examples/none").status_code == 404


def test_a_resolution_that_is_still_to_come_cannot_be_in_force(browser):
    ahead = (clock.today("Europe/Berlin") + timedelta(days=1)).isoformat()
    address = from_example(browser, resolved_on=ahead).location
    page = text_of(browser.get(f"{address}/activate"))
    assert "dieser Tag kommt erst noch" in page
    assert "Entwurf berichtigen" in page
    assert "BO-2027 in Kraft setzen" not in page
    response = browser.send(f"{address}/activate")
    assert response.status_code == 422
    assert "dieser Tag kommt erst noch" in response.text
    today = clock.today("Europe/Berlin").isoformat()
    browser.send(f"{address}/edit", **{**DETAILS, "resolved_on": today, "version": "1"})
    assert "BO-2027 in Kraft setzen" in text_of(browser.get(f"{address}/activate"))
    assert browser.send(f"{address}/activate").status_code == 303


def test_the_check_says_that_invoices_under_another_schedule_stay(browser, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002")
    bill_year(treasurer)
    address = uploaded(browser, changed(code="NEU-2027", valid_from="2027-07-01")).location
    page = text_of(browser.get(f"{address}/activate"))
    assert "2 Rechnungen dieser Jahre sind nach einer anderen Beitragsordnung erstellt" in page
    later = uploaded(browser, changed(code="NEU-2028", valid_from="2028-01-01")).location
    assert "nach einer anderen Beitragsordnung" not in text_of(browser.get(f"{later}/activate"))


def test_the_list_says_from_when_to_when_a_version_counts(browser):
    this = clock.today("Europe/Berlin").year
    for year in (this - 1, this, this + 1):
        document = changed(code=f"BO-{year}", name=f"Ordnung {year}", valid_from=f"{year}-01-01")
        document["resolution"] = {"organ": "MV", "date": f"{this - 2}-05-12"}
        write(CLI, schedules.import_schedule, document)
        keep_resolution(CLI, document)
        write(CLI, schedules.activate_schedule, f"BO-{year}")
    rows = re.findall(r"<tr>.*?</tr>", browser.get(START).text, re.DOTALL)
    words = [re.sub(r"<[^>]+>|\s+", " ", row) for row in rows]
    found = {year: next(row for row in words if f"BO-{year}" in row) for year in (this - 1, this, this + 1)}
    assert "Abgelöst" in found[this - 1]
    assert f"In Kraft bis 31.12.{this}" in found[this]
    assert f"In Kraft ab 01.01.{this + 1}" in found[this + 1]


def test_due_32_the_pdf_of_the_resolution_is_kept_with_the_schedule_and_given_out_again(browser):
    address = from_example(browser).headers["Location"]
    content = b"%PDF-1.7 Niederschrift %%EOF"
    refused = browser.send(f"{address}/resolution", files={"file": (io.BytesIO(b"MZ"), "beschluss.pdf")})
    assert refused.status_code == 422
    assert "vollständige PDF" in refused.text
    kept = browser.send(f"{address}/resolution", files={"file": (io.BytesIO(content), "nieder.pdf")})
    assert kept.status_code == 303
    link = re.search(r'href="(/treasurer/resolutions/\d+/file)"', browser.get(address).text)[1]
    assert browser.get(link).data == content
    assert "BO-2027" in browser.get("/treasurer/resolutions").text
