"""The hash chain as it is read: its links, and the rows they name with the values that were hashed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

from sqlalchemy import Column, Table, Text, select, type_coerce
from sqlalchemy.orm import Session

from membership.persistence.columns import Base, Instant, Json
from membership.persistence.models.approvals import Approval, ApprovalDecision
from membership.persistence.models.bank import (
    BankBatch,
    BankDecision,
    BankDivision,
    BankDivisionEnd,
    BankLine,
    BankPart,
    BankPosting,
    BankStatement,
)
from membership.persistence.models.chain import AuditRecord, ChainHead, ChainLink
from membership.persistence.models.closings import Closing
from membership.persistence.models.corrections import ItemEvent
from membership.persistence.models.declarations import (
    DeclarationDecision,
    DeclarationEvidence,
    DeclarationVersion,
)
from membership.persistence.models.direct_debits import (
    Collection,
    CollectionStep,
    DebitNotice,
    Mandate,
    MandateDocument,
    MandateStep,
)
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import Entry, EntryLine
from membership.persistence.models.online_payments import OnlinePosting
from membership.persistence.models.payments import Allocation, Payment
from membership.persistence.models.refunds import Refund, RefundFile, RefundStep
from membership.persistence.models.resolutions import ResolutionRecord

CHAINED: Final[Mapping[str, type[Base]]] = {
    "allocations": Allocation,
    "approval_decisions": ApprovalDecision,
    "approvals": Approval,
    "audit_records": AuditRecord,
    "bank_batches": BankBatch,
    "bank_decisions": BankDecision,
    "bank_division_ends": BankDivisionEnd,
    "bank_divisions": BankDivision,
    "bank_lines": BankLine,
    "bank_parts": BankPart,
    "bank_postings": BankPosting,
    "bank_statements": BankStatement,
    "closings": Closing,
    "collection_steps": CollectionStep,
    "collections": Collection,
    "debit_notices": DebitNotice,
    "declaration_decisions": DeclarationDecision,
    "declaration_evidence": DeclarationEvidence,
    "declaration_versions": DeclarationVersion,
    "entries": Entry,
    "invoices": Invoice,
    "item_events": ItemEvent,
    "mandate_documents": MandateDocument,
    "mandate_steps": MandateStep,
    "mandates": Mandate,
    "online_postings": OnlinePosting,
    "payments": Payment,
    "refund_files": RefundFile,
    "refund_steps": RefundStep,
    "refunds": Refund,
    "resolutions": ResolutionRecord,
    "stored_documents": StoredDocument,
}
"""Append-only tables whose rows stand in the chain; the lines of an entry are hashed with it."""

_LINES = cast("Table", EntryLine.__table__)
_LINKS = cast("Table", ChainLink.__table__)
_BATCH = 500


def chain_head(session: Session) -> tuple[int, str]:
    """Return seq and hash of the head."""
    head = session.execute(select(ChainHead.seq, ChainHead.hash)).one()
    return head.seq, head.hash


def links(session: Session, *, after: int) -> Iterator[ChainLink]:
    """Yield the links after a seq in their order, without keeping them; a moment that is none stays a text."""
    is_text = session.get_bind().dialect.name == "sqlite"
    columns = [
        type_coerce(column, Text).label(column.name)
        if is_text and isinstance(column.type, Instant)
        else column
        for column in _LINKS.c
    ]
    statement = select(*columns).where(_LINKS.c.seq > after).order_by(_LINKS.c.seq)
    for row in session.execute(statement, execution_options={"yield_per": _BATCH}).mappings():
        yield ChainLink(**{**row, "at": _moment(row["at"])})


def _moment(value: str | datetime) -> Any:  # noqa: ANN401 - a moment, or the text that is none
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except (ValueError, TypeError):
        return str(value)


def find_hash(session: Session, seq: int) -> str | None:
    """Return the hash of one link."""
    return session.execute(select(ChainLink.hash).where(ChainLink.seq == seq)).scalar_one_or_none()


def row_values(session: Session, table: str, keys: list[int]) -> dict[int, dict[str, Any]]:
    """Return id -> the values of rows as they were hashed (JSON as text); those of an entry with its lines.

    A row with a value that cannot be read any more has only its id and `unreadable`.
    """
    source = cast("Table", CHAINED[table].__table__)
    found = {row["id"]: row for row in _rows(session, source, source.c.id, keys)}
    if table == "entries":
        for row in found.values():
            row["lines"] = []
        for line in _rows(session, _LINES, _LINES.c.entry_id, keys):
            if line["entry_id"] in found:
                found[line["entry_id"]]["lines"].append(line)
    return found


def _rows(session: Session, table: Table, key: Column[Any], keys: list[int]) -> list[dict[str, Any]]:
    columns = [
        type_coerce(column, Text).label(column.name) if _is_json(column) else column for column in table.c
    ]
    statement = select(*columns).where(key.in_(keys)).order_by(*table.primary_key.columns)
    try:
        return [dict(row) for row in session.execute(statement).mappings()]
    except (LookupError, ValueError) as error:
        if len(keys) == 1:
            return [{key.name: keys[0], "unreadable": str(error)}]
        return [row for each in keys for row in _rows(session, table, key, [each])]


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, Json)


def row_keys(session: Session, table: str) -> Iterator[int]:
    """Yield the ids of all rows of a chained table."""
    key = cast("Table", CHAINED[table].__table__).c.id
    yield from session.execute(select(key), execution_options={"yield_per": _BATCH}).scalars()
