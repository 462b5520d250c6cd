"""Empty a PostgreSQL database of the tests: some 20 ms, where creating and dropping one takes ten times that."""

from __future__ import annotations

from typing import NamedTuple

import psycopg

# All that a test might change beside rows, in one value: columns, constraints, indexes, triggers, functions, rights.
_SCHEMA = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
    SELECT concat_ws(' ', c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity) AS line
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', a.attrelid::regclass, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attacl,
                     pg_get_expr(d.adbin, d.adrelid))
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND c.relkind IN ('r', 'v', 'p')
    UNION ALL
    SELECT concat_ws(' ', t.conrelid::regclass, pg_get_constraintdef(t.oid), t.convalidated)
      FROM pg_constraint t WHERE t.connamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', p.proname, p.prosrc, p.proacl, p.proowner, p.prosecdef, p.proconfig)
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', n.nspname, n.nspacl) FROM pg_namespace n
     WHERE n.nspname NOT LIKE 'pg\\_%'
    UNION ALL
    SELECT concat_ws(' ', s.setconfig) FROM pg_db_role_setting s
      JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()
    UNION ALL
    SELECT concat_ws(' ', defaclrole, defaclnamespace, defaclobjtype, defaclacl) FROM pg_default_acl
) AS everything
"""

_EMPTY = """
DO $$ DECLARE t record; is_filled boolean; BEGIN
    FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', t.relname) INTO is_filled;
        IF is_filled THEN EXECUTE format('DELETE FROM public.%I', t.relname); END IF;
    END LOOP;
END $$
"""


class FirstRows(NamedTuple):
    """What the migrations made: a fingerprint of the schema, the rows of each table, where each sequence stands."""

    schema: str
    rows: dict[str, bytes]
    places: list[tuple[str, int, bool]]


def first_rows(server_address: str) -> FirstRows:
    """Return what a database holds that was just made."""
    with psycopg.connect(server_address) as connection:
        rows = {}
        for (table,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        ).fetchall():
            with connection.cursor().copy(f'COPY public."{table}" TO STDOUT') as copy:
                rows[table] = b"".join(copy)
        places = connection.execute(
            "SELECT sequencename::text, coalesce(last_value, start_value), last_value IS NOT NULL FROM pg_sequences"
        ).fetchall()
        return FirstRows(
            _fingerprint(connection), {table: data for table, data in rows.items() if data}, places
        )


def empty(server_address: str, first: FirstRows) -> bool:
    """Bring a database back to its first rows; False when its schema is another now, or it cannot be done."""
    try:
        with psycopg.connect(
            server_address, options="-c lock_timeout=500 -c statement_timeout=5000"
        ) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if _fingerprint(connection) != first.schema:
                return False
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(_EMPTY)
            for table, data in first.rows.items():
                with connection.cursor().copy(f'COPY public."{table}" FROM STDIN') as copy:
                    copy.write(data)
            connection.cursor().executemany(
                "SELECT setval(format('public.%%I', %s::text)::regclass, %s, %s)", first.places
            )
            return True
    except psycopg.Error:
        return False


def _fingerprint(connection: psycopg.Connection) -> str:
    row = connection.execute(_SCHEMA).fetchone()
    assert row is not None
    return row[0]
