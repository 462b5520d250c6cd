"""The calculation once more, straight from `domain.md` 2.2 to 2.5 and 2.10, on the stored form itself.

It knows one table, limits, discounts, parts of a year, rounding and the admission fee, explains nothing and shares no
line with the program.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction


def dues_of(order, facts):
    """Return what a member of the category ORD owes, in euros."""
    rule, year = order["categories"]["ORD"], facts["year"]
    value = Fraction(str(facts["basis"]["headcount"]))
    start = date.fromisoformat(facts["start"]) if "start" in facts else None
    is_new = start is not None and start.year == year
    amount = _table(rule, value, discrete=order["bases"]["headcount"]["discrete"])
    amount *= 12 if order["period"] == "month" else 1
    amount = max(amount, Fraction(rule.get("min", 0)))
    amount = min(amount, Fraction(rule["cap"])) if "cap" in rule else amount
    held = [one for one in rule["discounts"] if _holds(one.get("when", {}), facts, value, start)]
    amount = whole = _discounted(amount, held, rule["discounts_together"])
    if is_new:
        amount *= _share(order["prorata"], start)
    if order["prorata"]["min_not_prorated"] and whole:
        amount = max(amount, min(Fraction(rule.get("min", 0)), whole))
    return _rounded(amount, order["rounding"]) + (Fraction(rule.get("admission_fee", 0)) if is_new else 0)


def _table(rule, value, *, discrete):
    rows, value = rule["rows"], max(Fraction(0), value - Fraction(rule.get("allowance", 0)))
    if rule["method"] == "BANDS_MARGINAL":
        units = [
            _inside(rows, n, value, discrete) / Fraction(row.get("per", 1)) for n, row in enumerate(rows)
        ]
        if rule.get("started_units"):
            units = [Fraction(-(-one.numerator // one.denominator)) for one in units]
        return Fraction(rule.get("base", 0)) + sum(
            Fraction(row["rate"]) * one for row, one in zip(rows, units, strict=True)
        )
    reached = [
        n for n, row in enumerate(rows) if value > row["from"] or (value == row["from"] and not row.get("exclusive"))
    ]  # fmt: skip
    index = max(reached, default=0)
    row = rows[index]
    counted = value if row.get("on") == "whole" else _inside(rows, index, value, discrete)
    return Fraction(row.get("amount", 0)) + Fraction(row.get("rate", 0)) * counted / Fraction(
        row.get("per", 1)
    )


def _inside(rows, index, value, discrete):
    high = _edge(rows[index + 1], discrete) if index + 1 < len(rows) else value
    return max(Fraction(0), min(value, high) - _edge(rows[index], discrete))


def _edge(row, discrete):
    return (
        max(Fraction(0), Fraction(row["from"]) - 1)
        if discrete and not row.get("exclusive")
        else Fraction(row["from"])
    )


def _holds(when, facts, value, start):
    marks, year = facts["attributes"], facts["year"]
    return all([
        "attribute" not in when or when["attribute"] in marks,
        "direct_debit" not in when or when["direct_debit"] == ("direct_debit" in marks),
        "headcount_below" not in when or value < when["headcount_below"],
        "membership_year_max" not in when or (start and year - start.year + 1 <= when["membership_year_max"]),
        "joined_in_dues_year" not in when or (start is not None and start.year == year),
    ])  # fmt: skip


def _discounted(amount, held, together):
    def after(before, one):
        return (
            before * (1 - Fraction(one["percent"]) / 100)
            if "percent" in one
            else max(Fraction(0), before - Fraction(one["amount"]))
        )

    if held and (together == "largest" or any(one.get("exclusive") for one in held)):
        return min(after(amount, one) for one in held)
    for one in sorted(held, key=lambda one: "amount" in one):
        amount = after(amount, one)
    return amount


def _share(rule, start):
    first, last, month = date(start.year, 1, 1), date(start.year, 12, 31), start.month
    if start == first:
        return Fraction(1)
    cutoff = rule.get("cutoff", "06-30")
    return {
        "FULL": Fraction(1),
        "HALF": Fraction(1) if f"{start:%m-%d}" <= cutoff else Fraction(1, 2),
        "QUARTER": Fraction(4 - (month - 1) // 3, 4),
        "MONTH_INCL": Fraction(13 - month, 12),
        "MONTH_NEXT": Fraction(12 - month, 12),
        "MONTH_FULL": Fraction(12 - month + (start.day == 1), 12),
        "DAY": Fraction((last - start).days + 1, (last - first).days + 1),
    }[rule["join"]]


def _rounded(amount, rule):
    steps = amount / Fraction(rule["step"])
    whole, rest = steps.numerator // steps.denominator, steps % 1
    more = {"nearest": rest >= Fraction(1, 2), "up": rest > 0, "down": False}[rule["direction"]]
    return (whole + more) * Fraction(rule["step"])
