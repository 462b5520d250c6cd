"""Insolvency of a member: opened with court and administrator, and closed; the membership goes on meanwhile.

Source: MEM-11; `decisions.md` 42.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.errors import N_, Conflict, InputError
from membership.domain.member_fields import tidy_line
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.members import Insolvency
from membership.persistence.queries import members as queries
from membership.services.members.records import WRITE, note_change

FIELDS: Final = ("court", "file_number", "administrator", "note")


class NoInsolvency(Conflict):
    """No proceedings are open."""

    message = N_("No insolvency of %(number)s is recorded that is still open.")
    code = "no_insolvency"


class InsolvencyDayWrong(InputError):
    """Proceedings cannot be opened after today, nor closed before they were opened."""

    message = N_("%(day)s cannot be right: proceedings are opened today at the latest and closed after that.")
    code = "insolvency_day"


def record_insolvency(
    session: Session, number: str, *, opened_on: date, today: date, details: Mapping[str, str]
) -> None:
    """Record the open insolvency of a member, or change what is known of it.

    `details` are court, file number, administrator and note by their names. Raises `InsolvencyDayWrong`.
    """
    require(actor_of(session), WRITE)
    if opened_on > today:
        raise InsolvencyDayWrong(day=opened_on)
    member = queries.get_member(session, number, lock=True)
    row = queries.find_insolvency(session, member.id)
    if row is None:
        row = Insolvency(member_id=member.id, opened_on=opened_on, **dict.fromkeys(FIELDS, ""))
        session.add(row)
        values: dict[str, chain.Change] = {"opened_on": (None, opened_on)}
    else:
        values = {"opened_on": (row.opened_on, opened_on)} if row.opened_on != opened_on else {}
        row.opened_on = opened_on
    for name in FIELDS:
        old, new = getattr(row, name), tidy_line(name, details.get(name, ""))
        if old != new:
            setattr(row, name, new)
            values[name] = (old or None, new or None)
    if values:
        note_change(session, member, "member.insolvency", values)


def close_insolvency(session: Session, number: str, *, closed_on: date, today: date) -> None:
    """Record that the proceedings are over. Raises `NoInsolvency`, `InsolvencyDayWrong`."""
    require(actor_of(session), WRITE)
    member = queries.get_member(session, number, lock=True)
    row = queries.find_insolvency(session, member.id)
    if row is None:
        raise NoInsolvency(number=member.number)
    if not row.opened_on <= closed_on <= today:
        raise InsolvencyDayWrong(day=closed_on)
    row.closed_on = closed_on
    note_change(session, member, "member.insolvency_closed", {"closed_on": (None, closed_on)})


def reopen_insolvency(session: Session, number: str) -> None:
    """Take the close of the newest proceedings back. Raises `NoInsolvency`."""
    require(actor_of(session), WRITE)
    member = queries.get_member(session, number, lock=True)
    row = queries.find_insolvency(session, member.id, closed=True)
    if row is None:
        raise NoInsolvency(number=member.number)
    old, row.closed_on = row.closed_on, None
    note_change(session, member, "member.insolvency", {"closed_on": (old, None)})
