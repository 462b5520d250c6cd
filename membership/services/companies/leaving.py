"""A company gives notice of leaving in the member area; the day is that of the statutes, the receipt goes by mail.

A notice needs nobody's consent: it counts from the moment it is received, and only its withdrawal asks for consent.
Source: MEM-6 to MEM-9; § 39 BGB, § 130 BGB.
"""

from __future__ import annotations

from datetime import date
from typing import cast

from sqlalchemy.orm import Session

from invoices import formats
from invoices.confirmation import Confirmation, render
from invoices.formats import Language
from membership.domain.companies import NoticeChanged, RequestKind
from membership.domain.errors import N_, AlreadyDone
from membership.domain.members import possible_end
from membership.domain.phrases import phrase
from membership.persistence.db import actor_of
from membership.persistence.models.members import Member
from membership.persistence.queries.members import find_period
from membership.persistence.queries.settings import get_settings
from membership.services.companies import mails, requests
from membership.services.members.periods import notice_rule, receive_notice
from membership.services.members.records import running_member
from membership.wording import Wording

_EDITS = "portal.edit"


def give_notice(session: Session, number: str, *, end: date, today: date) -> str:
    """Record the notice of a company as received today, confirm it by mail, and return its last day as ISO text.

    `end` is the last day that the company has read on the check page. Raises `NoticeChanged`, `StateWrong`, and
    `AlreadyDone` where an end is known.
    """
    member = running_member(session, number, own=_EDITS)
    period = find_period(session, member.id, today)
    if period is not None and period.end is not None:
        raise AlreadyDone
    first = possible_end(today, notice_rule(session))
    if end != first:
        raise NoticeChanged(day=first)
    receive_notice(session, member, received_on=today, last_day=end, today=today)
    name = actor_of(session).name
    facts = {"end": end.isoformat(), "received_on": today.isoformat(), "by": name}
    news = phrase(
        "%(name)s has given notice of leaving for %(company)s (%(number)s). The membership ends on %(day)s.",
        name=name, company=member.name, number=member.number, day=end,
    )  # fmt: skip
    request_id = requests.ask(session, member, RequestKind.NOTICE, facts, news=news)
    text = phrase(
        "We received the notice of leaving for %(company)s on %(received)s. The membership ends on %(day)s. The"
        " confirmation is attached.",
        company=member.name, received=today, day=end,
    )  # fmt: skip
    also = [member.invoice_email] if member.invoice_email else []
    mails.put_news(session, member, text, key=f"notice:{request_id}", also=also, facts={"notice": facts})
    return end.isoformat()


def notice_receipt(session: Session, member: Member, facts: dict[str, str]) -> bytes:
    """Return the PDF that confirms a notice, in the member's language."""
    words, settings = Wording(cast("Language", member.language)), get_settings(session)
    received, end = date.fromisoformat(facts["received_on"]), date.fromisoformat(facts["end"])
    rows = (
        (words.text(N_("Member")), f"{member.name} ({member.number})"),
        (words.text(N_("Notice received on")), formats.long_date(received, words.language)),
        (words.text(N_("Given by")), facts["by"]),
        (words.text(N_("Last day of the membership")), formats.long_date(end, words.language)),
    )
    return render(
        Confirmation(
            language=words.language,
            day=received,
            issuer=settings.full_name,
            title=words.text(N_("Confirmation of your notice of leaving")),
            rows=rows,
            text=(
                words.text(N_("Dues up to the last day of the membership stay due.")),
                words.text(N_("A notice can be taken back only with the consent of the association.")),
            ),
            foot=f"{member.number}, {formats.short_date(received, words.language)}",
        )
    )
