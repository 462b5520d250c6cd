"""The lines of the later invoice: the dues, each line rounded on its own, with tax, due dates and instalments.

Steps 10 and 12. Source: `domain.md` 2.4, DUE-26, DUE-36, DUE-37; `interfaces.md` "a line of 0.00 is left out".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache

from membership.domain.dues.assessment import Line, LineKind, PartLine, Trail
from membership.domain.dues.groups import cents_of
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.dues.schedule.form import Category, Due, Instalment
from membership.domain.dues.taxes import taxed_lines
from membership.domain.dues.year import DuesYear
from membership.domain.money import Money, spread
from membership.domain.phrases import Phrase, phrase


def dues_parts(trail: Trail, category: Category) -> tuple[PartLine, ...]:
    """Return the lines of the dues with the tax and due date that count for each."""
    if not trail.parts:
        return (PartLine(LineKind.DUES, trail.amount, "", category.tax, category.due),)
    return tuple(
        part._replace(tax=part.tax or category.tax, due=part.due or category.due) for part in trail.parts
    )


def scaled(parts: Sequence[PartLine], total: Fraction) -> tuple[PartLine, ...]:
    """Return the lines in proportion to a new total; the first takes all where they were nothing (DUE-36)."""
    whole = sum((part.amount for part in parts), Fraction(0))
    if whole == total:
        return tuple(parts)
    if not whole:
        return (parts[0]._replace(amount=total), *parts[1:])
    return tuple(part._replace(amount=part.amount * total / whole) for part in parts)


def rounded_dues(trail: Trail, category: Category, *, cents: int | None) -> list[tuple[PartLine, Money]]:
    """Return each line of the dues with its rounded amount; `cents` is the sum where a group rounds together."""
    parts = dues_parts(trail, category)
    if not trail.parts and cents is None:
        return [(parts[0], Money(cents_of(trail.amount, category.rounding)))]
    if trail.parts:
        parts = scaled(parts, trail.amount)
    if cents is None:
        amounts = [cents_of(part.amount, category.rounding) for part in parts]
    else:
        amounts = spread(cents, [part.amount for part in parts]) if trail.amount else [0] * len(parts)
    return [(part, Money(amount)) for part, amount in zip(parts, amounts, strict=True)]


def dues_lines(
    found: Sequence[tuple[PartLine, Money]], *, year: DuesYear, usual: Due | None
) -> Iterator[Line]:
    """Yield the lines of the dues; `usual` is when dues are due where a line has no rule of its own."""
    for part, amount in found:
        assert part.tax is not None, part
        due = part.due or usual
        instalments = () if due is None or not due.instalments else _instalments_above(due, found)
        for line in taxed_lines(part.kind, part_words(part, year), amount=amount, tax=part.tax):
            if instalments:
                yield from _in_instalments(line, instalments, year)
            else:
                yield line if part.due is None else line._replace(due=due_day(part.due, year))


def _instalments_above(due: Due, found: Sequence[tuple[PartLine, Money]]) -> tuple[Instalment, ...]:
    """Return the instalments of dues that are large enough for them, else none."""
    return due.instalments if sum(amount.cents for _part, amount in found) > due.above * 100 else ()


def part_words(part: PartLine, year: DuesYear) -> Phrase:
    """Return what a line is called: as the schedule calls it, or by its kind."""
    if part.text:
        return phrase("%(text)s", text=part.text)
    return _title(part.kind, year.year)


@lru_cache(maxsize=64)
def _title(kind: LineKind, year: int) -> Phrase:
    title = _TITLES[kind]
    return Phrase(title.message, {"year": str(year)} if "year" in title.values else {})


_TITLES = {
    LineKind.DUES: phrase("Membership dues %(year)s", year=""),
    LineKind.SERVICE_FEE: phrase("Service fee %(year)s", year=""),
    LineKind.ADMISSION_FEE: phrase("Admission fee"),
    LineKind.LEVY: phrase("Levy %(year)s", year=""),
}


def due_day(due: Due | None, year: DuesYear) -> date | None:
    """Return the day of a rule of its own; None where it counts from the invoice (DUE-33)."""
    return None if due is None or due.day is None else year.day_in(due.day)


def _in_instalments(line: Line, instalments: Sequence[Instalment], year: DuesYear) -> Iterator[Line]:
    """Yield a line in instalments; each is rounded down to the cent, the last takes the rest (DUE-26)."""
    left, left_tax = line.amount.cents, line.tax_amount.cents
    for index, one in enumerate(instalments):
        is_last = index == len(instalments) - 1
        cents = left if is_last else int(line.amount.cents * one.share)
        tax = left_tax if is_last else int(line.tax_amount.cents * one.share)
        left, left_tax = left - cents, left_tax - tax
        if cents or tax:
            yield line._replace(amount=Money(cents), tax_amount=Money(tax), due=year.day_in(one.day))


def tax_notes(found: Sequence[Line]) -> list[tuple[Phrase, Money]]:
    """Return what the calculation says about the tax of each line that carries one."""
    return [
        (
            phrase(
                "%(percent)s %% value added tax on %(amount)s",
                percent=line.tax_rate * 100,
                amount=line.amount,
            ),
            line.tax_amount,
        )
        for line in found
        if line.tax is Treatment.TAXABLE and line.tax_rate is not None
    ]


def credit_line(credit: Money) -> Line:
    """Return what was paid before, taken off at the end (DUE-40)."""
    return Line(LineKind.CREDIT, phrase("Credit from earlier payments"), -credit)
