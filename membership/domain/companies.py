"""What a company decides about itself in the member area, what it has to ask for, and the refusals that guard both.

Source: `ux.md` 7; MEM-6 to MEM-9, MEM-14 to MEM-16; INV-21.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from membership.domain.errors import N_, Conflict, DomainError, InputError
from membership.domain.member_fields import INVOICE_ADDRESS
from membership.domain.policy import Role

INVITATION_LIVES: Final = timedelta(days=7)
MOST_OPEN_INVITATIONS: Final = 20
"""So many invitations of one company may wait: its pages send no mail to half the world."""
MOST_INVITATIONS_A_DAY: Final = 30
MOST_A_DAY_TO_ONE_ADDRESS: Final = 3
"""So many of one company within a day, also when they were taken back: nobody's mailbox is flooded by its pages."""


class Section(StrEnum):
    """The parts of a company's data that it changes itself, each on a page of its own."""

    COMPANY = "company"
    ADDRESS = "address"
    PAYMENT = "payment"


SECTION_FIELDS: Final[Mapping[Section, tuple[str, ...]]] = {
    Section.COMPANY: ("name", "register_entry", "tax_number", "vat_id", "phone"),
    Section.ADDRESS: (
        "address_extra", "street", "postcode", "city", "country", *INVOICE_ADDRESS, "invoice_email", "cost_centre",
        "language",
    ),
    Section.PAYMENT: ("payment_method",),
}  # fmt: skip
PRINTED: Final = frozenset({
    "name", "vat_id", "address_extra", "street", "postcode", "city", "country", *INVOICE_ADDRESS, "cost_centre",
    "language",
})  # fmt: skip
"""What stands on an invoice: a change of it counts for invoices that are still to be made."""
SECTION_WORDS: Final[Mapping[Section, str]] = {
    Section.COMPANY: N_("the company data"),
    Section.ADDRESS: N_("the invoice address"),
    Section.PAYMENT: N_("the payment method"),
}


def concerns_invoices(before: Iterable[str], after: Iterable[str]) -> bool:
    """Return whether a contact with these functions, before a change or after it, gets invoices."""
    return "billing" in {*before, *after}


class RequestKind(StrEnum):
    """What a company asks for or says, and a person of the association has to look at."""

    NAME = "name"
    NOTICE = "notice"
    ERASURE = "erasure"


