"""A second person on pages: submit, look, approve, return, withdraw, and the settings that ask for it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from membership.domain.policy import Role
from membership.persistence.models.approvals import ApprovalDecision
from tests.web.treasurer.conftest import said_by

INVOICE, ONE = "/treasurer/invoices/RE2027-0001", "/treasurer/approvals/1"


@pytest.fixture
def board(web, billed):
    return web.signed_in(Role.BOARD)


@pytest.fixture
def treasurer(web, board):
    """The treasurer, who has submitted a waiver of 200.00."""
    browser = web.signed_in(Role.TREASURER)
    sent = browser.send(f"{INVOICE}/waive", amount="200,00", reason="Vergleich", resolution="Vorstand 4/2027")
    assert sent.status_code == 303
    return browser


def ends(web):
    return [str(state) for (state,) in web.rows(select(ApprovalDecision.state).order_by(ApprovalDecision.id))]


def said(browser, address=ONE):
    return said_by(browser.open(address))


def test_what_waits_stands_on_the_invoice_in_the_list_and_in_the_navigation(web, treasurer, board):
    on_invoice = said(treasurer, INVOICE)
    assert "Noch ist nichts ausgeführt" in on_invoice
    assert "Wartet auf Freigabe durch" in on_invoice
    assert "200,00 € von RE2027-0001 erlassen" in on_invoice
    assert "RE2027-0001 erlassen" in said(board, "/treasurer/approvals")
    assert 'class="nav-count' in board.open("/treasurer/approvals").text
    assert "Wartet auf Ihre Freigabe" in said(board, "/treasurer/reports/board")


def test_the_board_sees_what_will_happen_and_approves_it(web, treasurer, board):
    page = said(board)
    for words in ("Vergleich", "Vorstand 4/2027", "Danach noch offen", "Freigeben und ausführen"):
        assert words in page
    assert board.send(f"{ONE}/approve").status_code == 303
    assert "Freigegeben und ausgeführt." in said(board)
    assert ends(web) == ["approved"]
    late = web.signed_in(Role.BOARD).send(f"{ONE}/approve")
    assert late.status_code == 409
    assert "war schneller" in said_by(late)


def test_who_submitted_it_can_withdraw_it_and_nothing_else(web, treasurer):
    assert "Freigeben und ausführen" not in said(treasurer)
    assert treasurer.send(f"{ONE}/approve").status_code == 403
    assert treasurer.send(f"{ONE}/withdraw").status_code == 303
    assert ends(web) == ["withdrawn"]


def test_it_is_returned_with_a_reason(web, treasurer, board):
    refused = board.send(f"{ONE}/return", reason=" ")
    assert refused.status_code == 422
    assert "Bitte nennen Sie den Grund" in said_by(refused)
    assert board.send(f"{ONE}/return", reason="Beleg fehlt").status_code == 303
    assert "Beleg fehlt" in said(treasurer)


def test_what_has_changed_since_is_outdated_and_says_so(web, billed, treasurer, board):
    billed.pay(billed.alpha, 5000)
    refused = board.send(f"{ONE}/approve")
    assert refused.status_code == 409
    assert "Seit der Vorlage hat sich etwas geändert" in said_by(refused)
    assert ends(web) == ["outdated"]


def test_asking_for_less_waits_for_an_approval_itself(web, treasurer):
    page = "/treasurer/settings/approvals"
    assert "Freigeben dürfen" in said(treasurer, page)
    wrong = treasurer.send(page, claim_limit_cents="viel", correction_limit_cents="100", claim="y")
    assert wrong.status_code == 422
    kept = dict.fromkeys(("bank", "schedule", "claim", "run"), "y")
    less = treasurer.send(page, claim_limit_cents="500,00", correction_limit_cents="100", **kept)
    assert less.status_code == 303
    assert "Weniger Freigaben verlangen" in said(treasurer, page)
