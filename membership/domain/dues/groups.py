"""Companies that belong together: who carries the values, who comes first, what the group pays at most.

Source: `domain.md` DUE-12 (`group position`), DUE-13; `reliability.md` INV-24 (largest share of a group cap).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from membership.domain.dues.assessment import StepName, Trail
from membership.domain.dues.conditions import refuse_open_group
from membership.domain.dues.facts import Facts
from membership.domain.dues.schedule.choices import GroupMode
from membership.domain.dues.schedule.form import Group, Rounding
from membership.domain.dues.situation import Situation
from membership.domain.dues.words import money
from membership.domain.money import rounded
from membership.domain.phrases import phrase

Key = tuple[int, str]
_CENTS = 100


def groups_in(facts: Sequence[Facts]) -> dict[Key, list[int]]:
    """Return the places in the list that belong to each group of a year."""
    groups: dict[Key, list[int]] = {}
    for index, one in enumerate(facts):
        if one.group is not None:
            groups.setdefault((one.year, one.group), []).append(index)
    return groups


def led_trail(leader: Facts) -> Trail:
    """Return the trail of a company whose values count at the lead member; it is free."""
    text = phrase("The values count at %(member)s, the lead member of the group", member=leader.member)
    return Trail().then(StepName.METHOD, "DUE-13", text=text, amount=Fraction(0))


def by_amount(members: Mapping[int, tuple[Fraction, str]]) -> list[int]:
    """Return the places in the order of the group: by amount descending, of equal ones by member number."""
    return sorted(members, key=lambda index: (-members[index][0], members[index][1]))


def further_companies_pay_less(trail: Trail, group: Group, *, situation: Situation) -> Trail:
    """Return the trail after the share that the second and each further company of a group pays."""
    if group.mode is not GroupMode.DISCOUNT or situation.facts.group is None:
        return trail
    refuse_open_group(situation)
    if situation.position is None or situation.position == 1:
        return trail
    if group.further_amount is not None:
        text = phrase(
            "Company %(position)s of the group “%(group)s”: %(amount)s",
            position=situation.position,
            group=situation.facts.group,
            amount=money(group.further_amount),
        )
        amount = group.further_amount if trail.amount else trail.amount
        return trail.then(StepName.GROUP, "DUE-13", text=text, amount=amount)
    text = phrase(
        "Company %(position)s of the group “%(group)s”: %(percent)s %% of the dues",
        position=situation.position,
        group=situation.facts.group,
        percent=group.further_share * 100,
    )
    return trail.then(StepName.GROUP, "DUE-13", text=text, amount=trail.amount * group.further_share)


def capped(trail: Trail, group: Group, *, name: str, total: Fraction) -> Trail:
    """Return the trail after the sum of a group was cut to its cap, in proportion to the amounts."""
    if total <= group.cap:
        return trail
    text = phrase("The group “%(group)s” pays %(cap)s together at most", group=name, cap=money(group.cap))
    return trail.then(StepName.GROUP, "DUE-13", text=text, amount=trail.amount * group.cap / total)


@dataclass(frozen=True, slots=True)
class Portion:
    """A member's exact amount in a group, to be rounded together with the others."""

    amount: Fraction
    member: str
    rounding: Rounding


def rounded_together(portions: Mapping[int, Portion]) -> dict[int, int]:
    """Return cents per place that add up to the rounded sum; the largest amount takes the difference."""
    cents = {index: cents_of(one.amount, one.rounding) for index, one in portions.items()}
    largest = by_amount({index: (one.amount, one.member) for index, one in portions.items()})[0]
    total = sum((one.amount for one in portions.values()), Fraction(0))
    cents[largest] += cents_of(total, portions[largest].rounding) - sum(cents.values())
    return cents


def cents_of(amount: Fraction, rounding: Rounding) -> int:
    """Return an exact amount in cents, rounded once to the step of the schedule."""
    if rounding.is_usual:
        numerator, denominator = amount.as_integer_ratio()
        if numerator >= 0:
            return (2 * _CENTS * numerator + denominator) // (2 * denominator)
    return rounded(amount * _CENTS, rounding.step * _CENTS, rounding.direction)
