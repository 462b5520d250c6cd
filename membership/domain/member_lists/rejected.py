"""The rows that stay out, as a table to correct: the original cells and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from membership.domain.member_lists.columns import ColumnMapping
from membership.domain.member_lists.drafts import MemberList, RowProblem
from membership.domain.phrases import Phrase, phrase
from membership.domain.tables import Table, Value

PROBLEM_HEADING = phrase("Problem")


@dataclass(frozen=True, slots=True)
class RejectedRows:
    """Headings and rows of the file “Fehlerzeilen als Excel laden”; the last column says the problems."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def rejected_rows_table(
    table: Table, mapping: ColumnMapping, members: MemberList, *, worded: Callable[[Phrase], str]
) -> RejectedRows:
    """Return the rejected rows with their original cells and a last column “Problem”.

    The file can be corrected and imported again: its head is that of the list, the added column is ignored.
    """
    problems: dict[int, list[RowProblem]] = {}
    for problem in members.problems:
        problems.setdefault(problem.row, []).append(problem)
    width = table.width
    headings = {column.index: column.heading for column in mapping.columns}
    rows = tuple(
        (
            *row.values,
            *(None,) * (width - len(row.values)),
            "\n".join(_sentence(one, worded) for one in problems[row.number]),
        )
        for row in table.rows
        if row.number in problems
    )
    return RejectedRows((*(headings.get(index, "") for index in range(width)), worded(PROBLEM_HEADING)), rows)


def problem_sentence(problem: RowProblem) -> Phrase:
    """Return the problem with what is expected, without row and column."""
    if problem.expected is None:
        return problem.problem
    return phrase("%(problem)s Expected: %(expected)s.", problem=problem.problem, expected=problem.expected)


def _sentence(problem: RowProblem, worded: Callable[[Phrase], str]) -> str:
    text = worded(problem_sentence(problem))
    return f"{problem.column}: {text}" if problem.column else text
