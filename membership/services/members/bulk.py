"""One change for many members: their category, or a tag; who needs none is left out and named before.

Source: `ux.md` 4 "Bulk actions", 6.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.errors import N_, InputError
from membership.domain.member_fields import MOST_ATTRIBUTES, tidy_line
from membership.persistence.models.members import Member
from membership.persistence.queries import members as queries
from membership.services.members.effects import expected_dues
from membership.services.members.facts import set_category
from membership.services.members.records import change_member

MOST: Final = 1000
"""So many members are changed at once; it is one unit of work."""


class NobodySelected(InputError):
    """No member is marked."""

    message = N_("No member is selected. Mark rows of the list first.")
    code = "nobody_selected"


class TooManySelected(InputError):
    """More members are marked than one step changes."""

    message = N_("%(count)s members are selected; one step changes at most %(limit)s. Narrow the filter.")
    code = "too_many_selected"


class TagWrong(InputError):
    """A tag is one word or a few, without commas."""

    message = N_("Enter one tag, without a comma.")
    code = "tag"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A member that is left out, and why (message id)."""

    number: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class BulkEffect:
    """What a step changes: numbers of those changed, who is left out, and the sum of the dues expected."""

    changed: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    before_cents: int
    after_cents: int


Step = Callable[[Session, Member], str | None]
"""Change one member; return why it is left out, None when it is changed."""


def category_step(code: str, *, valid_from: date) -> Step:
    """Return the step that puts a member into a category from a day on."""
    return partial(_set_category, code=code, valid_from=valid_from)


def _set_category(session: Session, member: Member, *, code: str, valid_from: date) -> str | None:
    is_new = set_category(session, member.number, code, valid_from=valid_from)
    return None if is_new else N_("is in this category already")


def tag_step(tag: str, *, removes: bool) -> Step:
    """Return the step that gives a member a tag or takes it away. Raises `TagWrong`."""
    word = tidy_line("tag", tag)
    if not word or "," in word or ";" in word:
        raise TagWrong
    return partial(_remove_tag if removes else _add_tag, word=word)


def _add_tag(session: Session, member: Member, *, word: str) -> str | None:
    words = list(member.attributes or ())
    if word in words:
        return N_("has this tag already")
    if len(words) >= MOST_ATTRIBUTES:
        return N_("has as many tags as are possible")
    change_member(session, member.number, {"attributes": [*words, word]})
    return None


def _remove_tag(session: Session, member: Member, *, word: str) -> str | None:
    words = list(member.attributes or ())
    if word not in words:
        return N_("does not have this tag")
    change_member(session, member.number, {"attributes": [each for each in words if each != word]})
    return None


def change_many(session: Session, numbers: Sequence[str], step: Step) -> Mapping[str, str | None]:
    """Take a step for each member; return number -> why it was left out, None for those changed.

    Raises `NobodySelected`, `TooManySelected`.
    """
    if not numbers:
        raise NobodySelected
    if len(numbers) > MOST:
        raise TooManySelected(count=len(numbers), limit=MOST)
    return {number: step(session, queries.get_member(session, number)) for number in numbers}


def try_many(session: Session, numbers: Sequence[str], step: Step, *, year: int) -> BulkEffect:
    """Take the step and say what it did to the dues of a year; run it by `rehearse`."""
    found = [queries.get_member(session, number) for number in numbers[: MOST + 1]]
    ids = [member.id for member in found]
    before = expected_dues(session, ids, year=year)
    results = change_many(session, numbers, step)
    session.flush()
    after = expected_dues(session, ids, year=year)
    names = {member.number: member.name for member in found}
    return BulkEffect(
        changed=tuple(number for number, why in results.items() if why is None),
        skipped=tuple(Skipped(number, names[number], why) for number, why in results.items() if why),
        before_cents=sum(each.gross.cents for each in before.values()),
        after_cents=sum(each.gross.cents for each in after.values()),
    )
