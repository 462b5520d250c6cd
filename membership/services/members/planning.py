"""What a member list would change: each row against the books, before anything is written.

A known member is found by its number, else by name and postcode (`ux.md` 6.4). Only what the list gives is compared;
an empty cell never empties a field. The same list again gives no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from sqlalchemy.orm import Session

from membership.domain.errors import InputError
from membership.domain.member_fields import FieldWrong, checked_contact, checked_fields
from membership.domain.member_lists import (
    ContactDraft,
    DraftState,
    Field,
    MemberDraft,
    MemberList,
    ProblemKind,
    RowProblem,
    RowWarning,
)
from membership.domain.members import FIRST_DAY, MemberState, NumberWrong, same_company, tidy_number
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import may
from membership.persistence import crypto
from membership.persistence.db import actor_of
from membership.persistence.models.members import Contact, Membership
from membership.persistence.queries import members as queries
from membership.persistence.queries.members.snapshot import Known


class Effect(StrEnum):
    """What a row does."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class KnownMembers(StrEnum):
    """What happens with members that are in the books already."""

    UPDATE = "update"
    SKIP = "skip"


Shown = str | int | Fraction | Money | date | Phrase | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field as it was and as it will be; `key` is the word of `member_lists.Field`."""

    key: str
    old: Shown
    new: Shown


@dataclass(slots=True)
class Difference:
    """All that one row would write."""

    fields: dict[str, object] = field(default_factory=dict)
    new_contacts: list[dict[str, object]] = field(default_factory=list)
    contacts: list[tuple[Contact, dict[str, object]]] = field(default_factory=list)
    category: str | None = None
    category_from: date = FIRST_DAY
    values: dict[str, Fraction] = field(default_factory=dict)
    value_days: dict[str, date] = field(default_factory=dict)
    period: dict[str, Any] = field(default_factory=dict)
    new_period: dict[str, Any] | None = None
    group: str | None = None
    group_from: date = FIRST_DAY
    previous: tuple[int, int] | None = None
    opening: tuple[int, int] | None = None
    shown: list[FieldChange] = field(default_factory=list)

    def show(self, key: str, old: Shown, new: Shown) -> None:
        """Add a change that people read."""
        self.shown.append(FieldChange(key, old, new))


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


@dataclass(frozen=True, slots=True)
class ImportRules:
    """How a list is taken in.

    Args:
        today: the day in the association's zone.
        category: the category of members for whom the list names none.
        known: whether members in the books are brought up to date.
        value_days: basis -> the day its column speaks of; today where it says no year.
        left_out: rows that a person does not want.
    """

    today: date
    category: str | None = None
    known: KnownMembers = KnownMembers.UPDATE
    value_days: Mapping[str, date] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()


OPENING: Final = "VORTRAG"


def opening_reference(year: int, number: str) -> str:
    """Return the words by which an amount owed before is known in the books."""
    return f"{OPENING}{year}-{number}"


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
        except _RowRefused as refused:
            problems.append(refused.problem)
    return ImportPlan(tuple(planned), tuple(sorted(problems, key=lambda problem: problem.row)))


class _RowRefused(Exception):
    def __init__(self, problem: RowProblem) -> None:
        super().__init__(problem)
        self.problem = problem


def _refuse(draft: MemberDraft, kind: ProblemKind, found: str, problem: Phrase) -> _RowRefused:
    return _RowRefused(RowProblem(draft.row, "", found, problem, kind))


class _Books:
    """The members in the books, found by number or by name and postcode."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._by_number: dict[str, Known] = {}
        self._by_company: dict[tuple[str, str], list[Known]] = {}
        for one in known:
            self._by_number[one.member.number] = one
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
            raise _refuse(draft, ProblemKind.DUPLICATE, draft.name, problem)
        if len(same) > 1:
            numbers = ", ".join(one.member.number for one in same)
            problem = phrase("Several members have this name and postcode: %(numbers)s.", numbers=numbers)
            raise _refuse(draft, ProblemKind.DUPLICATE, draft.name, problem)
        return same[0].member.number, same[0]


