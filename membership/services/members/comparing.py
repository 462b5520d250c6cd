"""One row of a member list against the member in the books: what it would write.

Only what the list gives is compared; an empty cell never empties a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from sqlalchemy.orm import Session

from membership.domain.member_fields import checked_contact
from membership.domain.member_lists import (
    ContactDraft,
    DraftState,
    Field,
    MemberDraft,
    ProblemKind,
    RowProblem,
    RowWarning,
)
from membership.domain.members import FIRST_DAY, MemberState
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase
from membership.persistence import crypto
from membership.persistence.models.members import BasisValue, Contact, Membership
from membership.persistence.queries.members.snapshot import Known


class KnownMembers(StrEnum):
    """What happens with members that are in the books already."""

    UPDATE = "update"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class ImportRules:
    """How a list is taken in.

    Args:
        today: the day in the association's zone.
        category: the category of members for whom the list names none.
        known: whether members in the books are brought up to date.
        value_days: basis -> the day its column speaks of, see `files.value_days`; today where it is not named.
        named_years: the bases whose column names a year.
        left_out: rows that a person does not want.
    """

    today: date
    category: str | None = None
    known: KnownMembers = KnownMembers.UPDATE
    value_days: Mapping[str, date] = field(default_factory=dict)
    named_years: frozenset[str] = frozenset()
    left_out: frozenset[int] = frozenset()


Shown = str | int | Fraction | Money | date | Phrase | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field as it was and as it will be; `key` is the word of `member_lists.Field`.

    `days`: of which days a size is that stays the same but was said anew.
    """

    key: str
    old: Shown
    new: Shown
    days: tuple[date, date] | None = None


@dataclass(slots=True)
class Difference:
    """All that one row would write; `booked_before` is the open amount that may be the one of the list."""

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
    booked_before: str | None = None
    shown: list[FieldChange] = field(default_factory=list)

    def show(self, key: str, old: Shown, new: Shown) -> None:
        """Add a change that people read."""
        self.shown.append(FieldChange(key, old, new))


OPENING: Final = "VORTRAG"


def opening_reference(year: int, number: str) -> str:
    """Return the words by which an amount owed before is known in the books."""
    return f"{OPENING}{year}-{number}"


class RowRefused(Exception):
    """A row stays out; `problem` says why."""

    def __init__(self, problem: RowProblem) -> None:
        super().__init__(problem)
        self.problem = problem


def refuse(draft: MemberDraft, kind: ProblemKind, found: str, problem: Phrase) -> RowRefused:
    """Return the refusal of a row, for all of it and no single column."""
    return RowRefused(RowProblem(draft.row, "", found, problem, kind))


def compare(
    session: Session,
    draft: MemberDraft,
    known: Known | None,
    *,
    kept: Mapping[str, object],
    rules: ImportRules,
) -> Difference:
    """Return what a row would write; `kept` are its fields as they would be kept. Raises `RowRefused`."""
    difference = Difference()
    _compare_fields(session, difference, kept, known)
    _compare_contacts(difference, draft.contacts, known)
    _compare_category(difference, draft, known, rules)
    _compare_values(difference, draft, known, rules)
    _compare_period(difference, draft, known, rules.today)
    _compare_group(difference, draft, known, rules.today)
    _compare_money(difference, draft, known, rules.today)
    return difference


def _compare_fields(
    session: Session, difference: Difference, kept: Mapping[str, object], known: Known | None
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
        newest = known.newest(basis) if known else None
        day = _day_of_value(newest, basis, rules)
        is_of_a_year = basis in rules.named_years
        if day is None or (newest and _says_nothing_new(newest, value, day, is_of_a_year=is_of_a_year)):
            continue
        difference.values[basis] = value
        difference.value_days[basis] = day
        if known is None:
            continue
        is_same = newest is not None and newest.value == value
        days = (newest.as_of, day) if newest and is_same else None
        difference.shown.append(FieldChange(basis, newest.value if newest else None, value, days))


def _day_of_value(newest: BasisValue | None, basis: str, rules: ImportRules) -> date | None:
    """Return the day of which the list speaks, None when what is known is of a later year.

    A newer size gives way where it is of the year that the list names, or where the list names none.
    """
    day = rules.value_days.get(basis, rules.today)
    if newest is None or newest.as_of <= day:
        return day
    if basis in rules.named_years:
        return newest.as_of if newest.as_of.year == day.year else None
    return rules.today if newest.as_of <= rules.today else None


def _says_nothing_new(newest: BasisValue, value: Fraction, day: date, *, is_of_a_year: bool) -> bool:
    """Return whether the size is known: the same of the same year, or just the same where the list names no year.

    The same size of another year is a declaration of its own, without which the next invoice says "estimated".
    """
    return newest.value == value and (not is_of_a_year or newest.as_of.year == day.year)


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
        raise refuse(draft, ProblemKind.DATE, draft.name, problem)
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
        _compare_opening(difference, draft, known, year)


def _compare_opening(difference: Difference, draft: MemberDraft, known: Known | None, year: int) -> None:
    """Take an open amount over once: a list that names no year may say in a later year what it said before."""
    assert draft.open_amount is not None, draft
    booked = sorted(known.openings) if known else []
    if draft.previous_year is not None and known is not None:
        base = opening_reference(year, known.member.number)
        booked = [one for one in booked if one.startswith(base)]
    elif booked:
        difference.booked_before = booked[-1]
    if not booked:
        difference.opening = (year, draft.open_amount.cents)
        if known is not None:
            difference.show("open_amount", None, draft.open_amount)


def money_warnings(difference: Difference, draft: MemberDraft, *, may_book: bool) -> list[RowWarning]:
    """Return what the list says about money that is not taken over, and take that out of the difference."""
    found: list[RowWarning] = []
    if draft.open_amount is not None and draft.open_amount.cents < 0:
        text = phrase("A credit balance is not taken over. Please record it as a payment.")
        found.append(RowWarning(draft.row, "", str(draft.open_amount), text))
    if difference.booked_before is not None:
        text = phrase(
            "An open amount was taken over before as %(reference)s; the list names no year, so it is not booked again.",
            reference=difference.booked_before,
        )
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
