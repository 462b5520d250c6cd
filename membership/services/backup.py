"""Backups: a consistent copy under load, encrypted, with a manifest. `restoring.py` brings them back.

Source: `reliability.md` 5.11 (54), INV-31, FI-15.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from membership.domain.errors import N_, InputError
from membership.domain.policy import require
from membership.persistence import chain, copies, crypto, sealed_file
from membership.persistence.db import actor_of
from membership.persistence.queries.verify import row_counts
from membership.services import keys, schema
from membership.services.anchors import Anchor, take_anchor

FORMAT: Final = 1
ENDING: Final = ".bbk"


class BackupExists(InputError):
    """A backup is never written over another file."""

    message = N_("The file %(name)s exists already. A backup is written into a new file.")
    code = "file_exists"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself; `rows` is table -> number of rows, empty in backups from before it was kept."""

    format: int
    program: str
    database: str
    revision: str
    created_at: str
    anchor: Anchor
    sha256: str
    size: int
    key_marks: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Return the first piece of the file."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def from_json(cls, data: bytes, *, name: str) -> Manifest:
        """Return the manifest of a file; raise `NotABackup` when it is none."""
        try:
            said: dict[str, Any] = json.loads(data)
            return cls(**{**said, "anchor": Anchor(**said["anchor"])})
        except (ValueError, TypeError, KeyError) as error:
            raise sealed_file.NotABackup(name=name) from error


def make_backup(session: Session, target: Path, *, at: datetime, program: str) -> Manifest:
    """Write a backup into a new file and return its manifest. A partial file never stays, and never has the name.

    Raises `BackupExists`; an `OSError` when the disk is full or the folder cannot be written.
    """
    require(actor_of(session), "settings.operate")
    if target.exists():
        raise BackupExists(name=str(target))
    engine = session.get_bind()
    assert isinstance(engine, Engine), engine
    session.rollback()
    mark = secrets.token_hex(4)
    copy, partial = (target.with_name(f".{target.name}.{mark}.{kind}") for kind in ("copy", "partial"))
    try:
        anchor, revision, rows = copies.copy_to(
            engine,
            copy,
            lambda beside: (take_anchor(beside, at=at), schema.revision_of(beside), row_counts(beside)),
        )
        digest, size = _digest(copy)
        marks = {keys.FIELD: keys.marks(session)[keys.FIELD]}
        manifest = Manifest(
            FORMAT, program, engine.dialect.name, str(revision), anchor.at, anchor, digest, size, marks, rows
        )
        _seal(copy, partial, manifest, key=crypto.keys_of(session).backup)
        os.link(partial, target)
    finally:
        for path in (copy, partial):
            with suppress(OSError):
                path.unlink(missing_ok=True)
    return manifest


def _seal(copy: Path, partial: Path, manifest: Manifest, *, key: bytes) -> None:
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, copy.open("rb") as plain:
        sealed_file.write_sealed(file, _pieces(manifest, plain), key=key)
        file.flush()
        os.fsync(file.fileno())


def _pieces(manifest: Manifest, plain: BinaryIO) -> Iterator[bytes]:
    yield manifest.to_json()
    yield from iter(lambda: plain.read(sealed_file.PIECE), b"")


def _digest(path: Path) -> tuple[str, int]:
    digest, size = sha256(), 0
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(sealed_file.PIECE), b""):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def open_backup(source: BinaryIO, copy: Path, *, key: bytes, name: str) -> Manifest:
    """Decrypt a backup into a new private file and return its manifest, compared with what came out.

    Raises `NotABackup`, `OtherBackupKey`; then the file is taken away again.
    """
    descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as plain:
            pieces = sealed_file.read_sealed(source, key=key, name=name)
            manifest = Manifest.from_json(next(pieces, b""), name=name)
            for piece in pieces:
                plain.write(piece)
        _require_whole(copy, manifest, name)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    return manifest


def _require_whole(copy: Path, manifest: Manifest, name: str) -> None:
    if _digest(copy) != (manifest.sha256, manifest.size):
        raise sealed_file.NotABackup(name=name)


def note_backup(session: Session, name: str, manifest: Manifest) -> None:
    """Note in the audit log that a backup was made."""
    require(actor_of(session), "settings.operate")
    facts = {"seq": manifest.anchor.seq, "size": manifest.size, "sha256": manifest.sha256}
    chain.note(session, "backup.make", "backup", name, facts=facts)
