"""Rare events of a membership: insolvency, which member follows which, records that were merged (MEM-11, MEM-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from membership.persistence.models.members import Insolvency, Member, MemberMerge, Succession


@dataclass(frozen=True, slots=True)
class Follower:
    """The other member of a succession; `follows` says that it is the later one."""

    number: str
    name: str
    on: date
    kind: str
    follows: bool


def find_insolvency(session: Session, member_id: int, *, closed: bool = False) -> Insolvency | None:
    """Return the proceedings over a member that are open (or the last that were closed)."""
    state = Insolvency.closed_on.is_not(None) if closed else Insolvency.closed_on.is_(None)
    statement = select(Insolvency).where(Insolvency.member_id == member_id, state)
    return session.execute(statement.order_by(Insolvency.id.desc()).limit(1)).scalar_one_or_none()


def list_followers(session: Session, member_id: int) -> list[Follower]:
    """Return the members that follow this one or that it follows, the newest first."""
    is_other = or_(
        (Succession.member_id == member_id) & (Member.id == Succession.successor_id),
        (Succession.successor_id == member_id) & (Member.id == Succession.member_id),
    )
    rows = session.execute(
        select(Member.number, Member.name, Succession.on, Succession.kind, Succession.member_id)
        .join(Member, is_other)
        .where(or_(Succession.member_id == member_id, Succession.successor_id == member_id))
        .order_by(Succession.on.desc())
    )
    return [Follower(number, name, on, kind, owner == member_id) for number, name, on, kind, owner in rows]


def find_merge(session: Session, member_id: int) -> MemberMerge | None:
    """Return how a record went into another one, if it did."""
    statement = select(MemberMerge).where(MemberMerge.member_id == member_id)
    return session.execute(statement).scalar_one_or_none()


def list_merged(session: Session, member_id: int) -> list[tuple[str, str, bool]]:
    """Return number and name of the records that went into this one, or of the one it went into (then True)."""
    is_other = or_(
        (MemberMerge.into_id == member_id) & (Member.id == MemberMerge.member_id),
        (MemberMerge.member_id == member_id) & (Member.id == MemberMerge.into_id),
    )
    rows = session.execute(
        select(Member.number, Member.name, MemberMerge.member_id)
        .join(Member, is_other)
        .where(or_(MemberMerge.into_id == member_id, MemberMerge.member_id == member_id))
        .order_by(Member.number)
    )
    return [(number, name, gone == member_id) for number, name, gone in rows]


def list_likely_duplicates(session: Session, member: Member) -> list[Member]:
    """Return up to ten members of the same name, mail address, VAT ID or IBAN; merged ones are left out."""
    merged = select(MemberMerge.member_id)
    same = [Member.name_key == member.name_key]
    if member.invoice_email:
        same.append(Member.invoice_email == member.invoice_email)
    if member.vat_id:
        same.append(Member.vat_id == member.vat_id)
    if member.iban_key:
        same.append(Member.iban_key == member.iban_key)
    statement = select(Member).where(or_(*same), Member.id != member.id, Member.id.not_in(merged))
    return list(session.execute(statement.order_by(Member.number).limit(10)).scalars())
