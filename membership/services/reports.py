"""Reports put together: what is read of a day, what the fee schedule plans, and the rules of `domain/reports`.

Source: `domain.md` 9 (REP-1, REP-3, REP-16); `ux.md` 8.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.declarations.states import STATE_WORDS
from membership.domain.dues.assessment import Assessment
from membership.domain.dues.schedule.bases import KNOWN_BASES, default_basis
from membership.domain.dues.stored import from_stored
from membership.domain.dues.words import basis_title
from membership.domain.errors import N_
from membership.domain.policy import require
from membership.domain.reports.board import (
    Board,
    DuesFigures,
    KnownFigures,
    classes,
    cumulated,
    dues_figures,
    figures_table,
    known_figures,
    stock,
    year_before,
)
from membership.domain.reports.dues import (
    Dues,
    MemberYear,
    Planned,
    dues_of_year,
    dues_report,
    dues_table,
    members_table,
)
from membership.domain.reports.open_items import (
    OpenItems,
    ages,
    credits_table,
    open_items,
    open_items_table,
)
from membership.domain.reports.tables import Table
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.queries import dues as dues_queries
from membership.persistence.queries import reports as queries
from membership.services.dues import MemberDues, assess
from membership.wording import Wording

YEARS_OF_STOCK: Final = 6


@dataclass(frozen=True, slots=True)
class Report:
    """A report to hand out: its name in addresses and commands, its title, its tables, what it covers.

    `beside` are further tables by their key in JSON; `BESIDE_TITLES` names them.
    """

    name: str
    title: str
    as_of: date
    table: Table
    beside: Mapping[str, Table] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None


BESIDE_TITLES: Final[Mapping[str, str]] = {
    "credits": N_("Credit balances"),
    "members": N_("Dues by member"),
}


def open_items_report(session: Session, *, as_of: date) -> Report:
    """Return REP-1 as a report."""
    found = list_open_items(session, as_of=as_of)
    tables = {"credits": credits_table(found)}
    return Report("open-items", N_("Open items"), as_of, open_items_table(found), tables)


def dues_overview(
    session: Session, *, first_year: int, last_year: int, as_of: date, words: Wording
) -> Report:
    """Return REP-3 as a report, by category and, beside it, by member."""
    found = list_dues(session, first_year=first_year, last_year=last_year, as_of=as_of, words=words)
    return Report(
        "dues",
        N_("Dues overview"),
        as_of,
        dues_table(found),
        {"members": members_table(found)},
        date(first_year, 1, 1),
        date(last_year, 12, 31),
    )


def board_report(session: Session, *, year: int, as_of: date, words: Wording) -> Report:
    """Return the board's page as a list."""
    board = get_board(session, year=year, as_of=as_of, words=words)
    owed = list_open_items(session, as_of=as_of)
    table = figures_table(board, ages(owed))
    return Report("board", N_("Board report"), as_of, table, {}, date(year, 1, 1), date(year, 12, 31))


def table_for_people(session: Session, table: Table, words: Wording) -> Table:
    """Return a table of a report as its files show it, with names instead of codes."""
    categories = {"": words.text("Without category"), **_category_names(session, words)}
    states = {str(state): words.text(text) for state, text in STATE_WORDS.items()}
    sizes = {name: words.value(basis_title(default_basis(name))) for name in KNOWN_BASES}
    return table.for_people({"category": categories, "state": states, "basis": sizes})


def list_open_items(session: Session, *, as_of: date) -> OpenItems:
    """Return who owed what at the end of a day, and the credit balances (REP-1)."""
    items = queries.list_open_items(session, as_of=as_of)
    return open_items(items, queries.list_credits(session, as_of=as_of), as_of=as_of)


