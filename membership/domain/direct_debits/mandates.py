"""Mandates: what one must be like, which state it is in on a day, when it ends by itself.

A mandate row says what was agreed first; its steps say what came later. What counts today follows from both.

Source: SEPA-1, SEPA-3 to SEPA-5; `ux.md` 5.2 “Mandate”; EPC016-06 (Core rulebook) 4.1, 5.11: a mandate ends 36 months
after the last collection that was presented, be it returned later, or after the signature when there was none.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from membership.domain.direct_debits.places import is_in_eea, is_in_sepa
from membership.domain.direct_debits.signs import bank_text, is_reference
from membership.domain.errors import N_, AlreadyDone, Conflict, DomainError, InputError
from membership.domain.members import hidden_iban

EXPIRY_MONTHS: Final = 36
WARNING_DAYS: Final = 60
NAME_LENGTH: Final = 70


class Scheme(StrEnum):
    """The two schemes of the SEPA: CORE can be refunded, B2B cannot and must be confirmed to the debtor's bank."""

    CORE = "CORE"
    B2B = "B2B"


class Recurrence(StrEnum):
    """Whether a mandate covers every invoice or one only."""

    RECURRENT = "recurrent"
    ONE_OFF = "one_off"


class MandateState(StrEnum):
    """The state of a mandate on a day; only an active one may be debited (INV-15)."""

    REQUESTED = "requested"
    ACTIVE = "active"
    BLOCKED = "blocked"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class StepKind(StrEnum):
    """What happens to a mandate after it was taken down; a block, or a revocation by mistake, is taken back."""

    SIGNED = "signed"
    AMENDED = "amended"
    BLOCKED = "blocked"
    REVOKED = "revoked"
    REINSTATED = "reinstated"


STATE_WORDS: Final = {
    MandateState.REQUESTED: N_("Requested"),
    MandateState.ACTIVE: N_("Active"),
    MandateState.BLOCKED: N_("Blocked"),
    MandateState.USED: N_("Used"),
    MandateState.EXPIRED: N_("Expired"),
    MandateState.REVOKED: N_("Revoked"),
}
SCHEME_WORDS: Final = {Scheme.CORE: N_("Core direct debit"), Scheme.B2B: N_("B2B direct debit")}
RECURRENCE_WORDS: Final = {
    Recurrence.RECURRENT: N_("for every invoice"),
    Recurrence.ONE_OFF: N_("for one invoice"),
}
ENDED: Final = frozenset({MandateState.USED, MandateState.EXPIRED, MandateState.REVOKED})


class ReferenceWrong(InputError):
    """A mandate reference that banks would not pass on."""

    message = N_(
        "“%(reference)s” cannot be a mandate reference: up to 35 letters without accents, digits and + ? / - : ( ) . ,"
        " ' without blanks; no slash first, last or doubled."
    )
    code = "mandate_reference"


class ReferenceTaken(Conflict):
    """There is another mandate with this reference."""

    message = N_("There is a mandate %(reference)s already. Choose another reference.")
    code = "mandate_taken"


class AccountOutside(InputError):
    """The account lies where direct debits do not reach."""

    message = N_("The account %(iban)s lies outside the SEPA; no direct debit reaches it.")
    code = "account_outside"


class BicMissing(InputError):
    """Outside the EEA the bank's BIC is needed."""

    message = N_("The account %(iban)s lies outside the EEA: please enter the BIC of its bank too.")
    code = "bic_missing"


class AddressMissing(InputError):
    """Outside the EEA the file must name town and country of the debtor."""

    message = N_(
        "The account %(iban)s lies outside the EEA: the bank asks for the debtor's address. Please enter street,"
        " postcode and city of the member first."
    )
    code = "debtor_address"


class DebtorNameWrong(InputError):
    """Nothing of the account holder's name can be passed on to banks."""

    message = N_("“%(name)s” cannot be the account holder: banks pass on Latin letters and digits only.")
    code = "debtor_name"


class SignedInFuture(InputError):
    """A mandate signed on a day that has not come."""

    message = N_("The signature of %(day)s lies in the future.")
    code = "signed_in_future"


class TermsUnchanged(AlreadyDone):
    """An amendment that would change nothing."""

    message = N_("The mandate %(reference)s has this account and this holder already.")
    code = "terms_unchanged"


