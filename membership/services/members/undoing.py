"""An import taken back: new members leave, changed ones get what stood there before; booked amounts are reversed.

What somebody changed after the import stays as it is. Source: `ux.md` 6.4, `reliability.md` INV-08.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Delete, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from membership.domain.errors import N_, AlreadyDone, Conflict
from membership.domain.ledger import EntryKind
from membership.domain.member_lists import company_key
from membership.domain.members import MemberState
from membership.domain.phrases import Phrase
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.columns import Base
from membership.persistence.db import actor_of, guard
from membership.persistence.models.billing import RunItem
from membership.persistence.models.companies import CompanyInvitation, CompanyRequest
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import Entry, EntryLine
from membership.persistence.models.member_papers import MemberFile, MemberNote
from membership.persistence.models.members import (
    AgreedAmount,
    BasisValue,
    CategoryPeriod,
    CompanyGroup,
    Contact,
    GroupMembership,
    Insolvency,
    Member,
    MemberImport,
    MemberImportRow,
    MemberMerge,
    Membership,
    OrderNumber,
    Origin,
    Override,
    PreviousDues,
    Succession,
)
from membership.persistence.models.payments import Payment
from membership.persistence.models.users import UserCompany
from membership.persistence.queries import members as queries
from membership.services import ledger
from membership.services.members.importing import IMPORT
from membership.services.members.planning import Effect
from membership.services.members.records import GUARD, refresh_search, touch

_OWN_ROWS: Final[tuple[type[Any], ...]] = (
    Succession, MemberMerge, Insolvency, Membership, CategoryPeriod, BasisValue, AgreedAmount, Override, PreviousDues,
    Contact, GroupMembership, OrderNumber,
)  # fmt: skip
"""What belongs to a member alone and goes with it."""

_HOLDS: Final[tuple[tuple[type[Any], str], ...]] = (
    (Invoice, N_("an invoice")),
    (Payment, N_("a payment")),
    (RunItem, N_("a billing run")),
    (MemberNote, N_("a note")),
    (MemberFile, N_("a file")),
    (UserCompany, N_("a person of the member area")),
    (CompanyInvitation, N_("an invitation to the member area")),
    (CompanyRequest, N_("a request from the member area")),
)
"""What keeps a new member from being taken out again."""


class ImportInUse(Conflict):
    """Something rests on a member of the import already."""

    message = N_("The import cannot be undone any more: %(number)s has %(what)s.")
    code = "import_in_use"


class LaterImport(Conflict):
    """A later import changed a member of this one."""

    message = N_("Import %(later)s came after this one and changed %(number)s. Undo that one first.")
    code = "later_import"


def undo_import(session: Session, import_id: int, *, today: date) -> int:
    """Take an import back and return how many members it had changed or brought.

    Raises `AlreadyDone` when it was undone before, `ImportInUse` as soon as a member of it has an invoice, or a new one
    a payment, a billing run or a person of the member area, or an amount that it booked is paid; `LaterImport`.
    """
    require(actor_of(session), IMPORT)
    guard(session, GUARD)
    found = queries.get_import(session, import_id, lock=True)
    if found.undone_at is not None:
        raise AlreadyDone
    rows = queries.list_import_rows(session, import_id)
    members = {
        member.id: member
        for member in session.execute(
            select(Member).where(Member.id.in_([row.member_id for row in rows])).with_for_update()
        ).scalars()
    }
    _require_free(session, rows, members)
    for row in rows:
        kept = row.before or {}
        _reverse_openings(session, kept.get("opening", []), today=today)
        if row.kind != Effect.NEW:
            _restore(session, members[row.member_id], kept)
    _remove(session, import_id, [members[row.member_id] for row in rows if row.kind == Effect.NEW])
    _drop_empty_groups(session)
    found.undone_at = actor_of(session).at
    chain.note(session, "member.undo_import", "import", import_id, facts={"members": len(rows)})
    return len(rows)


def _require_free(session: Session, rows: list[MemberImportRow], members: Mapping[int, Member]) -> None:
    import_id = rows[0].import_id if rows else 0
    later = session.execute(
        select(MemberImportRow.import_id, MemberImportRow.member_id)
        .join(MemberImport, MemberImport.id == MemberImportRow.import_id)
        .where(
            MemberImportRow.import_id > import_id,
            MemberImportRow.member_id.in_(members),
            MemberImport.undone_at.is_(None),
        )
        .order_by(MemberImportRow.import_id.desc())
    ).first()
    if later is not None:
        raise LaterImport(later=later.import_id, number=members[later.member_id].number)
    new = [row.member_id for row in rows if row.kind == Effect.NEW]
    for model, what in _HOLDS:
        ids = members if model is Invoice else new
        held = select(model.member_id).where(model.member_id.in_(ids)).order_by(model.member_id).limit(1)
        member_id = session.execute(held).scalar_one_or_none()
        if member_id is not None:
            raise ImportInUse(number=members[member_id].number, what=Phrase(what))
    member_id = _find_paid(session, [item for row in rows for item in (row.before or {}).get("opening", [])])
    if member_id is not None:
        raise ImportInUse(number=members[member_id].number, what=Phrase(N_("a payment")))


def _find_paid(session: Session, items: Sequence[int]) -> int | None:
    """Return a member of whose booked amounts something is paid, and not taken back."""
    reversed_entry = aliased(Entry)
    kind = func.coalesce(reversed_entry.kind, Entry.kind)
    return session.execute(
        select(EntryLine.member_id)
        .join(Entry, Entry.id == EntryLine.entry_id)
        .outerjoin(reversed_entry, reversed_entry.id == Entry.reverses_id)
        .where(EntryLine.open_item_id.in_(items), kind == EntryKind.ALLOCATION)
        .group_by(EntryLine.member_id, EntryLine.open_item_id)
        .having(func.sum(EntryLine.amount_cents) != 0)
        .order_by(EntryLine.member_id)
        .limit(1)
    ).scalar_one_or_none()


def can_undo(session: Session, import_id: int) -> bool:
    """Return whether nothing rests on the import yet, so that a page offers to take it back."""
    found = queries.get_import(session, import_id)
    rows = queries.list_import_rows(session, import_id)
    ids = [row.member_id for row in rows]
    known = {one.id: one for one in session.execute(select(Member).where(Member.id.in_(ids))).scalars()}
    try:
        _require_free(session, rows, known)
    except (ImportInUse, LaterImport):
        return False
    return found.undone_at is None


def _reverse_openings(session: Session, items: list[int], *, today: date) -> None:
    for item in items:
        entry_id = session.execute(
            select(Entry.id)
            .join(EntryLine, EntryLine.entry_id == Entry.id)
            .where(EntryLine.open_item_id == item, Entry.kind == EntryKind.OPENING)
        ).scalar_one()
        ledger.reverse(session, entry_id, on=today, text="VORTRAG")


def _remove(session: Session, import_id: int, new: Sequence[Member]) -> None:
    """Take new members out; one with entries in the ledger stays as a company that never was a member."""
    session.flush()
    numbers = {member.id: member.number for member in new}
    ids = list(numbers)
    booked = set(session.execute(select(EntryLine.member_id).where(EntryLine.member_id.in_(ids))).scalars())
    gone = [member_id for member_id in ids if member_id not in booked]
    for model in _OWN_ROWS:
        _delete_all(session, delete(model).where(model.member_id.in_(ids)))
    _delete_all(session, delete(MemberMerge).where(MemberMerge.into_id.in_(ids)))
    _delete_all(session, delete(Succession).where(Succession.successor_id.in_(ids)))
    leaders = CompanyGroup.lead_member_id.in_(ids)
    session.execute(update(CompanyGroup).where(leaders).values(lead_member_id=None))
    # Rows of later imports that were undone before would hold a member that goes.
    of_this = (MemberImportRow.import_id == import_id) & MemberImportRow.member_id.in_(ids)
    _delete_all(session, delete(MemberImportRow).where(of_this | MemberImportRow.member_id.in_(gone)))
    _delete_all(session, delete(Member).where(Member.id.in_(gone)))
    session.expire_all()
    for member_id, number in numbers.items():
        if member_id in booked:
            session.add(Membership(member_id=member_id, state=str(MemberState.REJECTED)))
            refresh_search(session, session.get_one(Member, member_id))
        chain.note(session, "member.undo_import_new", "member", number, member_id=member_id)


def _delete_all(session: Session, statement: Delete) -> None:
    """Delete rows without looking for them among the objects of the session: those are many."""
    session.execute(statement, execution_options={"synchronize_session": False})


def _drop_empty_groups(session: Session) -> None:
    used = select(GroupMembership.group_id)
    session.execute(delete(CompanyGroup).where(CompanyGroup.id.not_in(used)))


def _restore(session: Session, member: Member, kept: Mapping[str, Any]) -> None:
    """Give a changed member back what stood there, field by field, unless somebody changed it since."""
    for name, (old, new) in kept.get("fields", {}).items():
        if name == "iban":
            _restore_iban(member, old, new)
        elif _is_still(getattr(member, name), new):
            setattr(member, name, old)
    member.name_key = company_key(member.name)
    _restore_contacts(session, kept)
    _restore_values(session, kept)
    _restore_dates(session, kept)
    _delete(session, GroupMembership, kept.get("group"))
    if "previous" in kept:
        year, cents = kept["previous"]
        row = session.get(PreviousDues, (member.id, year))
        if row is not None and cents is None:
            session.delete(row)
        elif row is not None:
            row.amount_cents = cents
    session.flush()
    refresh_search(session, member)
    touch(session, member)
    chain.note(session, "member.undo_import_change", "member", member.number, member_id=member.id)


def _is_still(value: object, new: object) -> bool:
    present = value.isoformat() if isinstance(value, date) else value
    return present == new or str(present) == str(new)


def _restore_iban(member: Member, old: list[Any], new_key: str) -> None:
    if member.iban_key != new_key:
        return
    sealed, key, shown = old
    member.iban_sealed = None if sealed is None else base64.b64decode(sealed)
    member.iban_key, member.iban_shown = key, shown


def _restore_contacts(session: Session, kept: Mapping[str, Any]) -> None:
    for contact_id in kept.get("contacts_added", []):
        _delete(session, Contact, contact_id)
    for contact_id, fields in kept.get("contacts_changed", {}).items():
        contact = session.get(Contact, int(contact_id))
        for name, (old, new) in fields.items():
            if contact is not None and getattr(contact, name) == new:
                setattr(contact, name, old)


def _restore_values(session: Session, kept: Mapping[str, Any]) -> None:
    for value_id in kept.get("values_added", []):
        _delete(session, BasisValue, value_id)
    for old in kept.get("values_changed", []):
        row = session.get(BasisValue, old["id"])
        if row is not None and row.value == Fraction(old["new"]):
            row.value = None if old["value"] is None else Fraction(old["value"])
            row.classes, row.origin = old["classes"], Origin(old["origin"])


def _restore_dates(session: Session, kept: Mapping[str, Any]) -> None:
    _delete(session, Membership, kept.get("period_added"))
    if "period" in kept:
        period = session.get(Membership, kept["period"]["id"])
        for name, (old, new) in kept["period"]["fields"].items():
            if period is not None and _is_still(getattr(period, name), new):
                is_day = name in {"start", "end"} and old is not None
                setattr(period, name, date.fromisoformat(old) if is_day else old)
    if "category" in kept:
        row = session.get(CategoryPeriod, kept["category"]["id"])
        if row is None or row.category != kept["category"]["new"]:
            return
        if kept["category"]["old"] is None:
            session.delete(row)
        else:
            row.category = kept["category"]["old"]


def _delete(session: Session, model: type[Base], row_id: int | None) -> None:
    row = None if row_id is None else session.get(model, row_id)
    if row is not None:
        session.delete(row)
