"""What a person can put right in a list without opening the file again: one cell, or one word of a category."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from membership.domain.member_lists.choices import word_id
from membership.domain.member_lists.columns import ColumnMapping, ListColumn
from membership.domain.member_lists.drafts import ProblemKind, RowProblem
from membership.domain.member_lists.fields import Field

_FEWEST: Final = 3
_BY_MAIL: Final = (Field.EMAIL, Field.INVOICE_EMAIL)


@dataclass(frozen=True, slots=True)
class WordProblem:
    """A word that is no category: its key, as it stands in the list, and in how many rows."""

    key: str
    word: str
    rows: int


@dataclass(frozen=True, slots=True)
class Misread:
    """A column that does not fit its field, and in how many rows."""

    column: ListColumn
    rows: int


def cell_to_repair(problem: RowProblem, mapping: ColumnMapping) -> ListColumn | None:
    """Return the column whose cell puts a row right; None when no single cell does, or a word for many rows.

    A row that nothing reaches needs a mail address: that is one cell, an address is several.
    """
    if problem.kind is ProblemKind.CATEGORY:
        return None
    if problem.kind is ProblemKind.ADDRESS and not problem.found:
        return next((column for field in _BY_MAIL for column in mapping.of(field)), None)
    return next((column for column in mapping.columns if column.index == problem.column_index), None)


def column_to_reassign(
    problems: Sequence[RowProblem], mapping: ColumnMapping, *, rows: int
) -> Misread | None:
    """Return the column that more than half of all rows stumble over: it holds something else than it is read as.

    Words for categories are left out: they are put right by word. A few rows say nothing about a column.
    """
    found: dict[int, set[int]] = {}
    for problem in problems:
        if problem.kind is not ProblemKind.CATEGORY and problem.column_index is not None and problem.found:
            found.setdefault(problem.column_index, set()).add(problem.row)
    index = max(found, key=lambda each: len(found[each]), default=None)
    if index is None or len(found[index]) < _FEWEST or len(found[index]) * 2 <= rows:
        return None
    column = next((one for one in mapping.columns if one.index == index and one.field), None)
    return None if column is None else Misread(column, len(found[index]))


def words_to_repair(problems: Sequence[RowProblem]) -> Iterator[WordProblem]:
    """Yield each unknown word for a category once, in the order of the list."""
    found: dict[str, list[RowProblem]] = {}
    for problem in problems:
        if problem.kind is ProblemKind.CATEGORY:
            found.setdefault(word_id(problem.found), []).append(problem)
    for key, same in found.items():
        yield WordProblem(key, same[0].found, len({problem.row for problem in same}))
