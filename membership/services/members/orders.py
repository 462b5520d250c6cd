"""The order number of a member for the invoice of a dues year, entered by the office or by the company itself.

Source: `domain.md` MEM-1, INV-10, EIN-11 (BT-13).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from membership.domain.member_fields import tidy_line
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.members import OrderNumber
from membership.persistence.queries.order_numbers import find_order_number
from membership.services.members.facts import FIRST_YEAR, LAST_YEAR, YearsWrong
from membership.services.members.records import running_member, touch


def set_order_number(session: Session, number: str, order_number: str, *, year: int) -> bool:
    """Keep the order number of a member for a dues year, empty takes it back; return whether that is different.

    Invoices that were made before stay as they are.
    """
    actor = actor_of(session)
    member = running_member(session, number, own="portal.edit")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearsWrong
    given = tidy_line("order_number", order_number)
    row = find_order_number(session, member.id, year)
    old = row.number if row else ""
    if given == old:
        return False
    if row is None:
        row = OrderNumber(member_id=member.id, dues_year=year)
        session.add(row)
    row.number, row.recorded_at, row.recorded_by = given, actor.at, actor.name
    if not given:
        session.delete(row)
    touch(session, member)
    chain.note(
        session, "member.order_number", "member", member.number, member_id=member.id,
        facts={"year": year}, values={"order_number": (old or None, given or None)},
    )  # fmt: skip
    return True
