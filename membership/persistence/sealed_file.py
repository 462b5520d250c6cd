"""A file of encrypted pieces, each bound to its place: what is cut off, swapped, added or changed is refused.

`MAGIC`, the head in clear (JSON: which key, which salt), then pieces of AES-256-GCM under a key of this file alone.
Source: `reliability.md` 5.11 (54), SEC-68.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from membership.domain.errors import N_, InputError
from membership.persistence.crypto import mark_of

MAGIC: Final = b"BEITRAGSBUCH 1\n"
PIECE: Final = 1_048_576
_LENGTH: Final = struct.Struct(">I")
_MAX_HEAD: Final = 4096
_TAG: Final = 16


class NotABackup(InputError):
    """The file is no backup of this program, or it was cut or changed."""

    message = N_(
        "%(name)s is not a whole backup of this program: it was cut off, changed, or is something else."
    )
    code = "not_a_backup"


class OtherBackupKey(InputError):
    """The backup was made with another key."""

    message = N_(
        "%(name)s was made with another backup key. Put the key file backup_key of that time into the folder keys, "
        "or name it in MEMBERSHIP_BACKUP_KEY."
    )
    code = "other_backup_key"


def write_sealed(file: BinaryIO, pieces: Iterable[bytes], *, key: bytes) -> None:
    """Write the pieces encrypted; each may be at most `PIECE` long, and the last says that it is the last."""
    salt = os.urandom(32)
    head = json.dumps({"key": mark_of(key), "salt": salt.hex()}).encode()
    file.write(MAGIC + _LENGTH.pack(len(head)) + head)
    cipher = _cipher(key, salt)
    waiting: bytes | None = None
    number = 0
    for piece in pieces:
        if waiting is not None:
            _write_piece(file, cipher, waiting, number=number, is_last=False)
            number += 1
        waiting = piece
    _write_piece(file, cipher, waiting or b"", number=number, is_last=True)


def read_sealed(file: BinaryIO, *, key: bytes, name: str) -> Iterator[bytes]:
    """Yield the pieces again; raise `NotABackup` at the first that does not fit, `OtherBackupKey` for another key."""
    head = _read_head(file, name)
    if head["key"] != mark_of(key):
        raise OtherBackupKey(name=name)
    cipher = _cipher(key, bytes.fromhex(head["salt"]))
    sealed = _read_piece(file, name)
    number = 0
    while sealed is not None:
        following = _read_piece(file, name)
        try:
            yield cipher.decrypt(_nonce(number), sealed, _place(number, is_last=following is None))
        except InvalidTag as error:
            raise NotABackup(name=name) from error
        sealed, number = following, number + 1
    if not number:
        raise NotABackup(name=name)


def _read_head(file: BinaryIO, name: str) -> dict[str, Any]:
    try:
        if file.read(len(MAGIC)) != MAGIC:
            raise NotABackup(name=name)
        (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
        head = json.loads(file.read(min(length, _MAX_HEAD)))
        bytes.fromhex(head["salt"])
        return {"key": str(head["key"]), "salt": str(head["salt"])}
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise NotABackup(name=name) from error


def _read_piece(file: BinaryIO, name: str) -> bytes | None:
    start = file.read(_LENGTH.size)
    if not start:
        return None
    if len(start) < _LENGTH.size:
        raise NotABackup(name=name)
    (length,) = _LENGTH.unpack(start)
    if not _TAG <= length <= PIECE + _TAG:
        raise NotABackup(name=name)
    sealed = file.read(length)
    if len(sealed) < length:
        raise NotABackup(name=name)
    return sealed


def _write_piece(file: BinaryIO, cipher: AESGCM, piece: bytes, *, number: int, is_last: bool) -> None:
    assert len(piece) <= PIECE, len(piece)
    sealed = cipher.encrypt(_nonce(number), piece, _place(number, is_last=is_last))
    file.write(_LENGTH.pack(len(sealed)) + sealed)


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=MAGIC).derive(key))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _place(number: int, *, is_last: bool) -> bytes:
    return f"{number}|{'last' if is_last else 'more'}".encode()
