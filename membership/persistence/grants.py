"""What the account of the program may do on PostgreSQL: it adds to protected tables and can change none of their rows.

The owner of the tables, who runs the migrations, gives these rights. Source: `reliability.md` 5.3 (11), INV-08.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, inspect, text

from membership.persistence.triggers import APPEND_ONLY

_VERSION: Final = "alembic_version"


def statements(tables: list[str], role: str) -> list[str]:
    """Return the statements that give a role its rights, and take all others from it."""
    name = '"{}"'.format(role.replace('"', '""'))
    made = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}",
        f"REVOKE CREATE ON SCHEMA public FROM PUBLIC, {name}",
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}",
    ]
    return made + [f"GRANT {_rights(table)} ON {table} TO {name}" for table in sorted(tables)]


def _rights(table: str) -> str:
    if table == _VERSION:
        return "SELECT"
    return "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"


def grant(connection: Connection, role: str) -> int:
    """Give a role its rights on every table and return how many tables there are."""
    tables = inspect(connection).get_table_names()
    for statement in statements(tables, role):
        connection.exec_driver_sql(statement)
    return len(tables)


def is_superuser(connection: Connection) -> bool:
    """Return whether this account could switch every trigger off: then the rules hold only as long as it wants."""
    if connection.dialect.name == "sqlite":
        return False
    query = text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    return bool(connection.execute(query).scalar_one())
