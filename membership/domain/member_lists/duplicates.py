"""Members that stand in one list twice: by number, or by name and postcode."""

from __future__ import annotations

from membership.domain.member_lists.columns import ColumnMapping
from membership.domain.member_lists.drafts import MemberDraft, ProblemKind, RowProblem
from membership.domain.member_lists.fields import Field
from membership.domain.phrases import Phrase, phrase


class Duplicates:
    """The rows seen so far. A number counts from any row, a name only from a row that was taken in."""

    def __init__(self) -> None:
        self._by_number: dict[str, MemberDraft] = {}
        self._by_name: dict[tuple[str, str], MemberDraft] = {}

    def problems_of(self, draft: MemberDraft, mapping: ColumnMapping) -> list[RowProblem]:
        """Return why a row is no further member; both rows are named."""
        same_number = self._by_number.get(_number(draft))
        if draft.number and same_number is not None:
            problem = phrase(
                "The member number %(number)s stands in row %(first)s (%(name)s) and in row %(second)s.",
                number=draft.number, first=str(same_number.row), name=same_number.name or "–", second=str(draft.row),
            )  # fmt: skip
            return [_problem(draft, mapping, Field.NUMBER, draft.number, problem)]
        same_name = self._by_name.get((draft.key, draft.address.postcode))
        if same_name is not None:
            problem = phrase("This company stands in row %(first)s already.", first=str(same_name.row))
            return [_problem(draft, mapping, Field.NAME, draft.name, problem)]
        return []

    def remember(self, draft: MemberDraft, *, is_good: bool) -> None:
        """Keep a row for those that follow."""
        if draft.number:
            self._by_number.setdefault(_number(draft), draft)
        if is_good:
            self._by_name.setdefault((draft.key, draft.address.postcode), draft)


def _number(draft: MemberDraft) -> str:
    return "".join((draft.number or "").casefold().split())


def _problem(
    draft: MemberDraft, mapping: ColumnMapping, field: Field, found: str, problem: Phrase
) -> RowProblem:
    column = mapping.of(field)[0]
    return RowProblem(
        draft.row, column.heading, found, problem, ProblemKind.DUPLICATE, column_index=column.index
    )
