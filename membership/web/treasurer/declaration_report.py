"""The report about declarations: who had declared what for a dues year, at the end of a day.

Source: `ux.md` 8.2 "Self-declarations"; REP-11.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from membership.domain.reports.tables import Table
from membership.persistence.db import Session
from membership.persistence.queries.declarations import list_rounds
from membership.services import declarations as services
from membership.services.reports import Report
from membership.web.access import policy, read
from membership.web.language import words
from membership.web.sessions import operator
from membership.web.treasurer.report_pages import asked_of, blueprint, page_of


@blueprint.get("/declarations")
@policy("report.read")
def declarations() -> ResponseReturnValue:
    """Show who had declared what for a dues year, at the end of a day."""
    session = read()
    asked = asked_of(session)
    found = declared_report(session, as_of=asked.as_of)
    shown = replace(asked, year=found.first.year) if found.first is not None else asked
    rows, pager = page_of(found.table.rows, shown, page="declarations")
    page = render_template(
        "treasurer/reports/declarations.html",
        asked=shown,
        rows=[_row(found.table, row) for row in rows],
        pager=pager,
        years=[each.dues_year for each in list_rounds(session) if each.opened_on <= asked.as_of],
    )
    return page, asked.status


def declared_report(session: Session, *, as_of: date) -> Report:
    """Return the report of the dues year that the address asks for, else of the newest that was asked about."""
    typed = request.args.get("year", "")
    wanted = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else None  # noqa: PLR2004 - a year
    year = services.report_year(session, wanted, as_of=as_of)
    return services.declarations_report(session, year=year, as_of=as_of, zone=operator().time_zone)


def _row(table: Table, row: tuple[Any, ...]) -> dict[str, str]:
    """Return a row of the table by its keys, in words."""
    cells = zip(table.columns, row, strict=True)
    return {column.key: "" if cell is None else words().value(cell) for column, cell in cells}
