"""Append-only rows and the hash chain over them: one link per unit of work, written just before the commit.

Every append-only row is inserted by `append`, which keeps the hash of its canonical values; `close` writes the
audit records and one link over all of them. `services/verify.py` works the hashes out again.

Source: `reliability.md` 5.6, INV-07; `decisions.md` 37.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Insert, Table, bindparam, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from membership.domain.policy import Actor
from membership.persistence.columns import Base, Canonical, Json, canonical
from membership.persistence.models.chain import AuditRecord, AuditValue, ChainHead, ChainLink

GENESIS: Final = "0" * 64
VERSION: Final = "v1"
PAYLOAD: Final = 2
"""The version of what a link's `rows` hold: 1 is the list of its rows alone, 2 has the moment of the link too."""

LATER: Final[Mapping[str, tuple[tuple[str, object], ...]]] = {"mandate_steps": (("reference", ""),)}
"""Protected table -> the columns that later migrations added, in their order, each with the value that rows of before
got. Such rows were hashed without the column; they still verify while it holds that value and nothing else."""

Change = tuple[object, object]
"""Old and new value of a field."""


@dataclass(slots=True)
class Note:
    """One audit record that the unit of work will write."""

    action: str
    object_kind: str
    object_ref: str
    member_id: int | None
    facts: Mapping[str, object]
    values: Mapping[str, Change]


@dataclass(slots=True)
class Unit:
    """What a unit of work has added so far, and `known`: what its use cases look up once for all they do."""

    use_case: str
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    known: dict[str, bool] = field(default_factory=dict)


def row_hash(values: Mapping[str, object]) -> str:
    """Return the SHA-256 of the canonical values of one row."""
    return sha256(canonical(dict(values)).encode()).hexdigest()


def is_row_of(table: str, values: Mapping[str, object], digest: str) -> bool:
    """Return whether a row has this hash, be it from before the last columns of its table were added (`LATER`)."""
    row = dict(values)
    for name, first in (*reversed(LATER.get(table, ())), ("", None)):
        if row_hash(row) == digest:
            return True
        if row.pop(name, first) != first:
            return False
    return False


def link_hash(*, seq: int, kind: str, ref: str, payload_hash: str, prev_hash: str) -> str:
    """Return the hash of a link: SHA-256 over version, seq, kind, ref, payload and previous hash."""
    return sha256("|".join((VERSION, str(seq), kind, ref, payload_hash, prev_hash)).encode()).hexdigest()


class NamedRow(NamedTuple):
    """One append-only row as a link names it."""

    table: str
    key: int
    digest: str


class Payload(NamedTuple):
    """What the `rows` of a link say: its moment (None in links of version 1) and the rows that it added."""

    at: str | None
    rows: tuple[NamedRow, ...]


def payload_of(at: datetime, rows: list[tuple[str, str, str]]) -> str:
    """Return the `rows` of a new link: canonical JSON with its version, its moment and the rows it adds."""
    return canonical({"at": at, "rows": [list(row) for row in rows], "v": PAYLOAD})


def read_payload(text: str) -> Payload | None:
    """Return what the `rows` of a link say, in either version; None when they cannot be read."""
    try:
        said = json.loads(text)
        at, rows = (said["at"], said["rows"]) if isinstance(said, dict) else (None, said)
        return Payload(at, tuple(NamedRow(table, int(key), digest) for table, key, digest in rows))
    except (ValueError, TypeError, KeyError):
        return None


def faults(link: ChainLink) -> dict[str, tuple[object, object]]:
    """Return what a link says of itself and does not hold: column -> (expected, found)."""
    payload_hash = sha256(link.rows.encode()).hexdigest()
    digest = link_hash(
        seq=link.seq, kind=link.kind, ref=link.ref, payload_hash=payload_hash, prev_hash=link.prev_hash
    )
    pairs: dict[str, tuple[object, object]] = {
        "payload_hash": (payload_hash, link.payload_hash),
        "hash": (digest, link.hash),
    }
    payload = read_payload(link.rows)
    if payload is None:
        pairs["rows"] = ("a list of rows", link.rows)
    elif payload.at is not None:
        pairs["at"] = (payload.at, json.loads(canonical(link.at)))
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def unit_of(session: Session) -> Unit:
    """Return the running unit of work; outside `write` there is none."""
    unit = session.info.get("unit")
    assert isinstance(unit, Unit), "append-only rows are added inside write() only"
    return unit


def append(session: Session, model: type[Base], **values: object) -> int:
    """Insert one append-only row, register its hash and return its id. All columns but `id` must be named."""
    unit_of(session)
    table = cast("Table", model.__table__)
    connection = session.connection()
    given = stored_values(
        table, {name: values.get(name) for name in _columns(table) if name != "id" or "id" in values}
    )
    unknown = values.keys() - given.keys()
    assert not unknown, unknown
    if "id" in values:
        connection.execute(_insert(table), given)
        row_id = cast("int", values["id"])
    else:
        row_id = cast("int", connection.execute(_insert_returning(table), given).scalar_one())
    register(session, table.name, str(row_id), {**given, "id": row_id})
    return row_id


