"""A company keeps its contacts itself; where invoices or addresses are concerned, those who matter hear of it.

A contact that gets invoices is as good as an address for invoices: nobody is to turn them away unnoticed.
Source: `ux.md` 7 "Company data", 14 "data change confirmed"; MEM-14, MEM-16.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from membership.domain.companies import concerns_invoices
from membership.domain.phrases import phrase
from membership.persistence.models.members import Member
from membership.persistence.queries.members import get_contact, get_member
from membership.services.companies.telling import tell_change
from membership.services.members import contacts
from membership.services.members.records import running_member


def add_contact(session: Session, number: str, fields: Mapping[str, object]) -> int:
    """Add a contact like `members.add_contact` and tell of it where it gets invoices."""
    contact_id = contacts.add_contact(session, number, fields)
    member = get_member(session, number)
    contact = get_contact(session, member.id, contact_id)
    if concerns_invoices((), contact.functions):
        tell_contacts(session, member, contact.email)
    return contact_id


def change_contact(
    session: Session,
    number: str,
    contact_id: int,
    changes: Mapping[str, object],
    *,
    opened: Mapping[str, object] | None = None,
) -> list[str]:
    """Change a contact like `members.change_contact`; tell of it where it gets invoices or has another address."""
    member = running_member(session, number, own=contacts.OWN)
    contact = get_contact(session, member.id, contact_id)
    address, functions = contact.email, tuple(contact.functions or ())
    changed = contacts.change_contact(session, number, contact_id, changes, opened=opened)
    if changed and ("email" in changed or concerns_invoices(functions, contact.functions)):
        tell_contacts(session, member, address, contact.email)
    return changed


def tell_contacts(session: Session, member: Member, *addresses: str) -> None:
    """Tell that the contacts of a company are others now."""
    tell_change(session, member, phrase("the contacts"), addresses=set(addresses))
