"""What holds for all categories as fields of one form: joining, due date, groups, rounding, declaration (2.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from membership.domain.dues.editing.numbers import (
    day_text,
    parse_day,
    parse_euros,
    parse_month_day,
    parse_percent,
    parse_share,
    parse_whole,
)
from membership.domain.dues.editing.rule import with_join
from membership.domain.dues.editing.typed import Document, Errors, Texts, Typed, as_text, put
from membership.domain.dues.schedule.choices import Join, Missing
from membership.domain.errors import N_, InputError

PLUS: Final = "carry_over_plus_percent"
GROUP_PERCENT: Final = "discount"
GROUP_AMOUNT: Final = "further_amount"
INSTALMENTS: Final = 4
_USUAL: Final = {
    "discounts_together": "multiply", "several_categories": "", "credit_rest": "", "period": "year",
}  # fmt: skip


class InstalmentHalfEmpty(InputError):
    """An instalment with a day or a share only."""

    message = N_("An instalment needs its day and its share.")
    code = "instalment_half"


def general_texts(document: Mapping[str, Any]) -> Texts:
    """Return the fields of the rules that hold for all categories."""
    due, declaration = document.get("due") or {}, document.get("declaration") or {}
    prorata, cohort = document.get("prorata") or {}, document.get("cohort") or {}
    rounding = document.get("rounding") or {}
    return {
        "in_statutes": as_text(due.get("in_statutes")),
        "is_debit_day": as_text(due.get("rule") == "direct_debit"),
        "instalments": _instalment_texts(due.get("instalments") or ()),
        "instalments_above": as_text(due.get("above")),
        "join": as_text(prorata.get("join") or Join.NONE.value),
        "cutoff": day_text(prorata["cutoff"]) if prorata.get("cutoff") else "",
        "counts_until_day": as_text(prorata.get("counts_until_day")),
        "join_date": as_text(prorata.get("date") or "start_date"),
        "leave": as_text(prorata.get("leave") or "NO_REFUND"),
        "category_change": as_text(prorata.get("category_change") or "next_year"),
        "min_not_prorated": as_text(prorata.get("min_not_prorated")),
        **_declaration_texts(declaration),
        **_group_texts(document.get("group") or {}),
        "rounding_step": as_text(rounding.get("step") or "0.01"),
        "rounding_direction": as_text(rounding.get("direction") or "nearest"),
        "max_rise": as_text(document.get("max_rise")),
        "joined_before": as_text(cohort.get("joined_before")),
        "joined_from": as_text(cohort.get("joined_from")),
        **{key: as_text(document.get(key) or usual) for key, usual in _USUAL.items()},
    }


def _instalment_texts(instalments: Sequence[Mapping[str, Any]]) -> list[Texts]:
    return [{"day": day_text(one["day"]), "share": str(one["share"])} for one in instalments]


def _declaration_texts(declaration: Mapping[str, Any]) -> Texts:
    missing: Any = declaration.get("missing") or Missing.CARRY_OVER.value
    is_plus = isinstance(missing, Mapping)
    year, _, day = str(declaration.get("correct_until") or "next_year:").partition(":")
    return {
        "missing": PLUS if is_plus else missing,
        "missing_percent": str(missing[PLUS]) if is_plus else "",
        "opens": day_text(declaration.get("opens") or "10-01"),
        "deadline": day_text(declaration.get("deadline") or "11-30"),
        "correct_year": year,
        "correct_day": day_text(day) if day else "",
        "late_decrease": as_text(declaration.get("late_decrease") == "ignored"),
    }


def _group_texts(group: Mapping[str, Any]) -> Texts:
    is_amount = group.get("further_amount") is not None
    return {
        "group_mode": GROUP_AMOUNT if is_amount else as_text(group.get("mode") or "none"),
        "group_percent": as_text(group.get("further_percent")),
        "group_amount": as_text(group.get("further_amount")),
        "group_cap": as_text(group.get("cap")),
    }


def with_general(document: Mapping[str, Any], typed: Mapping[str, Any]) -> tuple[Document, Errors]:
    """Return the document with the rules that were typed, and what is wrong by the name of the field."""
    errors: Errors = {}
    form = Typed(typed, errors)
    new: Document = dict(document)
    if document.get("due"):
        new["due"] = _due(document["due"], form)
    new["prorata"] = _prorata(document.get("prorata") or {}, form)
    new["declaration"] = _declaration(document.get("declaration") or {}, form)
    new["group"] = _group(form)
    new["rounding"] = {
        "step": form.typed("rounding_step") or "0.01",
        "direction": form.typed("rounding_direction") or "nearest",
    }
    put(new, "max_rise", form.optional("max_rise", parse_whole))
    cohort = {key: day for key in ("joined_before", "joined_from") if (day := form.optional(key, parse_day))}
    put(new, "cohort", cohort or None)
    for key, usual in _USUAL.items():
        chosen = form.typed(key)
        put(new, key, chosen if chosen and chosen != usual else None)
    return new, errors


def _due(due: Mapping[str, Any], form: Typed) -> Document:
    new: Document = dict(due)
    new["in_statutes"] = form.is_set("in_statutes")
    if new["rule"] != "days_after_invoice":
        new["rule"] = "direct_debit" if form.is_set("is_debit_day") else "fixed_day"
    instalments = []
    for _index, line in form.lines("instalments"):
        if not line.typed("day") and not line.typed("share"):
            continue
        if not line.typed("day") or not line.typed("share"):
            line.refuse("day" if line.typed("share") else "share", InstalmentHalfEmpty())
            continue
        day = line.need("day", parse_month_day, "01-31")
        instalments.append({"day": day, "share": line.need("share", parse_share, "1")})
    put(new, "instalments", instalments or None)
    put(new, "above", form.optional("instalments_above", parse_euros) if instalments else None)
    return new


def _prorata(prorata: Mapping[str, Any], form: Typed) -> Document:
    new = with_join(prorata, form)
    is_months = new["join"] == Join.MONTH_INCL.value
    put(new, "counts_until_day", form.optional("counts_until_day", parse_whole) if is_months else None)
    new["date"] = form.typed("join_date") or "start_date"
    new["leave"] = form.typed("leave") or "NO_REFUND"
    new["category_change"] = form.typed("category_change") or "next_year"
    put(new, "min_not_prorated", True if form.is_set("min_not_prorated") else None)
    return new


def _declaration(declaration: Mapping[str, Any], form: Typed) -> Document:
    new: Document = dict(declaration)
    missing = form.typed("missing") or Missing.CARRY_OVER.value
    new["missing"] = {PLUS: form.need("missing_percent", parse_percent, "0")} if missing == PLUS else missing
    put(new, "opens", form.optional("opens", parse_month_day))
    put(new, "deadline", form.optional("deadline", parse_month_day))
    day = form.optional("correct_day", parse_month_day)
    put(new, "correct_until", f"{form.typed('correct_year') or 'next_year'}:{day}" if day else None)
    put(new, "late_decrease", "ignored" if form.is_set("late_decrease") else None)
    return new


def _group(form: Typed) -> Document | None:
    mode = form.typed("group_mode")
    if mode == GROUP_PERCENT:
        return {"mode": mode, "further_percent": form.need("group_percent", parse_percent, "100")}
    if mode == GROUP_AMOUNT:
        return {"mode": GROUP_PERCENT, "further_amount": form.need("group_amount", parse_euros, "0.00")}
    if mode == "group_cap":
        return {"mode": mode, "cap": form.need("group_cap", parse_euros, "0.00")}
    return {"mode": mode} if mode == "aggregate" else None


PLACES: Final = {
    "/prorata/cutoff": "cutoff", "/prorata/counts_until_day": "counts_until_day", "/prorata/join": "join",
    "/prorata/shares": "join", "/max_rise": "max_rise", "/group/further_percent": "group_percent",
    "/group/further_amount": "group_amount", "/group/cap": "group_cap", "/cohort": "joined_before",
    "/declaration/missing": "missing_percent", "/declaration/opens": "opens", "/declaration/deadline": "deadline",
    "/declaration/correct_until": "correct_day", "/due/instalments": "instalments-0-day",
    "/due/above": "instalments_above",
    "/rounding": "rounding_step",
}  # fmt: skip
