"""A sentence that is worded later: the message in English with its values, translated where it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from membership.domain.errors import DomainError
from membership.domain.money import Money

_NONE: Mapping[str, Any] = MappingProxyType({})
Value = str | int | Fraction | Money | date


class Phrase(NamedTuple):
    """A message id (English, `%(name)s` for each value) and its values.

    A value is worded by its type: `Money` as an amount, `date` as a date, `int` and `Fraction` as a number,
    another `Phrase` as its own words, `str` as it stands (names, codes, years).
    """

    message: str
    values: Mapping[str, Value | Phrase] = _NONE


def phrase(message: str, **values: Value | Phrase) -> Phrase:
    """Return the phrase; a call of this marks the message for the translation catalogue."""
    return Phrase(message, values)


def sentence_of(error: DomainError) -> Phrase:
    """Return the sentence of a refusal, to be kept and worded later; what is no value stands there as text."""
    return Phrase(
        error.message,
        {
            name: value if isinstance(value, Value | Phrase) else str(value)
            for name, value in error.values.items()
        },
    )
