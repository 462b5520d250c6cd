"""Refunds with their state, the files in which they stand, and the accounts to which money may go back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased, load_only

from membership.domain.banking.facts import OwnRefund
from membership.domain.errors import NotFound
from membership.domain.refunds import UNDER_WAY, RefundState
from membership.persistence.models.bank import BankDecision, BankLine, BankPosting
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Member
from membership.persistence.models.payments import Allocation, Payment
from membership.persistence.models.refunds import Refund, RefundFile, RefundStep
from membership.persistence.queries.bank_lines import IS_STANDING

IS_CLAIM: Final[ColumnElement[bool]] = (OpenItem.open_cents > 0) | OpenItem.id.not_in(
    select(Refund.open_item_id)
)
"""Whether an open item is something that the member owes: all but those by which a credit balance is refunded."""
_PLAIN: Final = tuple(
    getattr(RefundFile, column.name) for column in RefundFile.__table__.c if column.name != "content_sealed"
)
_SHOWN: Final = tuple(
    getattr(Refund, column.name) for column in Refund.__table__.c if column.name != "iban_sealed"
)
_LATER: Final = aliased(RefundStep)
IS_LAST: Final = (
    RefundStep.step
    == select(func.max(_LATER.step))
    .where(_LATER.refund_id == RefundStep.refund_id)
    .correlate(RefundStep)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund with its member and its steps in their order; `file_number` is that of the file it stands in."""

    row: Refund
    member_number: str
    member_name: str
    steps: tuple[RefundStep, ...]
    file_number: str = ""

    @property
    def last(self) -> RefundStep:
        """Return the last step."""
        return self.steps[-1]

    @property
    def state(self) -> RefundState:
        """Return the state: the last step."""
        return self.last.kind


class Choice(NamedTuple):
    """Which refunds: in these states, of one member, in one file; None leaves it open."""

    states: frozenset[RefundState] | None = None
    member_id: int | None = None
    file_id: int | None = None
    ids: frozenset[int] | None = None


ALL: Final = Choice()


def list_refunds(
    session: Session, choice: Choice = ALL, *, page: int = 1, size: int | None = None
) -> list[RefundView]:
    """Return refunds, the newest first: all of the choice, or one page of them."""
    statement = (
        select(Refund, Member.number, Member.name)
        .join(Member, Member.id == Refund.member_id)
        .join(RefundStep, (RefundStep.refund_id == Refund.id) & IS_LAST)
        .where(*_limits(choice))
        .options(load_only(*_SHOWN))
        .order_by(Refund.id.desc())
    )
    if size is not None:
        statement = statement.limit(size).offset((page - 1) * size)
    return _viewed(session, session.execute(statement).all())


def count_refunds(session: Session, choice: Choice = ALL) -> int:
    """Return how many refunds there are of a choice."""
    statement = (
        select(func.count())
        .select_from(Refund)
        .join(RefundStep, (RefundStep.refund_id == Refund.id) & IS_LAST)
        .where(*_limits(choice))
    )
    return session.execute(statement).scalar_one()


def _limits(choice: Choice) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if choice.states is not None:
        found.append(RefundStep.kind.in_(choice.states))
    if choice.member_id is not None:
        found.append(Refund.member_id == choice.member_id)
    if choice.file_id is not None:
        found.append(RefundStep.file_id == choice.file_id)
    if choice.ids is not None:
        found.append(Refund.id.in_(choice.ids))
    return found


def _viewed(session: Session, rows: Iterable[tuple[Refund, str, str]]) -> list[RefundView]:
    found = list(rows)
    steps: dict[int, list[RefundStep]] = defaultdict(list)
    statement = select(RefundStep).where(RefundStep.refund_id.in_([row[0].id for row in found]))
    for step in session.execute(statement.order_by(RefundStep.step)).scalars():
        steps[step.refund_id].append(step)
    files = {step[-1].file_id for step in steps.values() if step[-1].file_id is not None}
    numbers = dict(
        session.execute(select(RefundFile.id, RefundFile.number).where(RefundFile.id.in_(files))).all()
    )
    return [
        RefundView(row, number, name, tuple(steps[row.id]), numbers.get(steps[row.id][-1].file_id or 0, ""))
        for row, number, name in found
    ]


