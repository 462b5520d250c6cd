"""All members with what a list or a document says about them, in one statement a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from membership.domain.ledger import Account, EntryKind
from membership.domain.members import MemberState, period_on, state_on
from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
from membership.persistence.models.members import (
    AgreedAmount,
    BasisValue,
    CategoryPeriod,
    CompanyGroup,
    Contact,
    GroupMembership,
    Member,
    Membership,
    Override,
    PreviousDues,
)


@dataclass(slots=True)
class Known:
    """One member with everything dated beside it; lists are in the order of time.

    `openings` are the amounts owed before that are booked and not taken back.
    """

    member: Member
    periods: list[Membership] = field(default_factory=list)
    categories: list[CategoryPeriod] = field(default_factory=list)
    values: list[BasisValue] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    groups: list[tuple[GroupMembership, CompanyGroup]] = field(default_factory=list)
    agreed: list[AgreedAmount] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    previous: dict[int, PreviousDues] = field(default_factory=dict)
    openings: set[str] = field(default_factory=set)
    open_cents: int = 0
    credit_cents: int = 0

    def state(self, day: date) -> MemberState:
        """Return the state on a day."""
        return state_on(self.periods, day)

    def period(self, day: date) -> Membership | None:
        """Return the period that counts on a day."""
        return period_on(self.periods, day)

    def category(self, day: date) -> CategoryPeriod | None:
        """Return the category on a day; before the first one that one."""
        begun = [row for row in self.categories if row.valid_from <= day]
        return begun[-1] if begun else (self.categories[0] if self.categories else None)

    def newest(self, basis: str) -> BasisValue | None:
        """Return the newest value of a basis."""
        found = [row for row in self.values if row.basis == basis]
        return found[-1] if found else None

    def group(self, day: date) -> CompanyGroup | None:
        """Return the group on a day."""
        for link, group in reversed(self.groups):
            if link.valid_from <= day and (link.valid_to is None or link.valid_to >= day):
                return group
        return None

    def agreed_in(self, year: int) -> AgreedAmount | None:
        """Return the amount agreed for a dues year."""
        found = [row for row in self.agreed if _holds(row, year)]
        return found[-1] if found else None

    def override_in(self, year: int) -> Override | None:
        """Return the resolution that counts in a dues year."""
        found = [row for row in self.overrides if _holds(row, year)]
        return found[-1] if found else None


def _holds(row: AgreedAmount | Override, year: int) -> bool:
    return row.from_year <= year and (row.to_year is None or row.to_year >= year)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Known members by id."""

    by_id: dict[int, Known]

    @property
    def members(self) -> Iterable[Known]:
        """Return all of them by number."""
        return sorted(self.by_id.values(), key=lambda known: known.member.number)


def take_snapshot(session: Session, *, member_id: int | None = None) -> Snapshot:
    """Return all members, or one, with everything about them."""
    only = _only(member_id)
    members = session.execute(select(Member).where(*only(Member.__table__.c.id))).scalars()
    found = {member.id: Known(member) for member in members}
    start = (Membership.start.is_not(None), Membership.start, Membership.id)
    for period in session.execute(
        select(Membership).where(*only(Membership.__table__.c.member_id)).order_by(*start)
    ).scalars():
        found[period.member_id].periods.append(period)
    for category in session.execute(
        select(CategoryPeriod)
        .where(*only(CategoryPeriod.__table__.c.member_id))
        .order_by(CategoryPeriod.valid_from)
    ).scalars():
        found[category.member_id].categories.append(category)
    for value in session.execute(
        select(BasisValue).where(*only(BasisValue.__table__.c.member_id)).order_by(BasisValue.as_of)
    ).scalars():
        found[value.member_id].values.append(value)
    for contact in session.execute(
        select(Contact)
        .where(Contact.ended_on.is_(None), *only(Contact.__table__.c.member_id))
        .order_by(Contact.id)
    ).scalars():
        found[contact.member_id].contacts.append(contact)
    _add_decisions(session, found, member_id)
    _add_money(session, found, member_id)
    return Snapshot(found)


def _only(member_id: int | None) -> Callable[[ColumnElement[int]], list[ColumnElement[bool]]]:
    """Return the condition that limits a statement to one member, if one was named."""
    return lambda column: [] if member_id is None else [column == member_id]


def _add_decisions(session: Session, found: dict[int, Known], member_id: int | None) -> None:
    only = _only(member_id)
    for link, group in session.execute(
        select(GroupMembership, CompanyGroup)
        .join(CompanyGroup, CompanyGroup.id == GroupMembership.group_id)
        .where(*only(GroupMembership.__table__.c.member_id))
        .order_by(GroupMembership.valid_from, GroupMembership.id)
    ):
        found[link.member_id].groups.append((link, group))
    for agreed in session.execute(
        select(AgreedAmount)
        .where(*only(AgreedAmount.__table__.c.member_id))
        .order_by(AgreedAmount.from_year, AgreedAmount.id)
    ).scalars():
        found[agreed.member_id].agreed.append(agreed)
    for override in session.execute(
        select(Override)
        .where(*only(Override.__table__.c.member_id))
        .order_by(Override.from_year, Override.id)
    ).scalars():
        found[override.member_id].overrides.append(override)
    for previous in session.execute(
        select(PreviousDues).where(*only(PreviousDues.__table__.c.member_id))
    ).scalars():
        found[previous.member_id].previous[previous.dues_year] = previous


def _add_money(session: Session, found: dict[int, Known], member_id: int | None) -> None:
    only = _only(member_id)
    for owner, cents in session.execute(
        select(OpenItem.member_id, func.sum(OpenItem.open_cents))
        .where(*only(OpenItem.__table__.c.member_id))
        .group_by(OpenItem.member_id)
    ):
        found[owner].open_cents = int(cents)
    taken_back = aliased(Entry)
    for owner, reference in session.execute(
        select(OpenItem.member_id, OpenItem.reference)
        .join(EntryLine, EntryLine.open_item_id == OpenItem.id)
        .join(Entry, Entry.id == EntryLine.entry_id)
        .outerjoin(taken_back, taken_back.reverses_id == Entry.id)
        .where(
            Entry.kind == EntryKind.OPENING,
            taken_back.id.is_(None),
            *only(OpenItem.__table__.c.member_id),
        )
    ):
        found[owner].openings.add(reference)
    credits_of = session.execute(
        select(EntryLine.member_id, func.sum(EntryLine.amount_cents))
        .where(EntryLine.account == Account.CREDITS, *only(EntryLine.__table__.c.member_id))
        .group_by(EntryLine.member_id)
    )
    for member, total in credits_of:
        if member in found:
            found[member].credit_cents = -int(total)
