"""Takes the invented companies in as members, with their people, sizes, agreements and one group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.dues.facts import OverrideKind
from membership.services.demo.companies import Company
from membership.services.members import contacts, facts, periods, records

_GROUP: Final = "Wattgrund-Gruppe"
_IN_GROUP: Final = frozenset({30, 31, 33})
_REDUCED: Final = 64


def number_of(company: Company) -> str:
    """Return the member number of a company."""
    return f"M{company.number:04d}"


def add_companies(session: Session, companies: Sequence[Company]) -> int:
    """Take the companies in and return how many."""
    for company in companies:
        _add(session, company)
    return len(companies)


def _add(session: Session, company: Company) -> None:
    fields = {
        "name": company.name,
        "street": company.street,
        "postcode": company.postcode,
        "city": company.city,
        "invoice_email": company.mail,
        "language": company.language,
        "leitweg_id": _leitweg_id(company) if company.category == "PUB" else "",
        "invoice_format": "xrechnung" if company.category == "SCI" else "zugferd",
    }
    number = records.create_member(
        session,
        fields,
        number=number_of(company),
        category=company.category,
        start=company.start,
        end=None,
    )
    contacts.add_contact(
        session,
        number,
        {
            "name": company.contact,
            "salutation": company.salutation,
            "email": company.mail,
            "functions": ["billing"],
        },
    )
    if company.agreed_cents is not None:
        reason = "Fördervereinbarung"
        facts.set_agreed_amount(
            session, number, company.agreed_cents, from_year=company.start.year, reason=reason
        )
    if company.number in _IN_GROUP:
        facts.set_group(session, number, _GROUP, valid_from=company.start)
    if company.number == _REDUCED:
        facts.set_override(
            session, number, kind=OverrideKind.PERCENT, value=Fraction(50), from_year=2000, organ="board",
            decided_on=None, reason="Sanierung, Beschluss des Vorstands",
        )  # fmt: skip


def _leitweg_id(company: Company) -> str:
    """Return an invented Leitweg-ID with right check digits: districts get their invoices as XRechnung too."""
    coarse = f"03999{company.number:03d}"
    return f"{coarse}-{98 - int(coarse) * 100 % 97:02d}"


def record_sizes(session: Session, companies: Sequence[Company], *, year: int) -> int:
    """Record what the companies declare for a dues year, as of 30 June before; return how many did."""
    as_of = date(year - 1, 6, 30)
    declared = [company for company in companies if company.heads is not None and company.start.year <= year]
    for company in declared:
        assert company.heads is not None, company
        steps = year - 2020
        heads = max(1, company.heads * (100 + company.growth_percent * steps) // 100)
        facts.record_basis_value(session, number_of(company), "headcount", Fraction(heads), as_of=as_of)
    return len(declared)


def record_notices(session: Session, companies: Sequence[Company], *, year: int) -> int:
    """Record the notices of companies that leave at the end of a year; return how many."""
    leaving = [company for company in companies if company.end is not None and company.end.year == year]
    for company in leaving:
        day = date(year, 6, 20)
        periods.record_notice(session, number_of(company), received_on=day, today=day)
    return len(leaving)