def _number(draft: MemberDraft) -> str | None:
    try:
        return tidy_number(draft.number) if draft.number else None
    except NumberWrong as error:
        problem = Phrase(error.message, {"number": (draft.number or "")[:40]})
        raise _refuse(draft, ProblemKind.CODE, draft.number or "", problem) from error


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
        "vat_id": draft.vat_id,
        "leitweg_id": draft.leitweg_id,
        "order_number": draft.order_number,
        "payment_method": draft.payment_method,
        "language": draft.language,
        "attributes": sorted(draft.attributes),
        "iban": draft.iban,
        "iban_holder": draft.account_holder,
    }
    if known is None or Field.COUNTRY in draft.given or address.country != "DE":
        given["country"] = address.country
    try:
        return checked_fields({name: value for name, value in given.items() if value})
    except FieldWrong as error:
        found = str(given.get(error.field) or "")
        raise _refuse(draft, ProblemKind.CODE, found, _problem(error)) from error


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
    difference = Difference()
    warnings = list(draft.warnings)
    if known is not None and rules.known is KnownMembers.SKIP:
        return PlannedMember(draft, Effect.UNCHANGED, known, number, difference, tuple(warnings))
    _compare_fields(session, difference, kept, known)
    _compare_contacts(difference, draft.contacts, known)
    _compare_category(difference, draft, known, rules)
    _compare_values(difference, draft, known, rules)
    _compare_period(difference, draft, known, rules.today)
    _compare_group(difference, draft, known, rules.today)
    _compare_money(difference, draft, known, rules.today)
    warnings += _money_warnings(difference, draft, may_book=may_book)
    effect = Effect.NEW if known is None else Effect.CHANGED if difference.shown else Effect.UNCHANGED
    return PlannedMember(draft, effect, known, number, difference, tuple(warnings))


def _compare_fields(
    session: Session, difference: Difference, kept: dict[str, object], known: Known | None
) -> None:
    for name, value in kept.items():
        if known is None:
            difference.fields[name] = value
        elif name == "iban":
            if crypto.search_key(session, str(value)) != known.member.iban_key:
                difference.fields[name] = value
                difference.show("iban", known.member.iban_shown, f"•• {str(value)[-4:]}")
        elif (old := getattr(known.member, name)) != value:
            difference.fields[name] = value
            key = "account_holder" if name == "iban_holder" else name
            difference.show(key, _text(old), _text(value))


