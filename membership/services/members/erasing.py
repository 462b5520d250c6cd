"""A former contact is erased: the person goes, every number, hash and document stays.

Names and contact data stand beside what is hashed, so that the chain still verifies. What was printed on an issued
document stays there for as long as the law asks for it. Source: INV-35; `reliability.md` 25, 64; MEM-16; Art. 17 GDPR.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from membership.domain.companies import RequestState
from membership.domain.errors import N_, Conflict
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.chain import AuditRecord, AuditValue
from membership.persistence.models.companies import CompanyInvitation, CompanyRequest
from membership.persistence.models.declarations import DeclarationRequest
from membership.persistence.models.members import Contact, Member, MemberMerge
from membership.persistence.queries import members as queries
from membership.persistence.queries.applications import list_of_member
from membership.services import online_payments
from membership.services.members import papers
from membership.services.members.records import WRITE, refresh_search, touch

_PERSONAL: Final = ("signatory_name", "email", "phone", "invoice_email", "iban_holder")
"""What an application says about people."""
_BY_SIGNATORY: Final = ("signatory_function", "message")
"""What goes with the person who signed: what this person is, and what was written freely."""
_LINES: Final = ("address_extra", "invoice_name", "invoice_extra")
"""Lines of an address, in which a person may be named: one that does goes as a whole."""
_ABOUT_PEOPLE: Final = ("member.contact_", "declaration.submit", "company.")


class ContactActive(Conflict):
    """Somebody who is still a contact is not erased."""

    message = N_("%(name)s is still a contact. End that first, then erase the person.")
    code = "contact_active"


def erase_contact(session: Session, number: str, contact_id: int) -> None:
    """Erase a former contact and every value of that person in the audit log; the records themselves stay."""
    require(actor_of(session), WRITE)
    member = queries.get_member(session, number, lock=True)
    contact = queries.get_contact(session, member.id, contact_id)
    if contact.ended_on is None:
        raise ContactActive(name=contact.name or contact.email)
    known = {text for text in (contact.name, contact.email, contact.phone) if text}
    texts = known | {text for text in (contact.salutation,) if text}
    session.execute(delete(Contact).where(Contact.id == contact.id))
    papers.erase_from_notes(session, member.id, texts - {contact.salutation})
    _empty_values(session, member.id, texts)
    about = (DeclarationRequest.member_id == member.id, DeclarationRequest.declared_by.in_(texts))
    session.execute(update(DeclarationRequest).where(*about).values(declared_by=""))
    telling = known | {text for text in texts if " " in text or "@" in text}
    online_payments.forget_person(session, member.id, telling)
    _forget_in_application(session, member.id, texts)
    _forget_in_lines(session, member, texts)
    _forget_in_member_area(session, member.id, known)
    refresh_search(session, member)
    touch(session, member)
    chain.note(session, "member.contact_erase", "member", member.number, member_id=member.id)


def _forget_in_application(session: Session, member_id: int, texts: set[str]) -> None:
    """Empty what the applications of the company say about a person."""
    telling = _telling(texts)
    for application in list_of_member(session, member_id):
        said = application.data or {}
        gone = [name for name in _PERSONAL if said.get(name) in texts]
        if {"signatory_name", "email"} & set(gone):
            gone += _BY_SIGNATORY
        freely = (*_BY_SIGNATORY, *_LINES)
        gone += [name for name in freely if _tells(said.get(name), telling)]
        if gone:
            application.data = {**said, **dict.fromkeys(gone, "")}
        if "email" in gone:
            application.email_key = ""


def _forget_in_lines(session: Session, member: Member, texts: set[str]) -> None:
    """Empty the lines of the company's addresses that name a person, and what the audit log holds of them."""
    telling = _telling(texts)
    merges = session.execute(select(MemberMerge).where(MemberMerge.into_id == member.id)).scalars().all()
    records = [member, *(session.get_one(Member, merge.member_id) for merge in merges)]
    for record in records:
        for name in _LINES:
            if _tells(getattr(record, name), telling):
                setattr(record, name, "")
    for merge in merges:
        fields = merge.before["fields"]
        gone = [name for name in _LINES if _tells(fields.get(name), telling)]
        merge.before = {**merge.before, "fields": {**fields, **dict.fromkeys(gone, "")}}
    values = session.execute(
        select(AuditValue.audit_id, AuditValue.field, AuditValue.old, AuditValue.new)
        .join(AuditRecord, AuditRecord.id == AuditValue.audit_id)
        .where(AuditRecord.member_id.in_([record.id for record in records]), AuditValue.field.in_(_LINES))
    ).all()
    for audit_id, field, old, new in values:
        if _tells(old, telling) or _tells(new, telling):
            session.execute(
                update(AuditValue)
                .where(AuditValue.audit_id == audit_id, AuditValue.field == field)
                .values(old=None, new=None)
            )


def _telling(texts: Collection[str]) -> set[str]:
    """Return what names a person alone, to be looked for in whatever case it is written."""
    return {text.casefold() for text in texts if " " in text or "@" in text}


def _tells(line: str | None, telling: Collection[str]) -> bool:
    """Return whether a line holds one of these names."""
    return any(text in (line or "").casefold() for text in telling)


def _forget_in_member_area(session: Session, member_id: int, known: set[str]) -> None:
    """Forget the person's invitations to the member area, who invited or asked, and what settled requests say."""
    about = (
        CompanyInvitation.member_id == member_id,
        CompanyInvitation.email.in_({each.casefold() for each in known}),
    )
    session.execute(delete(CompanyInvitation).where(*about))
    by_person = (CompanyInvitation.member_id == member_id, CompanyInvitation.invited_by.in_(known))
    session.execute(update(CompanyInvitation).where(*by_person).values(invited_by=""))
    requests = select(CompanyRequest).where(CompanyRequest.member_id == member_id)
    for request in session.execute(requests).scalars():
        if request.asked_by in known:
            request.asked_by = ""
        if request.facts.get("by") in known:
            request.facts = {**request.facts, "by": ""}
        if request.state is RequestState.OPEN:
            continue
        said = " ".join(str(text) for text in (*request.facts.values(), request.answer))
        if any(text in said for text in known):
            request.facts = {name: "" if name == "text" else value for name, value in request.facts.items()}
            request.answer = ""


def _empty_values(session: Session, member_id: int, texts: set[str]) -> None:
    """Empty the audit values about a person: those that hold a text of theirs, and what the same field held before."""
    is_about = or_(*(AuditRecord.action.startswith(each) for each in _ABOUT_PEOPLE))
    values = session.execute(
        select(AuditValue.audit_id, AuditValue.field, AuditValue.old, AuditValue.new)
        .join(AuditRecord, AuditRecord.id == AuditValue.audit_id)
        .where(AuditRecord.member_id == member_id, is_about)
        .order_by(AuditValue.audit_id.desc())
    ).all()
    found: set[int] = set()
    for audit_id, _field, old, new in values:
        if {old, new} & texts:
            found.add(audit_id)
            texts |= {text for text in (old, new) if text}
    about = AuditValue.audit_id.in_(found)
    session.execute(update(AuditValue).where(about).values(old=None, new=None))
