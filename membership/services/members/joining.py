"""A new member with the sizes its dues rest on, in one step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from membership.domain.declarations.questions import Answer
from membership.domain.members import MemberState
from membership.services.members.facts import record_basis_value
from membership.services.members.records import create_member


def take_in_member(
    session: Session,
    fields: Mapping[str, object],
    *,
    number: str | None = None,
    category: str | None = None,
    state: MemberState = MemberState.ACTIVE,
    start: date | None = None,
    decided_on: date | None = None,
    sizes: Mapping[str, tuple[Answer, date]] | None = None,
    may_exist: bool = False,
) -> str:
    """Take a company in, record its sizes (name -> value and reference day) and return its number.

    The rest is that of `create_member`.
    """
    made = create_member(
        session,
        fields,
        number=number,
        category=category,
        state=state,
        start=start,
        decided_on=decided_on,
        may_exist=may_exist,
    )
    for basis, (value, as_of) in (sizes or {}).items():
        record_basis_value(session, made, basis, value, as_of=as_of)
    return made
