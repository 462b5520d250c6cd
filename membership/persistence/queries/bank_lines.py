"""Bank statements and their entries as they are read: open or decided, what they come to, what the books say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from membership.domain.banking.lines import Entry
from membership.domain.banking.statements import Balances, DecisionKind
from membership.domain.errors import NotFound
from membership.domain.ledger import Account
from membership.persistence.models.bank import (
    BankDecision,
    BankDivision,
    BankDivisionEnd,
    BankLine,
    BankPart,
    BankPosting,
    BankStatement,
)
from membership.persistence.models.ledger import Entry as LedgerEntry
from membership.persistence.models.ledger import EntryLine, OpenItem
from membership.persistence.models.payments import Payment

_STEPS = (
    select(func.count())
    .select_from(BankDecision)
    .where(BankDecision.line_id == BankLine.id)
    .scalar_subquery()
)
IS_OPEN: Final[ColumnElement[bool]] = _STEPS % 2 == 0
"""Whether nothing is decided about a line: each decision is one step, and so is taking it back."""

IS_PART: Final[ColumnElement[bool]] = exists().where(BankPart.line_id == BankLine.id)
"""Whether a line is a part of a batch: no movement of the account by itself."""
DIVISIONS: Final = (
    select(BankDivision.id, BankDivision.line_id, BankDivision.batch_id)
    .where(~exists().where(BankDivisionEnd.division_id == BankDivision.id))
    .subquery("standing_divisions")
)
"""The divisions that stand: at most one of a sum, and one of a batch."""
IS_DIVIDED: Final[ColumnElement[bool]] = exists().where(DIVISIONS.c.line_id == BankLine.id)
"""Whether a line is a sum whose parts are decided in its stead."""
_SUM = aliased(BankLine)
_PARTS_OF_SUMS = (
    select(BankPart.line_id, _SUM.statement_id)
    .join(DIVISIONS, DIVISIONS.c.batch_id == BankPart.batch_id)
    .join(_SUM, _SUM.id == DIVISIONS.c.line_id)
    .subquery()
)
_IS_PART_OF_SUM = exists().where(_PARTS_OF_SUMS.c.line_id == BankLine.id)
COUNTS: Final[ColumnElement[bool]] = or_(and_(~IS_PART, ~IS_DIVIDED), _IS_PART_OF_SUM)
"""Whether a line is decided by itself: a movement that is not divided, or a part of one that is."""

_LATER = aliased(BankDecision)
_TAKEN_BACK: Final = exists().where(
    _LATER.line_id == BankDecision.line_id, _LATER.step == BankDecision.step + 1
)
IS_STANDING: Final[ColumnElement[bool]] = ~_TAKEN_BACK
"""Whether a decision about a line was not taken back."""
OWNS: Final = (BankDecision.kind != DecisionKind.RECORDED) | ~_TAKEN_BACK
"""Whether the entries that a decision names are its own: a payment by hand only lends its entry while it stands."""


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with what is decided about it today; `decision` is None while it is open."""

    line: BankLine
    decision: BankDecision | None
    step: int

    @property
    def entry(self) -> Entry:
        """Return the line as matching reads it; the other side's account is its key, never the number."""
        return entry_of(self.line)


def entry_of(line: BankLine) -> Entry:
    """Return a kept line in the form of a file's entry."""
    return Entry(
        amount=Decimal(line.amount_cents) / 100,
        currency="EUR",
        booked_on=line.booked_on,
        value_on=line.value_on,
        reversal=line.reversal,
        bank_reference=line.bank_reference or None,
        code=line.code or None,
        name=line.name or None,
        iban=line.iban_key,
        remittance=line.remittance or None,
        creditor_reference=line.creditor_reference or None,
        end_to_end_id=line.end_to_end_id or None,
        mandate_id=line.mandate_id or None,
        return_reason=line.return_reason or None,
        batch=line.batch or None,
        ultimate_name=line.ultimate_name or None,
        booking_text=line.booking_text or None,
        payment_id=line.payment_id or None,
        charges=Decimal(line.charges_cents) / 100 if line.charges_cents else None,
        line=line.position,
    )


_LINE: Final = select(BankLine).where(BankLine.id == bindparam("of_line"))
_DECISIONS: Final = (
    select(BankDecision)
    .where(BankDecision.line_id.in_(bindparam("of_lines", expanding=True)))
    .order_by(BankDecision.step)
)
_ON_ACCOUNT: Final = (
    select(EntryLine.entry_id, Payment.id)
    .outerjoin(Payment, Payment.entry_id == EntryLine.entry_id)
    .where(EntryLine.entry_id.in_(bindparam("entry_ids", expanding=True)), EntryLine.account == Account.BANK)
    .order_by(EntryLine.entry_id)
)


def get_line(session: Session, line_id: int, *, lock: bool = False) -> LineView:
    """Return a line with its present decision; raise `NotFound`."""
    statement = _LINE.with_for_update() if lock else _LINE
    line = session.execute(statement, {"of_line": line_id}).scalar_one_or_none()
    if line is None:
        raise NotFound(what="bank line", key=line_id)
    return _views(session, [line])[0]


