"""Money in whole cents: the only place that rounds, and the only one that reads typed amounts.

Source: `domain.md` GEN-7 (half away from zero), `reliability.md` INV-24, 5.12 no. 61.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from membership.domain.errors import N_, InputError

MAX_TYPED_CENTS = 10**9
Direction = Literal["nearest", "up", "down"]


class AmountUnreadable(InputError):
    """A typed amount that is not clearly one number."""

    message = N_("“%(text)s” is not an amount. Write it like 1.234,56.")
    code = "amount"


class AmountOutOfRange(InputError):
    """A typed amount beyond ten million euros."""

    message = N_("“%(text)s” is too large: amounts end at 10,000,000.00.")
    code = "amount_range"


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """Whole cents of one currency."""

    cents: int
    currency: str = "EUR"

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + other.cents, self._shared(other))

    def __sub__(self, other: Money) -> Money:
        return Money(self.cents - other.cents, self._shared(other))

    def __neg__(self) -> Money:
        return Money(-self.cents, self.currency)

    def __bool__(self) -> bool:
        return self.cents != 0

    def _shared(self, other: Money) -> str:
        if self.currency != other.currency:
            message = f"{self.currency} and {other.currency} cannot be added"
            raise ValueError(message)
        return self.currency

    def times(self, share: Fraction | int) -> Money:
        """Return this amount times `share`, rounded once to the cent, half away from zero."""
        return Money(rounded(self.cents * Fraction(share)), self.currency)

    def split(self, parts: int) -> list[Money]:
        """Return `parts` instalments: each rounded down, the remainder on the last (DUE-26)."""
        if parts < 1:
            message = f"an amount cannot be split into {parts} parts"
            raise ValueError(message)
        sign = -1 if self.cents < 0 else 1
        each, rest = divmod(abs(self.cents), parts)
        amounts = [each] * (parts - 1) + [each + rest]
        return [Money(sign * cents, self.currency) for cents in amounts]

    def __str__(self) -> str:
        return decimal_text(self.cents)


def rounded(value: Fraction, step: Fraction = Fraction(1), direction: Direction = "nearest") -> int:
    """Return `value` as a whole number of units, a multiple of `step`; halves go away from zero."""
    quotient = value / step
    whole, rest = divmod(abs(quotient.numerator), quotient.denominator)
    if direction == "nearest":
        whole += 2 * rest >= quotient.denominator
    elif (direction == "up") == (value > 0):
        whole += rest > 0
    return int((-whole if value < 0 else whole) * step)


def spread(total_cents: int, weights: list[Fraction]) -> list[int]:
    """Return whole cents in proportion to `weights` that add up to the total.

    Remaining cents go to the largest fractions, of equal ones to the last (`reliability.md` 5.12 no. 61).
    """
    whole = sum(weights, Fraction(0))
    if not weights or whole == 0:
        message = "there is nothing to spread over"
        raise ValueError(message)
    exact = [total_cents * weight / whole for weight in weights]
    parts = [value.numerator // value.denominator for value in exact]
    order = sorted(range(len(parts)), key=lambda i: (exact[i] - parts[i], i), reverse=True)
    for index in order[: total_cents - sum(parts)]:
        parts[index] += 1
    return parts


_GERMAN = re.compile(r"(-?)([1-9]\d{0,2}(?:\.\d{3})+|\d{1,12})(?:,(\d{1,2}))?", re.ASCII)
_PLAIN = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,2}))?", re.ASCII)


def parse_amount(text: str) -> int:
    """Return the cents of a typed amount: `1234,56`, `1.234,56`, `1234.56`, `1.234` (1234), with or without €.

    Raises `AmountUnreadable` for anything else (`1,234`, `0.350`, `1e3`, other digits), `AmountOutOfRange` beyond
    10⁹ cents.
    """
    typed = text.strip().removesuffix("€").removesuffix("EUR").strip().replace("−", "-")
    match = _GERMAN.fullmatch(typed) or _PLAIN.fullmatch(typed)
    if match is None:
        raise AmountUnreadable(text=text)
    sign, whole, fraction = match.groups()
    cents = int(whole.replace(".", "")) * 100 + int((fraction or "0").ljust(2, "0"))
    if cents > MAX_TYPED_CENTS:
        raise AmountOutOfRange(text=text)
    if sign and not cents:
        raise AmountUnreadable(text=text)
    return -cents if sign else cents


_DECIMAL = re.compile(r"(-?)(0|[1-9]\d{0,14})\.(\d{2})", re.ASCII)


def from_decimal_text(text: str) -> int:
    """Return the cents of a decimal string with two places, the form of JSON files (`"1200.00"`)."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise AmountUnreadable(text=text)
    sign, whole, fraction = match.groups()
    cents = int(whole) * 100 + int(fraction)
    return -cents if sign else cents


def decimal_text(cents: int) -> str:
    """Return the amount as JSON prints it: `"-12.35"`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
