"""A parsed JSON document read piece by piece; whatever is wrong is named with its JSON pointer.

Numbers are exact: whole JSON numbers or decimal strings. A JSON fraction (`0.1`) is refused, because it was
rounded before it got here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from membership.domain.dues.errors import DocumentWrong
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase

T = TypeVar("T")
MAX_TEXT = 500
MAX_NUMBER = 10**13
MAX_EUROS = 10**9
_DECIMAL = re.compile(r"-?\d{1,14}(?:\.\d{1,9})?", re.ASCII)
_SHARE = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH_DAY = re.compile(r"\d{2}-\d{2}", re.ASCII)
_CENTS = 100


@dataclass(frozen=True, order=True, slots=True)
class MonthDay:
    """A day of every year; 29 February is 28 February in a year without it."""

    month: int
    day: int

    def in_year(self, year: int) -> date:
        """Return this day of that calendar year."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return date(year, self.month, self.day - 1)


NEW_YEAR = MonthDay(1, 1)


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the document with its place, and the error that its faults are."""

    value: object
    pointer: str
    error: type[DocumentWrong]

    def wrong(self, problem: Phrase) -> DocumentWrong:
        """Return the error for this place."""
        return self.error(where=self.pointer, problem=problem)

    def child(self, key: str | int, value: object) -> Node:
        """Return the value below this one."""
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        return Node(value, f"{self.pointer}/{escaped}", self.error)

    def fields(self, known: Iterable[str]) -> Fields:
        """Return the keys of an object; refuses a key that is not `known`."""
        pairs = self.mapping()
        allowed = frozenset(known)
        for key, node in pairs.items():
            if key not in allowed:
                raise node.wrong(phrase("There is no word “%(word)s” here. Check its spelling.", word=key))
        return Fields(self, pairs)

    def mapping(self) -> dict[str, Node]:
        """Return an object with keys of its own choice."""
        if not isinstance(self.value, Mapping):
            raise self.wrong(phrase("An object in braces is expected here."))
        pairs: dict[str, Node] = {}
        for key, value in self.value.items():
            if not isinstance(key, str) or not key or len(key) > MAX_TEXT:
                raise self.wrong(phrase("Every key must be a text that is not empty."))
            pairs[key] = self.child(key, value)
        return pairs

    def items(self) -> list[Node]:
        """Return the members of a list."""
        if not isinstance(self.value, list | tuple):
            raise self.wrong(phrase("A list in brackets is expected here."))
        return [self.child(index, value) for index, value in enumerate(self.value)]

    def text(self) -> str:
        """Return a text of one to 500 characters, without blanks at its ends."""
        if not isinstance(self.value, str) or not self.value.strip() or len(self.value) > MAX_TEXT:
            raise self.wrong(phrase("A text is expected here."))
        if not self.value.isprintable():
            raise self.wrong(phrase("The text holds characters that cannot be printed."))
        return self.value.strip()

    def boolean(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise self.wrong(phrase("true or false is expected here."))
        return self.value

    def choice(self, options: Mapping[str, T]) -> T:
        """Return what the word stands for; refuses other words."""
        if isinstance(self.value, str) and self.value in options:
            return options[self.value]
        known = ", ".join(options)
        raise self.wrong(phrase("One of these words is expected here: %(words)s.", words=known))

    def whole(self, low: int, high: int) -> int:
        """Return a whole number between `low` and `high`, both included."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not low <= self.value <= high:
            raise self.wrong(
                phrase(
                    "A whole number from %(low)s to %(high)s is expected here.", low=str(low), high=str(high)
                )
            )
        return self.value

    def number(self) -> Fraction:
        """Return an exact number from 0 to 10¹³: a whole number or a decimal string."""
        if isinstance(self.value, float | Decimal):
            raise self.wrong(phrase('Write a number with decimals as text, such as "2.5".'))
        if isinstance(self.value, bool) or not isinstance(self.value, int | str):
            raise self.wrong(phrase('A number is expected here, such as 250 or "2.5".'))
        if isinstance(self.value, str) and not _DECIMAL.fullmatch(self.value):
            raise self.wrong(
                phrase("“%(text)s” is not a number. Write it like 1234.5.", text=self.value[:40])
            )
        exact = Fraction(self.value)
        if exact < 0 or str(self.value).startswith("-"):
            raise self.wrong(phrase("The number must not be negative."))
        if exact > MAX_NUMBER:
            raise self.wrong(phrase("The number is too large."))
        return exact

    def bound(self) -> Fraction:
        """Return a number; here a JSON number with decimals is read as it is printed."""
        if isinstance(self.value, float | Decimal) and not isinstance(self.value, bool):
            return Node(format(Decimal(str(self.value)), "f"), self.pointer, self.error).number()
        return self.number()

    def share(self) -> Fraction:
        """Return a number that may also be written as a fraction of two whole numbers (`"1/3"`)."""
        match = _SHARE.fullmatch(self.value) if isinstance(self.value, str) else None
        if match is None:
            return self.number()
        if not int(match[2]):
            raise self.wrong(phrase("Nothing can be divided by 0."))
        return Fraction(int(match[1]), int(match[2]))

    def percent(self) -> Fraction:
        """Return the share that a percentage from 0 to 100 stands for."""
        exact = self.number()
        if exact > _CENTS:
            raise self.wrong(phrase("A percentage ends at 100."))
        return exact / _CENTS

    def euros(self) -> Fraction:
        """Return an amount in euros, not negative, in whole cents."""
        exact = self.number()
        if (exact * _CENTS).denominator != 1:
            raise self.wrong(phrase('An amount has two decimal places, such as "600.00".'))
        if exact > MAX_EUROS:
            raise self.wrong(phrase("The number is too large."))
        return exact

    def money(self) -> Money:
        """Return an amount, not negative, in whole cents."""
        return Money(int(self.euros() * _CENTS))

    def day(self) -> date:
        """Return a calendar day."""
        try:
            if isinstance(self.value, str) and _DAY.fullmatch(self.value):
                return date.fromisoformat(self.value)
        except ValueError:
            pass
        raise self.wrong(phrase('A day of the calendar is expected here, such as "2027-01-31".'))

    def month_day(self) -> MonthDay:
        """Return a day of every year."""
        try:
            if isinstance(self.value, str) and _MONTH_DAY.fullmatch(self.value):
                leap = date.fromisoformat(f"2000-{self.value}")
                return MonthDay(leap.month, leap.day)
        except ValueError:
            pass
        raise self.wrong(phrase('A day of the year is expected here, such as "01-31".'))


@dataclass(frozen=True, slots=True)
class Fields:
    """The keys of one object; a key that is absent and one that is null are the same."""

    node: Node
    pairs: Mapping[str, Node]

    def get(self, key: str) -> Node | None:
        """Return the value of the key, None when it is absent."""
        found = self.pairs.get(key)
        return None if found is None or found.value is None else found

    def need(self, key: str) -> Node:
        """Return the value of the key, which must be there."""
        found = self.get(key)
        if found is None:
            raise self.node.wrong(phrase("“%(word)s” is missing here.", word=key))
        return found

    def optional(self, key: str, read: Callable[[Node], T]) -> T | None:
        """Return the value of the key as `read` reads it, None when it is absent."""
        found = self.get(key)
        return None if found is None else read(found)

    def either(self, key: str, read: Callable[[Node], T], default: T) -> T:
        """Return the value of the key as `read` reads it, the default when it is absent."""
        found = self.get(key)
        return default if found is None else read(found)

    def every(self, key: str, read: Callable[[Node], T]) -> tuple[T, ...]:
        """Return each member of the list under the key as `read` reads it; nothing when it is absent."""
        found = self.get(key)
        return () if found is None else tuple(read(item) for item in found.items())
