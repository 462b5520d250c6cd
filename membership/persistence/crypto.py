"""Encrypted columns and keyed hashes: AES-256-GCM bound to table, column and row; HMAC-SHA256 for search.

Source: `reliability.md` 51, 53, INV-27, INV-28; `decisions.md` 41.
"""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from membership.domain.errors import N_, DomainError

KEY_BYTES: Final = 32
_FEWEST_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_KEY_ID: Final = b"\x01"
_OTHERS: Final = 0o077


class KeyOpen(DomainError):
    """A key file can be read by others than its owner."""

    message = N_("The key file %(name)s can be read by others. Run “chmod 600” on it, then start again.")
    code = "key_open"


class KeyMissing(DomainError):
    """Encrypted data exist and their key does not, or it is another one."""

    message = N_(
        "The key %(name)s is missing or is not the one the data were encrypted with. Put the right file back."
    )
    code = "key_missing"


class KeyWeak(KeyMissing):
    """A key that nobody drew by lot: an example, zeros, a repeated word."""

    message = N_("The key %(name)s is not random. Use 64 hexadecimal digits from “openssl rand -hex 32”.")


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The three secrets of an installation, 256 bits each."""

    session: bytes
    field: bytes
    backup: bytes


def load_or_make(path: Path) -> bytes:
    """Return the key in a file, made at the first start; safe when eight processes start at once.

    A temporary file is written and synced, then becomes final by a hard link that fails when the name exists.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, secrets.token_hex(KEY_BYTES).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    if path.stat().st_mode & _OTHERS:
        raise KeyOpen(name=str(path))
    return from_hex(path.read_text().strip(), path.name)


def from_hex(text: str, name: str) -> bytes:
    """Return a key from its 64 hexadecimal digits; anything else, and what is not random, is refused by name."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyMissing(name=name)
    if len(set(key)) < _FEWEST_BYTES:
        raise KeyWeak(name=name)
    return key


def mark_of(key: bytes) -> str:
    """Return what tells this key from another and says nothing of it."""
    return hmac.new(key, b"mark of a key", sha256).hexdigest()


def keys_of(session: Session) -> Keys:
    """Return the keys of the installation that this session belongs to."""
    return _keys(session)


def _keys(session: Session) -> Keys:
    keys = session.info.get("keys")
    assert isinstance(keys, Keys), "no keys in this session"
    return keys


def seal(session: Session, text: str, *, table: str, column: str, uid: str) -> bytes:
    """Return the text encrypted for one column of one row."""
    return seal_bytes(session, text.encode(), table=table, column=column, uid=uid)


def seal_bytes(session: Session, data: bytes, *, table: str, column: str, uid: str) -> bytes:
    """Return bytes encrypted for one column of one row."""
    nonce = os.urandom(_NONCE_BYTES)
    place = f"{table}.{column}.{uid}".encode()
    return _KEY_ID + nonce + AESGCM(_keys(session).field).encrypt(nonce, data, place)


def unseal(session: Session, sealed: bytes, *, table: str, column: str, uid: str) -> str:
    """Return the text of an encrypted column; raise `KeyMissing` when key, row or bytes do not fit."""
    return unseal_bytes(session, sealed, table=table, column=column, uid=uid).decode()


def unseal_bytes(session: Session, sealed: bytes, *, table: str, column: str, uid: str) -> bytes:
    """Return the bytes of an encrypted column; raise `KeyMissing` when key, row or bytes do not fit."""
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(_keys(session).field).decrypt(nonce, body, f"{table}.{column}.{uid}".encode())
    except InvalidTag as error:
        raise KeyMissing(name="FIELD_KEY") from error


def search_key(session: Session, text: str) -> str:
    """Return the keyed hash by which an encrypted value can be found again (IBANs: without blanks, capitals)."""
    return hmac.new(_keys(session).field, b"search|" + text.encode(), sha256).hexdigest()


def session_hash(session: Session, secret: str) -> str:
    """Return the keyed hash of a session id or one-time token: they end with the session key, data do not (SEC-82)."""
    return hmac.new(_keys(session).session, b"session|" + secret.encode(), sha256).hexdigest()
