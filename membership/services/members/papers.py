"""Dated notes about a member and files such as the form of application: for the staff alone, and taken back again.

Notes and files go with what they are about: a merge moves them, and an erased person disappears from the notes.
Source: `ux.md` 6.3 "Dokumente", "Verlauf"; SEC-49, SEC-58.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.errors import N_, Conflict, InputError
from membership.domain.file_kinds import ending_of, kind_of, tidy_file_name
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of
from membership.persistence.models.member_papers import MemberFile, MemberNote
from membership.persistence.models.members import Member
from membership.persistence.queries import member_papers as queries
from membership.persistence.queries import members as member_queries
from membership.services.exports import File
from membership.services.members.records import WRITE

LONGEST_NOTE: Final = 2000
_MOST: Final = 50
_ERASED: Final = "…"
_TABLE: Final = MemberFile.__tablename__
_COLUMN: Final = "content_sealed"


class NoteEmpty(InputError):
    """A note says something, and not a novel."""

    message = N_("Please write a note of at most %(most)s characters.")
    code = "note_empty"


class FileUnreadable(InputError):
    """A file that is neither a PDF nor a picture, is cut off, or is too large."""

    message = N_("Please choose a whole PDF, or a picture as PNG or JPEG, of at most 5 MB.")
    code = "member_file"


class FilesFull(Conflict):
    """A member has as many files as it may."""

    message = N_("There are %(most)s files of this member already. Remove one that is not needed any more.")
    code = "member_files"


def add_note(session: Session, number: str, text: str) -> int:
    """Add a note with author and moment and return its row. Raises `NoteEmpty`."""
    require(actor_of(session), WRITE)
    member, tidy = member_queries.get_member(session, number, lock=True), text.strip()
    if not tidy or len(tidy) > LONGEST_NOTE:
        raise NoteEmpty(most=LONGEST_NOTE)
    actor = actor_of(session)
    note = MemberNote(member_id=member.id, text=tidy, actor_key=actor.key, actor_name=actor.name, at=actor.at)
    session.add(note)
    session.flush()
    _tell(session, member, "member.note_add")
    return note.id


def remove_note(session: Session, number: str, note_id: int) -> None:
    """Take a note back; the history keeps that there was one."""
    require(actor_of(session), WRITE)
    member = member_queries.get_member(session, number, lock=True)
    session.delete(queries.get_note(session, member.id, note_id))
    _tell(session, member, "member.note_remove")


def add_file(session: Session, number: str, title: str, content: bytes, *, file_name: str) -> int:
    """Keep a file of a member, encrypted, and return its row; the same bytes again are kept once.

    Raises `FileUnreadable`, `FilesFull`.
    """
    require(actor_of(session), WRITE)
    kind = kind_of(content)
    if kind is None:
        raise FileUnreadable
    member = member_queries.get_member(session, number, lock=True)
    known, digest = queries.list_files(session, member.id), sha256(content).hexdigest()
    same = next((each for each in known if each.sha256 == digest), None)
    if same is not None:
        return same.id
    if len(known) >= _MOST:
        raise FilesFull(most=_MOST)
    actor, uid = actor_of(session), secrets.token_hex(16)
    row = MemberFile(
        uid=uid, member_id=member.id, title=title.strip(), file_name=tidy_file_name(file_name),
        media_type=kind.media_type, size=len(content),
        content_sealed=crypto.seal_bytes(session, content, table=_TABLE, column=_COLUMN, uid=uid),
        sha256=digest, actor_key=actor.key, actor_name=actor.name, at=actor.at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _tell(session, member, "member.file_add", sha256=digest)
    return row.id


def remove_file(session: Session, number: str, file_id: int) -> None:
    """Take a file back: its bytes go, and the history keeps that there was one."""
    require(actor_of(session), WRITE)
    member = member_queries.get_member(session, number, lock=True)
    row = queries.get_file(session, member.id, file_id)
    session.delete(row)
    _tell(session, member, "member.file_remove", sha256=row.sha256)


def read_file(session: Session, number: str, file_id: int) -> File:
    """Return a kept file after comparing it with its hash."""
    require(actor_of(session), "member.read")
    member = member_queries.get_member(session, number)
    row = queries.get_file(session, member.id, file_id)
    content = crypto.unseal_bytes(session, row.content_sealed, table=_TABLE, column=_COLUMN, uid=row.uid)
    assert sha256(content).hexdigest() == row.sha256, file_id
    return File(f"{member.number}-{row.id}.{ending_of(row.media_type)}", row.media_type, content)


def move_papers(session: Session, *, source: Member, target: Member) -> dict[str, list[int]]:
    """Let a member have the notes and files of another one; return their ids, so that they can go back."""
    notes, files = queries.list_notes(session, source.id), queries.list_files(session, source.id)
    _hand_over([*notes, *files], target)
    return {"notes": [row.id for row in notes], "files": [row.id for row in files]}


def return_papers(
    session: Session, *, source: Member, target: Member, notes: Collection[int], files: Collection[int]
) -> None:
    """Give notes and files back that `move_papers` took; those that were removed since stay away."""
    own_notes = [row for row in queries.list_notes(session, target.id) if row.id in notes]
    own_files = [row for row in queries.list_files(session, target.id) if row.id in files]
    _hand_over([*own_notes, *own_files], source)


def _hand_over(rows: Sequence[MemberNote | MemberFile], member: Member) -> None:
    for row in rows:
        row.member_id = member.id


def erase_from_notes(session: Session, member_id: int, texts: Collection[str]) -> None:
    """Take a person's name and contact data out of the notes about a member (Art. 17 GDPR)."""
    if not texts:
        return
    parts = sorted(map(re.escape, texts), key=len, reverse=True)
    found = re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)
    for note in session.execute(select(MemberNote).where(MemberNote.member_id == member_id)).scalars():
        note.text = found.sub(_ERASED, note.text)


def _tell(session: Session, member: Member, action: str, **facts: object) -> None:
    chain.note(session, action, "member", member.number, member_id=member.id, facts=facts)
