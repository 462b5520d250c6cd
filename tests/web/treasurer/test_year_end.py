"""The end of a year on pages: what is missing, closing, approving, reopening, and what a closed year answers to a form."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.models.closings import Closing
from tests.web.treasurer.conftest import said_by

PAGE = "/treasurer/year-end/2026"
WHY = "Ein Kontoauszug fehlte"


@pytest.fixture
def treasurer(web, billed):
    """The treasurer, in a year after one with a payment."""
    billed.pay(billed.alpha, 100, on=date(2026, 12, 30))
    return web.signed_in(Role.TREASURER)


@pytest.fixture
def board(web):
    return web.signed_in(Role.BOARD)


def kinds(web):
    return [str(kind) for (kind,) in web.rows(select(Closing.kind).order_by(Closing.id))]


def said(browser, address=PAGE):
    return said_by(browser.open(address))


def test_a_year_that_is_not_over_says_so_and_has_no_button(treasurer):
    words = said(treasurer, "/treasurer/year-end/2027")
    assert "Das Jahr endet am 31.12.2027." in words
    assert "Jahr 2027 abschließen" not in words


def test_one_treasurer_alone_closes_and_reopens_a_year(web, treasurer):
    assert "Jahr 2026 abschließen" in said(treasurer)
    assert treasurer.send(f"{PAGE}/close").status_code == 303
    assert "2026 ist abgeschlossen" in treasurer.open(PAGE).text
    refused = treasurer.send(f"{PAGE}/reopen", reason=" ")
    assert refused.status_code == 422
    assert "Bitte nennen Sie den Grund" in said_by(refused)
    assert treasurer.send(f"{PAGE}/reopen", reason=WHY).status_code == 303
    assert WHY in said(treasurer)
    assert kinds(web) == ["close_asked", "closed", "reopen_asked", "reopened"]


def test_with_a_board_the_treasurer_submits_and_the_board_decides(web, treasurer, board):
    assert "Abschluss 2026 zur Freigabe geben" in said(treasurer)
    treasurer.send(f"{PAGE}/close")
    assert "Freigeben muss jemand aus dem Vorstand" in said(treasurer)
    assert "Abschluss 2026 freigeben" in said(board)
    board.send(f"{PAGE}/return", reason="Kassenprüfung steht aus")
    assert "Kassenprüfung steht aus" in said(treasurer)
    treasurer.send(f"{PAGE}/close")
    board.send(f"{PAGE}/approve")
    treasurer.send(f"{PAGE}/reopen", reason=WHY)
    assert "Wiederöffnung von 2026 freigeben" in said(board)
    treasurer.send(f"{PAGE}/take-back", reason="doch nicht nötig")
    assert kinds(web) == ["close_asked", "returned", "close_asked", "closed", "reopen_asked", "returned"]
    assert "An den Tagen von 2026 wird nichts mehr gebucht." in said(treasurer)


def test_a_step_on_a_page_that_has_become_old_is_refused_with_a_sentence(web, treasurer):
    treasurer.send(f"{PAGE}/close")
    again = treasurer.send(f"{PAGE}/close")
    assert (again.status_code, len(kinds(web))) == (409, 2)
    assert "Beim Jahr 2026 hat sich inzwischen etwas geändert" in said_by(again)


def test_who_only_reads_sees_the_state_and_no_button(web, treasurer):
    treasurer.send(f"{PAGE}/close")
    words = said(web.signed_in(Role.AUDITOR))
    assert "Jahr abgeschlossen" in words
    assert "wieder öffnen" not in words


def test_inv_23_a_payment_of_a_closed_year_is_refused_at_the_day_of_receipt(web, treasurer):
    treasurer.send(f"{PAGE}/close")
    form = {"received_on": "30.12.2026", "amount": "600,00", "method": "transfer", "note": "Rest"}
    address = "/treasurer/invoices/RE2027-0001/payment"
    page = treasurer.send(address, **form)
    seen = page.text.partition('name="seen"')[2].partition('value="')[2].partition('"')[0]
    refused = treasurer.send(address, **form, seen=seen)
    assert refused.status_code == 422
    assert "Am 30.12.2026 kann nichts mehr gebucht werden: Das Jahr ist abgeschlossen." in said_by(refused)
    assert 'href="#received_on"' in refused.text


def test_the_list_names_each_year_with_its_state(treasurer):
    treasurer.send(f"{PAGE}/close")
    words = said(treasurer, "/treasurer/year-end")
    assert words.index("2027 Buchungen") < words.index("2026 Buchungen")
    assert "Offen für Buchungen" in words
    assert "Abgeschlossen" in words
    assert treasurer.open("/treasurer/year-end/2019").status_code == 404
