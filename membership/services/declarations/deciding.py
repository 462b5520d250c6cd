"""The association decides: takes a declaration over, asks back, and says what counts for a member's silence.

What is taken over becomes the member's size of the day that was asked for, with the origin `declared`; the billing
run and a correction of an invoice take it from there. Source: DUE-27 to DUE-30, DUE-5; `ux.md` 6.12.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.declarations.campaigns import Dates, is_over
from membership.domain.declarations.plausibility import Oddity, changes_class
from membership.domain.declarations.questions import Answer, AnswerMissing, BasisNotAsked
from membership.domain.declarations.states import SILENT, WAITING, Decision, DeclarationState
from membership.domain.dues.schedule.choices import Missing
from membership.domain.errors import N_, AlreadyDone, Conflict, InputError
from membership.domain.member_fields import tidy_line
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.declarations import DeclarationDecision
from membership.persistence.models.members import Member, Origin
from membership.persistence.queries import declarations as queries
from membership.persistence.queries import members as member_queries
from membership.persistence.queries.declarations import RequestView
from membership.persistence.queries.dispatch_targets import mailboxes_for_declarations
from membership.persistence.queries.invoicing import list_invoices
from membership.services import members
from membership.services.declarations import mails
from membership.services.declarations.expected import (
    Asked,
    answers_from,
    asked_of,
    asked_of_all,
    outcome_from,
    stored_answers,
    too_late,
)
from membership.services.declarations.rounds import WRITE

_LONGEST = 1000
_FUNCTION = "declaration"
TOO_LATE = N_("By the fee schedule a lower size that came late does not count this year: %(members)s.")
_LOOKED_AT = frozenset({Oddity.ZERO, Oddity.UNDECIDED, Oddity.LATE_LESS})


class NothingDeclared(Conflict):
    """There is no declaration to decide about."""

    message = N_("%(member)s has not declared anything for %(year)s.")
    code = "nothing_declared"


class AcceptedBefore(AlreadyDone):
    """The newest declaration counts already."""

    message = N_("The declaration of %(member)s for %(year)s has been taken over already.")
    code = "declaration_accepted"


class QuestionMissing(InputError):
    """A query without a question."""

    message = N_("Please write what you want to know from the member.")
    code = "query_missing"


class ReasonMissing(InputError):
    """An estimate without its reason."""

    message = N_("Please say what the estimate rests on.")
    code = "estimate_reason"


class SilenceBlocked(Conflict):
    """The schedule lets nothing count in place of a declaration."""

    message = N_(
        "By the fee schedule nothing counts in place of a declaration. Enter it by telephone, or estimate it."
    )
    code = "silence_blocked"


class EstimateAsked(Conflict):
    """The schedule wants an estimate for each member."""

    message = N_(
        "By the fee schedule a missing declaration is estimated, member by member and with a reason."
    )
    code = "estimate_asked"


class HasDeclared(Conflict):
    """A member that declared is not estimated."""

    message = N_("%(member)s has declared. Take that over, or ask back.")
    code = "has_declared"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of taking declarations over: how many, and invoices of the year that now differ.

    `too_late`: members whose lower size does not count this year, because it came after the deadline (DUE-40).
    """

    count: int
    invoices: tuple[str, ...] = ()
    too_late: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as a form token keeps it."""
        found: dict[str, Any] = {"count": self.count, "invoices": list(self.invoices)}
        return {**found, "too_late": list(self.too_late)} if self.too_late else found


def accept(session: Session, year: int, number: str, *, version: int | None = None) -> dict[str, Any]:
    """Take the newest declaration of a member over; return `Accepted` as JSON.

    `version` is the one that the page showed: another one in the meantime raises `Conflict`.
    """
    require(actor_of(session), WRITE)
    view = queries.get_request(session, year, number)
    view = _locked(session, view)
    if view.version is None:
        raise NothingDeclared(member=view.member.number, year=str(year))
    if version is not None and version != view.version.number:
        raise Conflict
    if view.state is DeclarationState.TAKEN_OVER:
        raise AcceptedBefore(member=view.member.number, year=str(year))
    return _take_all_over(session, year, [view])


def accept_all(
    session: Session, year: int, numbers: Sequence[str] | None = None, *, seen: Collection[str] | None = None
) -> dict[str, Any]:
    """Take over these declarations, or all that wait and change no dues class; return `Accepted` as JSON.

    `seen` are the declarations that the page showed, by `shown_as`: others in the meantime raise `Conflict`.
    """
    require(actor_of(session), WRITE)
    found = queries.get_round(session, year, lock=True)
    wanted = None if numbers is None else {number.strip().upper() for number in numbers}
    chosen = [
        view
        for view in queries.list_requests(session, found.id)
        if view.state in WAITING and (is_unchanged(view) if wanted is None else view.member.number in wanted)
    ]
    locked = [_locked(session, each) for each in chosen]
    listed = {shown_as(view) for view in chosen} if seen is None else set(seen)
    if {shown_as(view) for view in locked} != listed or any(view.state not in WAITING for view in locked):
        raise Conflict
    return _take_all_over(session, year, locked)


def shown_as(view: RequestView) -> str:
    """Return a member's newest declaration in one word: its number and the number of the declaration."""
    return f"{view.member.number}:{view.version.number if view.version else 0}"