class MandateEnded(DomainError):
    """The mandate can no longer be changed."""

    message = N_("The mandate %(reference)s has ended (%(state)s). Take down a new one.")
    code = "mandate_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a mandate says of the debtor: checked, with the IBAN packed.

    Args:
        name: of the account holder.
        iban: without blanks.
        bic: of the debtor's bank; needed outside the EEA only.
        street, building, postcode, city, country: passed on outside the EEA only.
    """

    name: str
    iban: str
    bic: str = ""
    street: str = ""
    building: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "DE"


def check_terms(terms: Terms) -> None:
    """Raise unless a debit with these terms could be handed in: SEPA account, name, outside the EEA BIC and town."""
    shown = hidden_iban(terms.iban)
    if not is_in_sepa(terms.iban):
        raise AccountOutside(iban=shown)
    if not bank_text(terms.name, NAME_LENGTH):
        raise DebtorNameWrong(name=terms.name)
    if is_in_eea(terms.iban):
        return
    if not terms.bic:
        raise BicMissing(iban=shown)
    if not (bank_text(terms.city, NAME_LENGTH) and terms.country):
        raise AddressMissing(iban=shown)


def check_reference(reference: str) -> None:
    """Raise `ReferenceWrong` unless banks pass the reference on unchanged (SEPA-3)."""
    if not is_reference(reference):
        raise ReferenceWrong(reference=reference)


def next_reference(member_number: str, taken: Iterable[str]) -> str:
    """Return the next free reference of a member: `M0123-01`, then `M0123-02`; a number that is none is left out."""
    known = set(taken)
    start = member_number if is_reference(f"{member_number}-01") else "MANDAT"
    return next(found for count in range(1, len(known) + 2) if (found := f"{start}-{count:02d}") not in known)


def is_same_bank(one: str, other: str) -> bool:
    """Return whether two IBANs are of the same bank as far as they say so themselves: the German ones do."""
    return one[:2] == other[:2] == "DE" and one[4:12] == other[4:12]


def split_street(street: str) -> tuple[str, str]:
    """Return street and building number of a line such as `Werftstraße 12 a`; without a number the second is empty."""
    found = _NUMBERED.fullmatch(" ".join(street.split()))
    return (found[1], found[2]) if found else (" ".join(street.split()), "")


_NUMBERED: Final = re.compile(r"(.*[^\d ].*?) (\d[\dA-Za-z/-]*(?: ?[a-zA-Z])?)")
"""A street and, last, a number such as `12`, `12a`, `12 a`, `12-14`."""


class Standing(NamedTuple):
    """What the state of a mandate follows from."""

    recurrence: Recurrence
    signed_on: date | None
    last_presented_on: date | None
    is_blocked: bool
    revoked_on: date | None


def expires_on(standing: Standing) -> date | None:
    """Return the last day on which the mandate may still be debited if nothing is collected before (SEPA-4)."""
    last = standing.last_presented_on or standing.signed_on
    if last is None or (standing.recurrence is Recurrence.ONE_OFF and standing.last_presented_on):
        return None
    year, month = divmod(last.year * 12 + last.month - 1 + EXPIRY_MONTHS, 12)
    return date(year, month + 1, min(last.day, monthrange(year, month + 1)[1]))


def state_of(standing: Standing, day: date) -> MandateState:
    """Return the state of a mandate as it is known now, for a debit on a day.

    Whatever ends it counts first. A one-off mandate is used by its first collection, also by one that came back.
    """
    expiry = expires_on(standing)
    if standing.revoked_on is not None:
        return MandateState.REVOKED
    if standing.recurrence is Recurrence.ONE_OFF and standing.last_presented_on is not None:
        return MandateState.USED
    if standing.signed_on is None:
        return MandateState.REQUESTED
    if expiry is not None and day > expiry:
        return MandateState.EXPIRED
    return MandateState.BLOCKED if standing.is_blocked else MandateState.ACTIVE


def ends_soon(standing: Standing, today: date) -> date | None:
    """Return the last day of an active mandate that is going to expire within 60 days (SEPA-4)."""
    last = expires_on(standing)
    if last is None or state_of(standing, today) is not MandateState.ACTIVE:
        return None
    return last if last <= today + timedelta(days=WARNING_DAYS) else None
