"""A member's own row: taken in with a number that is never given twice, and changed field by field.

Source: `domain.md` MEM-1, MEM-4; `ux.md` 4 "Two people at once"; INV-22, INV-27.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.errors import N_, Conflict, InputError
from membership.domain.member_fields import INVOICE_ADDRESS, checked_fields, require_whole_address
from membership.domain.member_lists import company_key, legal_form_of
from membership.domain.members import (
    FIRST_DAY,
    MemberExists,
    MembershipStopped,
    MemberState,
    NumberTaken,
    PeriodWrong,
    hidden_iban,
    is_running,
    next_number,
    tidy_number,
)
from membership.domain.policy import may, require
from membership.domain.search_text import folded
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, guard
from membership.persistence.models.members import CategoryPeriod, Contact, Member, MemberCategory, Membership
from membership.persistence.queries import members as queries
from membership.persistence.queries.settings import get_settings

GUARD: Final = "members"
WRITE: Final = "member.write"
FIRST_STATES: Final = (
    MemberState.PROSPECT,
    MemberState.APPLIED,
    MemberState.ACTIVE,
    MemberState.SUSPENDED,
)
_TABLE, _COLUMN = "members", "iban_sealed"


class MemberChanged(Conflict):
    """Somebody else has changed the member since the form was opened."""

    message = N_("%(number)s was changed by somebody else in the meantime. Compare both versions.")
    code = "member_changed"


class CategoryUnknown(InputError):
    """There is no category of this code."""

    message = N_("There is no category “%(code)s”. There are: %(codes)s.")
    code = "category_unknown"


def create_member(
    session: Session,
    fields: Mapping[str, object],
    *,
    number: str | None = None,
    category: str | None = None,
    state: MemberState = MemberState.ACTIVE,
    start: date | None = None,
    end: date | None = None,
    decided_on: date | None = None,
    may_exist: bool = False,
) -> str:
    """Take a company in and return its number.

    Args:
        session: the session of the unit of work.
        fields: columns of the member by name, `name` among them; see `domain.member_fields`.
        number: a number of one's own; else the next of the pattern in the settings.
        category: code of its category, from the start of the membership on.
        state: prospect, applied, active or suspended; what dates say is worked out.
        start: first day of the membership; None means since the beginning.
        end: last day, when notice was given already.
        decided_on: the day of the board's decision.
        may_exist: take it in although a company of this name is in the books.

    Raises `MemberExists`, `NumberTaken`, `NumberWrong`, `FieldWrong`, `CategoryUnknown`, `PeriodWrong`.
    """
    require(actor_of(session), WRITE)
    guard(session, GUARD)
    kept = checked_fields({"name": "", **fields})
    require_whole_address(kept)
    same = queries.list_same_company(session, str(kept["name"]))
    if same and not may_exist:
        raise MemberExists(name=same[0].name, number=same[0].number)
    require_period(start, end)
    if category:
        require_category(session, category)
    used = queries.list_used_numbers(session)
    member = add_member(session, kept, number=free_number(session, number, used))
    add_period(session, member, state=state, start=start, end=end, decided_on=decided_on)
    values: dict[str, chain.Change] = {
        name: (None, value) for name, value in audit_values(kept).items() if value
    }
    if category:
        add_category(session, member, category, valid_from=start or FIRST_DAY)
        values["category"] = (None, category)
    chain.note(session, "member.create", "member", member.number, member_id=member.id, values=values)
    return member.number


def free_number(session: Session, asked: str | None, used: set[str]) -> str:
    """Return the number a new member gets; call it under the guard. Raises `NumberTaken`, `NumberWrong`."""
    if not asked:
        return next_number(get_settings(session).text("member.pattern"), used)
    number = tidy_number(asked)
    if number in used:
        raise NumberTaken(number=number)
    return number


def add_member(session: Session, kept: Mapping[str, object], *, number: str) -> Member:
    """Insert the row of a member from checked fields and return it."""
    member = new_member(session, kept, number=number)
    session.add(member)
    session.flush()
    return member


def new_member(session: Session, kept: Mapping[str, object], *, number: str) -> Member:
    """Return the row of a member made from checked fields, not yet inserted."""
    name = str(kept["name"])
    member = Member(
        uid=secrets.token_hex(16),
        number=number,
        name=name,
        name_key=company_key(name),
        search_text="",
        attributes=[],
        version=1,
        created_at=actor_of(session).at,
    )
    given = {key: value for key, value in kept.items() if value or key != "legal_form"}
    write_fields(session, member, {"legal_form": legal_form_of(name) or "", **given})
    return member


def add_period(
    session: Session,
    member: Member,
    *,
    state: MemberState,
    start: date | None,
    end: date | None,
    decided_on: date | None = None,
) -> Membership:
    """Add a period of membership and return it."""
    assert state in FIRST_STATES, state
    since = actor_of(session).at.date() if state is MemberState.SUSPENDED else None
    period = Membership(
        member_id=member.id,
        state=str(state),
        start=start,
        end=end,
        decided_on=decided_on,
        state_since=since,
    )
    session.add(period)
    session.flush()
    return period


def add_category(session: Session, member: Member, code: str, *, valid_from: date) -> CategoryPeriod:
    """Add the category of a member from a day on and return the row."""
    row = CategoryPeriod(member_id=member.id, category=code, valid_from=valid_from)
    session.add(row)
    session.flush()
    return row


def require_category(session: Session, code: str) -> None:
    """Raise `CategoryUnknown` unless there is a category of this code."""
    codes = session.execute(select(MemberCategory.code).order_by(MemberCategory.position)).scalars().all()
    if code not in codes:
        raise CategoryUnknown(code=code, codes=", ".join(codes))


def require_period(start: date | None, end: date | None) -> None:
    """Raise `PeriodWrong` when a membership would end before it begins."""
    if start is not None and end is not None and end < start:
        raise PeriodWrong(start=start, end=end)


def own_member(session: Session, number: str, *, own: str) -> Member:
    """Return a member, locked, whom the office may change, and a person of the company who holds `own` for it.

    Raises `NotAllowed` before anything is looked for where the actor holds neither, `NotFound` for a foreign member.
    """
    actor = actor_of(session)
    is_office = may(actor, WRITE)
    if not is_office:
        require(actor, own)
    member = queries.get_member(session, number, lock=True)
    if not is_office:
        require(actor, own, member_id=member.id)
    return member


def running_member(session: Session, number: str, *, own: str) -> Member:
    """Return a member like `own_member`, to a person of the company only while the membership runs.

    Raises `MembershipStopped`.
    """
    actor = actor_of(session)
    member = own_member(session, number, own=own)
    periods = queries.list_periods(session, member.id)
    if not may(actor, WRITE) and not is_running(periods, actor.at.date()):
        raise MembershipStopped(company=member.name)
    return member


def change_member(
    session: Session, number: str, changes: Mapping[str, object], *, version: int | None = None
) -> list[str]:
    """Change the fields given, and no others; return the names of those that are different now.

    `version` is the one the form was opened with. Raises `MemberChanged` when the row is newer, `FieldWrong`.
    """
    require(actor_of(session), WRITE)
    return apply_changes(session, queries.get_member(session, number, lock=True), changes, version=version)


def apply_changes(
    session: Session, member: Member, changes: Mapping[str, object], *, version: int | None = None
) -> list[str]:
    """Change the fields of a locked member; who asks for it was asked before. See `change_member`."""
    session.refresh(member)
    known = {name: getattr(member, name) for name in ("country", *INVOICE_ADDRESS)}
    kept = checked_fields(changes, before=known)
    require_whole_address({**known, **kept})
    present = present_fields(session, member, kept)
    changed = {name: value for name, value in kept.items() if value != present[name]}
    if not changed:
        return []
    if version is not None and version != member.version:
        raise MemberChanged(number=member.number)
    write_fields(session, member, changed)
    touch(session, member)
    before, after = audit_values(present), audit_values(changed)
    values: dict[str, chain.Change] = {name: (before[name], after[name]) for name in changed}
    chain.note(session, "member.change", "member", member.number, member_id=member.id, values=values)
    return sorted(changed)


def note_change(session: Session, member: Member, action: str, values: Mapping[str, chain.Change]) -> None:
    """Raise the version of a member and put what changed beside its row into the audit log."""
    touch(session, member)
    chain.note(session, action, "member", member.number, member_id=member.id, values=values)


def touch(session: Session, member: Member) -> None:
    """Raise the version of a member, so that a form opened before is known to be outdated."""
    member.version += 1
    session.flush()


def present_fields(session: Session, member: Member, names: Iterable[str]) -> dict[str, object]:
    """Return the present values of some fields; an IBAN is read from its encrypted column."""
    return {name: iban_of(session, member) if name == "iban" else getattr(member, name) for name in names}


def iban_of(session: Session, member: Member) -> str:
    """Return the IBAN of a member in clear, for comparisons and files to the bank; never for pages."""
    if member.iban_sealed is None:
        return ""
    return crypto.unseal(session, member.iban_sealed, table=_TABLE, column=_COLUMN, uid=member.uid)


def write_fields(session: Session, member: Member, kept: Mapping[str, object]) -> None:
    """Set checked fields of a member and what follows from them: key, search text, the encrypted IBAN."""
    for name, value in kept.items():
        if name == "iban":
            _write_iban(session, member, str(value))
        else:
            setattr(member, name, value)
    if "name" in kept:
        member.name_key = company_key(member.name)
    if "payment_method" in kept:
        member.payment_chosen_on = None
    refresh_search(session, member)


def _write_iban(session: Session, member: Member, iban: str) -> None:
    if not iban:
        member.iban_sealed, member.iban_key, member.iban_shown = None, None, ""
        return
    member.iban_sealed = crypto.seal(session, iban, table=_TABLE, column=_COLUMN, uid=member.uid)
    member.iban_key = crypto.search_key(session, iban)
    member.iban_shown = hidden_iban(iban)


def refresh_search(session: Session, member: Member) -> None:
    """Set the search text: number, name, place and the names of present contacts (`reliability.md` 10)."""
    people: list[str] = []
    if member.id is not None:
        statement = select(Contact.name).where(Contact.member_id == member.id, Contact.ended_on.is_(None))
        with session.no_autoflush:
            people = sorted(session.execute(statement).scalars())
    set_search_text(member, people)


def set_search_text(member: Member, people: Iterable[str]) -> None:
    """Set the search text of a member whose present contacts are known."""
    parts = (member.number, member.name, member.city or "", *people)
    text = folded(" ".join(filter(None, parts)))
    if member.search_text != text:
        member.search_text = text


def audit_values(kept: Mapping[str, object]) -> dict[str, object]:
    """Return fields as the audit log keeps them: an IBAN only as it is shown (INV-27)."""
    shown: dict[str, object] = {}
    for name, value in kept.items():
        if name == "iban":
            shown[name] = hidden_iban(str(value)) if value else ""
        elif isinstance(value, list):
            shown[name] = ", ".join(value)
        else:
            shown[name] = value if value is None or isinstance(value, date) else str(value)
    return shown
