"""How a membership goes on and ends: decided, suspended, notice received, ended, a notice taken back.

Source: `domain.md` 3.1 to 3.3 (MEM-2, MEM-6 to MEM-13), `decisions.md` 42.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from membership.domain.member_fields import tidy_line
from membership.domain.members import (
    MEMBERS_TODAY,
    STATE_WORDS,
    EndCause,
    MemberState,
    NoticeRule,
    NoticeWrong,
    StateWrong,
    possible_end,
    state_of,
)
from membership.domain.phrases import Phrase
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.members import Member, Membership
from membership.persistence.queries import members as queries
from membership.services.members.records import WRITE, require_period, touch

_JOINING = frozenset({MemberState.PROSPECT, MemberState.APPLIED})


def accept_member(
    session: Session, number: str, *, start: date, decided_on: date | None, today: date
) -> None:
    """Turn an applicant or prospect into a member from a day on (MEM-2, MEM-3)."""
    member, period = _open(session, number, today, allowed=_JOINING)
    old = period.state
    period.state, period.start, period.decided_on = str(MemberState.ACTIVE), start, decided_on
    values: dict[str, chain.Change] = {"state": (old, period.state), "start": (None, start)}
    _note(session, member, "member.accept", values)


def record_notice(
    session: Session,
    number: str,
    *,
    received_on: date,
    today: date,
    end: date | None = None,
    rule: NoticeRule | None = None,
    note: str = "",
) -> str:
    """Record that a member gives notice and return the last day of its membership as ISO text (MEM-6, MEM-7).

    Without `end` it is the first possible one by the rule. Recording it again changes the day.
    """
    require(actor_of(session), WRITE)
    if received_on > today:
        raise NoticeWrong(day=received_on)
    member, period = _open(session, number, today, allowed=MEMBERS_TODAY | {MemberState.ACCEPTED})
    last_day = end or possible_end(received_on, rule or NoticeRule())
    require_period(period.start, last_day)
    _end(session, member, period, last_day, cause=EndCause.NOTICE, received_on=received_on, note=note)
    return last_day.isoformat()


def end_membership(
    session: Session, number: str, *, on: date, cause: EndCause, today: date, note: str = ""
) -> str:
    """End a membership for another cause than notice and return its last day as ISO text (MEM-10 to MEM-13)."""
    member, period = _open(session, number, today, allowed=MEMBERS_TODAY | {MemberState.ACCEPTED})
    require_period(period.start, on)
    _end(session, member, period, on, cause=cause, received_on=None, note=note)
    return on.isoformat()


def withdraw_notice(session: Session, number: str, *, today: date) -> None:
    """Take a notice or an end back, with the association's consent (MEM-9)."""
    require(actor_of(session), WRITE)
    member = queries.get_member(session, number, lock=True)
    period = queries.find_period(session, member.id, today)
    if period is None or period.end is None:
        raise _wrong(member, period, today)
    old = period.end
    period.end, period.end_cause, period.notice_received_on, period.state_note = None, "", None, ""
    _note(session, member, "member.notice_withdrawn", {"end": (old, None)})


def suspend_member(session: Session, number: str, *, since: date, note: str, today: date) -> None:
    """Let the rights of a member rest; dues stay due (`domain.md` 3.1)."""
    allowed = frozenset({MemberState.ACTIVE, MemberState.NOTICE_GIVEN})
    member, period = _open(session, number, today, allowed=allowed)
    period.state, period.state_since = str(MemberState.SUSPENDED), since
    period.state_note = tidy_line("note", note)
    values: dict[str, chain.Change] = {
        "state": (str(MemberState.ACTIVE), period.state),
        "note": (None, period.state_note),
    }
    _note(session, member, "member.suspend", values)


def resume_member(session: Session, number: str, *, today: date) -> None:
    """Give the rights of a suspended member back."""
    member, period = _open(session, number, today, allowed=frozenset({MemberState.SUSPENDED}))
    period.state, period.state_since, period.state_note = str(MemberState.ACTIVE), None, ""
    _note(session, member, "member.resume", {"state": (str(MemberState.SUSPENDED), period.state)})


def _open(
    session: Session, number: str, today: date, *, allowed: frozenset[MemberState]
) -> tuple[Member, Membership]:
    """Return the member, locked, and its period; raise `StateWrong` when the step does not fit its state."""
    require(actor_of(session), WRITE)
    member = queries.get_member(session, number, lock=True)
    period = queries.find_period(session, member.id, today)
    if period is None or state_of(period, today) not in allowed:
        raise _wrong(member, period, today)
    return member, period


def _wrong(member: Member, period: Membership | None, today: date) -> StateWrong:
    state = MemberState.PROSPECT if period is None else state_of(period, today)
    return StateWrong(number=member.number, state=Phrase(STATE_WORDS[state]))


def _end(
    session: Session,
    member: Member,
    period: Membership,
    last_day: date,
    *,
    cause: EndCause,
    received_on: date | None,
    note: str,
) -> None:
    old = period.end
    period.end, period.end_cause, period.notice_received_on = last_day, str(cause), received_on
    period.state_note = tidy_line("note", note)
    values: dict[str, chain.Change] = {"end": (old, last_day)}
    if received_on is not None:
        values["notice_received_on"] = (None, received_on)
    if period.state_note:
        values["note"] = (None, period.state_note)
    action = "member.notice" if cause is EndCause.NOTICE else "member.end"
    _note(session, member, action, values, facts={"cause": str(cause)})


def _note(
    session: Session,
    member: Member,
    action: str,
    values: dict[str, chain.Change],
    *,
    facts: dict[str, object] | None = None,
) -> None:
    session.flush()
    touch(session, member)
    chain.note(session, action, "member", member.number, member_id=member.id, facts=facts, values=values)
