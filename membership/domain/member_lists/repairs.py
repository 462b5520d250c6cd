"""What a person can put right in a list without opening the file again: one cell, or one word of a category."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from membership.domain.member_lists.choices import word_id
from membership.domain.member_lists.columns import ColumnMapping, ListColumn
from membership.domain.member_lists.drafts import ProblemKind, RowProblem
from membership.domain.member_lists.fields import Field

_BY_MAIL: Final = (Field.EMAIL, Field.INVOICE_EMAIL)


@dataclass(frozen=True, slots=True)
class WordProblem:
    """A word that is no category: its key, as it stands in the list, and in how many rows."""

    key: str
    word: str
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


def words_to_repair(problems: Sequence[RowProblem]) -> Iterator[WordProblem]:
    """Yield each unknown word for a category once, in the order of the list."""
    found: dict[str, list[RowProblem]] = {}
    for problem in problems:
        if problem.kind is ProblemKind.CATEGORY:
            found.setdefault(word_id(problem.found), []).append(problem)
    for key, same in found.items():
        yield WordProblem(key, same[0].found, len({problem.row for problem in same}))
