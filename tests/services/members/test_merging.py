"""Two records of one company become one: fields by choice, contacts and sizes together, the books as they were."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from membership.domain.errors import NotAllowed, NotFound
from membership.domain.members import MemberState
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.models.ledger import EntryLine
from membership.persistence.models.members import BasisValue, Contact, Member, Membership
from membership.persistence.queries import members as queries
from membership.services import dues, members
from membership.services.members.merging import MergedAlready, MergeWrong, NotMerged
from tests.conftest import TODAY, person
from tests.factories import bill_year, make_association

FIRST = {"name": "Hansa GmbH", "city": "Bremen", "phone": "", "attributes": ["A"]}
SECOND = {
    "name": "Hansa Blechformteile GmbH",
    "city": "Bremen",
    "phone": "0421 1",
    "attributes": ["B"],
    "vat_id": "DE136695976",
}


@pytest.fixture
def both(app, treasurer):
    for number, fields in (("M0001", FIRST), ("M0002", SECOND)):
        write(
            treasurer, members.create_member, fields, category="ORD", start=date(2014, 4, 1), may_exist=True
        )
        write(treasurer, members.record_basis_value, number, "headcount", 37, as_of=date(2026, 6, 30))
    write(treasurer, members.record_basis_value, "M0002", "headcount", 30, as_of=date(2025, 6, 30))
    write(treasurer, members.add_contact, "M0001", {"name": "Maren Brandt", "email": "m@hansa.example"})
    write(treasurer, members.add_contact, "M0002", {"name": "M. Brandt", "email": "M@hansa.example"})
    write(treasurer, members.add_contact, "M0002", {"name": "Otto Neu", "email": "otto@hansa.example"})
    return treasurer


def rows(actor, column, number):
    session = read_as(actor)
    member = queries.get_member(session, number)
    return sorted(
        session.execute(select(column).where(column.class_.member_id == member.id)).scalars(), key=str
    )


def shown(actor, number):
    member = queries.get_member(read_as(actor), number)
    return {"name": member.name, "phone": member.phone, "tags": member.attributes, "vat": member.vat_id}


def test_fields_come_by_choice_and_contacts_and_sizes_that_are_missing_come_along(both):
    before = shown(both, "M0001"), shown(both, "M0002")
    assert (
        write(both, members.merge_members, "M0001", "m0002", taken=["name", "phone", "nonsense"]) == "M0002"
    )
    assert shown(both, "M0001") == {"name": SECOND["name"], "phone": "0421 1", "tags": ["A"], "vat": ""}
    assert rows(both, Contact.name, "M0001") == ["Maren Brandt", "Otto Neu"]
    assert rows(both, BasisValue.as_of, "M0001") == [date(2025, 6, 30), date(2026, 6, 30)]
    assert rows(both, Membership.state, "M0002") == ["merged"]
    assert write(both, members.unmerge_member, "M0002") == "M0001"
    assert (shown(both, "M0001"), shown(both, "M0002")) == before
    assert rows(both, Contact.name, "M0001") == ["Maren Brandt"]
    assert rows(both, Contact.name, "M0002") == ["M. Brandt", "Otto Neu"]
    assert rows(both, BasisValue.as_of, "M0002") == [date(2025, 6, 30), date(2026, 6, 30)]
    assert rows(both, Membership.state, "M0002") == ["active"]


def test_what_was_changed_since_stays_when_a_merge_is_taken_back(both):
    write(both, members.merge_members, "M0001", "M0002", taken=["name", "phone"])
    write(both, members.change_member, "M0001", {"phone": "0421 2"})
    write(both, members.unmerge_member, "M0002")
    assert shown(both, "M0001")["phone"] == "0421 2"
    assert shown(both, "M0001")["name"] == FIRST["name"]


def test_the_books_stay_and_the_record_that_went_owes_nothing_any_more(both):
    make_association(both)
    bill_year(both)

    def booked():
        lines = select(EntryLine.member_id, EntryLine.amount_cents).order_by(
            EntryLine.entry_id, EntryLine.position
        )
        return [tuple(row) for row in read_as(both).execute(lines)]

    before = booked()
    assert before
    write(both, members.merge_members, "M0001", "M0002", taken=[])
    assert booked() == before
    session = read_as(both)
    ids = {queries.get_member(session, number).id for number in ("M0001", "M0002")}
    owed = {each.facts.id for each in dues.assess(session, 2028, member_ids=ids)}
    assert owed == {queries.get_member(session, "M0001").id}


def test_who_is_merged_is_not_merged_again_nor_admitted_nor_found_by_a_list(both):
    write(both, members.create_member, {"name": "Dritte AG"})
    write(both, members.merge_members, "M0001", "M0002", taken=[])
    for pair in (("M0001", "M0002"), ("M0002", "M0001"), ("M0003", "M0002")):
        with pytest.raises(MergedAlready):
            write(both, members.merge_members, *pair, taken=[])
    assert queries.list_likely_duplicates(read_as(both), queries.get_member(read_as(both), "M0001")) == []
    assert queries.find_period(
        read_as(both), queries.get_member(read_as(both), "M0002").id, TODAY
    ).state == str(MemberState.MERGED)


def test_a_merge_that_cannot_be_is_refused(both):
    with pytest.raises(MergeWrong):
        write(both, members.merge_members, "M0001", "M0001", taken=[])
    with pytest.raises(NotFound):
        write(both, members.merge_members, "M0001", "M0099", taken=[])
    with pytest.raises(NotMerged):
        write(both, members.unmerge_member, "M0001")
    with pytest.raises(NotAllowed):
        write(person(Role.BOARD), members.merge_members, "M0001", "M0002", taken=[])
    assert (
        read_as(both).execute(select(Member.name).where(Member.number == "M0001")).scalar_one()
        == FIRST["name"]
    )


def test_likely_duplicates_share_name_mail_vat_id_or_iban(both):
    write(both, members.change_member, "M0001", {"invoice_email": "r@hansa.example"})
    assert queries.list_likely_duplicates(read_as(both), queries.get_member(read_as(both), "M0001")) == []
    write(both, members.change_member, "M0002", {"invoice_email": "r@hansa.example"})
    found = queries.list_likely_duplicates(read_as(both), queries.get_member(read_as(both), "M0001"))
    assert [each.number for each in found] == ["M0002"]


def test_the_address_for_invoices_is_taken_whole_or_not_at_all(both):
    mine = {"invoice_street": "Postfach 4", "invoice_postcode": "26721", "invoice_city": "Emden"}
    theirs = {
        "invoice_name": "Einkauf", "invoice_street": "Werftstr. 1", "invoice_postcode": "28195", "invoice_city": "Bremen",
    }  # fmt: skip
    write(both, members.change_member, "M0001", mine)
    write(both, members.change_member, "M0002", theirs)
    write(both, members.merge_members, "M0001", "M0002", taken=["invoice_name"])
    merged = queries.get_member(read_as(both), "M0001")
    assert {name: getattr(merged, name) for name in theirs} == theirs
    write(both, members.unmerge_member, "M0002")
    again = queries.get_member(read_as(both), "M0001")
    assert {name: getattr(again, name) for name in theirs} == {**mine, "invoice_name": ""}
