"""Everything that is kept about a company, as plain values for its own file: no notes of the office, no secrets.

Each part names its columns, so that a new column of a table is not handed out before somebody has thought about it.
Source: Art. 15 and 20 GDPR; SEC-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.persistence.models.companies import CompanyInvitation, CompanyRequest
from membership.persistence.models.declarations import DeclarationVersion
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.members import (
    BasisValue,
    CategoryPeriod,
    Contact,
    Member,
    Membership,
    OrderNumber,
)
from membership.persistence.models.payments import Payment
from membership.persistence.models.users import User, UserCompany

_COMPANY: Final = (
    "number", "name", "legal_form", "address_extra", "street", "postcode", "city", "country", "phone",
    "invoice_name", "invoice_extra", "invoice_street", "invoice_postcode", "invoice_city", "invoice_country",
    "invoice_email", "register_entry", "tax_number", "vat_id", "leitweg_id", "order_number", "cost_centre",
    "invoice_format", "order_wish", "invoice_way", "language", "payment_method", "payment_chosen_on", "founded_on",
    "attributes", "iban_shown", "iban_holder", "created_at",
)  # fmt: skip
_PARTS: Final[Mapping[str, tuple[type[Any], tuple[str, ...]]]] = {
    "memberships": (
        Membership,
        ("state", "start", "end", "decided_on", "organ", "minutes", "notice_received_on", "end_cause"),
    ),
    "categories": (CategoryPeriod, ("category", "valid_from")),
    "sizes": (BasisValue, ("basis", "as_of", "value", "classes", "origin", "recorded_at")),
    "order_numbers": (OrderNumber, ("dues_year", "number", "recorded_at", "recorded_by")),
    "contacts": (Contact, ("name", "salutation", "email", "phone", "functions", "ended_on")),
    "invoices": (
        Invoice,
        ("number", "kind", "dues_year", "issued_on", "due_on", "gross_cents", "reference", "dues_class"),
    ),
    "payments": (Payment, ("received_on", "amount_cents", "method")),
    "declarations": (DeclarationVersion, ("number", "answers", "comment", "way", "actor_name", "at")),
    "invitations": (CompanyInvitation, ("email", "name", "role", "invited_at", "invited_by", "ended_at")),
    "requests": (CompanyRequest, ("kind", "state", "facts", "asked_at", "asked_by", "settled_at", "answer")),
}


def read_own_data(session: Session, member_id: int) -> dict[str, Any]:
    """Return the parts of a company's data, each a row or a list of rows."""
    member = session.execute(select(Member).where(Member.id == member_id)).scalar_one()
    found: dict[str, Any] = {"company": _row(member, _COMPANY)}
    for name, (model, columns) in _PARTS.items():
        order = model.__table__.primary_key.columns.values()[-1]
        rows = session.execute(select(model).where(model.member_id == member_id).order_by(order)).scalars()
        found[name] = [_row(row, columns) for row in rows]
    people = session.execute(
        select(User.name, User.email, UserCompany.role, User.language, User.last_login_at)
        .join(UserCompany, UserCompany.user_id == User.id)
        .where(UserCompany.member_id == member_id)
        .order_by(User.email)
    )
    found["people"] = [dict(row) for row in people.mappings()]
    return found


def list_invoice_ids(session: Session, member_id: int) -> list[int]:
    """Return the ids of all documents of a company in the order of their numbers."""
    statement = (
        select(Invoice.id).where(Invoice.member_id == member_id).order_by(Invoice.year, Invoice.running)
    )
    return list(session.execute(statement).scalars())


def _row(row: Any, columns: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401 - a row of any table
    return {name: getattr(row, name) for name in columns}
