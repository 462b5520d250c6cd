"""What was asked by mail about bank entries."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.persistence.models.dispatch import Dispatch

QUESTION: Final = "bank_question"
"""The kind of these mails, and the name of their text."""
_BEFORE: Final = "BU-"


def document_of(line_id: int) -> str:
    """Return how the mails about an entry are called in lists."""
    return f"{_BEFORE}{line_id}"


def list_questions(session: Session, line_id: int) -> list[Dispatch]:
    """Return the mails about an entry, the oldest first."""
    statement = select(Dispatch).where(Dispatch.kind == QUESTION, Dispatch.document == document_of(line_id))
    return list(session.execute(statement.order_by(Dispatch.id)).scalars())


def last_questions(session: Session, line_ids: Collection[int]) -> dict[int, Dispatch]:
    """Return entry -> the last mail about it, for those of which somebody was asked."""
    if not line_ids:
        return {}
    names = {document_of(each): each for each in line_ids}
    statement = select(Dispatch).where(Dispatch.kind == QUESTION, Dispatch.document.in_(names))
    found = session.execute(statement.order_by(Dispatch.id)).scalars()
    return {names[each.document]: each for each in found}


def count_rounds(session: Session, line_id: int) -> int:
    """Return how often somebody was asked about an entry."""
    statement = select(func.max(Dispatch.round)).where(
        Dispatch.kind == QUESTION, Dispatch.document == document_of(line_id)
    )
    return session.execute(statement).scalar_one() or 0
