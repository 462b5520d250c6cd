"""Whether an error of the database is an outage that trying again later can end."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from membership.domain.errors import N_, ServiceUnavailable
from membership.persistence.db import is_busy

_BROKEN = ("no such table", "no such column", "syntax error", "malformed")


class DatabaseAway(ServiceUnavailable):
    """The database does not answer, or cannot be opened or written."""

    message = N_(
        "The database cannot be used (%(why)s). Check that it runs and that database_url names it, then try again."
    )
    code = "database"


def outage_of(error: BaseException) -> DatabaseAway | None:
    """Return the outage that an error of the database is, with the first line of what the driver says."""
    if not is_outage(error):
        return None
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return DatabaseAway(why=(said[0] if said else type(error).__name__).rstrip("."))


def is_outage(error: BaseException) -> bool:
    """Return whether the database was busy, locked, read-only, full or away (FI-17 to FI-19)."""
    if isinstance(error, PoolTimeout | InterfaceError):
        return True
    if isinstance(error, OperationalError):
        return not any(word in str(error.orig) for word in _BROKEN)
    return isinstance(error, DBAPIError) and is_busy(error)


def is_writable(session: Session) -> bool:
    """Return whether the database takes writes; nothing is written (FI-17)."""
    try:
        session.rollback()
        connection = session.connection(execution_options={"write": True})
        connection.exec_driver_sql("UPDATE guards SET name = name WHERE 1 = 0")
    except DBAPIError:
        return False
    finally:
        session.rollback()
    return True
