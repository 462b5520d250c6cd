"""The rule of one category, or of one part of it: method and options as fields, and back (`domain.md` 2.2, 2.3).

What a form shows are texts: amounts and numbers as decimal strings, days as `31.01.`; what is typed may be in the
German or in plain notation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from membership.domain.dues.editing.discounts import (
    discount_texts,
    factor_texts,
    typed_discounts,
    typed_factors,
)
from membership.domain.dues.editing.numbers import (
    day_text,
    parse_euros,
    parse_month_day,
    parse_number,
    parse_percent,
    parse_share,
    parse_whole,
)
from membership.domain.dues.editing.rows import row_texts, typed_rows
from membership.domain.dues.editing.typed import YES, Document, Errors, Texts, Typed, as_text, just, put
from membership.domain.dues.schedule.choices import Join, SeveralKind
from membership.domain.dues.schedule.methods import METHOD_WORDS

OPEN: Final = "open"
FACTOR: Final = "FACTOR_OF"
SEVERAL: Final = frozenset(kind.value for kind in SeveralKind)
TABLES: Final = {"BANDS_FLAT": "amount", "BANDS_MARGINAL": "rate"}
_METHOD_KEYS: Final = frozenset(word for words in METHOD_WORDS.values() for word in words) | {"method"}


@dataclass(frozen=True, slots=True)
class Edited:
    """A rule with what was typed; `places`: JSON pointer below the rule -> name of the field."""

    rule: Document
    errors: Errors
    places: Mapping[str, str]


def rule_texts(rule: Mapping[str, Any]) -> Texts:
    """Return the fields of a rule."""
    minimum, tax = rule.get("min"), rule.get("tax")
    fee = _fee_of(rule)
    return {
        "method": OPEN if OPEN in rule else rule["method"],
        "open": as_text(rule.get(OPEN)),
        "amount": as_text(rule.get("amount")),
        "basis": as_text(rule.get("basis")),
        "base": as_text(rule.get("base")),
        "allowance": as_text(rule.get("allowance")),
        "started_units": as_text(rule.get("started_units")),
        "rows": row_texts(rule.get("rows") or ()),
        "category": as_text(rule.get("category")),
        "factor": as_text(rule.get("factor")),
        "factors": factor_texts(rule.get("factors") or ()),
        "minimum": "" if isinstance(minimum, Mapping) else as_text(minimum),
        "minimum_category": minimum["category"] if isinstance(minimum, Mapping) else "",
        "cap": as_text(rule.get("cap")),
        "discounts": discount_texts(rule.get("discounts") or ()),
        "admission_fee": as_text(fee.get("amount")),
        "admission_percent": as_text(fee.get("percent")),
        "admission_months": as_text(fee.get("waived_on_reentry_months") or None),
        "sites_percent": as_text((rule.get("sites") or {}).get("further_percent")),
        "max_rise": as_text(rule.get("max_rise")),
        **_tax_texts(tax if isinstance(tax, Mapping) else {}),
        **_rounding_texts(rule.get("rounding") or {}, present=rule.get("rounding") is not None),
        **_join_texts(rule.get("prorata") or {}, present=rule.get("prorata") is not None),
    }


def _fee_of(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the admission fee with its words; a plain amount is one without more."""
    fee = rule.get("admission_fee")
    return fee if isinstance(fee, Mapping) else {"amount": fee}


def _tax_texts(tax: Mapping[str, Any]) -> Texts:
    return {
        "tax": as_text(tax.get("treatment") or "O"),
        "tax_rate": as_text(tax.get("rate")),
        "tax_amounts": as_text(tax.get("amounts") or "net"),
        "tax_reason": as_text(tax.get("reason")),
        "tax_percent": as_text(tax.get("taxable_percent")),
    }


def _rounding_texts(rounding: Mapping[str, Any], *, present: bool) -> Texts:
    return {
        "rounding_step": as_text(rounding.get("step") or ("0.01" if present else "")),
        "rounding_direction": as_text(rounding.get("direction") or "nearest"),
    }


