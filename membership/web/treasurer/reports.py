"""Reports: the questions they answer, the board's page, dues and open items of a day, and all of them as files.

Source: `ux.md` 8.1, 8.2; REP-1, REP-3, REP-16.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_
from membership.domain.money import Money, rounded
from membership.domain.reports.board import PARTS_OF_MONTH, Board, KnownFigures
from membership.domain.reports.dues import CategoryYear, dues_table, members_table, rate_paid
from membership.domain.reports.open_items import Age, ages, open_items_table
from membership.domain.reports.tables import Cell, percent, report_day
from membership.persistence.db import Session, write
from membership.persistence.queries.reports import category_names
from membership.services import exports, report_papers, reports
from membership.services.anchors import take_anchor
from membership.web import charts, column_charts
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings
from membership.web.downloads import download
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, moment_text, words
from membership.web.sessions import holds, moment
from membership.web.treasurer.audit import KIND_WORDS, name_actions
from membership.web.treasurer.audit_words import OBJECT_WORDS
from membership.web.treasurer.declaration_report import declared_report
from membership.web.treasurer.report_pages import Asked, asked_of, blueprint, page_of
from membership.web.waiting import to_decide

name_actions({"report.export": N_("Report exported")})
KIND_WORDS.update({"report": N_("Report")})

_THOUSAND: Final = 1000
_MILLION_CENTS: Final = 10**8
_MONTHS: Final = (
    N_("Jan."), N_("Feb."), N_("March"), N_("April"), N_("May"), N_("June"),
    N_("July"), N_("Aug."), N_("Sept."), N_("Oct."), N_("Nov."), N_("Dec."),
)  # fmt: skip


@blueprint.get("")
@policy("report.read")
def index() -> ResponseReturnValue:
    """Show the reports as a list of questions, each with its files."""
    asked = asked_of(read())
    return render_template("treasurer/reports/index.html", asked=asked, **asked.frame), asked.status


@blueprint.get("/board")
@policy("report.read")
def board() -> ResponseReturnValue:
    """Show how things stand: one page that prints on one sheet."""
    session = read()
    asked = asked_of(session)
    found = reports.get_board(session, year=asked.year, as_of=asked.as_of, words=words())
    owed = reports.list_open_items(session, as_of=asked.as_of)
    aged = ages(owed)
    page = render_template(
        "treasurer/reports/board.html",
        anchor=take_anchor(session, at=moment()),
        to_decide=to_decide(session) if holds("approval.decide") else [],
        asked=asked,
        board=found,
        owed=owed,
        ages=aged,
        bar=charts.stacked_bar(
            [
                charts.Part(_("Received"), found.now.received_cents, "1"),
                charts.Part(_("Not yet due"), found.now.not_due_cents, "3"),
                charts.Part(_("Overdue"), found.now.overdue_cents, "overdue"),
            ]
        ),
        figures=_figures(found, asked),
        line=_line(found),
        steps=_steps(found),
        classes=_classes(found),
        age_columns=column_charts.columns(_age_bars(aged)),
        in_thousands=_in_thousands(aged),
        stock=column_charts.stock_chart(found.stocks),
        **asked.frame,
    )
    return page, asked.status


@blueprint.get("/dues")
@policy("report.read")
def dues() -> ResponseReturnValue:
    """Show who pays how much: a dues year by category and by member."""
    session = read()
    asked = asked_of(session)
    found = reports.list_dues(
        session, first_year=asked.year, last_year=asked.year, as_of=asked.as_of, words=words()
    )
    names = _category_words(session)
    rows, pager = page_of(found.members, asked, page="dues")
    page = render_template(
        "treasurer/reports/dues.html",
        anchor=take_anchor(session, at=moment()),
        asked=asked,
        dues=found,
        table=dues_table(found),
        members=members_table(found),
        categories=[_category_row(row, names) for row in found.categories],
        rate=_percent(dues_table(found).total("rate_paid")),
        rows=rows,
        pager=pager,
        **asked.frame,
    )
    return page, asked.status


@blueprint.get("/open-items")
@policy("report.read")
def open_items() -> ResponseReturnValue:
    """Show who owes what since when, at the end of a day."""
    session = read()
    asked = asked_of(session)
    found = reports.list_open_items(session, as_of=asked.as_of)
    aged = ages(found)
    rows, pager = page_of(found.items, asked, page="open_items")
    page = render_template(
        "treasurer/reports/open_items.html",
        anchor=take_anchor(session, at=moment()),
        asked=asked,
        owed=found,
        table=open_items_table(found),
        rows=rows,
        pager=pager,
        ages=aged,
        age_columns=column_charts.columns(_age_bars(aged)),
        in_thousands=_in_thousands(aged),
    )
    return page, asked.status


@blueprint.get("/<name>.<form>")
@policy("report.read")
@few_at_once
def file(name: str, form: str) -> ResponseReturnValue:
    """Send a report as XLSX, CSV or PDF, and note who took it."""
    if name not in _TITLES or form not in {*exports.Format, report_papers.PDF} - _WITHOUT.get(name, set()):
        abort(404)
    session = read()
    as_of = report_day(request.args.get("as_of", ""), today=today())
    year = asked_of(session).year
    report = _report(session, name, year=year, as_of=as_of)
    title = words().text(_TITLES[name])
    lines = [_("As of %(day)s", day=as_of)]
    if report.first is not None:
        lines.append(_("Dues year %(year)s", year=str(report.first.year)))
    lines.append(_("Made on %(moment)s by %(name)s", moment=moment_text(moment()), name=current_actor().name))
    table, beside = (report.beside[_PARTS[name]], {}) if name in _PARTS else (report.table, report.beside)
    shown, file_name = reports.table_for_people(session, table, words()), exports.file_name(title, as_of)
    if form == report_papers.PDF:
        made = report_papers.report_paper(
            shown, name=file_name, words=words(), title=title, lines=lines,
            author=association_settings().full_name, day=today(),
        )  # fmt: skip
    else:
        made = exports.report_file(
            shown,
            beside={
                reports.BESIDE_TITLES[key]: reports.table_for_people(session, each, words())
                for key, each in beside.items()
            },
            form=exports.Format(form),
            name=file_name,
            words=words(),
            title=title,
            lines=lines,
            created=moment(),
        )
    write(current_actor(with_form_token=False), reports.note_export, name, as_of=as_of, form=form)
    return download(made)


_TITLES: Final[dict[str, str]] = {
    "board": N_("Board report"),
    "dues": N_("Dues overview"),
    "dues-by-member": reports.BESIDE_TITLES["members"],
    "open-items": N_("Open items"),
    "credits": reports.BESIDE_TITLES["credits"],
    "declarations": N_("Declarations"),
}
_PARTS: Final = {"dues-by-member": "members", "credits": "credits"}
"""File that holds only one table of a report -> the key of the table."""
_WITHOUT: Final = {"dues-by-member": {report_papers.PDF}}
"""Twelve columns are too many for a sheet of paper."""


OBJECT_WORDS["report"] = _TITLES


def _report(session: Session, name: str, *, year: int, as_of: date) -> reports.Report:
    if name in {"open-items", "credits"}:
        return reports.open_items_report(session, as_of=as_of)
    if name == "declarations":
        return declared_report(session, as_of=as_of)
    if name == "board":
        return reports.board_report(session, year=year, as_of=as_of, words=words())
    return reports.dues_overview(session, first_year=year, last_year=year, as_of=as_of, words=words())


def _category_words(session: Session) -> dict[str, str]:
    place = 0 if words().language == "de" else 1
    return {code: names[place] for code, names in category_names(session).items()}


def _category_row(row: CategoryYear, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "label": names.get(row.category) or row.category or _("Without category"),
        "row": row,
        "rate": _percent(rate_paid(row.paid_cents, row.invoiced_cents)),
    }


def _percent(share: Cell) -> str:
    if not isinstance(share, int | Fraction):
        return "\N{EN DASH}"
    return f"{words().value(percent(Fraction(share)))}\N{NO-BREAK SPACE}%"


def _figures(found: Board, asked: Asked) -> list[dict[str, object]]:
    now, before = found.known, found.known_before
    rows = (
        (N_("Invoiced"), now.invoiced_cents, before.invoiced_cents, "", "dues"),
        (N_("Received"), now.received_cents, before.received_cents, "positive", "dues"),
        (N_("Open"), now.open_cents, before.open_cents, "", "open_items"),
        (N_("Of which overdue"), now.overdue_cents, before.overdue_cents, "negative", "open_items"),
    )
    return [
        {
            "label": words().text(label),
            "value": _amount(cents),
            "note": _note(before, earlier),
            "tone": tone if cents else "",
            "href": asked.url(page),
        }
        for label, cents, earlier, tone, page in rows
    ]


def _line(found: Board) -> tuple[charts.Drawing, ...]:
    before = charts.Series(str(found.year - 1), found.receipts_before)
    return charts.cumulative_line(
        charts.Series(str(found.year), found.receipts),
        before if found.receipts_before[-1] else None,
        target_cents=found.now.invoiced_cents,
        words=[words().text(month) for month in _MONTHS for _part in range(PARTS_OF_MONTH)],
    )


def _steps(found: Board) -> list[dict[str, object]]:
    """Return the receipts at the end of each month, for the table beside the line."""
    last = PARTS_OF_MONTH - 1
    is_known = found.known_before.received_cents is not None
    rows: list[dict[str, object]] = []
    for month, name in enumerate(_MONTHS):
        at = month * PARTS_OF_MONTH + last
        begun = month * PARTS_OF_MONTH < len(found.receipts)
        now = found.receipts[min(at, len(found.receipts) - 1)] if begun else None
        before = found.receipts_before[min(at, len(found.receipts_before) - 1)] if is_known else None
        rows.append({"month": words().text(name), "now": now, "before": before})
    return rows


def _classes(found: Board) -> charts.GroupBars:
    return charts.group_bars(
        [
            charts.Group(
                each.label,
                words().count("%(n)s member", "%(n)s members", each.members),
                (
                    charts.Part(_("Received"), each.received_cents, "1"),
                    charts.Part(_("Open"), each.open_cents, "2"),
                ),
            )
            for each in found.classes
        ]
    )


def _in_thousands(aged: Sequence[Age]) -> bool:
    return any(age.cents >= _MILLION_CENTS for age in aged)


def _age_bars(aged: Sequence[Age]) -> list[column_charts.Bar]:
    unit = 100 * (_THOUSAND if _in_thousands(aged) else 1)
    return [
        column_charts.Bar(
            _in_two_lines(words().text(_SHORT.get(age.words, age.words))),
            words().value(rounded(Fraction(age.cents, unit))),
            age.cents,
            "overdue" if age.is_overdue else "3",
        )
        for age in aged
    ]


_SHORT: Final = {"Not yet due": N_("not due"), "More than 365": N_("over 365")}
_WIDEST: Final = 5


def _in_two_lines(label: str) -> tuple[str, ...]:
    """Return the words below a bar: at a blank, or behind the dash of a wide range, the second line begins."""
    if " " in label:
        return tuple(label.split(" ", 1))
    first, dash, second = label.partition("\N{EN DASH}")
    return (first + dash, second) if len(label) > _WIDEST and dash else (label,)


def _note(before: KnownFigures, cents: int | None) -> str:
    """Return what is known of the year before, in words: nothing is no 0."""
    year = str(before.year)
    if cents is None:
        return _("%(year)s: not known", year=year)
    if before.is_from_list:
        return _("%(year)s, whole year: %(amount)s", year=year, amount=Money(cents))
    return f"{year}: {_amount(cents)}"


def _amount(cents: int | None) -> str:
    return "\N{EN DASH}" if cents is None else words().value(Money(cents))
