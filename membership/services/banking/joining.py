"""The same money, one by one in one file and as a sum in another one, is posted once, whichever came first.

It is known as the same only where the balances of the account say so: with it counted twice they leave a gap, with it
counted once they leave none. What is not clear stays as it is, and the gap asks a person. Source: BNK-3, BNK-4, FI-43.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from membership.domain.banking.lines import Entry
from membership.domain.banking.sums import Movement, sums_of_parts
from membership.persistence import chain
from membership.persistence.models.bank import BankBatch, BankDivision, BankPart
from membership.persistence.queries.bank_joined import list_movements
from membership.persistence.queries.bank_lines import get_line
from membership.persistence.queries.bank_traces import period_around
from membership.services.banking.keeping import cents_of


@dataclass(frozen=True, slots=True)
class Shown:
    """The booked entries of a statement, and for each the line that it is, None for a new one."""

    entries: Sequence[Entry]
    lines: Sequence[int | None]

    @property
    def new(self) -> list[int]:
        """Return the places of the new entries."""
        return [place for place, line_id in enumerate(self.lines) if line_id is None]


@dataclass(frozen=True, slots=True)
class Joined:
    """What of the new entries of a statement is known otherwise.

    Args:
        sums: places of entries that are the sum of lines kept before.
        divided: open line, a sum -> the places of the entries that are its parts: they are kept in its stead.
        covered: places of entries that are parts of a sum about which somebody has decided.
    """

    sums: frozenset[int] = frozenset()
    divided: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    covered: frozenset[int] = frozenset()

    def places(self, shown: Shown) -> list[int]:
        """Return the places of the entries that are kept as lines."""
        return [place for place in shown.new if place not in self.sums | self.covered]

    def kept(self, shown: Shown) -> list[Entry]:
        """Return the entries that are kept as lines."""
        return [shown.entries[place] for place in self.places(shown)]

    def moving(self, shown: Shown) -> list[Entry]:
        """Return the entries that move money which no line has moved yet."""
        parts = {place for places in self.divided.values() for place in places}
        return [shown.entries[place] for place in self.places(shown) if place not in parts]


def find_joined(
    session: Session, account_id: int, shown: Shown, gap: Callable[[Sequence[Entry]], int]
) -> Joined:
    """Return which new entries are known as a sum or as parts; nothing where the balances do not prove it.

    `gap` tells what is missing between the statements of the account if these entries move money.
    """
    nothing = Joined()
    if not shown.new or not gap(nothing.moving(shown)):
        return nothing
    days = [day for each in shown.entries if (day := each.booked_on) is not None]
    since, until = period_around(days)
    known = {line_id for line_id in shown.lines if line_id is not None}
    lines = [
        each
        for each in list_movements(session, account_id, since=since, until=until)
        if each.id not in known and not known & set(each.parts)
    ]
    new = [_movement(place, shown.entries[place]) for place in shown.new]
    bare = [each for each in new if _is_bare(shown.entries[each.id])]
    wholes = [each for each in lines if each.is_bare and not each.parts]
    found = sums_of_parts(bare, [each.movement for each in lines])
    inside = {
        key: places
        for key, places in sums_of_parts([each.movement for each in wholes], new).items()
        if not found.keys() & set(places)
    }
    is_open = {each.id: each.is_open for each in wholes}
    joined = Joined(
        frozenset(found),
        {line_id: places for line_id, places in inside.items() if is_open[line_id]},
        frozenset(place for line_id, places in inside.items() if not is_open[line_id] for place in places),
    )
    return nothing if gap(joined.moving(shown)) else joined


def keep_joined(
    session: Session, statement_id: int, account_id: int, joined: Joined, ids: Mapping[int, int]
) -> None:
    """Divide the sums whose parts a statement has shown; `ids` are the lines of the places that are kept."""
    for sum_id, places in joined.divided.items():
        parts = [ids[place] for place in places]
        batch_id = chain.append(
            session, BankBatch, statement_id=statement_id, account_id=account_id, reference="", payment_id="",
            part_count=len(parts), **_whole(session, sum_id, account_id),
        )  # fmt: skip
        chain.append_all(session, BankPart, [{"line_id": each, "batch_id": batch_id} for each in parts])
        chain.append(session, BankDivision, line_id=sum_id, batch_id=batch_id)
        chain.note(session, "bank.divide", "bank_line", sum_id, facts={"batch": batch_id})


def _whole(session: Session, sum_id: int, account_id: int) -> dict[str, object]:
    line = get_line(session, sum_id).line
    assert line.account_id == account_id, sum_id
    return {"booked_on": line.booked_on, "amount_cents": line.amount_cents}


def _movement(place: int, each: Entry) -> Movement:
    assert each.booked_on is not None, each
    numbers = frozenset(filter(None, (each.batch, each.payment_id, each.bank_reference)))
    return Movement(place, each.booked_on, cents_of(each), numbers)


def _is_bare(each: Entry) -> bool:
    """Return whether an entry names no other side, as a sum of several does not."""
    return not each.end_to_end_id and not each.iban
