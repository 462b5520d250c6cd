"""Sizes that a draft run misses are taken over from the year before, shown first, as carried over."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import select

from membership.domain.billing import ItemState
from membership.persistence.db import read_as, write
from membership.persistence.models.billing import RunItem
from membership.persistence.models.members import BasisValue, Member, Origin
from membership.persistence.queries.run_items import list_lines
from membership.services import billing, run_sizes
from membership.services.verify import verify
from tests.factories import SCHEDULE, make_association, make_member

DAY = date(2027, 1, 11)
BLOCKS = {**SCHEDULE, "declaration": {"missing": "block"}}


def measured(session, member_id, heads, as_of):
    session.add(
        BasisValue(
            member_id=member_id, basis="headcount", as_of=as_of, value=Fraction(heads),
            origin=Origin.DECLARED, recorded_at=session.info["actor"].at,
        )
    )  # fmt: skip


@pytest.fixture
def run_id(app, treasurer):
    make_association(treasurer, BLOCKS)
    for number in ("M0001", "M0002"):
        member_id = make_member(treasurer, number=number, headcount=None)
        write(treasurer, measured, member_id, 20, date(2024, 6, 30))
        write(treasurer, measured, member_id, 60, date(2025, 6, 30))
    make_member(treasurer, number="M0003", headcount=None)
    return write(treasurer, billing.plan_run, 2027, issued_on=DAY, today=DAY)


def states(treasurer):
    rows = read_as(treasurer).execute(
        select(Member.number, RunItem.state, RunItem.amount_cents).join(Member).order_by(Member.number)
    )
    return [tuple(row) for row in rows]


def test_the_newest_earlier_size_is_shown_and_counts_when_somebody_says_so(treasurer, run_id):
    lines = list_lines(read_as(treasurer), run_id)
    shown = run_sizes.list_last_sizes(read_as(treasurer), 2027, lines)
    assert {line.number: int(shown[line.member_id].value) for line in lines if line.member_id in shown} == {
        "M0001": 60,
        "M0002": 60,
    }
    everybody = [line.member_id for line in lines]
    assert write(treasurer, run_sizes.use_last_sizes, run_id, everybody) == 2
    assert states(treasurer) == [
        ("M0001", ItemState.PLANNED, 120000),
        ("M0002", ItemState.PLANNED, 120000),
        ("M0003", ItemState.FAILED, 0),
    ]
    carried = select(BasisValue.as_of).where(BasisValue.origin == Origin.CARRIED_OVER)
    assert read_as(treasurer).execute(carried).scalars().all() == [date(2026, 6, 30)] * 2
    assert write(treasurer, run_sizes.use_last_sizes, run_id, everybody) == 0
    assert verify(read_as(treasurer), full=True).findings == []


def test_a_released_run_takes_no_size_any_more(treasurer, run_id):
    lines = list_lines(read_as(treasurer), run_id)
    write(treasurer, run_sizes.use_last_sizes, run_id, [lines[0].member_id])
    write(treasurer, billing.release_run, run_id, today=DAY)
    with pytest.raises(billing.RunNotOpen):
        write(treasurer, run_sizes.use_last_sizes, run_id, [lines[1].member_id])