def append_all(session: Session, model: type[Base], rows: Sequence[Mapping[str, object]]) -> list[int]:
    """Insert many append-only rows, register their hashes and return their ids in order; as `append`, in few calls."""
    unit_of(session)
    if not rows:
        return []
    table = cast("Table", model.__table__)
    names = [column.name for column in table.columns if column.name != "id"]
    assert all(row.keys() == set(names) for row in rows), (table.name, names)
    given = [stored_values(table, row) for row in rows]
    found = session.connection().execute(_insert_all(table), given)
    ids = [cast("int", row_id) for row_id in found.scalars()]
    for row_id, row in zip(ids, given, strict=True):
        register(session, table.name, str(row_id), {**row, "id": row_id})
    return ids


@cache
def _columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


@cache
def _json_columns(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in table.columns if isinstance(column.type, Json))


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


@cache
def _insert_returning(table: Table) -> ReturningInsert[Any]:
    return insert(table).returning(table.c.id)


@cache
def _insert_all(table: Table) -> ReturningInsert[Any]:
    return insert(table).returning(table.c.id, sort_by_parameter_order=True)


_HEAD = cast("Table", ChainHead.__table__)
_LOCK_HEAD = select(_HEAD.c.seq, _HEAD.c.hash).where(_HEAD.c.id == 1).with_for_update()
_MOVE_HEAD = (
    update(_HEAD).where(_HEAD.c.id == 1).values(seq=bindparam("next_seq"), hash=bindparam("next_hash"))
)


def stored_values(table: Table, values: Mapping[str, object]) -> dict[str, object]:
    """Return values as they stand in the row: JSON as its canonical text, so that a changed blank is found too."""
    texts = _json_columns(table)
    return {
        name: Canonical(canonical(value)) if value is not None and name in texts else value
        for name, value in values.items()
    }


def register(session: Session, table: str, key: str, values: Mapping[str, object]) -> None:
    """Add the hash of one append-only row to the link of this unit."""
    unit_of(session).rows.append((table, key, row_hash(hashable(values))))


def hashable(values: Mapping[str, object]) -> dict[str, object]:
    """Return values as they are hashed: enums as text; bytes, dates and moments follow `canonical`."""
    return {name: str(value) if isinstance(value, str) else value for name, value in values.items()}


def note(
    session: Session,
    action: str,
    object_kind: str,
    object_ref: object,
    *,
    member_id: int | None = None,
    facts: Mapping[str, object] | None = None,
    values: Mapping[str, Change] | None = None,
) -> None:
    """Put one record into the audit log of this unit (INV-22).

    Args:
        session: the session of the unit of work.
        action: what was done, a stable name such as `invoice.issue`.
        object_kind: the kind of thing: `member`, `invoice`, `run`.
        object_ref: its number or name as people know it.
        member_id: the member it is about, so that its record can show it.
        facts: hashed for ever; no personal data.
        values: field -> (old, new); may hold personal data and can be erased later.
    """
    unit_of(session).notes.append(
        Note(action, object_kind, str(object_ref), member_id, facts or {}, values or {}),
    )


def close(session: Session) -> None:
    """Write the audit records and the one link of this unit, if it added or noted anything."""
    unit = unit_of(session)
    if not unit.rows and not unit.notes:
        return
    actor = cast("Actor", session.info["actor"])
    _write_notes(session, actor, unit.notes)
    connection = session.connection()
    head = connection.execute(_LOCK_HEAD).one()
    seq, prev = head.seq + 1, head.hash
    rows = payload_of(actor.at, unit.rows)
    payload = sha256(rows.encode()).hexdigest()
    digest = link_hash(
        seq=seq, kind=unit.use_case, ref=actor.request_id, payload_hash=payload, prev_hash=prev
    )
    connection.execute(
        _insert(cast("Table", ChainLink.__table__)),
        {
            "seq": seq, "kind": unit.use_case, "ref": actor.request_id, "rows": rows, "payload_hash": payload,
            "prev_hash": prev, "hash": digest, "at": actor.at,
        },
    )  # fmt: skip
    connection.execute(_MOVE_HEAD, {"next_seq": seq, "next_hash": digest})


def _write_notes(session: Session, actor: Actor, notes: Sequence[Note]) -> None:
    who = {
        "at": actor.at, "actor_key": actor.key, "actor_name": actor.name, "request_id": actor.request_id,
        "reason": actor.reason,
    }  # fmt: skip
    records = [
        {
            **who, "action": each.action, "object_kind": each.object_kind, "object_ref": each.object_ref,
            "member_id": each.member_id, "facts": dict(each.facts),
        }
        for each in notes
    ]  # fmt: skip
    values = [
        {"audit_id": audit_id, "field": name, "old": _shown(old), "new": _shown(new)}
        for audit_id, each in zip(append_all(session, AuditRecord, records), notes, strict=True)
        for name, (old, new) in each.values.items()
    ]
    if values:
        session.execute(insert(AuditValue), values)


def _shown(value: object) -> str | None:
    return None if value is None else str(value)
