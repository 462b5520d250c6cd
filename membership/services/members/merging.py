"""Two records of one company become one: fields by choice, all beside them together; the books stay as they are.

Invoices, payments and entries keep the member they were booked for, because nothing booked is changed. The record that
goes is kept with its number, owes no dues any more and names the one that stays. It can be taken back.
Source: `ux.md` 6.3 "Merge of duplicates", MEM-4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.errors import N_, Conflict, InputError
from membership.domain.member_fields import INVOICE_ADDRESS
from membership.domain.members import MemberState
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, guard
from membership.persistence.models.members import BasisValue, Member, MemberMerge
from membership.persistence.queries import members as queries
from membership.services.members import papers
from membership.services.members.records import (
    GUARD,
    WRITE,
    change_member,
    note_change,
    present_fields,
    refresh_search,
)

MERGE_FIELDS: Final = (
    "name", "legal_form", "address_extra", "street", "postcode", "city", "country", *INVOICE_ADDRESS, "phone",
    "invoice_email", "register_entry", "tax_number", "vat_id", "leitweg_id", "order_number", "cost_centre",
    "order_wish", "invoice_format", "invoice_way", "language", "payment_method", "founded_on", "attributes", "note",
)  # fmt: skip
"""What can be chosen from either record. An IBAN is entered anew: it never leaves its encrypted column."""


class MergeWrong(InputError):
    """A member cannot be merged with itself."""

    message = N_("%(number)s is the member itself. Enter the number of its duplicate.")
    code = "merge_same"


class MergedAlready(Conflict):
    """One of the two records has gone into another one."""

    message = N_("%(number)s has been merged into another member already.")
    code = "merged_already"


class NotMerged(Conflict):
    """There is nothing to take back."""

    message = N_("%(number)s has not been merged into another member.")
    code = "not_merged"


def with_whole_address(taken: Collection[str]) -> set[str]:
    """Return fields to take, the address for invoices whole or not at all: two halves would be a place of nobody."""
    return {*taken, *(INVOICE_ADDRESS if any(name in taken for name in INVOICE_ADDRESS) else ())}


def merge_members(session: Session, number: str, other: str, *, taken: Collection[str]) -> str:
    """Merge `other` into `number` and return the number of the one that went.

    `taken` are the fields whose value comes from the one that goes. Contacts and sizes that the other one lacks move.
    Raises `MergeWrong`, `MergedAlready`, `NotFound`, `FieldWrong`.
    """
    require(actor_of(session), WRITE)
    guard(session, GUARD)
    stays, goes = (
        queries.get_member(session, number, lock=True),
        queries.get_member(session, other, lock=True),
    )
    if stays.id == goes.id:
        raise MergeWrong(number=stays.number)
    for each in (stays, goes):
        if queries.find_merge(session, each.id) is not None:
            raise MergedAlready(number=each.number)
    wanted = with_whole_address(taken)
    names = [name for name in MERGE_FIELDS if name in wanted]
    before = present_fields(session, stays, names)
    changed = change_member(session, stays.number, present_fields(session, goes, names))
    periods = queries.list_periods(session, goes.id)
    kept: dict[str, Any] = {
        "fields": {name: _json(before[name]) for name in changed},
        "periods": [[period.id, period.state] for period in periods],
        "contacts": _move_contacts(session, stays, goes),
        "values": _move_values(session, stays, goes),
        **papers.move_papers(session, source=goes, target=stays),
    }
    for period in periods:
        period.state = str(MemberState.MERGED)
    session.add(MemberMerge(member_id=goes.id, into_id=stays.id, before=kept))
    _tell(session, stays, goes, "member.merge")
    return goes.number


def unmerge_member(session: Session, number: str) -> str:
    """Take a merge back and return the number of the member it had gone into.

    What was changed since at the one that stayed is left. Raises `NotMerged`.
    """
    require(actor_of(session), WRITE)
    guard(session, GUARD)
    goes = queries.get_member(session, number, lock=True)
    row = queries.find_merge(session, goes.id)
    if row is None:
        raise NotMerged(number=goes.number)
    stays = session.get_one(Member, row.into_id)
    kept: Mapping[str, Any] = row.before
    session.delete(row)
    states = {int(period_id): str(state) for period_id, state in kept["periods"]}
    for period in queries.list_periods(session, goes.id):
        period.state = states.get(period.id, period.state)
    for contact in queries.list_contacts(session, stays.id):
        contact.member_id = goes.id if contact.id in kept["contacts"] else stays.id
    of_stays = select(BasisValue).where(BasisValue.member_id == stays.id, BasisValue.id.in_(kept["values"]))
    for value in session.execute(of_stays).scalars():
        value.member_id = goes.id
    moved = {name: kept.get(name, ()) for name in ("notes", "files")}
    papers.return_papers(session, source=goes, target=stays, **moved)
    present = present_fields(session, goes, kept["fields"])
    same = present_fields(session, stays, kept["fields"])
    back = {name: _value(name, old) for name, old in kept["fields"].items() if same[name] == present[name]}
    change_member(session, stays.number, back)
    _tell(session, stays, goes, "member.unmerge")
    return stays.number


def _move_contacts(session: Session, stays: Member, goes: Member) -> list[int]:
    """Move the present contacts whom the other record does not know by mail address or name; return their ids."""
    present = [one for one in queries.list_contacts(session, stays.id) if one.ended_on is None]
    known = {text.casefold() for one in present for text in (one.email, one.name) if text}
    moved = []
    for contact in queries.list_contacts(session, goes.id):
        if contact.ended_on is None and not {contact.email.casefold(), contact.name.casefold()} & known:
            contact.member_id = stays.id
            moved.append(contact.id)
    return moved


def _move_values(session: Session, stays: Member, goes: Member) -> list[int]:
    """Move the sizes of days of which the other record knows none; return their ids."""
    rows = (
        session.execute(select(BasisValue).where(BasisValue.member_id.in_((stays.id, goes.id))))
        .scalars()
        .all()
    )
    known = {(row.basis, row.as_of) for row in rows if row.member_id == stays.id}
    moved = [row for row in rows if row.member_id == goes.id and (row.basis, row.as_of) not in known]
    for row in moved:
        row.member_id = stays.id
    return [row.id for row in moved]


def _tell(session: Session, stays: Member, goes: Member, action: str) -> None:
    session.flush()
    for member, field, other in ((stays, "duplicate", goes), (goes, "merged_into", stays)):
        refresh_search(session, member)
        values: dict[str, chain.Change] = {field: (None, other.number)}
        note_change(session, member, action, values)


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _value(name: str, kept: object) -> object:
    return date.fromisoformat(kept) if name == "founded_on" and isinstance(kept, str) else kept
