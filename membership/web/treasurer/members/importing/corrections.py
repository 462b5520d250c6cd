"""Errors of a list put right on the check page: single cells, and words that stand for a category."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.member_lists import LABELS, Field, ProblemKind, RowProblem, column_letter
from membership.domain.member_lists.repairs import cell_to_repair, column_to_reassign, words_to_repair
from membership.services.members import ImportPlan, kept_lists
from membership.web import sessions
from membership.web.access import policy, read
from membership.web.language import _, ngettext, words
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.importing import shown
from membership.web.treasurer.members.importing.steps import folder
from membership.web.treasurer.paging import PAGE, page_number, pager

_CELL: Final = re.compile(r"cell-(\d{1,7})-(\d{1,4})", re.ASCII)
_WORD: Final = "word-"
_WAS: Final = "was-"
_LONGEST: Final = 500


def shown_errors(
    plan: ImportPlan, kept: kept_lists.KeptList, categories: Mapping[str, str]
) -> dict[str, Any]:
    """Return one page of the errors in groups, each with the cell that puts it right."""
    groups = shown.groups_of(plan.problems)
    ordered = [problem for _title, problems in groups for problem in problems]
    page = page_number()
    wanted = {id(problem) for problem in ordered[(page - 1) * PAGE : page * PAGE]}
    return {
        "groups": [
            {
                "title": title,
                "count": len(problems),
                "is_category": problems[0].kind is ProblemKind.CATEGORY,
                "lines": [_line(problem, kept) for problem in problems if id(problem) in wanted],
            }
            for title, problems in groups
            if any(id(problem) in wanted for problem in problems)
        ],
        "misread": _misread(plan, kept),
        "words": list(words_to_repair(plan.problems)) if page == 1 else [],
        "categories": categories,
        "pages": pager(page, len(ordered)),
    }


def _misread(plan: ImportPlan, kept: kept_lists.KeptList) -> dict[str, str] | None:
    """Return the column that most rows stumble over, for one sentence instead of as many corrections."""
    rows = len(plan.members) + len({problem.row for problem in plan.problems})
    found = column_to_reassign(plan.problems, kept.found.mapping, rows=rows)
    if found is None or found.column.field is None:
        return None
    return {
        "name": found.column.name,
        "letter": column_letter(found.column.index),
        "field": words().value(LABELS[found.column.field]),
        "rows": str(found.rows),
        "all": str(rows),
    }


def _line(problem: RowProblem, kept: kept_lists.KeptList) -> dict[str, Any]:
    column = cell_to_repair(problem, kept.found.mapping)
    is_other = column is not None and column.index != problem.column_index
    return {
        **shown.problem_line(problem),
        "company": _company(problem, kept),
        "field": f"cell-{problem.row}-{column.index}" if column else "",
        "label": column.name if column else "",
        "value": "" if is_other else problem.found,
        "is_other": is_other,
    }


def _company(problem: RowProblem, kept: kept_lists.KeptList) -> str:
    """Return the name that stands in the row, so that nobody has to look for its number in the list."""
    names = kept.found.mapping.of(Field.NAME)
    row = next((row for row in kept.found.table.rows if row.number == problem.row), None)
    if row is None or not names or names[0].index >= len(row.values):
        return ""
    return str(row.values[names[0].index] or "")


@blueprint.post("/import/<token>/corrections")
@policy("member.import")
def correct_import(token: str) -> ResponseReturnValue:
    """Keep what was corrected and check the list again."""
    kept = kept_lists.get_columns(read(), folder(), token)
    cells = {
        (int(match[1]), int(match[2])): text[:_LONGEST].strip()
        for name, text in request.form.items()
        if (match := _CELL.fullmatch(name)) and text.strip() != request.form.get(f"{_WAS}{name}", "").strip()
    }
    known = shown.category_names(read())
    found = {
        name.removeprefix(_WORD): code
        for name, code in request.form.items()
        if name.startswith(_WORD) and code in known
    }
    if cells or found:
        decided = kept.decisions
        corrected = replace(decided, cells={**decided.cells, **cells}, words={**decided.words, **found})
        kept_lists.decide(read(), folder(), token, corrected)
        count = len(cells) + len(found)
        sessions.notice("ok", ngettext("One correction is kept.", "%(n)s corrections are kept.", count))
    else:
        sessions.notice("info", _("Nothing was corrected. Change a value first."))
    return redirect(url_for(".check_import", token=token), code=303)


@blueprint.post("/import/<token>/corrections/forget")
@policy("member.import")
def forget_corrections(token: str) -> ResponseReturnValue:
    """Read the list again as it stands in the file."""
    kept = kept_lists.get_columns(read(), folder(), token)
    kept_lists.decide(read(), folder(), token, replace(kept.decisions, cells={}, words={}))
    sessions.notice("ok", _("The corrections are taken back. The list counts as it stands in the file."))
    return redirect(url_for(".check_import", token=token), code=303)
