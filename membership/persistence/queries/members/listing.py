"""The list page of members: one statement for the rows, one for tab counts and sums, one for the filters.

Source: `ux.md` 6.3, 4 "Tables", "Filters".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Numeric,
    RowMapping,
    Subquery,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from membership.domain.class_order import class_order
from membership.domain.members import FIRST_DAY, FORMER, MEMBERS_TODAY, MemberState
from membership.domain.search_text import folded
from membership.persistence.columns import canonical
from membership.persistence.models.invoicing import Invoice
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import BasisValue, Contact, Member, MemberImportRow
from membership.persistence.queries.invoicing import COUNTED, IS_CANCELLED
from membership.persistence.queries.members.standing import (
    main_contact,
    newest,
    newest_category,
    newest_value,
    ranked_periods,
)


class Tab(StrEnum):
    """The tabs of the list. Active are all who are members today; new are applicants and who joins this year."""

    ACTIVE = "active"
    NEW = "new"
    LEAVING = "leaving"
    FORMER = "former"
    ALL = "all"


Needs = Sequence[tuple[str, Sequence[str]]]
SORTS: Final = (
    "name",
    "number",
    "city",
    "class",
    "size",
    "dues",
    "method",
    "open",
    "state",
    "start",
    "email",
    "contact",
    "declared",
)
HEADCOUNT: Final = "headcount"


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """What to show of the list; empty means everything. `lacks` is `email`, `size` or `category`.

    `needs` says which sizes the dues of each category rest on; while it is empty, everybody has a number of employees.
    """

    year: int
    today: date
    tab: Tab = Tab.ACTIVE
    text: str = ""
    category: str = ""
    dues_class: str = ""
    method: str = ""
    tag: str = ""
    state: str = ""
    lacks: str = ""
    needs: Needs = ()
    import_id: int | None = None
    sort: str = "name"
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One row of the list; `dues_cents` is None while nothing is billed for the year."""

    id: int
    number: str
    name: str
    street: str
    postcode: str
    city: str
    email: str
    method: str
    category: str | None
    headcount: Fraction | None
    dues_class: str | None
    dues_cents: int | None
    open_cents: int
    state: MemberState
    start: date | None
    end: date | None
    phone: str = ""
    contact: str = ""
    declared_on: date | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """Members of each tab under the other filters; number and sums of the tab shown."""

    tabs: Mapping[Tab, int]
    total: int
    dues_cents: int
    open_cents: int


def list_members(
    session: Session, chosen: MemberFilter, *, limit: int | None = None, offset: int = 0
) -> list[MemberLine]:
    """Return the rows of the list in its order; without a limit all of them."""
    rows = _rows(chosen)
    statement = (
        select(rows)
        .where(*_conditions(rows, chosen), _in_tab(rows, chosen.tab, chosen))
        .order_by(*_order(rows, chosen))
    )
    if limit is not None:
        statement = statement.limit(limit).offset(offset)
    return [_line(row) for row in session.execute(statement).mappings()]


def count_members(session: Session, chosen: MemberFilter) -> Counts:
    """Return what stands in the tabs and in the foot of the list: over all filtered rows, not those of a page."""
    rows = _rows(chosen)
    inside = _in_tab(rows, chosen.tab, chosen)
    tabs = {tab: _total(case((_in_tab(rows, tab, chosen), 1), else_=0)) for tab in Tab}
    found = session.execute(
        select(
            *tabs.values(),
            _total(case((inside, 1), else_=0)),
            _total(case((inside, rows.c.dues_cents), else_=0)),
            _total(case((inside, rows.c.open_cents), else_=0)),
        ).where(*_conditions(rows, chosen))
    ).one()
    *counts, total, dues, owed = (int(value) for value in found)
    return Counts(dict(zip(Tab, counts, strict=True)), total, dues, owed)


def list_tags(session: Session) -> list[str]:
    """Return every tag that a member has, in the order of the alphabet."""
    found = session.execute(select(Member.attributes).distinct()).scalars()
    return sorted({word for words in found for word in words or ()}, key=str.casefold)


def list_choices(session: Session, year: int) -> list[str]:
    """Return the dues classes that invoices of the year name, in the order of the table."""
    rows = session.execute(
        select(Invoice.dues_class).where(Invoice.dues_year == year, Invoice.dues_class != "").distinct()
    )
    return sorted(rows.scalars(), key=class_order)


def _total(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(value), 0)