def find_id(session: Session, number: str) -> int | None:
    """Return the id of a refund by its number."""
    statement = select(Refund.id).where(Refund.number == number.strip().upper())
    return session.execute(statement).scalar_one_or_none()


def get_refund(session: Session, number: str) -> RefundView:
    """Return a refund by its number; raise `NotFound`."""
    found = find_id(session, number)
    if found is None:
        raise NotFound(what="refund", key=number)
    return list_refunds(session, Choice(ids=frozenset({found})))[0]


class SealedRefund(NamedTuple):
    """The account of a refund as it is kept."""

    sealed: bytes
    uid: str


def sealed_accounts(session: Session, ids: Collection[int]) -> dict[int, SealedRefund]:
    """Return refund -> its encrypted account, for the file alone."""
    rows = session.execute(select(Refund.id, Refund.iban_sealed, Refund.uid).where(Refund.id.in_(ids)))
    return {refund_id: SealedRefund(sealed, uid) for refund_id, sealed, uid in rows}


@dataclass(frozen=True, slots=True)
class FileView:
    """A file with the refunds that stand in it today: none when it was withdrawn."""

    row: RefundFile
    refunds: tuple[RefundView, ...]

    @property
    def state(self) -> RefundState:
        """Return how far the file is: the least far of its refunds; withdrawn when none stands in it."""
        order = (RefundState.FILED, RefundState.SUBMITTED, RefundState.PAID)
        held = {view.state for view in self.refunds}
        return next((state for state in order if state in held), RefundState.WITHDRAWN)


def list_files(session: Session) -> list[FileView]:
    """Return all files, the newest first."""
    rows = (
        session.execute(select(RefundFile).options(load_only(*_PLAIN)).order_by(RefundFile.id.desc()))
        .scalars()
        .all()
    )
    held: dict[int, list[RefundView]] = defaultdict(list)
    for view in list_refunds(session):
        if view.last.file_id is not None:
            held[view.last.file_id].append(view)
    return [FileView(row, tuple(sorted(held[row.id], key=lambda view: view.row.id))) for row in rows]


def get_file(session: Session, number: str) -> FileView:
    """Return a file by its number; raise `NotFound`."""
    statement = (
        select(RefundFile).where(RefundFile.number == number.strip().upper()).options(load_only(*_PLAIN))
    )
    row = session.execute(statement).scalar_one_or_none()
    if row is None:
        raise NotFound(what="refund file", key=number)
    refunds = list_refunds(session, Choice(file_id=row.id))
    return FileView(row, tuple(sorted(refunds, key=lambda view: view.row.id)))


class KnownAccount(NamedTuple):
    """An account that paid for a member: the newest bank entry that shows it."""

    line_id: int
    iban_key: str
    iban_shown: str
    holder: str
    payment_id: int


def list_accounts(session: Session, member_id: int) -> list[KnownAccount]:
    """Return the accounts that paid for a member, each by its newest entry, the newest first (PAY-4)."""
    statement = (
        select(BankLine.id, BankLine.iban_key, BankLine.iban_shown, BankLine.name, Payment.id)
        .select_from(Payment)
        .join(BankPosting, BankPosting.payment_id == Payment.id)
        .join(BankDecision, BankDecision.id == BankPosting.decision_id)
        .join(BankLine, BankLine.id == BankDecision.line_id)
        .where(Payment.member_id == member_id, BankLine.iban_key.is_not(None), BankLine.amount_cents > 0)
        .where(IS_STANDING)
        .order_by(BankLine.booked_on.desc(), BankLine.id.desc())
    )
    found: dict[str, KnownAccount] = {}
    for line_id, key, shown, name, payment_id in session.execute(statement):
        if key is not None:
            found.setdefault(key, KnownAccount(line_id, key, shown, name, payment_id))
    return list(found.values())


