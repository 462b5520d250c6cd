"""Issuing an invoice on both databases: its number, its date, what is frozen, and what is kept of it."""

from __future__ import annotations

import io
from copy import deepcopy
from datetime import date, timedelta
from hashlib import sha256

import pytest
from PIL import Image
from sqlalchemy import func, select

from membership.domain.dues.stored import phrase_of
from membership.domain.ledger import Account
from membership.jobs.billing import issue_run, render_waiting
from membership.persistence.db import read_as, write
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import EntryLine, OpenItem
from membership.persistence.models.members import Member
from membership.persistence.queries.billing import get_run, list_items
from membership.persistence.queries.invoicing import get_invoice
from membership.persistence.queries.settings import find_logo, get_settings
from membership.services import association, billing, closings, dues, invoicing, reports
from membership.services.settings import change_settings
from membership.services.verify import verify
from membership.wording import Wording
from tests.conftest import TODAY
from tests.factories import SCHEDULE, bill_year, make_association, make_member


@pytest.fixture
def books(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    return treasurer


def numbers(actor):
    return list(read_as(actor).execute(select(Invoice.number).order_by(Invoice.id)).scalars())


def released(actor, year=2027, day=TODAY):
    run_id = write(actor, billing.plan_run, year, issued_on=day, today=day)
    write(actor, billing.release_run, run_id, today=day)
    return run_id


def logo(colour):
    file = io.BytesIO()
    Image.new("RGB", (40, 20), colour).save(file, "PNG")
    return file.getvalue()


def test_inv_03_numbers_run_from_the_start_value_without_a_gap(books):
    make_member(books, number="M0002")
    write(books, change_settings, {"invoice.first_number": 17})
    bill_year(books)
    assert numbers(books) == ["RE2027-0017", "RE2027-0018"]
    bill_year(books, 2028, date(2028, 1, 10))
    assert numbers(books)[2:] == ["RE2028-0017", "RE2028-0018"]


def test_inv_05_the_date_never_goes_back_in_a_series_and_never_lies_ahead(books):
    bill_year(books)
    make_member(books, number="M0002")
    run_id = write(books, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)
    for wrong in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(invoicing.IssueDateWrong):
            write(books, billing.change_run, run_id, issued_on=wrong, text="", today=TODAY)


@pytest.mark.parametrize(
    ("day", "today"),
    [(TODAY, TODAY - timedelta(days=1)), (TODAY - timedelta(days=1), TODAY), (date(2026, 12, 31), TODAY)],
)
def test_inv_05_the_number_itself_is_refused_for_a_day_that_cannot_be(books, day, today):
    """Whoever asks for one: in the future, before the last of the series, or in a year that is closed."""
    bill_year(books)
    write(books, closings.close_year, 2026, today=TODAY)

    def take(session):
        settings = get_settings(session)
        invoicing.require_issue_date(session, TODAY, today=TODAY)
        if day.year < TODAY.year:
            invoicing.require_issue_date(session, day, today=today)
        invoicing.take_number(session, settings, "RE", issued_on=day, today=today)

    with pytest.raises(invoicing.IssueDateWrong):
        write(books, take)
    make_member(books, number="M0002")
    bill_year(books)
    assert numbers(books) == ["RE2027-0001", "RE2027-0002"]


def test_br_co_26_without_a_register_number_no_invoice_outside_the_scope_of_vat_is_issued(books):
    run_id = released(books)
    write(books, change_settings, {"association.register_number": "", "association.vat_id": "DE136695976"})
    assert issue_run(books, run_id, base_url="http://localhost", today=TODAY) == 0
    [view] = list_items(read_as(books), run_id)
    assert "Registernummer" in Wording("de").value(phrase_of(view.item.reason_text))
    assert numbers(books) == []


def test_an_invoice_its_open_item_and_its_ledger_entry_name_the_same_cents(books):
    bill_year(books)
    session = read_as(books)
    [invoice] = session.execute(select(Invoice)).scalars()
    [item] = session.execute(select(OpenItem)).scalars()
    assert (invoice.gross_cents, item.open_cents, item.reference) == (60000, 60000, invoice.number)


def test_an_invoice_says_what_was_true_when_it_was_issued(books):
    run_id = released(books)
    issue_run(books, run_id, base_url="http://localhost", today=TODAY)
    write(books, rename, "Ganz Anders AG")
    write(books, change_settings, {"association.name": "Anderer Verein e. V."})
    invoice = get_invoice(read_as(books), "RE2027-0001").invoice
    document = invoicing.frozen_documents(read_as(books), [invoice.id])[invoice.id]
    assert document.recipient.company == "Hansa Blechformteile GmbH"
    assert document.issuer.name == "Fahrzeugcluster Musterland e. V."


def rename(session, name):
    session.execute(select(Member)).scalar_one().name = name


def test_inv_06_a_pdf_is_kept_once_with_its_hash(books):
    bill_year(books)
    render_waiting(books)
    session = read_as(books)
    [stored, report] = session.execute(select(StoredDocument).order_by(StoredDocument.kind)).scalars()
    assert (stored.kind, report.kind) == ("pdf", "report")
    assert invoicing.stored_pdf(session, "RE2027-0001") == stored.content
    assert sha256(stored.content).hexdigest() == stored.sha256
    assert write(books, invoicing.store_pdfs, [invoicing.Made(stored.invoice_id, b"%PDF another")]) == 0
    assert read_as(books).execute(select(func.count()).select_from(StoredDocument)).scalar_one() == 2


def test_a_pdf_that_is_not_made_yet_is_said_so(books):
    issue_run(books, released(books), base_url="http://localhost", today=TODAY)
    with pytest.raises(invoicing.PdfNotReady, match="RE2027-0001"):
        invoicing.stored_pdf(read_as(books), "RE2027-0001")


def test_an_invoice_keeps_the_logo_it_was_issued_with(books):
    write(books, association.change_look, colour="#0a5bb5", logo=logo("red"))
    issue_run(books, released(books), base_url="http://localhost", today=TODAY)
    write(books, association.change_look, colour="#0a5bb5", logo=logo("blue"))
    invoice = get_invoice(read_as(books), "RE2027-0001").invoice
    document = invoicing.frozen_documents(read_as(books), [invoice.id])[invoice.id]
    assert Image.open(io.BytesIO(document.issuer.logo)).convert("RGB").getpixel((1, 1)) == (255, 0, 0)
    write(books, association.remove_logo)
    assert render_waiting(books) == 1
    assert invoicing.calculation_pdf(read_as(books), invoice).startswith(b"%PDF")


def test_a_logo_that_comes_back_is_kept_once(books):
    for colour in ("red", "blue", "red"):
        write(books, association.change_look, colour="#0a5bb5", logo=logo(colour))
    content, media_type, _digest = find_logo(read_as(books))
    assert media_type == "image/png"
    assert Image.open(io.BytesIO(content)).convert("RGB").getpixel((1, 1)) == (255, 0, 0)


def test_what_no_font_can_print_stays_out_and_the_others_are_billed(books):
    make_member(books, number="M0002", name="Glyph \U0001f697 GmbH")
    run_id = released(books)
    assert issue_run(books, run_id, base_url="http://localhost", today=TODAY) == 1
    assert numbers(books) == ["RE2027-0001"]


@pytest.mark.parametrize("tax", [{"treatment": "S", "rate": "19"}, {"treatment": "E", "reason": "§ 19 UStG"}])
def test_d_inv_9_without_tax_number_no_invoice_with_vat_is_planned_or_issued(app, treasurer, tax):
    make_association(treasurer, taxed(tax))
    make_member(treasurer, number="M0001", category="SCI")
    with pytest.raises(invoicing.TaxNumberMissing):
        write(treasurer, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)
    write(treasurer, change_settings, {"association.vat_id": "DE136695976"})
    run_id = released(treasurer)
    write(treasurer, change_settings, {"association.vat_id": ""})
    assert issue_run(treasurer, run_id, base_url="http://localhost", today=TODAY) == 0
    assert numbers(treasurer) == []
    [view] = list_items(read_as(treasurer), run_id)
    assert "Steuernummer" in Wording("de").value(phrase_of(view.item.reason_text))
    write(treasurer, change_settings, {"association.tax_number": "60/123/45678"})
    write(treasurer, billing.resume_run, run_id)
    assert issue_run(treasurer, run_id, base_url="http://localhost", today=TODAY) == 1


def taxed(tax, **changes):
    categories = {"SCI": {"method": "FIXED", "amount": "400.00", "tax": tax, **changes}}
    return {**SCHEDULE, "categories": {**SCHEDULE["categories"], **categories}}


def test_dues_outside_the_scope_of_vat_need_no_tax_number(books):
    bill_year(books)
    assert numbers(books) == ["RE2027-0001"]


@pytest.mark.parametrize(
    ("tax", "amount", "fee", "gross"),
    [
        ({"treatment": "S", "rate": "19", "amounts": "gross"}, "400.00", "0.00", 40000),
        ({"treatment": "S", "rate": "19", "amounts": "gross"}, "400.00", "150.03", 55003),
        ({"treatment": "S", "rate": "19"}, "100.03", "10.03", 13098),
        ({"treatment": "SPLIT", "taxable_percent": "90", "rate": "19"}, "7200.00", "0.00", 843120),
    ],
)
def test_inv_25_gross_dues_are_the_same_cents_in_all_books(app, treasurer, tax, amount, fee, gross):
    """Of 400.00 with 19 % no net amount in whole cents gives 400.00 again: its tax is carried, not worked out anew."""
    make_association(treasurer, taxed(tax, amount=amount, admission_fee=fee))
    write(treasurer, change_settings, {"association.tax_number": "60/123/45678"})
    make_member(treasurer, number="M0001", category="SCI", start=date(2027, 1, 1))
    assert dues.assess(read_as(treasurer), 2027)[0].result.gross.cents == gross
    bill_year(treasurer)
    session = read_as(treasurer)
    invoices = list(session.execute(select(Invoice)).scalars())
    frozen = invoicing.frozen_documents(session, [each.id for each in invoices])
    for each in invoices:
        sums = frozen[each.id].totals
        kept = (each.net_cents, each.tax_cents, each.gross_cents)
        assert kept == (sums.net_cents, sums.gross_cents - sums.net_cents, sums.gross_cents)
    report = reports.list_dues(session, first_year=2027, last_year=2027, as_of=TODAY, words=Wording("de"))
    [row] = report.members
    receivable = select(func.sum(EntryLine.amount_cents)).where(EntryLine.account == Account.RECEIVABLES)
    tax_payable = select(func.sum(EntryLine.amount_cents)).where(EntryLine.account == Account.TAX_PAYABLE)
    assert session.execute(receivable).scalar_one() == gross
    assert -session.execute(tax_payable).scalar_one() == sum(each.tax_cents for each in invoices)
    assert (row.planned_cents, row.invoiced_cents) == (gross, gross)
    assert sum(each.gross_cents for each in invoices) == gross
    assert verify(session, full=False).ok


def test_without_name_address_and_account_nothing_is_billed(app, treasurer):
    make_member(treasurer)
    with pytest.raises(invoicing.AssociationIncomplete, match="IBAN"):
        write(treasurer, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)


def test_an_invoice_in_instalments_names_each_day_and_is_due_on_the_last(app, treasurer):
    schedule = deepcopy(SCHEDULE)
    schedule["due"]["instalments"] = [{"day": "02-28", "share": "1/2"}, {"day": "08-31", "share": "1/2"}]
    make_association(treasurer, schedule)
    make_member(treasurer, number="M0001")
    bill_year(treasurer)
    invoice = get_invoice(read_as(treasurer), "RE2027-0001").invoice
    document = invoicing.frozen_documents(read_as(treasurer), [invoice.id])[invoice.id]
    assert (invoice.due_on, invoice.gross_cents) == (date(2027, 8, 31), 60000)
    assert [(line.amount_cents, line.details[0].replace("\N{NO-BREAK SPACE}", " ")) for line in document.lines] == [
        (30000, "Fällig am 28. Februar 2027"), (30000, "Fällig am 31. August 2027"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "printed"),
    [("http://127.0.0.1:8301", ""), ("https://verein.example/", "https://verein.example/portal/")],
)
def test_an_address_that_only_this_machine_opens_is_not_printed(books, address, printed):
    run_id = write(books, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)
    run = get_run(read_as(books), run_id)
    item = list_items(read_as(books), run_id)[0].item
    member = read_as(books).get_one(Member, item.member_id)
    bill = billing.bill_of(read_as(books), billing.facts_of_run(read_as(books), run), item, member=member)
    document = invoicing.document_of(
        bill, get_settings(read_as(books)), base_url=address, number="RE2027-0001"
    )
    assert document.payment.portal == printed
