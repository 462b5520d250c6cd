"""An invoice is taken back by a document of its own: nothing of the original changes, nothing is taken back twice."""

from __future__ import annotations

from hashlib import sha256

import pytest
from pypdfium2 import PdfDocument
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from invoices.checking import check
from invoices.document import Document
from membership.domain.corrections import (
    AlreadyCancelled,
    Cause,
    CorrectionTooLarge,
    PaidMoney,
    Reason,
    ReasonMissing,
)
from membership.domain.errors import NotAllowed
from membership.domain.payments import AmountNotPositive, Share
from membership.domain.policy import Role
from membership.jobs.billing import issue_run, render_waiting
from membership.persistence.db import db, read_as, write
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import Entry, EntryLine, NumberSeries
from membership.persistence.queries.invoicing import get_document
from membership.services import billing, corrections, dispatch, invoicing, ledger, payments
from membership.services.corrections import papers
from tests.conftest import person
from tests.services.corrections.conftest import ALPHA, BETA, DAY, LATER, WRONG
from tests.services.test_tampering import master_of


def paper(books, number):
    return Document.from_content(get_document(read_as(books.actor), number)[0].content["document"])


def test_d_inv_14_a_cancellation_has_its_own_number_and_names_the_original(books):
    assert books.cancel() == "KO2027-0001"
    document = paper(books, "KO2027-0001")
    assert (document.kind, document.refers_to.number, document.gross_cents) == ("cancellation", ALPHA, 60000)
    assert document.payment is None
    assert [line.amount_cents for line in document.lines] == [60000]
    assert "stornieren" in document.intro
    assert books.state() == "cancelled"
    assert books.view().open_cents == 0
    assert books.findings() == []


def test_inv_06_the_original_is_never_touched(books):
    def kept():
        session = read_as(books.actor)
        session.rollback()
        row = session.execute(text("SELECT * FROM invoices WHERE number = 'RE2027-0001'")).one()
        content = invoicing.stored_pdf(session, ALPHA)
        return tuple(row), sha256(content).hexdigest()

    render_waiting(books.actor)
    before = kept()
    books.correct(10000)
    books.cancel()
    assert kept() == before


def test_the_pdf_of_a_cancellation_is_made_and_stored(books):
    number = books.cancel()
    render_waiting(books.actor)
    session = read_as(books.actor)
    invoice, digest = get_document(session, number)
    stored = session.execute(
        select(StoredDocument).where(StoredDocument.invoice_id == invoice.id, StoredDocument.kind == "pdf")
    ).scalar_one()
    assert digest == stored.sha256
    assert invoicing.stored_pdf(session, number).startswith(b"%PDF")


def test_the_entry_takes_income_and_receivable_back(books):
    number = books.cancel()
    session = read_as(books.actor)
    entry = session.execute(select(Entry).where(Entry.kind == "credit_note")).scalar_one()
    lines = session.execute(
        select(EntryLine.account, EntryLine.amount_cents).where(EntryLine.entry_id == entry.id)
    ).all()
    assert entry.text == f"{number} {ALPHA}"
    assert sorted(tuple(line) for line in lines) == [("dues_income", 60000), ("receivables", -60000)]


def test_cancelling_twice_is_refused_and_names_the_document(books):
    books.cancel()
    with pytest.raises(AlreadyCancelled) as refused:
        books.cancel()
    assert refused.value.values["document"] == "KO2027-0001"
    with pytest.raises(AlreadyCancelled):
        books.correct(1)


def test_the_database_itself_refuses_a_second_cancellation(books):
    books.cancel()
    own = {"id", "number", "running", "generation"}
    names = ", ".join(column.name for column in Invoice.__table__.columns if column.name not in own)
    statement = (
        f"INSERT INTO invoices (number, running, generation, {names})"
        f" SELECT 'KO2027-0099', 99, 99, {names} FROM invoices WHERE number = 'KO2027-0001'"
    )
    with pytest.raises(DBAPIError), db.engine.connect().execution_options(write=True) as connection:
        connection.execute(text(statement))


def test_d_inv_15_what_was_paid_becomes_the_credit_balance(books):
    books.pay(60000)
    books.cancel()
    assert (books.credit(), books.state()) == (60000, "cancelled")
    assert "600,00" in paper(books, "KO2027-0001").intro
    assert books.findings() == []


def test_d_inv_15_what_was_paid_settles_what_else_is_open(books):
    write(
        books.actor, ledger.book_opening_item, books.alpha, 25000,
        reference="ALT-1", dues_year=2026, due_on=DAY, today=DAY,
    )  # fmt: skip
    books.pay(60000, shares=[])
    write(books.actor, corrections_payments(books))
    books.cancel(paid=PaidMoney.SETTLE)
    assert books.credit() == 35000
    assert books.findings() == []


def corrections_payments(books):
    """Return a use case that puts all of the only payment on the invoice."""
    item = books.view().open_item_id

    def allocate_all(session):
        payments.allocate(session, 1, [Share(item, 60000)], today=LATER)

    return allocate_all


def test_a_part_payment_comes_free_as_far_as_it_is_no_longer_owed(books):
    books.pay(50000)
    books.correct(20000)
    assert (books.credit(), books.view().open_cents, books.view().standing.paid_cents) == (10000, 0, 40000)
    assert books.state() == "paid"
    assert books.findings() == []


def test_a_partial_credit_takes_its_part_off_the_open_amount(books):
    assert books.correct(15000) == "KO2027-0001"
    document = paper(books, "KO2027-0001")
    assert (document.kind, document.gross_cents) == ("correction", 15000)
    assert "450,00" in document.intro
    assert (books.view().open_cents, books.state()) == (45000, "overdue")
    assert books.findings() == []