class RequestState(StrEnum):
    """Where a request stands; `DONE` is approved, noted or carried out."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


KIND_WORDS: Final[Mapping[RequestKind, str]] = {
    RequestKind.NAME: N_("New name"),
    RequestKind.NOTICE: N_("Notice of leaving"),
    RequestKind.ERASURE: N_("Erasing personal data"),
}
STATE_WORDS: Final[Mapping[RequestState, str]] = {
    RequestState.OPEN: N_("Waits"),
    RequestState.DONE: N_("Done"),
    RequestState.DECLINED: N_("Declined"),
    RequestState.WITHDRAWN: N_("Withdrawn"),
}


class AnswerMissing(InputError):
    """Who declines something says why."""

    message = N_("Please say why; the company reads it.")
    code = "answer_missing"


class NoticeChanged(Conflict):
    """The last day is another one than the company has read."""

    message = N_("The membership would end on %(day)s now. Please look at it again.")
    code = "notice_changed"


class MandateNeeded(InputError):
    """Direct debit was chosen like the other ways; a company agrees to it with account and consent."""

    message = N_("A direct debit needs a mandate. Set it up on the page “Direct debit”.")
    code = "mandate_needed"


class CollectedByMandate(Conflict):
    """Another way of payment was chosen while the invoices are collected."""

    message = N_("Your invoices are collected by direct debit. End that first on the page “Direct debit”.")
    code = "collected_by_mandate"


class LastCompanyAdmin(Conflict):
    """The step would leave a company without anybody who manages its people."""

    message = N_(
        "Nobody else manages the member area of %(company)s. Give that to another person first; then this is possible."
    )
    code = "last_company_admin"


class HasAccess(InputError):
    """Somebody who is invited acts for the company already."""

    message = N_("%(email)s has access already.")
    code = "has_access"


class AccountNeeded(Conflict):
    """The link of an invitation makes no new account, because its address may have one already."""

    message = N_(
        "This link sets up no new account. Whoever has an account with this address signs in and opens the link again."
    )
    code = "account_needed"


class TooManyInvitations(DomainError):
    """More invitations wait than a company needs."""

    message = N_(
        "%(number)s invitations wait to be accepted. Take some of them back first, or ask the association."
    )
    code = "too_many_invitations"


class InvitedOften(InputError):
    """One address has been invited again and again."""

    message = N_("%(email)s was invited %(number)s times within a day. Please try again tomorrow.")
    code = "invited_often"


class TooManyToday(DomainError):
    """More invitations within a day than a company needs."""

    message = N_(
        "%(number)s invitations within a day are the most. Please go on tomorrow, or ask the association."
    )
    code = "too_many_today"


def require_few(email: str, invited: Sequence[str]) -> None:
    """Raise where one more invitation to an address is too much after those (their addresses) of the last day."""
    if invited.count(email) >= MOST_A_DAY_TO_ONE_ADDRESS:
        raise InvitedOften(email=email, number=MOST_A_DAY_TO_ONE_ADDRESS)
    if len(invited) >= MOST_INVITATIONS_A_DAY:
        raise TooManyToday(number=MOST_INVITATIONS_A_DAY)


class NameChanged(Conflict):
    """A company has another name than when it asked for a new one."""

    message = N_(
        "The company is named %(name)s by now, which is not the name that it wanted to change. Please decline the"
        " request, or change the name on its record."
    )
    code = "company_name_changed"


def is_last_admin(person: int, roles: Iterable[tuple[int, Role]]) -> bool:
    """Return whether of these people (who acts, as what) this one alone manages the company."""
    admins = {user_id for user_id, role in roles if role is Role.COMPANY_ADMIN}
    return admins == {person}


# --- accepting ------------------------------------------------------------------------------------------------


class Way(StrEnum):
    """How an invitation becomes access, by what is known about the owner of its address."""

    NEW = "new"
    ONE_CLICK = "one_click"
    SIGNED_IN = "signed_in"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """What an account of the invited address is like."""

    is_active: bool
    has_password: bool
    is_staff: bool


def way_to_accept(account: KnownAccount | None, *, is_mailed: bool) -> Way:
    """Return how an invitation is accepted; only one that was mailed has shown whose the address is.

    A link that was shown to who invites opens a new account at most: an account that is there already has to be signed
    in, and one of staff is never attached. No link sets the password of staff: the administration does (SEC-32).
    """
    if account is None:
        return Way.NEW
    if not account.is_active or (account.is_staff and not (is_mailed and account.has_password)):
        return Way.CLOSED
    if is_mailed:
        return Way.ONE_CLICK if account.has_password else Way.NEW
    return Way.SIGNED_IN if account.has_password else Way.CLOSED


def role_after(held: Role | None, invited: Role) -> Role:
    """Return what a person is who accepts an invitation: an older one takes nothing away."""
    return Role.COMPANY_ADMIN if Role.COMPANY_ADMIN in {held, invited} else invited


# --- inviting all ---------------------------------------------------------------------------------------------

_ANSWERS: Final = ("main", "billing", "representative", "declaration")
"""Functions of a contact, the first that somebody has decides who is invited for the company (MEM-14)."""


class InvitationsChanged(Conflict):
    """Members or contacts changed after the check page was shown."""

    message = N_("It would be %(count)s invitations now. Please look at it again.")
    code = "invitations_changed"


@dataclass(frozen=True, slots=True)
class Uninvited:
    """A company without access: its language, its address for invoices, its contacts with a mail address."""

    number: str
    name: str
    language: str
    invoice_email: str
    contacts: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Name, mail address and functions of each."""


@dataclass(frozen=True, slots=True)
class Invitee:
    """Who is invited for a company."""

    number: str
    company: str
    language: str
    email: str
    name: str


def invitee_of(company: Uninvited) -> Invitee | None:
    """Return who is invited: the main contact, else who answers for invoices, else anybody; None without an address."""
    ranked = [
        (
            next((place for place, function in enumerate(_ANSWERS) if function in functions), len(_ANSWERS)),
            email,
            name,
        )
        for name, email, functions in company.contacts
        if email
    ]
    if ranked:
        _place, email, name = min(ranked, key=lambda each: each[0])
        return Invitee(company.number, company.name, company.language, email, name)
    if company.invoice_email:
        return Invitee(company.number, company.name, company.language, company.invoice_email, "")
    return None
