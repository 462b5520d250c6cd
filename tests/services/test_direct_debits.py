"""Direct debits on both databases: the notice in the invoice, the file, its credit, what comes back, and mandates."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256

import pytest
from lxml import etree
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from invoices.einvoice import xml_of
from membership.domain.direct_debits.collections import (
    CollectionState,
    ItemState,
    NotBankDay,
    NothingToCollect,
    Reason,
    StateOther,
)
from membership.domain.direct_debits.mandates import MandateState, ReferenceTaken, ReferenceWrong
from membership.domain.direct_debits.returns import OnMandate
from membership.domain.errors import AlreadyDone
from membership.persistence import crypto
from membership.persistence.db import db, write
from membership.persistence.models.chain import AuditValue
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.queries.direct_debits import collections, mandates
from membership.persistence.queries.invoicing import list_contents
from membership.persistence.queries.members import get_member
from membership.persistence.queries.payments import get_open_item, list_payments
from membership.services import direct_debits, dispatch, invoicing, payments
from membership.services.direct_debits import Draft
from membership.services.direct_debits.notices import debited_ibans
from membership.services.dispatch.words import words_of
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_mandate, make_member

ISSUED, DUE = date(2027, 1, 11), date(2027, 2, 1)
SPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"}


@pytest.fixture
def billed(app, treasurer):
    """Four members with invoices of 600.00: three pay by direct debit, one of them B2B; the fourth transfers."""
    make_association(treasurer)
    write(treasurer, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    for number in ("M0001", "M0002", "M0003", "M0004"):
        make_member(treasurer, number=number, name=f"Hansa {number} GmbH")
    make_mandate(treasurer, "M0001")
    make_mandate(treasurer, "M0002", scheme=direct_debits.Scheme.B2B)
    make_mandate(treasurer, "M0003")
    bill_year(treasurer, with_papers=False)
    return treasurer


SECOND_DEBIT = """INSERT INTO collection_items SELECT 99, collection_id, 99, open_item_id, member_id, mandate_id,
    terms_id, document, 2, cents, 'other', block, scheme, sequence, iban_shown, state, payment_id, settled_on,
    return_code, returned_on, fee_cents, fee_entry_id, fee_item_id FROM collection_items WHERE id = 1"""


def collect(actor, on=DUE, **changes):
    return write(actor, direct_debits.create_collection, on, today=ISSUED, **changes)


def left_out(found):
    return {each.claim.document: each.refusal.reason for each in found.left_out}


def open_cents(session, document):
    session.expire_all()
    return get_open_item(session, document).open_cents


def sound(session):
    return verify(session, full=True).findings == []


def test_d_sepa_7_fi_49_the_invoice_announces_what_the_file_debits(billed, session):
    documents = invoicing.frozen_documents(session, [1, 4])
    assert documents[1].debit.mandate == "M0001-01"
    assert documents[1].debit.account_shown == "DE•• •••• 2051"
    assert documents[1].due_on == DUE, "31 January 2027 is a Sunday"
    assert documents[1].payment is None
    assert (documents[4].debit, documents[4].due_on) == (None, date(2027, 1, 31))
    assert "DE02120300000000202051" not in str(list_contents(session, [1]))
    xml = xml_of(documents[1], debited_iban=debited_ibans(session, [1, 4])[1]).decode()
    assert ">59</" in xml
    assert "DE02120300000000202051" in xml
    file = write(billed, direct_debits.export_collection, collect(billed).id, today=ISSUED)
    assert etree.fromstring(file).findtext(".//p:ReqdColltnDt", namespaces=SPACE) == DUE.isoformat()


def test_the_mail_of_an_invoice_that_is_collected_asks_for_no_transfer(billed, session):
    write(billed, dispatch.send_invoices, ["RE2027-0001", "RE2027-0004"])
    first, second = session.execute(select(Dispatch).order_by(Dispatch.id)).scalars()
    told = words_of(session, first, zone="UTC").body
    assert "am 01.02.2027 von Ihrem Konto DE•• •••• 2051 ab (Mandat M0001-01, Gläubiger-ID DE98" in told
    assert "überweisen" not in told
    assert "überweisen" in words_of(session, second, zone="UTC").body


def test_inv_14_a_file_is_kept_with_its_debits_and_its_sum_is_that_of_the_ledger(billed, session):
    made = collect(billed)
    assert (made.number, made.count_of_debits, made.cents) == ("LS2027-0001", 3, 180_000)
    assert made.left_out == ()
    lines = collections.list_items(session, made.id)
    assert [(line.item.end_to_end_id, line.item.block, line.item.scheme) for line in lines] == [
        ("RE2027-0002-1", "LS2027-0001-1", "B2B"),
        ("RE2027-0001-1", "LS2027-0001-2", "CORE"),
        ("RE2027-0003-1", "LS2027-0001-2", "CORE"),
    ]
    first = write(billed, direct_debits.export_collection, "LS2027-0001", today=ISSUED)
    again = write(billed, direct_debits.export_collection, made.id, today=ISSUED)
    view = collections.get_collection(session, made.id)
    assert first == again
    assert sha256(first).hexdigest() == view.row.sha256
    assert [step.kind for step in view.steps] == [CollectionState.PLANNED, CollectionState.EXPORTED]
    assert sound(session)


def test_the_same_collection_again_gives_the_file_that_is_there(billed):
    first, second = collect(billed), collect(billed)
    assert (second.id, second.is_new) == (first.id, False)
    assert left_out(second) == dict.fromkeys(("RE2027-0001", "RE2027-0002", "RE2027-0003"), Reason.UNDER_WAY)
    with pytest.raises(NothingToCollect):
        collect(billed, on=date(2027, 2, 2))
    with pytest.raises(NotBankDay):
        collect(billed, on=date(2027, 2, 6))


def test_inv_14_the_database_refuses_a_second_debit_of_an_open_item_and_a_changed_one(billed):
    collect(billed)
    for statement in (
        "UPDATE collection_items SET cents = 1",
        "UPDATE collection_items SET end_to_end_id = 'X' WHERE id = 1",
        "DELETE FROM collection_items",
        SECOND_DEBIT,
    ):
        with pytest.raises(DBAPIError), db.engine.execution_options(write=True).begin() as connection:
            connection.execute(text(statement))


def test_inv_15_what_may_not_be_debited_is_left_out_with_its_reason(billed, session):
    write(billed, direct_debits.revoke_mandate, "M0001-01", on=ISSUED)
    early = collect(billed, held=frozenset({"RE2027-0003"}))
    assert left_out(early) == {"RE2027-0001": Reason.MANDATE, "RE2027-0003": Reason.HELD}
    later = write(billed, direct_debits.add_mandate, "M0004", Draft(
        iban="DE02120300000000202051", signed_on=ISSUED), today=ISSUED)  # fmt: skip
    found = direct_debits.propose_collection(session, DUE)
    assert left_out(found)["RE2027-0004"] is Reason.NOT_ANNOUNCED
    told = {"notified_on": ISSUED, "due_on": DUE, "way": "letter", "today": ISSUED}
    assert write(billed, direct_debits.record_notice, "RE2027-0004", **told) == DUE
    found = direct_debits.propose_collection(session, DUE)
    assert [each.mandate.reference for each in found.chosen] == ["M0003-01", later]


def test_fi_26_a_mandate_revoked_after_the_file_was_made_is_flagged(billed, session):
    made = collect(billed)
    assert write(billed, direct_debits.revoke_mandate, "M0001-01", on=ISSUED) == [made.number]
    with pytest.raises(AlreadyDone):
        write(billed, direct_debits.revoke_mandate, "M0001-01", on=ISSUED)
    assert mandates.get_mandate(session, "M0001-01").state_on(ISSUED) is MandateState.REVOKED


def test_a_file_that_the_bank_does_not_have_is_withdrawn_and_its_invoices_are_free(billed, session):
    made = collect(billed)
    assert write(billed, direct_debits.withdraw_collection, made.id, on=ISSUED) == made.number
    with pytest.raises(AlreadyDone):
        write(billed, direct_debits.withdraw_collection, made.id, on=ISSUED)
    with pytest.raises(StateOther):
        write(billed, direct_debits.export_collection, made.id, today=ISSUED)
    second = collect(billed)
    assert second.number == "LS2027-0002"
    assert collections.list_items(session, second.id)[0].item.end_to_end_id == "RE2027-0002-2"
    write(billed, direct_debits.mark_submitted, second.id, on=ISSUED)
    with pytest.raises(StateOther):
        write(billed, direct_debits.withdraw_collection, second.id, on=ISSUED)
    assert sound(session)


def test_d_sepa_13_inv_09_a_credit_pays_every_invoice_once(billed, session):
    made = collect(billed)
    assert {debit.end_to_end_id for debit in collections.list_own_debits(session)} == {
        "RE2027-0001-1", "RE2027-0002-1", "RE2027-0003-1",
    }  # fmt: skip
    block = write(billed, direct_debits.settle_collection, "LS2027-0001-2", on=DUE, today=DUE)
    assert len(block) == 2
    assert collections.get_collection(session, made.id).state is CollectionState.SUBMITTED
    with pytest.raises(AlreadyDone):
        write(billed, direct_debits.settle_collection, "LS2027-0001-2", on=DUE, today=DUE)
    write(billed, direct_debits.settle_item, "RE2027-0002-1", on=DUE, today=DUE)
    session.rollback()
    assert collections.get_collection(session, made.id).state is CollectionState.SETTLED
    assert [open_cents(session, f"RE2027-000{n}") for n in (1, 2, 3, 4)] == [0, 0, 0, 60_000]
    paid = list_payments(session)
    assert {(each.payment.method, each.payment.channel, each.payment.source) for each in paid} == {
        ("direct_debit", "bank", "debit")
    }
    assert collections.list_items(session, made.id)[1].refundable_until == DUE + timedelta(weeks=8)
    with pytest.raises(payments.DebitReturned):
        write(billed, payments.reverse_payment, block[0], reason="vertippt", today=DUE)
    assert sound(session)


def test_a_member_that_paid_otherwise_too_has_the_debit_as_credit(billed, session):
    made = collect(billed)
    item = get_open_item(session, "RE2027-0001")
    paid = {"received_on": ISSUED, "method": payments.Method.TRANSFER, "today": ISSUED}
    write(billed, payments.record_payment, item.member_id, 60_000, **paid)
    write(billed, direct_debits.settle_collection, made.id, on=DUE, today=DUE)
    assert [each.free_cents for each in list_payments(session, member_id=item.member_id)] == [0, 60_000]
    assert sound(session)


def test_a_credit_booked_by_mistake_is_taken_back_and_can_be_booked_again(billed, session):
    made = collect(billed)
    for _ in range(2):
        write(billed, direct_debits.settle_collection, made.id, on=DUE, today=DUE)
        write(billed, direct_debits.unsettle_collection, made.id, on=DUE, reason="falscher Auszug")
    write(billed, direct_debits.settle_collection, made.number, on=DUE, today=DUE)
    assert open_cents(session, "RE2027-0001") == 0
    assert sound(session)


def test_a_returned_debit_is_told_once_with_the_reason_of_the_bank(billed, session):
    given = {"mail.host": "127.0.0.1", "mail.sender": "beitrag@verein.example"}
    write(billed, change_settings, given)
    collect(billed)
    write(billed, direct_debits.return_debit, "RE2027-0001-1", reason_code="AM04", on=date(2027, 2, 3))
    (mail,) = session.execute(select(Dispatch).where(Dispatch.kind == "debit_returned")).scalars()
    said = words_of(session, mail, zone="UTC").body.replace("\xa0", " ")
    assert "wurde am 03.02.2027 von Ihrer Bank zurückgegeben: Konto nicht gedeckt" in said


@pytest.mark.parametrize("is_credited", [True, False])
@pytest.mark.parametrize("is_fee_of_member", [True, False])
def test_d_sepa_15_a_return_opens_the_invoice_books_the_fee_and_follows_its_reason(
    billed, session, is_credited, is_fee_of_member
):
    made = collect(billed)
    if is_credited:
        write(billed, direct_debits.settle_collection, made.id, on=DUE, today=DUE)
    back = {
        "reason_code": "AC04",
        "fee_cents": 350,
        "on": date(2027, 2, 3),
        "is_fee_of_member": is_fee_of_member,
    }
    found = write(billed, direct_debits.return_debit, "RE2027-0001-1", **back)
    assert (found.mandate, found.document) == (OnMandate.REVOKED, "RE2027-0001")
    assert open_cents(session, "RE2027-0001") == 60_000
    assert found.fee_document == ("RL-RE2027-0001-1" if is_fee_of_member else "")
    if is_fee_of_member:
        assert open_cents(session, found.fee_document) == 350
    assert mandates.get_mandate(session, "M0001-01").state_on(DUE) is MandateState.REVOKED
    with pytest.raises(AlreadyDone):
        write(billed, direct_debits.return_debit, "RE2027-0001-1", **back)
    assert sound(session)
    write(billed, direct_debits.undo_return, "RE2027-0001-1", on=date(2027, 2, 4), today=date(2027, 2, 4),
          reason="falsche Zeile")  # fmt: skip
    assert open_cents(session, "RE2027-0001") == (0 if is_credited else 60_000)
    assert mandates.get_mandate(session, "M0001-01").state_on(DUE) is MandateState.ACTIVE
    assert collections.get_item(session, "RE2027-0001-1").state is (
        ItemState.SETTLED if is_credited else ItemState.OPEN
    )
    assert sound(session)
    write(billed, direct_debits.return_debit, "RE2027-0001-1", **back)
    assert sound(session)


def test_d_sepa_15_a_debit_that_came_back_is_collected_again_after_speaking_with_the_member_only(
    billed, session
):
    collect(billed)
    write(billed, direct_debits.return_debit, "RE2027-0001-1", reason_code="MS03", on=date(2027, 1, 20))
    on = date(2027, 2, 2)
    assert left_out(direct_debits.propose_collection(session, on))["RE2027-0001"] is Reason.RETURNED
    made = collect(billed, on=on, again=frozenset({"RE2027-0001"}))
    assert collections.list_items(session, made.id)[0].item.end_to_end_id == "RE2027-0001-2"
    assert sound(session)


def test_d_sepa_5_sec_77_a_new_account_is_told_to_the_bank_once(billed, session):
    collect(billed)
    write(billed, direct_debits.return_debit, "RE2027-0001-1", reason_code="AC01", on=ISSUED)
    write(billed, direct_debits.reinstate_mandate, "M0001-01", on=ISSUED, reason="neue IBAN")
    write(billed, direct_debits.amend_mandate, "M0001-01", Draft(iban="DE89370400440532013000"), today=ISSUED)
    amended = []
    for day in (date(2027, 2, 2), date(2027, 2, 3)):
        made = collect(billed, on=day, again=frozenset({"RE2027-0001"}))
        root = etree.fromstring(write(billed, direct_debits.export_collection, made.id, today=ISSUED))
        amended.append(root.findtext(".//p:OrgnlDbtrAcct/p:Id/p:Othr/p:Id", namespaces=SPACE))
        assert root.findtext(".//p:DbtrAcct/p:Id/p:IBAN", namespaces=SPACE) == "DE89370400440532013000"
        e2e = collections.list_items(session, made.id)[0].item.end_to_end_id
        write(billed, direct_debits.return_debit, e2e, reason_code="MD02", on=ISSUED)
    assert amended == ["SMNDA", None]


def test_d_sepa_5_reference_creditor_and_an_account_at_the_same_bank_are_told_once_each_by_its_former_value(
    billed, session
):
    """The first mandate gets another account of its bank and another reference; the creditor another ID and name."""
    collect(billed)
    for reference in ("RE2027-0001-1", "RE2027-0003-1"):
        write(billed, direct_debits.return_debit, reference, reason_code="MS03", on=ISSUED)
    refused = direct_debits.amend_mandate
    with pytest.raises(ReferenceTaken):
        write(billed, refused, "M0001-01", Draft(reference="M0003-01"), today=ISSUED)
    with pytest.raises(ReferenceWrong):
        write(billed, refused, "M0001-01", Draft(reference="M 1"), today=ISSUED)
    changed = Draft(iban="DE72120300000000202052", reference="NEU-1")
    write(billed, direct_debits.amend_mandate, "M0001-01", changed, today=ISSUED)
    with pytest.raises(ReferenceTaken):
        write(billed, direct_debits.amend_mandate, "M0003-01", Draft(reference="M0001-01"), today=ISSUED)
    creditor = {"bank.creditor_id": "DE98ABC09999999999", "bank.holder": "Verbund Nord e. V."}
    write(billed, change_settings, creditor)
    told = []
    for day in (date(2027, 2, 2), date(2027, 2, 3)):
        made = collect(billed, on=day, again=frozenset({"RE2027-0001", "RE2027-0003"}))
        root = etree.fromstring(write(billed, direct_debits.export_collection, made.id, today=ISSUED))
        told.append({
            each.findtext(".//p:MndtId", namespaces=SPACE): [
                each.findtext(f".//p:AmdmntInfDtls/{path}", namespaces=SPACE)
                for path in ("p:OrgnlMndtId", "p:OrgnlDbtrAcct/p:Id/p:IBAN", "p:OrgnlCdtrSchmeId/p:Nm", "p:OrgnlCdtrSchmeId/p:Id//p:Othr/p:Id")
            ]
            for each in root.iterfind(".//p:DrctDbtTxInf", SPACE)
        })  # fmt: skip
        for line in collections.list_items(session, made.id):
            write(billed, direct_debits.return_debit, line.item.end_to_end_id, reason_code="MD02", on=ISSUED)
    former = ["Fahrzeugcluster Musterland e.V.", "DE98ZZZ09999999999"]
    assert told[0]["NEU-1"] == ["M0001-01", "DE02120300000000202051", *former]
    assert told[0]["M0003-01"] == [None, None, *former]
    assert told[1] == {"NEU-1": [None] * 4, "M0003-01": [None] * 4}
    assert {line.mandate for line in collections.list_items(session, 1)} == {
        "M0001-01",
        "M0002-01",
        "M0003-01",
    }
    assert mandates.get_mandate(session, "M0001-01").reference == "NEU-1"
    assert sound(session)


def test_sec_77_an_account_that_is_put_into_another_row_cannot_be_read(billed, session):
    collect(billed)
    first, second = mandates.list_mandates(session, ids=[1, 3])
    accounts = mandates.sealed_accounts(session, [first, second])
    moved = accounts[1]._replace(uid=accounts[3].uid)
    with pytest.raises(crypto.KeyMissing):
        crypto.unseal(session, moved.sealed, table=moved.table, column="iban_sealed", uid=moved.uid)


def test_d_sepa_3_mandates_have_unique_references_and_kept_forms(billed, session):
    with pytest.raises(ReferenceTaken):
        make_mandate(billed, "M0004", reference="M0001-01")
    reference = make_mandate(billed, "M0004", signed_on=None)
    assert mandates.get_mandate(session, reference).state_on(ISSUED) is MandateState.REQUESTED
    assert b"%PDF-" in direct_debits.mandate_form(session, reference, today=ISSUED)[:8]
    kept = write(billed, direct_debits.keep_document, reference, b"%PDF-1.7 signed", file_name="Mandat.pdf")
    write(
        billed, direct_debits.sign_mandate, reference, signed_on=ISSUED, today=ISSUED, signatory="Erna Albers"
    )
    found = direct_debits.read_document(session, reference, kept)
    assert (found.name, found.content) == ("M0004-01-1.pdf", b"%PDF-1.7 signed")
    with pytest.raises(direct_debits.DocumentUnreadable):
        write(billed, direct_debits.keep_document, reference, b"<html>", file_name="Mandat.pdf")
    session.expire_all()
    view = mandates.get_mandate(session, reference)
    assert (view.state_on(ISSUED), view.documents) == (MandateState.ACTIVE, 1)
    assert view.member.payment_method == "direct_debit"


def test_inv_27_sec_78_no_account_of_a_member_is_in_clear_in_the_database(billed, app):
    write(
        billed, direct_debits.keep_document, "M0001-01", b"%PDF-1.7 DE02120300000000202051", file_name="a.pdf"
    )
    collect(billed)
    with db.engine.connect() as connection:
        for table in ("mandates", "mandate_steps", "mandate_documents", "collections", "collection_items",
                      "audit_records", "audit_values", "debit_notices"):  # fmt: skip
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            whole = b" ".join(bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()
                              for row in rows for cell in row)  # fmt: skip
            assert b"DE02120300000000202051" not in whole, table
            assert b"120300000000202051" not in whole, table


def test_without_an_active_mandate_a_member_pays_by_transfer_again(billed, session):
    second = {"iban": "DE02120300000000202051", "signed_on": ISSUED}
    reference = write(billed, direct_debits.add_mandate, "M0001", Draft(**second), today=ISSUED)
    for one, method in ((reference, "direct_debit"), ("M0001-01", "transfer")):
        write(billed, direct_debits.revoke_mandate, one, on=ISSUED)
        session.expire_all()
        assert get_member(session, "M0001").payment_method == method
    values = session.execute(
        select(AuditValue.old, AuditValue.new).where(AuditValue.field == "payment_method")
    )
    assert values.all()[-1] == ("direct_debit", "transfer")
