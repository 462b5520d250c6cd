"""Debits that the bank has credited and that may still come back."""

from __future__ import annotations

from collections.abc import Collection as Ids
from typing import NamedTuple

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from membership.domain.direct_debits.collections import ItemState
from membership.persistence.models.direct_debits import Collection, CollectionItem
from membership.persistence.models.members import Member


class CreditedLine(NamedTuple):
    """A debit that the bank has credited, with its member."""

    item: CollectionItem
    member_number: str
    member_name: str


def list_credited(session: Session, numbers: Ids[str]) -> list[CreditedLine]:
    """Return the credited debits of the collections with these numbers, the newest collection first."""
    statement = (
        select(CollectionItem, Member.number, Member.name)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .join(Member, Member.id == CollectionItem.member_id)
        .where(CollectionItem.state == ItemState.SETTLED, Collection.number.in_(numbers))
        .order_by(Collection.id.desc(), CollectionItem.position)
    )
    return [CreditedLine(*row) for row in session.execute(statement)]


def list_collections_credited(session: Session, *, limit: int) -> list[str]:
    """Return the numbers of the collections that have credited debits, the newest first."""
    is_credited = exists().where(
        CollectionItem.collection_id == Collection.id, CollectionItem.state == ItemState.SETTLED
    )
    statement = select(Collection.number).where(is_credited).order_by(Collection.id.desc()).limit(limit)
    return list(session.execute(statement).scalars())


def list_block(session: Session, name: str) -> list[CollectionItem]:
    """Return the debits of a block (PmtInfId), or of the collection of this number, in whatever state they are."""
    statement = (
        select(CollectionItem)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(or_(CollectionItem.block == name.strip(), Collection.number == name.strip()))
        .order_by(CollectionItem.id)
        .execution_options(populate_existing=True)
    )
    return list(session.execute(statement).scalars())
