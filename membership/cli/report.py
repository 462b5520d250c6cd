"""`membership report NAME`: reports of a day as JSON, CSV, XLSX or PDF (`interfaces.md` "Reports")."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, Final

from membership import clock
from membership.cli.command import DONE, Out, verb
from membership.cli.files import STANDARD, write_file
from membership.cli.values import day
from membership.domain.errors import N_, InputError
from membership.domain.money import decimal_text
from membership.domain.phrases import Phrase
from membership.domain.reports.tables import Cell, Kind, Table, dues_years, past_day, percent
from membership.persistence.columns import exact_text
from membership.persistence.db import Session
from membership.persistence.queries.settings import get_settings
from membership.services import declarations, exports, report_papers, reports
from membership.wording import Wording


class ByMemberNotOnPaper(InputError):
    """A table of twelve columns was asked for on paper."""

    message = N_("The dues by member do not fit on paper. Use --format csv or xlsx.")
    code = "by_member_not_on_paper"


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the reports there are."""
    names = parser.add_subparsers(required=True, metavar="NAME")
    for name, (purpose, _build) in _REPORTS.items():
        each = verb(names, name, _run, purpose=purpose)
        each.set_defaults(name=name, by_member=False)
        each.add_argument("--as-of", type=day, metavar="D", help="the day of the report, today by default")
        each.add_argument("--from", dest="first", type=day, metavar="D", help="first day, for its dues year")
        each.add_argument("--to", dest="last", type=day, metavar="D", help="last day, for its dues year")
        each.add_argument("--format", choices=("json", "csv", "xlsx", report_papers.PDF), default="json")
        each.add_argument("-o", dest="file", default=STANDARD, metavar="FILE", help="- is standard output")
        if name == "dues":
            each.add_argument("--by-member", action="store_true", help="CSV and XLSX by member")


def _run(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        today = clock.today(out.settings.time_zone)
        as_of = past_day(args.as_of or today, today=today)
        args.zone = out.settings.time_zone
        if args.by_member and args.format == report_papers.PDF:
            raise ByMemberNotOnPaper
        _purpose, build = _REPORTS[args.name]
        session = out.read("report.read")
        report = build(session, as_of, args, out.words)
        created = out.actor().at
        paper = _paper(session, report, out.words, today=today) if args.format == report_papers.PDF else b""
    document = report_document(report, created=created, words=out.words)
    if args.format == "json":
        content = json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
    elif args.format == report_papers.PDF:
        content = paper
    else:
        content = _file(report, args, out.words, created=created)
    if args.file != STANDARD or not args.json:
        write_file(args.file, content)
    if args.json:
        out.emit(document, ())
    return DONE


def _file(report: reports.Report, args: argparse.Namespace, words: Wording, *, created: datetime) -> bytes:
    table, beside = (report.beside["members"], {}) if args.by_member else (report.table, report.beside)
    title = words.text(report.title)
    return exports.report_file(
        table,
        beside={reports.BESIDE_TITLES[key]: each for key, each in beside.items()},
        form=exports.Format(args.format),
        name=exports.file_name(title, report.as_of),
        words=words,
        title=title,
        lines=(words.text("As of %(day)s", day=report.as_of),),
        created=created,
    ).content


def _paper(session: Session, report: reports.Report, words: Wording, *, today: date) -> bytes:
    title = words.text(report.title)
    lines = [words.text("As of %(day)s", day=report.as_of)]
    if report.first is not None and report.last is not None:
        years = dict.fromkeys((str(report.first.year), str(report.last.year)))
        lines.append(words.text("Dues year %(year)s", year="\N{EN DASH}".join(years)))
    return report_papers.report_paper(
        reports.table_for_people(session, report.table, words),
        name=exports.file_name(title, report.as_of),
        words=words,
        title=title,
        author=get_settings(session).full_name,
        day=today,
        lines=lines,
    ).content


def _open_items(session: Session, as_of: date, _args: argparse.Namespace, _words: Wording) -> reports.Report:
    return reports.open_items_report(session, as_of=as_of)


def _dues(session: Session, as_of: date, args: argparse.Namespace, words: Wording) -> reports.Report:
    first, last = dues_years(args.first, args.last, as_of=as_of)
    return reports.dues_overview(session, first_year=first, last_year=last, as_of=as_of, words=words)


def _declarations(session: Session, as_of: date, args: argparse.Namespace, _words: Wording) -> reports.Report:
    wanted = dues_years(args.first, args.last, as_of=as_of)[0] if args.first or args.last else None
    year = wanted or declarations.report_year(session, None, as_of=as_of)
    return declarations.declarations_report(session, year=year, as_of=as_of, zone=args.zone)


_Build = Callable[[Session, date, argparse.Namespace, Wording], reports.Report]
_REPORTS: Final[dict[str, tuple[str, _Build]]] = {
    "declarations": ("who has declared what for a dues year, the newest asked for by default", _declarations),
    "dues": ("dues planned, invoiced and paid by dues year and category", _dues),
    "open-items": ("who owed what since when on a day", _open_items),
}


def report_document(report: reports.Report, *, created: datetime, words: Wording) -> dict[str, Any]:
    """Return the JSON document of a report; `statements_until` is null while there are no bank statements."""
    beside = {key: _rows(table, words) for key, table in report.beside.items()}
    totals = _values(report.table, report.table.sums, words, with_empty=False)
    if "credits" in report.beside:
        totals["credits"] = decimal_text(_cents(report.beside["credits"].total("amount")))
    return {
        "report": report.name,
        "as_of": report.as_of.isoformat(),
        "from": report.first.isoformat() if report.first else None,
        "to": report.last.isoformat() if report.last else None,
        "created_at": created.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "statements_until": None,
        "rows": _rows(report.table, words),
        **beside,
        "totals": totals,
    }


def _rows(table: Table, words: Wording) -> list[dict[str, Any]]:
    return [_values(table, row, words) for row in table.rows]


def _values(
    table: Table, row: tuple[Cell, ...], words: Wording, *, with_empty: bool = True
) -> dict[str, Any]:
    return {
        column.key: _value(cell, column.kind, words)
        for column, cell in zip(table.columns, row, strict=True)
        if with_empty or cell is not None
    }


def _value(cell: Cell, kind: Kind, words: Wording) -> object:
    if cell is None:
        return None
    if kind is Kind.AMOUNT:
        return decimal_text(_cents(cell))
    if kind in {Kind.PERCENT, Kind.SIZE} and isinstance(cell, int | Fraction):
        return _number(Fraction(cell), kind)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Phrase):
        return words.value(cell)
    return list(cell) if isinstance(cell, tuple) else cell


def _number(number: Fraction, kind: Kind) -> str:
    if kind is Kind.SIZE:
        return exact_text(number)
    tenths = int(percent(number) * 10)
    return f"{tenths // 10}.{tenths % 10}"


def _cents(cell: Cell) -> int:
    assert isinstance(cell, int), cell
    return cell
