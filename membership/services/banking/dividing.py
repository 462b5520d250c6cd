"""A notification (camt.054) explains a batch of which the statement shows the sum alone: the sum is divided.

It may come before the statement or after it, and books nothing. Its parts count from the moment on in which the sum is
there and nobody has decided about it; a sum that was decided stays as it is. Source: BNK-1, BNK-4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby, islice

from sqlalchemy.orm import Session

from membership.domain.banking.batches import PartsDecided, SumState, divisions
from membership.domain.banking.lines import Entry, Statement
from membership.domain.banking.statements import DayUnsaid, ForeignCurrency, NothingBooked
from membership.domain.banking.twins import Trace
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.bank import (
    BankBatch,
    BankDivision,
    BankDivisionEnd,
    BankLine,
    BankPart,
    BankStatement,
)
from membership.persistence.queries import bank_batches, bank_lines
from membership.persistence.queries.bank import Account
from membership.persistence.queries.bank_traces import list_batch_parts, period_around
from membership.services.banking.keeping import (
    CURRENCY,
    Kept,
    Sheet,
    cents_of,
    is_booked,
    row_of,
    shown_lines,
    trace_of,
)

Group = tuple[Entry, ...]


def keep_details(session: Session, account: Account, statement: Statement, kept: Kept) -> tuple[Sheet, int]:
    """Keep the batches of a notification that are not known, and return what that did with the id it is kept under.

    Raises `NothingBooked` when no entry of it says more than a sum, `ForeignCurrency`, `DayUnsaid`.
    """
    groups = _groups(statement)
    new = _new(session, account, statement, groups)
    lines = [each for group in new for each in group]
    days = [each.booked_on for each in lines if each.booked_on]
    booked = sum(map(len, groups))
    sheet = Sheet(
        account, statement, (min(days, default=None), max(days, default=None)), len(lines), booked - len(lines),
        len(statement.entries) - booked, difference_cents=0, gap_cents=0,
    )  # fmt: skip
    statement_id = chain.append(
        session, BankStatement, account_id=account.id, file_hash=kept.file_hash, file_name=kept.file_name,
        position=kept.position, format=statement.format, number=statement.number or "", from_on=sheet.days[0],
        until_on=sheet.days[1], opening_cents=None, closing_cents=None, line_count=sheet.new, known_count=sheet.known,
        pending_count=sheet.pending, difference_cents=0, gap_cents=0, accepted="", entry_id=None,
        actor_name=actor_of(session).name, at=actor_of(session).at,
    )  # fmt: skip
    rows = [
        row_of(session, each, account.id, statement_id, place) for place, each in enumerate(lines, start=1)
    ]
    ids = iter(chain.append_all(session, BankLine, rows))
    for group in new:
        batch_id = chain.append(
            session, BankBatch, statement_id=statement_id, account_id=account.id, booked_on=group[0].booked_on,
            amount_cents=sum(map(cents_of, group)), reference=_number_of(group),
            payment_id=group[0].payment_id or "", part_count=len(group),
        )  # fmt: skip
        parts = [{"line_id": next(ids), "batch_id": batch_id} for _each in group]
        chain.append_all(session, BankPart, parts)
    facts = {"account": account.id, "new": sheet.new, "known": sheet.known, "gap": 0}
    chain.note(session, "bank.import", "bank_statement", statement_id, facts=facts)
    return sheet, statement_id


def divide(session: Session, account_id: int) -> list[int]:
    """Divide the sums of an account whose batches are known, and return these sums."""
    batches = bank_batches.list_free_batches(session, account_id)
    if not batches:
        return []
    sums = bank_batches.list_sums(session, account_id, amounts={each.cents for each in batches})
    amounts = {each.cents for each in sums if each.state is SumState.OPEN}
    asked = [each for each in batches if each.cents in amounts]
    shown = _shown(session, account_id, [each.id for each in asked])
    found = divisions(sums, [each for each in asked if each.id not in shown])
    for line_id, batch_id in found:
        chain.append(session, BankDivision, line_id=line_id, batch_id=batch_id)
        chain.note(session, "bank.divide", "bank_line", line_id, facts={"batch": batch_id})
    return [line_id for line_id, _batch in found]


def end_division(session: Session, line_id: int, *, reason: str) -> None:
    """Take the division of a sum back: it is open again, its batch free for another one.

    Raises `PartsDecided` while something is decided about a part.
    """
    division_id = bank_batches.find_division(session, line_id)
    assert division_id is not None, line_id
    decided = bank_batches.count_decided_parts(session, line_id)
    if decided:
        raise PartsDecided(count=decided)
    actor = actor_of(session)
    chain.append(
        session, BankDivisionEnd, division_id=division_id, reason=reason, actor_name=actor.name, at=actor.at
    )
    chain.note(session, "bank.undivide", "bank_line", line_id, facts={"division": division_id})


def find_shown(session: Session, line_id: int) -> int | None:
    """Return the line by which a statement itself shows a part of a batch without a sum; None when none does."""
    batch_id = bank_batches.find_batch(session, line_id)
    if batch_id is None:
        return None
    account_id = bank_lines.get_line(session, line_id).line.account_id
    return _shown(session, account_id, [batch_id]).get(batch_id, {}).get(line_id)


def _shown(session: Session, account_id: int, batch_ids: Sequence[int]) -> dict[int, dict[int, int]]:
    """Return batch -> part -> the line that it is, of these batches those that a statement shows part by part."""
    batches = list_batch_parts(session, batch_ids)
    if not batches:
        return {}
    lines = iter(
        shown_lines(session, account_id, [each.trace for parts in batches.values() for each in parts])
    )
    found: dict[int, dict[int, int]] = {}
    for batch_id, parts in batches.items():
        told = {each.line_id: next(lines) for each in parts}
        if None not in told.values():
            found[batch_id] = {part: line_id for part, line_id in told.items() if line_id is not None}
    return found


def _groups(statement: Statement) -> list[Group]:
    """Return the booked entries of a notification, those of one batch together, each with its day."""
    if statement.currency not in {None, CURRENCY}:
        raise ForeignCurrency(currency=statement.currency)
    booked = [
        each._replace(booked_on=each.booked_on or each.value_on)
        for each in statement.entries
        if is_booked(each)
    ]
    groups = [tuple(group) for _place, group in groupby(booked, key=lambda each: each.place)]
    told = [group for group in groups if len(group) > 1 or _says_more(group[0])]
    for number, group in enumerate(told, start=1):
        if group[0].booked_on is None:
            raise DayUnsaid(number=number)
    if not told:
        raise NothingBooked(format=statement.format)
    return told


def _says_more(each: Entry) -> bool:
    """Return whether an entry alone says whose it is: then it explains a sum of one."""
    return bool(each.end_to_end_id or each.creditor_reference or each.remittance or each.name)


def _new(session: Session, account: Account, statement: Statement, groups: Sequence[Group]) -> list[Group]:
    """Return the batches that are neither kept nor divided on a statement already; of equal ones as many as are new."""
    traces = [[trace_of(session, each, statement.format) for each in group] for group in groups]
    single = [trace for group in traces for trace in group]
    lines = iter(shown_lines(session, account.id, single))
    since, until = period_around([trace.booked_on for trace in single])
    kept = Counter(
        _looks((each.trace, each.batch, each.payment_id) for each in parts)
        for parts in list_batch_parts(
            session, bank_batches.list_batches(session, account.id, since=since, until=until)
        ).values()
    )
    new = []
    for group, told in zip(groups, traces, strict=True):
        is_shown = None not in list(islice(lines, len(group)))
        looks = _looks(
            (trace, each.batch or "", each.payment_id or "") for each, trace in zip(group, told, strict=True)
        )
        if kept[looks]:
            kept[looks] -= 1
        elif not is_shown:
            new.append(group)
    return new


def _looks(parts: Iterable[tuple[Trace, str, str]]) -> tuple[tuple[Trace, str, str], ...]:
    """Return what tells a batch from another one: all its parts, whatever order they stand in, with its numbers."""
    return tuple(sorted(parts))


def _number_of(group: Group) -> str:
    """Return the number of a batch itself: of several parts each has a reference of its own."""
    first = group[0]
    return first.batch or (first.bank_reference if len(group) == 1 else None) or ""
