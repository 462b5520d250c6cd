"""What a member is on a day, as SQL: its period and state, category, sizes, and whom one speaks to.

The shown state is worked out as `domain/members.py` does it; a test compares the two.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Subquery, Text, and_, case, func, literal, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from membership.domain.members import FIRST_DAY, NEVER_MEMBERS, MemberState
from membership.persistence.models.members import BasisValue, CategoryPeriod, Contact, Member, Membership

T = TypeVar("T")


def shown_state(period: Any, today: date) -> ColumnElement[str]:  # noqa: ANN401 - a table of periods, aliased or not
    """Return the state of a period on a day as SQL, the same as `domain.members.state_of`."""
    succeeded, ended = literal(str(MemberState.SUCCEEDED)), literal(str(MemberState.ENDED))
    return case(
        (period.state.in_(NEVER_MEMBERS), period.state),
        (period.start > today, literal(str(MemberState.ACCEPTED))),
        (period.end < today, case((period.state == MemberState.SUCCEEDED, succeeded), else_=ended)),
        (period.state.in_((MemberState.SUSPENDED, MemberState.EXCLUSION_PENDING)), period.state),
        (period.end.is_(None), literal(str(MemberState.ACTIVE))),
        else_=literal(str(MemberState.NOTICE_GIVEN)),
    )


def ranked_periods(today: date) -> Subquery:
    """Return the periods with `rank` 1 for the one that counts on a day: running, else next to come, else the last."""
    start = func.coalesce(Membership.start, FIRST_DAY)
    is_coming = start > today
    runs = and_(start <= today, or_(Membership.end.is_(None), Membership.end >= today))
    standing = case((runs, 0), (is_coming, 1), else_=2)
    rank = func.row_number().over(
        partition_by=Membership.member_id,
        order_by=(
            standing,
            case((is_coming, start)),
            case((~is_coming, start)).desc(),
            Membership.id.desc(),
        ),
    )
    return select(
        Membership.member_id,
        Membership.start,
        Membership.end,
        shown_state(Membership, today).label("state"),
        rank.label("rank"),
    ).subquery("ranked")


def newest_category(today: date) -> ColumnElement[str | None]:
    """Return the category of a member on a day, before its first one that one."""
    is_later = CategoryPeriod.valid_from > today
    return (
        select(CategoryPeriod.category)
        .where(CategoryPeriod.member_id == Member.id)
        .order_by(
            is_later,
            case((is_later, CategoryPeriod.valid_from)),
            CategoryPeriod.valid_from.desc(),
        )
        .limit(1)
        .scalar_subquery()
    )


def newest_value(basis: str) -> ColumnElement[Fraction | None]:
    """Return the newest value of a basis of a member; None too where it is counted by class."""
    return newest(BasisValue.value, basis)


def newest(column: InstrumentedAttribute[T], basis: str) -> ColumnElement[T]:
    """Return what the newest value of a basis of a member holds."""
    return (
        select(column)
        .where(BasisValue.member_id == Member.id, BasisValue.basis == basis)
        .order_by(BasisValue.as_of.desc())
        .limit(1)
        .scalar_subquery()
    )


def main_contact() -> ColumnElement[str | None]:
    """Return the name of the main contact of a member, else of who gets the invoices, else of the first one."""
    functions = type_coerce(Contact.functions, Text)
    rank = case((functions.contains('"main"'), 0), (functions.contains('"billing"'), 1), else_=2)
    return (
        select(Contact.name)
        .where(Contact.member_id == Member.id, Contact.ended_on.is_(None))
        .order_by(rank, Contact.id)
        .limit(1)
        .scalar_subquery()
    )
