"""Order numbers by dues year: the one that counts, all of a member, and who still has to give one."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, bindparam, exists, select
from sqlalchemy.orm import Session

from membership.domain.member_fields import BEFORE_INVOICE
from membership.persistence.models.members import Member, OrderNumber

_NUMBERS = cast("Table", OrderNumber.__table__)
_NUMBER = select(_NUMBERS.c.number).where(
    _NUMBERS.c.member_id == bindparam("of_member"), _NUMBERS.c.dues_year == bindparam("of_year")
)

_WAITING = select(Member.id).where(
    Member.order_wish == BEFORE_INVOICE,
    ~exists().where(OrderNumber.member_id == Member.id, OrderNumber.dues_year == bindparam("of_year")),
)


def order_number_for(session: Session, member: Member, year: int) -> str:
    """Return what an invoice of a dues year names: the number given for it, else the one for every invoice."""
    found = session.connection().execute(_NUMBER, {"of_member": member.id, "of_year": year})
    return found.scalar_one_or_none() or member.order_number


def find_order_number(session: Session, member_id: int, year: int) -> OrderNumber | None:
    """Return the order number that a member gave for a dues year, if it did."""
    statement = select(OrderNumber).where(OrderNumber.member_id == member_id, OrderNumber.dues_year == year)
    return session.execute(statement).scalar_one_or_none()


def list_order_numbers(session: Session, member_id: int) -> list[OrderNumber]:
    """Return the order numbers of a member, the newest dues year first."""
    statement = select(OrderNumber).where(OrderNumber.member_id == member_id)
    return list(session.execute(statement.order_by(OrderNumber.dues_year.desc())).scalars())


def list_waiting(session: Session, year: int) -> frozenset[int]:
    """Return the ids of the members that ask for an order number and have none for a dues year."""
    return frozenset(session.execute(_WAITING, {"of_year": year}).scalars())
