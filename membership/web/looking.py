"""The member area as a company sees it, for the staff: that company's rows alone, and no change.

Which company is looked at stands in the signed cookie beside the form protection, bound to the session that began. It
counts on the pages of the member area only, and only while the person may change members. There the person acts as
somebody of that company who may write nothing: `persistence/queries/visible.py` limits what is read, and
`persistence/db.py` refuses every unit of work. Source: `ux.md` 6.3 "Record"; INV-18.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from flask import request, session

from membership.domain.policy import Actor, Role, may
from membership.persistence.queries.users import HANDLE, SignedIn

RIGHT: Final = "member.write"
_KEY: Final = "looks_at"
_AREA: Final = "portal."


@dataclass(frozen=True, slots=True)
class Look:
    """The company whose pages are looked at."""

    member_id: int
    number: str
    name: str


def begin(found: SignedIn, look: Look) -> None:
    """Let the person look at the company's pages until it is ended, or until the session ends."""
    session[_KEY] = [found.id_hash[:HANDLE], look.member_id, look.number, look.name]


def end() -> str | None:
    """Look no more; return the number of the company that was looked at."""
    kept = session.pop(_KEY, None)
    return str(kept[2]) if kept else None


def find_look(found: SignedIn, actor: Actor) -> Look | None:
    """Return what the person looks at on this page; None on all pages but those of the member area."""
    kept = session.get(_KEY)
    if not kept or not (request.blueprint or "").startswith(_AREA):
        return None
    handle, *look = kept
    return Look(*look) if handle == found.id_hash[:HANDLE] and may(actor, RIGHT) else None


def looking(actor: Actor, look: Look) -> Actor:
    """Return the person as somebody of the company who sees all its pages and changes nothing."""
    return replace(
        actor, roles=frozenset(), companies=((look.member_id, Role.COMPANY_ADMIN),), is_looking=True
    )
