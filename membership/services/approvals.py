"""The second person: what is submitted and waits, and what is returned or withdrawn; `approving.py` carries it out.

A use case that may need a second person builds its `Proposal` when all its rules are satisfied, and asks
`require_second` before it changes anything: `Go` means now, `Waiting` that it was submitted. Called again by
`approving.approve` it gets `Go` only for exactly what was approved.
Source: MEM-18, `decisions.md` 7; `ux.md` 4; INV-21.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.approvals import (
    DECIDE,
    NOBODY_ELSE,
    NOT_REQUIRED,
    STATE_WORDS,
    Action,
    AlreadyDecided,
    ApprovalOutdated,
    Go,
    Proposal,
    ReasonMissing,
    State,
    Waiting,
    is_asked,
    require_decider,
)
from membership.domain.dues.stored import phrase_of, stored_phrase
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.columns import canonical
from membership.persistence.db import actor_of, guard
from membership.persistence.models.approvals import Approval, ApprovalDecision
from membership.persistence.queries import approvals as queries
from membership.persistence.queries.approvals import ApprovalLine
from membership.persistence.queries.settings import get_settings
from membership.services import staff_mail

_KEY: Final = "approved"
_OBJECT: Final = "approval"


@dataclass(slots=True)
class _Approved:
    """What a unit of work carries out; used once."""

    approval: Approval
    is_used: bool = False


def require_second(session: Session, proposal: Proposal) -> Go | Waiting:
    """Return `Go` when it may be done now, or submit it to a second person and return `Waiting`.

    The same thing submitted again while it waits stays one; another proposal about the same thing takes its place.
    Raises `ApprovalOutdated` when something else was approved than what would be done.
    """
    shown = _shown(proposal)
    fingerprint = _fingerprint(proposal, shown)
    approved = session.info.get(_KEY)
    if isinstance(approved, _Approved):
        return _carry_out(approved, proposal, fingerprint)
    if not is_asked(proposal.action, proposal.cents, get_settings(session).values):
        return _at_once(session, proposal, NOT_REQUIRED)
    people = queries.list_deciders(session, without=actor_of(session).key)
    if not people:
        return _at_once(session, proposal, NOBODY_ELSE)
    guard(session, "approvals")
    waiting = queries.list_open_of(session, proposal.kind, proposal.ref, proposal.action)
    for line in waiting:
        if line.approval.fingerprint == fingerprint:
            return Waiting(line.approval.id)
    number = _submit(session, proposal, shown, fingerprint)
    for line in waiting:
        _replace(session, line.approval, number)
    staff_mail.put_approval(
        session,
        [user_id for user_id, _name in people],
        phrase(
            "%(name)s asks for your approval: %(what)s.", name=actor_of(session).name, what=proposal.title
        ),
        key=f"{number}:asked",
    )
    return Waiting(number)


def is_needed(session: Session, action: Action, *, cents: int = 0) -> bool:
    """Return whether an action with this amount would wait for a second person if it were submitted now."""
    return is_asked(action, cents, get_settings(session).values) and bool(
        queries.list_deciders(session, without=actor_of(session).key)
    )


def _shown(proposal: Proposal) -> list[list[object]]:
    """Return what will happen as plain values: label, and the value within a sentence that holds only it."""
    return [[label, stored_phrase(Phrase("%(value)s", {"value": value}))] for label, value in proposal.shown]


def _fingerprint(proposal: Proposal, shown: list[list[object]]) -> str:
    whole = {
        "action": proposal.action,
        "step": proposal.step,
        "kind": proposal.kind,
        "ref": proposal.ref,
        "title": stored_phrase(proposal.title),
        "shown": shown,
        "arguments": dict(proposal.arguments),
        "rests_on": dict(proposal.rests_on),
    }
    return sha256(canonical(whole).encode()).hexdigest()


def _carry_out(approved: _Approved, proposal: Proposal, fingerprint: str) -> Go:
    row = approved.approval
    if approved.is_used or (row.action, row.fingerprint) != (proposal.action, fingerprint):
        raise ApprovalOutdated
    approved.is_used = True
    return Go({"second_person": row.actor_key, "approval": row.id})


def _at_once(session: Session, proposal: Proposal, go: Go) -> Go:
    """Let it go through; what waited about the same thing is done with."""
    for line in queries.list_open_of(session, proposal.kind, proposal.ref, proposal.action):
        _end(session, line.approval, State.OUTDATED, why=phrase("It was done without an approval."))
    return go


def _submit(session: Session, proposal: Proposal, shown: list[list[object]], fingerprint: str) -> int:
    actor = actor_of(session)
    number = chain.append(
        session,
        Approval,
        action=proposal.action,
        use_case=proposal.step,
        object_kind=proposal.kind,
        object_ref=proposal.ref,
        member_id=proposal.member_id,
        title=stored_phrase(proposal.title),
        shown=shown,
        arguments=dict(proposal.arguments),
        fingerprint=fingerprint,
        reason=actor.reason,
        actor_key=actor.key,
        actor_name=actor.name,
        at=actor.at,
    )
    chain.note(
        session,
        "approval.submitted",
        proposal.kind,
        proposal.ref,
        member_id=proposal.member_id,
        facts={"approval": number, "action": proposal.action},
    )
    return number


def _replace(session: Session, row: Approval, number: int) -> None:
    why = phrase("It was submitted anew as number %(number)s.", number=str(number))
    _end(session, row, State.OUTDATED, why=why)


def _end(
    session: Session, row: Approval, state: State, *, reason: str = "", why: Phrase | None = None
) -> None:
    actor = actor_of(session)
    chain.append(
        session,
        ApprovalDecision,
        approval_id=row.id,
        state=state,
        reason=reason,
        why=None if why is None else stored_phrase(why),
        actor_key=actor.key,
        actor_name=actor.name,
        at=actor.at,
    )
    chain.note(
        session,
        f"approval.{state}",
        row.object_kind,
        row.object_ref,
        member_id=row.member_id,
        facts={"approval": row.id, "action": row.action, "submitted_by": row.actor_key},
        values={"reason": (None, reason)} if reason else None,
    )


def claim_open(session: Session, approval_id: int) -> Approval:
    """Return something that waits, under the lock of all decisions; raise `AlreadyDecided` with who was faster."""
    guard(session, "approvals")
    line = queries.get_approval(session, approval_id)
    if line.decision is not None:
        state = phrase(STATE_WORDS[line.state])
        raise AlreadyDecided(name=line.decision.actor_name, state=state)
    return line.approval


@contextmanager
def carrying_out(session: Session, row: Approval) -> Iterator[None]:
    """Let exactly what was approved go through, once; raise `ApprovalOutdated` when nothing asked for it."""
    approved = session.info[_KEY] = _Approved(row)
    try:
        yield
    finally:
        del session.info[_KEY]
    if not approved.is_used:
        raise ApprovalOutdated


def note_approved(session: Session, row: Approval) -> None:
    """Keep that the acting person approved it, and tell who submitted it."""
    _end(session, row, State.APPROVED)
    _tell(
        session, row, phrase("%(name)s approved: %(what)s.", name=actor_of(session).name, what=title_of(row))
    )


def return_approval(session: Session, approval_id: int, *, reason: str) -> None:
    """Give it back to who submitted it, with a reason: nothing is done.

    Raises `SecondPersonNeeded`, `JobsDecideNothing`, `ReasonMissing` or `AlreadyDecided`.
    """
    require(actor_of(session), DECIDE)
    row = claim_open(session, approval_id)
    require_decider(actor_of(session), submitted_by=row.actor_key)
    if not reason.strip():
        raise ReasonMissing
    _end(session, row, State.RETURNED, reason=reason.strip())
    _tell(
        session,
        row,
        phrase(
            "%(name)s returned: %(what)s. Reason: %(reason)s",
            name=actor_of(session).name,
            what=title_of(row),
            reason=reason.strip(),
        ),
    )


def withdraw_approval(session: Session, approval_id: int) -> None:
    """Take it back, one's own or that of a colleague with the same right: nothing is done."""
    require(actor_of(session), "approval.submit")
    _end(session, claim_open(session, approval_id), State.WITHDRAWN)


