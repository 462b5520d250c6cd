"""The association looks at the pages of a company as the company sees them: asked for once, and noted.

Source: `ux.md` 6.3 "Record" (member area as a member, read only, logged).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from membership.domain.errors import N_, DomainError
from membership.domain.members import first_end_with_access
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.queries.member_account import list_companies
from membership.persistence.queries.members import get_member


class NoMemberArea(DomainError):
    """Nobody of this company could sign in, so there is nothing to look at."""

    message = N_("%(name)s has no member area: there is no membership that runs or ended a short time ago.")
    code = "no_member_area"


def begin_look(session: Session, number: str, *, today: date) -> int:
    """Note that a person looks at the pages of a company; return the company's id. Raises `NoMemberArea`."""
    require(actor_of(session), "member.write")
    member = get_member(session, number)
    if not list_companies(session, [member.id], ended_since=first_end_with_access(today)):
        raise NoMemberArea(name=member.name)
    chain.note(session, "company.look", "member", member.number, member_id=member.id)
    return member.id
