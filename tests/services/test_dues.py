"""What the members owe, from the tables of both databases."""

from __future__ import annotations

from copy import deepcopy

import pytest

from membership.persistence.db import read_as, write
from membership.persistence.models.members import CompanyGroup, GroupMembership
from membership.services import dues
from tests.conftest import TODAY
from tests.factories import SCHEDULE, make_association, make_member


@pytest.fixture
def books(app, treasurer):
    schedule = deepcopy(SCHEDULE)
    schedule["group"] = {"mode": "group_cap", "cap": "900.00"}
    make_association(treasurer, schedule)
    ids = [make_member(treasurer, number=f"M{n:04d}", headcount=10 * n) for n in range(1, 8)]
    write(treasurer, join, [ids[1], ids[5]])
    make_member(treasurer, number="M0008", category=None)
    return read_as(treasurer)


def join(session, members):
    group = CompanyGroup(name="Hansa", code="HANSA", lead_member_id=members[1])
    session.add(group)
    session.flush()
    for member_id in members:
        session.add(
            GroupMembership(group_id=group.id, member_id=member_id, valid_from=TODAY.replace(year=2020))
        )


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_members_worked_out_in_batches_owe_what_they_owe_together(books, size):
    schedules = dues.billing_schedules(books)
    together = dues.assess(books, 2027, schedules=schedules)
    assert list(dues.assess_each(books, 2027, schedules=schedules, size=size)) == together
    assert [each.facts.number for each in together] == [f"M{n:04d}" for n in range(1, 9)]
    grouped = [each.result.net.cents for each in together if each.facts.number in {"M0002", "M0006"}]
    assert sum(grouped) == 90000