def _take_all_over(session: Session, year: int, views: Sequence[RequestView]) -> dict[str, Any]:
    left_out = [view.member.number for view in views if _take_over(session, year, view)]
    invoices = _invoices(session, year, [view.member.id for view in views])
    return Accepted(len(views), invoices, tuple(left_out)).as_json()


def is_unchanged(view: RequestView) -> bool:
    """Return whether a declaration that waits changes no dues class, is no 0, not too late, not asked back about."""
    version = view.version
    if version is None or _LOOKED_AT & set(version.oddities):
        return False
    if view.decision is not None and view.decision.version_id == version.id:
        return False
    return not changes_class(outcome_from(version.before), outcome_from(version.expected))


def _locked(session: Session, view: RequestView) -> RequestView:
    queries.lock_request(session, view.request.id)
    return queries.view_of(session, view.request.id)


def _take_over(session: Session, year: int, view: RequestView) -> bool:
    """Let a declaration count; return whether a lower size in it is left out because it came too late."""
    version, member = view.version, view.member
    assert version is not None, view.request.id
    answers, left_out = answers_from(version.answers), frozenset[str]()
    if Oddity.LATE in version.oddities:
        asked = asked_of(session, year, member.id, turnover_class=False)
        left_out = too_late(asked, answers) if asked else left_out
    counting = {basis: each for basis, each in version.answers.items() if basis not in left_out}
    for basis, each in counting.items():
        members.record_basis_value(
            session,
            member.number,
            basis,
            answers[basis],
            as_of=date.fromisoformat(each["as_of"]),
            origin=Origin.DECLARED,
        )
    if view.request.contact:
        _keep_contact(session, member, view.request.contact)
        view.request.contact = None
    _decide(session, year, view, Decision.ACCEPTED, answers=counting, text="", version_id=version.id)
    return bool(left_out)


def _keep_contact(session: Session, member: Member, wish: Mapping[str, str]) -> None:
    """Add the contact that the member named, or let the one with this address answer, by this name."""
    known = member_queries.list_contacts(session, member.id)
    email = wish["email"].casefold()
    same = next((one for one in known if one.ended_on is None and one.email.casefold() == email), None)
    if same is not None and email:
        functions = [*same.functions, *({_FUNCTION} - set(same.functions))]
        changes = {"name": wish["name"] or same.name, "functions": functions}
        members.change_contact(session, member.number, same.id, changes)
        return
    members.add_contact(session, member.number, {**wish, "functions": [_FUNCTION]})


def _invoices(session: Session, year: int, member_ids: Sequence[int]) -> tuple[str, ...]:
    """Return the invoices of the year that were made by other sizes: a correction may follow (DUE-29)."""
    wanted = set(member_ids)
    found = list_invoices(session, year=year) if wanted else []
    return tuple(
        each.invoice.number for each in found if each.member.id in wanted and each.invoice.fee == "dues"
    )


def query(session: Session, year: int, number: str, text: str, *, today: date) -> int:
    """Ask a member back about its declaration, by mail; return the number of mails.

    The mail has a link, but none after the last day: then the member answers by mail, and the office enters it.
    """
    require(actor_of(session), WRITE)
    asked = text.strip()
    if not asked or len(asked) > _LONGEST:
        raise QuestionMissing
    view = _locked(session, queries.get_request(session, year, number))
    if view.version is None:
        raise NothingDeclared(member=view.member.number, year=str(year))
    _decide(session, year, view, Decision.QUERIED, answers={}, text=asked, version_id=view.version.id)
    boxes = mailboxes_for_declarations(session, [view.member.id]).get(view.member.id, [])
    found = queries.round_of(session, view.request)
    is_late = is_over(Dates(found.deadline, found.late_until), today=today)
    kind = mails.QUERY_LATE if is_late else mails.QUERY
    return mails.put(
        session, kind, view.request, view.member, year=year, mailboxes=boxes, facts={"text": asked}
    )


