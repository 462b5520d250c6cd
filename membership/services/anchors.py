"""Anchors: the head of the chain and the last numbers of one moment, kept outside, so that a rebuilt chain is found.

Source: `reliability.md` 5.6 (27), SEC-75.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from membership.domain.errors import N_, InputError
from membership.persistence.queries import chain as chain_queries
from membership.persistence.queries import verify as queries
from membership.services.verdict import Verdict

FILE: Final = "anchors.jsonl"
"""The anchors of an installation in its state folder, one line each."""


class AnchorUnreadable(InputError):
    """A file of anchors cannot be read."""

    message = N_("%(name)s holds no anchors: line %(line)s cannot be read.")
    code = "anchor"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Head, hash and last numbers (series and year -> number) at a moment."""

    at: str
    seq: int
    hash: str
    numbers: dict[str, int]

    def text(self) -> str:
        """Return the line that is kept."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)


def take_anchor(session: Session, *, at: datetime) -> Anchor:
    """Return the anchor of this moment."""
    seq, digest = chain_queries.chain_head(session)
    return Anchor(at.strftime("%Y-%m-%dT%H:%M:%SZ"), seq, digest, last_numbers(session))


def last_numbers(session: Session) -> dict[str, int]:
    """Return series (and year) -> the last number given."""
    return {f"{row.series} {row.year or ''}".strip(): row.last for row in queries.list_series(session)}


def keep_anchor(anchor: Anchor, folder: Path) -> None:
    """Add an anchor to the file of this installation."""
    line = f"{anchor.text()}\n".encode()
    descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def start_anew(anchor: Anchor, folder: Path, *, kept: str) -> None:
    """Set the anchors of a database that was replaced aside, and begin with the one of the new."""
    with suppress(FileNotFoundError):
        (folder / FILE).rename(folder / f"{FILE}.{kept}")
    keep_anchor(anchor, folder)


def kept_anchors(folder: Path) -> list[Anchor]:
    """Return the anchors of an installation, none when there is no file; a line cut off by a crash is left out."""
    try:
        lines = (folder / FILE).read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return read_anchors((line for line in lines if line.endswith(b"\n")), name=FILE)


def read_anchors(lines: Iterable[bytes], *, name: str) -> list[Anchor]:
    """Return the anchors of a file: one JSON object a line, or a manifest of a backup; raise `AnchorUnreadable`."""
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(_anchor(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AnchorUnreadable(name=name, line=str(number)) from error
    if not found:
        raise AnchorUnreadable(name=name, line="1")
    return found


def _anchor(said: dict[str, Any]) -> Anchor:
    said = said.get("anchor", said)
    numbers = {str(name): int(last) for name, last in said["numbers"].items()}
    return Anchor(str(said["at"]), int(said["seq"]), str(said["hash"]), numbers)


def check_anchors(session: Session, verdict: Verdict, anchors: Iterable[Anchor]) -> None:
    """Compare the chain and the numbers with anchors; what was rebuilt or cut off does not fit."""
    now = last_numbers(session)
    for anchor in anchors:
        verdict.looked_at("INV-07")
        found = chain_queries.find_hash(session, anchor.seq) if anchor.seq else anchor.hash
        if found != anchor.hash:
            verdict.add(
                "INV-07", f"anchor of {anchor.at}, link {anchor.seq}", anchor.hash, found or "no link"
            )
        for series, last in anchor.numbers.items():
            verdict.looked_at("INV-03")
            if now.get(series, 0) < last:
                verdict.add(
                    "INV-03",
                    f"anchor of {anchor.at}, series {series}",
                    f"at least {last}",
                    now.get(series, 0),
                )
