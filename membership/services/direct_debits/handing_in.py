"""A collection on its way to the bank: its file is fetched, handed in by a person, or withdrawn before that.

Source: SEPA-14; INV-06; `ux.md` 6.10 “Stand”.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from sqlalchemy import update
from sqlalchemy.orm import Session

from membership.domain.direct_debits.collections import (
    COLLECTION_WORDS,
    CollectionState,
    ItemState,
    StateOther,
)
from membership.domain.errors import AlreadyDone
from membership.domain.phrases import Phrase
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, locked
from membership.persistence.models.direct_debits import Collection, CollectionItem
from membership.persistence.queries.direct_debits import collections as queries
from membership.persistence.queries.direct_debits.collections import CollectionView
from membership.services.direct_debits.collecting import WRITE, add_step

_BEFORE_BANK = frozenset({CollectionState.PLANNED, CollectionState.EXPORTED})


def export_collection(session: Session, key: int | str, *, today: date) -> bytes:
    """Return the bytes of a file, the same each time, and note who fetched it; a withdrawn one is not given out."""
    require(actor_of(session), WRITE)
    view = locked_collection(session, key)
    if view.state is CollectionState.WITHDRAWN:
        raise refused(view)
    content = read_file(session, view.row.id)
    if view.state is CollectionState.PLANNED:
        add_step(session, view.row.id, CollectionState.EXPORTED, step=len(view.steps) + 1, on=today)
    chain.note(session, "collection.export", "collection", view.row.number, facts={"sha256": view.row.sha256})
    return content


def read_file(session: Session, collection_id: int) -> bytes:
    """Return the bytes of a file after comparing them with their hash."""
    row = session.get_one(Collection, collection_id, populate_existing=True)
    content = crypto.unseal_bytes(
        session, row.content_sealed, table=Collection.__tablename__, column="content_sealed", uid=row.uid
    )
    assert sha256(content).hexdigest() == row.sha256, row.number
    return content


def mark_submitted(session: Session, key: int | str, *, on: date) -> str:
    """Note that a person handed the file in at the bank; return its number.

    Raises `AlreadyDone` when that is known, `StateOther` for a collection that was withdrawn.
    """
    require(actor_of(session), WRITE)
    view = locked_collection(session, key)
    if view.state in {CollectionState.SUBMITTED, CollectionState.SETTLED}:
        raise AlreadyDone
    if view.state not in _BEFORE_BANK:
        raise refused(view)
    add_step(session, view.row.id, CollectionState.SUBMITTED, step=len(view.steps) + 1, on=on)
    chain.note(session, "collection.submit", "collection", view.row.number, facts={"on": on})
    return view.row.number


def withdraw_collection(session: Session, key: int | str, *, on: date, reason: str = "") -> str:
    """Give the invoices of a file free again that was not handed in; return its number.

    Raises `AlreadyDone` when it was withdrawn, `StateOther` when the bank has it.
    """
    require(actor_of(session), WRITE)
    view = locked_collection(session, key)
    if view.state is CollectionState.WITHDRAWN:
        raise AlreadyDone
    if view.state not in _BEFORE_BANK or view.sum_of(ItemState.OPEN).number != view.row.item_count:
        raise refused(view)
    session.execute(
        update(CollectionItem)
        .where(CollectionItem.collection_id == view.row.id)
        .values(state=ItemState.WITHDRAWN)
    )
    step = len(view.steps) + 1
    add_step(session, view.row.id, CollectionState.WITHDRAWN, step=step, on=on, reason=reason)
    chain.note(
        session, "collection.withdraw", "collection", view.row.number, facts={"on": on},
        values={"reason": (None, reason)} if reason else None,
    )  # fmt: skip
    return view.row.number


def locked_collection(session: Session, key: int | str) -> CollectionView:
    """Return a collection as it is under the lock of its row."""
    found = queries.get_collection(session, key)
    locked(session, Collection, found.row.id)
    return queries.get_collection(session, found.row.id)


def refused(view: CollectionView) -> StateOther:
    """Return the refusal of a step that does not fit the state."""
    return StateOther(number=view.row.number, state=Phrase(COLLECTION_WORDS[view.state]))
