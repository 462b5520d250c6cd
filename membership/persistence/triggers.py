"""The text of every trigger, for both databases; `install` makes them, `differences` compares them.

What they hold (`reliability.md` 1): an entry has at least two lines that sum to 0 (INV-01, INV-02), append-only
tables take no UPDATE, DELETE or TRUNCATE (INV-08), a payment is never allocated beyond its amount (INV-10), the
amounts of a document follow its lines and nothing else (`decisions.md` 38), no more is credited, waived and written
off than was invoiced, a series counts up by one (INV-03), nothing is booked into closed time (INV-23), a debit keeps
what stands in its file (INV-06).
"""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import Connection, inspect, text

APPEND_ONLY: Final = (
    "allocations",
    "approval_decisions",
    "approvals",
    "audit_records",
    "bank_batches",
    "bank_decisions",
    "bank_division_ends",
    "bank_divisions",
    "bank_lines",
    "bank_parts",
    "bank_postings",
    "bank_statements",
    "chain_links",
    "closings",
    "collection_steps",
    "collections",
    "debit_notices",
    "declaration_decisions",
    "declaration_evidence",
    "declaration_versions",
    "entries",
    "entry_lines",
    "invoices",
    "item_events",
    "mandate_documents",
    "mandate_steps",
    "mandates",
    "online_postings",
    "payments",
    "refund_files",
    "refund_steps",
    "refunds",
    "resolutions",
    "stored_documents",
)
"""Tables whose rows are never changed or deleted by the application."""

_SUM = "(SELECT coalesce(sum(l.amount_cents), 0) FROM entry_lines l WHERE l.entry_id = NEW.id)"
_COUNT = "(SELECT count(*) FROM entry_lines l WHERE l.entry_id = NEW.id)"
_KIND = "coalesce((SELECT r.kind FROM entries r WHERE r.id = NEW.reverses_id), NEW.kind)"
_MOVED = """(SELECT sum(l.amount_cents) FROM entry_lines l
    WHERE l.entry_id = NEW.id AND l.account = 'receivables' AND l.open_item_id = open_items.id)"""
_LESS = ", ".join(
    f"{column} = {column} - CASE WHEN {_KIND} = '{kind}' THEN {_MOVED} ELSE 0 END"
    for column, kind in (
        ("credited_cents", "credit_note"),
        ("waived_cents", "waiver"),
        ("written_off_cents", "write_off"),
    )
)
_MOVE_OPEN = f"""UPDATE open_items SET open_cents = open_cents + {_MOVED}, {_LESS}
    WHERE id IN (SELECT l.open_item_id FROM entry_lines l WHERE l.entry_id = NEW.id AND l.account = 'receivables')"""  # noqa: S608 - of our own words alone
_ALLOCATED = (
    "(SELECT coalesce(sum(a.amount_cents), 0) FROM allocations a WHERE a.payment_id = NEW.payment_id)"
)
_AMOUNT = "(SELECT p.amount_cents FROM payments p WHERE p.id = NEW.payment_id)"
_OPEN_LINES = """(SELECT coalesce(sum(l.amount_cents), 0) FROM entry_lines l JOIN entries e ON e.id = l.entry_id
    WHERE l.open_item_id = NEW.id AND l.account = 'receivables')"""

PERIOD_CLOSED: Final = "the period is closed"
_IN_CLOSED_TIME = """EXISTS (SELECT 1 FROM closings c WHERE c.kind = 'closed' AND c.last_on >= NEW.posted_on
    AND NOT EXISTS (SELECT 1 FROM closings r WHERE r.reverses_id = c.id))"""
_FROZEN = (
    "NEW.id <> OLD.id OR NEW.member_id <> OLD.member_id OR NEW.reference <> OLD.reference"
    " OR NEW.original_cents <> OLD.original_cents OR coalesce(NEW.invoice_id, 0) <> coalesce(OLD.invoice_id, 0)"
)
_DEBIT_FROZEN = (
    "NEW.id <> OLD.id OR NEW.collection_id <> OLD.collection_id OR NEW.position <> OLD.position"
    " OR NEW.open_item_id <> OLD.open_item_id OR NEW.member_id <> OLD.member_id OR NEW.mandate_id <> OLD.mandate_id"
    " OR coalesce(NEW.terms_id, 0) <> coalesce(OLD.terms_id, 0) OR NEW.document <> OLD.document"
    " OR NEW.attempt <> OLD.attempt OR NEW.cents <> OLD.cents OR NEW.end_to_end_id <> OLD.end_to_end_id"
    " OR NEW.block <> OLD.block OR NEW.scheme <> OLD.scheme OR NEW.sequence <> OLD.sequence"
    " OR OLD.state = 'withdrawn'"
)

