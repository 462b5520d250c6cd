"""What a member list would change: each row against the books, before anything is written.

A known member is found by its number, else by name and postcode (`ux.md` 6.4). The same list again gives no difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from membership.domain.errors import InputError
from membership.domain.member_fields import INVOICE_ADDRESS, FieldWrong, checked_fields, require_whole_address
from membership.domain.member_lists import (
    Field,
    MemberDraft,
    MemberList,
    ProblemKind,
    RowProblem,
    RowWarning,
    company_key,
)
from membership.domain.members import MemberState, NumberWrong, same_company, tidy_number
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import may
from membership.persistence.db import actor_of
from membership.persistence.queries import members as queries
from membership.persistence.queries.members.snapshot import Known
from membership.services.members.comparing import (
    Difference,
    FieldChange,
    ImportRules,
    KnownMembers,
    RowRefused,
    compare,
    money_warnings,
    refuse,
)


class Effect(StrEnum):
    """What a row does."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PlannedMember:
    """One good row: what it does, to which member, and what changes; `number` is None until one is given."""

    draft: MemberDraft
    effect: Effect
    known: Known | None
    number: str | None
    difference: Difference
    warnings: tuple[RowWarning, ...] = ()

    @property
    def changes(self) -> tuple[FieldChange, ...]:
        """Return what people read of a changed member."""
        return tuple(self.difference.shown)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All good rows in the order of the list, and why the others stay out."""

    members: tuple[PlannedMember, ...]
    problems: tuple[RowProblem, ...]

    def count(self, effect: Effect) -> int:
        """Return how many rows have an effect."""
        return sum(member.effect is effect for member in self.members)

    @property
    def warnings(self) -> tuple[RowWarning, ...]:
        """Return what a person should look at in rows that are taken in all the same."""
        return tuple(warning for member in self.members for warning in member.warnings)


def plan_import(session: Session, members: MemberList, rules: ImportRules) -> ImportPlan:
    """Return what each row of a list would do; reads, and writes nothing."""
    books = _Books(queries.take_snapshot(session).members)
    may_book = may(actor_of(session), "payment.record")
    planned: list[PlannedMember] = []
    problems = list(members.problems)
    for draft in members.drafts:
        if draft.row in rules.left_out:
            continue
        try:
            number, known = books.find(draft)
            kept = _checked(draft, known)
            planned.append(
                _planned(session, draft, known, number=number, kept=kept, rules=rules, may_book=may_book)
            )
        except RowRefused as refused:
            problems.append(refused.problem)
    return ImportPlan(tuple(planned), tuple(sorted(problems, key=lambda problem: problem.row)))


class _Books:
    """The members in the books, found by number or by name and postcode."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._by_number: dict[str, Known] = {}
        self._by_company: dict[tuple[str, str], list[Known]] = {}
        for one in known:
            self._by_number[one.member.number] = one
            if any(period.state == MemberState.MERGED for period in one.periods):
                continue
            key = same_company(one.member.name, one.member.postcode)
            self._by_company.setdefault(key, []).append(one)

    def find(self, draft: MemberDraft) -> tuple[str | None, Known | None]:
        """Return the number of the row and the member it means; refuse a row that could mean another one."""
        number = _number(draft)
        if number is not None and number in self._by_number:
            return number, self._by_number[number]
        same = self._by_company.get(same_company(draft.name, draft.address.postcode), [])
        if not same:
            return number, None
        if number is not None:
            problem = phrase(
                "This company is in the books as %(known)s already; the list calls it %(number)s.",
                known=same[0].member.number,
                number=number,
            )
            raise refuse(draft, ProblemKind.DUPLICATE, draft.name, problem)
        if len(same) > 1:
            numbers = ", ".join(one.member.number for one in same)
            problem = phrase("Several members have this name and postcode: %(numbers)s.", numbers=numbers)
            raise refuse(draft, ProblemKind.DUPLICATE, draft.name, problem)
        return same[0].member.number, same[0]


def _number(draft: MemberDraft) -> str | None:
    try:
        return tidy_number(draft.number) if draft.number else None
    except NumberWrong as error:
        problem = Phrase(error.message, {"number": (draft.number or "")[:40]})
        raise refuse(draft, ProblemKind.CODE, draft.number or "", problem) from error


def _checked(draft: MemberDraft, known: Known | None) -> dict[str, object]:
    """Return the fields that the row gives, as they are kept."""
    address = draft.address
    given: dict[str, object] = {
        "name": draft.name,
        "street": address.street,
        "postcode": address.postcode,
        "city": address.city,
        "legal_form": draft.legal_form if Field.LEGAL_FORM in draft.given else None,
        "invoice_email": draft.invoice_email,
        **draft.invoice_address,
        "register_entry": draft.register_entry,
        "tax_number": draft.tax_number,
        "vat_id": draft.vat_id,
        "leitweg_id": draft.leitweg_id,
        "order_number": draft.order_number,
        "cost_centre": draft.cost_centre,
        "invoice_format": draft.invoice_format,
        "order_wish": draft.order_wish,
        "invoice_way": draft.invoice_way,
        "note": draft.note,
        "payment_method": draft.payment_method,
        "language": draft.language,
        "attributes": sorted(draft.attributes),
        "iban": draft.iban,
        "iban_holder": draft.account_holder,
    }
    if known is None or Field.COUNTRY in draft.given or address.country != "DE":
        given["country"] = address.country
    names = ("country", *INVOICE_ADDRESS)
    before = {name: getattr(known.member, name) for name in names} if known else {}
    try:
        kept = checked_fields({name: value for name, value in given.items() if value}, before=before)
        require_whole_address({**before, **kept})
    except FieldWrong as error:
        found = str(given.get(error.field) or "")
        raise refuse(draft, ProblemKind.CODE, found, _problem(error)) from error
    return kept


def _problem(error: InputError) -> Phrase:
    found = error.values["problem"]
    assert isinstance(found, Phrase), found
    return found


def _planned(
    session: Session,
    draft: MemberDraft,
    known: Known | None,
    *,
    number: str | None,
    kept: dict[str, object],
    rules: ImportRules,
    may_book: bool,
) -> PlannedMember:
    warnings = list(draft.warnings)
    if known is not None and rules.known is KnownMembers.SKIP:
        return PlannedMember(draft, Effect.UNCHANGED, known, number, Difference(), tuple(warnings))
    warnings += _other_company(draft, known)
    difference = compare(session, draft, known, kept=kept, rules=rules)
    warnings += money_warnings(difference, draft, may_book=may_book)
    effect = Effect.NEW if known is None else Effect.CHANGED if difference.shown else Effect.UNCHANGED
    return PlannedMember(draft, effect, known, number, difference, tuple(warnings))


def _other_company(draft: MemberDraft, known: Known | None) -> list[RowWarning]:
    """Return a warning when the number of a row belongs to a company with quite another name."""
    if known is None or company_key(known.member.name) == draft.key:
        return []
    text = phrase(
        "In the books %(number)s is “%(name)s”. It would get this name. Is it the same company?",
        number=known.member.number,
        name=known.member.name,
    )
    return [RowWarning(draft.row, "", draft.name, text)]
