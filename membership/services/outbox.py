"""The outbox: work that waits for the commit, claimed with a lease and a fence, done at most once.

Source: `reliability.md` 5.7 (29 to 33).
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.billing import OutboxRow

NEW, CLAIMED, DONE, FAILED = "new", "claimed", "done", "failed"
LEASE: Final = timedelta(minutes=2)
MAX_ATTEMPTS: Final = 5
NO_WORD: Final = "the worker ended at this row each time"


def put(session: Session, kind: str, ref_id: int) -> None:
    """Add a row of work once; its key is kind and document."""
    values = {
        "key": f"{kind}:{ref_id}", "kind": kind, "ref_id": ref_id, "state": NEW, "attempts": 0, "error": "",
        "at": actor_of(session).at,
    }  # fmt: skip
    insert_missing(session, OutboxRow, values)


def claim(session: Session, kind: str, limit: int) -> tuple[str, list[tuple[int, int]]]:
    """Take up to `limit` rows for a lease; return the fence and (row id, document id), oldest first.

    A row whose lease ended without a word is handed out again, alone: should it end the worker once more, it takes no
    other row along. After five attempts it is given up.
    """
    at = actor_of(session).at
    _give_up(session, kind)
    waiting = (
        select(OutboxRow.id, OutboxRow.ref_id, OutboxRow.attempts)
        .where(
            OutboxRow.kind == kind,
            (OutboxRow.state == NEW) | ((OutboxRow.state == CLAIMED) & (OutboxRow.lease_until < at)),
            OutboxRow.not_before.is_(None) | (OutboxRow.not_before <= at),
        )
        .order_by(OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.execute(waiting).all()
    is_alone = bool(found and found[0].attempts)
    rows = [(row.id, row.ref_id) for row in found if not row.attempts]
    if is_alone:
        rows = [(found[0].id, found[0].ref_id)]
    fence = secrets.token_hex(8)
    if rows:
        session.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_([row_id for row_id, _ref in rows]))
            .values(state=CLAIMED, fence=fence, lease_until=at + LEASE, attempts=OutboxRow.attempts + 1)
        )
    return fence, rows


def _give_up(session: Session, kind: str) -> None:
    """Give up the rows that used up their attempts without ever a word: the worker ended at each of them."""
    at = actor_of(session).at
    session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.kind == kind,
            OutboxRow.state == CLAIMED,
            OutboxRow.lease_until < at,
            OutboxRow.attempts >= MAX_ATTEMPTS,
        )
        .values(state=FAILED, error=NO_WORD, fence=None, lease_until=None)
    )


def settle(session: Session, fence: str, row_ids: list[int]) -> int:
    """Mark claimed rows as done and return how many still carried the fence; the others belong to someone else."""
    rows = session.execute(
        update(OutboxRow)
        .where(OutboxRow.id.in_(row_ids), OutboxRow.fence == fence, OutboxRow.state == CLAIMED)
        .values(state=DONE, fence=None, lease_until=None, error="")
        .returning(OutboxRow.id)
    ).all()
    return len(rows)


def give_back(session: Session, fence: str, row_id: int, error: str) -> None:
    """Note why a row could not be done; it is tried again, at most five times, later each time."""
    attempts = session.execute(select(OutboxRow.attempts).where(OutboxRow.id == row_id)).scalar_one()
    state = FAILED if attempts >= MAX_ATTEMPTS else NEW
    later = actor_of(session).at + timedelta(seconds=2**attempts)
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.fence == fence)
        .values(state=state, error=error[:500], fence=None, lease_until=None, not_before=later)
    )


def retry(session: Session, kind: str, ref_id: int) -> bool:
    """Hand a row out again that was given up, with all its attempts; return whether there was one."""
    rows = session.execute(
        update(OutboxRow)
        .where(OutboxRow.kind == kind, OutboxRow.ref_id == ref_id, OutboxRow.state == FAILED)
        .values(state=NEW, attempts=0, not_before=None)
        .returning(OutboxRow.id)
    ).all()
    return bool(rows)


def waiting(session: Session, kind: str) -> int:
    """Return how many rows of a kind are not done yet and not given up."""
    states = (NEW, CLAIMED)
    rows = session.execute(
        select(OutboxRow.id).where(OutboxRow.kind == kind, OutboxRow.state.in_(states))
    ).all()
    return len(rows)
