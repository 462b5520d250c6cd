"""A member declares: what was typed is kept step by step, then sent; every answer stays, the newest counts.

The same by the link of a mail, in the member area, and by the office for a member on the telephone.
Source: DUE-27 to DUE-30; `ux.md` 7 "Declaration"; MEM-15 (`declare`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.declarations.plausibility import oddities
from membership.domain.declarations.questions import Answer, AnswerMissing, BasisNotAsked
from membership.domain.declarations.states import Way
from membership.domain.dispatch import Mailbox, checked_address
from membership.domain.errors import N_, Conflict, InputError
from membership.domain.member_fields import tidy_line
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.declarations import (
    DeclarationRequest,
    DeclarationRound,
    DeclarationVersion,
)
from membership.persistence.queries import declarations as queries
from membership.persistence.queries.declarations import RequestView
from membership.persistence.queries.dispatch_targets import mailboxes_for_declarations
from membership.persistence.queries.settings import get_settings
from membership.services.declarations import links, mails
from membership.services.declarations.expected import (
    Asked,
    Expected,
    asked_of,
    expected,
    measured,
    stored_answers,
    stored_outcome,
    too_late,
)
from membership.services.declarations.rounds import WRITE, require_open

_LONGEST_COMMENT = 1000


class NothingAsked(Conflict):
    """The dues of the member rest on no size any more."""

    message = N_(
        "There is nothing to declare any more: the dues do not rest on a size. Please ask the association."
    )
    code = "nothing_asked"


class NameMissing(InputError):
    """Nobody stands for the declaration."""

    message = N_("Please enter who confirms the declaration.")
    code = "declaration_name"


class CommentTooLong(InputError):
    """A remark that is a letter."""

    message = N_("A remark may have at most 1,000 characters.")
    code = "declaration_comment"


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request as the pages of the member need it."""

    view: RequestView
    round: DeclarationRound
    asked: Asked
    contact: Mailbox

    @property
    def draft(self) -> dict[str, Any]:
        """Return what was typed and not sent yet."""
        return dict(self.view.request.draft or {})


def open_request(session: Session, request_id: int) -> OpenRequest:
    """Return a request with its questions and who answers for the company; the caller knows who may see it."""
    view = queries.view_of(session, request_id)
    found = queries.round_of(session, view.request)
    asked = asked_of(
        session, found.dues_year, view.member.id, turnover_class=bool(found.asks.get("turnover_class"))
    )
    if asked is None or not asked.questions:
        raise NothingAsked
    boxes = mailboxes_for_declarations(session, [view.member.id]).get(view.member.id, [])
    return OpenRequest(view, found, asked, boxes[0] if boxes else Mailbox(""))


def save_by_link(session: Session, secret: str, *, changes: Mapping[str, Any], today: date) -> None:
    """Keep what was typed behind a link; whoever holds the link may."""
    opened = links.find_link(session, secret, at=actor_of(session).at)
    _save(session, opened.request_id, changes, today=today)


def save_in_portal(session: Session, request_id: int, *, changes: Mapping[str, Any], today: date) -> None:
    """Keep what a person of the company typed."""
    _require_own(session, request_id)
    _save(session, request_id, changes, today=today)


def _require_own(session: Session, request_id: int) -> None:
    view = queries.view_of(session, request_id)
    require(actor_of(session), "portal.declare", member_id=view.member.id)


def _save(session: Session, request_id: int, changes: Mapping[str, Any], *, today: date) -> None:
    request = queries.lock_request(session, request_id)
    require_open(queries.round_of(session, request), today=today)
    request.draft = {**(request.draft or {}), **changes}


@dataclass(frozen=True, slots=True)
class Declared:
    """What a member declares.

    Args:
        answers: each question with its answer.
        comment: a remark, which explains a lower number.
        name: who confirms it.
        contact: name and address of another contact, as the member wishes it; None leaves the wish as it is, empty
            takes it back.
        evidence_id: the file that proves it.
    """

    answers: Mapping[str, Answer]
    comment: str = ""
    name: str = ""
    contact: Mapping[str, str] | None = None
    evidence_id: int | None = None


def declare_by_link(session: Session, secret: str, declared: Declared, *, today: date) -> int:
    """Keep a declaration made behind a link and return its number; whoever holds the link may.

    Raises `DeclarationLinkEnded`, `RoundEnded`, and what is wrong with the answers.
    """
    opened = links.find_link(session, secret, at=actor_of(session).at)
    return _declare(session, opened.request_id, declared, way=Way.LINK, today=today)


def declare_in_portal(
    session: Session, request_id: int, declared: Declared, *, outcome: Expected, asked: Asked, today: date
) -> int:
    """Keep a declaration of the signed-in person, who may not read schedules: the dues were worked out before."""
    _require_own(session, request_id)
    return _declare(session, request_id, declared, way=Way.PORTAL, today=today, worked_out=(asked, outcome))


