"""Discounts and conditional factors as lines of a form, each with up to two conditions (DUE-12).

What has words that no field shows (several alternatives, ranges of a size, what is left open) is kept as it is and
can only be taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from membership.domain.dues.editing.numbers import (
    parse_day,
    parse_euros,
    parse_number,
    parse_percent,
    parse_share,
    parse_whole,
)
from membership.domain.dues.editing.typed import YES, Document, Texts, Typed, as_text, just, put
from membership.domain.errors import N_, InputError

MOST_LINES: Final = 12
_MOST_CONDITIONS: Final = 2
_Reader = Callable[[str], object]
CONDITIONS: Final[dict[str, tuple[str, _Reader | None]]] = {
    "membership_year_max": (N_("up to membership year"), parse_whole),
    "membership_year": (N_("in membership year"), parse_whole),
    "membership_year_from": (N_("from membership year"), parse_whole),
    "company_age_at_joining_below": (N_("company younger than … years when joining"), parse_whole),
    "company_age_below": (N_("company younger than … years"), parse_whole),
    "company_age_from": (N_("company at least … years old"), parse_whole),
    "headcount_below": (N_("fewer employees than"), parse_number),
    "attribute": (N_("with the attribute"), just),
    "without_attribute": (N_("without the attribute"), just),
    "group_position_from": (N_("from company number … of a group"), parse_whole),
    "joined_from": (N_("joined on this day or later"), parse_day),
    "joined_before": (N_("joined before this day"), parse_day),
    "joined_in_dues_year": (N_("joined in the dues year"), None),
    "direct_debit": (N_("with direct debit"), None),
}
"""Condition -> how a form names it, and how its value is read; None: it has no value."""
_SHOWN_OF_DISCOUNT: Final = frozenset({"code", "percent", "amount", "when", "exclusive"})
_SHOWN_OF_FACTOR: Final = frozenset({"when", "factor"})


class ConditionNeedsValue(InputError):
    """A condition was chosen without its value."""

    message = N_("This condition needs a value.")
    code = "condition_value"


class ValueNeedsCondition(InputError):
    """A value was typed, and no condition for it was chosen."""

    message = N_("Choose the condition that this value belongs to.")
    code = "condition_missing"


class ConditionTwice(InputError):
    """The same condition was chosen twice."""

    message = N_("This condition stands here twice.")
    code = "condition_twice"


def discount_texts(discounts: Sequence[Mapping[str, Any]]) -> list[Texts]:
    """Return the lines of a form for discounts; `kept`: it has words that no field shows."""
    return [_discount_line(one, str(index)) for index, one in enumerate(discounts)]


def factor_texts(factors: Sequence[Mapping[str, Any]]) -> list[Texts]:
    """Return the lines of a form for factors on conditions."""
    return [
        {"was": str(index), "factor": as_text(one.get("factor")), **_condition_texts(one["when"])}
        if _is_simple(one, _SHOWN_OF_FACTOR) and one["when"]
        else {"was": str(index), "kept": YES}
        for index, one in enumerate(factors)
    ]


def _discount_line(one: Mapping[str, Any], was: str) -> Texts:
    if not _is_simple(one, _SHOWN_OF_DISCOUNT):
        return {"was": was, "kept": YES}
    unit = "percent" if one.get("percent") is not None else "amount"
    return {
        "was": was,
        "code": str(one["code"]),
        "value": as_text(one.get(unit)),
        "unit": unit,
        "exclusive": as_text(one.get("exclusive")),
        **_condition_texts(one.get("when") or {}),
    }


def _is_simple(one: Mapping[str, Any], shown: frozenset[str]) -> bool:
    """Return whether the fields of a line show all of it."""
    when = one.get("when") or {}
    plain = all(key in CONDITIONS and value is not False for key, value in when.items())
    return set(one) <= shown and plain and len(when) <= _MOST_CONDITIONS


def _condition_texts(when: Mapping[str, Any]) -> Texts:
    found: Texts = {}
    for place, (key, value) in enumerate(when.items(), start=1):
        found[f"when_{place}"] = key
        found[f"value_{place}"] = "" if value is True else str(value)
    return found


def typed_discounts(typed: Typed, before: Sequence[Mapping[str, Any]]) -> tuple[list[Document], list[int]]:
    """Return the discounts of a form and for each its line; one without anything, or marked to go, is left out."""
    found: list[Document] = []
    lines: list[int] = []
    for index, line in typed.lines("discounts"):
        one = _kept(line, before) if line.is_set("kept") else _discount(line)
        if one is not None and not line.is_set("gone"):
            found.append(one)
            lines.append(index)
    return found, lines


def typed_factors(typed: Typed, before: Sequence[Mapping[str, Any]]) -> list[Document]:
    """Return the factors on conditions of a form."""
    found = []
    for _index, line in typed.lines("factors"):
        one = _kept(line, before) if line.is_set("kept") else _factor(line)
        if one is not None and not line.is_set("gone"):
            found.append(one)
    return found


def _kept(line: Typed, before: Sequence[Mapping[str, Any]]) -> Document | None:
    was = line.typed("was")
    is_known = was.isascii() and was.isdigit() and int(was[:4]) < len(before)
    return dict(before[int(was)]) if is_known else None


def _discount(line: Typed) -> Document | None:
    if line.is_set("gone") or not any(line.typed(name) for name in ("code", "value", "when_1", "when_2")):
        return None
    one: Document = {"code": line.need("code", just, "")}
    is_percent = line.typed("unit") != "amount"
    if is_percent:
        one["percent"] = line.need("value", parse_percent, "0")
    else:
        one["amount"] = line.need("value", parse_euros, "0.00")
    when = _typed_when(line)
    put(one, "when", when or None)
    put(one, "exclusive", True if line.is_set("exclusive") else None)
    return one


def _factor(line: Typed) -> Document | None:
    if line.is_set("gone") or not any(line.typed(name) for name in ("factor", "when_1", "when_2")):
        return None
    factor, when = line.need("factor", parse_share, "1"), _typed_when(line)
    if not when:
        line.refuse("when_1", ValueNeedsCondition())
        return None
    return {"when": when, "factor": factor}


def _typed_when(line: Typed) -> Document:
    when: Document = {}
    for place in range(1, _MOST_CONDITIONS + 1):
        key, value = line.typed(f"when_{place}"), line.typed(f"value_{place}")
        if not key:
            if value:
                line.refuse(f"when_{place}", ValueNeedsCondition())
            continue
        if key in when:
            line.refuse(f"when_{place}", ConditionTwice())
        read = CONDITIONS[key][1] if key in CONDITIONS else None
        if read is None:
            when[key] = True
        elif not value:
            line.refuse(f"value_{place}", ConditionNeedsValue())
        else:
            put(when, key, line.optional(f"value_{place}", read))
    return when
