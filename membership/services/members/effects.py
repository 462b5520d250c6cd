"""What a step does to the dues of a member, worked out before the step is taken.

Source: `ux.md` 6.3 "Joining", "Leaving"; MEM-8, DUE-23.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from membership.domain.dues.assessment import Assessment, Result
from membership.domain.dues.schedule.choices import Leave
from membership.domain.dues.year import DuesYear
from membership.persistence.queries import members as queries
from membership.persistence.queries.invoicing import list_invoices
from membership.persistence.queries.payments import list_owed
from membership.services import dues
from membership.services.members.periods import accept_member


@dataclass(frozen=True, slots=True)
class LeavingEffect:
    """What the end of a membership on a day means.

    Args:
        last_day: the last day of the membership.
        is_cut: the dues of the last year are worked out for a part of it only.
        later_invoices: invoices of later years that are written already.
        open_cents: what is open today.
    """

    last_day: date
    is_cut: bool
    later_invoices: tuple[str, ...]
    open_cents: int

    @property
    def last_year(self) -> int:
        """Return the last dues year that is owed."""
        return self.last_day.year


def leaving_effect(session: Session, number: str, *, last_day: date) -> LeavingEffect:
    """Return what the end of a membership on a day means for its dues."""
    member = queries.get_member(session, number)
    invoices = list_invoices(session, member_id=member.id)
    standing = (view.invoice for view in invoices if not view.standing.is_cancelled)
    later = (invoice.number for invoice in standing if invoice.dues_year > last_day.year)
    return LeavingEffect(
        last_day=last_day,
        is_cut=last_day != DuesYear(last_day.year).last and _gives_months_back(session, member.id, last_day),
        later_invoices=tuple(later),
        open_cents=sum(item.open_cents for item in list_owed(session, member.id)),
    )


def _gives_months_back(session: Session, member_id: int, last_day: date) -> bool:
    periods = queries.list_member_categories(session, member_id)
    code = next((each.code for each in periods if each.valid_from <= last_day), None)
    schedules = dues.schedules_of(session, last_day.year)
    rules = [
        schedule.categories[code].prorata for schedule in schedules if code and code in schedule.categories
    ]
    return any(rule.leave is Leave.MONTH for rule in rules)


def try_acceptance(
    session: Session,
    number: str,
    *,
    start: date,
    decided_on: date | None,
    today: date,
    organ: str = "",
    minutes: str = "",
) -> Result | None:
    """Accept a member and return what it owes for the year of its first day; run it by `rehearse`."""
    accept_member(
        session, number, start=start, decided_on=decided_on, today=today, organ=organ, minutes=minutes
    )
    return dues_of(session, number, year=start.year)


def expected_dues(session: Session, member_ids: Iterable[int], *, year: int) -> dict[int, Assessment]:
    """Return member id -> what it owes for a dues year, of those for whom the fee schedule decides.

    Companies of a group are left out: they are worked out with all others of it, see `dues_of`.
    """
    found = dues.assess(session, year, member_ids=member_ids)
    return {
        each.facts.id: each.result
        for each in found
        if isinstance(each.result, Assessment) and each.facts.group is None
    }


def dues_of(session: Session, number: str, *, year: int) -> Result | None:
    """Return what a member owes for a dues year, with every step; None when it is no member then.

    The companies of its group are worked out with it, because they may count together.
    """
    member = queries.get_member(session, number)
    together = queries.list_group_members(session, member.id)
    found = dues.assess(session, year, member_ids={member.id, *together})
    return next((one.result for one in found if one.facts.id == member.id), None)
