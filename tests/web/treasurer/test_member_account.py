"""The account of a member: a range of days, its balances, and the two letters about it."""

from __future__ import annotations

from datetime import date

import pypdfium2
import pytest
from sqlalchemy import event

from membership.domain.policy import Role
from membership.persistence.db import db, write
from membership.services import members
from tests.invoices.printed import plain
from tests.web.treasurer.conftest import BOOKKEEPER, main_of, said_by

PAGE = "/treasurer/members/M0001/account"


@pytest.fixture
def treasurer(web, billed):
    return web.signed_in(Role.TREASURER)


def printed(response):
    assert response.status_code == 200, response.text
    assert response.content_type == "application/pdf"
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(response.data)]
    return plain(" ".join(" ".join(pages).split()))


def test_the_range_has_the_balance_before_it_and_after_it(billed, treasurer):
    billed.pay(billed.alpha, 20000, date(2027, 2, 10))
    whole = said_by(treasurer.get(PAGE))
    assert "Anfangssaldo Soll" not in whole
    assert "Beitragsrechnung RE2027-0001" in whole
    later = said_by(treasurer.get(f"{PAGE}?since=1.2.2027"))
    assert "Beitragsrechnung RE2027-0001" not in later
    assert "600,00 €" in later
    assert "Saldo an diesem Tag" in later
    assert "400,00 €" in later
    early = said_by(treasurer.get(f"{PAGE}?until=1.2.2027"))
    assert "400,00 €" not in early.split("Soll")[-1]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=1.2.2027&until=1.1.2027", "Der Zeitraum endet, bevor er beginnt."),
        ("until=1.1.2099", "Dieser Tag kommt erst noch."),
        ("since=neulich", "„neulich“ ist kein Tag."),
    ],
)
def test_a_range_that_cannot_be_is_named_and_kept(treasurer, query, sentence):
    page = treasurer.get(f"{PAGE}?{query}")
    assert page.status_code == 422
    assert said_by(page).count(sentence) == 2
    assert f'value="{query.split("=")[-1]}"' in main_of(page)


def test_both_letters_say_what_the_books_say(billed, treasurer):
    billed.pay(billed.alpha, 20000, date(2027, 2, 10))
    page = main_of(treasurer.get(f"{PAGE}?since=1.2.2027"))
    assert "since=2027-02-01&amp;until=2027-02-16" in page
    letter = printed(treasurer.get(f"{PAGE}/pdf?since=2027-02-01&until=2027-02-16"))
    assert "Saldo vor dem 01.02.2027 600,00 €" in letter
    assert "Saldo am 16.02.2027 400,00 €" in letter
    assert "Offen sind 400,00 €." in letter
    confirm = printed(treasurer.get(f"{PAGE}/confirmation?until=2027-02-16"))
    assert "RE2027-0001, fällig am 31.01.2027" in confirm
    assert "Saldo am 16.02.2027 400,00 €" in confirm
    before = printed(treasurer.get(f"{PAGE}/confirmation?until=2027-01-01"))
    assert "Nichts ist offen." in before


def test_a_credit_balance_is_named_as_one(billed, treasurer):
    billed.pay(billed.alpha, 70000, date(2027, 2, 10))
    assert "Sie haben ein Guthaben von 100,00 €." in printed(treasurer.get(f"{PAGE}/pdf"))
    assert "Guthaben −100,00 €" in printed(treasurer.get(f"{PAGE}/confirmation"))


def test_a_letter_is_in_the_language_of_the_member(billed, treasurer):
    write(BOOKKEEPER, members.change_member, "M0001", {"language": "en"})
    assert "Account statement" in printed(treasurer.get(f"{PAGE}/pdf"))


def test_a_name_that_cannot_be_printed_is_said_in_one_sentence(billed, treasurer):
    write(BOOKKEEPER, members.change_member, "M0001", {"name": "Firma 中 GmbH"})
    refused = treasurer.get(f"{PAGE}/pdf")
    assert refused.status_code == 422
    assert "lässt sich nicht drucken" in said_by(refused)


def test_who_reads_members_reads_their_account_and_others_do_not(web, billed):
    for role in (Role.OFFICE, Role.BOARD, Role.AUDITOR):
        assert web.signed_in(role).get(PAGE).status_code == 200
    assert web.signed_in(Role.ADMIN).get(PAGE).status_code == 403


def test_the_tabs_lead_to_the_parts_of_the_record(billed, treasurer):
    page = main_of(treasurer.get("/treasurer/members/M0001/invoices"))
    for part in ("account", "invoices", "history"):
        assert f'href="/treasurer/members/M0001/{part}"' in page
    assert "RE2027-0001" in page
    assert 'href="/treasurer/invoices/RE2027-0001/pdf"' in page


@pytest.mark.parametrize("part", ["", "/account", "/invoices", "/history"])
def test_a_page_of_the_record_takes_as_many_statements_with_much_as_with_little(billed, treasurer, part):
    page = f"/treasurer/members/M0001{part}"

    def statements():
        found = []
        engine = db.engine
        listen = lambda *arguments: found.append(arguments[2])  # noqa: E731 - counted and forgotten
        event.listen(engine, "before_cursor_execute", listen)
        treasurer.get(page)
        event.remove(engine, "before_cursor_execute", listen)
        return len(found)

    treasurer.get(page)
    few = statements()
    for day in range(1, 13):
        billed.pay(billed.alpha, 100, date(2027, 1, day + 15))
    assert statements() == few
