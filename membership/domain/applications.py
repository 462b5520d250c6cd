"""An application for membership: what a company says, what it agrees to, and how the application stands.

An application is no member yet: it has a reference, no member number, and goes again when it leads to nothing.
Source: `domain.md` 3.1, MEM-1 to MEM-3, ACC-24; `ux.md` 6.3 "Joining".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from hashlib import sha256
from typing import Any, Final

from membership.domain.dues.year import months_later
from membership.domain.errors import N_, Conflict, InputError, NotFound
from membership.domain.member_fields import (
    BEFORE_INVOICE,
    INVOICE_ADDRESS,
    FieldWrong,
    checked_contact,
    checked_fields,
    require_whole_address,
    tidy_line,
    tidy_note,
)
from membership.domain.phrases import Phrase
from membership.domain.users import LONGEST_NAME

CONFIRM_WITHIN: Final = timedelta(days=7)
"""So long the link works that confirms the address; an application that nobody confirms goes with it."""
LINK_LIVES: Final = timedelta(days=180)
"""So long the link works by which an applicant sees how the application stands."""
MOST_UNCONFIRMED: Final = 300
"""More than so many of one day that nobody confirmed are a flood: the form takes no others until tomorrow."""
MOST_FROM_ONE: Final = 5
"""So many applications a day are taken from one network address."""
MAILS_TO_ONE: Final = 3
"""So many mails a day the form sends to one address, whoever types it."""
_REFERENCE: Final = re.compile(r"[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}")


class ApplicationState(StrEnum):
    """How an application stands."""

    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


STATE_WORDS: Final[Mapping[ApplicationState, str]] = {
    ApplicationState.UNCONFIRMED: N_("Address not confirmed"),
    ApplicationState.WAITING: N_("Waits for a decision"),
    ApplicationState.ACCEPTED: N_("Admitted"),
    ApplicationState.REJECTED: N_("Turned down"),
    ApplicationState.WITHDRAWN: N_("Withdrawn"),
}
LEADS_TO_NOTHING: Final = frozenset({ApplicationState.REJECTED, ApplicationState.WITHDRAWN})

PAYMENT_WISHES: Final[Mapping[str, str]] = {
    "transfer": N_("We pay the invoices ourselves"),
    "direct_debit": N_("We want to give a SEPA direct debit mandate"),
}

INVOICE_WAITS: Final[Mapping[str, str]] = {
    "order_number": N_(
        "The company wants to be asked for an order number before each invoice; the first invoice waits for it."
    ),
    "nothing_owed": N_("No invoice is written: nothing is owed, or the dues are not decided yet."),
}
"""Why admission writes no invoice -> the sentence that says so."""


class ApplicationsClosed(NotFound):
    """The association takes no applications on its pages."""

    message = N_("The association takes no applications here.")
    code = "applications_closed"


class ApplicationLinkEnded(NotFound):
    """A link does not work (any more); the text is the same whatever the reason."""

    message = N_("This link does not work any more.")
    code = "link_ended"


class ApplicationStateWrong(Conflict):
    """The step does not fit how the application stands."""

    message = N_("The application %(reference)s stands as “%(state)s”; this step is not possible.")
    code = "application_state"


class TermsChanged(Conflict):
    """What is agreed to was changed while the form was open."""

    message = N_(
        "What you agree to was changed in the meantime. Please read it again and send the form once more."
    )
    code = "terms_changed"


class TooManyApplications(Conflict):
    """So many applications came in that nobody confirmed that no others are taken for a while."""

    message = N_(
        "Very many applications are coming in. Please try again tomorrow, or write to the association."
    )
    code = "too_many_applications"


class TooManyFromOne(TooManyApplications):
    """So many applications came from one network address today that no others are taken from there."""

    message = N_(
        "Several applications came from your connection today. Please try again tomorrow, or write to the association."
    )


class LooksKnown(Conflict):
    """A company of this name is in the books already, and nobody said that it is another one."""

    message = N_(
        "%(name)s is in the books already (%(number)s). Say that this is another company, or take that one back."
    )
    code = "application_known"


class CategoryMissing(InputError):
    """A category that nobody can apply for."""

    message = N_("Please choose a kind of membership.")
    code = "application_category"


@dataclass(frozen=True, slots=True)
class Consent:
    """One thing that an applicant agrees to, word for word, with the version it is about and where that stands."""

    kind: str
    text: str
    version: str
    address: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it as it is kept."""
        return asdict(self)


