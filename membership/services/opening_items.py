"""Open amounts of earlier years are taken over when the books begin, all of a list or none, and can be taken back.

They are documents like invoices: matched, paid, dunned, deferred by nobody (there is no invoice to them).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from invoices.numbering import Pattern
from membership.domain.corrections import KO
from membership.domain.opening_items import (
    NoOpeningItem,
    OpeningItemMoved,
    OpeningListWrong,
    OpeningRow,
    Problem,
    read_opening_items,
)
from membership.domain.phrases import phrase
from membership.domain.policy import require
from membership.gateways.tables import read_table
from membership.persistence import chain
from membership.persistence.db import actor_of, locked
from membership.persistence.models.members import Member
from membership.persistence.queries import opening_items as queries
from membership.persistence.queries.invoicing import find_series
from membership.persistence.queries.settings import get_settings
from membership.services import ledger
from membership.services.invoicing.issuing import PATTERNS, SERIES

WRITE = "claim.change"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a list would do: documents to be taken over, those that are in the books already, rows that are wrong."""

    new: tuple[OpeningRow, ...]
    known: tuple[OpeningRow, ...]
    problems: tuple[Problem, ...]

    @property
    def cents(self) -> int:
        """Return what the new ones come to."""
        return sum(row.cents for row in self.new)


def plan_list(session: Session, content: bytes, *, filename: str, today: date) -> Plan:
    """Return what a list would do. Raises `InputError` for a file that is no list."""
    require(actor_of(session), WRITE)
    rows, problems = read_opening_items(read_table(content, filename=filename), today=today)
    members = _members(session)
    known = queries.known_items(session, [row.number for row in rows])
    gone, own = queries.taken_back(session, list(known)), _OwnNumbers(session, today)
    new, there = [], []
    for row in rows:
        member_id = members.get(row.member.upper())
        if member_id is None:
            problems.append(Problem(row.row, phrase("There is no member %(number)s.", number=row.member)))
        elif row.number in gone:
            why = phrase(
                "%(number)s was taken back, so its number is used up. Add something to it, for example a letter.",
                number=row.number,
            )
            problems.append(Problem(row.row, why))
        elif row.number not in known and own.will_give(row.number):
            why = phrase(
                "%(number)s is a number that the next invoices get here. Raise the first number in the settings.",
                number=row.number,
            )
            problems.append(Problem(row.row, why))
        elif row.number not in known:
            new.append(row)
        elif known[row.number] == (member_id, row.cents):
            there.append(row)
        else:
            why = phrase(
                "%(number)s stands in the books already, with another amount or member.", number=row.number
            )
            problems.append(Problem(row.row, why))
    return Plan(tuple(new), tuple(there), tuple(sorted(problems, key=lambda each: each.row)))


class _OwnNumbers:
    """The numbers that this association still gives its own documents."""

    def __init__(self, session: Session, today: date) -> None:
        settings = get_settings(session)
        self._session, self._today = session, today
        self._next: dict[tuple[str, int], int | None] = {}
        self._first = {SERIES: settings.number("invoice.first_number"), KO: 1}
        self._patterns = {name: Pattern(settings.text(key)) for name, key in PATTERNS.items()}

    def will_give(self, number: str) -> bool:
        """Return whether a document will get this number: of this year or later, or of a year with documents."""
        for name, pattern in self._patterns.items():
            year, running = pattern.read(number) or (0, 0)
            following = self._following(name, year) if year else None
            if following is not None and running >= following:
                return True
        return False

    def _following(self, name: str, year: int) -> int | None:
        """Return the place of the next number of a year, None where there will be none."""
        if (name, year) not in self._next:
            series = find_series(self._session, name, year)
            following = self._first[name] if year >= self._today.year else None
            self._next[name, year] = following if series is None else series.last + 1
        return self._next[name, year]


def _members(session: Session) -> dict[str, int]:
    return {
        number.upper(): member_id for number, member_id in session.execute(select(Member.number, Member.id))
    }


def take_over(session: Session, content: bytes, *, filename: str, today: date) -> list[str]:
    """Book all documents of a list that are new and return their numbers; raise `OpeningListWrong` for a wrong row."""
    plan = plan_list(session, content, filename=filename, today=today)
    if plan.problems:
        first = plan.problems[0]
        raise OpeningListWrong(row=first.row, why=first.why)
    members = _members(session)
    for row in sorted(plan.new, key=lambda each: members[each.member.upper()]):
        member_id = members[row.member.upper()]
        locked(session, Member, member_id)
        ledger.book_opening_item(
            session, member_id, row.cents, reference=row.number, dues_year=row.year, due_on=row.due_on, today=today,
            dated_on=row.dated_on,
        )  # fmt: skip
        chain.note(
            session,
            "opening.take_over",
            "invoice",
            row.number,
            member_id=member_id,
            facts={"cents": row.cents},
        )
    return [row.number for row in plan.new]


def take_back(session: Session, number: str, *, reason: str, today: date) -> str:
    """Take an open amount back that was taken over wrongly, by a counter-entry; return its number.

    Raises `NoOpeningItem`, or `OpeningItemMoved` when something of it is paid or given up.
    """
    require(actor_of(session), WRITE)
    found = queries.find_opening_item(session, number)
    if found is None or found.is_taken_back:
        raise NoOpeningItem(number=number.strip().upper())
    locked(session, Member, found.member_id)
    found = queries.find_opening_item(session, number)
    assert found is not None, number
    if found.is_taken_back:
        raise NoOpeningItem(number=found.number)
    if found.open_cents != found.cents:
        raise OpeningItemMoved(number=found.number)
    ledger.reverse(session, found.entry_id, on=today, text=reason or found.number)
    chain.note(
        session, "opening.take_back", "invoice", found.number, member_id=found.member_id,
        facts={"cents": found.cents}, values={"reason": (None, reason)} if reason else None,
    )  # fmt: skip
    return found.number