def _rows(chosen: MemberFilter) -> Subquery:
    period = ranked_periods(chosen.today)
    of_year = and_(Invoice.member_id == Member.id, Invoice.dues_year == chosen.year)
    billed = (OpenItem.invoice_id.is_not(None), ~IS_CANCELLED)
    dues = (
        select(func.sum(COUNTED))
        .where(OpenItem.member_id == Member.id, OpenItem.dues_year == chosen.year, *billed)
        .scalar_subquery()
    )
    dues_class = (
        select(Invoice.dues_class)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(of_year, ~IS_CANCELLED)
        .order_by(Invoice.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    owed = select(func.sum(OpenItem.open_cents)).where(OpenItem.member_id == Member.id).scalar_subquery()
    return (
        select(
            Member.id,
            Member.number,
            Member.name,
            Member.street,
            Member.postcode,
            Member.city,
            Member.invoice_email.label("email"),
            Member.phone,
            Member.attributes,
            Member.payment_method.label("method"),
            Member.search_text,
            Member.name_key,
            newest_category(chosen.today).label("category"),
            newest_value(HEADCOUNT).label("headcount"),
            newest(BasisValue.classes, HEADCOUNT).label("heads_by_class"),
            newest(BasisValue.as_of, HEADCOUNT).label("declared_on"),
            main_contact().label("contact"),
            dues_class.label("dues_class"),
            dues.label("dues_cents"),
            func.coalesce(owed, 0).label("open_cents"),
            func.coalesce(period.c.state, str(MemberState.PROSPECT)).label("state"),
            period.c.start,
            period.c.end,
        )
        .outerjoin(period, and_(period.c.member_id == Member.id, period.c.rank == 1))
        .subquery("rows")
    )


def _in_tab(rows: Subquery, tab: Tab, chosen: MemberFilter) -> ColumnElement[bool]:
    first, last = date(chosen.year, 1, 1), date(chosen.year, 12, 31)
    joins = and_(rows.c.start >= first, rows.c.start <= last, rows.c.state.in_(MEMBERS_TODAY))
    conditions: dict[Tab, ColumnElement[bool]] = {
        Tab.ACTIVE: rows.c.state.in_(MEMBERS_TODAY),
        Tab.NEW: or_(
            joins, rows.c.state.in_((MemberState.PROSPECT, MemberState.APPLIED, MemberState.ACCEPTED))
        ),
        Tab.LEAVING: rows.c.state.in_((MemberState.NOTICE_GIVEN, MemberState.EXCLUSION_PENDING)),
        Tab.FORMER: rows.c.state.in_(FORMER),
        Tab.ALL: rows.c.id.is_not(None),
    }
    return conditions[tab]


def _conditions(rows: Subquery, chosen: MemberFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for word in search_words(chosen.text):
        people = select(Contact.member_id).where(Contact.email.icontains(word, autoescape=True))
        found.append(
            or_(
                rows.c.search_text.contains(folded(word), autoescape=True),
                rows.c.email.icontains(word, autoescape=True),
                rows.c.id.in_(people),
            )
        )
    if chosen.category:
        found.append(rows.c.category == chosen.category)
    if chosen.dues_class:
        found.append(rows.c.dues_class == chosen.dues_class)
    if chosen.method:
        found.append(rows.c.method == chosen.method)
    if chosen.tag:
        word = canonical(chosen.tag)
        found.append(type_coerce(rows.c.attributes, Text).contains(word, autoescape=True))
    if chosen.state:
        found.append(rows.c.state == chosen.state)
    if chosen.import_id is not None:
        imported = select(MemberImportRow.member_id).where(MemberImportRow.import_id == chosen.import_id)
        found.append(rows.c.id.in_(imported))
    missing: dict[str, ColumnElement[bool]] = {
        "email": rows.c.email == "",
        "size": _lacks_size(rows, chosen.needs),
        "category": rows.c.category.is_(None),
    }
    return [*found, missing[chosen.lacks]] if chosen.lacks in missing else found


def _lacks_size(rows: Subquery, needs: Needs) -> ColumnElement[bool]:
    def lacks(basis: str) -> ColumnElement[bool]:
        known = select(BasisValue.id).where(BasisValue.member_id == rows.c.id, BasisValue.basis == basis)
        return ~known.exists()

    if not needs:
        return lacks(HEADCOUNT)
    found = [and_(rows.c.category == code, or_(*map(lacks, names))) for code, names in needs if names]
    return or_(false(), *found)


def search_words(text: str) -> list[str]:
    """Return the words that must all occur, in the form of the search column (`reliability.md` 10)."""
    return unicodedata.normalize("NFKC", text).casefold().split()[:8]


def _order(rows: Subquery, chosen: MemberFilter) -> list[ColumnElement[Any]]:
    heads = type_coerce(rows.c.headcount, Text)
    size = case((heads.like("%/%"), None), else_=cast(heads, Numeric(20, 6)))
    columns: dict[str, Iterable[ColumnElement[Any]]] = {
        "name": (rows.c.name_key,),
        "number": (func.length(rows.c.number), rows.c.number),
        "city": (func.lower(rows.c.city),),
        "class": (rows.c.dues_class, rows.c.category),
        "size": (func.coalesce(size, -1),),
        "dues": (func.coalesce(rows.c.dues_cents, -1),),
        "method": (rows.c.method,),
        "open": (rows.c.open_cents,),
        "state": (rows.c.state,),
        "start": (func.coalesce(rows.c.start, FIRST_DAY),),
        "email": (func.lower(rows.c.email),),
        "contact": (func.lower(func.coalesce(rows.c.contact, "")),),
        "declared": (func.coalesce(rows.c.declared_on, FIRST_DAY),),
    }
    wanted = columns.get(chosen.sort, columns["name"])
    order = [column.desc() if chosen.is_descending else column.asc() for column in wanted]
    return [*order, rows.c.name_key, rows.c.id]


def _heads(row: RowMapping) -> Fraction | None:
    """Return the number of employees, those of all classes together."""
    if row["headcount"] is None and row["heads_by_class"]:
        return sum((Fraction(heads) for heads in row["heads_by_class"].values()), Fraction(0))
    headcount: Fraction | None = row["headcount"]
    return headcount


def _line(row: RowMapping) -> MemberLine:
    return MemberLine(
        id=row["id"],
        number=row["number"],
        name=row["name"],
        street=row["street"],
        postcode=row["postcode"],
        city=row["city"],
        email=row["email"],
        method=str(row["method"]),
        category=row["category"],
        headcount=_heads(row),
        dues_class=row["dues_class"],
        dues_cents=None if row["dues_cents"] is None else int(row["dues_cents"]),
        open_cents=int(row["open_cents"]),
        state=MemberState(row["state"]),
        start=row["start"],
        end=row["end"],
        phone=row["phone"],
        contact=row["contact"] or "",
        declared_on=row["declared_on"],
        tags=tuple(row["attributes"] or ()),
    )