def terms_version(consents: Iterable[Consent]) -> str:
    """Return a short name that tells these terms from every other: the beginning of their hash."""
    lines = [f"{each.kind}|{each.text}|{each.version}|{each.address}" for each in consents]
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


COMPANY: Final = (
    "name", "legal_form", "register_entry", "address_extra", "street", "postcode", "city", "country", "phone",
    "tax_number", "vat_id", "invoice_email", *INVOICE_ADDRESS, "order_number", "order_wish", "leitweg_id", "language",
)  # fmt: skip
"""What becomes the data of the member as it stands."""
_COUNTRIES: Final = ("country", "invoice_country")
_LINES: Final = ("group_name", "signatory_function")
_REQUIRED: Final = {
    "name": N_("Please enter the name of the company."),
    "street": N_("Please enter the street."),
    "postcode": N_("Please enter the postcode."),
    "city": N_("Please enter the city."),
    "signatory_name": N_("Please enter the name of the person who signs."),
    "email": N_("Please enter an e-mail address."),
}
_NOBODY_NAMED: Final = N_("Please enter the VAT ID or the tax number.")


def read_application(typed: Mapping[str, str]) -> tuple[dict[str, Any], list[FieldWrong]]:
    """Return what a company typed in the form it is kept in, and what is wrong with it: one problem a field at most."""
    given = {name: typed.get(name, "") for name in COMPANY}
    given["order_wish"], given["language"] = given["order_wish"] or "none", given["language"] or "de"
    person = {"signatory_name": "name", "email": "email"}
    kept: dict[str, Any] = {}
    problems: list[FieldWrong] = []

    def keep(name: str, read: Callable[[], object]) -> None:
        try:
            kept[name] = read()
        except FieldWrong as wrong:
            kept[name] = ""
            problems.append(FieldWrong(name, wrong.problem))
            return
        if name in _REQUIRED and not kept[name]:
            problems.append(FieldWrong(name, Phrase(_REQUIRED[name])))

    for name in _COUNTRIES:
        keep(name, partial(_field, name, given[name], countries={}))
    countries = {name: kept[name] for name in _COUNTRIES}
    for name in (each for each in COMPANY if each not in countries):
        keep(name, partial(_field, name, given[name], countries=countries))
    for name, field in person.items():
        keep(name, partial(_of_person, field, typed.get(name, "")))
    for name in _LINES:
        keep(name, partial(tidy_line, name, typed.get(name)))
    keep("message", lambda: tidy_note("message", typed.get("message")))
    kept["payment"] = "direct_debit" if typed.get("payment") == "direct_debit" else "transfer"
    account = typed if kept["payment"] == "direct_debit" and typed.get("iban") else {}
    for name in ("iban", "iban_holder"):
        keep(name, partial(_field, name, account.get(name, ""), countries=countries))
    problems += _missing_together(kept, wrong={each.field for each in problems})
    return kept, problems


def _missing_together(kept: Mapping[str, Any], *, wrong: set[str]) -> Iterator[FieldWrong]:
    """Yield what is missing of fields that count together, unless one of them is known to be wrong."""
    if not wrong & set(INVOICE_ADDRESS):
        try:
            require_whole_address(kept)
        except FieldWrong as incomplete:
            yield incomplete
    if not kept["vat_id"] and not kept["tax_number"] and not wrong & {"vat_id", "tax_number"}:
        yield FieldWrong("vat_id", Phrase(_NOBODY_NAMED))


def checked_application(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what a company typed in the form it is kept in; raise `FieldWrong` for the first bad field."""
    kept, problems = read_application(typed)
    if problems:
        raise problems[0]
    return kept


def asks_first(order_wish: object) -> bool:
    """Return whether a company wants to be asked for an order number before each invoice."""
    return order_wish == BEFORE_INVOICE


def _field(name: str, value: str, *, countries: Mapping[str, object]) -> object:
    if name == "name" and not value.strip():
        return ""
    return checked_fields({name: value}, before=countries)[name]


def _of_person(field: str, value: str) -> object:
    kept = checked_contact({field: value})[field]
    if field == "name" and len(str(kept)) > LONGEST_NAME:
        raise FieldWrong(
            field, Phrase("The text is longer than %(limit)s characters.", {"limit": str(LONGEST_NAME)})
        )
    return kept


def is_reference(text: str) -> bool:
    """Return whether a text has the form of a reference."""
    return bool(_REFERENCE.fullmatch(text))


def erased_on(ended_on: date, months: int) -> date:
    """Return from which day on the data of an application that led to nothing are gone (ACC-24)."""
    return months_later(ended_on, months)
