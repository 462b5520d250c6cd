"""How a membership begins, goes on and ends: decided, suspended, notice received, ended, an end taken back.

Source: `domain.md` 3.1 to 3.3 (MEM-2, MEM-5 to MEM-13), `decisions.md` 42.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from membership.domain.member_fields import tidy_line
from membership.domain.members import (
    FORMER,
    MEMBERS_TODAY,
    STATE_WORDS,
    EndCause,
    MemberState,
    NoticeRule,
    NoticeTo,
    NoticeWrong,
    ReturnTooEarly,
    StateWrong,
    SuccessionKind,
    SuccessorWrong,
    possible_end,
    state_of,
)
from membership.domain.phrases import Phrase
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.members import Member, Membership, Succession
from membership.persistence.queries import members as queries
from membership.persistence.queries.settings import get_settings
from membership.services.members.records import WRITE, require_period, touch

_JOINING: Final = frozenset({MemberState.PROSPECT, MemberState.APPLIED, MemberState.REJECTED})
_CAN_LEAVE: Final = MEMBERS_TODAY | {MemberState.ACCEPTED}
_NOT_UNTIL: Final = frozenset({MemberState.SUSPENDED, MemberState.EXCLUSION_PENDING})


def notice_rule(session: Session) -> NoticeRule:
    """Return the notice period of the statutes as it stands in the settings (MEM-6)."""
    settings = get_settings(session)
    return NoticeRule(
        settings.number("membership.notice_months"), NoticeTo(settings.text("membership.notice_to"))
    )


def accept_member(
    session: Session,
    number: str,
    *,
    start: date,
    decided_on: date | None,
    today: date,
    organ: str = "",
    minutes: str = "",
) -> None:
    """Turn an applicant into a member from a day on, or let a former member return (MEM-2, MEM-3, MEM-5).

    A return is a new period of the same company. `organ` decided, `minutes` say where that is written down.
    Raises `ReturnTooEarly`, `StateWrong`.
    """
    member, period = _open(session, number, today, allowed=_JOINING | FORMER)
    old = state_of(period, today)
    if old in FORMER:
        last = max(each.end for each in queries.list_periods(session, member.id) if each.end is not None)
        if start <= last:
            raise ReturnTooEarly(end=last)
        period = Membership(member_id=member.id, end=None)
        session.add(period)
    period.state, period.start, period.decided_on = str(MemberState.ACTIVE), start, decided_on
    values = {"state": (str(old), period.state), "start": (None, start), **_decide(period, organ, minutes)}
    _note(session, member, "member.accept", values)


def reject_applicant(
    session: Session, number: str, *, decided_on: date, today: date, organ: str = "", minutes: str = ""
) -> None:
    """Turn an application down; no reason is needed (MEM-2)."""
    allowed = frozenset({MemberState.PROSPECT, MemberState.APPLIED})
    member, period = _open(session, number, today, allowed=allowed)
    values = {"state": (period.state, str(MemberState.REJECTED)), **_decide(period, organ, minutes)}
    values["decided_on"] = (period.decided_on, decided_on)
    period.state, period.decided_on = str(MemberState.REJECTED), decided_on
    _note(session, member, "member.reject", values)


def reopen_application(session: Session, number: str, *, today: date) -> None:
    """Let the board decide again about an application that was turned down."""
    member, period = _open(session, number, today, allowed=frozenset({MemberState.REJECTED}))
    period.state, period.decided_on = str(MemberState.APPLIED), None
    period.organ, period.minutes = "", ""
    _note(session, member, "member.reopen", {"state": (str(MemberState.REJECTED), period.state)})


def _decide(period: Membership, organ: str, minutes: str) -> dict[str, chain.Change]:
    """Keep who decided and where it is written down; return what is different."""
    before = (period.organ or "", period.minutes or "")
    period.organ, period.minutes = tidy_line("organ", organ), tidy_line("minutes", minutes)
    after = (period.organ, period.minutes)
    changed = zip(("organ", "minutes"), before, after, strict=True)
    return {name: (old or None, new or None) for name, old, new in changed if old != new}


def record_notice(
    session: Session,
    number: str,
    *,
    received_on: date,
    today: date,
    end: date | None = None,
    note: str = "",
) -> str:
    """Record that a member gives notice and return the last day of its membership as ISO text (MEM-6, MEM-7).

    Without `end` it is the first possible one by the rule of the settings. Recording it again changes the day.
    """
    require(actor_of(session), WRITE)
    if received_on > today:
        raise NoticeWrong(day=received_on)
    member = queries.get_member(session, number, lock=True)
    last_day = end or possible_end(received_on, notice_rule(session))
    receive_notice(session, member, received_on=received_on, last_day=last_day, today=today, note=note)
    return last_day.isoformat()


def receive_notice(
    session: Session, member: Member, *, received_on: date, last_day: date, today: date, note: str = ""
) -> None:
    """End the membership of a locked member by its notice; who asks for it was asked before."""
    period = _period(session, member, today, allowed=_CAN_LEAVE)
    require_period(period.start, last_day)
    _end(session, member, period, last_day, cause=EndCause.NOTICE, received_on=received_on, note=note)


def end_membership(
    session: Session,
    number: str,
    *,
    on: date,
    cause: EndCause,
    today: date,
    note: str = "",
    successor: str = "",
    succession: SuccessionKind = SuccessionKind.MERGER,
) -> str:
    """End a membership for another cause than notice and return its last day as ISO text (MEM-10 to MEM-13).

    `successor` is the number of the member that follows it; nothing else moves to that one (MEM-12).
    Raises `SuccessorWrong`, `NotFound`.
    """
    member, period = _open(session, number, today, allowed=_CAN_LEAVE)
    require_period(period.start, on)
    _forget_succession(session, period)
    follower = queries.get_member(session, successor) if successor else None
    if follower is not None and follower.id == member.id:
        raise SuccessorWrong(number=member.number)
    if follower is not None:
        session.add(
            Succession(
                membership_id=period.id,
                member_id=member.id,
                successor_id=follower.id,
                on=on,
                kind=str(succession),
            )
        )
        period.state = str(MemberState.SUCCEEDED)
        chain.note(session, "member.succeed", "member", follower.number, member_id=follower.id, values={
            "predecessor": (None, member.number)
        })  # fmt: skip
    _end(
        session, member, period, on, cause=cause, received_on=None, note=note,
        successor=follower.number if follower else "",
    )  # fmt: skip
    return on.isoformat()


def withdraw_notice(session: Session, number: str, *, today: date) -> None:
    """Take a notice or an end back, with the association's consent (MEM-9)."""
    require(actor_of(session), WRITE)
    member = queries.get_member(session, number, lock=True)
    period = queries.find_period(session, member.id, today)
    if period is None or period.end is None:
        raise _wrong(member, period, today)
    old = period.end
    _forget_succession(session, period)
    period.end, period.end_cause, period.notice_received_on, period.state_note = None, "", None, ""
    _note(session, member, "member.notice_withdrawn", {"end": (old, None)})