def _text(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def _compare_contacts(difference: Difference, drafts: tuple[ContactDraft, ...], known: Known | None) -> None:
    present = list(known.contacts) if known else []
    for draft in drafts:
        given = {
            "name": draft.name,
            "salutation": draft.salutation,
            "email": draft.email,
            "phone": draft.phone,
            "functions": [str(function) for function in draft.functions],
        }
        kept = checked_contact({name: value for name, value in given.items() if value})
        found = _same_person(present, kept)
        if found is None:
            difference.new_contacts.append(kept)
            if known is not None:
                difference.show("contact", None, _person(kept))
            continue
        present.remove(found)
        kept["functions"] = [*found.functions, *(f for f in draft.functions if f not in found.functions)]
        changed = {name: value for name, value in kept.items() if value != (getattr(found, name) or [])}
        changed = checked_contact(changed)
        if changed:
            difference.contacts.append((found, changed))
            after = {
                "name": found.name, "email": found.email, "phone": found.phone, **changed
            }  # fmt: skip
            before = {"name": found.name, "email": found.email, "phone": found.phone}
            difference.show("contact", _person(before), _person(after))


def _same_person(present: list[Contact], kept: Mapping[str, object]) -> Contact | None:
    """Return the known contact that is meant: the same mail address, else the same name, else the same telephone."""
    email, name = str(kept.get("email", "")).casefold(), str(kept.get("name", "")).casefold()
    for one in present:
        if email and one.email.casefold() == email:
            return one
    for one in present:
        if name and one.name.casefold() == name and (not email or not one.email):
            return one
    if email or name:
        return None
    return next((one for one in present if one.phone == kept.get("phone") and not one.email), None)


def _person(kept: Mapping[str, object]) -> str:
    parts = (str(kept.get(name) or "") for name in ("name", "email", "phone"))
    return ", ".join(part for part in parts if part)


def _compare_category(
    difference: Difference, draft: MemberDraft, known: Known | None, rules: ImportRules
) -> None:
    present = known.category(rules.today) if known else None
    wanted = draft.category or (rules.category if present is None else None)
    if wanted is None or (present is not None and present.category == wanted):
        return
    difference.category = wanted
    difference.category_from = (draft.start or FIRST_DAY) if present is None else rules.today
    if known is not None:
        difference.show("category", present.category if present else None, wanted)


def _compare_values(
    difference: Difference, draft: MemberDraft, known: Known | None, rules: ImportRules
) -> None:
    for basis, value in (draft.basis or {}).items():
        day = rules.value_days.get(basis, rules.today)
        newest = known.newest(basis) if known else None
        if newest is not None and (newest.value == value or newest.as_of > day):
            continue
        difference.values[basis] = value
        difference.value_days[basis] = day
        if known is not None:
            difference.show(basis, newest.value if newest else None, value)


_KEPT_STATES: Final = {
    DraftState.PROSPECT: MemberState.PROSPECT,
    DraftState.APPLIED: MemberState.APPLIED,
    DraftState.SUSPENDED: MemberState.SUSPENDED,
}


def _compare_period(difference: Difference, draft: MemberDraft, known: Known | None, today: date) -> None:
    kept = _KEPT_STATES.get(draft.state, MemberState.ACTIVE) if draft.state else MemberState.ACTIVE
    period = known.period(today) if known else None
    if period is None or _is_return(draft, period):
        difference.new_period = {"state": kept, "start": draft.start, "end": draft.end}
        if known is not None:
            difference.show("start", None, draft.start or "–")
        return
    changes: dict[str, Any] = {}
    if draft.start is not None and draft.start != period.start:
        changes["start"] = draft.start
    if draft.end is not None and draft.end != period.end:
        changes["end"] = draft.end
    start, end = changes.get("start", period.start), changes.get("end", period.end)
    if start and end and end < start:
        problem = phrase("The membership ends before it begins.")
        raise _refuse(draft, ProblemKind.DATE, draft.name, problem)
    if _is_new_state(draft, period, kept):
        changes["state"] = str(kept)
    difference.period = changes
    for name, value in changes.items():
        difference.show(name, getattr(period, name), value)


def _is_return(draft: MemberDraft, period: Membership) -> bool:
    """Return whether the list says that a former member joined again (MEM-5)."""
    return draft.start is not None and period.end is not None and draft.start > period.end


def _is_new_state(draft: MemberDraft, period: Membership, kept: MemberState) -> bool:
    """Return whether the list changes what is kept; the end of a membership is a date and no state."""
    if period.state == MemberState.REJECTED:
        return True
    is_said = Field.STATE in draft.given and draft.state not in {DraftState.NOTICE_GIVEN, DraftState.ENDED}
    return is_said and period.state != kept and period.state in {*_KEPT_STATES.values(), MemberState.ACTIVE}


def _compare_group(difference: Difference, draft: MemberDraft, known: Known | None, today: date) -> None:
    if not draft.group:
        return
    present = known.group(today) if known else None
    if present is not None and present.name.casefold() == draft.group.casefold():
        return
    difference.group = draft.group
    difference.group_from = (draft.start or FIRST_DAY) if known is None else date(today.year, 1, 1)
    if known is not None:
        difference.show("group", present.name if present else None, draft.group)


def _compare_money(difference: Difference, draft: MemberDraft, known: Known | None, today: date) -> None:
    year = draft.previous_year or today.year - 1
    if draft.previous_amount is not None:
        present = known.previous.get(year) if known else None
        cents = draft.previous_amount.cents
        if cents >= 0 and (present is None or present.amount_cents != cents):
            difference.previous = (year, cents)
            if known is not None:
                old = Money(present.amount_cents) if present else None
                difference.show("previous_amount", old, draft.previous_amount)
    if draft.open_amount is not None and draft.open_amount.cents > 0:
        base = opening_reference(year, known.member.number) if known else None
        if base is None or known is None or not any(one.startswith(base) for one in known.openings):
            difference.opening = (year, draft.open_amount.cents)
            if known is not None:
                difference.show("open_amount", None, draft.open_amount)


def _money_warnings(difference: Difference, draft: MemberDraft, *, may_book: bool) -> list[RowWarning]:
    """Return what the list says about money that is not taken over, and take that out of the difference."""
    found: list[RowWarning] = []
    if draft.open_amount is not None and draft.open_amount.cents < 0:
        text = phrase("A credit balance is not taken over. Please record it as a payment.")
        found.append(RowWarning(draft.row, "", str(draft.open_amount), text))
    if draft.previous_amount is not None and draft.previous_amount.cents < 0:
        text = phrase("A negative amount of last year is not taken over.")
        found.append(RowWarning(draft.row, "", str(draft.previous_amount), text))
    if difference.opening is not None and not may_book:
        text = phrase("Open amounts are taken over only when the treasurer imports the list.")
        found.append(RowWarning(draft.row, "", str(draft.open_amount), text))
        difference.opening = None
        difference.shown = [change for change in difference.shown if change.key != "open_amount"]
    return found