def list_own_refunds(session: Session) -> list[OwnRefund]:
    """Return the refunds that a bank line can show: all whose money has not left yet."""
    file_number = select(RefundFile.number).where(RefundFile.id == RefundStep.file_id).scalar_subquery()
    statement = (
        select(Refund.number, func.coalesce(file_number, ""), Refund.member_id, Refund.cents, Refund.iban_key)
        .join(RefundStep, (RefundStep.refund_id == Refund.id) & IS_LAST)
        .where(RefundStep.kind.in_(UNDER_WAY))
        .order_by(Refund.id)
    )
    return [OwnRefund(*row) for row in session.execute(statement)]


def standing_allocations(session: Session, open_item_id: int) -> list[Allocation]:
    """Return what payments give to a refund, of what was not taken back."""
    taken_back = select(Allocation.reverses_id).where(Allocation.reverses_id.is_not(None))
    statement = select(Allocation).where(
        Allocation.open_item_id == open_item_id, Allocation.amount_cents > 0, Allocation.id.not_in(taken_back)
    )
    return list(session.execute(statement.order_by(Allocation.id)).scalars())


def refund_of_item(session: Session, open_item_id: int) -> str | None:
    """Return the number of the refund whose open item this is, None for any other."""
    return session.execute(
        select(Refund.number).where(Refund.open_item_id == open_item_id)
    ).scalar_one_or_none()


def refunded_by(session: Session, payment_id: int) -> str | None:
    """Return the number of a refund that draws from a payment, None when none does."""
    statement = (
        select(Refund.number)
        .join(Allocation, Allocation.open_item_id == Refund.open_item_id)
        .where(Allocation.payment_id == payment_id)
        .group_by(Refund.id, Refund.number)
        .having(func.sum(Allocation.amount_cents) > 0)
        .order_by(Refund.id)
    )
    return session.execute(statement.limit(1)).scalar_one_or_none()


def paid_by(session: Session, entry_ids: Collection[int]) -> list[str]:
    """Return the numbers of the refunds that left the account by these entries."""
    statement = (
        select(Refund.number)
        .join(RefundStep, RefundStep.refund_id == Refund.id)
        .where(RefundStep.entry_id.in_(entry_ids))
        .order_by(Refund.number)
    )
    return list(session.execute(statement).scalars())


def are_under_way(session: Session, numbers: Collection[str]) -> bool:
    """Return whether the money of none of these refunds has left yet, and none was withdrawn."""
    statement = (
        select(func.count())
        .select_from(Refund)
        .join(RefundStep, (RefundStep.refund_id == Refund.id) & IS_LAST)
        .where(Refund.number.in_(numbers), RefundStep.kind.in_(UNDER_WAY))
    )
    return session.execute(statement).scalar_one() == len(set(numbers))


class Paid(NamedTuple):
    """A refund that a bank entry is; the money left, so its cents are below 0."""

    member: str
    number: str
    cents: int


def list_paid(session: Session, decision_ids: Collection[int]) -> dict[int, list[Paid]]:
    """Return decision -> the refunds that left the account by it."""
    rows = session.execute(
        select(BankPosting.decision_id, Member.number, Refund.number, -Refund.cents)
        .join(RefundStep, RefundStep.entry_id == BankPosting.entry_id)
        .join(Refund, Refund.id == RefundStep.refund_id)
        .join(Member, Member.id == Refund.member_id)
        .where(BankPosting.decision_id.in_(decision_ids))
        .order_by(BankPosting.id)
    )
    found: dict[int, list[Paid]] = defaultdict(list)
    for decision_id, member, number, cents in rows:
        found[decision_id].append(Paid(member, number, cents))
    return found


def cents_of(session: Session, numbers: Collection[str]) -> dict[str, int]:
    """Return refund -> its amount."""
    rows = session.execute(select(Refund.number, Refund.cents).where(Refund.number.in_(numbers)))
    return {number: cents for number, cents in rows}  # noqa: C416 - rows are no pairs to mypy
