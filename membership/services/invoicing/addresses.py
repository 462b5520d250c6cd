"""Where the documents of a member go: the address on paper and in the e-invoice, which say the same.

The first line is the company, which owes what is billed (§ 14(4) no. 1 UStG); another address for invoices has its own
name below that. In EN 16931 it is the address of the buyer (BG-8): BG-15 is where goods are delivered, and the standard
knows no other address of a buyer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from babel import Locale

from invoices.document import Place, Recipient
from membership.persistence.models.members import Contact, Member

_ADDRESS_LINES = 6


@dataclass(frozen=True, slots=True)
class Destination:
    """An address with up to two lines between the company and the street."""

    lines: tuple[str, ...]
    street: str
    postcode: str
    city: str
    country: str


def destination_of(member: Member) -> Destination:
    """Return where the documents of a member go: the address for invoices, else that of the company."""
    if not member.invoice_city:
        lines = (member.address_extra,) if member.address_extra else ()
        return Destination(lines, member.street, member.postcode, member.city, member.country)
    return Destination(
        tuple(line for line in (member.invoice_name, member.invoice_extra) if line),
        member.invoice_street,
        member.invoice_postcode,
        member.invoice_city,
        member.invoice_country or member.country,
    )


def recipient_of(member: Member, contact: Contact | None, *, order_number: str = "") -> Recipient:
    """Return a member as it stands in the address field of today; a name that does not fit any more is left out."""
    person, to = contact.name if contact else "", destination_of(member)
    country = "" if to.country == "DE" else country_name(to.country)
    city = f"{to.postcode} {to.city}".strip()
    lines = [line for line in (member.name, *to.lines, person, to.street, city, country) if line]
    if len(lines) > _ADDRESS_LINES:
        lines.remove(person)
    return Recipient(
        address=tuple(lines),
        company=member.name,
        member_number=member.number,
        order_number=order_number,
        cost_centre=member.cost_centre,
    )


def buyer_place(member: Member) -> Place:
    """Return the same address in its parts: street (BT-50) and the lines above it (BT-51, BT-163)."""
    to = destination_of(member)
    extra, more = (*to.lines, "", "")[:2]
    return Place(
        street=to.street, extra=extra, more=more, postcode=to.postcode, city=to.city, country=to.country
    )


@lru_cache(maxsize=256)
def country_name(code: str) -> str:
    """Return a country as it stands on an address abroad: in capitals, in German."""
    return str(Locale("de").territories.get(code, code)).upper()
