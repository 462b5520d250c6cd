"""Collections with their steps and debits, and the own debits that bank lines are matched against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, case, func, or_, select
from sqlalchemy.orm import Session, load_only

from membership.domain.banking.facts import OwnDebit
from membership.domain.direct_debits.collections import (
    STANDING,
    CollectionState,
    ItemState,
    refundable_until,
)
from membership.domain.direct_debits.mandates import Scheme, StepKind
from membership.domain.errors import NotFound
from membership.persistence.models.direct_debits import (
    Collection,
    CollectionItem,
    CollectionStep,
    DebitNotice,
    Mandate,
    MandateStep,
)
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Member

_PLAIN: Final = tuple(
    getattr(Collection, column.name) for column in Collection.__table__.c if column.name != "content_sealed"
)
_MOST_DIGITS: Final = 18
_LATER: Final = (
    select(MandateStep.reference)
    .where(
        MandateStep.mandate_id == CollectionItem.mandate_id,
        MandateStep.id <= CollectionItem.terms_id,
        MandateStep.reference != "",
    )
    .order_by(MandateStep.id.desc())
    .limit(1)
    .correlate(CollectionItem)
    .scalar_subquery()
)
_REFERENCE: Final = func.coalesce(_LATER, Mandate.reference)
"""The reference of its mandate that a debit was made with."""


class Sums(NamedTuple):
    """How many debits of a collection are in a state, and how much they come to."""

    number: int
    cents: int


@dataclass(slots=True)
class CollectionView:
    """A collection with its steps in their order and its debits by state."""

    row: Collection
    steps: list[CollectionStep]
    sums: dict[ItemState, Sums]

    @property
    def state(self) -> CollectionState:
        """Return the state: the last step."""
        return self.steps[-1].kind

    def sum_of(self, state: ItemState) -> Sums:
        """Return the debits in a state."""
        return self.sums.get(state, Sums(0, 0))


def list_collections(session: Session, *, page: int = 1, size: int | None = None) -> list[CollectionView]:
    """Return collections, the newest first: all, or one page of them."""
    statement = select(Collection.id).order_by(Collection.id.desc())
    if size is not None:
        statement = statement.limit(size).offset((page - 1) * size)
    return _viewed(session, list(session.execute(statement).scalars()))


def count_collections(session: Session) -> int:
    """Return how many collections there are."""
    return session.execute(select(func.count()).select_from(Collection)).scalar_one()


def find_id(session: Session, key: int | str) -> int | None:
    """Return the id of a collection by its id, its number, or the id of one of its blocks (PmtInfId)."""
    text = str(key).strip()
    if text.isascii() and text.isdigit():
        number = int(text) if len(text) <= _MOST_DIGITS else 0
        return session.execute(select(Collection.id).where(Collection.id == number)).scalar_one_or_none()
    found = session.execute(select(Collection.id).where(Collection.number == text)).scalar_one_or_none()
    if found is not None:
        return found
    blocks = select(CollectionItem.collection_id).where(CollectionItem.block == text).limit(1)
    return session.execute(blocks).scalar_one_or_none()


def get_collection(session: Session, key: int | str) -> CollectionView:
    """Return a collection by its id, number or block; raise `NotFound`."""
    found = find_id(session, key)
    if found is None:
        raise NotFound(what="collection", key=key)
    return _viewed(session, [found])[0]


def find_for_day(session: Session, due_on: date) -> CollectionView | None:
    """Return the newest collection with a due day that was not withdrawn."""
    statement = select(Collection.id).where(Collection.due_on == due_on).order_by(Collection.id.desc())
    views = _viewed(session, list(session.execute(statement).scalars()))
    return next((view for view in views if view.state is not CollectionState.WITHDRAWN), None)


def _viewed(session: Session, ids: list[int]) -> list[CollectionView]:
    rows = (
        select(Collection)
        .where(Collection.id.in_(ids))
        .options(load_only(*_PLAIN))
        .order_by(Collection.id.desc())
    )
    views = [CollectionView(row, [], {}) for row in session.execute(rows).scalars()]
    by_id = {view.row.id: view for view in views}
    steps = select(CollectionStep).where(CollectionStep.collection_id.in_(ids)).order_by(CollectionStep.step)
    for step in session.execute(steps).scalars():
        by_id[step.collection_id].steps.append(step)
    sums = (
        select(
            CollectionItem.collection_id, CollectionItem.state, func.count(), func.sum(CollectionItem.cents)
        )
        .where(CollectionItem.collection_id.in_(ids))
        .group_by(CollectionItem.collection_id, CollectionItem.state)
    )
    for collection_id, state, count, cents in session.execute(sums).all():
        by_id[collection_id].sums[state] = Sums(count, int(cents))
    return views


class ItemLine(NamedTuple):
    """A debit with its member and the reference that its mandate had in the file."""

    item: CollectionItem
    member_number: str
    member_name: str
    mandate: str
    due_on: date

    @property
    def refundable_until(self) -> date | None:
        """Return until when the debtor may have a credited debit refunded without a reason."""
        is_credited = self.item.state is ItemState.SETTLED
        return refundable_until(self.due_on, Scheme(self.item.scheme)) if is_credited else None


def list_items(
    session: Session, collection_id: int, *, page: int = 1, size: int | None = None
) -> list[ItemLine]:
    """Return the debits of a collection in the order of its file: all, or one page of them."""
    statement = (
        select(CollectionItem, Member.number, Member.name, _REFERENCE, Collection.due_on)
        .join(Member, Member.id == CollectionItem.member_id)
        .join(Mandate, Mandate.id == CollectionItem.mandate_id)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(CollectionItem.collection_id == collection_id)
        .order_by(CollectionItem.position)
    )
    if size is not None:
        statement = statement.limit(size).offset((page - 1) * size)
    return [ItemLine(*row) for row in session.execute(statement).all()]


def list_items_of_mandate(session: Session, mandate_id: int) -> list[ItemLine]:
    """Return the debits by a mandate, the newest first."""
    statement = (
        select(CollectionItem, Member.number, Member.name, _REFERENCE, Collection.due_on)
        .join(Member, Member.id == CollectionItem.member_id)
        .join(Mandate, Mandate.id == CollectionItem.mandate_id)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(CollectionItem.mandate_id == mandate_id)
        .order_by(CollectionItem.id.desc())
    )
    return [ItemLine(*row) for row in session.execute(statement).all()]


def list_standing(
    session: Session, collection_id: int, *, state: ItemState, block: str | None = None
) -> list[CollectionItem]:
    """Return the debits of a collection, or of one block of it, that are in a state."""
    statement = (
        select(CollectionItem)
        .where(CollectionItem.collection_id == collection_id, CollectionItem.state == state)
        .order_by(CollectionItem.member_id, CollectionItem.position)
    )
    if block is not None:
        statement = statement.where(CollectionItem.block == block)
    return list(session.execute(statement).scalars())


def get_item(session: Session, end_to_end_id: str) -> CollectionItem:
    """Return a debit by its id; raise `NotFound`."""
    found = find_item(session, end_to_end_id)
    if found is None:
        raise NotFound(what="direct debit", key=end_to_end_id)
    return found


def find_item(session: Session, end_to_end_id: str) -> CollectionItem | None:
    """Return a debit by its id, if it is one of ours."""
    statement = select(CollectionItem).where(CollectionItem.end_to_end_id == end_to_end_id.strip())
    return session.execute(statement).scalar_one_or_none()


def list_own_debits(session: Session) -> list[OwnDebit]:
    """Return the debits that a bank line can credit or take back: under way, or credited and not come back."""
    statement = (
        select(
            CollectionItem.end_to_end_id, CollectionItem.block, CollectionItem.open_item_id, CollectionItem.cents,
            Collection.number, Collection.due_on, CollectionItem.state == ItemState.SETTLED,
        )
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(CollectionItem.state.in_(STANDING))
        .order_by(CollectionItem.id)
    )  # fmt: skip
    return [OwnDebit(*row) for row in session.execute(statement).all()]


def next_attempts(session: Session, item_ids: list[int]) -> dict[int, int]:
    """Return open item -> the number that its next debit has; items never debited are left out, theirs is 1."""
    found: dict[int, int] = {}
    for start in range(0, len(item_ids), 2000):
        statement = (
            select(CollectionItem.open_item_id, func.max(CollectionItem.attempt) + 1)
            .where(CollectionItem.open_item_id.in_(item_ids[start : start + 2000]))
            .group_by(CollectionItem.open_item_id)
        )
        found |= dict(session.execute(statement).all())
    return found


def count_fee_items(session: Session, reference: str) -> int:
    """Return how many open items there are of the fee of one debit."""
    statement = select(func.count()).where(
        (OpenItem.reference == reference) | OpenItem.reference.startswith(f"{reference}-", autoescape=True)
    )
    return session.execute(statement).scalar_one()


class Use(NamedTuple):
    """How a file presents a mandate: with which terms, and under which creditor id and name."""

    terms_id: int | None
    creditor_id: str
    creditor_name: str
    is_handed_in: bool


def list_uses(session: Session, mandate_ids: list[int]) -> dict[int, list[Use]]:
    """Return mandate -> what its bank knows of it, or may come to know; those in no file are left out.

    First stands the use that was handed in last, then those in files that still wait, the oldest first: each of them
    may be handed in, or withdrawn.
    """
    handed_in = (
        select(CollectionStep.collection_id, func.min(CollectionStep.id).label("step"))
        .where(CollectionStep.kind.in_((CollectionState.SUBMITTED, CollectionState.SETTLED)))
        .group_by(CollectionStep.collection_id)
        .subquery()
    )
    last = func.max(handed_in.c.step).over(partition_by=CollectionItem.mandate_id)
    uses = (
        select(
            CollectionItem.mandate_id, CollectionItem.terms_id, Collection.id.label("collection_id"),
            Collection.creditor_id, Collection.creditor_name, handed_in.c.step, last.label("last"),
        )
        .distinct()
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .outerjoin(handed_in, handed_in.c.collection_id == Collection.id)
        .where(CollectionItem.mandate_id.in_(mandate_ids), CollectionItem.state != ItemState.WITHDRAWN)
        .subquery()
    )  # fmt: skip
    statement = (
        select(uses)
        .where(or_(uses.c.step.is_(None), uses.c.step == uses.c.last))
        .order_by(uses.c.step.is_(None), uses.c.collection_id)
    )
    found: dict[int, list[Use]] = {}
    for row in session.execute(statement).all():
        use = Use(row.terms_id, row.creditor_id, row.creditor_name, is_handed_in=row.step is not None)
        found.setdefault(row.mandate_id, []).append(use)
    return found


def list_under_way(session: Session, mandate_id: int) -> list[str]:
    """Return the numbers of collections whose debits by a mandate are under way: they are flagged (FI-26)."""
    statement = (
        select(Collection.number)
        .join(CollectionItem, CollectionItem.collection_id == Collection.id)
        .where(CollectionItem.mandate_id == mandate_id, CollectionItem.state == ItemState.OPEN)
        .distinct()
    )
    return sorted(session.execute(statement).scalars())


def list_debited(session: Session, mandate_id: int) -> list[str]:
    """Return the documents of which a debit by a mandate is under way."""
    statement = select(CollectionItem.document).where(
        CollectionItem.mandate_id == mandate_id, CollectionItem.state == ItemState.OPEN
    )
    return list(session.execute(statement.order_by(CollectionItem.document)).scalars())


def collections_against_items(session: Session) -> list[tuple[str, int, int, int, int]]:
    """Return (number, debits in the file, sum of the file, debits kept, their sum) of every collection."""
    statement = (
        select(
            Collection.number, Collection.item_count, Collection.sum_cents, func.count(CollectionItem.id),
            func.coalesce(func.sum(CollectionItem.cents), 0),
        )
        .outerjoin(CollectionItem, CollectionItem.collection_id == Collection.id)
        .group_by(Collection.id, Collection.number, Collection.item_count, Collection.sum_cents)
        .order_by(Collection.id)
    )  # fmt: skip
    return [(row[0], row[1], row[2], row[3], int(row[4])) for row in session.execute(statement).all()]


def held_twice(session: Session) -> list[tuple[int, int]]:
    """Return (open item, debits) of items that more than one debit holds (INV-14)."""
    held = func.sum(case((CollectionItem.state.in_(STANDING), 1), else_=0))
    statement = select(CollectionItem.open_item_id, held).group_by(CollectionItem.open_item_id)
    return [(item, int(count)) for item, count in session.execute(statement).all()]


def debits_against_mandates(session: Session) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return of every debit its member and that of the mandate, when that was signed, and how often it was announced.

    Columns: end_to_end_id, member_id, debtor, signed_on, made_at, notices.
    """
    later = (
        select(MandateStep.mandate_id, func.min(MandateStep.done_on).label("day"))
        .where(MandateStep.kind == StepKind.SIGNED)
        .group_by(MandateStep.mandate_id)
        .subquery()
    )
    notices = (
        select(func.count())
        .where(
            DebitNotice.open_item_id == CollectionItem.open_item_id,
            DebitNotice.mandate_id == CollectionItem.mandate_id,
        )
        .correlate(CollectionItem)
        .scalar_subquery()
    )
    statement = (
        select(
            CollectionItem.end_to_end_id,
            CollectionItem.member_id,
            Mandate.member_id.label("debtor"),
            func.coalesce(Mandate.signed_on, later.c.day).label("signed_on"),
            Collection.made_at,
            notices.label("notices"),
        )
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .join(Mandate, Mandate.id == CollectionItem.mandate_id)
        .outerjoin(later, later.c.mandate_id == Mandate.id)
        .order_by(CollectionItem.id)
    )
    return session.execute(statement).all()


def running_numbers(session: Session) -> list[tuple[int, int]]:
    """Return (year, running number) of every collection in their order (INV-03)."""
    statement = select(Collection.year, Collection.running).order_by(Collection.year, Collection.running)
    return [(year, running) for year, running in session.execute(statement).all()]
