"""What happened to a member, in words: on its record, page by page, and for every action that the services note."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from membership.domain.dues.facts import OverrideKind
from membership.domain.members import EndCause
from membership.domain.payments import Method
from membership.domain.policy import ACTIONS, Actor, Job, Role
from membership.persistence.db import write
from membership.services import members, payments
from membership.web.treasurer import members as member_pages
from membership.web.treasurer.audit import ACTION_WORDS
from membership.wording import catalogue
from tests.web.treasurer.conftest import BOOKKEEPER, said_by

SERVICES = Path(__file__).resolve().parents[3] / "membership" / "services" / "members"
TODAY = date(2027, 2, 16)
PAGE = "/treasurer/members/M0001/history"


@pytest.fixture
def said(billed, treasurer_browser):
    """Return the words of the history after one step by the services."""

    def after(use_case, *args, **kwargs):
        write(BOOKKEEPER, use_case, "M0001", *args, **kwargs)
        return said_by(treasurer_browser.get(PAGE))

    return after


def noted_actions() -> set[str]:
    """Return every action that the services of members write into the audit log."""
    text = "\n".join(path.read_text("utf-8") for path in SERVICES.glob("*.py"))
    return set(re.findall(r'"(member\.[a-z_]*[a-z])"', text)) - {*ACTIONS, "member.pattern"} | {
        "member.import"
    }


def test_every_action_that_services_note_about_members_has_words():
    assert member_pages.blueprint.name == "members"  # its module gives the words
    found = noted_actions()
    assert {"member.create", "member.contact_restore", "member.undo_import_change"} <= found
    assert found - ACTION_WORDS.keys() == set()
    assert {action for action in found if ACTION_WORDS[action] not in catalogue("de")} == set()


def test_a_change_says_what_was_before_and_what_is_now(said):
    text = said(members.change_member, {"city": "Oldenburg", "founded_on": date(1998, 5, 1)})
    assert "Mitglied geändert" in text
    assert "Ort: Bremen → Oldenburg" in text
    assert "Gegründet am: 01.05.1998" in text


def test_an_iban_is_shown_by_its_end_only(said):
    text = said(members.change_member, {"iban": "DE02120300000000202051"})
    assert "IBAN: DE•• •••• 2051" in text


def test_sizes_amounts_decisions_and_ends_are_worded(said):
    text = said(members.record_basis_value, "headcount", Fraction(1250), as_of=date(2027, 1, 1))
    assert "Stichtag: 01.01.2027 Beschäftigtenzahl: 1.250" in text
    assert "Vereinbarter Betrag: 1.500,00 €" in said(
        members.set_agreed_amount, 150_000, from_year=2027, reason="Vertrag"
    )
    text = said(
        members.set_override, kind=OverrideKind.PERCENT, value=Fraction(50), from_year=2027, reason="Not"
    )
    assert "Beschluss: Zu zahlender Anteil von 50 %" in text
    text = said(members.end_membership, on=date(2027, 12, 31), cause=EndCause.MERGER, today=TODAY)
    assert "Mitgliedschaft endet: Verschmelzung mit einer anderen Firma" in text
    assert "Letzter Tag: 31.12.2027" in text


def test_a_category_is_called_by_its_name_here_and_in_the_audit_log(said, treasurer_browser):
    text = said(members.set_category, "FOE", valid_from=date(2027, 3, 1))
    log = said_by(treasurer_browser.get("/treasurer/audit?kind=member&object=M0001"))
    for told in (text, log):
        assert "Kategorie: Ordentliches Mitglied → Fördermitglied" in told
        assert "ORD" not in told


def test_what_a_job_did_is_told_in_words_on_every_page(billed, treasurer_browser):
    worker = Actor(name="worker", at=datetime(2027, 2, 16, tzinfo=UTC), request_id="job-1", job=Job.WORKER)
    write(
        worker, payments.record_payment, billed.alpha, 10000,
        received_on=TODAY, method=Method.TRANSFER, today=TODAY,
    )  # fmt: skip
    for address in (
        PAGE,
        "/treasurer/members/M0001",
        "/treasurer/payments/1",
        "/treasurer/invoices/RE2027-0001",
    ):
        text = said_by(treasurer_browser.get(address))
        assert "· Hintergrundarbeit (Programm)" in text, address
        assert "· worker" not in text


def test_functions_of_a_contact_are_named(said):
    text = said(members.add_contact, {"name": "Maren Brandt", "functions": ["billing", "main"]})
    assert "Funktionen: Rechnung, Hauptansprechpartner Name: Maren Brandt" in text


def test_invoices_and_payments_are_linked_with_their_amounts(billed, treasurer_browser):
    billed.pay(billed.alpha, 10000)
    html = treasurer_browser.get(PAGE).text.replace("\xa0", " ")
    assert re.search(r'href="/treasurer/invoices/RE2027-0001">Rechnung erstellt: 600,00 €', html)
    assert re.search(r'href="/treasurer/payments/1">Zahlung erfasst: 100,00 €', html)


def test_a_long_history_has_pages(billed, treasurer_browser):
    for heads in range(60):
        write(
            BOOKKEEPER, members.record_basis_value, "M0001", "headcount", Fraction(heads + 100),
            as_of=date(2027, 1, 1),
        )  # fmt: skip
    first = treasurer_browser.get(PAGE).text
    assert first.count('class="timeline-when"') == 50
    assert f"{PAGE}?page=2" in first
    assert "Rechnung erstellt" in treasurer_browser.get(f"{PAGE}?page=2").text


def test_who_reads_members_reads_their_history(web, billed):
    assert web.signed_in(Role.OFFICE).get(PAGE).status_code == 200
    assert web.signed_in(Role.ADMIN).get(PAGE).status_code == 403
    assert web.signed_in(Role.BOARD).get("/treasurer/members/M9999/history").status_code == 404
