"""The pages of a billing run: from the start to the result, exceptions put right in place, two people at once."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import func, select

from membership.domain.billing import ItemState, RunState
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.billing import BillingRun
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import BasisValue, Member, PreviousDues
from membership.web.treasurer.billing import release
from tests.factories import make_association, make_member
from tests.web.treasurer.runs import RUNS, YEAR, items, release_run, start, started, today, work_off


@pytest.fixture
def woken(monkeypatch):
    calls = []
    monkeypatch.setattr(release, "wake", lambda: calls.append("woken"))
    return calls


@pytest.fixture
def browser(web, woken, treasurer):
    make_association(treasurer)
    return web.signed_in(Role.TREASURER)


def test_the_list_without_a_run_leads_to_the_first_one(browser):
    page = browser.get(RUNS).text
    assert "Noch kein Beitragslauf" in page
    assert f"{RUNS}/start" in page


def test_a_run_goes_from_the_start_to_the_result(browser, web, woken, treasurer):
    make_member(treasurer, number="M0001", headcount=37)
    make_member(treasurer, number="M0002", name="Elbtor Prüftechnik GmbH", headcount=300)
    run = started(browser)
    preview = browser.get(run).text
    assert "600,00" in preview
    assert "2.400,00" in preview
    assert "Weiter zu den Ausnahmen" in preview
    assert "Weiter zum Bestätigen" in browser.get(f"{run}/exceptions").text
    check = browser.get(f"{run}/check").text
    assert f"RE{today().year}-0001 bis RE{today().year}-0002" in check
    assert "2 Rechnungen erstellen" in check
    assert release_run(browser, run).status_code == 303
    assert woken == ["woken"]
    assert "0 von 2" in browser.get(run).text
    work_off(treasurer)
    result = browser.get(run).text
    assert "Fertig" in result
    assert "3.000,00" in result
    archive = zipfile.ZipFile(BytesIO(browser.get(f"{run}/invoices.zip").data))
    assert archive.namelist() == [
        f"RE{today().year}-0001_Hansa-Blechformteile-GmbH.pdf",
        f"RE{today().year}-0002_Elbtor-Prueftechnik-GmbH.pdf",
    ]
    assert archive.read(archive.namelist()[0]).startswith(b"%PDF")


def test_a_row_of_the_preview_opens_its_draft_as_pdf(browser, treasurer):
    make_member(treasurer, number="M0001")
    run = started(browser)
    address = re.search(rf"{re.escape(run)}/drafts/\d+\.pdf", browser.get(run).text)[0]
    response = browser.get(address)
    assert response.data.startswith(b"%PDF")
    assert response.content_type == "application/pdf"


def test_a_draft_of_another_run_is_not_found(browser, treasurer):
    make_member(treasurer, number="M0001")
    run = started(browser)
    item = re.search(r"/drafts/(\d+)\.pdf", browser.get(run).text)[1]
    assert browser.get(f"{RUNS}/{int(run.rsplit('/', 1)[1]) + 1}/drafts/{item}.pdf").status_code == 404


def test_a_double_click_on_start_makes_one_run(browser, web, treasurer):
    make_member(treasurer, number="M0001")
    first, second = start(browser, form_token="double"), start(browser, form_token="double")
    assert first.location == second.location
    assert start(browser).location == first.location
    assert web.rows(select(func.count(BillingRun.id))) == [(1,)]


def test_inv_13_two_people_release_one_run_and_a_double_click_bills_once(browser, web, treasurer):
    make_member(treasurer, number="M0001")
    run = started(browser)
    other = web.signed_in(Role.TREASURER)
    seen = {"documents": "1", "cents": "60000"}
    for each, token in ((browser, "one"), (browser, "one"), (other, "two")):
        assert each.send(f"{run}/release", form_token=token, **seen).status_code == 303
    work_off(treasurer)
    assert release_run(other, run).status_code == 303
    assert web.rows(select(func.count(Invoice.id))) == [(1,)]


def test_the_line_of_the_check_page_adds_up(browser, treasurer):
    make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002", category="EHR", headcount=None)
    make_member(treasurer, number="M0003", headcount=None)
    make_member(treasurer, number="M0004")
    run = started(browser)
    held = re.search(rf"{re.escape(run)}/members/\d+/hold", browser.get(f"{run}/exceptions").text)[0]
    browser.send(held)
    text = re.sub(r"\s+", " ", browser.get(f"{run}/check").text)
    assert "4 Mitglieder im Lauf = 2 mit Rechnung + 1 zurückgestellt + 1 beitragsfrei" in text


def test_the_check_page_says_how_mistakes_are_mended_and_sends_nothing(browser, treasurer):
    make_member(treasurer, number="M0001")
    check = browser.get(f"{started(browser)}/check").text
    assert "durch Storno und neue Rechnung" in check
    assert "Versendet wird nichts" in check


@pytest.mark.parametrize(
    ("address", "is_said"), [("http://127.0.0.1:8301", True), ("https://beitrag.verein.example", False)]
)
def test_the_check_page_says_that_only_this_machine_opens_the_pages(
    browser, web, treasurer, address, is_said
):
    make_member(treasurer, number="M0001")
    run = started(browser)
    web.app.extensions["membership"] = replace(web.app.extensions["membership"], base_url=address)
    browser.set_cookie("__Host-session", browser.get_cookie("beitragsbuch").value, secure=True)
    check = browser.get(f"{run}/check").text
    assert "RE" in check
    assert ("Die Adresse dieser Seiten ist nicht eingestellt" in check) is is_said


def test_a_member_that_is_not_decided_leaves_the_exceptions_undone_and_is_spoken_of(browser, treasurer):
    make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002", name="Elbtor Prüftechnik GmbH", headcount=None)
    run = started(browser)
    page = re.sub(r"\s+", " ", browser.get(f"{run}/check").text)
    steps = re.search(r'<ol class="steps".*?</ol>', page)[0]
    assert steps.count('class="is-done"') == 1
    assert "1 Mitglied ist nicht entschieden" in page
    assert "Das Mitglied erhält in diesem Lauf keine Rechnung." in page


def member_id(web, number):
    return web.rows(select(Member.id).where(Member.number == number))[0][0]


def test_x_4_a_missing_size_is_entered_in_place(browser, web, treasurer):
    make_member(treasurer, number="M0001", headcount=None)
    run = started(browser)
    assert "Größe fehlt" in browser.get(f"{run}/exceptions").text
    address = f"{run}/members/{member_id(web, 'M0001')}/size"
    wrong = browser.send(address, value="viele", group="size")
    assert wrong.status_code == 422
    assert "viele" in wrong.text
    assert "ist keine Zahl" in wrong.text
    assert browser.send(address, value="1.234", group="size").status_code == 303
    assert items(web)["M0001"] == (ItemState.PLANNED, 240000)
    row = web.rows(select(BasisValue.basis, BasisValue.as_of))
    assert row == [("headcount", date(YEAR - 1, 6, 30))]


def test_a_missing_category_an_agreed_amount_and_an_address_are_entered_in_place(browser, web, treasurer):
    make_member(treasurer, number="M0001", category=None)
    make_member(treasurer, number="M0002", category="FOE", headcount=None)
    make_member(treasurer, number="M0003", invoice_email="")
    run = started(browser)
    page = browser.get(f"{run}/exceptions").text
    for words in ("Kategorie fehlt", "Vereinbarter Betrag fehlt", "E-Mail fehlt"):
        assert words in page
    first, second, third = (member_id(web, number) for number in ("M0001", "M0002", "M0003"))
    assert browser.send(f"{run}/members/{first}/category", value="ORD").status_code == 303
    assert browser.send(f"{run}/members/{second}/agreed", value="2.000,00", reason="").status_code == 422
    agreed = browser.send(f"{run}/members/{second}/agreed", value="2.000,00", reason="Vorstand 12.05.2026")
    assert agreed.status_code == 303
    wrong = browser.send(f"{run}/members/{third}/email", value="keine Adresse")
    assert wrong.status_code == 422
    assert browser.send(f"{run}/members/{third}/email", value="beitrag@firma.example").status_code == 303
    assert items(web) == {
        "M0001": (ItemState.PLANNED, 60000),
        "M0002": (ItemState.PLANNED, 200000),
        "M0003": (ItemState.PLANNED, 60000),
    }


def test_a_member_held_back_gets_no_invoice_and_can_be_taken_in_again(browser, web, treasurer):
    make_member(treasurer, number="M0001")
    run = started(browser)
    address = f"{run}/members/{member_id(web, 'M0001')}"
    browser.send(f"{address}/hold")
    assert items(web)["M0001"][0] is ItemState.HELD
    assert "Rückgängig" in browser.get(f"{run}/exceptions").text
    assert "ist nichts zu starten" in browser.get(f"{run}/check").text
    assert release_run(browser, run).status_code == 422
    browser.send(f"{address}/bill")
    assert items(web)["M0001"][0] is ItemState.PLANNED


def test_d_inv_15a_a_large_change_is_confirmed_before_the_release(browser, web, treasurer):
    make_member(treasurer, number="M0001", headcount=37)
    write(treasurer, pay_half_before)
    run = started(browser)
    assert "noch nicht bestätigt" in browser.get(f"{run}/check").text
    assert release_run(browser, run).status_code == 409
    assert browser.send(f"{run}/confirm", member=str(member_id(web, "M0001"))).status_code == 303
    assert "1 Rechnung erstellen" in browser.get(f"{run}/check").text
    assert release_run(browser, run).status_code == 303


def pay_half_before(session):
    member = session.execute(select(Member.id)).scalar_one()
    session.add(PreviousDues(member_id=member, dues_year=YEAR - 1, amount_cents=30000))


def test_a_run_that_changed_since_it_was_looked_at_is_not_released(browser, web, treasurer):
    make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002")
    run = started(browser)
    browser.get(f"{run}/check")
    web.signed_in(Role.TREASURER).send(f"{run}/members/{member_id(web, 'M0002')}/hold")
    response = browser.send(f"{run}/release", documents="2", cents="120000")
    assert response.status_code == 409
    assert "geändert" in response.text
    assert web.rows(select(BillingRun.state)) == [(RunState.DRAFT,)]
    assert browser.send(f"{run}/release", documents="zwei", cents="120000").status_code == 400


def test_date_and_text_can_be_changed_and_a_later_date_is_refused(browser, web, treasurer):
    make_member(treasurer, number="M0001")
    run = started(browser)
    wrong = browser.send(f"{run}/dates", issued_on=f"{today().year + 1}-01-01", text="Bitte überweisen.")
    assert wrong.status_code == 422
    assert "Bitte überweisen." in wrong.text
    assert (
        browser.send(f"{run}/dates", issued_on=today().isoformat(), text="Bitte überweisen.").status_code
        == 303
    )
    assert "Bitte überweisen." in browser.get(run).text


def test_a_run_is_paused_and_resumed(browser, web, woken, treasurer):
    make_member(treasurer, number="M0001")
    run = started(browser)
    release_run(browser, run)
    browser.send(f"{run}/pause")
    page = browser.get(run).text
    assert "Angehalten" in page
    assert "data-refresh" not in page
    browser.send(f"{run}/resume")
    assert woken == ["woken", "woken"]
    page = browser.get(run).text
    assert 'data-refresh="2"' in page
    assert '<meta http-equiv="refresh"' in page
    assert web.rows(select(BillingRun.state)) == [(RunState.RUNNING,)]


def test_a_draft_is_discarded_after_a_question(browser, web, treasurer):
    make_member(treasurer, number="M0001")
    run = started(browser)
    assert browser.get(f"{run}/discard").status_code == 200
    assert browser.send(f"{run}/discard").status_code == 303
    assert web.rows(select(BillingRun.state)) == [(RunState.DISCARDED,)]
    assert release_run(browser, run).status_code == 409


def test_what_is_missing_for_a_run_is_said_with_the_way_to_it(web, woken):
    browser = web.signed_in(Role.TREASURER)
    response = start(browser)
    assert response.status_code == 422
    assert "/treasurer/settings" in response.text


def test_the_board_looks_and_changes_nothing(browser, web, treasurer):
    make_member(treasurer, number="M0001")
    run = started(browser)
    board = web.signed_in(Role.BOARD)
    page = board.get(run)
    assert page.status_code == 200
    assert f"{run}/discard" not in page.text
    assert f"{run}/refresh" not in page.text
    assert "/hold" not in board.get(f"{run}/exceptions").text


def test_a_preview_of_many_members_has_pages_and_sums_over_all(browser, web, treasurer):
    for number in range(60):
        make_member(treasurer, number=f"M{number:04}")
    run = started(browser)
    first, second = browser.get(run).text, browser.get(f"{run}?page=2").text
    assert "M0049" in first
    assert "M0050" not in first
    assert "M0050" in second
    assert first.count("36.000,00") == second.count("36.000,00") >= 2
    assert "50" in first


def test_a_correction_of_a_released_run_is_refused(browser, web, treasurer):
    make_member(treasurer, number="M0001", headcount=None)
    make_member(treasurer, number="M0002")
    run = started(browser)
    release_run(browser, run)
    address = f"{run}/members/{member_id(web, 'M0001')}/size"
    assert browser.send(address, value="12", group="size").status_code == 409
    assert web.rows(
        select(func.count(BasisValue.id)).where(BasisValue.member_id == member_id(web, "M0001"))
    ) == [(0,)]
