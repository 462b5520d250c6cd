"""Files that prove a declaration: taken by their bytes, kept encrypted, at most a few for each request.

Source: `ux.md` 6.12 "PDF-Nachweis"; SEC-49, SEC-58 (files by their bytes, never by their name).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.errors import N_, Conflict, InputError
from membership.domain.file_kinds import ending_of, kind_of, tidy_file_name
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of
from membership.persistence.models.declarations import DeclarationEvidence
from membership.persistence.queries import declarations as queries
from membership.services.declarations import links

_MOST: Final = 5
_TABLE: Final = DeclarationEvidence.__tablename__


class EvidenceUnreadable(InputError):
    """A file that is neither a PDF nor a picture, is cut off, or is too large."""

    message = N_("Please choose a whole PDF, or a picture as PNG or JPEG, of at most 5 MB.")
    code = "declaration_evidence"


class TooManyFiles(Conflict):
    """A request has as many files as it may."""

    message = N_("There are %(most)s files already. Please send further ones by mail.")
    code = "declaration_files"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A kept file with the name under which it is given out."""

    name: str
    media_type: str
    content: bytes


def keep_by_link(session: Session, secret: str, content: bytes, *, file_name: str) -> int:
    """Keep a file of whoever holds the link; return its row."""
    opened = links.find_link(session, secret, at=actor_of(session).at)
    return _keep(session, opened.request_id, content, file_name)


def keep_in_portal(session: Session, request_id: int, content: bytes, *, file_name: str) -> int:
    """Keep a file of a person of the company; return its row."""
    view = queries.view_of(session, request_id)
    require(actor_of(session), "portal.declare", member_id=view.member.id)
    return _keep(session, request_id, content, file_name)


def _keep(session: Session, request_id: int, content: bytes, file_name: str) -> int:
    kind = kind_of(content)
    if kind is None:
        raise EvidenceUnreadable
    request = queries.lock_request(session, request_id)
    known = queries.list_evidence(session, request_id)
    digest = sha256(content).hexdigest()
    same = next((each for each in known if each.sha256 == digest), None)
    if same is None and len(known) >= _MOST:
        raise TooManyFiles(most=_MOST)
    kept_id = (
        same.id
        if same
        else _append(session, request_id, request.member_id, content, file_name, kind.media_type, digest)
    )
    request.draft = {**(request.draft or {}), "evidence": kept_id}
    return kept_id


def _append(
    session: Session,
    request_id: int,
    member_id: int,
    content: bytes,
    file_name: str,
    media_type: str,
    digest: str,
) -> int:
    uid = secrets.token_hex(16)
    name = tidy_file_name(file_name)
    kept_id = chain.append(
        session, DeclarationEvidence, uid=uid, request_id=request_id, member_id=member_id, file_name=name,
        media_type=media_type, size=len(content),
        content_sealed=crypto.seal_bytes(session, content, table=_TABLE, column="content_sealed", uid=uid),
        sha256=digest, stored_at=actor_of(session).at,
    )  # fmt: skip
    view = queries.view_of(session, request_id)
    year = queries.round_of(session, view.request).dues_year
    chain.note(
        session, "declaration.evidence", "declaration", f"{year} {view.member.number}", member_id=member_id,
        facts={"sha256": digest},
    )  # fmt: skip
    return kept_id


def read_evidence(session: Session, year: int, number: str, evidence_id: int) -> KeptFile:
    """Return a kept file after comparing it with its hash."""
    require(actor_of(session), "declaration.read")
    view = queries.get_request(session, year, number)
    row = queries.get_evidence(session, view.request.id, evidence_id)
    content = crypto.unseal_bytes(
        session, row.content_sealed, table=_TABLE, column="content_sealed", uid=row.uid
    )
    assert sha256(content).hexdigest() == row.sha256, evidence_id
    ending = ending_of(row.media_type)
    return KeptFile(f"SA{year}-{view.member.number}-{row.id}.{ending}", row.media_type, content)
