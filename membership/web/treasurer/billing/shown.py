"""Runs and their items as the templates draw them: words, marks, addresses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from flask import url_for

from membership.domain.billing import ItemState, Mark, RunState
from membership.domain.dues.stored import from_stored
from membership.domain.errors import N_
from membership.domain.phrases import Phrase
from membership.domain.run_review import RunLine, Sums, View
from membership.persistence.db import Session
from membership.persistence.queries.run_items import list_categories
from membership.web.language import _, ngettext, words

STEPS: Final = ("preview", "exceptions", "check", "result")
_STEP_NAMES: Final = {
    "preview": N_("Preview"),
    "exceptions": N_("Exceptions"),
    "check": N_("Confirm"),
    "result": N_("Result"),
}
_VIEW_NAMES: Final = {
    View.ALL: N_("All"),
    View.NEW: N_("New"),
    View.PRO_RATA: N_("Pro rata"),
    View.ESTIMATED: N_("Estimated"),
    View.OVERRIDE: N_("By resolution"),
    View.CHANGED: N_("Changed"),
    View.MARKED: N_("With a note"),
}
_MARKS: Final = {
    Mark.NEW: (N_("new"), "plus", "info"),
    Mark.PRO_RATA: (N_("pro rata"), "clock", "plan"),
    Mark.CLASS_CHANGE: (N_("class changed"), "running", "warning"),
    Mark.OVERRIDE: (N_("resolution"), "document", "neutral"),
    Mark.ESTIMATED: (N_("estimated"), "pen", "plan"),
    Mark.UNPRINTABLE: (N_("cannot be printed"), "triangle", "danger"),
    Mark.NO_EMAIL: (N_("no e-mail"), "mail", "neutral"),
    Mark.NO_ADDRESS: (N_("no address"), "home", "warning"),
    Mark.NO_ORDER: (N_("no order number"), "document", "warning"),
}
"""Mark -> its word, icon and tone; any other rule is a note of the calculation."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A mark at a row, with its sentence for those who want to know more."""

    word: str
    icon: str
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the preview."""

    line: RunLine
    href: str
    dues_class: str
    basis: str
    badges: tuple[Badge, ...]


def category_names(session: Session) -> dict[str, str]:
    """Return the code of each category with its name in the language of the page."""
    is_german = words().language == "de"
    return {code: german if is_german else english for code, german, english in list_categories(session)}


def rows_of(
    run_id: int, lines: Sequence[RunLine], assessments: Mapping[int, Any], *, names: Mapping[str, str]
) -> list[Row]:
    """Return the rows of one page of the preview; without a class the category stands there by its name."""
    return [
        Row(
            line=line,
            href=url_for("treasurer.billing.draft", run_id=run_id, item_id=line.id),
            dues_class=words().value(line.dues_class)
            if line.dues_class
            else names.get(line.category, line.category),
            basis=_basis(assessments.get(line.id)),
            badges=tuple(badges_of(line)),
        )
        for line in lines
    ]


def _basis(stored: Any) -> str:  # noqa: ANN401 - parsed JSON
    if not stored:
        return ""
    return ", ".join(words().value(used.text) for used in from_stored(stored).bases)


def badges_of(line: RunLine) -> list[Badge]:
    """Return the marks of an item."""
    found = []
    for warning in line.warnings:
        text = words().value(warning.text)
        if warning.rule == Mark.CHANGE:
            icon, tone = ("tick", "ok") if line.confirmed else ("triangle", "warning")
            word = _("change confirmed") if line.confirmed else _("large change")
            found.append(Badge(word, icon, tone, text))
        elif warning.rule in _MARKS:
            word, icon, tone = _MARKS[Mark(warning.rule)]
            found.append(Badge(_(word), icon, tone, text))
        else:
            found.append(Badge(_("note"), "info", "warning", text))
    return found


def steps_of(
    run_id: int, state: RunState, current: str, *, undone: Collection[str] = ()
) -> list[dict[str, str | None]]:
    """Return the four steps with their state; only a draft leads back to the first three.

    A step before the present one counts as done, unless it stands in `undone`: something waits there.
    """
    here = STEPS.index(current)
    pages = {"preview": ".show", "exceptions": ".exceptions", "check": ".check"}
    return [
        {
            "label": _(_STEP_NAMES[name]),
            "state": "current"
            if index == here
            else "done"
            if index < here and name not in undone
            else "todo",
            "href": url_for(pages[name], run_id=run_id)
            if state is RunState.DRAFT and name in pages
            else None,
        }
        for index, name in enumerate(STEPS)
    ]


def tabs_of(run_id: int, counts: Mapping[View, int], chosen: View) -> list[dict[str, object]]:
    """Return the tabs above the preview; one without a row is left out."""
    return [
        {
            "label": _(_VIEW_NAMES[view]),
            "href": url_for(".show", run_id=run_id, view=None if view is View.ALL else str(view)),
            "count": count,
            "is_current": view is chosen,
        }
        for view, count in counts.items()
        if count or view in {View.ALL, chosen}
    ]


def equation(sums: Sums) -> str:
    """Return the line that always adds up: all members of the run = invoices + held back + free + undecided."""
    counts = sums.counts
    parts = [_("%(n)s with an invoice", n=counts.invoices)]
    parts += [_("%(n)s held back", n=counts.held)] if counts.held else []
    parts += [_("%(n)s free of dues", n=counts.free)] if counts.free else []
    parts += [_("%(n)s not decided", n=counts.failed)] if counts.failed else []
    active = ngettext("%(n)s member of the run", "%(n)s members of the run", counts.active)
    return f"{active} = {' + '.join(parts)}"


def reason_of(line: RunLine) -> str:
    """Return why an item has no invoice, or what stands out about it."""
    text: Phrase | None = line.reason_text
    if line.state in {ItemState.FAILED, ItemState.HELD} and line.reason:
        return line.reason
    return words().value(text) if text else ""


def percent(value: int | Fraction) -> str:
    """Return a change in percent with its sign."""
    sign = "+" if value > 0 else ""
    return f"{sign}{words().value(value)} %"
