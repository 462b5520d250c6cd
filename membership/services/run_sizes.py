"""Sizes that a draft run misses, taken over from the year before where one is known: shown first, then used.

Source: `ux.md` 6.6 (2), DUE-28 (`carry_over` by hand), journey A no. 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from membership.domain.billing import RUN_WORDS, RunState
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.bases import Basis
from membership.domain.policy import require
from membership.domain.reference_days import reference_day
from membership.domain.run_review import Problem, RunLine, missing_basis, problems_of
from membership.persistence.db import actor_of
from membership.persistence.models.members import BasisValue, Origin
from membership.persistence.queries import billing as queries
from membership.persistence.queries.dues import exact, newest_sizes
from membership.persistence.queries.run_items import list_lines
from membership.services import billing, dues
from membership.services.members.facts import record_basis_value


def list_last_sizes(session: Session, year: int, lines: Iterable[RunLine]) -> Mapping[int, BasisValue]:
    """Return member id -> the newest earlier size, of the members that miss one, in two statements."""
    missing = _missing(session, year, lines)
    found: dict[int, BasisValue] = {}
    for value in newest_sizes(session, list(missing)):
        basis = missing[value.member_id]
        if value.basis == basis.name and value.as_of < reference_day(basis, year):
            found[value.member_id] = value
    return found


def _missing(session: Session, year: int, lines: Iterable[RunLine]) -> dict[int, Basis]:
    """Return member id -> the size it misses."""
    schedules = sorted(dues.billing_schedules(session), key=lambda each: _rank(each, year), reverse=True)
    found: dict[int, Basis] = {}
    for line in lines:
        if Problem.SIZE not in problems_of(line):
            continue
        known = (missing_basis(one, line.reason_text) for one in schedules if line.category in one.categories)
        basis = next((each for each in known if each is not None), None)
        if basis is not None:
            found[line.member_id] = basis
    return found


def _rank(schedule: FeeSchedule, year: int) -> tuple[bool, str]:
    return schedule.valid_from.year <= year, schedule.valid_from.isoformat()


def use_last_sizes(session: Session, run_id: int, member_ids: Sequence[int]) -> int:
    """Let the newest earlier size of these members count as carried over; the run is worked out anew.

    Returns for how many there was one: a member without any earlier size, or that misses none, stays as it is.
    """
    require(actor_of(session), "billing.release")
    run = queries.get_run(session, run_id, lock=True)
    if run.state is not RunState.DRAFT:
        raise billing.RunNotOpen(state=RUN_WORDS[run.state])
    lines = [line for line in list_lines(session, run_id) if line.member_id in set(member_ids)]
    bases = _missing(session, run.dues_year, lines)
    last_sizes = list_last_sizes(session, run.dues_year, lines)
    numbers = {line.member_id: line.number for line in lines}
    for member_id, last in last_sizes.items():
        as_of = reference_day(bases[member_id], run.dues_year)
        record_basis_value(
            session, numbers[member_id], last.basis, exact(last), as_of=as_of, origin=Origin.CARRIED_OVER
        )
    if last_sizes:
        billing.refresh_run(session, run_id)
    return len(last_sizes)