def which_are_open(session: Session, line_ids: Collection[int]) -> frozenset[int]:
    """Return those of these lines about which nothing is decided today."""
    statement = select(BankLine.id).where(BankLine.id.in_(line_ids), IS_OPEN)
    return frozenset(session.execute(statement).scalars())


def _views(session: Session, lines: Sequence[BankLine]) -> list[LineView]:
    ids = [line.id for line in lines]
    newest: dict[int, BankDecision] = {}
    for decision in session.execute(_DECISIONS, {"of_lines": ids}).scalars():
        newest[decision.line_id] = decision
    found = []
    for line in lines:
        last = newest.get(line.id)
        is_open = last is None or last.kind is DecisionKind.UNDONE
        found.append(LineView(line, None if is_open else last, 0 if last is None else last.step))
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """Which lines: only the open or only the decided ones, of one account, of one statement; None leaves it open.

    Of a sum that is divided its parts are lines. Those whose sum is missing are lines of their notification alone.
    """

    is_open: bool | None = None
    account_id: int | None = None
    statement_id: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a line must fulfil."""
        found: list[ColumnElement[bool]] = []
        if self.statement_id is None or self.is_open is not None:
            found.append(COUNTS)
        if self.is_open is not None:
            found.append(IS_OPEN if self.is_open else ~IS_OPEN)
        if self.account_id is not None:
            found.append(BankLine.account_id == self.account_id)
        if self.statement_id is not None:
            found.append(of_statement(self.statement_id))
        return found


ALL: Final = Choice()


def of_statement(statement_id: int) -> ColumnElement[bool]:
    """Return whether a line is one of a statement: itself, or as a part of a sum that stands there."""
    own = and_(BankLine.statement_id == statement_id, ~IS_DIVIDED)
    within = exists().where(
        _PARTS_OF_SUMS.c.line_id == BankLine.id, _PARTS_OF_SUMS.c.statement_id == statement_id
    )
    return or_(own, within)


def list_lines(
    session: Session, choice: Choice = ALL, *, offset: int = 0, limit: int | None = None
) -> list[LineView]:
    """Return lines by day, as they came."""
    statement = (
        select(BankLine)
        .where(*choice.conditions())
        .order_by(BankLine.booked_on, BankLine.id)
        .limit(limit)
        .offset(offset)
    )
    return _views(session, list(session.execute(statement).scalars()))


def count_lines(session: Session, choice: Choice = ALL) -> tuple[int, int]:
    """Return how many lines there are and what they come to, in cents."""
    statement = (
        select(func.count(), func.coalesce(func.sum(BankLine.amount_cents), 0))
        .select_from(BankLine)
        .where(*choice.conditions())
    )
    row = session.execute(statement).one()
    return int(row[0]), int(row[1])


def list_statements(session: Session, *, account_id: int | None = None) -> list[BankStatement]:
    """Return statements, the newest first."""
    statement = select(BankStatement).order_by(BankStatement.until_on.desc(), BankStatement.id.desc())
    if account_id is not None:
        statement = statement.where(BankStatement.account_id == account_id)
    return list(session.execute(statement).scalars())


def find_last_day(session: Session) -> date | None:
    """Return the last day that any statement shows; None while there is none. A notification shows no day whole."""
    last = select(func.max(BankStatement.until_on)).where(BankStatement.format.not_like("camt.054%"))
    return session.execute(last).scalar_one()


def find_last_decided(session: Session) -> LineView | None:
    """Return the line that was decided last and stands decided, so that it can be taken back; None when none does."""
    statement = (
        select(BankDecision.line_id)
        .where(BankDecision.kind != DecisionKind.UNDONE, BankDecision.is_automatic.is_(False), ~_TAKEN_BACK)
        .order_by(BankDecision.id.desc())
        .limit(1)
    )
    line_id = session.execute(statement).scalar_one_or_none()
    return None if line_id is None else get_line(session, line_id)


def open_cents_of(session: Session, references: Collection[str]) -> dict[str, int]:
    """Return document -> what is open of it."""
    statement = select(OpenItem.reference, OpenItem.open_cents).where(OpenItem.reference.in_(references))
    return {row.reference: row.open_cents for row in session.execute(statement)}


def page_of_statements(session: Session, *, offset: int, limit: int) -> tuple[list[BankStatement], int]:
    """Return one page of all statements, the newest first, and how many there are."""
    statement = select(BankStatement).order_by(BankStatement.until_on.desc(), BankStatement.id.desc())
    total = session.execute(select(func.count()).select_from(BankStatement)).scalar_one()
    return list(session.execute(statement.limit(limit).offset(offset)).scalars()), total


def was_matched(session: Session) -> bool:
    """Return whether an entry was ever matched: by itself, or by a person."""
    posted = select(BankDecision.id).where(BankDecision.kind == DecisionKind.POSTED).limit(1)
    return session.execute(posted).first() is not None


def get_statement(session: Session, statement_id: int) -> BankStatement:
    """Return a statement; raise `NotFound`."""
    found = session.get(BankStatement, statement_id)
    if found is None:
        raise NotFound(what="bank statement", key=statement_id)
    return found


def find_file(session: Session, file_hash: str) -> BankStatement | None:
    """Return the first statement that came in this very file, if it was taken in."""
    statement = select(BankStatement).where(BankStatement.file_hash == file_hash).order_by(BankStatement.id)
    return session.execute(statement.limit(1)).scalar_one_or_none()


def list_of_file(session: Session, file_hash: str) -> list[BankStatement]:
    """Return the statements that came in this very file, by their days."""
    statement = select(BankStatement).where(BankStatement.file_hash == file_hash)
    return list(session.execute(statement.order_by(BankStatement.position)).scalars())


def balances_of(session: Session, account_id: int) -> Balances:
    """Return what the statements of an account tell of its balances."""
    told = select(
        BankStatement.from_on,
        BankStatement.opening_cents,
        BankStatement.until_on,
        BankStatement.closing_cents,
    ).where(
        BankStatement.account_id == account_id,
        BankStatement.opening_cents.is_not(None),
        BankStatement.closing_cents.is_not(None),
    )
    first = session.execute(told.order_by(BankStatement.from_on, BankStatement.id).limit(1)).first()
    last = session.execute(
        told.order_by(BankStatement.until_on.desc(), BankStatement.id.desc()).limit(1)
    ).first()
    if first is None or last is None:
        return Balances()
    return Balances(first.from_on, first.opening_cents, last.until_on, last.closing_cents)


def moved_until(session: Session, account_id: int, day: date | None) -> int:
    """Return what the known entries of an account come to until a day, in cents."""
    if day is None:
        return 0
    statement = select(func.coalesce(func.sum(BankLine.amount_cents), 0)).where(
        BankLine.account_id == account_id, BankLine.booked_on <= day, ~IS_PART
    )
    return int(session.execute(statement).scalar_one())


def booked_cents(session: Session, account_id: int, *, is_main: bool, before: date | None = None) -> int:
    """Return what the books hold on one bank account, in cents; with `before` only what was posted before that day.

    Entries that no statement brought belong to the main account: payments recorded by hand say no other.
    """
    of_decisions = (
        select(BankPosting.entry_id)
        .join(BankDecision, BankDecision.id == BankPosting.decision_id)
        .join(BankLine, BankLine.id == BankDecision.line_id)
        .where(OWNS)
    )
    openings = select(BankStatement.entry_id).where(BankStatement.entry_id.is_not(None))
    mine = of_decisions.where(BankLine.account_id == account_id).union(
        openings.where(BankStatement.account_id == account_id)
    )
    others = of_decisions.where(BankLine.account_id != account_id).union(
        openings.where(BankStatement.account_id != account_id)
    )
    statement = (
        select(func.coalesce(func.sum(EntryLine.amount_cents), 0))
        .join(LedgerEntry, LedgerEntry.id == EntryLine.entry_id)
        .where(EntryLine.account == Account.BANK)
        .where(LedgerEntry.id.not_in(others) if is_main else LedgerEntry.id.in_(mine))
    )
    if before is not None:
        statement = statement.where(LedgerEntry.posted_on < before)
    return int(session.execute(statement).scalar_one())


def list_postings(session: Session, decision_id: int) -> list[BankPosting]:
    """Return the ledger entries by which a decision moved the bank account, in the order they were booked."""
    statement = select(BankPosting).where(BankPosting.decision_id == decision_id).order_by(BankPosting.id)
    return list(session.execute(statement).scalars())


def bank_entries(session: Session, entry_ids: Collection[int]) -> list[tuple[int, int | None]]:
    """Return those of these entries that move the bank account, each with the payment that it books, if it does."""
    rows = session.execute(_ON_ACCOUNT, {"entry_ids": list(entry_ids)})
    return [(row.entry_id, row.id) for row in rows]


def bank_cents(session: Session, entry_ids: Collection[int]) -> int:
    """Return what these entries move on the bank account, in cents."""
    statement = select(func.coalesce(func.sum(EntryLine.amount_cents), 0)).where(
        EntryLine.entry_id.in_(entry_ids), EntryLine.account == Account.BANK
    )
    return int(session.execute(statement).scalar_one())


def is_on_a_line(session: Session, entry_id: int) -> bool:
    """Return whether a standing decision about a line names this ledger entry."""
    statement = (
        select(BankPosting.id)
        .join(BankDecision, BankDecision.id == BankPosting.decision_id)
        .where(BankPosting.entry_id == entry_id, ~_TAKEN_BACK)
    )
    return session.execute(statement.limit(1)).first() is not None


def lines_of(session: Session, payment_ids: Collection[int]) -> dict[int, int]:
    """Return payment -> the line that shows it, for those of which a standing decision says so."""
    statement = (
        select(BankPosting.payment_id, BankDecision.line_id)
        .join(BankDecision, BankDecision.id == BankPosting.decision_id)
        .where(
            BankPosting.payment_id.in_(payment_ids), BankDecision.kind != DecisionKind.UNDONE, ~_TAKEN_BACK
        )
    )
    return {
        payment_id: line_id for payment_id, line_id in session.execute(statement) if payment_id is not None
    }