_ATTEMPT_FROZEN = (
    "NEW.id <> OLD.id OR NEW.uid <> OLD.uid OR NEW.member_id <> OLD.member_id OR NEW.cents <> OLD.cents"
    " OR NEW.currency <> OLD.currency OR NEW.way <> OLD.way OR NEW.is_live <> OLD.is_live"
)

_TAKES_TOO_MUCH = (
    "NEW.credited_cents < 0 OR NEW.waived_cents < 0 OR NEW.written_off_cents < 0"
    " OR NEW.credited_cents + NEW.waived_cents + NEW.written_off_cents > NEW.original_cents"
)

# name -> (table, moment, condition under which the row is refused, sentence)
_REFUSALS: Final[dict[str, tuple[str, str, str, str]]] = {
    "entry_balances": ("entries", "AFTER INSERT", f"{_COUNT} < 2 OR {_SUM} <> 0", "entry does not balance"),
    "entry_in_open_time": ("entries", "BEFORE INSERT", _IN_CLOSED_TIME, PERIOD_CLOSED),
    "entry_line_closed": (
        "entry_lines", "BEFORE INSERT", "EXISTS (SELECT 1 FROM entries e WHERE e.id = NEW.entry_id)",
        "entry is closed",
    ),
    "entry_line_has_item": (
        "entry_lines", "BEFORE INSERT", "(NEW.account = 'receivables') <> (NEW.open_item_id IS NOT NULL)",
        "receivables name their open item",
    ),
    "entry_line_has_member": (
        "entry_lines", "BEFORE INSERT", "NEW.account IN ('receivables', 'credits') AND NEW.member_id IS NULL",
        "personal accounts name their member",
    ),
    "allocation_within_payment": (
        "allocations", "AFTER INSERT", f"{_ALLOCATED} < 0 OR {_ALLOCATED} > {_AMOUNT}",
        "allocations exceed the payment",
    ),
    "open_item_starts_empty": ("open_items", "BEFORE INSERT", "NEW.open_cents <> 0", "an open item starts empty"),
    "open_item_amount": (
        "open_items", "BEFORE UPDATE",
        f"NEW.open_cents <> OLD.open_cents AND NEW.open_cents <> {_OPEN_LINES}",
        "the open amount follows the ledger",
    ),
    "open_item_takes_no_more": (
        "open_items", "BEFORE UPDATE",
        _TAKES_TOO_MUCH,
        "no more is taken off than was invoiced",
    ),
    "open_item_frozen": (
        "open_items", "BEFORE UPDATE",
        _FROZEN,
        "an open item keeps its document",
    ),
    "open_item_kept": ("open_items", "BEFORE DELETE", "1 = 1", "append-only"),
    "collection_item_starts_open": (
        "collection_items", "BEFORE INSERT", "NEW.state <> 'open'", "a debit starts open",
    ),
    "collection_item_frozen": (
        "collection_items", "BEFORE UPDATE", _DEBIT_FROZEN, "a debit keeps what stands in its file",
    ),
    "collection_item_kept": ("collection_items", "BEFORE DELETE", "1 = 1", "append-only"),
    "online_attempt_frozen": (
        "online_attempts", "BEFORE UPDATE", _ATTEMPT_FROZEN, "an attempt keeps what was asked for",
    ),
    "online_attempt_kept": ("online_attempts", "BEFORE DELETE", "1 = 1", "append-only"),
    "series_counts_up": (
        "number_series", "BEFORE UPDATE", "NEW.last <> OLD.last AND NEW.last <> OLD.last + 1",
        "a series counts up by one",
    ),
    "series_kept": ("number_series", "BEFORE DELETE", "1 = 1", "append-only"),
}  # fmt: skip

_READ: Final = re.compile(r"\b(?:FROM|JOIN) (\w+)")
_WORK: Final[dict[str, tuple[str, str, str]]] = {
    "a_entry_moves_open": ("entries", "AFTER INSERT", _MOVE_OPEN),
}


