"""What an import did, member by member, as its page lists it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.persistence.models.members import Member, MemberImportRow


@dataclass(frozen=True, slots=True)
class ImportedMember:
    """A member that came by an import or was changed by it; `kind` is `new` or `changed`."""

    number: str
    name: str
    city: str
    kind: str
    row: int


def list_imported(session: Session, import_id: int, *, limit: int, offset: int = 0) -> list[ImportedMember]:
    """Return some members of an import, in the order of the list."""
    statement = (
        select(Member.number, Member.name, Member.city, MemberImportRow.kind, MemberImportRow.row)
        .join(Member, Member.id == MemberImportRow.member_id)
        .where(MemberImportRow.import_id == import_id)
        .order_by(MemberImportRow.row, MemberImportRow.member_id)
        .limit(limit)
        .offset(offset)
    )
    return [ImportedMember(*row) for row in session.execute(statement)]


def count_imported(session: Session, import_id: int) -> int:
    """Return how many members an import brought or changed."""
    statement = select(func.count()).where(MemberImportRow.import_id == import_id)
    return session.execute(statement).scalar_one()
