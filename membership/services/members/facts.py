"""What dues rest on: category, sizes, groups, agreed amounts and resolutions; each dated, each with its reason.

Source: `domain.md` DUE-3, DUE-5, DUE-13, DUE-17, INV-1a.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.dues.facts import OverrideKind
from membership.domain.dues.schedule.bases import KNOWN_BASES
from membership.domain.errors import N_, InputError, NotFound
from membership.domain.member_fields import FieldWrong, tidy_line
from membership.domain.money import Money
from membership.domain.phrases import phrase
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.columns import exact_text
from membership.persistence.db import actor_of
from membership.persistence.models.members import (
    AgreedAmount,
    BasisValue,
    CategoryPeriod,
    CompanyGroup,
    GroupMembership,
    Member,
    Origin,
    Override,
)
from membership.persistence.queries import members as queries
from membership.persistence.queries.members.record import find_group
from membership.services.members.records import WRITE, add_category, require_category, touch

DUES: Final = "member.dues"
FIRST_YEAR, LAST_YEAR = 1900, 2999
_LARGEST: Final = 10**13
_CUSTOM: Final = re.compile(r"custom:[a-z][a-z0-9_]{0,40}", re.ASCII)


class BasisUnknown(InputError):
    """There is no such size."""

    message = N_("There is no size “%(basis)s”. There are: %(known)s; own ones begin with “custom:”.")
    code = "basis_unknown"


class ValueWrong(InputError):
    """A size below zero or beyond all measure."""

    message = N_("A size is a number from 0 to 10,000,000,000,000.")
    code = "basis_value"


class YearsWrong(InputError):
    """Years that do not follow each other."""

    message = N_("The last year must not lie before the first one, and both are years of four digits.")
    code = "years"


class ReasonMissing(InputError):
    """A decision about money needs its reason."""

    message = N_("Please say why, for example with the day of the resolution.")
    code = "reason_missing"


class OverrideWrong(InputError):
    """The value of a resolution does not fit its kind."""

    message = N_("A resolution sets an amount in euros, a percentage from 0 to 100, or waives the dues.")
    code = "override"


def set_category(session: Session, number: str, code: str, *, valid_from: date) -> bool:
    """Put a member into a category from a day on; return whether that is different from before.

    A category that was to begin on the same day is replaced; later ones stay.
    """
    require(actor_of(session), WRITE)
    member = queries.get_member(session, number, lock=True)
    require_category(session, code)
    rows = session.execute(
        select(CategoryPeriod)
        .where(CategoryPeriod.member_id == member.id)
        .order_by(CategoryPeriod.valid_from)
    ).scalars().all()  # fmt: skip
    before = [row for row in rows if row.valid_from <= valid_from]
    if before and before[-1].category == code:
        return False
    old = before[-1].category if before else None
    if before and before[-1].valid_from == valid_from:
        before[-1].category = code
    else:
        add_category(session, member, code, valid_from=valid_from)
    _note(session, member, "member.category", {"category": (old, code), "valid_from": (None, valid_from)})
    return True


def record_basis_value(
    session: Session,
    number: str,
    basis: str,
    value: Fraction | Mapping[str, Fraction],
    *,
    as_of: date,
    origin: str = Origin.DECLARED,
    note: str = "",
) -> bool:
    """Record a size as of a day: one number, or heads per class; return whether that is different from before.

    A value of the same day is replaced; the audit log keeps the old one. `origin` is one of the words of DUE-5.
    """
    require(actor_of(session), WRITE)
    member = queries.get_member(session, number, lock=True)
    require_basis(basis)
    single, classes = _checked(value)
    row = session.execute(
        select(BasisValue).where(
            BasisValue.member_id == member.id, BasisValue.basis == basis, BasisValue.as_of == as_of
        )
    ).scalar_one_or_none()
    old = value_text(row) if row else None
    if row is not None and (row.value, row.classes or None, row.origin) == (single, classes, origin):
        return False
    if row is None:
        row = BasisValue(member_id=member.id, basis=basis, as_of=as_of, value=single, origin=Origin(origin))
        session.add(row)
    row.value, row.classes, row.origin = single, classes, Origin(origin)
    row.note, row.recorded_at = tidy_line("note", note), actor_of(session).at
    values: dict[str, chain.Change] = {basis: (old, value_text(row)), "as_of": (None, as_of)}
    _note(session, member, "member.size", values, facts={"origin": str(origin)})
    return True


def forget_basis_value(session: Session, number: str, value_id: int) -> None:
    """Take a size back that was recorded by mistake; the audit log keeps it."""
    require(actor_of(session), WRITE)
    member = queries.get_member(session, number, lock=True)
    row = session.execute(
        select(BasisValue).where(BasisValue.id == value_id, BasisValue.member_id == member.id)
    ).scalar_one_or_none()
    if row is None:
        raise NotFound(what="size", key=value_id)
    session.delete(row)
    values: dict[str, chain.Change] = {row.basis: (value_text(row), None), "as_of": (row.as_of, None)}
    _note(session, member, "member.forget_size", values)


def require_basis(basis: str) -> None:
    """Raise `BasisUnknown` unless the program or a fee schedule may know the basis."""
    if basis not in KNOWN_BASES and not _CUSTOM.fullmatch(basis):
        raise BasisUnknown(basis=basis[:40], known=", ".join(KNOWN_BASES))


def value_text(row: BasisValue) -> str:
    """Return a size as the audit log and documents write it."""
    if row.classes:
        return ", ".join(f"{name} {number}" for name, number in sorted(row.classes.items()))
    return "" if row.value is None else exact_text(row.value)


def _checked(value: Fraction | Mapping[str, Fraction]) -> tuple[Fraction | None, dict[str, str] | None]:
    numbers = list(value.values()) if isinstance(value, Mapping) else [value]
    if not numbers or any(not 0 <= number <= _LARGEST for number in numbers):
        raise ValueWrong
    if isinstance(value, Mapping):
        return None, {name: exact_text(number) for name, number in value.items()}
    return Fraction(value), None


def set_agreed_amount(
    session: Session, number: str, cents: int, *, from_year: int, to_year: int | None = None, reason: str
) -> int:
    """Agree an annual amount with a member from a dues year on and return the row's id (INV-1a, AGREED).

    What was agreed for the same first year is replaced; an earlier agreement ends the year before.
    """
    require(actor_of(session), DUES)
    member = queries.get_member(session, number, lock=True)
    _require_years(from_year, to_year)
    if cents < 0:
        raise FieldWrong("amount", phrase("The amount must not be negative."))
    why = _reason(reason)
    old = None
    for row in _standing(session, AgreedAmount, member.id, from_year):
        old = Money(row.amount_cents)
        _end_before(session, row, from_year)
    row = AgreedAmount(
        member_id=member.id, amount_cents=cents, from_year=from_year, to_year=to_year, reason=why
    )
    session.add(row)
    session.flush()
    _note(session, member, "member.agreed", {"agreed": (old, Money(cents)), "reason": (None, why)})
    return row.id


def end_agreed_amount(session: Session, number: str, agreed_id: int, *, last_year: int) -> None:
    """End an agreed amount with a dues year; one that would never have counted is removed."""
    require(actor_of(session), DUES)
    member = queries.get_member(session, number, lock=True)
    row = session.get(AgreedAmount, agreed_id)
    if row is None or row.member_id != member.id:
        raise NotFound(what="agreed amount", key=agreed_id)
    old = Money(row.amount_cents)
    _end_before(session, row, last_year + 1)
    _note(session, member, "member.agreed_end", {"agreed": (old, None)}, facts={"last_year": last_year})


def set_override(
    session: Session,
    number: str,
    *,
    kind: OverrideKind,
    value: Fraction | None,
    from_year: int,
    to_year: int | None = None,
    organ: str = "",
    decided_on: date | None = None,
    reason: str,
) -> int:
    """Record a resolution for one member and return the row's id (DUE-17).

    Args:
        session: the session of the unit of work.
        number: the member's number.
        kind: an annual amount, the percentage that remains to be paid, or a waiver.
        value: euros or percent; None for a waiver.
        from_year: first dues year.
        to_year: last dues year; None means until further notice.
        organ: who decided, such as the board.
        decided_on: the day of the resolution.
        reason: why.
    """
    require(actor_of(session), DUES)
    member = queries.get_member(session, number, lock=True)
    _require_years(from_year, to_year)
    _require_value(kind, value)
    why = _reason(reason)
    for row in _standing(session, Override, member.id, from_year):
        _end_before(session, row, from_year)
    made = Override(
        member_id=member.id, kind=str(kind), value=value, from_year=from_year, to_year=to_year,
        organ=tidy_line("organ", organ), decided_on=decided_on, reason=why,
    )  # fmt: skip
    session.add(made)
    session.flush()
    shown = f"{kind} {'' if value is None else exact_text(value)}".strip()
    _note(session, member, "member.override", {"resolution": (None, shown), "reason": (None, why)})
    return made.id


def end_override(session: Session, number: str, override_id: int, *, last_year: int) -> None:
    """End a resolution with a dues year; one that would never have counted is removed."""
    require(actor_of(session), DUES)
    member = queries.get_member(session, number, lock=True)
    row = session.get(Override, override_id)
    if row is None or row.member_id != member.id:
        raise NotFound(what="resolution", key=override_id)
    old = row.kind
    _end_before(session, row, last_year + 1)
    _note(session, member, "member.override_end", {"resolution": (old, None)}, facts={"last_year": last_year})


def _standing(session: Session, model: Any, member_id: int, year: int) -> list[Any]:  # noqa: ANN401 - either table
    """Return the rows of a member that would still count in a year."""
    statement = select(model).where(
        model.member_id == member_id, model.to_year.is_(None) | (model.to_year >= year)
    )
    return list(session.execute(statement).scalars())


def _end_before(session: Session, row: AgreedAmount | Override, year: int) -> None:
    if row.from_year >= year:
        session.delete(row)
    else:
        row.to_year = year - 1
    session.flush()


def _require_years(first: int, last: int | None) -> None:
    if not FIRST_YEAR <= first <= LAST_YEAR or (last is not None and not first <= last <= LAST_YEAR):
        raise YearsWrong


def _require_value(kind: OverrideKind, value: Fraction | None) -> None:
    is_right = {
        OverrideKind.WAIVE: value is None,
        OverrideKind.PERCENT: value is not None and 0 <= value <= 100,  # noqa: PLR2004 - percent
        OverrideKind.AMOUNT: value is not None and value >= 0 and (value * 100).denominator == 1,
    }
    if not is_right[kind]:
        raise OverrideWrong


def _reason(text: str) -> str:
    found = tidy_line("reason", text)
    if not found:
        raise ReasonMissing
    return found


def set_group(session: Session, number: str, name: str, *, valid_from: date) -> bool:
    """Put a member into a group of companies from a day on, out of it with an empty name (DUE-13).

    A group that is new is made, and this member leads it. Returns whether anything is different.
    """
    require(actor_of(session), WRITE)
    member = queries.get_member(session, number, lock=True)
    before = find_group(session, member.id, valid_from)
    wanted = tidy_line("group", name)
    if (before.name.casefold() if before else "") == wanted.casefold():
        return False
    leave_groups(session, member, valid_from)
    if wanted:
        join_group(session, member, wanted, valid_from=valid_from)
    _note(session, member, "member.group", {"group": (before.name if before else None, wanted or None)})
    return True


def leave_groups(session: Session, member: Member, day: date) -> None:
    """End a member's place in its groups the day before; a place that never counted is removed."""
    rows = session.execute(
        select(GroupMembership).where(
            GroupMembership.member_id == member.id,
            GroupMembership.valid_to.is_(None) | (GroupMembership.valid_to >= day),
        )
    ).scalars()
    for row in rows:
        if row.valid_from >= day:
            session.delete(row)
        else:
            row.valid_to = day - timedelta(days=1)
    session.flush()


def join_group(session: Session, member: Member, name: str, *, valid_from: date) -> GroupMembership:
    """Put a member into the group of this name, made when there is none, and return the row."""
    groups = session.execute(select(CompanyGroup)).scalars().all()
    group = next((one for one in groups if one.name.casefold() == name.casefold()), None)
    if group is None:
        group = CompanyGroup(code=_code(name, {one.code for one in groups}), name=name)
        session.add(group)
    if group.lead_member_id is None:
        group.lead_member_id = member.id
    session.flush()
    row = GroupMembership(group_id=group.id, member_id=member.id, valid_from=valid_from)
    session.add(row)
    session.flush()
    return row


def _code(name: str, used: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    stem = re.sub(r"[^A-Z0-9]+", "-", plain).strip("-")[:20] or "GROUP"
    candidates = (stem, *(f"{stem}-{count}" for count in range(2, len(used) + 3)))
    return next(code for code in candidates if code not in used)


def _note(
    session: Session,
    member: Member,
    action: str,
    values: Mapping[str, chain.Change],
    *,
    facts: Mapping[str, object] | None = None,
) -> None:
    touch(session, member)
    chain.note(session, action, "member", member.number, member_id=member.id, facts=facts, values=values)
