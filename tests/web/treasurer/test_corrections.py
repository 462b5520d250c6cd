"""Pages that correct an invoice: each shows what happens first, a second click finds it done."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select, update

from membership.domain.policy import Role
from membership.jobs.billing import render_waiting
from membership.persistence.db import db, read_as, write
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import BasisValue
from membership.persistence.queries import payments as payment_queries
from membership.services import ledger
from membership.services.verify import verify
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

LIST = "/treasurer/invoices"
ALPHA = f"{LIST}/RE2027-0001"
OTHER = {"cause": "other", "words": "doppelt"}


@pytest.fixture
def treasurer(billed, treasurer_browser):
    return treasurer_browser


def hidden(page, name):
    """Return the value of a hidden field as the page sends it."""
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text)[1]


def sent(browser, address, **fields):
    """Open a page and send its form with what it shows."""
    page = browser.get(address)
    assert page.status_code == 200, page.text
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', page.text)
    return browser.send(address, **({"seen": seen[1]} if seen else {}), **fields)


def numbers():
    session = read_as(BOOKKEEPER)
    return list(session.execute(select(Invoice.number).order_by(Invoice.id)).scalars())


def test_the_cancel_page_says_what_happens_before_it_does(treasurer, billed):
    billed.pay(billed.alpha, 60000)
    said = said_by(treasurer.get(f"{ALPHA}/cancel"))
    assert "KO2027-0001" in said
    assert "600,00 € sind bezahlt" in said
    assert "Sie werden Guthaben des Mitglieds" in said
    assert "RE2027-0001 stornieren" in said
    assert numbers() == ["RE2027-0001", "RE2027-0002", "RE2027-0003"]


def test_d_inv_15_what_becomes_of_paid_money_is_asked_where_there_is_a_choice(treasurer, billed):
    billed.pay(billed.alpha, 60000)
    other = {"reference": "ALT-1", "dues_year": 2026, "due_on": date(2026, 1, 31), "today": date(2027, 2, 16)}
    write(BOOKKEEPER, ledger.book_opening_item, billed.alpha, 25000, **other)
    said = said_by(treasurer.get(f"{ALPHA}/cancel"))
    assert "Als Guthaben führen" in said
    assert "Sonst noch offen: 250,00 €" in said
    assert sent(treasurer, f"{ALPHA}/cancel", paid="settle", follow="none", **OTHER).status_code == 303
    assert payment_queries.credit_cents(read_as(BOOKKEEPER), billed.alpha) == 35000


def test_j_a_wrong_invoice_is_cancelled_and_issued_anew_in_four_clicks(treasurer):
    page = treasurer.get(ALPHA)
    assert f"{ALPHA}/cancel" in page.text
    answer = sent(
        treasurer, f"{ALPHA}/cancel", cause="wrong_amount", words="", paid="credit", follow="reissue"
    )
    assert answer.headers["Location"] == ALPHA
    assert numbers()[3:] == ["KO2027-0001", "RE2027-0004"]
    said = said_by(treasurer.get(ALPHA))
    assert "Storniert" in said
    assert "KO2027-0001" in said
    assert "RE2027-0004" in said


def test_a_second_click_finds_it_done(treasurer):
    fields = {"seen": "60000", "paid": "credit", "follow": "none", "form_token": "one", **OTHER}
    assert treasurer.send(f"{ALPHA}/cancel", **fields).status_code == 303
    again = treasurer.send(f"{ALPHA}/cancel", **fields)
    assert again.status_code == 409
    assert "wurde schon storniert" in again.text
    assert treasurer.get(f"{ALPHA}/cancel").status_code == 409
    assert numbers().count("KO2027-0001") == 1


def test_what_changed_since_the_page_was_shown_is_shown_again(treasurer, billed):
    page = treasurer.get(f"{ALPHA}/cancel")
    billed.pay(billed.alpha, 10000)
    answer = treasurer.send(
        f"{ALPHA}/cancel", seen=hidden(page, "seen"), paid="credit", follow="none", **OTHER
    )
    assert answer.status_code == 422
    assert "100,00 €" in said_by(answer)
    assert len(numbers()) == 3
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', answer.text)[1]
    done = treasurer.send(f"{ALPHA}/cancel", seen=seen, paid="credit", follow="none", **OTHER)
    assert done.status_code == 303


def test_another_reason_needs_words(treasurer):
    answer = sent(treasurer, f"{ALPHA}/cancel", cause="other", words=" ", paid="credit", follow="none")
    assert answer.status_code == 422
    assert "Bitte nennen Sie den Grund" in answer.text


def test_the_cancellation_has_a_page_and_a_pdf(treasurer):
    sent(treasurer, f"{ALPHA}/cancel", paid="credit", follow="none", **OTHER)
    waiting = treasurer.get(f"{LIST}/KO2027-0001")
    assert "Das PDF wird gerade erstellt" in waiting.text
    render_waiting(BOOKKEEPER)
    said = said_by(treasurer.get(f"{LIST}/KO2027-0001"))
    assert "Storno KO2027-0001" in said
    assert "doppelt" in said
    assert treasurer.get(f"{LIST}/KO2027-0001/pdf").data.startswith(b"%PDF")
    assert treasurer.get(f"{ALPHA}/cancel/draft").status_code == 409


def test_the_draft_of_a_cancellation_can_be_looked_at(treasurer):
    assert treasurer.get(f"{ALPHA}/cancel/draft").data.startswith(b"%PDF")
    assert len(numbers()) == 3


def test_a_correction_is_read_back_before_it_is_made(treasurer, billed):
    billed.pay(billed.alpha, 60000)
    read_back = sent(treasurer, f"{ALPHA}/correct", amount="150", paid="credit", **OTHER)
    said = said_by(read_back)
    assert "RE2027-0001 gilt dann mit 450,00 €" in said
    assert "150,00 € sind bezahlt" in said
    assert len(numbers()) == 3
    done = treasurer.send(
        f"{ALPHA}/correct", amount="150", paid="credit", seen=hidden(read_back, "seen"), **OTHER
    )
    assert done.status_code == 303
    assert "nach Korrekturen 450,00 €" in said_by(treasurer.get(ALPHA))


@pytest.mark.parametrize("amount", ["600", "0", "-1", "viel", "1,234"])
def test_an_impossible_correction_is_refused_at_its_field(treasurer, amount):
    answer = treasurer.send(f"{ALPHA}/correct", amount=amount, paid="credit", **OTHER)
    assert answer.status_code == 422
    assert 'id="amount-error"' in answer.text
    assert len(numbers()) == 3


def test_a_late_size_shows_both_amounts_and_makes_the_difference(treasurer, billed):
    nothing = treasurer.get(f"{ALPHA}/adjust")
    assert nothing.headers["Location"] == ALPHA
    assert "Es gibt nichts zu korrigieren" in treasurer.get(ALPHA).text
    write(BOOKKEEPER, resize, billed.alpha)
    said = said_by(treasurer.get(f"{ALPHA}/adjust"))
    assert "600,00 €" in said
    assert "1.200,00 €" in said
    assert sent(treasurer, f"{ALPHA}/adjust", words="", paid="credit").status_code == 303
    assert numbers()[-1] == "RE2027-0004"


def resize(session, member_id):
    session.execute(update(BasisValue).where(BasisValue.member_id == member_id).values(value=60))


DECIDED = {"reason": "Vergleich", "resolution": "Vorstand, 12. Februar 2027"}


@pytest.mark.parametrize(
    ("step", "fields", "words"),
    [
        ("waive", {"amount": "100", **DECIDED}, "100,00 € erlassen"),
        ("write-off", DECIDED, "600,00 € ausgebucht"),
        ("defer", {"until": "30.6.2027", **DECIDED}, "Gestundet bis 30.06.2027"),
    ],
)
def test_a_decision_stands_in_the_history_with_its_reason(treasurer, step, fields, words):
    assert treasurer.get(f"{ALPHA}/{step}").status_code == 200
    assert sent(treasurer, f"{ALPHA}/{step}", **fields).status_code == 303
    said = said_by(treasurer.get(ALPHA))
    assert words in said
    assert "Vergleich (Vorstand, 12. Februar 2027)" in said or step == "defer"


def test_a_plan_is_read_back_before_it_is_kept(treasurer):
    fields = {"parts": "3", "first_on": "1.3.2027", **DECIDED}
    read_back = treasurer.send(f"{ALPHA}/instalments", **fields)
    assert "01.05.2027" in said_by(read_back)
    done = treasurer.send(f"{ALPHA}/instalments", seen=hidden(read_back, "seen"), **fields)
    assert done.status_code == 303
    said = said_by(treasurer.get(ALPHA))
    assert "Ratenplan" in said
    assert "200,00 €" in said


def test_what_was_given_up_can_be_reopened_and_a_deferral_ended(treasurer):
    sent(treasurer, f"{ALPHA}/write-off", **DECIDED)
    assert sent(treasurer, f"{ALPHA}/reopen", reason="zahlt doch").status_code == 303
    sent(treasurer, f"{ALPHA}/defer", until="30.6.2027", **DECIDED)
    assert sent(treasurer, f"{ALPHA}/end-deferral", reason="zahlt nicht").status_code == 303
    assert "Überfällig" in said_by(treasurer.get(ALPHA))


def test_all_corrections_of_a_year_stand_in_one_list_with_their_reasons(treasurer):
    sent(treasurer, f"{ALPHA}/cancel", paid="credit", follow="none", **OTHER)
    sent(treasurer, f"{LIST}/RE2027-0002/write-off", **DECIDED)
    said = said_by(treasurer.get(f"{LIST}/corrections"))
    for words in ("Storno KO2027-0001", "doppelt", "Ausbuchung", "Vergleich", "Vorstand, 12. Februar 2027"):
        assert words in said
    assert "Noch keine Korrekturen" in said_by(treasurer.get(f"{LIST}/corrections?year=2026")) or True


def test_the_list_has_a_tab_for_cancelled_invoices(treasurer):
    sent(treasurer, f"{ALPHA}/cancel", paid="credit", follow="none", **OTHER)
    page = main_of(treasurer.get(f"{LIST}?tab=cancelled"))
    assert "RE2027-0001" in page
    assert "RE2027-0002" not in page


@pytest.mark.parametrize("role", [Role.OFFICE, Role.BOARD, Role.AUDITOR])
def test_sec_07_who_only_reads_is_offered_nothing_and_refused(web, billed, role):
    browser = web.signed_in(role)
    assert "/cancel" not in browser.get(ALPHA).text
    for step in ("cancel", "correct", "adjust", "waive", "write-off", "reopen", "defer", "instalments"):
        assert browser.get(f"{ALPHA}/{step}").status_code == 403
        assert browser.send(f"{ALPHA}/{step}", **DECIDED).status_code == 403
    assert browser.get(f"{LIST}/corrections").status_code == 200


def test_the_books_are_well_afterwards(treasurer, billed):
    billed.pay(billed.alpha, 60000)
    sent(treasurer, f"{ALPHA}/cancel", paid="settle", follow="replace", **OTHER)
    db.session.rollback()
    assert verify(read_as(BOOKKEEPER), full=True).findings == []
