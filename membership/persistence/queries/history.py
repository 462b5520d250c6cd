"""What happened to one thing: its audit records, newest first."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.persistence.models.chain import AuditRecord


def list_events(session: Session, object_kind: str, object_ref: str) -> list[AuditRecord]:
    """Return the audit records about one thing, the newest first."""
    statement = (
        select(AuditRecord)
        .where(AuditRecord.object_kind == object_kind, AuditRecord.object_ref == object_ref)
        .order_by(AuditRecord.id.desc())
    )
    return list(session.execute(statement).scalars())
