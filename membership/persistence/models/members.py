"""Members: companies, their periods of membership, categories, sizes, groups and people."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from membership.persistence.columns import Base, Cents, Exact, Instant, Json, RowId


class Origin(StrEnum):
    """Where a basis value comes from (DUE-5)."""

    DECLARED = "declared"
    ESTIMATED = "estimated"
    CARRIED_OVER = "carried_over"
    RESOLVED = "resolved"


class PaymentMethod(StrEnum):
    """How a member pays."""

    TRANSFER = "transfer"
    DIRECT_DEBIT = "direct_debit"
    STRIPE = "stripe"


class MemberCategory(Base):
    """A category of members with its names in both languages (DUE-3)."""

    __tablename__ = "member_categories"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_de: Mapped[str]
    name_en: Mapped[str]
    votes: Mapped[bool]
    counts: Mapped[bool]
    position: Mapped[int]


class CompanyGroup(Base):
    """Companies that belong together (DUE-13)."""

    __tablename__ = "company_groups"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    lead_member_id: Mapped[int | None] = mapped_column(RowId)


class GroupMembership(Base):
    """A company's place in a group, from and to (inclusive)."""

    __tablename__ = "group_memberships"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    group_id: Mapped[int] = mapped_column(RowId, ForeignKey("company_groups.id"))
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Member(Base):
    """A company. Its number is never reused; what changes with time stands in the tables below."""

    __tablename__ = "members"
    __table_args__ = (CheckConstraint("number <> '' AND name <> ''", name="named"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    search_text: Mapped[str]
    legal_form: Mapped[str] = mapped_column(default="")
    address_extra: Mapped[str] = mapped_column(default="")
    street: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="DE")
    phone: Mapped[str] = mapped_column(default="")
    invoice_email: Mapped[str] = mapped_column(default="")
    invoice_name: Mapped[str] = mapped_column(default="")
    invoice_extra: Mapped[str] = mapped_column(default="")
    invoice_street: Mapped[str] = mapped_column(default="")
    invoice_postcode: Mapped[str] = mapped_column(default="")
    invoice_city: Mapped[str] = mapped_column(default="")
    invoice_country: Mapped[str] = mapped_column(default="")
    register_entry: Mapped[str] = mapped_column(default="")
    tax_number: Mapped[str] = mapped_column(default="")
    vat_id: Mapped[str] = mapped_column(default="")
    leitweg_id: Mapped[str] = mapped_column(default="")
    order_number: Mapped[str] = mapped_column(default="")
    cost_centre: Mapped[str] = mapped_column(default="")
    invoice_format: Mapped[str] = mapped_column(default="zugferd")
    order_wish: Mapped[str] = mapped_column(default="none")
    invoice_way: Mapped[str] = mapped_column(default="mail")
    language: Mapped[str] = mapped_column(default="de")
    payment_method: Mapped[PaymentMethod] = mapped_column(default=PaymentMethod.TRANSFER)
    payment_chosen_on: Mapped[date | None]
    founded_on: Mapped[date | None]
    attributes: Mapped[Any] = mapped_column(Json, default=list)
    note: Mapped[str] = mapped_column(default="")
    iban_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    iban_key: Mapped[str | None] = mapped_column(index=True)
    iban_shown: Mapped[str] = mapped_column(default="")
    iban_holder: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def chose_transfer(self) -> bool:
        """Whether the company itself wants to pay by transfer; before it chose, paying online stands first."""
        return self.payment_chosen_on is not None and self.payment_method is PaymentMethod.TRANSFER


class Membership(Base):
    """A period of membership; a company that leaves and returns has two (MEM-5).

    `state` holds what dates cannot say (applied, suspended, …); the shown state is worked out in `domain/members.py`.
    `organ` and `minutes` say who decided on the admission and where that is written down (MEM-2).
    """

    __tablename__ = "memberships"
    __table_args__ = (Index("ix_memberships_member", "member_id", "start"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    state: Mapped[str] = mapped_column(default="active")
    start: Mapped[date | None]
    end: Mapped[date | None]
    decided_on: Mapped[date | None]
    organ: Mapped[str] = mapped_column(default="")
    minutes: Mapped[str] = mapped_column(default="")
    notice_received_on: Mapped[date | None]
    end_cause: Mapped[str] = mapped_column(default="")
    state_note: Mapped[str] = mapped_column(default="")
    state_since: Mapped[date | None]


class Insolvency(Base):
    """Proceedings over the assets of a member (MEM-11); they go on until they are closed."""

    __tablename__ = "insolvencies"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    opened_on: Mapped[date]
    court: Mapped[str] = mapped_column(default="")
    file_number: Mapped[str] = mapped_column(default="")
    administrator: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    closed_on: Mapped[date | None]


class Succession(Base):
    """Another member follows one that ended (MEM-12); open items stay where they are."""

    __tablename__ = "successions"

    membership_id: Mapped[int] = mapped_column(RowId, ForeignKey("memberships.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    successor_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    on: Mapped[date]
    kind: Mapped[str]


class MemberMerge(Base):
    """A record that went into another one of the same company, with what is needed to take that back."""

    __tablename__ = "member_merges"

    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), primary_key=True)
    into_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    before: Mapped[Any] = mapped_column(Json)


class CategoryPeriod(Base):
    """The category of a member from a date on; None means from the beginning."""

    __tablename__ = "category_periods"
    __table_args__ = (UniqueConstraint("member_id", "valid_from"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    category: Mapped[str] = mapped_column(ForeignKey("member_categories.code"))
    valid_from: Mapped[date]


class BasisValue(Base):
    """A size of a member as of a day, with its origin; the newest up to a day counts."""

    __tablename__ = "basis_values"
    __table_args__ = (UniqueConstraint("member_id", "basis", "as_of"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    basis: Mapped[str]
    as_of: Mapped[date]
    value: Mapped[Fraction | None] = mapped_column(Exact)
    classes: Mapped[Any] = mapped_column(Json, nullable=True)
    origin: Mapped[Origin]
    note: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class AgreedAmount(Base):
    """An annual amount agreed with a member, with its resolution (`AGREED`, INV-1a)."""

    __tablename__ = "agreed_amounts"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    amount_cents: Mapped[int] = mapped_column(Cents)
    from_year: Mapped[int]
    to_year: Mapped[int | None]
    reason: Mapped[str]


class Override(Base):
    """A resolution for one member: `amount`, `percent` (what remains to be paid) or `waive` (DUE-17)."""

    __tablename__ = "overrides"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    kind: Mapped[str]
    value: Mapped[Fraction | None] = mapped_column(Exact)
    from_year: Mapped[int]
    to_year: Mapped[int | None]
    organ: Mapped[str]
    decided_on: Mapped[date | None]
    reason: Mapped[str]


class PreviousDues(Base):
    """Last year's dues as a member list brought them, for the comparison before the first run."""

    __tablename__ = "previous_dues"

    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), primary_key=True)
    dues_year: Mapped[int] = mapped_column(primary_key=True)
    amount_cents: Mapped[int] = mapped_column(Cents)


class OrderNumber(Base):
    """The order number that a member gave for the invoice of a dues year; the audit log keeps earlier ones."""

    __tablename__ = "order_numbers"

    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), primary_key=True)
    dues_year: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str]


class Contact(Base):
    """A person of a company with functions (MEM-14)."""

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), index=True)
    name: Mapped[str]
    salutation: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    functions: Mapped[Any] = mapped_column(Json, default=list)
    ended_on: Mapped[date | None]


class MemberImport(Base):
    """One import of a member list."""

    __tablename__ = "member_imports"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    filename: Mapped[str]
    sha256: Mapped[str]
    counts: Mapped[Any] = mapped_column(Json)
    rejected: Mapped[Any] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


class MemberImportRow(Base):
    """What an import did to one member: `new`, or `changed` with what stood there before."""

    __tablename__ = "member_import_rows"

    import_id: Mapped[int] = mapped_column(RowId, ForeignKey("member_imports.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"), primary_key=True)
    row: Mapped[int]
    kind: Mapped[str]
    before: Mapped[Any] = mapped_column(Json, nullable=True)