def declare_by_office(session: Session, year: int, number: str, declared: Declared, *, today: date) -> int:
    """Keep what a member says on the telephone, or on paper; return the number of the declaration."""
    require(actor_of(session), WRITE)
    view = queries.get_request(session, year, number)
    return _declare(session, view.request.id, declared, way=Way.OFFICE, today=today)


def _declare(
    session: Session,
    request_id: int,
    declared: Declared,
    *,
    way: Way,
    today: date,
    worked_out: tuple[Asked, Expected] | None = None,
) -> int:
    request = queries.lock_request(session, request_id)
    view = queries.view_of(session, request_id)
    found = queries.round_of(session, request)
    if way is not Way.OFFICE:
        require_open(found, today=today)
    asked = worked_out[0] if worked_out else _asked(session, found, request)
    _check(view, asked, declared)
    outcome = worked_out[1] if worked_out else expected(session, found.dues_year, asked, declared.answers)
    answers, comment = stored_answers(asked, declared.answers), declared.comment.strip()
    name = tidy_line("name", declared.name)
    wish = request.contact if declared.contact is None else _wish(declared.contact)
    if view.version is not None and _says_the_same(view.version, answers, comment, declared.evidence_id):
        is_known = (name, wish) == (request.declared_by, request.contact)
        if is_known and not view.is_queried:
            request.draft = None
            return view.version.number
    sizes = measured(asked, declared.answers)
    is_late = today > found.deadline
    odd = oddities(
        sizes, before=outcome.before, now=outcome.now, comment=comment, is_late=is_late,
        is_late_less=is_late and bool(too_late(asked, declared.answers)),
    )  # fmt: skip
    number = 1 + (view.version.number if view.version else 0)
    actor = actor_of(session)
    chain.append(
        session, DeclarationVersion, request_id=request.id, member_id=request.member_id, number=number,
        answers=answers, known=stored_answers(asked, asked.known), comment=comment, way=way,
        before=stored_outcome(outcome.before), expected=stored_outcome(outcome.now),
        oddities=[str(each) for each in odd], evidence_id=declared.evidence_id, actor_key=actor.key,
        actor_name=actor.name, at=actor.at,
    )  # fmt: skip
    request.draft, request.declared_by, request.contact = None, name, wish
    chain.note(
        session, "declaration.submit", "declaration", f"{found.dues_year} {view.member.number}",
        member_id=view.member.id, facts={"number": number, "way": str(way)},
        values={"declared_by": (None, request.declared_by)},
    )  # fmt: skip
    if way is not Way.OFFICE:
        _thank(session, request, view, year=found.dues_year, number=number)
    return number


def _asked(session: Session, found: DeclarationRound, request: DeclarationRequest) -> Asked:
    asked = asked_of(
        session, found.dues_year, request.member_id, turnover_class=bool(found.asks.get("turnover_class"))
    )
    if asked is None or not asked.questions:
        raise NothingAsked
    return asked


def _check(view: RequestView, asked: Asked, declared: Declared) -> None:
    names = {question.name for question in asked.questions}
    for name in declared.answers:
        if name not in names:
            known = ", ".join(sorted(names))
            raise BasisNotAsked(member=view.member.number, name=name, known=known)
    if names - declared.answers.keys():
        raise AnswerMissing
    if not declared.name.strip():
        raise NameMissing
    if len(declared.comment) > _LONGEST_COMMENT:
        raise CommentTooLong


def _says_the_same(
    version: DeclarationVersion, answers: Mapping[str, Any], comment: str, evidence_id: int | None
) -> bool:
    """Return whether nothing differs from the newest declaration: a second click makes no second one."""
    return (version.answers, version.comment, version.evidence_id) == (answers, comment, evidence_id)


def _wish(contact: Mapping[str, str] | None) -> dict[str, str] | None:
    """Return the wish for another contact in its form; it counts when the declaration is taken over."""
    if not contact:
        return None
    name, email = tidy_line("name", contact.get("name", "")), contact.get("email", "").strip()
    if email:
        email = checked_address(email)
    return {"name": name, "email": email} if name or email else None


def _thank(
    session: Session, request: DeclarationRequest, view: RequestView, *, year: int, number: int
) -> None:
    """Put a mail with the confirmation to whoever answers for the company, once for each declaration."""
    boxes = mailboxes_for_declarations(session, [request.member_id]).get(request.member_id, [])
    if boxes and get_settings(session).can_send_mail:
        mails.put(
            session, mails.RECEIVED, request, view.member, year=year, mailboxes=boxes[:1],
            facts={"version": number}, round_number=number,
        )  # fmt: skip
