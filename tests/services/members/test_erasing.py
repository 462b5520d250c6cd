"""A contact is erased: the person is gone, and no number, hash, balance or document is another one."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text

from membership.domain.policy import Role
from membership.persistence.db import db, read_as, write
from membership.persistence.models.chain import AuditRecord, AuditValue, ChainLink
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import EntryLine
from membership.persistence.models.members import Contact
from membership.services import members, verify
from membership.services.members.erasing import ContactActive
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member

TODAY = date(2027, 1, 11)
TREASURER = person(Role.TREASURER, Role.ADMIN)
TRACES = ("Otto Fremd", "Otto Frühername", "otto@alpha.example", "frueh@alpha.example", "0421 4711")


@pytest.fixture
def contact(app):
    """A former contact whose name was changed once, of a member that was billed while the person was there."""
    make_association(TREASURER)
    make_member(TREASURER, number="M0001")
    fields = {"name": "Otto Frühername", "email": "frueh@alpha.example", "functions": ["billing"]}
    contact_id = write(TREASURER, members.add_contact, "M0001", fields)
    write(TREASURER, members.add_contact, "M0001", {"name": "Anna Bleibt", "email": "anna@alpha.example"})
    write(TREASURER, members.change_contact, "M0001", contact_id, {"name": "Otto Fremd"})
    now = {"email": "otto@alpha.example", "phone": "0421 4711"}
    write(TREASURER, members.change_contact, "M0001", contact_id, now)
    bill_year(TREASURER)
    write(TREASURER, members.end_contact, "M0001", contact_id, today=TODAY)
    return contact_id


def kept():
    session = read_as(TREASURER)
    last = session.execute(select(ChainLink.seq).order_by(ChainLink.seq.desc())).scalars().first()
    rows = [
        session.execute(statement).all()
        for statement in (
            select(Invoice.number, Invoice.content),
            select(StoredDocument.sha256, StoredDocument.content).order_by(StoredDocument.id),
            select(*EntryLine.__table__.columns),
            select(*AuditRecord.__table__.columns).order_by(AuditRecord.id),
            select(ChainLink.seq, ChainLink.hash).order_by(ChainLink.seq),
        )
    ]
    db.session.rollback()
    return last, rows


def test_inv_35_erasing_a_contact_changes_no_hash_number_balance_or_document(contact):
    last, before = kept()
    write(TREASURER, members.erase_contact, "M0001", contact)
    _now, after = kept()
    assert after[:3] == before[:3]
    assert after[3][: len(before[3])] == before[3]
    assert after[4][: len(before[4])] == before[4]
    assert after[4][len(before[4])][0] == last + 1
    assert verify.verify(read_as(TREASURER), full=True).findings == []


def test_inv_35_of_an_erased_person_nothing_is_left_in_any_table_but_on_issued_documents(contact):
    write(TREASURER, members.erase_contact, "M0001", contact)
    session = read_as(TREASURER)
    assert session.execute(select(Contact.name)).scalars().all() == ["Anna Bleibt"]
    for table in db.metadata.sorted_tables:
        if table.name in {"invoices", "stored_documents"}:
            continue
        for row in session.execute(text(f'SELECT * FROM "{table.name}"')):
            for trace in TRACES:
                assert trace.casefold() not in str(row).casefold(), (table.name, trace)
    values = session.execute(select(AuditValue.new)).scalars().all()
    assert "Anna Bleibt" in values


def test_somebody_who_is_still_a_contact_is_not_erased(contact):
    write(TREASURER, members.restore_contact, "M0001", contact)
    with pytest.raises(ContactActive):
        write(TREASURER, members.erase_contact, "M0001", contact)
