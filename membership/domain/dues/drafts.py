"""A draft of a fee schedule: an example, a copy or a file with the association's own details written into it.

All work on the stored form; `read_schedule` checks the result. Source: `domain.md` 2.10, DUE-32, DUE-33.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from membership.domain.dues.document import MonthDay
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.choices import DueRule

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Details:
    """What an association says about its own order; `resolved_on` None: not resolved yet.

    Args:
        code: the short name of the version.
        name: what the invoice calls it.
        year: the first dues year it counts for.
        organ: `MV` or `board`.
        resolved_on: the day of the resolution.
        item: the item of the agenda.
        due_day: the fixed day; None: so many days after the invoice.
        due_days: days after the invoice, with a fixed day for new members and later invoices.
    """

    code: str
    name: str
    year: int
    organ: str
    resolved_on: date | None
    item: str
    due_day: MonthDay | None
    due_days: int


_KEPT_OF_DUE = ("in_statutes", "instalments", "above")
"""What of the due date the form does not show, so that it stays."""


def with_details(document: Mapping[str, Any], details: Details) -> Document:
    """Return the stored form with these details; the amounts and rules stay as they are."""
    changed: Document = {
        **document,
        "code": details.code,
        "name": details.name,
        "valid_from": f"{details.year}-01-01",
        "valid_to": _valid_to(document, details),
        "due": _due(document, details),
        "resolution": None,
    }
    if details.resolved_on is not None:
        changed["resolution"] = {"organ": details.organ, "date": details.resolved_on.isoformat()}
        if details.item:
            changed["resolution"]["item"] = details.item
    return changed


def _valid_to(document: Mapping[str, Any], details: Details) -> str | None:
    """Return the last day of the document, unless the new first day lies after it."""
    last = document.get("valid_to")
    return last if isinstance(last, str) and last >= f"{details.year}-01-01" else None


def _due(document: Mapping[str, Any], details: Details) -> Document:
    before = document.get("due") or {}
    kept = {word: before[word] for word in _KEPT_OF_DUE if word in before}
    if details.due_day is None:
        return {"rule": "days_after_invoice", "days": details.due_days, **kept}
    rule = "direct_debit" if before.get("rule") == "direct_debit" else "fixed_day"
    day = f"{details.due_day.month:02d}-{details.due_day.day:02d}"
    return {"rule": rule, "day": day, "new_member_days": details.due_days, **kept}


def details_of(schedule: FeeSchedule) -> Details:
    """Return the details of a schedule as a form shows them."""
    due, resolution = schedule.due, schedule.resolution
    day = None if due is None or due.rule is DueRule.DAYS_AFTER_INVOICE else due.day
    return Details(
        code=schedule.code,
        name=schedule.name,
        year=schedule.valid_from.year,
        organ="MV" if resolution is None else resolution.organ,
        resolved_on=None if resolution is None else resolution.on,
        item="" if resolution is None else resolution.item,
        due_day=day,
        due_days=30 if due is None else due.days,
    )
