"""An assessment as it is frozen: plain JSON values, whole cents, exact numbers as text; sentences keep their values.

So the calculation can be shown again in either language, years later, without working anything out (DUE-5).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, cast

from membership.domain.dues.assessment import (
    Assessment,
    Band,
    BasisUsed,
    Line,
    LineKind,
    Remark,
    Step,
    StepName,
)
from membership.domain.dues.facts import Origin
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.money import Money
from membership.domain.phrases import Phrase, Value

Stored = dict[str, Any]


def to_stored(one: Assessment) -> Stored:
    """Return the assessment as plain values; `from_stored` gives the same assessment again."""
    return {
        "member": one.member,
        "year": one.year,
        "category": one.category,
        "schedule": one.schedule,
        "lines": [_stored_line(line) for line in one.lines],
        "steps": [
            {
                "step": str(step.step),
                "rule": step.rule,
                "text": stored_phrase(step.text),
                "result": str(step.result),
            }
            for step in one.steps
        ],
        "bases": [
            {
                "name": used.name,
                "value": str(used.value),
                "origin": str(used.origin),
                "text": stored_phrase(used.text),
            }
            for used in one.bases
        ],
        "band": None if one.band is None else {"row": one.band.row, "label": stored_phrase(one.band.label)},
        "warnings": [{"rule": each.rule, "text": stored_phrase(each.text)} for each in one.warnings],
    }


def from_stored(stored: Mapping[str, Any]) -> Assessment:
    """Return the assessment that was frozen."""
    band = stored["band"]
    return Assessment(
        member=stored["member"],
        year=stored["year"],
        category=stored["category"],
        schedule=stored["schedule"],
        lines=tuple(_line(line) for line in stored["lines"]),
        steps=tuple(
            Step(StepName(step["step"]), step["rule"], phrase_of(step["text"]), Fraction(step["result"]))
            for step in stored["steps"]
        ),
        bases=tuple(
            BasisUsed(used["name"], Fraction(used["value"]), Origin(used["origin"]), phrase_of(used["text"]))
            for used in stored["bases"]
        ),
        band=None if band is None else Band(band["row"], phrase_of(band["label"])),
        warnings=tuple(Remark(each["rule"], phrase_of(each["text"])) for each in stored["warnings"]),
    )


def stored_phrase(text: Phrase) -> Stored:
    """Return a sentence with its values, each marked by its type."""
    return {
        "message": text.message,
        "values": {name: _stored_value(value) for name, value in text.values.items()},
    }


def phrase_of(stored: Mapping[str, Any]) -> Phrase:
    """Return the sentence that was stored."""
    return Phrase(stored["message"], {name: _value(*value) for name, value in stored["values"].items()})


def _stored_value(value: Value | Phrase) -> list[Any]:
    if isinstance(value, Phrase):
        return ["phrase", stored_phrase(value)]
    if isinstance(value, Money):
        return ["cents", value.cents]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, int | Fraction):
        return ["number", str(value)]
    return ["text", value]


def _value(kind: str, stored: object) -> Value | Phrase:
    if kind == "phrase":
        return phrase_of(cast("Mapping[str, Any]", stored))
    if kind == "cents":
        return Money(cast("int", stored))
    if kind == "date":
        return date.fromisoformat(str(stored))
    if kind == "number":
        return Fraction(str(stored))
    return str(stored)


def _stored_line(line: Line) -> Stored:
    return {
        "kind": str(line.kind),
        "text": stored_phrase(line.text),
        "cents": line.amount.cents,
        "tax": str(line.tax),
        "tax_rate": None if line.tax_rate is None else str(line.tax_rate),
        "tax_cents": line.tax_amount.cents,
        "tax_reason": line.tax_reason,
        "due": None if line.due is None else line.due.isoformat(),
    }


def _line(stored: Mapping[str, Any]) -> Line:
    rate = stored["tax_rate"]
    return Line(
        LineKind(stored["kind"]),
        phrase_of(stored["text"]),
        Money(stored["cents"]),
        Treatment(stored["tax"]),
        None if rate is None else Fraction(rate),
        Money(stored["tax_cents"]),
        stored["tax_reason"],
        None if stored["due"] is None else date.fromisoformat(stored["due"]),
    )
