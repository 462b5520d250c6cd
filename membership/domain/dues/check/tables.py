"""What is to be said about tables: falls, jumps, gaps, limits that do not fit.

Source: `domain.md` DUE-31, DUE-35, T-31.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from membership.domain.dues.check.finding import DOUBT, OPEN, Finding
from membership.domain.dues.schedule.bases import Basis
from membership.domain.dues.schedule.form import FlatBands, MarginalBands, Row
from membership.domain.dues.tables import flat_amount
from membership.domain.dues.words import basis_words, euros
from membership.domain.phrases import phrase

_TENS = 10


def flat_findings(method: FlatBands, place: str, basis: Basis, *, jump_percent: int) -> Iterator[Finding]:
    """Yield what is to be said about a flat table; `jump_percent` is how much more one unit may cost."""
    yield from _undecided_rows(method.rows, place)
    yield from _lost_units(method.rows, place, basis)
    yield from _start(method.rows, place, basis)
    for index in range(1, len(method.rows)):
        yield from _step(method, index, place, basis, jump_percent=jump_percent)
    yield from _gaps(method.rows, place, in_units=basis.discrete)


def _step(method: FlatBands, index: int, place: str, basis: Basis, *, jump_percent: int) -> Iterator[Finding]:
    """Compare the last value of the row before with the first of this one."""
    before, row = method.rows[index - 1], method.rows[index]
    if any(one.open or one.is_agreed for one in (before, row)):
        return
    where = f"{place}/rows/{index}/amount"
    last = flat_amount(
        method.rows, index - 1, value=_last_value(row, discrete=basis.discrete), discrete=basis.discrete
    )
    first = flat_amount(method.rows, index, value=row.start, discrete=basis.discrete)
    has_rates = bool(before.rate or row.rate)
    if first < last and has_rates:
        text = phrase(
            "The dues fall from %(last)s to %(amount)s where this row starts.",
            last=euros(last),
            amount=euros(first),
        )
        yield Finding(where, text)
    elif not has_rates and row.amount <= before.amount:
        yield Finding(where, phrase("The amount of this row is not above that of the row before it."))
    elif last and (first - last) * 100 > last * jump_percent:
        text = phrase(
            "Where this row starts (%(value)s) the dues jump from %(last)s to %(amount)s, by %(percent)s %%.",
            value=basis_words(basis, row.start),
            last=euros(last),
            amount=euros(first),
            percent=round((first - last) * 100 / last),
        )
        yield Finding(where, text)


def _last_value(following: Row, *, discrete: bool) -> Fraction:
    return following.start - 1 if discrete and not following.exclusive else following.start


def _start(rows: tuple[Row, ...], place: str, basis: Basis) -> Iterator[Finding]:
    """A value below the first row takes the first (DUE-9); said when that is more than the usual “from 1”."""
    first = rows[0].start
    if first > 1:
        text = phrase(
            "The table starts at %(value)s; smaller values take its first row with a warning.",
            value=basis_words(basis, first),
        )
        yield Finding(f"{place}/rows/0/from", text)


def _gaps(rows: tuple[Row, ...], place: str, *, in_units: bool) -> Iterator[Finding]:
    for index, (row, following) in enumerate(pairwise(rows)):
        if row.to is None:
            continue
        first = following.start - 1 if in_units and not following.exclusive else following.start
        if row.to < first:
            text = phrase(
                "The printed table has a gap between %(to)s and %(start)s; values in it stay in the lower row.",
                to=row.to,
                start=following.start,
            )
            yield Finding(f"{place}/rows/{index}/to", text)


def marginal_findings(method: MarginalBands, place: str, basis: Basis) -> Iterator[Finding]:
    """Yield what is to be said about a table of rates."""
    yield from _undecided_rows(method.rows, place)
    yield from _lost_units(method.rows, place, basis)
    for index, (row, following) in enumerate(pairwise(method.rows)):
        if row.open or following.open:
            continue
        if following.rate / following.per > row.rate / row.per:
            text = phrase("The rate of this row is above that of the row before it.")
            yield Finding(f"{place}/rows/{index + 1}/rate", text)


def _lost_units(rows: tuple[Row, ...], place: str, basis: Basis) -> Iterator[Finding]:
    """Name rates that begin at 1, 51 or 101 of a basis that is not counted in whole units: one unit falls away."""
    if basis.discrete or basis.name == "turnover_eur":
        return
    for index, row in enumerate(rows):
        if row.rate and not row.exclusive and not row.on_whole and row.start % _TENS == 1:
            text = phrase(
                "The rate counts above %(start)s, so from %(before)s to %(start)s it is missing. Begin at %(before)s, "
                "or set “discrete” to true for this basis.",
                start=row.start,
                before=row.start - 1,
            )
            yield Finding(f"{place}/rows/{index}/from", text)


def _undecided_rows(rows: tuple[Row, ...], place: str) -> Iterator[Finding]:
    for index, row in enumerate(rows):
        yield from undecided(row.open, row.doubt, f"{place}/rows/{index}")


def undecided(open_: str, doubt: str, place: str) -> Iterator[Finding]:
    """Yield what is left open or in doubt at a place."""
    if open_:
        text = phrase("Nobody has decided this: %(reason)s. Who falls under it is refused.", reason=open_)
        yield Finding(f"{place}/open", text, OPEN)
    if doubt:
        yield Finding(f"{place}/doubt", phrase("This is in doubt: %(reason)s", reason=doubt), DOUBT)


def highest_amount(rows: tuple[Row, ...]) -> Fraction | None:
    """Return the highest amount of a flat table, None where rates or agreements have no end."""
    if any(row.rate or row.is_agreed for row in rows):
        return None
    return max(row.amount for row in rows)
