"""What a second person approved is carried out, in the same unit of work: exactly that, or nothing.

Each step is the use case itself, called again with the arguments that were kept. It acts in the name of who approves,
with the rights that who submitted it holds today; the log names both. Source: MEM-18; `ux.md` 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from membership.domain.approvals import DECIDE, ApprovalOutdated, NotPossibleNow, require_decider
from membership.domain.corrections import Cause, PaidMoney, Reason
from membership.domain.errors import DomainError, NotAllowed
from membership.domain.phrases import phrase, sentence_of
from membership.domain.policy import JOB_ROLES, Job, Role, require
from membership.persistence.db import actor_of
from membership.persistence.models.approvals import Approval
from membership.persistence.queries.users import find_roles
from membership.services import approvals, billing, corrections, direct_debits, refunds, schedules, settings
from membership.services.refunds import Payee


class Today(NamedTuple):
    """What is not part of a proposal but of the moment: the day, and the address that new documents name."""

    day: date
    base_url: str


Arguments = Mapping[str, Any]
Step = Callable[[Session, Arguments, Today], object]


def _waive(session: Session, given: Arguments, today: Today) -> object:
    return corrections.waive(session, **given, today=today.day)


def _write_off(session: Session, given: Arguments, today: Today) -> object:
    return corrections.write_off(session, **given, today=today.day)


def _cancel(session: Session, given: Arguments, today: Today) -> object:
    paid = PaidMoney(given["paid"])
    return corrections.cancel_invoice(
        session, given["number"], reason=_reason(given), paid=paid, today=today.day
    )


def _correct(session: Session, given: Arguments, today: Today) -> object:
    number, cents, paid = given["number"], given["cents"], PaidMoney(given["paid"])
    return corrections.correct_invoice(
        session, number, cents, reason=_reason(given), paid=paid, today=today.day
    )


def _reissue(session: Session, given: Arguments, today: Today) -> object:
    number, reason = given["number"], _reason(given)
    return corrections.reissue_invoice(
        session, number, reason=reason, today=today.day, base_url=today.base_url
    )


def _replace(session: Session, given: Arguments, today: Today) -> object:
    number, reason = given["number"], _reason(given)
    return corrections.replace_invoice(
        session, number, reason=reason, today=today.day, base_url=today.base_url
    )


def _adjust(session: Session, given: Arguments, today: Today) -> object:
    return corrections.adjust_invoice(
        session, given["number"], words=given["words"], paid=PaidMoney(given["paid"]), today=today.day,
        base_url=today.base_url,
    )  # fmt: skip


def _reason(given: Arguments) -> Reason:
    return Reason(Cause(given["cause"]), given["words"])


def _change_settings(session: Session, given: Arguments, _today: Today) -> object:
    return settings.change_settings(session, given)


def _activate(session: Session, given: Arguments, _today: Today) -> object:
    return schedules.activate_schedule(session, given["code"])


def _release(session: Session, given: Arguments, today: Today) -> object:
    send_at = datetime.fromisoformat(given["send_at"]) if given["send_at"] else None
    return billing.release_run(
        session, given["run_id"], today=today.day, sends=given["sends"], send_at=send_at
    )


def _collect(session: Session, given: Arguments, today: Today) -> object:
    day, held, again = date.fromisoformat(given["on"]), frozenset(given["held"]), frozenset(given["again"])
    return direct_debits.create_collection(session, day, today=today.day, held=held, again=again)


def _refund(session: Session, given: Arguments, today: Today) -> object:
    payee = Payee(**{name: given[name] for name in ("line_id", "name", "bic", "uid", "sealed")})
    return refunds.prepare_refund(
        session, given["member"], given["cents"], payee=payee, purpose=given["purpose"], today=today.day
    )


STEPS: Final[Mapping[str, Step]] = {
    "waive": _waive,
    "write_off": _write_off,
    "cancel_invoice": _cancel,
    "correct_invoice": _correct,
    "reissue_invoice": _reissue,
    "replace_invoice": _replace,
    "adjust_invoice": _adjust,
    "change_settings": _change_settings,
    "activate_schedule": _activate,
    "release_run": _release,
    "create_collection": _collect,
    "prepare_refund": _refund,
}
"""Name of a use case, as its proposals say it -> what calls it again with the arguments that were kept."""


def approve(session: Session, approval_id: int, *, today: date, base_url: str) -> None:
    """Do what was submitted, in the name of who approves it.

    Raises `SecondPersonNeeded`, `JobsDecideNothing`, `AlreadyDecided`, and `ApprovalOutdated` when it is no longer what
    was submitted or a rule refuses it now; then `approvals.expire_approval` keeps that, in a unit of its own.
    """
    require(actor_of(session), DECIDE)
    row = approvals.claim_open(session, approval_id)
    require_decider(actor_of(session), submitted_by=row.actor_key)
    with approvals.carrying_out(session, row), _rights_of_both(session, row):
        try:
            STEPS[row.use_case](session, row.arguments, Today(today, base_url))
        except ApprovalOutdated:
            raise
        except NotAllowed as error:
            why = phrase("%(name)s does not hold the right to do this any more.", name=row.actor_name)
            raise NotPossibleNow(why=why) from error
        except DomainError as error:
            raise NotPossibleNow(why=sentence_of(error)) from error
    approvals.note_approved(session, row)


@contextmanager
def _rights_of_both(session: Session, row: Approval) -> Iterator[None]:
    """Let the acting person do what the person or job that submitted it may do today."""
    actor = actor_of(session)
    session.info["actor"] = replace(actor, roles=actor.roles | _roles_today(session, row.actor_key))
    try:
        yield
    finally:
        session.info["actor"] = actor


def _roles_today(session: Session, key: str) -> frozenset[Role]:
    kind, _, name = key.partition(":")
    if kind == "job":
        return JOB_ROLES[Job(name)]
    return find_roles(session, int(name), today=actor_of(session).at.date())
