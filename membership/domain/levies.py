"""A special levy of the association as it was resolved, and what it asks of one member.

Source: `domain.md` DUE-15; `interfaces.md` "levy put".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import reduce
from typing import Any, Final

from membership.domain.dues.assessment import Assessment, LineKind, StepName
from membership.domain.dues.document import Node
from membership.domain.dues.errors import DocumentWrong
from membership.domain.dues.facts import Levy
from membership.domain.dues.items import LEVY_RULE, levy_title
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase

FEE: Final = "levy"
_WORDS: Final = ("code", "title", "year", "due", "resolution", "amount", "percent", "by_category")
_YEARS: Final = (2000, 2199)
_WAYS: Final = ("amount", "percent", "by_category")


class LevyWrong(DocumentWrong):
    """The document of a levy does not have the form that is asked for."""

    code = "levy"


@dataclass(frozen=True, slots=True)
class LevyTerms:
    """What the members' assembly resolved: an amount a member, a share of the annual dues, or amounts by category."""

    code: str
    title: str
    year: int
    due_on: date
    resolved_on: date
    organ: str
    item: str = ""
    amount: Money | None = None
    share: Fraction | None = None
    by_category: Mapping[str, Money] | None = None

    @property
    def fee(self) -> str:
        """Return what invoices of the levy are for, beside those of the dues."""
        return fee_of(self.code)

    @property
    def asks_for(self) -> Phrase:
        """Return in words what a member pays."""
        if self.share is not None:
            return phrase("%(percent)s %% of the annual dues", percent=self.share * 100)
        if self.amount is not None:
            return phrase("%(amount)s a member", amount=self.amount)
        each = [
            phrase("%(category)s %(amount)s", category=code, amount=amount)
            for code, amount in sorted((self.by_category or {}).items())
        ]
        return reduce(lambda first, rest: phrase("%(first)s, %(rest)s", first=first, rest=rest), each)

    def of(self, category: str) -> tuple[Levy, ...]:
        """Return what a member of the category owes; empty for one that the levy does not ask."""
        if self.share is not None:
            return (Levy(self.title, share=self.share),)
        amount = self.amount if self.by_category is None else self.by_category.get(category)
        return () if amount is None or not amount.cents else (Levy(self.title, amount=amount),)


def fee_of(code: str) -> str:
    """Return what invoices of a levy are for: the fee of its items and invoices, and the kind of its run."""
    return f"{FEE}:{code}"


def code_of(kind: str) -> str | None:
    """Return the code of the levy that a run bills, None for a run of the dues."""
    name, _, code = kind.partition(":")
    return code if name == FEE else None


def read_levy(document: Any) -> LevyTerms:  # noqa: ANN401 - parsed JSON
    """Return the levy of a document; raise `LevyWrong` with the place and what is wrong there."""
    root = Node(document, "", LevyWrong)
    fields = root.fields(_WORDS)
    given = [way for way in _WAYS if fields.get(way) is not None]
    if len(given) != 1:
        raise root.wrong(phrase("A levy has exactly one of these words: %(words)s.", words=", ".join(_WAYS)))
    code = fields.need("code").text()
    if not (code.isascii() and code.replace("-", "").replace("_", "").isalnum()):
        raise fields.need("code").wrong(phrase("A code consists of letters, digits, - and _."))
    resolution = fields.need("resolution").fields(("organ", "date", "item"))
    share = fields.optional("percent", Node.percent)
    if share is not None and not share:
        raise fields.need("percent").wrong(phrase("A levy asks for more than nothing."))
    terms = LevyTerms(
        code=code,
        title=fields.need("title").text(),
        year=fields.need("year").whole(*_YEARS),
        due_on=fields.need("due").day(),
        resolved_on=resolution.need("date").day(),
        organ=resolution.need("organ").text(),
        item=resolution.either("item", Node.text, ""),
        amount=fields.optional("amount", Node.money),
        share=share,
        by_category=fields.optional("by_category", _by_category),
    )
    if terms.amount is not None and not terms.amount.cents:
        raise fields.need("amount").wrong(phrase("A levy asks for more than nothing."))
    return terms


def _by_category(node: Node) -> dict[str, Money]:
    found = {code: each.money() for code, each in node.mapping().items()}
    if not any(amount.cents for amount in found.values()):
        raise node.wrong(phrase("A levy asks for more than nothing."))
    return found


def levied(assessment: Assessment, asked: tuple[Levy, ...]) -> Assessment:
    """Return what a levy asks for of all that a member owes, with the step that says why.

    The dues stay out, and so does a levy that the fee schedule itself asks for each year (DUE-36).
    """
    titles = [levy_title(levy) for levy in asked]
    lines = tuple(line for line in assessment.lines if line.kind is LineKind.LEVY and line.text in titles)
    own = tuple(step for step in assessment.steps if (step.step, step.rule) == (StepName.LEVY, LEVY_RULE))
    return assessment._replace(lines=lines, steps=own, bases=(), band=None, warnings=())
