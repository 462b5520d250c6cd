"""Notes and files of a member, and the files that other subjects keep of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from membership.domain.errors import NotFound
from membership.persistence.models.declarations import (
    DeclarationEvidence,
    DeclarationRequest,
    DeclarationRound,
)
from membership.persistence.models.direct_debits import MandateDocument
from membership.persistence.models.member_papers import MemberFile, MemberNote


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that another subject keeps of a member; `owner` is a mandate's row, or the dues year of a declaration."""

    id: int
    owner: int
    name: str
    kept_at: datetime


def list_notes(session: Session, member_id: int) -> list[MemberNote]:
    """Return the notes of a member, the newest first."""
    statement = select(MemberNote).where(MemberNote.member_id == member_id)
    return list(session.execute(statement.order_by(MemberNote.at.desc(), MemberNote.id.desc())).scalars())


def get_note(session: Session, member_id: int, note_id: int) -> MemberNote:
    """Return one note of a member; raise `NotFound` when there is none."""
    statement = select(MemberNote).where(MemberNote.member_id == member_id, MemberNote.id == note_id)
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="member note", key=note_id)
    return found


def list_files(session: Session, member_id: int) -> list[MemberFile]:
    """Return the files of a member without their bytes, the newest first."""
    statement = (
        select(MemberFile)
        .where(MemberFile.member_id == member_id)
        .options(defer(MemberFile.content_sealed))
        .order_by(MemberFile.at.desc(), MemberFile.id.desc())
    )
    return list(session.execute(statement).scalars())


def get_file(session: Session, member_id: int, file_id: int) -> MemberFile:
    """Return one file of a member; raise `NotFound` when there is none."""
    statement = select(MemberFile).where(MemberFile.member_id == member_id, MemberFile.id == file_id)
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound(what="member file", key=file_id)
    return found


def list_mandate_files(session: Session, member_id: int) -> list[KeptFile]:
    """Return the kept forms of a member's mandates, the oldest first."""
    columns = (
        MandateDocument.id,
        MandateDocument.mandate_id,
        MandateDocument.file_name,
        MandateDocument.stored_at,
    )
    statement = select(*columns).where(MandateDocument.member_id == member_id)
    return [KeptFile(*row) for row in session.execute(statement.order_by(MandateDocument.id))]


def list_proofs(session: Session, member_id: int) -> list[KeptFile]:
    """Return the files that prove a member's declarations, the oldest first."""
    statement = (
        select(
            DeclarationEvidence.id,
            DeclarationRound.dues_year,
            DeclarationEvidence.file_name,
            DeclarationEvidence.stored_at,
        )
        .join(DeclarationRequest, DeclarationRequest.id == DeclarationEvidence.request_id)
        .join(DeclarationRound, DeclarationRound.id == DeclarationRequest.round_id)
        .where(DeclarationEvidence.member_id == member_id)
    )
    return [KeptFile(*row) for row in session.execute(statement.order_by(DeclarationEvidence.id))]
