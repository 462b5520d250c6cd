"""A single invoice: drafted, looked at, issued once, and taken back like any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count

import pytest
from sqlalchemy import select

from invoices.document import Document
from membership.domain.billing import ItemState
from membership.domain.corrections import Cause, Reason
from membership.domain.dues.assessment import LineKind
from membership.domain.errors import NotAllowed
from membership.domain.policy import Role
from membership.domain.single_invoices import DraftKind, FreeLine, Vat
from membership.jobs.billing import issue_run, render_waiting
from membership.persistence.db import read_as, write
from membership.persistence.models.billing import RunItem
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.queries.drafts import count_drafts, get_draft, list_drafts
from membership.services import association, billing, corrections, settings, single_invoices
from membership.services.billing import AlreadyBilled
from membership.services.corrections.reassessing import NoMemberThen, NotDecided, NotDues
from membership.services.verify import verify
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member
from tests.services.test_invoicing import logo

DAY = date(2027, 3, 1)
LINES = (FreeLine("Aufnahme in das Verzeichnis", 5000, LineKind.ADMISSION_FEE), FreeLine("Nachtrag", 2550))
_forms = count()


@pytest.fixture
def member(app, treasurer):
    make_association(treasurer)
    return make_member(treasurer, number="M0001")


def start(actor, kind=DraftKind.ITEMS, number="M0001", year=2027):
    return write(actor, single_invoices.start_draft, number, kind, dues_year=year)


def drafted(actor, lines=LINES, **changes):
    draft_id = start(actor)
    text = single_invoices.DraftText(dues_year=2027, title="Verzeichnis 2027", lines=lines, **changes)
    write(actor, single_invoices.change_draft, draft_id, text, version=1)
    return draft_id


def issue(actor, draft_id, cents=7550, version=2, **changes):
    actor = replace(actor, form_token=f"form-{next(_forms)}")
    given = {"today": DAY, "base_url": "http://localhost", **changes}
    return write(actor, single_invoices.issue_draft, draft_id, version=version, cents=cents, **given)


def only(actor, statement):
    return read_as(actor).execute(statement).scalar_one()


def test_free_lines_become_an_invoice_that_is_numbered_booked_and_printed(treasurer, member):
    draft_id = drafted(treasurer, due_on=date(2027, 3, 20), text="wie am Telefon besprochen:")
    assert [view.draft.id for view in list_drafts(read_as(treasurer))] == [draft_id]
    assert issue(treasurer, draft_id) == ["RE2027-0001"]
    invoice = only(treasurer, select(Invoice))
    assert (invoice.gross_cents, invoice.fee, invoice.due_on) == (
        7550,
        f"single:{draft_id}",
        date(2027, 3, 20),
    )
    paper = Document.from_content(invoice.content["document"])
    assert paper.subject == "Verzeichnis 2027"
    assert paper.intro == "wie am Telefon besprochen:"
    assert not paper.is_dues
    assert [(line.text, line.amount_cents, line.details) for line in paper.lines] == [
        ("Aufnahme in das Verzeichnis", 5000, ()),
        ("Nachtrag", 2550, ()),
    ]
    booked = read_as(treasurer).execute(select(EntryLine.account, EntryLine.amount_cents)).all()
    assert sorted((str(account), cents) for account, cents in booked) == [
        ("admission_income", -5000),
        ("dues_income", -2550),
        ("receivables", 7550),
    ]
    assert only(treasurer, select(OpenItem.open_cents)) == 7550
    render_waiting(treasurer)
    assert only(treasurer, select(StoredDocument.content).where(StoredDocument.kind == "pdf")).startswith(
        b"%PDF"
    )
    assert count_drafts(read_as(treasurer)) == 0
    assert verify(read_as(treasurer), full=True).findings == []


def test_inv_12_a_draft_becomes_one_invoice_only(treasurer, member):
    draft_id = drafted(treasurer)
    issue(treasurer, draft_id)
    with pytest.raises(single_invoices.DraftIssued):
        issue(treasurer, draft_id)
    with pytest.raises(single_invoices.DraftIssued):
        write(treasurer, single_invoices.discard_draft, draft_id)
    assert only(treasurer, select(Invoice.number)) == "RE2027-0001"


def test_an_invoice_with_vat_shows_it_and_books_it(treasurer, member):
    write(treasurer, settings.change_settings, {"association.vat_id": "DE136695976"})
    draft_id = drafted(treasurer, lines=[FreeLine("Messestand", 10000, LineKind.SERVICE_FEE, Vat.REGULAR)])
    issue(treasurer, draft_id, cents=11900)
    invoice = only(treasurer, select(Invoice))
    assert (invoice.net_cents, invoice.tax_cents) == (10000, 1900)
    render_waiting(treasurer)
    assert verify(read_as(treasurer), full=True).findings == []


def test_the_sentence_about_genuine_dues_stands_on_no_invoice_for_a_service(treasurer, member):
    issue(treasurer, drafted(treasurer))
    issue(treasurer, drafted(treasurer, lines=[FreeLine("Messestand", 7550, LineKind.SERVICE_FEE)]))
    contents = read_as(treasurer).execute(select(Invoice.content).order_by(Invoice.id)).scalars()
    notes = [content["document"]["tax_note"] for content in contents]
    assert notes == [
        "Echter Mitgliedsbeitrag, nicht umsatzsteuerbar.",
        "Es wird keine Umsatzsteuer berechnet.",
    ]


def test_the_dues_of_a_member_that_joined_late_are_billed_alone(treasurer, member):
    make_member(treasurer, number="M0002", start=date(2027, 7, 31))
    draft_id = start(treasurer, DraftKind.DUES, "M0002")
    issue(treasurer, draft_id, cents=45000, version=1)
    invoice = only(treasurer, select(Invoice))
    assert (invoice.fee, invoice.run_id, invoice.gross_cents) == ("dues", None, 45000)
    assert invoice.due_on == date(2027, 3, 31)
    run_id = bill_year(treasurer, today=DAY)
    states = select(RunItem.state).where(RunItem.run_id == run_id)
    assert read_as(treasurer).execute(states).scalars().all() == [ItemState.DONE]
    assert verify(read_as(treasurer), full=True).findings == []


def test_inv_12_dues_that_a_run_has_billed_are_refused(treasurer, member):
    bill_year(treasurer, today=DAY)
    draft_id = start(treasurer, DraftKind.DUES)
    with pytest.raises(AlreadyBilled, match="RE2027-0001"):
        issue(treasurer, draft_id, cents=60000, version=1)


def test_inv_12_a_run_at_work_does_not_bill_what_was_billed_alone_meanwhile(treasurer, member):
    run_id = write(treasurer, billing.plan_run, 2027, issued_on=DAY, today=DAY)
    write(treasurer, billing.release_run, run_id, today=DAY)
    issue(treasurer, start(treasurer, DraftKind.DUES), cents=60000, version=1)
    issue_run(treasurer, run_id, base_url="http://localhost", today=DAY)
    assert only(treasurer, select(RunItem.state)) is ItemState.FAILED
    assert only(treasurer, select(Invoice.number)) == "RE2027-0001"
    assert verify(read_as(treasurer), full=True).findings == []


def test_dues_that_nobody_can_work_out_are_refused_with_the_reason(treasurer, member):
    make_member(treasurer, number="M0003", headcount=None, category="FOE")
    draft_id = start(treasurer, DraftKind.DUES, "M0003")
    with pytest.raises(NotDecided):
        issue(treasurer, draft_id, version=1)


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"start": date(2028, 1, 1)}, NoMemberThen), ({"category": "EHR"}, single_invoices.NothingOwedThen)],
)
def test_who_owes_no_dues_for_the_year_gets_no_invoice_of_dues(treasurer, member, changes, error):
    make_member(treasurer, number="M0003", **changes)
    with pytest.raises(error):
        issue(treasurer, start(treasurer, DraftKind.DUES, "M0003"), cents=0, version=1)


def test_a_draft_of_dues_keeps_its_day_and_words_and_takes_no_lines(treasurer, member):
    draft_id = start(treasurer, DraftKind.DUES)
    text = single_invoices.DraftText(
        dues_year=2027, due_on=date(2027, 5, 3), text=" wie besprochen ", lines=LINES
    )
    assert write(treasurer, single_invoices.change_draft, draft_id, text, version=1) == 2
    issue(treasurer, draft_id, cents=60000)
    invoice = only(treasurer, select(Invoice))
    assert (invoice.gross_cents, invoice.due_on) == (60000, date(2027, 5, 3))
    assert "wie besprochen" in invoice.content["document"]["intro"]


@pytest.mark.parametrize("with_logo", [False, True])
def test_the_paper_of_a_draft_is_shown_with_the_logo_and_without_a_number(treasurer, member, with_logo):
    if with_logo:
        write(treasurer, association.change_look, colour="#0a5bb5", logo=logo("red"))
    session = read_as(treasurer)
    view = get_draft(session, drafted(treasurer))
    given = {"today": DAY, "base_url": "http://localhost"}
    [paper] = single_invoices.preview_documents(session, view, **given)
    assert (paper.number, paper.is_draft, paper.gross_cents) == (None, True, 7550)
    assert bool(paper.issuer.logo) is with_logo
    assert single_invoices.preview_pdf(session, view, part=1, **given).startswith(b"%PDF")


def test_d_inv_15a_a_large_change_needs_a_word(treasurer, member):
    issue(treasurer, start(treasurer, DraftKind.DUES), cents=60000, version=1)
    make_member(treasurer, number="M0004", headcount=300)
    before = start(treasurer, DraftKind.DUES, "M0004", 2027)
    issue(treasurer, before, cents=240000, version=1)
    draft_id = start(treasurer, DraftKind.DUES, "M0004", 2028)
    corrections_of = {"reason": Reason(Cause.WRONG_AMOUNT), "today": DAY}
    write(treasurer, corrections.correct_invoice, "RE2027-0002", 200000, **corrections_of)
    with pytest.raises(single_invoices.ChangeUnconfirmed):
        issue(treasurer, draft_id, cents=240000, version=1)
    assert issue(treasurer, draft_id, cents=240000, version=1, confirmed=True) == ["RE2027-0003"]


def test_what_was_seen_is_what_is_issued(treasurer, member):
    draft_id = drafted(treasurer)
    with pytest.raises(single_invoices.AmountChanged):
        issue(treasurer, draft_id, cents=7549)
    with pytest.raises(single_invoices.AmountChanged):
        issue(treasurer, draft_id, version=1)
    text = single_invoices.DraftText(dues_year=2027, lines=LINES[:1])
    with pytest.raises(single_invoices.DraftChanged):
        write(treasurer, single_invoices.change_draft, draft_id, text, version=1)
    assert get_draft(read_as(treasurer), draft_id).draft.version == 2


def test_sending_goes_with_the_issue_and_waits_for_the_pdf(treasurer, member):
    issue(treasurer, drafted(treasurer), sends=True)
    assert only(treasurer, select(Dispatch.document)) == "RE2027-0001"


def test_a_free_invoice_is_cancelled_but_never_worked_out_anew(treasurer, member):
    issue(treasurer, drafted(treasurer))
    with pytest.raises(NotDues):
        write(treasurer, corrections.adjust_invoice, "RE2027-0001", today=DAY, base_url="http://localhost")
    write(
        treasurer, corrections.cancel_invoice, "RE2027-0001", reason=Reason(Cause.WRONG_RECIPIENT), today=DAY
    )
    render_waiting(treasurer)
    credit = only(treasurer, select(Invoice).where(Invoice.kind == "cancellation"))
    assert "Rechnung RE2027-0001 vom" in credit.content["document"]["intro"]
    assert "Beitragsrechnung" not in credit.content["document"]["intro"]
    assert verify(read_as(treasurer), full=True).findings == []


def test_a_draft_that_is_thrown_away_leaves_no_number(treasurer, member):
    draft_id = drafted(treasurer)
    write(treasurer, single_invoices.discard_draft, draft_id)
    assert list_drafts(read_as(treasurer)) == []
    issue(treasurer, drafted(treasurer))
    assert only(treasurer, select(Invoice.number)) == "RE2027-0001"
    assert only(treasurer, select(Entry.text)) == "RE2027-0001"


@pytest.mark.parametrize("role", [Role.OFFICE, Role.BOARD, Role.AUDITOR, Role.ADMIN])
def test_only_the_treasurer_writes_single_invoices(treasurer, member, role):
    with pytest.raises(NotAllowed):
        start(person(role))
