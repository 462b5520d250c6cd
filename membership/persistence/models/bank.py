"""The association's own accounts, their statements line by line, and what was decided about each line.

Lines and decisions only grow: a decision is taken back by another one. Source: `domain.md` 6.4, INV-09, INV-34.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.banking.statements import Category, DecisionKind
from membership.persistence.columns import Base, Cents, Instant, Json, RowId


class BankAccount(Base):
    """An account of the association; the one on the invoices is that of the setting `bank.iban`.

    `opening_cents` is what lay on it at the end of the day before `opened_on`; without a day nothing is known yet.
    `csv_mapping` is what the columns of this bank's lists mean, in the words of a mapping file.
    """

    __tablename__ = "bank_accounts"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    iban: Mapped[str] = mapped_column(unique=True)
    bic: Mapped[str] = mapped_column(default="")
    bank_name: Mapped[str] = mapped_column(default="")
    holder: Mapped[str]
    label: Mapped[str] = mapped_column(default="")
    opening_cents: Mapped[int | None] = mapped_column(Cents)
    opened_on: Mapped[date | None]
    csv_mapping: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime] = mapped_column(Instant)


class BankStatement(Base):
    """A statement that was taken in (append-only).

    `file_hash` is that of the whole file, which may hold several statements. `accepted` is the reason for which a
    difference or gap was accepted. `entry_id` is the entry that brought the books to the opening balance.
    """

    __tablename__ = "bank_statements"
    __table_args__ = (
        UniqueConstraint("file_hash", "position"),
        Index("ix_bank_statements_account", "account_id", "until_on"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_accounts.id"))
    file_hash: Mapped[str]
    file_name: Mapped[str]
    position: Mapped[int]
    format: Mapped[str]
    number: Mapped[str]
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    opening_cents: Mapped[int | None] = mapped_column(Cents)
    closing_cents: Mapped[int | None] = mapped_column(Cents)
    line_count: Mapped[int]
    known_count: Mapped[int]
    pending_count: Mapped[int]
    difference_cents: Mapped[int] = mapped_column(Cents)
    gap_cents: Mapped[int] = mapped_column(Cents)
    accepted: Mapped[str]
    entry_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("entries.id"), unique=True)
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class BankLine(Base):
    """A booked entry of a statement (append-only): marked by decisions, never changed.

    The other side's IBAN is encrypted; `iban_key` finds it again, `iban_shown` is what pages show.
    """

    __tablename__ = "bank_lines"
    __table_args__ = (
        UniqueConstraint("statement_id", "position"),
        Index("ix_bank_lines_day", "account_id", "booked_on", "amount_cents"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    statement_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_statements.id"))
    account_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_accounts.id"))
    position: Mapped[int]
    uid: Mapped[str] = mapped_column(unique=True)
    booked_on: Mapped[date]
    value_on: Mapped[date | None]
    amount_cents: Mapped[int] = mapped_column(Cents)
    reversal: Mapped[bool]
    bank_reference: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    ultimate_name: Mapped[str]
    iban_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    iban_key: Mapped[str | None] = mapped_column(index=True)
    iban_shown: Mapped[str]
    remittance: Mapped[str]
    booking_text: Mapped[str]
    creditor_reference: Mapped[str]
    end_to_end_id: Mapped[str]
    mandate_id: Mapped[str]
    payment_id: Mapped[str]
    batch: Mapped[str]
    return_reason: Mapped[str]
    charges_cents: Mapped[int] = mapped_column(Cents)


class BankBatch(Base):
    """A batch that a notification (camt.054) explains (append-only).

    Its parts are lines (`BankPart`) that count once the sum is on a statement (`BankDivision`).
    """

    __tablename__ = "bank_batches"
    __table_args__ = (Index("ix_bank_batches_account", "account_id", "amount_cents"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    statement_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_statements.id"))
    account_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_accounts.id"))
    booked_on: Mapped[date]
    amount_cents: Mapped[int] = mapped_column(Cents)
    reference: Mapped[str]
    payment_id: Mapped[str]
    part_count: Mapped[int]


class BankPart(Base):
    """A line that is a part of a batch, and no movement of its own (append-only)."""

    __tablename__ = "bank_parts"
    __table_args__ = (Index("ix_bank_parts_batch", "batch_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    line_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_lines.id"), unique=True)
    batch_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_batches.id"))


class BankDivision(Base):
    """That a line, the sum of a batch, is divided into the parts of that batch (append-only), until that ends.

    One division of a line and of a batch stands at a time (guard); the same two are never joined again.
    """

    __tablename__ = "bank_divisions"
    __table_args__ = (
        UniqueConstraint("line_id", "batch_id"),
        Index("ix_bank_divisions_batch", "batch_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    line_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_lines.id"))
    batch_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_batches.id"))


class BankDivisionEnd(Base):
    """That a division was taken back, by whom and why (append-only)."""

    __tablename__ = "bank_division_ends"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    division_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_divisions.id"), unique=True)
    reason: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class BankDecision(Base):
    """What was decided about a line (append-only): odd steps decide, even ones take back, each once (INV-09).

    `signs` are the rules that spoke for it, when matching decided or was followed; `waived` the decisions (item events)
    by which a remainder was waived with it.
    """

    __tablename__ = "bank_decisions"
    __table_args__ = (
        UniqueConstraint("line_id", "step"),
        CheckConstraint("(kind = 'undone') = (step % 2 = 0)", name="even_takes_back"),
        CheckConstraint("(kind = 'not_dues') = (category IS NOT NULL)", name="other_has_category"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    line_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_lines.id"))
    step: Mapped[int]
    kind: Mapped[DecisionKind]
    category: Mapped[Category | None]
    is_automatic: Mapped[bool]
    signs: Mapped[list[str]] = mapped_column(Json)
    waived: Mapped[list[int]] = mapped_column(Json)
    note: Mapped[str]
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class BankPosting(Base):
    """A ledger entry by which a decision moves the bank account of the books (append-only)."""

    __tablename__ = "bank_postings"
    __table_args__ = (
        UniqueConstraint("decision_id", "entry_id"),
        Index("ix_bank_postings_entry", "entry_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    decision_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_decisions.id"))
    entry_id: Mapped[int] = mapped_column(RowId, ForeignKey("entries.id"))
    payment_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("payments.id"))


class MemberIban(Base):
    """An account that pays for a member, learned from a line that a person confirmed; can be removed (BNK-10)."""

    __tablename__ = "member_ibans"
    __table_args__ = (UniqueConstraint("member_id", "iban_key"), Index("ix_member_ibans_key", "iban_key"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    iban_key: Mapped[str]
    iban_shown: Mapped[str]
    holder: Mapped[str]
    line_id: Mapped[int] = mapped_column(RowId, ForeignKey("bank_lines.id"))
    at: Mapped[datetime] = mapped_column(Instant)


class BankRule(Base):
    """Lines of this other side are no dues and of this category, until the rule is removed (BNK-11).

    The account is what counts; where a line shows none, the name as it is searched.
    """

    __tablename__ = "bank_rules"
    __table_args__ = (UniqueConstraint("party_key", "is_credit"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    party_key: Mapped[str]
    party_shown: Mapped[str]
    is_credit: Mapped[bool]
    category: Mapped[Category]
    actor_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
