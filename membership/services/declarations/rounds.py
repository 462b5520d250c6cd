"""A round of declarations: who is asked and who is not, opening it, reminding, asking one member again.

Source: DUE-27; `ux.md` 6.12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.declarations.campaigns import (
    Dates,
    RoundEnded,
    check_asking,
    check_dates,
    due_reminders,
    is_over,
    still_reminded,
    usual_dates,
    usual_year,
)
from membership.domain.declarations.states import SILENT
from membership.domain.dispatch import Mailbox
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.errors import N_, AlreadyDone, Conflict, InputError
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, guard
from membership.persistence.models.declarations import DeclarationRequest, DeclarationRound
from membership.persistence.models.members import Member
from membership.persistence.queries import declarations as queries
from membership.persistence.queries.declarations import RequestView
from membership.persistence.queries.dispatch_targets import mailboxes_for_declarations
from membership.services import dues
from membership.services.declarations import links, mails
from membership.services.declarations.expected import Asked, asked_of_all

WRITE = "declaration.write"


class RoundExists(AlreadyDone):
    """A dues year has one round."""

    message = N_("The declarations for %(year)s are asked for already.")
    code = "declaration_round_exists"


class NobodyToAsk(Conflict):
    """No member's dues rest on a size."""

    message = N_("For %(year)s there is nobody to ask: no member's dues rest on a size.")
    code = "nobody_to_ask"


class RoundPlanChanged(Conflict):
    """Members or addresses changed after the check page was shown."""

    message = N_("Who is asked has changed in the meantime. Please look at it again.")
    code = "declaration_plan_changed"


class NoAddress(InputError):
    """A member has nobody to write to."""

    message = N_(
        "There is no mail address of %(member)s. Enter one, or take the declaration down by telephone."
    )
    code = "declaration_no_address"