def test_after_a_partial_credit_a_cancellation_takes_the_rest(books):
    books.correct(15000)
    assert books.cancel() == "KO2027-0002"
    assert paper(books, "KO2027-0002").gross_cents == 45000
    assert books.state() == "cancelled"
    assert books.findings() == []


@pytest.mark.parametrize("cents", [60000, 60001, 10**9])
def test_a_correction_is_less_than_what_is_left(books, cents):
    with pytest.raises(CorrectionTooLarge):
        books.correct(cents)


@pytest.mark.parametrize("cents", [0, -1])
def test_a_correction_is_more_than_nothing(books, cents):
    with pytest.raises(AmountNotPositive):
        books.correct(cents)


def test_another_reason_needs_words():
    with pytest.raises(ReasonMissing):
        Reason(Cause.OTHER, " ")


def test_the_paper_names_the_cause_but_never_the_words_of_the_office(books):
    books.correct(100)
    assert "Grund: " in paper(books, "KO2027-0001").intro
    books.cancel(reason=Reason(Cause.OTHER, "Der Chef hat sich beschwert"))
    intro = paper(books, "KO2027-0002").intro
    assert "Grund" not in intro
    assert "Chef" not in intro


def test_the_next_number_and_the_draft_of_a_cancellation_are_shown_before_it(books):
    def shown():
        session = read_as(books.actor)
        return papers.next_number(session, LATER), papers.draft_pdf(session, books.view(), today=LATER)

    books.pay(50000)
    number, content = shown()
    text = PdfDocument(content)[0].get_textpage().get_text_bounded()
    assert (number, books.cancel()) == ("KO2027-0001", "KO2027-0001")
    assert "Entwurf" in text
    assert "500,00" in text
    assert "KO2027" not in text
    assert papers.next_number(read_as(books.actor), LATER) == "KO2027-0002"


def test_an_invoice_from_before_e_invoices_is_cancelled_by_a_plain_paper(books):
    content = (
        read_as(books.actor).execute(select(Invoice.content).where(Invoice.number == ALPHA)).scalar_one()
    )
    plain = {**content, "document": {**content["document"], "exchange": None}}
    db.session.remove()
    with master_of("invoices") as connection:
        connection.execute(update(Invoice.__table__).where(Invoice.number == ALPHA).values(content=plain))
    books.cancel()
    assert paper(books, "KO2027-0001").exchange is None
    render_waiting(books.actor)
    assert invoicing.stored_pdf(read_as(books.actor), "KO2027-0001").startswith(b"%PDF")


@pytest.mark.parametrize("role", [Role.OFFICE, Role.BOARD, Role.AUDITOR, Role.ADMIN])
def test_sec_07_only_the_treasurer_cancels(books, role):
    with pytest.raises(NotAllowed):
        write(person(role), corrections.cancel_invoice, ALPHA, reason=WRONG, today=LATER)


def test_inv_03_corrections_have_a_series_without_gap_beside_the_invoices(books):
    books.correct(100)
    with pytest.raises(CorrectionTooLarge):
        books.correct(10**9)
    books.correct(100, number=BETA)
    books.cancel(BETA)
    session = read_as(books.actor)
    numbers = session.execute(
        select(Invoice.number).where(Invoice.series == "KO").order_by(Invoice.id)
    ).scalars()
    assert list(numbers) == ["KO2027-0001", "KO2027-0002", "KO2027-0003"]
    assert session.get(NumberSeries, ("RE", 2027)).last == 2


def test_inv_12_a_cancelled_invoice_may_be_billed_again_and_only_then(books):
    assert billed_again(books) == []
    books.cancel()
    assert billed_again(books) == [("RE2027-0003", 2)]
    assert billed_again(books) == []
    assert books.findings() == []


def billed_again(books):
    """Bill the year once more and return (number, generation) of what that made."""
    session = read_as(books.actor)
    before = set(session.execute(select(Invoice.number)).scalars())
    run_id = write(books.actor, billing.plan_run, 2027, issued_on=LATER, today=LATER)
    write(books.actor, billing.refresh_run, run_id)
    try:
        write(books.actor, billing.release_run, run_id, today=LATER)
    except billing.NothingToBill:
        return []
    issue_run(books.actor, run_id, base_url="http://localhost", today=LATER)
    rows = read_as(books.actor).execute(
        select(Invoice.number, Invoice.generation).where(Invoice.number.not_in(before))
    )
    return [tuple(row) for row in rows]


def test_what_waits_to_be_sent_of_a_cancelled_invoice_is_taken_back_and_its_cancellation_can_be_sent(books):
    assert write(books.actor, dispatch.send_invoices, [ALPHA, BETA]) == 2
    books.cancel()
    number = "KO2027-0001"
    assert write(books.actor, dispatch.send_invoices, [number]) == 1
    found = read_as(books.actor).execute(select(Dispatch.document, Dispatch.state)).all()
    assert sorted(found) == [(number, "new"), (ALPHA, "withdrawn"), (BETA, "new")]


def test_a_cancellation_and_a_correction_carry_the_data_of_type_381_and_a_corrected_invoice_of_384(books):
    books.correct(10000)
    books.cancel()
    replaced = write(
        books.actor, corrections.replace_invoice, BETA, reason=WRONG, base_url="http://localhost", today=LATER
    )
    render_waiting(books.actor)
    session = read_as(books.actor)
    session.rollback()
    for number, type_code in (("KO2027-0001", "381"), ("KO2027-0002", "381"), (replaced, "384")):
        xml = invoicing.stored_xml(session, number).decode()
        assert f"<ram:TypeCode>{type_code}</ram:TypeCode>" in xml, number
        assert check(invoicing.stored_pdf(session, number), "de").findings == (), number
