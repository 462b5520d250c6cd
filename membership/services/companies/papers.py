"""What goes with a mail to a company: the confirmation of its notice, made from what the mail was put with."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.mail import Attachment
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.members import Member
from membership.services.companies.leaving import notice_receipt


def attachments_of(session: Session, dispatch: Dispatch) -> tuple[Attachment, ...]:
    """Return the files of a mail; most have none."""
    notice = dispatch.facts.get("notice")
    if notice is None:
        return ()
    member = session.execute(select(Member).where(Member.id == dispatch.member_id)).scalar_one()
    content = notice_receipt(session, member, notice)
    return (Attachment(f"{member.number}-{notice['received_on']}.pdf", "application/pdf", content),)
