"""The ledger: entries with their lines, open items, number series. Debit is positive, credit negative."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from membership.domain.ledger import Account, EntryKind
from membership.persistence.columns import Base, Cents, Instant, RowId


class NumberSeries(Base):
    """The counter of one series (INV-03); `year` is 0 where the number carries none."""

    __tablename__ = "number_series"
    __table_args__ = (CheckConstraint("last >= first - 1", name="counts_up"),)

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first: Mapped[int] = mapped_column(RowId, default=1)
    last: Mapped[int] = mapped_column(RowId)
    last_issued_on: Mapped[date | None]


class Entry(Base):
    """The header of a ledger entry (append-only); its id is its gapless number. Lines are inserted first."""

    __tablename__ = "entries"
    __table_args__ = (
        CheckConstraint(
            "actor_key <> '' AND actor_name <> '' AND reason <> '' AND request_id <> ''", name="named"
        ),
        Index("ix_entries_posted_on", "posted_on"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    kind: Mapped[EntryKind]
    posted_on: Mapped[date]
    text: Mapped[str]
    reverses_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("entries.id"), unique=True)
    actor_key: Mapped[str]
    actor_name: Mapped[str]
    request_id: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class EntryLine(Base):
    """One line of an entry (append-only)."""

    __tablename__ = "entry_lines"
    __table_args__ = (
        CheckConstraint("amount_cents <> 0", name="not_zero"),
        Index("ix_entry_lines_member", "member_id", "account"),
        Index("ix_entry_lines_open_item", "open_item_id"),
    )

    entry_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("entries.id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
        autoincrement=False,
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[Account]
    member_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("members.id"))
    open_item_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("open_items.id"))
    amount_cents: Mapped[int] = mapped_column(Cents)


class OpenItem(Base):
    """What a member owes from one document; the trigger that accepts an entry keeps the amounts but the original one.

    `due_on` follows deferrals and instalment plans; the day on the paper stands in the invoice.
    """

    __tablename__ = "open_items"
    __table_args__ = (
        CheckConstraint("open_cents >= 0", name="never_below_zero"),
        UniqueConstraint("reference"),
        Index("ix_open_items_member", "member_id"),
        Index("ix_open_items_open", "dues_year", "open_cents"),
        Index(
            "ix_open_items_invoice",
            "invoice_id",
            "original_cents",
            "open_cents",
            "due_on",
            "dated_on",
            "credited_cents",
            "waived_cents",
            "written_off_cents",
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    member_id: Mapped[int] = mapped_column(RowId, ForeignKey("members.id"))
    invoice_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("invoices.id"), unique=True)
    reference: Mapped[str]
    dues_year: Mapped[int]
    dated_on: Mapped[date]
    due_on: Mapped[date]
    original_cents: Mapped[int] = mapped_column(Cents)
    open_cents: Mapped[int] = mapped_column(Cents, default=0)
    credited_cents: Mapped[int] = mapped_column(Cents, default=0)
    waived_cents: Mapped[int] = mapped_column(Cents, default=0)
    written_off_cents: Mapped[int] = mapped_column(Cents, default=0)