class NobodySilent(Conflict):
    """All have declared."""

    message = N_("Nobody has to be reminded: all members have declared.")
    code = "nobody_silent"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member that is asked: for what, and who gets the mail."""

    member: Member
    asked: Asked
    mailboxes: tuple[Mailbox, ...]


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """Who would be asked for a dues year: by mail, without an address, and who is not asked for anything."""

    year: int
    by_mail: tuple[Candidate, ...]
    without_address: tuple[Candidate, ...]
    not_asked: tuple[Member, ...]

    @property
    def count(self) -> int:
        """Return how many members are asked."""
        return len(self.by_mail) + len(self.without_address)


def main_schedule(session: Session, year: int) -> FeeSchedule | None:
    """Return the schedule that holds for a dues year, else the newest."""
    found = dues.schedules_of(session, year)
    return found[-1] if found else None


def next_year(session: Session, *, today: date) -> int:
    """Return the dues year that is asked about next and has no round yet."""
    newest = main_schedule(session, today.year + 1)
    year = usual_year(newest, today=today)
    return year + 1 if queries.find_round(session, year) else year


def usual(session: Session, year: int, *, today: date) -> Dates:
    """Return the days that a round for this year usually has."""
    return usual_dates(main_schedule(session, year), year, today=today)


def plan_round(session: Session, year: int, *, turnover_class: bool = False) -> RoundPlan:
    """Return who would be asked, by member number."""
    found = asked_of_all(session, year, turnover_class=turnover_class)
    wanted = {member_id: each for member_id, each in found.items() if each.questions}
    boxes = mailboxes_for_declarations(session, list(wanted))
    members = queries.members_by_id(session, list(found))
    candidates = [
        Candidate(members[member_id], each, tuple(boxes.get(member_id, ())))
        for member_id, each in wanted.items()
    ]
    candidates.sort(key=lambda each: each.member.number)
    return RoundPlan(
        year,
        tuple(each for each in candidates if each.mailboxes),
        tuple(each for each in candidates if not each.mailboxes),
        tuple(sorted((members[one] for one in found if one not in wanted), key=lambda member: member.number)),
    )


def open_round(
    session: Session,
    year: int,
    *,
    dates: Dates,
    asks: dict[str, bool],
    reminds: bool,
    today: date,
    seen: int | None = None,
) -> dict[str, int]:
    """Open the round of a dues year: a request for each member, a mail to those with an address.

    `seen` is how many requests the check page showed; `RoundPlanChanged` when it is no longer so. Returns the counts.
    Raises `RoundExists`, `DeadlineWrong`, `LateDayWrong`, `NobodyToAsk`.
    """
    require(actor_of(session), WRITE)
    guard(session, "declarations")
    if queries.find_round(session, year) is not None:
        raise RoundExists(year=str(year))
    check_dates(dates, today=today)
    plan = plan_round(session, year, turnover_class=bool(asks.get("turnover_class")))
    if not plan.count:
        raise NobodyToAsk(year=str(year))
    if seen is not None and seen != len(plan.by_mail):
        raise RoundPlanChanged
    at = actor_of(session).at
    made = DeclarationRound(
        dues_year=year, opened_on=today, deadline=dates.deadline, late_until=dates.late_until, asks=dict(asks),
        reminds=reminds, reminded=[], created_at=at, created_by=actor_of(session).name,
    )  # fmt: skip
    session.add(made)
    session.flush()
    mails_put = _ask(session, made, [*plan.by_mail, *plan.without_address])
    counts = {"requests": plan.count, "by_mail": len(plan.by_mail), "mails": mails_put}
    chain.note(
        session, "declaration.open", "declarations", year,
        facts={**counts, "deadline": dates.deadline.isoformat()},
    )  # fmt: skip
    return counts


def _ask(session: Session, found: DeclarationRound, candidates: Sequence[Candidate]) -> int:
    """Add a request for each of these members and put a mail to those with an address; return the mails."""
    at = actor_of(session).at
    requests = [
        DeclarationRequest(
            round_id=found.id,
            member_id=each.member.id,
            declared_by="",
            asked_at=at if each.mailboxes else None,
        )
        for each in candidates
    ]
    session.add_all(requests)
    session.flush()
    return sum(
        mails.put(
            session, mails.REQUEST, request, each.member, year=found.dues_year, mailboxes=each.mailboxes,
            round_number=1,
        )
        for each, request in zip(candidates, requests, strict=True)
    )  # fmt: skip


def ask_missing(session: Session, year: int, *, today: date) -> int:
    """Ask the members too that joined after the round was opened; return how many."""
    require(actor_of(session), WRITE)
    found = queries.get_round(session, year, lock=True)
    check_asking(_dates(found), year, today=today)
    known = {view.member.id for view in queries.list_requests(session, found.id)}
    plan = plan_round(session, year, turnover_class=bool(found.asks.get("turnover_class")))
    further = [each for each in (*plan.by_mail, *plan.without_address) if each.member.id not in known]
    _ask(session, found, further)
    for each in further:
        _note(session, "declaration.join", year, each.member)
    return len(further)


def ask_again(session: Session, year: int, number: str, *, today: date) -> int:
    """Send the request to one member once more, also after its deadline while a late word counts; return the mails."""
    require(actor_of(session), WRITE)
    view = queries.get_request(session, year, number)
    found = queries.get_round(session, year)
    check_asking(_dates(found), year, today=today)
    boxes = mailboxes_for_declarations(session, [view.member.id]).get(view.member.id, [])
    if not boxes:
        raise NoAddress(member=view.member.name)
    request = queries.lock_request(session, view.request.id)
    request.asked_at = actor_of(session).at
    made = mails.put(session, mails.REQUEST, request, view.member, year=year, mailboxes=boxes)
    _note(session, "declaration.ask", year, view.member)
    return made


def require_open(found: DeclarationRound, *, today: date) -> None:
    """Raise `RoundEnded` when a member can declare nothing any more."""
    if is_over(_dates(found), today=today):
        raise RoundEnded(year=str(found.dues_year))


def _dates(found: DeclarationRound) -> Dates:
    return Dates(found.deadline, found.late_until)


def remind_round(session: Session, year: int, *, today: date) -> int:
    """Remind every member that has not declared, now; return how many members."""
    require(actor_of(session), WRITE)
    found = queries.get_round(session, year, lock=True)
    check_asking(_dates(found), year, today=today)
    count = _remind(session, found)
    if not count:
        raise NobodySilent
    found.reminded = sorted({*found.reminded, *_due(found, today)})
    return count


def remind_due(session: Session, *, today: date) -> int:
    """Remind in every round whose day has come, each day once; return how many members were reminded."""
    require(actor_of(session), WRITE)
    count = 0
    for each in queries.list_rounds(session):
        if not each.reminds or not _due(each, today):
            continue
        found = queries.get_round(session, each.dues_year, lock=True)
        session.refresh(found)
        days = _due(found, today)
        if days:
            count += _remind(session, found)
            found.reminded = sorted({*found.reminded, *days})
    return count


def has_due_reminders(session: Session, *, today: date) -> bool:
    """Return whether the day of a reminder has come."""
    return any(each.reminds and _due(each, today) for each in queries.list_rounds(session))


def _due(found: DeclarationRound, today: date) -> list[int]:
    return due_reminders(_dates(found), opened_on=found.opened_on, done=found.reminded, today=today)


def silent_requests(session: Session, found: DeclarationRound) -> list[RequestView]:
    """Return the requests that nobody answered, of members that are still asked for something."""
    silent = [view for view in queries.list_requests(session, found.id) if view.state in SILENT]
    asked = asked_of_all(
        session, found.dues_year, turnover_class=bool(found.asks.get("turnover_class")),
        member_ids={view.member.id for view in silent},
    )  # fmt: skip
    return [view for view in silent if (each := asked.get(view.member.id)) is not None and each.questions]


def _remind(session: Session, found: DeclarationRound) -> int:
    silent = silent_requests(session, found)
    boxes = mailboxes_for_declarations(session, [view.member.id for view in silent])
    at, count = actor_of(session).at, 0
    for view in silent:
        reached = boxes.get(view.member.id, [])
        if not reached:
            continue
        mails.put(session, mails.REMINDER, view.request, view.member, year=found.dues_year, mailboxes=reached)
        view.request.asked_at = view.request.asked_at or at
        view.request.reminded_at = at
        count += 1
    if count:
        chain.note(session, "declaration.remind", "declarations", found.dues_year, facts={"members": count})
    return count


def change_dates(session: Session, year: int, *, dates: Dates, today: date, zone: str) -> None:
    """Move the deadline of a round, also after its last day; links follow, and reminders whose day lies ahead again."""
    require(actor_of(session), WRITE)
    found = queries.get_round(session, year, lock=True)
    check_dates(dates, today=today, before=_dates(found))
    if (found.deadline, found.late_until) == (dates.deadline, dates.late_until):
        return
    values: dict[str, Any] = {
        "deadline": (found.deadline, dates.deadline),
        "late_until": (found.late_until, dates.late_until),
    }
    before = _dates(found)
    found.deadline, found.late_until = dates.deadline, dates.late_until
    found.reminded = still_reminded(dates, done=found.reminded, today=today)
    links.move_ends(session, found, before=before, zone=zone)
    chain.note(session, "declaration.dates", "declarations", year, values=values)


def _note(session: Session, action: str, year: int, member: Member) -> None:
    chain.note(session, action, "declaration", f"{year} {member.number}", member_id=member.id)