def _forget_succession(session: Session, period: Membership) -> None:
    if period.state == MemberState.SUCCEEDED:
        session.execute(delete(Succession).where(Succession.membership_id == period.id))
        period.state = str(MemberState.ACTIVE)


def suspend_member(session: Session, number: str, *, since: date, note: str, today: date) -> None:
    """Let the rights of a member rest; dues stay due (`domain.md` 3.1)."""
    _hold(session, number, MemberState.SUSPENDED, since=since, note=note, today=today)


def begin_exclusion(session: Session, number: str, *, since: date, note: str, today: date) -> None:
    """Open the proceedings to exclude a member; dues run to the decision (MEM-10)."""
    _hold(session, number, MemberState.EXCLUSION_PENDING, since=since, note=note, today=today)


_ACTIONS: Final = {
    MemberState.SUSPENDED: ("member.suspend", "member.resume"),
    MemberState.EXCLUSION_PENDING: ("member.exclusion", "member.exclusion_dropped"),
}
"""State that is kept -> the actions that enter it and leave it."""


def _hold(session: Session, number: str, state: MemberState, *, since: date, note: str, today: date) -> None:
    allowed = frozenset({MemberState.ACTIVE, MemberState.NOTICE_GIVEN, *_NOT_UNTIL}) - {state}
    member, period = _open(session, number, today, allowed=allowed)
    old, period.state, period.state_since = period.state, str(state), since
    period.state_note = tidy_line("note", note)
    values: dict[str, chain.Change] = {"state": (old, period.state), "note": (None, period.state_note)}
    _note(session, member, _ACTIONS[state][0], values)


def resume_member(session: Session, number: str, *, today: date) -> None:
    """Give the rights of a suspended member back, or drop the proceedings to exclude it."""
    member, period = _open(session, number, today, allowed=_NOT_UNTIL)
    old = MemberState(period.state)
    period.state, period.state_since, period.state_note = str(MemberState.ACTIVE), None, ""
    _note(session, member, _ACTIONS[old][1], {"state": (str(old), period.state)})


def _open(
    session: Session, number: str, today: date, *, allowed: frozenset[MemberState]
) -> tuple[Member, Membership]:
    """Return the member, locked, and its period; raise `StateWrong` when the step does not fit its state."""
    require(actor_of(session), WRITE)
    member = queries.get_member(session, number, lock=True)
    return member, _period(session, member, today, allowed=allowed)


def _period(session: Session, member: Member, today: date, *, allowed: frozenset[MemberState]) -> Membership:
    period = queries.find_period(session, member.id, today)
    if period is None or state_of(period, today) not in allowed:
        raise _wrong(member, period, today)
    return period


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
    successor: str = "",
) -> None:
    old = period.end
    if cause is EndCause.NOTICE:
        _forget_succession(session, period)
    period.end, period.end_cause, period.notice_received_on = last_day, str(cause), received_on
    period.state_note = tidy_line("note", note)
    values: dict[str, chain.Change] = {"end": (old, last_day)}
    if received_on is not None:
        values["notice_received_on"] = (None, received_on)
    if period.state_note:
        values["note"] = (None, period.state_note)
    if successor:
        values["successor"] = (None, successor)
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
