"""A file between the steps of its import: kept for a day, encrypted, readable only by the person who brought it.

Source: SEC-58 (stored under a random name), INV-27 (no IBAN in clear on the disk).
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from membership.domain.errors import N_, NotFound
from membership.domain.policy import require
from membership.persistence import crypto
from membership.persistence.db import actor_of

_KEPT_FOR: Final = timedelta(hours=24)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22,64}", re.ASCII)
_FOLDER: Final = "uploads"


class UploadGone(NotFound):
    """The file is not kept any more, or somebody else brought it."""

    message = N_("This file is not kept any more: files are kept for one day. Please choose it again.")
    code = "upload_gone"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file and what was decided about it so far."""

    token: str
    name: str
    content: bytes
    decisions: dict[str, Any] = field(default_factory=dict)


def keep_upload(session: Session, folder: Path, name: str, content: bytes, *, right: str) -> str:
    """Keep a file under a random name and return that; files of yesterday are thrown away."""
    require(actor_of(session), right)
    place = folder / _FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    _purge(place, before=actor_of(session).at - _KEPT_FOR)
    token = secrets.token_urlsafe(24)
    packed = json.dumps({"name": name[:200], "content": base64.b64encode(content).decode()})
    _write(session, place / f"{token}.file", packed)
    return token


def keep_decisions(
    session: Session, folder: Path, token: str, decisions: dict[str, Any], *, right: str
) -> None:
    """Keep what was decided about a file."""
    require(actor_of(session), right)
    if not _path(folder, token, "file").exists():
        raise UploadGone
    _write(session, _path(folder, token, "decisions"), json.dumps(decisions))


def get_upload(session: Session, folder: Path, token: str, *, right: str) -> Upload:
    """Return a kept file; raise `UploadGone` when it is gone or somebody else's."""
    actor = actor_of(session)
    require(actor, right)
    path = _path(folder, token, "file")
    if not path.exists() or path.stat().st_mtime < (actor.at - _KEPT_FOR).timestamp():
        raise UploadGone
    kept = _read(session, path)
    decisions = _path(folder, token, "decisions")
    return Upload(
        token,
        kept["name"],
        base64.b64decode(kept["content"]),
        _read(session, decisions) if decisions.exists() else {},
    )


def _path(folder: Path, token: str, kind: str) -> Path:
    if not _TOKEN.fullmatch(token):
        raise UploadGone
    return folder / _FOLDER / f"{token}.{kind}"


def _uid(session: Session, path: Path) -> str:
    return f"{path.stem}.{actor_of(session).key}"


def _write(session: Session, path: Path, text: str) -> None:
    sealed = crypto.seal(session, text, table="uploads", column=path.suffix, uid=_uid(session, path))
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.touch(mode=0o600)
    temporary.write_bytes(sealed)
    at = actor_of(session).at.timestamp()
    os.utime(temporary, (at, at))
    temporary.replace(path)


def _read(session: Session, path: Path) -> dict[str, Any]:
    try:
        sealed = path.read_bytes()
        text = crypto.unseal(session, sealed, table="uploads", column=path.suffix, uid=_uid(session, path))
    except (FileNotFoundError, crypto.KeyMissing):
        raise UploadGone from None
    found: dict[str, Any] = json.loads(text)
    return found


def _purge(place: Path, *, before: datetime) -> None:
    for path in place.iterdir():
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