def _join_texts(prorata: Mapping[str, Any], *, present: bool) -> Texts:
    cutoff = prorata.get("cutoff")
    return {
        "join": as_text(prorata.get("join") or (Join.NONE.value if present else "")),
        "cutoff": day_text(cutoff) if cutoff else "",
    }


def with_rule(
    rule: Mapping[str, Any], typed: Mapping[str, Any], *, usual_prorata: Mapping[str, Any]
) -> Edited:
    """Return the rule with what was typed; `usual_prorata`: what the schedule says for all on joining and leaving."""
    errors: Errors = {}
    form = Typed(typed, errors)
    method = form.typed("method")
    dropped = _METHOD_KEYS - {"min", *METHOD_WORDS.get(method, ())}
    if FACTOR not in {method, rule.get("method")}:
        dropped -= {"factor"}  # A part of a sum may carry one beside any method (DUE-36).
    new: Document = {key: item for key, item in rule.items() if key not in dropped}
    if method != OPEN:
        new["method"] = method
    places = _method(new, rule, form, method)
    _limits(new, form)
    _discounts(new, rule, form, places)
    _fee(new, rule, form)
    _tax(new, rule, form)
    _own_rules(new, rule, form, usual_prorata)
    return Edited(new, errors, places)


def _method(new: Document, rule: Mapping[str, Any], form: Typed, method: str) -> dict[str, str]:
    places = dict(_PLACES)
    if method == OPEN:
        new[OPEN] = form.need("open", just, "?")
    elif method == "FIXED":
        new["amount"] = form.need("amount", parse_euros, "0.00")
    elif method in TABLES:
        _table(new, rule, form, method, places)
    elif method == FACTOR:
        new["category"] = form.need("category", just, "")
        new["factor"] = form.need("factor", parse_share, "1")
        put(new, "factors", typed_factors(form, rule.get("factors") or ()) or None)
    elif method in SEVERAL and len(new.get("parts") or ()) < 2:  # noqa: PLR2004 - a part more than one
        new["parts"] = _first_parts(rule, method)
    return places


def _table(new: Document, rule: Mapping[str, Any], form: Typed, method: str, places: dict[str, str]) -> None:
    new["basis"] = form.need("basis", just, "headcount")
    value = TABLES[method]
    found = typed_rows(form, rule.get("rows") or (), value=value)
    new["rows"] = found.rows or [{"from": "0", value: "0"}]
    for index, line in enumerate(found.lines):
        places |= {
            f"/rows/{index}/{key}": f"rows-{line}-{name}"
            for key, name in (("from", "start"), ("to", "start"), ("amount", "amount"), ("rate", "rate"),
                              ("per", "per"), ("label", "label"), ("open", "amount"), ("doubt", "amount"))
        }  # fmt: skip
    put(new, "allowance", form.optional("allowance", parse_number))
    if method == "BANDS_MARGINAL":
        put(new, "base", form.optional("base", parse_euros))
        put(new, "started_units", True if form.is_set("started_units") else None)


def _first_parts(rule: Mapping[str, Any], method: str) -> list[Document]:
    """Return the former method as the first of two parts; the second one changes nothing until it is edited."""
    first = {key: rule[key] for key in rule if key in _METHOD_KEYS and key != "parts"}
    if first.get("method") in SEVERAL or "method" not in first:
        first = {"method": "FREE"}
    is_lower = method == SeveralKind.LOWER.value
    return [first, dict(first) if is_lower else {"method": "FIXED", "amount": "0.00"}]


def _limits(new: Document, form: Typed) -> None:
    put(new, "min", form.optional("minimum", parse_euros))
    if category := form.typed("minimum_category"):
        new["min"] = {"category": category}
    put(new, "cap", form.optional("cap", parse_euros))


def _discounts(new: Document, rule: Mapping[str, Any], form: Typed, places: dict[str, str]) -> None:
    found, lines = typed_discounts(form, rule.get("discounts") or ())
    put(new, "discounts", found or None)
    for index, line in enumerate(lines):
        places[f"/discounts/{index}"] = f"discounts-{line}-value"


