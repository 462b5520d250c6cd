"""The results as the JSON of `dues explain`, worded by a function that the caller gives.

Source: `interfaces.md` "dues explain".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from membership.domain.dues.assessment import Assessment, Line, Refusal, Result
from membership.domain.dues.schedule.choices import Treatment
from membership.domain.money import decimal_text, rounded
from membership.domain.phrases import Phrase

Words = Callable[[Phrase], str]
_PLACES = 6
_FEWEST_PLACES = 2


def as_json(results: Sequence[Result], words: Words) -> list[dict[str, object]]:
    """Return the results as JSON objects, in their order."""
    return [_refused(one, words) if isinstance(one, Refusal) else _assessed(one, words) for one in results]


def exact_text(value: Fraction, places: int = _PLACES, fewest: int = _FEWEST_PLACES) -> str:
    """Return an exact value with at most six places, and at least two."""
    scaled = rounded(value * 10**places)
    sign, digits = "-" if scaled < 0 else "", str(abs(scaled)).rjust(places + 1, "0")
    decimals = digits[-places:].rstrip("0").ljust(fewest, "0")
    whole = digits[:-places]
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def _refused(refusal: Refusal, words: Words) -> dict[str, object]:
    reason = {"rule": refusal.rule, "text": words(refusal.text)}
    return {"member": refusal.member, "year": refusal.year, "refused": reason}


def _assessed(one: Assessment, words: Words) -> dict[str, object]:
    found: dict[str, object] = {
        "member": one.member,
        "year": one.year,
        "total": decimal_text(one.total.cents),
        "estimated": one.is_estimated,
        "lines": [_line(line, words) for line in one.lines],
        "steps": [
            {
                "step": step.step,
                "rule": step.rule,
                "text": words(step.text),
                "result": exact_text(step.result),
            }
            for step in one.steps
        ],
        "warnings": [{"rule": warning.rule, "text": words(warning.text)} for warning in one.warnings],
    }
    if any(line.tax is Treatment.TAXABLE for line in one.lines):
        found["gross"] = decimal_text(one.gross.cents)
    return found


def _line(line: Line, words: Words) -> dict[str, object]:
    found: dict[str, object] = {
        "kind": line.kind,
        "text": words(line.text),
        "amount": decimal_text(line.amount.cents),
        "tax": line.tax,
    }
    if line.tax is Treatment.TAXABLE and line.tax_rate is not None:
        found["tax_rate"] = exact_text(line.tax_rate * 100, fewest=0)
        found["tax_amount"] = decimal_text(line.tax_amount.cents)
    if line.tax_reason:
        found["tax_reason"] = line.tax_reason
    if line.due is not None:
        found["due"] = line.due.isoformat()
    return found
