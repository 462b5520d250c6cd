"""Resolutions recorded with their files, kept for as long as the books; the list says what rests on each.

Source: `domain.md` MEM-20, DUE-32; `ux.md` 6.13.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.errors import N_, InputError, NotFound
from membership.domain.file_kinds import PDF, kind_of, tidy_file_name
from membership.domain.policy import require
from membership.domain.resolutions import Key, Resolution, organ_of
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, guard
from membership.persistence.models.resolutions import ResolutionRecord
from membership.persistence.queries import resolutions as queries
from membership.persistence.queries.resolutions import Use
from membership.services.exports import File

WRITE: Final = "schedule.write"
READ: Final = "schedule.read"
_TABLE: Final = ResolutionRecord.__tablename__
_COLUMN: Final = "content_sealed"


class ResolutionUnreadable(InputError):
    """The file of a resolution is no PDF, is cut off, or is too large."""

    message = N_("Please choose the resolution as a whole PDF of at most 5 MB.")
    code = "resolution_file"


@dataclass(frozen=True, slots=True)
class Listed:
    """A resolution with what is known of it, and what rests on it; a file has the row that holds it."""

    key: Key
    text: str = ""
    file_id: int | None = None
    uses: tuple[Use, ...] = ()


def put_resolution(session: Session, said: Resolution, content: bytes | None) -> int:
    """Record a resolution, with its PDF where there is one, and return its row; the same again changes nothing.

    What is recorded later about the same resolution counts, and a file stays until another one comes.
    Raises `ResolutionUnreadable`.
    """
    require(actor_of(session), WRITE)
    if content is not None and kind_of(content) is not PDF:
        raise ResolutionUnreadable
    guard(session, "schedules")
    digest = sha256(content).hexdigest() if content is not None else ""
    own = [row for row in queries.list_records(session) if queries.key_of(row) == said.key]
    has_file = not digest or any(row.sha256 == digest for row in own[:1])
    if own and own[0].text == said.text and has_file:
        return own[0].id
    return _append(session, said, content, digest)


def _append(session: Session, said: Resolution, content: bytes | None, digest: str) -> int:
    uid, actor = secrets.token_hex(16), actor_of(session)
    sealed = None
    if content is not None:
        sealed = crypto.seal_bytes(session, content, table=_TABLE, column=_COLUMN, uid=uid)
    row_id = chain.append(
        session, ResolutionRecord, uid=uid, organ=organ_of(said.key.organ), decided_on=said.key.on, item=said.key.item,
        text=said.text, file_name=tidy_file_name(said.file), size=len(content or b""), content_sealed=sealed,
        sha256=digest, actor_key=actor.key, actor_name=actor.name, at=actor.at,
    )  # fmt: skip
    facts = {"organ": said.key.organ, "day": said.key.on, **({"sha256": digest} if digest else {})}
    chain.note(session, "resolution.put", "resolution", row_id, facts=facts)
    return row_id


def list_resolutions(session: Session) -> list[Listed]:
    """Return all resolutions, the latest first: those recorded, and those that something names and nobody recorded."""
    rows = queries.list_records(session)
    uses = queries.list_uses(session)
    keys: dict[Key, None] = dict.fromkeys(queries.key_of(row) for row in rows)
    for use in uses:
        if not any(key.covers(use.key) for key in keys):
            keys[use.key] = None
    found = []
    for key in keys:
        own = [row for row in rows if queries.key_of(row) == key]
        found.append(
            Listed(
                key,
                text=own[0].text if own else "",
                file_id=next((row.id for row in own if row.sha256), None),
                uses=tuple(use for use in uses if key.covers(use.key)),
            )
        )
    return sorted(found, key=lambda each: each.key, reverse=True)


def read_file(session: Session, resolution_id: int) -> File:
    """Return the PDF of a resolution after comparing it with its hash."""
    require(actor_of(session), READ)
    row = queries.get_record(session, resolution_id)
    if row.content_sealed is None:
        raise NotFound(what="resolution", key=resolution_id)
    content = crypto.unseal_bytes(session, row.content_sealed, table=_TABLE, column=_COLUMN, uid=row.uid)
    assert sha256(content).hexdigest() == row.sha256, resolution_id
    return File(f"beschluss-{row.decided_on}-{row.id}.pdf", PDF.media_type, content)
