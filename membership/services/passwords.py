"""Passwords as Argon2id hashes; as many at once as there are cores, and the same work for unknown accounts.

Source: `reliability.md` 49, INV-28, SEC-18, LOAD-11.
"""

from __future__ import annotations

import os
import secrets
from functools import cache
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from membership.domain.passwords import LONGEST_BYTES

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_CORES: Final = BoundedSemaphore(os.cpu_count() or 1)


def hash_password(password: str) -> str:
    """Return the hash under which a password is kept; called outside the unit of work, it takes a while."""
    with _CORES:
        return _HASHER.hash(password)


def hash_of_none() -> str:
    """Return a hash that no password fits: who has it signs in by a link."""
    return hash_password(secrets.token_hex(32))


def is_right(password: str, kept: str | None) -> bool:
    """Return whether the password fits the hash; without one the same work is done and the answer is no."""
    if len(password.encode()) > LONGEST_BYTES:
        return False
    try:
        with _CORES:
            _HASHER.verify(kept or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_hex(16))
