"""Members taken in and changed: numbers, duplicates, versions, the encrypted IBAN."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import select, text

from membership.domain.errors import NotAllowed
from membership.domain.member_fields import FieldWrong
from membership.domain.members import (
    EndCause,
    MemberExists,
    MemberState,
    NoticeWrong,
    NumberTaken,
    PeriodWrong,
    StateWrong,
)
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.models.chain import AuditRecord, AuditValue
from membership.persistence.models.members import BasisValue, CategoryPeriod, Member, Origin
from membership.persistence.queries import members as queries
from membership.services import members
from tests.conftest import TODAY, person

HANSA = {"name": "Hansa Blechformteile GmbH", "postcode": "26382", "city": "Musterhafen"}
IBAN = "DE02120300000000202051"


def make(actor, **changes) -> str:
    options = {
        key: changes.pop(key)
        for key in ("number", "category", "state", "start", "end", "may_exist")
        if key in changes
    }
    return write(actor, members.create_member, {**HANSA, **changes}, **options)


def test_a_new_member_gets_the_next_number_of_the_pattern(app, treasurer):
    assert make(treasurer) == "M0001"
    assert make(treasurer, name="Zweite AG", number="M0041") == "M0041"
    assert make(treasurer, name="Dritte AG") == "M0042"


def test_mem_4_a_number_is_never_given_twice(app, treasurer):
    make(treasurer, number="M0007")
    with pytest.raises(NumberTaken):
        make(treasurer, name="Andere AG", number="m 0007")


def test_a_company_of_the_same_name_is_named_before_it_is_taken_in_again(app, treasurer):
    make(treasurer)
    with pytest.raises(MemberExists, match=r"Hansa Blechformteile GmbH exists already \(M0001\)"):
        make(treasurer, name="HANSA Blechformteile GmbH")
    assert make(treasurer, name="HANSA Blechformteile GmbH", may_exist=True) == "M0002"


def test_a_change_touches_only_the_fields_given_and_says_old_and_new(app, treasurer):
    number = make(treasurer, invoice_email="info@hansa.example")
    changed = write(treasurer, members.change_member, number, {"city": "Bremen", "postcode": "26382"})
    assert changed == ["city"]
    session = read_as(treasurer)
    member = queries.get_member(session, number)
    assert (member.city, member.invoice_email, member.version) == ("Bremen", "info@hansa.example", 2)
    audit = session.execute(select(AuditRecord.id).where(AuditRecord.action == "member.change")).scalar_one()
    value = session.get(AuditValue, (audit, "city"))
    assert (value.old, value.new) == ("Musterhafen", "Bremen")


def test_an_outdated_form_is_refused_and_overwrites_nothing(app, treasurer):
    number = make(treasurer)
    write(treasurer, members.change_member, number, {"city": "Bremen"}, version=1)
    with pytest.raises(members.MemberChanged):
        write(treasurer, members.change_member, number, {"city": "Oldenburg"}, version=1)
    assert queries.get_member(read_as(treasurer), number).city == "Bremen"


def test_an_outdated_form_that_changes_nothing_is_no_conflict(app, treasurer):
    number = make(treasurer)
    write(treasurer, members.change_member, number, {"city": "Bremen"}, version=1)
    assert write(treasurer, members.change_member, number, {"city": "Bremen"}, version=1) == []


PLACE = {"invoice_city": {"invoice_name": "Buchhaltung"}, "invoice_postcode": {"invoice_city": "Emden"}}
"""Field -> what makes it needed."""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("invoice_email", "info(at)hansa.example"),
        ("invoice_email", "a@b.example; c@d.example"),
        ("postcode", "123456"),
        ("vat_id", "DE12"),
        ("vat_id", "DE136695975"),
        ("vat_id", "ATU1234567"),
        ("tax_number", "60/145"),
        ("invoice_postcode", "101"),
        ("invoice_city", ""),
        ("iban", "DE02120300000000202052"),
        ("name", " "),
        ("name", "A" * 201),
        ("city", "Bre\u202emen"),
        ("city", "Bre\x00men"),
        ("language", "fr"),
        ("country", "Atlantis"),
    ],
)
def test_sec_49_a_field_that_cannot_be_is_named(app, treasurer, field, value):
    with pytest.raises(FieldWrong) as refused:
        make(treasurer, **{**PLACE.get(field, {}), field: value})
    assert refused.value.field == field


def test_inv_27_an_iban_is_kept_encrypted_and_shown_by_its_end(app, treasurer):
    number = make(treasurer, iban="DE02 1203 0000 0000 2020 51")
    session = read_as(treasurer)
    member = queries.get_member(session, number)
    assert member.iban_shown == "DE•• •••• 2051"
    tables = ("members", "audit_records", "audit_values", "chain_links", "form_results", "member_import_rows")
    for table in tables:
        rows = session.execute(text(f"SELECT * FROM {table}")).all()
        assert IBAN not in repr(rows), table
        assert IBAN.encode() not in b"".join(
            bytes(v) for row in rows for v in row if isinstance(v, bytes | memoryview)
        )
    assert write(treasurer, members.change_member, number, {"iban": IBAN}) == []


def test_the_office_writes_members_but_no_amounts_and_the_board_writes_nothing(app, treasurer):
    number = make(person(Role.OFFICE))
    with pytest.raises(NotAllowed):
        write(person(Role.OFFICE), members.set_agreed_amount, number, 150000, from_year=2027, reason="MV")
    with pytest.raises(NotAllowed):
        write(person(Role.BOARD), members.change_member, number, {"city": "Bremen"})


def test_the_search_text_follows_number_name_place_and_people(app, treasurer):
    number = make(treasurer, city="Łódź")
    write(treasurer, members.add_contact, number, {"name": "Maren Brandt"})
    found = queries.get_member(read_as(treasurer), number)
    assert found.search_text == "m0001 hansa blechformteile gmbh łódź maren brandt"


def test_a_category_counts_from_its_day_and_the_same_again_changes_nothing(app, treasurer):
    number = make(treasurer, category="ORD", start=date(2014, 4, 1))
    assert write(treasurer, members.set_category, number, "FOE", valid_from=date(2028, 1, 1))
    assert not write(treasurer, members.set_category, number, "FOE", valid_from=date(2028, 1, 1))
    rows = (
        read_as(treasurer)
        .execute(
            select(CategoryPeriod.category, CategoryPeriod.valid_from).order_by(CategoryPeriod.valid_from)
        )
        .all()
    )
    assert [tuple(row) for row in rows] == [("ORD", date(2014, 4, 1)), ("FOE", date(2028, 1, 1))]


def test_an_unknown_category_is_refused_with_those_there_are(app, treasurer):
    with pytest.raises(Exception, match=r"There is no category “GOLD”\. There are: ORD, FOE"):
        make(treasurer, category="GOLD")


def test_a_size_of_the_same_day_is_replaced_and_other_days_stay(app, treasurer):
    number = make(treasurer)
    record = members.record_basis_value
    write(treasurer, record, number, "headcount", Fraction(37), as_of=date(2026, 6, 30))
    write(
        treasurer, record, number, "headcount", Fraction(41), as_of=date(2026, 6, 30), origin=Origin.ESTIMATED
    )
    write(treasurer, record, number, "headcount", Fraction(35, 2), as_of=date(2027, 6, 30))
    rows = (
        read_as(treasurer)
        .execute(select(BasisValue.value, BasisValue.origin).order_by(BasisValue.as_of))
        .all()
    )
    assert [tuple(row) for row in rows] == [
        (Fraction(41), Origin.ESTIMATED),
        (Fraction(35, 2), Origin.DECLARED),
    ]


@pytest.mark.parametrize(
    ("basis", "value"), [("headcount", Fraction(-1)), ("heads", Fraction(1)), ("fte", {})]
)
def test_a_size_below_zero_or_of_an_unknown_kind_is_refused(app, treasurer, basis, value):
    number = make(treasurer)
    with pytest.raises(Exception, match="size"):
        write(treasurer, members.record_basis_value, number, basis, value, as_of=TODAY)


def test_a_new_agreement_ends_the_one_before(app, treasurer):
    number = make(treasurer, category="FOE")
    agree = members.set_agreed_amount
    write(treasurer, agree, number, 150000, from_year=2025, reason="Vorstand 12.05.2024")
    write(treasurer, agree, number, 200000, from_year=2027, reason="Vorstand 03.11.2026")
    record = queries.find_record(read_as(treasurer), number, today=TODAY, year=2027)
    assert [(row.amount_cents, row.from_year, row.to_year) for row in record.agreed] == [
        (200000, 2027, None),
        (150000, 2025, 2026),
    ]


def test_an_agreement_without_reason_is_refused(app, treasurer):
    number = make(treasurer)
    with pytest.raises(Exception, match="Please say why"):
        write(treasurer, members.set_agreed_amount, number, 150000, from_year=2027, reason=" ")


def test_a_group_is_made_by_its_first_company_which_leads_it(app, treasurer):
    first, second = make(treasurer), make(treasurer, name="Hansa Logistik GmbH")
    for number in (first, second):
        write(treasurer, members.set_group, number, "Hansa Gruppe", valid_from=date(2027, 1, 1))
    record = queries.find_record(read_as(treasurer), second, today=TODAY, year=2027)
    assert record.group.code == "HANSA-GRUPPE"
    assert [one.number for one in record.partners] == [first]
    assert record.group.lead_member_id == record.partners[0].id
    write(treasurer, members.set_group, second, "", valid_from=TODAY)
    assert queries.find_record(read_as(treasurer), second, today=TODAY, year=2027).group is None


def test_mem_7_a_notice_ends_the_membership_on_the_first_possible_day(app, treasurer):
    number = make(treasurer, start=date(2014, 4, 1))
    end = write(treasurer, members.record_notice, number, received_on=date(2026, 10, 1), today=TODAY)
    assert end == "2027-12-31"
    assert (
        queries.find_record(read_as(treasurer), number, today=TODAY, year=2027).state
        is MemberState.NOTICE_GIVEN
    )
    write(treasurer, members.withdraw_notice, number, today=TODAY)
    assert queries.find_record(read_as(treasurer), number, today=TODAY, year=2027).state is MemberState.ACTIVE


def test_a_notice_of_tomorrow_and_an_end_before_the_start_are_refused(app, treasurer):
    number = make(treasurer, start=date(2026, 4, 1))
    with pytest.raises(NoticeWrong):
        write(treasurer, members.record_notice, number, received_on=date(2027, 1, 12), today=TODAY)
    with pytest.raises(PeriodWrong):
        write(
            treasurer,
            members.end_membership,
            number,
            on=date(2026, 3, 31),
            cause=EndCause.MERGER,
            today=TODAY,
        )


def test_a_former_member_cannot_be_suspended(app, treasurer):
    number = make(treasurer, start=date(2014, 4, 1), end=date(2025, 12, 31))
    with pytest.raises(StateWrong):
        write(treasurer, members.suspend_member, number, since=TODAY, note="", today=TODAY)


def test_rights_rest_and_come_back(app, treasurer):
    number = make(treasurer)
    write(treasurer, members.suspend_member, number, since=TODAY, note="Beitrag offen", today=TODAY)
    assert (
        queries.find_record(read_as(treasurer), number, today=TODAY, year=2027).state is MemberState.SUSPENDED
    )
    write(treasurer, members.resume_member, number, today=TODAY)
    assert queries.find_record(read_as(treasurer), number, today=TODAY, year=2027).state is MemberState.ACTIVE


def test_mem_16_a_contact_that_leaves_is_ended_and_can_come_back(app, treasurer):
    number = make(treasurer)
    contact = write(
        treasurer, members.add_contact, number, {"name": "Maren Brandt", "functions": ["billing"]}
    )
    assert write(treasurer, members.add_contact, number, {"name": "Maren Brandt"}) == contact
    write(treasurer, members.end_contact, number, contact, today=TODAY)
    assert queries.find_record(read_as(treasurer), number, today=TODAY, year=2027).present_contacts == []
    write(treasurer, members.restore_contact, number, contact)
    (found,) = queries.find_record(read_as(treasurer), number, today=TODAY, year=2027).present_contacts
    assert found.functions == ["billing"]


def test_a_contact_of_another_member_is_not_found(app, treasurer):
    first, second = make(treasurer), make(treasurer, name="Andere AG")
    contact = write(treasurer, members.add_contact, first, {"name": "Maren Brandt"})
    with pytest.raises(Exception, match="no contact"):
        write(treasurer, members.end_contact, second, contact, today=TODAY)


def test_members_are_found_without_regard_to_case_and_blanks_of_the_number(app, treasurer):
    make(treasurer)
    assert isinstance(queries.get_member(read_as(treasurer), " m0001"), Member)
