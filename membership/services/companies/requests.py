"""What a company asks for and the association decides: kept until a person has approved, declined or noted it.

Source: `ux.md` 7 "Company data" (names wait for approval), "Privacy" (delete request); MEM-9.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.companies import AnswerMissing, NameChanged, RequestKind, RequestState
from membership.domain.errors import AlreadyDone
from membership.domain.member_fields import tidy_line
from membership.domain.member_lists.company_names import legal_form_of
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.companies import CompanyRequest
from membership.persistence.models.members import Member
from membership.persistence.queries import companies as queries
from membership.services import staff_mail
from membership.services.companies import mails
from membership.services.members.records import WRITE, apply_changes, own_member

_EDITS: Final = "portal.edit"


def ask(
    session: Session, member: Member, kind: RequestKind, facts: Mapping[str, object], *, news: Phrase
) -> int:
    """Keep a request of a company and tell the association; one of the same kind that waits is replaced."""
    actor = actor_of(session)
    for known in queries.list_open_requests(session, member_id=member.id):
        if known.request.kind is kind:
            _settle(session, known.request, RequestState.WITHDRAWN)
    request = CompanyRequest(
        member_id=member.id, kind=kind, state=RequestState.OPEN, facts=dict(facts), asked_at=actor.at,
        asked_by=actor.name,
    )  # fmt: skip
    session.add(request)
    session.flush()
    staff_mail.put_member_news(session, news, key=f"request:{request.id}")
    return request.id


def ask_erasure(session: Session, number: str, *, text: str) -> int:
    """Ask the association to erase personal data; what the law keeps stays, and a person answers."""
    member = own_member(session, number, own=_EDITS)
    said = tidy_line("text", text)
    news = phrase(
        "%(name)s asks to erase personal data of %(company)s (%(number)s).",
        name=actor_of(session).name, company=member.name, number=member.number,
    )  # fmt: skip
    request_id = ask(session, member, RequestKind.ERASURE, {"text": said}, news=news)
    chain.note(
        session, "company.ask_erasure", "member", member.number, member_id=member.id,
        values={"note": (None, said)},
    )  # fmt: skip
    return request_id


def withdraw_request(session: Session, number: str, request_id: int) -> bool:
    """Take a request back; return False where somebody has decided before, and for a notice, which is no request."""
    member = own_member(session, number, own=_EDITS)
    request = queries.get_own_request(session, member.id, request_id, lock=True)
    if request.state is not RequestState.OPEN or request.kind is RequestKind.NOTICE:
        return False
    _settle(session, request, RequestState.WITHDRAWN)
    chain.note(
        session, "company.withdraw_request", "member", member.number, member_id=member.id,
        facts={"kind": str(request.kind)},
    )  # fmt: skip
    return True


def approve_name(session: Session, request_id: int) -> None:
    """Give a company the name that it asked for; its people hear about it.

    A legal form that the name does not say stays as it is. Raises `AlreadyDone`, and `NameChanged` where the company
    has another name than it had when it asked.
    """
    member, request = _open(session, request_id, RequestKind.NAME)
    new = str(request.facts["new"])
    if member.name != request.facts["old"]:
        raise NameChanged(name=member.name)
    _settle(session, request, RequestState.DONE)
    legal_form = legal_form_of(new)
    apply_changes(session, member, {"name": new} | ({"legal_form": legal_form} if legal_form else {}))
    text = phrase(
        "Your company is named %(new)s with us from now on. It counts for future invoices.", new=new
    )
    mails.put_news(session, member, text, key=f"request:{request.id}")


def decline_name(session: Session, request_id: int, *, answer: str) -> None:
    """Leave the name of a company as it is and say why. Raises `AlreadyDone`, `AnswerMissing`."""
    member, request = _open(session, request_id, RequestKind.NAME)
    why = tidy_line("answer", answer)
    if not why:
        raise AnswerMissing
    _settle(session, request, RequestState.DECLINED, answer=why)
    chain.note(
        session, "company.decline_name", "member", member.number, member_id=member.id,
        values={"name": (str(request.facts["new"]), None), "reason": (None, why)},
    )  # fmt: skip
    text = phrase(
        "We have not taken over the new name %(new)s: %(why)s", new=str(request.facts["new"]), why=why
    )
    mails.put_news(session, member, text, key=f"request:{request.id}")


def settle_request(session: Session, request_id: int, *, answer: str = "") -> None:
    """Note that a notice was seen, or that data were erased; the company hears about it. Raises `AlreadyDone`."""
    member, request = _open(session, request_id, RequestKind.NOTICE, RequestKind.ERASURE)
    said = tidy_line("answer", answer)
    _settle(session, request, RequestState.DONE, answer=said)
    chain.note(
        session, "company.settle_request", "member", member.number, member_id=member.id,
        facts={"kind": str(request.kind)}, values={"note": (None, said)} if said else None,
    )  # fmt: skip
    if request.kind is RequestKind.NOTICE and not said:
        return
    done = phrase("Your request to erase personal data of %(company)s is done.", company=member.name)
    if request.kind is RequestKind.NOTICE:
        done = phrase("About your notice of leaving for %(company)s:", company=member.name)
    text = phrase("%(sentence)s %(answer)s", sentence=done, answer=said) if said else done
    mails.put_news(session, member, text, key=f"request:{request.id}")


def _open(session: Session, request_id: int, *kinds: RequestKind) -> tuple[Member, CompanyRequest]:
    """Return the company, locked, and its request, which waits."""
    require(actor_of(session), WRITE)
    view = queries.get_request(session, request_id)
    member = own_member(session, view.number, own=WRITE)
    request = queries.get_own_request(session, member.id, request_id, lock=True)
    if request.state is not RequestState.OPEN or request.kind not in kinds:
        raise AlreadyDone
    return member, request


def _settle(session: Session, request: CompanyRequest, state: RequestState, *, answer: str = "") -> None:
    actor = actor_of(session)
    request.state, request.answer = state, answer
    request.settled_at, request.settled_by = actor.at, actor.name
    session.flush()
