"""Single rows about members: the member by its number, its periods, contacts, imports."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from membership.domain.errors import NotFound
from membership.domain.members import period_on, same_company
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.members import (
    BasisValue,
    CompanyGroup,
    Contact,
    GroupMembership,
    Member,
    MemberCategory,
    MemberImport,
    MemberImportRow,
    Membership,
)

CREATED = ("member.create", "member.import_new")
"""The actions of the audit log by which a member came in: they name every number that was ever given."""


def find_member(session: Session, number: str, *, lock: bool = False) -> Member | None:
    """Return the member with a number, if there is one that the actor may see."""
    statement = select(Member).where(Member.number == "".join(number.split()).upper())
    return session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()


def get_member(session: Session, number: str, *, lock: bool = False) -> Member:
    """Return the member with a number; raise `NotFound` when there is none that the actor may see."""
    found = find_member(session, number, lock=lock)
    if found is None:
        raise NotFound(what="member", key=number)
    return found


def find_number(session: Session, member_id: int) -> str:
    """Return the number of a member by its id."""
    return session.execute(select(Member.number).where(Member.id == member_id)).scalar_one()


def list_used_numbers(session: Session) -> set[str]:
    """Return every member number that is or ever was in use (MEM-4)."""
    used = set(session.execute(select(Member.number)).scalars())
    named = select(AuditRecord.object_ref).where(AuditRecord.action.in_(CREATED))
    return used | set(session.execute(named).scalars())


def list_same_company(session: Session, name: str, postcode: str | None = None) -> list[Member]:
    """Return the members whose name is the same but for spelling; with a postcode only those there."""
    key, place = same_company(name, postcode or "")
    rows = session.execute(select(Member).where(Member.name_key == key).order_by(Member.number)).scalars()
    return [row for row in rows if postcode is None or same_company(row.name, row.postcode)[1] == place]


_PERIODS: Final = (
    select(Membership)
    .where(Membership.member_id == bindparam("of_member"))
    .order_by(Membership.start.is_not(None), Membership.start, Membership.id)
)


def list_periods(session: Session, member_id: int) -> list[Membership]:
    """Return the periods of a member, the oldest first."""
    return list(session.execute(_PERIODS, {"of_member": member_id}).scalars())


def numbers_of(session: Session, member_ids: Collection[int]) -> dict[int, str]:
    """Return member id -> its number."""
    rows = session.execute(select(Member.id, Member.number).where(Member.id.in_(member_ids)))
    return {row.id: row.number for row in rows}


def find_period(session: Session, member_id: int, day: date) -> Membership | None:
    """Return the period that counts on a day, if the company ever had one."""
    return period_on(list_periods(session, member_id), day)


def list_contacts(session: Session, member_id: int) -> list[Contact]:
    """Return the contacts of a member, present ones first, each group by name."""
    order = (Contact.ended_on.is_not(None), Contact.name, Contact.id)
    statement = select(Contact).where(Contact.member_id == member_id).order_by(*order)
    return list(session.execute(statement).scalars())


def get_contact(session: Session, member_id: int, contact_id: int) -> Contact:
    """Return one contact of a member; raise `NotFound` when it is not one of theirs."""
    statement = select(Contact).where(Contact.id == contact_id, Contact.member_id == member_id)
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="contact", key=contact_id)
    return found


def find_value(session: Session, member_id: int, value_id: int) -> BasisValue | None:
    """Return one size of a member, if it is there."""
    statement = select(BasisValue).where(BasisValue.id == value_id, BasisValue.member_id == member_id)
    return session.execute(statement).scalar_one_or_none()


def find_value_on(session: Session, member_id: int, basis: str, day: date) -> BasisValue | None:
    """Return the size of a member that was recorded for exactly this day."""
    statement = select(BasisValue).where(
        BasisValue.member_id == member_id, BasisValue.basis == basis, BasisValue.as_of == day
    )
    return session.execute(statement).scalar_one_or_none()


def list_groups(session: Session) -> list[CompanyGroup]:
    """Return all groups of companies by name."""
    return list(session.execute(select(CompanyGroup).order_by(CompanyGroup.name)).scalars())


def list_group_members(session: Session, member_id: int) -> list[int]:
    """Return the ids of the companies that were ever in one group with a member."""
    own = select(GroupMembership.group_id).where(GroupMembership.member_id == member_id)
    statement = select(GroupMembership.member_id).where(GroupMembership.group_id.in_(own)).distinct()
    return list(session.execute(statement).scalars())


def list_categories(session: Session) -> list[MemberCategory]:
    """Return all categories in their order."""
    statement = select(MemberCategory).order_by(MemberCategory.position, MemberCategory.code)
    return list(session.execute(statement).scalars())


def get_import(session: Session, import_id: int, *, lock: bool = False) -> MemberImport:
    """Return an import; raise `NotFound` when there is none."""
    found = find_import(session, import_id, lock=lock)
    if found is None:
        raise NotFound(what="import", key=import_id)
    return found


def find_import(session: Session, import_id: int, *, lock: bool = False) -> MemberImport | None:
    """Return an import, if there is one of this number."""
    statement = select(MemberImport).where(MemberImport.id == import_id)
    return session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()


def list_imports(session: Session, *, limit: int = 20) -> list[MemberImport]:
    """Return the newest imports."""
    statement = select(MemberImport).order_by(MemberImport.id.desc()).limit(limit)
    return list(session.execute(statement).scalars())


def list_import_rows(session: Session, import_id: int) -> list[MemberImportRow]:
    """Return what an import did to each member, in the order of the list."""
    statement = (
        select(MemberImportRow).where(MemberImportRow.import_id == import_id).order_by(MemberImportRow.row)
    )
    return list(session.execute(statement).scalars())
