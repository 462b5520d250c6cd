"""The second person: which actions wait for one, who may decide, and what becomes of what was submitted.

What is approved is exactly what is done: a proposal says what will happen and what it rests on, and both are compared
when it is carried out. Source: MEM-18, `decisions.md` 7; `ux.md` 4 "Second person"; ASVS 2.3.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from membership.domain.errors import N_, Conflict, DomainError, InputError
from membership.domain.phrases import Phrase, Value
from membership.domain.policy import Actor, may

DECIDE: Final = "approval.decide"
"""The right of who decides."""


class Action(StrEnum):
    """What a second person may be asked for."""

    SCHEDULE = "schedule.activate"
    RUN = "billing.release"
    CORRECTION = "invoice.correct"
    CLAIM = "claim.give_up"
    COLLECTION = "sepa.collect"
    REFUND = "payment.refund"
    PAYEE = "payment.payee"
    BANK = "bank.change"
    RULES = "approval.loosen"


class State(StrEnum):
    """What became of what was submitted."""

    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    OUTDATED = "outdated"


class Rule(NamedTuple):
    """When an action waits: the setting that switches it on (none: always), and the setting of its limit in cents."""

    setting: str = ""
    limit: str = ""


RULES: Final[Mapping[Action, Rule]] = {
    Action.SCHEDULE: Rule("approval.schedule"),
    Action.RUN: Rule("approval.run"),
    Action.CORRECTION: Rule("approval.correction", "approval.correction_limit_cents"),
    Action.CLAIM: Rule("approval.claim", "approval.claim_limit_cents"),
    Action.COLLECTION: Rule("approval.collection"),
    Action.REFUND: Rule("approval.refund"),
    Action.PAYEE: Rule("approval.payee"),
    Action.BANK: Rule("approval.bank"),
    Action.RULES: Rule(),
}
ACTION_WORDS: Final[Mapping[Action, str]] = {
    Action.SCHEDULE: N_("Put a fee schedule into force"),
    Action.RUN: N_("Release a billing run"),
    Action.CORRECTION: N_("Cancel or correct an invoice"),
    Action.CLAIM: N_("Waive or write off a claim"),
    Action.COLLECTION: N_("Create a direct debit file"),
    Action.REFUND: N_("Refund a credit balance"),
    Action.PAYEE: N_("Refund to an account that never paid"),
    Action.BANK: N_("Change the association’s bank account"),
    Action.RULES: N_("Ask for fewer approvals"),
}
SHOWN_WORDS: Final[Mapping[str, str]] = {
    "bank.iban": N_("IBAN"),
    "bank.bic": N_("BIC"),
    "bank.name": N_("Bank"),
    "bank.holder": N_("Account holder"),
    **{rule.setting: ACTION_WORDS[action] for action, rule in RULES.items() if rule.setting},
    "approval.correction_limit_cents": N_("Corrections: nobody is asked up to"),
    "approval.claim_limit_cents": N_("Waivers and write-offs: nobody is asked up to"),
}
"""Setting -> what it is called where its change waits for a second person."""
STATE_WORDS: Final[Mapping[State, str]] = {
    State.OPEN: N_("Waiting for approval"),
    State.APPROVED: N_("Approved"),
    State.RETURNED: N_("Returned"),
    State.WITHDRAWN: N_("Withdrawn"),
    State.OUTDATED: N_("Outdated"),
}


class SecondPersonNeeded(DomainError):
    """Who asked cannot decide."""

    message = N_("Somebody else must decide this: you asked for it yourself.")
    code = "second_person"


class JobsDecideNothing(DomainError):
    """A named job, such as a command without a person, approves nothing."""

    message = N_("Only a person can decide this. Name the person with --as.")
    code = "jobs_decide_nothing"


class ReasonMissing(InputError):
    """Nothing is returned or reopened without a reason."""

    message = N_("Please say why. The reason stands in the log for ever.")
    code = "reason_missing"


class AlreadyDecided(Conflict):
    """Of two people at once one was first."""

    message = N_("%(name)s was faster. It is decided already: %(state)s.")
    code = "already_decided"


class ApprovalOutdated(Conflict):
    """What was submitted is not what would be done now; it has to be submitted again."""

    message = N_(
        "Nothing was done: it has changed since it was submitted. It must be looked at and submitted again."
    )
    code = "approval_outdated"


class NotPossibleNow(ApprovalOutdated):
    """A rule refuses now what was possible when it was submitted."""

    message = N_("Nothing was done: what was submitted is no longer possible. %(why)s")


class Proposal(NamedTuple):
    """What somebody wants to do.

    Args:
        action: what it is, for the setting that asks for a second person.
        step: the name of the use case that does it (`services/approving.py`).
        kind: the kind of thing it is done to, as the audit log names it.
        ref: its number or name.
        title: the whole in one sentence.
        arguments: plain values with which the use case is called again; no IBAN of a member (`decisions.md` 41).
        shown: what will happen, label (a message id) and value, as the check page says it.
        rests_on: plain values of the present state that must be the same when it is carried out.
        cents: the amount that is compared with the limit of the action, where it has one.
        member_id: the member it is about.
    """

    action: Action
    step: str
    kind: str
    ref: str
    title: Phrase
    arguments: Mapping[str, Any]
    shown: tuple[tuple[str, Value | Phrase], ...] = ()
    rests_on: Mapping[str, Any] = MappingProxyType({})
    cents: int = 0
    member_id: int | None = None


class Go(NamedTuple):
    """It may be done now; `facts` say in the audit log why no second person, or who, was asked."""

    facts: Mapping[str, object]


class Waiting(NamedTuple):
    """It was submitted and waits for a second person; `approval` is its number."""

    approval: int


NOT_REQUIRED: Final = Go({"second_person": "not required"})
NOBODY_ELSE: Final = Go({"second_person": "nobody else holds the right"})


def is_asked(action: Action, cents: int, settings: Mapping[str, object]) -> bool:
    """Return whether an action with this amount waits for a second person; up to its limit it does not."""
    rule = RULES[action]
    if rule.setting and not settings[rule.setting]:
        return False
    return not rule.limit or abs(cents) > int(str(settings[rule.limit]))


def loosens(before: Mapping[str, object], changes: Mapping[str, object]) -> bool:
    """Return whether changed settings ask for fewer approvals: one switched off, or a limit raised while it counts."""
    after = {**before, **changes}
    for rule in RULES.values():
        if not rule.setting or not before.get(rule.setting):
            continue
        if not after[rule.setting]:
            return True
        if rule.limit and int(str(after[rule.limit])) > int(str(before[rule.limit])):
            return True
    return False


def require_decider(actor: Actor, *, submitted_by: str) -> None:
    """Raise unless the actor is a person with the right, and another one than who submitted it (MEM-18)."""
    if actor.job is not None:
        raise JobsDecideNothing
    if actor.key == submitted_by:
        raise SecondPersonNeeded


def may_decide(actor: Actor, *, submitted_by: str) -> bool:
    """Return whether the actor may approve or return what somebody submitted."""
    return actor.job is None and actor.key != submitted_by and may(actor, DECIDE)
