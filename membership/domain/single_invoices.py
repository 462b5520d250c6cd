"""A single invoice: the dues of one member for a year, or lines that a person writes freely; its VAT and its sums.

Source: `ux.md` 6.7 "Einzelrechnung"; D-INV-4 (the treatment stands on the item), D-INV-5, EIN-6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

from membership.domain.dues.assessment import Assessment, Line, LineKind, Step, StepName
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.dues.schedule.form import Tax
from membership.domain.dues.taxes import taxed_lines
from membership.domain.errors import N_, InputError
from membership.domain.money import Money
from membership.domain.phrases import phrase

FREE: Final = "single"
"""What stands before the colon of the kind of item of a free invoice: `single:7` is draft 7 (INV-12)."""
MOST_LINES: Final = 40


class DraftKind(StrEnum):
    """What a single invoice bills."""

    DUES = "dues"
    ITEMS = "items"


class Vat(StrEnum):
    """The VAT of a free line."""

    NONE = "none"
    REGULAR = "19"
    REDUCED = "7"


KIND_NAMES: Final[Mapping[LineKind, str]] = {
    LineKind.DUES: N_("Dues"),
    LineKind.ADMISSION_FEE: N_("Admission fee"),
    LineKind.SERVICE_FEE: N_("Service"),
}
"""What a free line may be for; each has its own account."""

VAT_NAMES: Final[Mapping[Vat, str]] = {
    Vat.NONE: N_("no VAT"),
    Vat.REGULAR: N_("19 % VAT"),
    Vat.REDUCED: N_("7 % VAT"),
}

_TAXES: Final[Mapping[Vat, Tax]] = {
    Vat.NONE: Tax(),
    Vat.REGULAR: Tax(Treatment.TAXABLE, rate=Fraction(19, 100), gross=False),
    Vat.REDUCED: Tax(Treatment.TAXABLE, rate=Fraction(7, 100), gross=False),
}


class NoLines(InputError):
    """A free invoice without a line bills nothing."""

    message = N_("Please write at least one line: what is billed, and how much.")
    code = "no_lines"


class LineIncomplete(InputError):
    """A line has a text or an amount alone, or nothing above zero."""

    message = N_("Line %(n)s needs a text and an amount above 0.")
    code = "line_incomplete"


class VatMixed(InputError):
    """Lines with and without VAT never share a document (EIN-6)."""

    message = N_("Lines with VAT and lines without cannot share one invoice. Please write two invoices.")
    code = "vat_mixed"


class DuesWithVat(InputError):
    """VAT on dues follows from the fee schedule that the board approved, never from a single line (D-INV-4)."""

    message = N_(
        "Line %(n)s: whether dues carry VAT follows from the fee schedule. Choose “no VAT”, or bill a service."
    )
    code = "dues_with_vat"


class DueBeforeIssue(InputError):
    """The due date lies before the day of issue."""

    message = N_("The due date must not lie before the invoice date, %(day)s.")
    code = "due_before_issue"


@dataclass(frozen=True, slots=True)
class FreeLine:
    """One line as it is typed; the amount is before VAT."""

    text: str
    cents: int
    kind: LineKind = LineKind.DUES
    vat: Vat = Vat.NONE


def checked_lines(lines: Sequence[FreeLine]) -> tuple[FreeLine, ...]:
    """Return the lines; raise what is wrong with the first one that cannot be billed."""
    if not lines:
        raise NoLines
    for number, line in enumerate(lines, start=1):
        if not line.text.strip() or line.cents <= 0:
            raise LineIncomplete(n=number)
        if line.vat is not Vat.NONE and line.kind is not LineKind.SERVICE_FEE:
            raise DuesWithVat(n=number)
    if len({line.vat is Vat.NONE for line in lines}) > 1:
        raise VatMixed
    return tuple(lines)


def free_assessment(member: str, year: int, category: str, lines: Sequence[FreeLine]) -> Assessment:
    """Return what free lines come to, with the VAT of each, in the form in which every invoice is kept."""
    billed: list[Line] = []
    steps: list[Step] = []
    for line in checked_lines(lines):
        text = phrase("%(text)s", text=line.text.strip())
        billed += taxed_lines(line.kind, text, amount=Money(line.cents), tax=_TAXES[line.vat])
        steps.append(Step(StepName.METHOD, "INV-4", text, Fraction(line.cents, 100)))
    return Assessment(
        member=member, year=year, category=category, schedule="", lines=tuple(billed), steps=tuple(steps)
    )


def due_day(wanted: date | None, *, usual: date, issued_on: date) -> date:
    """Return the due date that was asked for, else the usual one; raise `DueBeforeIssue` for an earlier one."""
    if wanted is None:
        return max(usual, issued_on)
    if wanted < issued_on:
        raise DueBeforeIssue(day=issued_on)
    return wanted
