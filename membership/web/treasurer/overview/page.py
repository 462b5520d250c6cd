"""The page: what of the overview a person sees depends on what the person may open.

Source: `ux.md` 6.2.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.errors import N_
from membership.domain.reports.weeks import LAST_WEEK, week_of, weekly
from membership.persistence.db import Session
from membership.persistence.queries.billing import find_open_run
from membership.persistence.queries.invoice_list import InvoiceFilter, Overall, Tab, get_overall
from membership.persistence.queries.overview import find_standing, sums_without_class
from membership.persistence.queries.reports import list_receipts
from membership.web import charts
from membership.web.access import policy, read
from membership.web.frame import dues_years, today
from membership.web.language import _
from membership.web.sessions import holds, moment, operator
from membership.web.treasurer.members.listing import category_names
from membership.web.treasurer.overview import events, figures, setup, work

blueprint = Blueprint("overview", __name__, url_prefix="/overview")

_MORNING_ENDS, _EVENING_BEGINS = 11, 18
_FEWEST_WEEKS: Final = 12
_WEEKS_AHEAD: Final = 4
_DAYS: Final = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip


@blueprint.get("")
@policy("overview.read")
def index() -> ResponseReturnValue:
    """Show the figures of the dues year, the work that waits and what happened last."""
    session = read()
    frame = dues_years(session)
    year = frame["dues_year"]
    standing = find_standing(session)
    overall = get_overall(session, InvoiceFilter(year=year, today=today())) if holds("invoice.read") else None
    is_billed = overall is not None and bool(overall.tabs[Tab.ALL].count)
    found = find_open_run(session, year) if holds("billing.read") else None
    run = work.OpenRun(found.id, found.dues_year, found.state) if found else None
    steps = setup.steps_of(session)
    is_new = not standing.has_invoices and run is None and bool(steps)
    waiting = work.list_work(session, year, standing=standing, overall=overall, run=run, steps=steps)
    return render_template(
        "treasurer/overview/index.html",
        greeting=_greeting(),
        weekday=_(_DAYS[today().weekday()]),
        day=today(),
        is_new=is_new,
        setup=[*work.without_category(session, year), *setup.items(steps)] if is_new else [],
        beside=setup.beside(steps) if is_new else [],
        is_set_up=is_new and setup.is_all_done(steps),
        setup_progress=setup.progress(steps),
        next_step=setup.next_step(steps) if is_new else None,
        work=[] if is_new else waiting,
        standing=standing,
        is_run_due=overall is not None and run is None and not is_billed,
        events=events.list_last(session) if holds("audit.read") else [],
        **(_money(session, year, overall) if overall and is_billed else {"overall": None}),
        **frame,
    )


def _money(session: Session, year: int, overall: Overall) -> dict[str, Any]:
    """Return what the cards about money show."""
    drawings, table = _receipts(session, year, target_cents=overall.tabs[Tab.ALL].counted_cents)
    names = category_names(session)
    unclassed = sums_without_class(session, year) if "" in overall.by_class else {}
    rows = figures.class_rows(overall, {names.get(code, code): sums for code, sums in unclassed.items()})
    return {
        "overall": overall,
        "figures": figures.key_figures(overall, year, today=today()),
        "bar": figures.year_bar(overall),
        "bar_summary": figures.bar_summary(overall),
        "classes": figures.class_bars(rows),
        "class_rows": rows,
        "line": drawings,
        "weeks": table,
        "line_summary": _(
            "Receipts by week: %(received)s have come in so far.", received=figures.received(overall)
        ),
    }


def _receipts(
    session: Session, year: int, *, target_cents: int
) -> tuple[tuple[charts.Drawing, ...], list[dict[str, Any]]]:
    """Return the drawings of the receipts by week beside last year's, and the same as a table."""
    now: list[tuple[date, int]] = []
    before: list[tuple[date, int]] = []
    for of_year, day, cents in list_receipts(session, first_year=year - 1, last_year=year, until=today()):
        (now if of_year == year else before).append((day, cents))
    reached = week_of(today(), year)
    last = LAST_WEEK if today().year > year else min(max(_FEWEST_WEEKS, reached + _WEEKS_AHEAD), LAST_WEEK)
    this_year = weekly(now, year=year, last=min(reached, last))
    last_year = weekly(before, year=year - 1, last=last)
    drawings = charts.cumulative_line(
        charts.Series(str(year), this_year),
        charts.Series(str(year - 1), last_year) if last_year[-1] else None,
        target_cents=target_cents,
        words=[_("Week %(n)s", n="1"), *map(str, range(2, last + 1))],
    )
    table = [
        {
            "week": week + 1,
            "now": this_year[week] if week < len(this_year) else None,
            "before": last_year[week],
        }
        for week in range(last)
    ]
    return drawings, table


def _greeting() -> str:
    hour = moment().astimezone(ZoneInfo(operator().time_zone)).hour
    if hour < _MORNING_ENDS:
        return _("Good morning, %(name)s", name=current_user.name)
    if hour < _EVENING_BEGINS:
        return _("Good day, %(name)s", name=current_user.name)
    return _("Good evening, %(name)s", name=current_user.name)
