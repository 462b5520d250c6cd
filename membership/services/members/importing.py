"""A member list taken in as one unit of work: good rows are kept, with what stood there before, for the undo.

Source: `ux.md` 6.4; `interfaces.md` "members import"; INV-22, INV-27.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.member_lists import MemberList, ProblemKind, RowProblem
from membership.domain.members import MemberState, next_number
from membership.domain.phrases import Phrase
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.columns import exact_text
from membership.persistence.db import actor_of, guard
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import (
    BasisValue,
    CategoryPeriod,
    Contact,
    Member,
    MemberImport,
    MemberImportRow,
    Membership,
    Origin,
    PreviousDues,
)
from membership.persistence.queries import members as queries
from membership.persistence.queries.settings import get_settings
from membership.services import ledger
from membership.services.members.comparing import FieldChange, ImportRules, opening_reference
from membership.services.members.contacts import write_contact
from membership.services.members.facts import join_group, leave_groups
from membership.services.members.planning import Effect, PlannedMember, plan_import
from membership.services.members.records import (
    GUARD,
    audit_values,
    new_member,
    present_fields,
    require_category,
    set_search_text,
    touch,
    write_fields,
)

IMPORT: Final = "member.import"


@dataclass(frozen=True, slots=True)
class ListFile:
    """Which file a list came from, and the meaning a person gave to its columns and words, for the next one."""

    name: str
    content: bytes
    columns: Mapping[str, str]
    words: Mapping[str, str] = field(default_factory=dict)


def import_members(
    session: Session, members: MemberList, *, file: ListFile, rules: ImportRules
) -> dict[str, Any]:
    """Take a list in and return `{"import", "new", "changed", "unchanged", "rejected": [...]}` (`interfaces.md`).

    A list that changes nothing leaves no import behind, and `import` is None then. Raises `CategoryUnknown`.
    """
    require(actor_of(session), IMPORT)
    guard(session, GUARD)
    if rules.category is not None:
        require_category(session, rules.category)
    plan = plan_import(session, members, rules)
    counts = {str(effect): plan.count(effect) for effect in Effect}
    rejected = [_rejected(problem) for problem in plan.problems]
    touched = [member for member in plan.members if member.effect is not Effect.UNCHANGED]
    if not touched:
        return {"import": None, **counts, "rejected": rejected}
    row = MemberImport(
        filename=file.name[:200],
        sha256=sha256(file.content).hexdigest(),
        counts={**counts, "columns": dict(file.columns), "words": dict(file.words)},
        rejected=rejected,
        at=actor_of(session).at,
    )
    session.add(row)
    session.flush()
    _Writer(session, row, rules.today).write(touched)
    facts = {**counts, "rejected": len({problem.row for problem in plan.problems}), "sha256": row.sha256}
    chain.note(session, "member.import", "import", row.id, facts=facts)
    return {"import": row.id, **counts, "rejected": rejected}


def _rejected(problem: RowProblem) -> dict[str, Any]:
    """Return a problem as it is kept: an IBAN never in clear (INV-27); the sentence as message and values."""
    found = problem.found
    if problem.kind is ProblemKind.IBAN:
        found = f"•• {found[-4:]}"
    return {
        "row": problem.row,
        "column": problem.column,
        "found": found,
        "kind": str(problem.kind),
        "problem": stored(problem.problem),
        "expected": None if problem.expected is None else stored(problem.expected),
    }


def stored(text: Phrase) -> dict[str, Any]:
    """Return a phrase as JSON."""
    values = {
        name: stored(value) if isinstance(value, Phrase) else str(value)
        for name, value in text.values.items()
    }
    return {"message": text.message, "values": values}


def worded(kept: Mapping[str, Any]) -> Phrase:
    """Return the phrase of a stored problem."""
    values = {
        name: worded(value) if isinstance(value, Mapping) else value for name, value in kept["values"].items()
    }
    return Phrase(kept["message"], values)


def rejected_problems(kept: Sequence[Mapping[str, Any]]) -> list[RowProblem]:
    """Return the problems of an import as they were found."""
    return [
        RowProblem(
            row=one["row"],
            column=one["column"],
            found=one["found"],
            problem=worded(one["problem"]),
            kind=ProblemKind(one["kind"]),
            expected=None if one["expected"] is None else worded(one["expected"]),
        )
        for one in kept
    ]


class _Writer:
    """Writes the rows of one import: new members in three sweeps, so that thousands take seconds."""

    def __init__(self, session: Session, row: MemberImport, today: date) -> None:
        self._session = session
        self._import = row
        self._today = today
        self._at = actor_of(session).at

    def write(self, planned: Sequence[PlannedMember]) -> None:
        new = [member for member in planned if member.effect is Effect.NEW]
        made = self._add_members(new)
        for member, row in zip(new, made, strict=True):
            self._add_facts(member, row)
        self._session.flush()
        for member, row in zip(new, made, strict=True):
            before = {"opening": self._book(member, row)}
            self._keep(member, row, before)
            values = {name: (None, value) for name, value in audit_values(member.difference.fields).items()}
            self._note("member.import_new", row, {key: pair for key, pair in values.items() if pair[1]})
        for member in planned:
            if member.effect is Effect.CHANGED:
                self._change(member)
        self._session.flush()

    def _add_members(self, new: Sequence[PlannedMember]) -> list[Member]:
        used = queries.list_used_numbers(self._session) | {member.number for member in new if member.number}
        pattern = get_settings(self._session).text("member.pattern")
        made: list[Member] = []
        for member in new:
            number = member.number or next_number(pattern, used)
            used.add(number)
            row = new_member(self._session, member.difference.fields, number=number)
            set_search_text(row, [str(one.get("name", "")) for one in member.difference.new_contacts])
            made.append(row)
        self._session.add_all(made)
        self._session.flush()
        return made

    def _add_facts(self, planned: PlannedMember, row: Member) -> None:
        """Add what hangs on a new member; flushed together for all of them."""
        difference = planned.difference
        period = difference.new_period or {}
        self._session.add(self._period(row, period))
        if difference.category:
            self._session.add(self._category(row, difference.category, difference.category_from))
        for basis, value in difference.values.items():
            self._session.add(self._value(row, basis, value, difference.value_days[basis]))
        for person in difference.new_contacts:
            self._session.add(self._contact(row, person))
        if difference.previous:
            year, cents = difference.previous
            self._session.add(PreviousDues(member_id=row.id, dues_year=year, amount_cents=cents))
        if difference.group:
            join_group(self._session, row, difference.group, valid_from=difference.group_from)

    def _period(self, row: Member, period: Mapping[str, Any]) -> Membership:
        state = period.get("state", MemberState.ACTIVE)
        return Membership(
            member_id=row.id,
            state=str(state),
            start=period.get("start"),
            end=period.get("end"),
            state_since=self._today if state is MemberState.SUSPENDED else None,
        )

    def _category(self, row: Member, code: str, valid_from: date) -> CategoryPeriod:
        return CategoryPeriod(member_id=row.id, category=code, valid_from=valid_from)

    def _value(self, row: Member, basis: str, value: Any, as_of: date) -> BasisValue:  # noqa: ANN401 - Fraction
        return BasisValue(
            member_id=row.id,
            basis=basis,
            as_of=as_of,
            value=value,
            origin=Origin.DECLARED,
            recorded_at=self._at,
        )

    def _contact(self, row: Member, person: Mapping[str, object]) -> Contact:
        contact = Contact(member_id=row.id, name="", functions=[])
        write_contact(contact, person)
        return contact

    def _book(self, planned: PlannedMember, row: Member) -> list[int]:
        """Book what the member owed before and return the open item's id in a list."""
        if planned.difference.opening is None:
            return []
        year, cents = planned.difference.opening
        due_on = min(date(year, 12, 31), self._today)
        reference = self._free_reference(opening_reference(year, row.number))
        item = ledger.book_opening_item(
            self._session,
            row.id,
            cents,
            reference=reference,
            dues_year=year,
            due_on=due_on,
            today=self._today,
        )
        return [item]

    def _free_reference(self, base: str) -> str:
        known = self._session.execute(
            select(OpenItem.reference).where(OpenItem.reference.startswith(base, autoescape=True))
        ).scalars()
        used = set(known)
        candidates = (base, *(f"{base}-{count}" for count in range(2, len(used) + 3)))
        return next(one for one in candidates if one not in used)

    def _keep(self, planned: PlannedMember, row: Member, before: Mapping[str, Any]) -> None:
        self._session.add(
            MemberImportRow(
                import_id=self._import.id,
                member_id=row.id,
                row=planned.draft.row,
                kind=str(planned.effect),
                before=dict(before),
            )
        )

    def _note(self, action: str, row: Member, values: Mapping[str, chain.Change]) -> None:
        facts = {"import": self._import.id}
        chain.note(self._session, action, "member", row.number, member_id=row.id, facts=facts, values=values)

    def _change(self, planned: PlannedMember) -> None:
        assert planned.known is not None, planned
        row, difference = planned.known.member, planned.difference
        before: dict[str, Any] = {"fields": self._change_fields(row, difference.fields)}
        before |= self._change_contacts(row, planned)
        before |= self._change_values(row, planned)
        before |= self._change_period(row, planned)
        if difference.category:
            before["category"] = self._change_category(row, planned)
        if difference.group:
            leave_groups(self._session, row, difference.group_from)
            place = join_group(self._session, row, difference.group, valid_from=difference.group_from)
            before["group"] = place.id
        if difference.previous:
            year, cents = difference.previous
            known = planned.known.previous.get(year)
            before["previous"] = [year, known.amount_cents if known else None]
            self._session.merge(PreviousDues(member_id=row.id, dues_year=year, amount_cents=cents))
        before["opening"] = self._book(planned, row)
        people = [one.name for one in planned.known.contacts]
        people += [str(one.get("name", "")) for one in difference.new_contacts]
        set_search_text(row, people)
        touch(self._session, row)
        self._keep(planned, row, before)
        shown = {change.key: _audited(change) for change in planned.changes}
        self._note("member.import_change", row, shown)

    def _change_fields(self, row: Member, fields: Mapping[str, object]) -> dict[str, Any]:
        """Set fields and return field -> [old, new]; of an IBAN its encrypted bytes."""
        kept: dict[str, Any] = {}
        others = [name for name in fields if name != "iban"]
        old = present_fields(self._session, row, others)
        sealed = [row.iban_sealed, row.iban_key, row.iban_shown]
        write_fields(self._session, row, fields)
        for name in others:
            kept[name] = [_plain(old[name]), _plain(fields[name])]
        if "iban" in fields:
            packed = base64.b64encode(sealed[0]).decode() if isinstance(sealed[0], bytes) else None
            kept["iban"] = [[packed, sealed[1], sealed[2]], row.iban_key]
        return kept

    def _change_contacts(self, row: Member, planned: PlannedMember) -> dict[str, Any]:
        added = [self._contact(row, person) for person in planned.difference.new_contacts]
        self._session.add_all(added)
        changed: dict[str, Any] = {}
        for contact, values in planned.difference.contacts:
            changed[str(contact.id)] = {name: [getattr(contact, name), new] for name, new in values.items()}
            write_contact(contact, values)
        self._session.flush()
        return {"contacts_added": [one.id for one in added], "contacts_changed": changed}

    def _change_values(self, row: Member, planned: PlannedMember) -> dict[str, Any]:
        """Add sizes, or replace those of the same day; return what was added and what stood there."""
        added: list[BasisValue] = []
        replaced: list[dict[str, Any]] = []
        assert planned.known is not None, planned
        for basis, value in planned.difference.values.items():
            day = planned.difference.value_days[basis]
            same = [one for one in planned.known.values if one.basis == basis and one.as_of == day]
            if not same:
                added.append(self._value(row, basis, value, day))
                continue
            old = same[0]
            replaced.append(
                {
                    "id": old.id,
                    "value": None if old.value is None else exact_text(old.value),
                    "classes": old.classes,
                    "origin": str(old.origin),
                    "new": exact_text(value),
                }
            )
            old.value, old.classes, old.origin, old.recorded_at = value, None, Origin.DECLARED, self._at
        self._session.add_all(added)
        self._session.flush()
        return {"values_added": [one.id for one in added], "values_changed": replaced}

    def _change_period(self, row: Member, planned: PlannedMember) -> dict[str, Any]:
        difference = planned.difference
        assert planned.known is not None, planned
        if difference.new_period is not None:
            added = self._period(row, difference.new_period)
            self._session.add(added)
            self._session.flush()
            return {"period_added": added.id}
        if not difference.period:
            return {}
        period = planned.known.period(self._today)
        assert period is not None, planned
        kept: dict[str, Any] = {}
        for name, value in difference.period.items():
            kept[name] = [_plain(getattr(period, name)), _plain(value)]
            setattr(period, name, value)
        return {"period": {"id": period.id, "fields": kept}}

    def _change_category(self, row: Member, planned: PlannedMember) -> dict[str, Any]:
        """Set the category and return the row with what stood there before (None: it is new)."""
        difference, known = planned.difference, planned.known
        assert difference.category is not None, planned
        assert known is not None, planned
        for one in known.categories:
            if one.valid_from == difference.category_from:
                kept = {"id": one.id, "old": one.category, "new": difference.category}
                one.category = difference.category
                return kept
        added = self._category(row, difference.category, difference.category_from)
        self._session.add(added)
        self._session.flush()
        return {"id": added.id, "old": None, "new": difference.category}


def _audited(change: FieldChange) -> chain.Change:
    """Return a change as the audit log keeps it; a size said anew with its days."""
    old, new = _plain(change.old), _plain(change.new)
    if change.days is None:
        return old, new
    return f"{old} ({change.days[0].isoformat()})", f"{new} ({change.days[1].isoformat()})"


def _plain(value: object) -> Any:  # noqa: ANN401 - what JSON takes
    if value is None or isinstance(value, str | int | list):
        return str(value) if isinstance(value, str) else value
    return value.isoformat() if isinstance(value, date) else str(value)