def _append_only() -> dict[str, tuple[str, str, str, str]]:
    return {
        f"{table}_{verb.lower()}": (table, f"BEFORE {verb}", "1 = 1", "append-only")
        for table in APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    }


def statements(dialect: str) -> dict[str, list[str]]:
    """Return trigger name -> the statements that make it, for `sqlite` or `postgresql`."""
    refusals = {**_REFUSALS, **_append_only()}
    make_refusal, make_work = (
        (_sqlite_refusal, _sqlite_work) if dialect == "sqlite" else (_postgresql_refusal, _postgresql_work)
    )
    made = {name: make_refusal(name, *parts) for name, parts in refusals.items()}
    made |= {name: make_work(name, *parts) for name, parts in _WORK.items()}
    if dialect != "sqlite":
        made |= {f"{table}_truncate": _postgresql_truncate(table) for table in APPEND_ONLY}
    return made


def _sqlite_refusal(name: str, table: str, moment: str, condition: str, sentence: str) -> list[str]:
    return [
        f"CREATE TRIGGER {name} {moment} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
    ]


def _sqlite_work(name: str, table: str, moment: str, statement: str) -> list[str]:
    return [f"CREATE TRIGGER {name} {moment} ON {table} BEGIN {statement}; END"]


def _postgresql_refusal(name: str, table: str, moment: str, condition: str, sentence: str) -> list[str]:
    given = "OLD" if moment.endswith("DELETE") else "NEW"
    body = f"IF {condition} THEN RAISE EXCEPTION '{sentence}'; END IF; RETURN {given};"
    return _postgresql_trigger(name, table, moment, body)


def _postgresql_work(name: str, table: str, moment: str, statement: str) -> list[str]:
    return _postgresql_trigger(name, table, moment, f"{statement}; RETURN NEW;")


def _postgresql_trigger(name: str, table: str, moment: str, body: str) -> list[str]:
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _postgresql_truncate(table: str) -> list[str]:
    name = f"{table}_truncate"
    body = "BEGIN RAISE EXCEPTION 'append-only'; END"
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def present(connection: Connection) -> dict[str, str]:
    """Return trigger name -> text as the database has it (PostgreSQL: function body and definition)."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT t.tgname, trim(p.prosrc) || '|' || pg_get_triggerdef(t.oid, true) || '|' || t.tgenabled::text"
            " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND n.nspname = current_schema()"
        )
    return dict(connection.execute(text(query)).all())


def install(connection: Connection) -> None:
    """Drop every trigger and make it anew, in the transaction that is running.

    A database on the way through older revisions has not every table yet: the triggers on them, and those that read
    them, come when they are there.
    """
    for name in present(connection):
        table = _table_of(connection, name)
        connection.exec_driver_sql(
            f"DROP TRIGGER {name}" + ("" if connection.dialect.name == "sqlite" else f" ON {table}")
        )
    tables = set(inspect(connection).get_table_names())
    for made in statements(connection.dialect.name).values():
        read = set(_READ.findall(" ".join(made)))
        if made[-1].split(" ON ", 1)[1].split(" ", 1)[0] not in tables or not read <= tables:
            continue
        for statement in made:
            connection.exec_driver_sql(statement)


def _table_of(connection: Connection, name: str) -> str:
    if connection.dialect.name == "sqlite":
        return ""
    query = text(
        "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE t.tgname = :name AND n.nspname = current_schema()"
    )
    return str(connection.execute(query, {"name": name}).scalar_one())


def differences(connection: Connection) -> list[str]:
    """Return the names of triggers that are missing, changed, switched off or unknown (FI-59)."""
    found = present(connection)
    wanted = statements(connection.dialect.name)
    wrong = sorted(wanted.keys() ^ found.keys())
    for name in sorted(wanted.keys() & found.keys()):
        if found[name] != _as_kept(wanted[name]):
            wrong.append(name)
    return wrong


def _as_kept(made: list[str]) -> str:
    """Return how a database tells a trigger again: SQLite its text; PostgreSQL body, definition, and that it is on."""
    if len(made) == 1:
        return made[0]
    function, trigger = made
    return f"{function.split('$$')[1].strip()}|{trigger}|O"
