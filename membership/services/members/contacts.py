"""The people of a member: added, changed, ended when they leave; by the office or the company (MEM-14 to MEM-16)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.errors import N_, InputError
from membership.domain.member_fields import checked_contact
from membership.persistence import chain
from membership.persistence.models.members import Contact, Member
from membership.persistence.queries import members as queries
from membership.services.members.records import (
    MemberChanged,
    audit_values,
    refresh_search,
    running_member,
    touch,
)

OWN: Final = "portal.users"
"""What a person of the company needs for it."""


class ContactEmpty(InputError):
    """A contact needs a name or a mail address."""

    message = N_("Please give a name or an e-mail address.")
    code = "contact_empty"


def add_contact(session: Session, number: str, fields: Mapping[str, object]) -> int:
    """Add a person to a member and return the row's id; the same person again gives the first one."""
    member = running_member(session, number, own=OWN)
    kept = checked_contact(fields)
    _require_somebody(kept)
    for known in queries.list_contacts(session, member.id):
        if known.ended_on is None and (known.name, known.email) == (
            kept.get("name", ""),
            kept.get("email", ""),
        ):
            return known.id
    contact = Contact(member_id=member.id, name="", functions=[])
    write_contact(contact, kept)
    session.add(contact)
    session.flush()
    _note(
        session,
        member,
        "member.contact_add",
        {name: (None, new) for name, new in _shown(kept).items() if new},
    )
    return contact.id


def change_contact(
    session: Session,
    number: str,
    contact_id: int,
    changes: Mapping[str, object],
    *,
    opened: Mapping[str, object] | None = None,
) -> list[str]:
    """Change the fields given of one person; return the names of those that are different now.

    `opened` is what the form was opened with. Raises `MemberChanged` when a field to change has another value now.
    """
    member = running_member(session, number, own=OWN)
    contact = queries.get_contact(session, member.id, contact_id)
    kept = checked_contact(changes)
    before = {name: getattr(contact, name) for name in kept}
    changed = {name: value for name, value in kept.items() if value != (before[name] or _EMPTY[name])}
    if not changed:
        return []
    if opened is not None and any(opened.get(name) != (before[name] or _EMPTY[name]) for name in changed):
        raise MemberChanged(number=member.number)
    write_contact(contact, changed)
    _require_somebody({"name": contact.name, "email": contact.email})
    session.flush()
    old, new = _shown(before), _shown(changed)
    _note(session, member, "member.contact_change", {name: (old[name], new[name]) for name in changed})
    return sorted(changed)


_EMPTY: Mapping[str, object] = {"name": "", "salutation": "", "email": "", "phone": "", "functions": []}


def end_contact(session: Session, number: str, contact_id: int, *, today: date) -> None:
    """End a person's place at a member; invoices keep the printed name (MEM-16)."""
    member = running_member(session, number, own=OWN)
    contact = queries.get_contact(session, member.id, contact_id)
    if contact.ended_on is not None:
        return
    contact.ended_on = today
    session.flush()
    _note(session, member, "member.contact_end", {"name": (contact.name or contact.email, None)})


def restore_contact(session: Session, number: str, contact_id: int) -> None:
    """Take the end of a person's place back."""
    member = running_member(session, number, own=OWN)
    contact = queries.get_contact(session, member.id, contact_id)
    if contact.ended_on is None:
        return
    contact.ended_on = None
    session.flush()
    _note(session, member, "member.contact_restore", {"name": (None, contact.name or contact.email)})


def write_contact(contact: Contact, kept: Mapping[str, object]) -> None:
    """Set checked fields of a contact."""
    for name, value in kept.items():
        setattr(contact, name, value)


def _require_somebody(kept: Mapping[str, object]) -> None:
    if not kept.get("name") and not kept.get("email"):
        raise ContactEmpty


def _shown(kept: Mapping[str, object]) -> dict[str, object]:
    return audit_values(kept)


def _note(session: Session, member: Member, action: str, values: Mapping[str, chain.Change]) -> None:
    refresh_search(session, member)
    touch(session, member)
    chain.note(session, action, "member", member.number, member_id=member.id, values=values)
