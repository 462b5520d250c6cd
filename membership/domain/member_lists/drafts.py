"""What a member list says: members as drafts, rows with their problems, rows that are no member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

from membership.domain.member_lists.fields import Field
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase


class ProblemKind(StrEnum):
    """By what repair the problems of a list are grouped."""

    NAME = "name"
    ADDRESS = "address"
    EMAIL = "email"
    NUMBER = "number"
    AMOUNT = "amount"
    DATE = "date"
    CATEGORY = "category"
    STATE = "state"
    IBAN = "iban"
    CODE = "code"
    DUPLICATE = "duplicate"


KIND_TITLES: Final[dict[ProblemKind, Phrase]] = {
    ProblemKind.NAME: phrase("Company name missing or unreadable"),
    ProblemKind.ADDRESS: phrase("Address incomplete or wrong"),
    ProblemKind.EMAIL: phrase("E-mail address wrong"),
    ProblemKind.NUMBER: phrase("Value is not a number"),
    ProblemKind.AMOUNT: phrase("Amount unreadable"),
    ProblemKind.DATE: phrase("Date unreadable or impossible"),
    ProblemKind.CATEGORY: phrase("Category unknown"),
    ProblemKind.STATE: phrase("Status unclear"),
    ProblemKind.IBAN: phrase("IBAN wrong"),
    ProblemKind.CODE: phrase("Entry not understood"),
    ProblemKind.DUPLICATE: phrase("Member stands in the list twice"),
}


class Function(StrEnum):
    """What a contact does for the member. Source: `domain.md` MEM-14."""

    REPRESENTATIVE = "representative"
    DELEGATE = "delegate"
    DEPUTY = "deputy"
    BILLING = "billing"
    DECLARATION = "declaration"
    MAIN = "main"
    NEWSLETTER = "newsletter"


class DraftState(StrEnum):
    """The state that a list gives a member. Source: `domain.md` 3.1."""

    PROSPECT = "prospect"
    APPLIED = "applied"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    NOTICE_GIVEN = "notice_given"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row stays out: row as the spreadsheet numbers it, heading, found text, problem and what is expected."""

    row: int
    column: str
    found: str
    problem: Phrase
    kind: ProblemKind
    expected: Phrase | None = None
    column_index: int | None = None


@dataclass(frozen=True, slots=True)
class RowWarning:
    """What a person should look at in a row that is taken in all the same."""

    row: int
    column: str
    found: str
    text: Phrase


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that is no member: a section, a sum, a remark, the head once more."""

    row: int
    text: str
    why: Phrase


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A person or a mailbox of the member; one of `name` and `email` may be empty."""

    name: str = ""
    email: str = ""
    phone: str = ""
    salutation: str = ""
    functions: tuple[Function, ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; parts that the list does not have are empty."""

    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "DE"

    @property
    def is_complete(self) -> bool:
        """Return whether a letter would arrive in the right place."""
        return bool(self.postcode and self.city)


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """One good row. `given` names the fields that held something, so that an update changes only these."""

    row: int
    name: str
    key: str
    number: str | None = None
    legal_form: str | None = None
    category: str | None = None
    state: DraftState | None = None
    start: date | None = None
    end: date | None = None
    address: Address = Address()
    invoice_email: str | None = None
    contacts: tuple[ContactDraft, ...] = ()
    basis: Mapping[str, Fraction] | None = None
    invoice_address: Mapping[str, str] = field(default_factory=dict)
    """Column of the member -> what the list says, where it gives another address for invoices."""
    register_entry: str | None = None
    tax_number: str | None = None
    vat_id: str | None = None
    leitweg_id: str | None = None
    order_number: str | None = None
    cost_centre: str | None = None
    invoice_format: str | None = None
    order_wish: str | None = None
    invoice_way: str | None = None
    note: str | None = None
    iban: str | None = None
    account_holder: str | None = None
    payment_method: str | None = None
    language: str | None = None
    group: str | None = None
    attributes: tuple[str, ...] = ()
    previous_amount: Money | None = None
    previous_year: int | None = None
    open_amount: Money | None = None
    given: frozenset[Field] = frozenset()
    warnings: tuple[RowWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberList:
    """The whole list: good rows, problems (several to a row are possible), rows that are no member."""

    drafts: tuple[MemberDraft, ...]
    problems: tuple[RowProblem, ...]
    skipped: tuple[SkippedRow, ...] = ()

    @property
    def rejected_rows(self) -> tuple[int, ...]:
        """Return the numbers of the rows that stay out, each once."""
        return tuple(dict.fromkeys(problem.row for problem in self.problems))

    @property
    def warnings(self) -> tuple[RowWarning, ...]:
        """Return the warnings of all good rows."""
        return tuple(warning for draft in self.drafts for warning in draft.warnings)
