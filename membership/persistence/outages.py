"""Whether an error of the database is an outage that trying again later can end."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from membership.persistence.db import is_busy

_BROKEN = ("no such table", "no such column", "syntax error", "malformed")


def is_outage(error: BaseException) -> bool:
    """Return whether the database was busy, locked, read-only, full or away (FI-17 to FI-19)."""
    if isinstance(error, PoolTimeout | InterfaceError):
        return True
    if isinstance(error, OperationalError):
        return not any(word in str(error.orig) for word in _BROKEN)
    return isinstance(error, DBAPIError) and is_busy(error)
