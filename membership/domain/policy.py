"""Who may do what: roles, named actions and the one table that joins them; `Actor` and `require`.

Source: `ux.md` 3 (rights area by area), `reliability.md` 5.10, INV-19 to INV-21, `decisions.md` 6 and 35.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from membership.domain.errors import NotAllowed


class Role(StrEnum):
    """What a person may be; staff roles first, then the two of the member portal."""

    ADMIN = "admin"
    TREASURER = "treasurer"
    OFFICE = "office"
    BOARD = "board"
    AUDITOR = "auditor"
    COMPANY_ADMIN = "company_admin"
    COMPANY_USER = "company_user"


class Job(StrEnum):
    """Named jobs that act without a person in front of them."""

    CLI = "cli"
    WORKER = "worker"
    SETUP = "setup"
    SIGN_IN = "sign_in"
    KEEPER = "keeper"


STAFF: Final = frozenset({Role.ADMIN, Role.TREASURER, Role.OFFICE, Role.BOARD, Role.AUDITOR})
PORTAL: Final = frozenset({Role.COMPANY_ADMIN, Role.COMPANY_USER})
EVERYBODY: Final = "public"
SIGNED_IN: Final = "signed_in"

_T, _O, _B, _A, _D = Role.TREASURER, Role.OFFICE, Role.BOARD, Role.AUDITOR, Role.ADMIN
_CA, _CU = Role.COMPANY_ADMIN, Role.COMPANY_USER

ACTIONS: Final[Mapping[str, frozenset[Role]]] = {
    "overview.read": frozenset({_T, _O, _B, _A, _D}),
    "member.read": frozenset({_T, _O, _B, _A}),
    "member.write": frozenset({_T, _O}),
    "member.import": frozenset({_T, _O}),
    "member.dues": frozenset({_T}),
    "declaration.read": frozenset({_T, _O, _B, _A}),
    "declaration.write": frozenset({_T, _O}),
    "schedule.read": frozenset({_T, _B, _A}),
    "schedule.write": frozenset({_T}),
    "billing.read": frozenset({_T, _B, _A}),
    "billing.release": frozenset({_T}),
    "invoice.read": frozenset({_T, _O, _B, _A}),
    "invoice.issue": frozenset({_T}),
    "invoice.send": frozenset({_T}),
    "invoice.correct": frozenset({_T}),
    "claim.change": frozenset({_T}),
    "payment.read": frozenset({_T, _B, _A}),
    "payment.record": frozenset({_T}),
    "bank.read": frozenset({_T, _A}),
    "bank.write": frozenset({_T}),
    "mandate.read": frozenset({_T, _A}),
    "mandate.write": frozenset({_T}),
    "collection.read": frozenset({_T, _B, _A}),
    "collection.write": frozenset({_T}),
    "online.read": frozenset({_T, _B, _A}),
    "online.write": frozenset({_T}),
    "report.read": frozenset({_T, _B, _A}),
    "report.members": frozenset({_T, _O, _B, _A}),
    "year.close": frozenset({_T}),
    "year.approve": frozenset({_B}),
    "approval.read": frozenset({_T, _B, _A, _D}),
    "approval.submit": frozenset({_T, _D}),
    "approval.decide": frozenset({_B}),
    "audit.read": frozenset({_T, _B, _A, _D}),
    "settings.read": frozenset({_T, _B, _A, _D}),
    "settings.write": frozenset({_T, _D}),
    "settings.operate": frozenset({_D}),
    "system.read": frozenset({_A, _D}),
    "users.read": frozenset({_A, _D}),
    "users.manage": frozenset({_D}),
    "portal.read": frozenset({_CA, _CU}),
    "portal.declare": frozenset({_CA, _CU}),
    "portal.pay": frozenset({_CA, _CU}),
    "portal.edit": frozenset({_CA}),
    "portal.users": frozenset({_CA}),
}
"""Action -> the roles that hold it; anything not named here is refused."""

JOB_ROLES: Final[Mapping[Job, frozenset[Role]]] = {
    Job.CLI: frozenset({Role.TREASURER, Role.ADMIN}),
    Job.WORKER: frozenset({Role.TREASURER}),
    Job.SETUP: frozenset({Role.ADMIN}),
    Job.SIGN_IN: frozenset(),
    Job.KEEPER: frozenset({Role.ADMIN}),
}
"""A named job may what these roles may (`interfaces.md`: `cli` as treasurer and admin, but it approves nothing)."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, when, in which request and why; carried by the session of a unit of work (INV-16).

    Args:
        name: the person's name or the job's name, as the audit log prints it.
        at: the moment, aware, UTC.
        request_id: id of the request, job or command.
        user_id: the person's row; None for a job.
        job: the named job; None for a person.
        roles: what the person may be today.
        companies: member ids a portal person acts for, each with its role.
        reason: why; empty means the name of the use case.
        form_token: the token of the form that asked, for idempotency (`reliability.md` 28).
        is_looking: a person of the staff on a company's pages; sees what the company sees, and writes nothing.
    """

    name: str
    at: datetime
    request_id: str
    user_id: int | None = None
    job: Job | None = None
    roles: frozenset[Role] = frozenset()
    companies: tuple[tuple[int, Role], ...] = ()
    reason: str = ""
    form_token: str | None = None
    is_looking: bool = False

    @property
    def key(self) -> str:
        """Return the stable key of the actor: `user:7` or `job:cli`."""
        return f"user:{self.user_id}" if self.job is None else f"job:{self.job}"

    @property
    def is_portal(self) -> bool:
        """Return whether this actor sees own companies only."""
        return self.job is None and not (self.roles & STAFF)

    @property
    def member_ids(self) -> frozenset[int]:
        """Return the companies a portal person acts for."""
        return frozenset(member_id for member_id, _role in self.companies)

    def because(self, reason: str) -> Actor:
        """Return the same actor with a reason."""
        return replace(self, reason=reason)


def roles_of(actor: Actor, member_id: int | None = None) -> frozenset[Role]:
    """Return the roles an actor holds, in the portal those for one company (or for any, when none is named)."""
    if actor.job is not None:
        return JOB_ROLES[actor.job]
    portal = {role for company, role in actor.companies if member_id is None or company == member_id}
    return actor.roles | portal


def may(actor: Actor, action: str, *, member_id: int | None = None) -> bool:
    """Return whether the actor may do the action, for one company where the portal asks."""
    return bool(ACTIONS.get(action, frozenset()) & roles_of(actor, member_id))


def require(actor: Actor, action: str, *, member_id: int | None = None) -> None:
    """Raise `NotAllowed` unless the actor may do the action; an action nobody named is refused (default deny)."""
    if not may(actor, action, member_id=member_id):
        raise NotAllowed(action=action)


def is_read_only(actor: Actor) -> bool:
    """Return whether the person may only look: an auditor without any other staff role (`ux.md` 3)."""
    return actor.roles & STAFF == frozenset({Role.AUDITOR})
