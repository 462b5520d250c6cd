"""Who hears that a company has changed something itself: the association, the company's people, old and new addresses.

Source: `ux.md` 14 "data change confirmed (also to the old address)"; MEM-14.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from membership.domain.phrases import Phrase, phrase
from membership.persistence.db import actor_of
from membership.persistence.models.members import Member
from membership.services import staff_mail
from membership.services.companies import mails


def tell_change(session: Session, member: Member, what: Phrase, *, addresses: Iterable[str]) -> None:
    """Tell that a person of the company changed something of it, `what`; once for each version of the member."""
    who, key = actor_of(session).name, f"data:{member.id}:{member.version}"
    staff = phrase(
        "%(name)s changed %(what)s of %(company)s (%(number)s).",
        name=who, what=what, company=member.name, number=member.number,
    )  # fmt: skip
    staff_mail.put_member_news(session, staff, key=key)
    own = phrase(
        "%(name)s changed %(what)s of %(company)s in the member area.",
        name=who,
        what=what,
        company=member.name,
    )
    mails.put_news(session, member, own, key=key, also=sorted(filter(None, addresses)))