def end_silence(
    session: Session, year: int, *, numbers: Sequence[str] | None = None, seen: int | None = None
) -> dict[str, list[str]]:
    """Let count what the schedule says for all members, or these, that did not declare (DUE-28).

    Carried over is the last known size, as an entry of its own, unless one is recorded for the year already; a higher
    class is worked out by the run. Returns the numbers of the members: `done`, and `unknown`, of whom nothing is known
    to carry over.
    """
    require(actor_of(session), WRITE)
    found = queries.get_round(session, year, lock=True)
    wanted = None if numbers is None else {number.strip().upper() for number in numbers}
    silent = [
        view
        for view in queries.list_requests(session, found.id)
        if view.state in SILENT and (wanted is None or view.member.number in wanted)
    ]
    if seen is not None and seen != len(silent):
        raise Conflict
    asked = asked_of_all(
        session, year, turnover_class=bool(found.asks.get("turnover_class")),
        member_ids={view.member.id for view in silent},
    )  # fmt: skip
    done, unknown = [], []
    for view in silent:
        each = asked.get(view.member.id)
        if each is None or not each.is_enough:
            unknown.append(view.member.number)
            continue
        locked = _locked(session, view)
        if locked.state not in SILENT:
            continue  # It has declared in this moment.
        _let_count(session, year, locked, each)
        done.append(view.member.number)
    return {"done": sorted(done), "unknown": sorted(unknown)}


def _let_count(session: Session, year: int, view: RequestView, asked: Asked) -> None:
    rule = asked.schedule.declaration
    if rule.missing is Missing.BLOCK:
        raise SilenceBlocked
    if rule.missing is Missing.ESTIMATE:
        raise EstimateAsked
    answers: dict[str, Any] = {}
    if rule.missing is Missing.CARRY_OVER and not rule.plus_share:
        answers = stored_answers(asked, asked.in_silence)
        carried = {name: size for name, size in asked.known.items() if name not in asked.counting}
        _record(session, view.member, asked, carried, Origin.CARRIED_OVER, note="")
    _decide(
        session, year, view, Decision.CARRIED_OVER, answers=answers, text=str(rule.missing), version_id=None
    )


def estimate(session: Session, year: int, number: str, answers: Mapping[str, Answer], *, reason: str) -> None:
    """Let an estimate count for a member that did not declare, with its reason (DUE-28)."""
    require(actor_of(session), WRITE)
    why = tidy_line("note", reason)
    if not why:
        raise ReasonMissing
    found = queries.get_round(session, year)
    view = _locked(session, queries.get_request(session, year, number))
    if view.version is not None:
        raise HasDeclared(member=view.member.number)
    asked = asked_of(session, year, view.member.id, turnover_class=bool(found.asks.get("turnover_class")))
    names = {question.name for question in asked.questions} if asked else set()
    strange = next((name for name in answers if name not in names), None)
    if asked is None or strange is not None:
        known = ", ".join(sorted(names))
        raise BasisNotAsked(member=view.member.number, name=strange or "", known=known)
    if names - answers.keys():
        raise AnswerMissing
    _record(session, view.member, asked, answers, Origin.ESTIMATED, note=why)
    _decide(
        session,
        year,
        view,
        Decision.ESTIMATED,
        answers=stored_answers(asked, answers),
        text=why,
        version_id=None,
    )


def _record(
    session: Session,
    member: Member,
    asked: Asked,
    answers: Mapping[str, Answer],
    origin: Origin,
    *,
    note: str,
) -> None:
    for question in asked.questions:
        if question.name not in answers:
            continue
        members.record_basis_value(
            session,
            member.number,
            question.name,
            answers[question.name],
            as_of=question.as_of,
            origin=origin,
            note=note,
        )


def _decide(
    session: Session,
    year: int,
    view: RequestView,
    kind: Decision,
    *,
    answers: Mapping[str, Any],
    text: str,
    version_id: int | None,
) -> None:
    actor, request = actor_of(session), view.request
    chain.append(
        session, DeclarationDecision, request_id=request.id, member_id=request.member_id, version_id=version_id,
        kind=kind, answers=dict(answers), text=text, actor_key=actor.key, actor_name=actor.name, at=actor.at,
    )  # fmt: skip
    chain.note(
        session, f"declaration.{_DONE[kind]}", "declaration", f"{year} {view.member.number}", member_id=view.member.id,
    )  # fmt: skip


_DONE = {
    Decision.ACCEPTED: "accept",
    Decision.QUERIED: "query",
    Decision.CARRIED_OVER: "carry_over",
    Decision.ESTIMATED: "estimate",
}
