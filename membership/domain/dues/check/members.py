"""What a fee schedule leaves to be desired for the members there are (DUE-31)."""

from __future__ import annotations

from collections.abc import Mapping

from membership.domain.dues.check.finding import Finding, below
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.phrases import phrase


def check_members(schedule: FeeSchedule, members: Mapping[str, int]) -> list[Finding]:
    """Return categories with members but without a rule, and rules that no member needs.

    Args:
        schedule: a schedule; one for a cohort is not checked, because it need not fit the others.
        members: category -> number of members; an empty one are members without a category.
    """
    if schedule.cohort is not None or not members:
        return []
    missing = [
        Finding(
            "/categories",
            phrase(
                "There is no rule for category %(category)s. Members in it: %(n)s.", category=code, n=count
            ),
        )
        for code, count in members.items()
        if code and code not in schedule.categories
    ]
    unused = [
        Finding(
            below("/categories", code),
            phrase("No member is in category %(category)s at present.", category=code),
        )
        for code in schedule.categories
        if code not in members
    ]
    return missing + unused
