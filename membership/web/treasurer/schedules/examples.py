"""“Work out an example”: a size in, dues and every step out; the question stands in the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from flask import request

from membership.domain.dues.assessment import Assessment, Result, Step, StepName
from membership.domain.dues.editing.numbers import parse_number
from membership.domain.dues.readable import in_order
from membership.domain.dues.schedule.form import Agreed
from membership.domain.dues.sizes import sizes_needed
from membership.domain.dues.words import basis_title, money
from membership.domain.errors import DomainError
from membership.domain.money import Money, parse_amount
from membership.services.invoicing import step_sign
from membership.services.schedule_effects import example_of
from membership.web.language import _, words
from membership.web.treasurer.schedules.shown import Shown


@dataclass(frozen=True, slots=True)
class Size:
    """A size the example asks for."""

    name: str
    label: str
    typed: str


@dataclass(frozen=True, slots=True)
class Example:
    """The question and, once it is asked, the answer or what is wrong with the question."""

    category: str
    categories: dict[str, str]
    sizes: list[Size]
    joined: str
    agreed: str | None
    error: str
    result: Result | None
    steps: list[dict[str, str]]
    total: str
    sentence: str


def example(found: Shown) -> Example:
    """Return the example that the address asks for; its first category while it asks for none."""
    ordered = in_order(found.schedule, found.names)
    categories = {one.code: found.names.get(one.code, one.code) for one in ordered}
    asked = request.args.get("category", "")
    code = asked if asked in categories else next(iter(categories))
    sizes = [
        Size(
            name,
            words().value(basis_title(found.schedule.bases[name])),
            request.args.get(f"size.{name}", "").strip(),
        )
        for name in sorted(sizes_needed(found.schedule, code))
    ]
    has_agreed = isinstance(found.schedule.categories[code].method, Agreed)
    agreed = request.args.get("agreed", "").strip() if has_agreed else None
    joined = request.args.get("joined", "").strip()
    result, error = None, ""
    if "category" in request.args:
        try:
            result = example_of(
                found.schedule,
                category=code,
                sizes={size.name: Fraction(parse_number(size.typed)) for size in sizes if size.typed},
                joined=date.fromisoformat(joined) if joined else None,
                agreed=Money(parse_amount(agreed)) if agreed else None,
            )
        except DomainError as wrong:
            error = words().error(wrong)
        except ValueError:
            error = _("This is not a day. Write it like 2027-03-15.")
    steps, total = _shown(result)
    sentence = _sentence(result, categories[code], joined) if not error else ""
    return Example(code, categories, sizes, joined, agreed, error, result, steps, total, sentence)


def _sentence(result: Result | None, category: str, joined: str) -> str:
    """Return who pays how much, and why, in one sentence."""
    if not isinstance(result, Assessment):
        return ""
    say = words().value
    measured = [say(basis.text) for basis in result.bases]
    who = (
        _("%(category)s with %(size)s", category=category, size=", ".join(measured)) if measured else category
    )
    if joined:
        who = _("%(who)s, joined on %(day)s,", who=who, day=date.fromisoformat(joined))
    why = "; ".join(say(step.text) for step in result.steps if step.step is not StepName.BASIS)
    values = {"who": who, "amount": result.gross, "year": str(result.year)}
    if not why:
        return _("%(who)s pays %(amount)s for %(year)s.", **values)
    return _("%(who)s pays %(amount)s for %(year)s: %(why)s.", **values, why=why)


def _shown(result: Result | None) -> tuple[list[dict[str, str]], str]:
    if not isinstance(result, Assessment):
        return [], ""
    say = words().value
    steps = [{"text": say(step.text), "amount": step_sign(step) + _amount(step)} for step in result.steps]
    return steps, say(result.gross)


def _amount(step: Step) -> str:
    """Return the result of a step; an amount with parts of a cent is said to be about that much."""
    if step.step is StepName.BASIS:
        return words().value(step.result)
    amount = words().value(money(step.result))
    return amount if (step.result * 100).denominator == 1 else f"≈ {amount}"