def expire_approval(session: Session, approval_id: int, *, why: Phrase) -> None:
    """Note that it cannot be done as it was submitted, after its approval found that out; once is enough."""
    require(actor_of(session), DECIDE)
    guard(session, "approvals")
    line = queries.get_approval(session, approval_id)
    if line.decision is None:
        _end(session, line.approval, State.OUTDATED, why=why)
        _tell(
            session,
            line.approval,
            phrase("It has to be submitted again: %(what)s. %(why)s", what=title_of(line.approval), why=why),
        )


def outdate(session: Session, approval_id: int, *, why: Phrase) -> None:
    """Let something that waits not be done any more, because what it belonged to was taken back."""
    guard(session, "approvals")
    line = queries.get_approval(session, approval_id)
    if line.decision is None:
        _end(session, line.approval, State.OUTDATED, why=why)
        text = phrase("It is not done any more: %(what)s. %(why)s", what=title_of(line.approval), why=why)
        _tell(session, line.approval, text)


def title_of(row: Approval) -> Phrase:
    """Return what was submitted, in one sentence."""
    return phrase_of(row.title)


def shown_of(row: Approval) -> list[tuple[str, Phrase]]:
    """Return what will happen, label (a message id) and value, as it was shown when it was submitted."""
    return [(label, phrase_of(value)) for label, value in row.shown]


def why_of(line: ApprovalLine) -> Phrase | None:
    """Return why it is outdated; None when it is not."""
    return phrase_of(line.decision.why) if line.decision is not None and line.decision.why else None


def _tell(session: Session, row: Approval, text: Phrase) -> None:
    kind, _, number = row.actor_key.partition(":")
    if kind == "user" and row.actor_key != actor_of(session).key:
        staff_mail.put_approval(session, [int(number)], text, key=f"{row.id}:decided")
