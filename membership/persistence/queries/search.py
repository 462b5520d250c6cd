"""The global search: members, invoices and amounts, ten each.

Source: `ux.md` 4 "Global search"; `reliability.md` 10 (normalised search column).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from membership.domain.invoicing import ASKING
from membership.domain.search_text import folded
from membership.persistence import crypto
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import Contact, Member

HITS: Final = 10
_SHORTEST_IBAN: Final = 15


@dataclass(frozen=True, slots=True)
class MemberHit:
    """A member that was found."""

    number: str
    name: str
    city: str


@dataclass(frozen=True, slots=True)
class InvoiceHit:
    """An invoice, cancellation or correction that was found."""

    number: str
    member: str
    issued_on: date
    gross_cents: int
    kind: str

    @property
    def asks(self) -> bool:
        """Return whether it asks for money, so that a payment can be for it."""
        return self.kind in ASKING


def search_members(session: Session, text: str) -> list[MemberHit]:
    """Return members by number, name, place, mail address, their IBAN or its last characters."""
    typed = text.strip()
    by_contact = select(Contact.member_id).where(Contact.email.icontains(typed, autoescape=True))
    conditions = [
        Member.search_text.contains(folded(text), autoescape=True),
        Member.number == typed.upper(),
        Member.invoice_email.icontains(typed, autoescape=True),
        Member.id.in_(by_contact),
    ]
    ending = "".join(text.split()).upper()
    if len(ending) == 4 and ending.isalnum():  # noqa: PLR2004 - four characters of an IBAN are kept in clear
        conditions.append(Member.iban_shown.endswith(ending, autoescape=True))
    if len(ending) >= _SHORTEST_IBAN and ending.isalnum():
        conditions.append(Member.iban_key == crypto.search_key(session, ending))
    rows = session.execute(
        select(Member.number, Member.name, Member.city)
        .where(or_(*conditions))
        .order_by((Member.number != text.strip().upper()), Member.name)
        .limit(HITS)
    )
    return [MemberHit(*row) for row in rows]


def search_invoices(session: Session, text: str, *, cents: int | None) -> list[InvoiceHit]:
    """Return invoices by number, reference or amount, the newest first."""
    packed = text.replace(" ", "").upper()
    conditions = [Invoice.number.contains(packed, autoescape=True), Invoice.reference == packed]
    if cents is not None:
        conditions.append(Invoice.gross_cents == cents)
    rows = session.execute(
        select(Invoice.number, Member.name, Invoice.issued_on, Invoice.gross_cents, Invoice.kind)
        .join(Member, Member.id == Invoice.member_id)
        .where(or_(*conditions))
        .order_by((Invoice.number != packed), Invoice.id.desc())
        .limit(HITS)
    )
    return [InvoiceHit(*row) for row in rows]
