"""What is added to the dues, and the lines of the later invoice: steps 11 and 12.

Source: `domain.md` DUE-14 to DUE-16; `interfaces.md` "a line of 0.00 is left out".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from membership.domain.dues.assessment import Line, LineKind, StepName
from membership.domain.dues.facts import Facts
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.dues.schedule.form import AdmissionFee, Category, Tax
from membership.domain.dues.situation import Situation
from membership.domain.dues.taxes import taxed_lines
from membership.domain.dues.words import money
from membership.domain.dues.year import months_later
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is asked for beside the dues; `title` stands on the line, `text` in the calculation."""

    kind: LineKind
    step: StepName
    rule: str
    title: Phrase
    text: Phrase
    amount: Money


def added_items(facts: Facts, category: Category, *, situation: Situation, annual: Fraction) -> list[Item]:
    """Return admission fee, levies and voluntary contribution; `annual` is the dues before pro rata."""
    items: list[Item] = []
    fee = category.admission_fee
    if fee is not None and fee.amount and situation.joins_this_year and not _is_waived(fee, facts):
        title = phrase("Admission fee")
        items.append(
            Item(LineKind.ADMISSION_FEE, StepName.ADMISSION_FEE, "DUE-14", title, title, money(fee.amount))
        )
    items.extend(_levies(facts, annual))
    if facts.voluntary:
        title = phrase("Voluntary contribution")
        items.append(Item(LineKind.VOLUNTARY, StepName.VOLUNTARY, "DUE-16", title, title, facts.voluntary))
    return items


def lines(dues: Money, items: Sequence[Item], *, year: int, tax: Tax) -> tuple[Line, ...]:
    """Return the lines with their tax; a voluntary contribution is outside the scope of it."""
    found = [
        *taxed_lines(LineKind.DUES, phrase("Membership dues %(year)s", year=str(year)), amount=dues, tax=tax)
    ]
    for item in items:
        treatment = Tax() if item.kind is LineKind.VOLUNTARY else tax
        found += taxed_lines(item.kind, item.title, amount=item.amount, tax=treatment)
    return tuple(found)


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


def _is_waived(fee: AdmissionFee, facts: Facts) -> bool:
    months, left, start = fee.waived_on_reentry_months, facts.left_on, facts.start
    return (
        bool(months and left and start)
        and left is not None
        and start is not None
        and start <= months_later(left, months)
    )


def _levies(facts: Facts, annual: Fraction) -> list[Item]:
    items: list[Item] = []
    for levy in facts.levies:
        title, text = phrase("%(text)s", text=levy.title), phrase("Levy “%(title)s”", title=levy.title)
        amount = levy.amount
        if amount is None:
            amount = money(annual * levy.share)
            text = phrase(
                "Levy “%(title)s”: %(percent)s %% of %(dues)s",
                title=levy.title,
                percent=levy.share * 100,
                dues=money(annual),
            )
        items.append(Item(LineKind.LEVY, StepName.LEVY, "DUE-15", title, text, amount))
    return items
