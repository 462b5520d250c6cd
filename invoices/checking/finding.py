"""One thing that is wrong, in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from invoices import formats
from invoices.formats import Language
from invoices.words import words


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold: its name in the standard, where, and what is wrong."""

    rule: str
    level: Literal["error", "warning"]
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """Makes findings in one language; the sentence of a rule stands under its name, else under that of its kind."""

    language: Language

    def error(self, rule: str, *, kind: str = "", where: str = "", **values: object) -> Finding:
        """Return an error."""
        return Finding(rule, "error", where, self._text(kind or rule, values))

    def warning(self, rule: str, *, kind: str = "", where: str = "", **values: object) -> Finding:
        """Return a warning."""
        return Finding(rule, "warning", where, self._text(kind or rule, values))

    def missing(self, rule: str, term: str) -> Finding:
        """Return the error that a business term is not there."""
        return self.error(rule, kind="missing", where=term, name=self.name(term), term=term)

    def other(self, rule: str, term: str, *, found: Decimal, expected: Decimal) -> Finding:
        """Return the error that an amount is another than it should be."""
        values = {"found": self.amount(found), "expected": self.amount(expected)}
        return self.error(rule, kind="amount", where=term, name=self.name(term), term=term, **values)

    def name(self, term: str) -> str:
        """Return what a business term is called."""
        return words(self.language)["terms"].get(term, term)

    def amount(self, value: Decimal) -> str:
        """Return an amount as people read it, with two places or more."""
        text = formats.number(value, self.language)
        comma = "," if self.language == "de" else "."
        whole, _, places = text.partition(comma)
        return f"{whole}{comma}{places.ljust(2, '0')}"

    def _text(self, key: str, values: dict[str, object]) -> str:
        return words(self.language)["check"][key].format(**values)
