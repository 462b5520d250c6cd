"""What changes for each member between two calculations: an old schedule and a new one, or two years.

Source: `domain.md` DUE-31 (live preview); `interfaces.md` `schedule compare`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from membership.domain.dues.assessment import Assessment, Band, Result
from membership.domain.money import Money


@dataclass(frozen=True, slots=True)
class Change:
    """The dues of one member before and after; None where a schedule does not decide or has no such member."""

    member: str
    old: Money | None
    new: Money | None
    old_band: Band | None = None
    new_band: Band | None = None

    @property
    def difference(self) -> Money | None:
        """Return how much more is owed, None when one side is not known."""
        return None if self.old is None or self.new is None else self.new - self.old


def compare(old: Sequence[Result], new: Sequence[Result]) -> tuple[Change, ...]:
    """Return the change for each member, in the order of the new results, then those that only the old ones have.

    The dues alone are compared: without admission fee, levies and voluntary contribution, before tax.
    """
    before = {result.member: result for result in old}
    after = {result.member: result for result in new}
    members = [*after, *(member for member in before if member not in after)]
    return tuple(_change(member, before.get(member), after.get(member)) for member in members)


def _change(member: str, old: Result | None, new: Result | None) -> Change:
    return Change(member, _dues(old), _dues(new), _band(old), _band(new))


def _dues(result: Result | None) -> Money | None:
    return result.dues if isinstance(result, Assessment) else None


def _band(result: Result | None) -> Band | None:
    return result.band if isinstance(result, Assessment) else None