def _fee(new: Document, rule: Mapping[str, Any], form: Typed) -> None:
    amount = form.optional("admission_fee", parse_euros)
    percent = form.optional("admission_percent", parse_percent)
    months = form.optional("admission_months", parse_whole)
    before = rule.get("admission_fee")
    kept = {"doubt": before["doubt"]} if isinstance(before, Mapping) and "doubt" in before else {}
    whole = {
        key: item
        for key, item in (("amount", amount), ("percent", percent), ("waived_on_reentry_months", months))
        if item is not None
    }
    if set(whole) <= {"amount"} and not kept:
        put(new, "admission_fee", amount)
    elif amount is None and percent is None:
        new.pop("admission_fee", None)
    else:
        new["admission_fee"] = {**whole, **kept}


def _tax(new: Document, rule: Mapping[str, Any], form: Typed) -> None:
    treatment = form.typed("tax") or "O"
    before = rule.get("tax")
    kept = {"doubt": before["doubt"]} if isinstance(before, Mapping) and "doubt" in before else {}
    if treatment == "S":
        rate = form.need("tax_rate", parse_percent, "0")
        new["tax"] = {"treatment": "S", "rate": rate, "amounts": form.typed("tax_amounts") or "net", **kept}
    elif treatment == "E":
        new["tax"] = {"treatment": "E", "reason": form.need("tax_reason", just, "?"), **kept}
    elif treatment == "SPLIT":
        new["tax"] = {
            "treatment": "SPLIT",
            "taxable_percent": form.need("tax_percent", parse_percent, "0"),
            "rate": form.need("tax_rate", parse_percent, "0"),
            **kept,
        }
    elif kept:
        new["tax"] = {"treatment": "O", **kept}
    elif isinstance(before, Mapping):
        new.pop("tax")


def _own_rules(new: Document, rule: Mapping[str, Any], form: Typed, usual_prorata: Mapping[str, Any]) -> None:
    percent = form.optional("sites_percent", parse_percent)
    put(new, "sites", None if percent is None else {"further_percent": percent})
    put(new, "max_rise", form.optional("max_rise", parse_whole))
    step = form.typed("rounding_step")
    direction = form.typed("rounding_direction") or "nearest"
    put(new, "rounding", {"step": step, "direction": direction} if step else None)
    put(new, "prorata", with_join(rule.get("prorata") or usual_prorata, form) if form.typed("join") else None)


def with_join(prorata: Mapping[str, Any], form: Typed) -> Document:
    """Return what is owed of a year with the rule on joining that was typed."""
    found = dict(prorata)
    join = found["join"] = form.typed("join")
    put(found, "cutoff", form.optional("cutoff", parse_month_day) if join == Join.HALF.value else None)
    for key, rule in (("shares", Join.TABLE), ("counts_until_day", Join.MONTH_INCL)):
        if join != rule.value:
            found.pop(key, None)
    return found


_PLACES: Final = {
    "/amount": "amount", "/basis": "basis", "/base": "base", "/allowance": "allowance", "/rows": "rows-0-start",
    "/category": "category", "/factor": "factor", "/min": "minimum", "/min/category": "minimum_category", "/cap": "cap",
    "/admission_fee": "admission_fee", "/admission_fee/amount": "admission_fee",
    "/admission_fee/percent": "admission_percent", "/admission_fee/waived_on_reentry_months": "admission_months",
    "/sites/further_percent": "sites_percent", "/max_rise": "max_rise", "/tax/rate": "tax_rate",
    "/tax/reason": "tax_reason", "/tax/taxable_percent": "tax_percent", "/open": "open", "/method": "method",
    "/prorata/cutoff": "cutoff", "/prorata/join": "join", "/parts": "method",
}  # fmt: skip


def field_at(places: Mapping[str, str], pointer: str) -> str | None:
    """Return the field of a place below the rule: its own, else that of what it lies in."""
    while pointer:
        if pointer in places:
            return places[pointer]
        pointer = pointer.rpartition("/")[0]
    return None


__all__ = ["OPEN", "SEVERAL", "TABLES", "YES", "Edited", "field_at", "rule_texts", "with_join", "with_rule"]
