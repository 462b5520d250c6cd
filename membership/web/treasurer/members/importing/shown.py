"""Members, changes and problems of a list as the pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from membership.domain.errors import N_
from membership.domain.member_fields import FORMAT_WORDS, ORDER_WORDS, PAYMENT_WORDS, WAY_WORDS
from membership.domain.member_lists import KIND_TITLES, LABELS, Field, ProblemKind, RowProblem
from membership.domain.member_words import LANGUAGE_WORDS
from membership.domain.members import STATE_WORDS
from membership.persistence.db import Session
from membership.persistence.queries.members import list_categories
from membership.services.members import PlannedMember
from membership.services.members.comparing import FieldChange
from membership.web.language import words
from membership.web.links import member_address

_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "payment_method": PAYMENT_WORDS,
    "language": LANGUAGE_WORDS,
    "invoice_format": FORMAT_WORDS,
    "order_wish": ORDER_WORDS,
    "invoice_way": WAY_WORDS,
    "state": {str(state): word for state, word in STATE_WORDS.items()},
}
"""Field -> word of each code it may hold."""


def category_names(session: Session) -> dict[str, str]:
    """Return the code of each category with its name in the language of the page."""
    is_german = words().language == "de"
    return {row.code: row.name_de if is_german else row.name_en for row in list_categories(session)}


def new_member(member: PlannedMember, categories: Mapping[str, str], default: str | None) -> dict[str, Any]:
    """Return a new member as a row of the page."""
    draft = member.draft
    headcount = (draft.basis or {}).get(str(Field.HEADCOUNT))
    return {
        "row": draft.row,
        "name": draft.name,
        "number": member.number,
        "street": draft.address.street,
        "city": " ".join(filter(None, (draft.address.postcode, draft.address.city))),
        "email": draft.invoice_email,
        "category": categories.get(draft.category or default or "", ""),
        "headcount": headcount,
        "start": draft.start,
    }


def known_member(member: PlannedMember, categories: Mapping[str, str]) -> dict[str, Any]:
    """Return a member of the books as a row of the page, with what changes: old and new."""
    assert member.known is not None, member
    number = member.known.member.number
    return {
        "row": member.draft.row,
        "name": member.known.member.name,
        "number": number,
        "href": member_address(number),
        "changes": [_change(each, categories) for each in member.changes],
    }


def _change(change: FieldChange, categories: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the name of a field, and what it was and will be."""
    old, new = (_value(change.key, value, categories) for value in (change.old, change.new))
    if change.days is not None:
        old, new = (
            words().text(N_("%(value)s as of %(day)s"), value=value, day=day)
            for value, day in zip((old, new), change.days, strict=True)
        )
    return words().value(LABELS[Field(change.key)]), old, new


def _value(key: str, value: object, categories: Mapping[str, str]) -> str:
    if value is None or value == "":
        return "–"
    if key == Field.CATEGORY:
        return categories.get(str(value), str(value))
    if key in _CODES:
        return words().text(_CODES[key].get(str(value), str(value)))
    return words().value(value)


def problem_line(problem: RowProblem) -> dict[str, Any]:
    """Return a problem in words."""
    return {
        "row": str(problem.row),
        "column": problem.column,
        "found": problem.found,
        "text": words().value(problem.problem),
        "expected": words().value(problem.expected) if problem.expected else "",
    }


def groups_of(problems: Sequence[RowProblem]) -> list[tuple[str, list[RowProblem]]]:
    """Return the problems under the title of their repair, in the order of the list."""
    found: dict[ProblemKind, list[RowProblem]] = {}
    for problem in problems:
        found.setdefault(problem.kind, []).append(problem)
    return [(words().value(KIND_TITLES[kind]), found[kind]) for kind in ProblemKind if kind in found]
