"""The chain is worked out again: its links one after another, every row they name, and that no row stands outside.

Source: `reliability.md` 5.6, INV-06, INV-07.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

from sqlalchemy.orm import Session

from membership.persistence import chain, crypto
from membership.persistence.models.chain import ChainLink
from membership.persistence.queries import chain as queries
from membership.services.verdict import Verdict

LAST_LINKS: Final = 1000
_ROWS_AT_ONCE: Final = 200
_BLOCK: Final = 4096
_CHAIN, _BYTES = "INV-07", "INV-06"


class Seen:
    """The ids of rows that links named, one bit each, so that a million of them stay small."""

    def __init__(self) -> None:
        self._blocks: defaultdict[tuple[str, int], int] = defaultdict(int)

    def add(self, table: str, key: int) -> None:
        """Remember a row."""
        self._blocks[table, key // _BLOCK] |= 1 << (key % _BLOCK)

    def missing(self, table: str, keys: Iterable[int]) -> Iterable[int]:
        """Yield the keys that nobody named."""
        for key in keys:
            if not self._blocks.get((table, key // _BLOCK), 0) >> (key % _BLOCK) & 1:
                yield key


def check_chain(session: Session, verdict: Verdict, *, full: bool) -> None:
    """Check the last links, or in full all of them, their rows, and that each protected row is named by one."""
    head_seq, head_hash = queries.chain_head(session)
    after = 0 if full else max(0, head_seq - LAST_LINKS)
    previous = chain.GENESIS if after == 0 else queries.find_hash(session, after)
    seen, seq = Seen(), after
    waiting: list[chain.NamedRow] = []
    for link in queries.links(session, after=after):
        seq += 1
        if link.seq != seq:
            verdict.add(_CHAIN, f"link {seq}", "a link", f"none before link {link.seq}")
        _check_link(verdict, link, previous=previous)
        previous, seq = link.hash, link.seq
        payload = chain.read_payload(link.rows)
        waiting += payload.rows if payload else ()
        if len(waiting) >= _ROWS_AT_ONCE:
            _check_rows(session, verdict, waiting, seen)
            waiting.clear()
    _check_rows(session, verdict, waiting, seen)
    if (seq, previous) != (head_seq, head_hash):
        verdict.add(_CHAIN, "chain head", f"{seq} {previous}", f"{head_seq} {head_hash}")
    verdict.looked_at(_CHAIN, seq - after)
    if full:
        _check_outside(session, verdict, seen)


def _check_link(verdict: Verdict, link: ChainLink, *, previous: str | None) -> None:
    if link.prev_hash != previous:
        verdict.add(_CHAIN, f"link {link.seq}, prev_hash", previous, link.prev_hash)
    for column, (expected, found) in chain.faults(link).items():
        verdict.add(_CHAIN, f"link {link.seq}, {column}", expected, found)


def _check_rows(session: Session, verdict: Verdict, rows: list[chain.NamedRow], seen: Seen) -> None:
    by_table: dict[str, list[chain.NamedRow]] = {}
    for row in rows:
        by_table.setdefault(row.table, []).append(row)
    for table, named in by_table.items():
        if table not in queries.CHAINED:
            verdict.add(_CHAIN, f"table {table}", "a protected table", "unknown")
            continue
        values = queries.row_values(session, table, [row.key for row in named])
        for row in named:
            seen.add(table, row.key)
            if row.key not in values:
                verdict.add(_CHAIN, f"{table} {row.key}", row.digest, "no row")
            elif not chain.is_row_of(table, hashed := _hashed(values[row.key]), row.digest):
                verdict.add(_CHAIN, f"{table} {row.key}", row.digest, chain.row_hash(hashed))
            if _holds_bytes(values.get(row.key, {})):
                _check_bytes(session, verdict, table, values[row.key])


def _holds_bytes(values: dict[str, Any]) -> bool:
    """Return whether a row holds a file; that of a resolution may be missing (then its row has no hash of one)."""
    return "sha256" in values and values.get("content_sealed", b"") is not None


def _hashed(values: dict[str, Any]) -> dict[str, object]:
    lines = values.get("lines")
    row = chain.hashable({name: value for name, value in values.items() if name != "lines"})
    if lines is not None:
        row["lines"] = [chain.hashable(line) for line in lines]
    return row


def _check_bytes(session: Session, verdict: Verdict, table: str, values: dict[str, Any]) -> None:
    content = values["content"] if "content" in values else _unsealed(session, table, values)
    found = sha256(content if isinstance(content, bytes) else str(content).encode()).hexdigest()
    verdict.looked_at(_BYTES)
    if found != values["sha256"]:
        verdict.add(_BYTES, f"{table} {values['id']}", values["sha256"], found)


def _unsealed(session: Session, table: str, values: dict[str, Any]) -> object:
    """Return the bytes of an encrypted file; what cannot be decrypted as it stands, and so has another hash."""
    sealed = values["content_sealed"]
    try:
        return crypto.unseal_bytes(
            session, sealed, table=table, column="content_sealed", uid=str(values["uid"])
        )
    except (crypto.KeyMissing, TypeError, ValueError):
        return sealed


def _check_outside(session: Session, verdict: Verdict, seen: Seen) -> None:
    for table in queries.CHAINED:
        for key in seen.missing(table, queries.row_keys(session, table)):
            verdict.add(_CHAIN, f"{table} {key}", "a link that names it", "none")
