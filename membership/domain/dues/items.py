"""What is added to the dues: admission fee, levies, a voluntary contribution; step 11.

Source: `domain.md` DUE-14 to DUE-16, DUE-36, DUE-38.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from membership.domain.dues.assessment import Line, LineKind, PartLine, Remark, StepName
from membership.domain.dues.doubts import doubts
from membership.domain.dues.facts import Facts, Levy
from membership.domain.dues.lines import due_day, part_words
from membership.domain.dues.schedule.form import AdmissionFee, Category, Due, Tax
from membership.domain.dues.situation import Situation
from membership.domain.dues.taxes import taxed_lines
from membership.domain.dues.ways import fee_of_growth
from membership.domain.dues.words import money
from membership.domain.dues.year import DuesYear, months_later
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
    tax: Tax
    due: Due | None = None
    warnings: tuple[Remark, ...] = ()

    def lines(self, year: DuesYear) -> Iterator[Line]:
        """Yield the lines with their tax."""
        for line in taxed_lines(self.kind, self.title, amount=self.amount, tax=self.tax):
            yield line if self.due is None else line._replace(due=due_day(self.due, year))


def added_items(situation: Situation, apart: tuple[PartLine, ...], annual: Fraction) -> Iterator[Item]:
    """Yield what is added; `apart` are parts of the schedule, `annual` the dues before pro rata that levies refer to.

    The admission fee is that of the member's own category, whatever other counts for the dues.
    """
    facts, own = situation.facts, situation.own
    fee = own.admission_fee
    if fee is not None and situation.joins_this_year and not _is_waived(fee, facts):
        amount = fee.amount + annual * fee.share
        if amount:
            yield _admission_fee(amount, own, rule="DUE-14", doubt=fee.doubt)
    grown = fee_of_growth(situation) if own.becomes is not None else None
    if grown is not None and grown.admission_fee:
        yield _admission_fee(grown.admission_fee, situation.category(grown.category), rule="DUE-38", doubt="")
    for part in apart:
        title = part_words(part, situation.year)
        step = StepName.LEVY if part.kind is LineKind.LEVY else StepName.ADMISSION_FEE
        yield Item(
            part.kind,
            step,
            "DUE-36",
            title,
            title,
            money(part.amount),
            part.tax or own.tax,
            part.due or own.due,
        )
    if facts.levies:
        yield from _levies(facts, annual, own.tax)
    if facts.voluntary:
        title = phrase("Voluntary contribution")
        yield Item(LineKind.VOLUNTARY, StepName.VOLUNTARY, "DUE-16", title, title, facts.voluntary, Tax())


def _admission_fee(amount: Fraction, category: Category, *, rule: str, doubt: str) -> Item:
    title = phrase("Admission fee")
    return Item(
        LineKind.ADMISSION_FEE,
        StepName.ADMISSION_FEE,
        rule,
        title,
        title,
        money(amount),
        category.tax,
        warnings=doubts(doubt),
    )


def _is_waived(fee: AdmissionFee, facts: Facts) -> bool:
    months, left, start = fee.waived_on_reentry_months, facts.left_on, facts.start
    if not months or left is None or start is None:
        return False
    return start <= months_later(left, months)


LEVY_RULE: Final = "DUE-15"


def levy_title(levy: Levy) -> Phrase:
    """Return the text of the line of a special levy."""
    return phrase("%(text)s", text=levy.title)


def _levies(facts: Facts, annual: Fraction, tax: Tax) -> Iterator[Item]:
    for levy in facts.levies:
        title, text = levy_title(levy), phrase("Levy “%(title)s”", title=levy.title)
        amount = levy.amount
        if amount is None:
            amount = money(annual * levy.share)
            text = phrase(
                "Levy “%(title)s”: %(percent)s %% of %(dues)s",
                title=levy.title,
                percent=levy.share * 100,
                dues=money(annual),
            )
        yield Item(LineKind.LEVY, StepName.LEVY, LEVY_RULE, title, text, amount, tax)
