"""Money that nobody can place is asked about by mail: through the outbox, noted with the entry."""

from __future__ import annotations

import pytest

from membership.domain.banking.statements import QuestionMissing, RecipientMissing, WrongDirection
from membership.domain.dispatch import AddressUnusable
from membership.persistence.db import read_as, write
from membership.persistence.queries.bank_questions import last_questions, list_questions
from membership.services.banking.asking import ask, usual_question
from membership.services.dispatch.words import words_of
from tests.factories import make_association, make_member
from tests.services.banking.books import entry, statement, taken_in


@pytest.fixture
def books(app, treasurer):
    """Money of somebody unknown, a debit, a member with an address for invoices and one without."""
    make_association(treasurer)
    make_member(treasurer, number="M0001", name="Hansa GmbH", invoice_email="buero@hansa.example")
    make_member(treasurer, number="M0002", name="Weser AG", invoice_email="")
    taken_in(treasurer, statement(entry(60_000, "Danke für alles", name="Unbekannt"), entry(-500, "Porto")))
    return treasurer


def test_a_question_goes_to_the_member_or_the_payer_and_stands_with_the_entry(books):
    assert write(books, ask, 1, member="M0001", address="", question="Wofür?  ") == 1
    assert write(books, ask, 1, member="M0001", address="kasse@zahler.example", question="Und jetzt?") == 1
    session = read_as(books)
    first, second = list_questions(session, 1)
    assert (first.recipient, second.recipient) == ("buero@hansa.example", "kasse@zahler.example")
    assert last_questions(session, [1, 2]) == {1: second}
    assert last_questions(session, []) == {}
    said = words_of(session, first, zone="UTC")
    assert said.subject == "Frage zu Ihrer Zahlung über 600,00 € vom 03.02.2027".replace(" €", "\u00a0€")
    for text in ("Wofür?", "Auftraggeber: Unbekannt", "Verwendungszweck: Danke für alles"):
        assert text in said.body


def test_a_member_whose_invoices_go_by_post_is_asked_by_mail_all_the_same(books):
    make_member(books, number="M0003", invoice_way="post", invoice_email="kasse@elbe.example")
    assert write(books, ask, 1, member="M0003", address="", question="Wofür?") == 1
    assert [each.recipient for each in list_questions(read_as(books), 1)] == ["kasse@elbe.example"]


@pytest.mark.parametrize(
    ("line", "changes", "refusal"),
    [
        (2, {}, WrongDirection),
        (1, {"question": "  "}, QuestionMissing),
        (1, {"question": "x" * 1001}, QuestionMissing),
        (1, {"member": "M0002"}, RecipientMissing),
        (1, {"address": "a@b, c@d"}, AddressUnusable),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_sent(books, line, changes, refusal):
    given = {"member": "M0001", "address": "", "question": "Wofür?", **changes}
    with pytest.raises(refusal):
        write(books, ask, line, **given)
    assert list_questions(read_as(books), line) == []


def test_the_draft_asks_what_the_payment_is_for_or_what_to_do_with_the_rest():
    assert "Rechnungsnummer" in usual_question(0, "de")
    assert "100.00" in usual_question(10_000, "en")