def list_dues(session: Session, *, first_year: int, last_year: int, as_of: date, words: Wording) -> Dues:
    """Return the dues of these years (REP-3).

    What was invoiced and paid is that of the day. What is planned is what the invoice of the member was worked out
    from; without one it follows the facts known today (DUE-5).
    """
    items = queries.list_items(session, as_of=as_of, first_year=first_year - 1, last_year=last_year)
    names = queries.member_names(session)
    rows: list[MemberYear] = []
    for year in range(first_year, last_year + 1):
        frozen = _billed_plans(session, year, words)
        plans = [_planned(dues, names, words, frozen) for dues in assess(session, year)]
        previous: dict[int, int] = {}
        for item in items:
            if item.dues_year == year - 1:
                previous[item.member_id] = previous.get(item.member_id, 0) + item.invoiced_cents
        own = [item for item in items if item.dues_year == year]
        rows += dues_of_year(year, plans, own, previous=previous)
    return dues_report(rows)


def _billed_plans(session: Session, year: int, words: Wording) -> dict[int, tuple[int, str]]:
    """Return member id -> cents and dues class of the assessment that its newest invoice rests on."""
    found: dict[int, tuple[int, str]] = {}
    for member_id, stored in dues_queries.frozen_assessments(session, year):
        assessment = from_stored(stored)
        found[member_id] = assessment.gross.cents, _class_of(assessment, words)
    return found


def _planned(
    dues: MemberDues, names: Mapping[int, str], words: Wording, frozen: Mapping[int, tuple[int, str]]
) -> Planned:
    facts = dues.facts
    cents, dues_class = None, ""
    if facts.id in frozen:
        cents, dues_class = frozen[facts.id]
    elif isinstance(dues.result, Assessment):
        cents, dues_class = dues.result.gross.cents, _class_of(dues.result, words)
    return Planned(
        member_id=facts.id,
        number=facts.number,
        name=names[facts.id],
        category=facts.category or "",
        dues_class=dues_class,
        cents=cents,
        previous_cents=facts.previous_cents,
    )


def _class_of(assessment: Assessment, words: Wording) -> str:
    return "" if assessment.band is None else words.value(assessment.band.label)


def get_board(session: Session, *, year: int, as_of: date, words: Wording) -> Board:
    """Return the board's figures of a dues year at the end of a day, with the same day of the year before."""
    day_before = year_before(as_of)
    items = queries.list_items(session, as_of=as_of, first_year=year, last_year=year)
    earlier = queries.list_items(session, as_of=day_before, first_year=year - 1, last_year=year - 1)
    receipts = queries.list_receipts(session, first_year=year - 1, last_year=year, until=as_of)
    now = dues_figures(items, year=year, as_of=as_of)
    before = dues_figures(earlier, year=year - 1, as_of=day_before)
    last_year_end = date(year - 1, 12, 31)
    periods = queries.list_periods(session)
    names = _category_names(session, words)
    first_stock = year - YEARS_OF_STOCK + 1
    return Board(
        year=year,
        as_of=as_of,
        now=now,
        known=_known(session, now, as_of=as_of),
        known_before=_known(session, before, as_of=as_of),
        receipts=cumulated(
            [(day, cents) for of_year, day, cents in receipts if of_year == year], year=year, until=as_of
        ),
        receipts_before=cumulated(
            [(day, cents) for of_year, day, cents in receipts if of_year == year - 1],
            year=year - 1,
            until=min(last_year_end, as_of),
        ),
        classes=classes(items, names=names),
        stocks=tuple(
            stock(periods, year=each, until=min(date(each, 12, 31), as_of))
            for each in range(first_stock, year + 1)
        ),
        paid_until=queries.find_last_receipt(session, until=as_of),
    )


def _category_names(session: Session, words: Wording) -> dict[str, str]:
    return {
        code: german if words.language == "de" else english
        for code, (german, english) in queries.category_names(session).items()
    }


def _known(session: Session, found: DuesFigures, *, as_of: date) -> KnownFigures:
    return known_figures(
        found,
        is_billed=queries.has_invoices(session, found.year),
        listed_cents=queries.find_listed_dues(session, found.year),
        is_past=found.year < as_of.year,
    )


def note_export(session: Session, name: str, *, as_of: date, form: str) -> None:
    """Note in the audit log who took a report out of the house."""
    require(actor_of(session), "report.read")
    facts = {"as_of": as_of.isoformat(), "form": form}
    chain.note(session, "report.export", "report", name, facts=facts)
