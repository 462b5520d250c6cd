"""A new version of a fee schedule with all amounts raised by some percent: a draft, never more.

Source: `domain.md` DUE-18, T-21.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from membership.domain.dues.report import exact_text
from membership.domain.dues.schedule.form import Rounding
from membership.domain.money import decimal_text, rounded

Document = dict[str, Any]
_CENTS: Final = 100
_AMOUNTS: Final = ("amount", "base", "min", "cap", "further_amount")


def indexed(
    document: Mapping[str, Any], share: Fraction, *, rounding: Rounding, code: str, valid_from: date
) -> Document:
    """Return the stored form of a new version whose annual or monthly amounts are `share` higher, each rounded.

    Raised are the amounts of methods, tables and parts, minimum and maximum, and what a group or its further companies
    pay; rates, percentages, admission fees, discounts and surcharges stay. The resolution is taken
    away: the new version needs its own.
    """
    new: Document = copy.deepcopy(dict(document))
    for category in new["categories"].values():
        _raise(category, share, rounding)
    if isinstance(new.get("group"), dict):
        _raise(new["group"], share, rounding)
    origin = {
        "from": document["code"],
        "percent": exact_text(share * _CENTS, fewest=0),
        "step": _step(rounding),
        "direction": rounding.direction,
    }
    new.pop("valid_to", None)
    new.pop("name", None)
    return {
        **new, "code": code, "valid_from": valid_from.isoformat(), "resolution": None, "indexation": origin,
    }  # fmt: skip


def _raise(rule: Document, share: Fraction, rounding: Rounding) -> None:
    for key in _AMOUNTS:
        if isinstance(rule.get(key), str | int):
            rule[key] = raised(rule[key], share, rounding)
    for row in rule.get("rows", ()):
        _raise(row, share, rounding)
    for part in rule.get("parts", ()):
        if part.get("kind") not in {"admission_fee", "levy"}:
            _raise(part, share, rounding)


def raised(amount: str | int, share: Fraction, rounding: Rounding) -> str:
    """Return an amount as decimal string, raised and rounded once: 25.00 by 2.2 % to 0.10 is 25.60 (T-21)."""
    cents = rounded(
        Fraction(amount) * (1 + share) * _CENTS, rounding.step * _CENTS, direction=rounding.direction
    )
    return decimal_text(cents)


def _step(rounding: Rounding) -> str:
    return str(rounding.step) if rounding.step.denominator == 1 else decimal_text(int(rounding.step * _CENTS))
