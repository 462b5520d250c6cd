"""How a round stands: the bar, the filters, the table, and what can be done with many at once.

Source: `ux.md` 6.12 "Status page".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.declarations.campaigns import Dates, last_day, reminder_days
from membership.domain.declarations.plausibility import Oddity, changes_class
from membership.domain.declarations.states import SILENT, WAITING, DeclarationState
from membership.domain.dues.schedule.choices import Missing
from membership.domain.errors import N_
from membership.persistence.queries import declarations as queries
from membership.persistence.queries.declarations import RequestView
from membership.services import declarations, exports
from membership.services.declarations.rounds import main_schedule
from membership.services.exports import Column, Kind
from membership.web import charts, sessions
from membership.web.access import policy, read
from membership.web.downloads import download
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, words
from membership.web.treasurer.declarations import shown
from membership.web.treasurer.declarations.blueprint import blueprint
from membership.web.treasurer.declarations.shown import Row
from membership.web.treasurer.paging import PAGE, page_number, pager

_LONGEST: Final = 100
Test = Callable[[RequestView], bool]


def _has(*wanted: Oddity) -> Test:
    return lambda view: bool(view.version and set(wanted) & set(view.version.oddities))


def _is_class_change(view: RequestView) -> bool:
    version = view.version
    if version is None:
        return False
    before = declarations.outcome_from(version.before)
    return before.cents is not None and changes_class(before, declarations.outcome_from(version.expected))


FILTERS: Final[tuple[tuple[str, str, Test], ...]] = (
    ("", N_("All"), lambda _view: True),
    ("waiting", N_("To take over"), lambda view: view.state in WAITING),
    ("class", N_("Class change"), _is_class_change),
    ("leap", N_("Large change (±30 %)"), _has(Oddity.LEAP, Oddity.ZERO)),
    ("silent", N_("No answer"), lambda view: view.state in SILENT),
    ("done", N_("Applied (declaration)"), lambda view: view.state is DeclarationState.TAKEN_OVER),
    ("estimated", N_("Estimated"), lambda view: view.state is DeclarationState.ESTIMATED),
)
"""Word in the address, label, which requests belong to it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A round in figures."""

    views: Sequence[RequestView]

    def count(self, *states: DeclarationState) -> int:
        """Return how many requests are in one of these states."""
        return sum(view.state in states for view in self.views)

    @property
    def declared(self) -> int:
        """Return how many members have declared."""
        return sum(view.version is not None for view in self.views)

    @property
    def silent(self) -> int:
        """Return how many have not, and nobody decided about that."""
        return sum(view.state in SILENT for view in self.views)

    @property
    def unchanged(self) -> int:
        """Return how many declarations wait and change no class."""
        return sum(view.state in WAITING and declarations.is_unchanged(view) for view in self.views)


@blueprint.get("")
@policy("declaration.read")
def index() -> ResponseReturnValue:
    """Lead to the newest round; without any say what there will be."""
    rounds = queries.list_rounds(read())
    if rounds:
        return redirect(url_for(".show", year=rounds[0].dues_year))
    return render_template(
        "treasurer/declarations/index.html", year=str(declarations.next_year(read(), today=today()))
    )


@blueprint.get("/<int:year>")
@policy("declaration.read")
def show(year: int) -> ResponseReturnValue:
    """Show how a round stands."""
    session = read()
    found = queries.get_round(session, year)
    views = queries.list_requests(session, found.id)
    standing = Standing(views)
    chosen, text = _asked()
    matching = _matching(views, chosen, text)
    number = min(page_number(), max(1, -(-len(matching) // PAGE)))
    rows = shown.rows_of(session, found, matching[(number - 1) * PAGE : number * PAGE])
    schedule = main_schedule(session, year)
    return render_template(
        "treasurer/declarations/show.html",
        round=found,
        year=str(year),
        years=[each.dues_year for each in queries.list_rounds(session)],
        standing=standing,
        bar=_bar(standing),
        summary=_summary(standing),
        tabs=_tabs(views, year, chosen, text),
        rows=rows,
        text=text,
        chosen=chosen,
        pager=pager(number, len(matching)),
        is_open=today() <= last_day(Dates(found.deadline, found.late_until)),
        is_late=today() > found.deadline,
        next_reminder=_next_reminder(found),
        silence=_silence(schedule.declaration.missing if schedule else Missing.CARRY_OVER),
        missing=_not_asked(views, year),
    )


def _asked() -> tuple[str, str]:
    chosen = request.args.get("view", "")
    known = {word for word, _label, _test in FILTERS}
    return chosen if chosen in known else "", request.args.get("q", "").strip()[:_LONGEST]


def _matching(views: Sequence[RequestView], chosen: str, text: str) -> list[RequestView]:
    test = next(test for word, _label, test in FILTERS if word == chosen)
    wanted = text.casefold()
    return [
        view
        for view in views
        if test(view) and (not wanted or wanted in f"{view.member.name} {view.member.number}".casefold())
    ]


def _tabs(views: Sequence[RequestView], year: int, chosen: str, text: str) -> list[dict[str, Any]]:
    return [
        {
            "label": _(label), "count": sum(test(view) for view in views), "is_current": word == chosen,
            "href": url_for(".show", year=year) + _query(word, text),
        }
        for word, label, test in FILTERS
    ]  # fmt: skip


def _query(word: str, text: str) -> str:
    kept = {name: value for name, value in (("view", word), ("q", text)) if value}
    return f"?{urlencode(kept)}" if kept else ""


def _bar(standing: Standing) -> charts.StackedBar:
    return charts.stacked_bar(
        [
            charts.Part(_("Applied (declaration)"), standing.count(DeclarationState.TAKEN_OVER), "1"),
            charts.Part(_("Received"), standing.count(*WAITING), "6"),
            charts.Part(_("Estimated"), standing.count(DeclarationState.ESTIMATED), "4"),
            charts.Part(_("No answer"), standing.silent, "3"),
        ]
    )


def _summary(standing: Standing) -> str:
    return _(
        "Of %(all)s members %(declared)s have declared, %(silent)s have not.",
        all=len(standing.views), declared=standing.declared, silent=standing.silent,
    )  # fmt: skip


def _next_reminder(found: Any) -> Any:  # noqa: ANN401 - a row; a day, or nothing
    if not found.reminds:
        return None
    days = [
        day
        for offset, day in reminder_days(Dates(found.deadline, found.late_until)).items()
        if offset not in found.reminded and day > max(today(), found.opened_on)
    ]
    return min(days, default=None)


_SILENCE: Final = {
    Missing.CARRY_OVER: N_("Use last year's value for the rest"),
    Missing.NEXT_BAND: N_("Let the next higher class count for the rest"),
    Missing.HIGHEST_ROW: N_("Let the highest class count for the rest"),
}


def _silence(missing: Missing) -> str | None:
    """Return what the button for the silent ones says; None where each is decided on its own."""
    return _(_SILENCE[missing]) if missing in _SILENCE else None


def _not_asked(views: Sequence[RequestView], year: int) -> int:
    """Return how many members would be asked by now and were not, because they joined later."""
    known = {view.member.id for view in views}
    plan = declarations.plan_round(read(), year)
    return sum(each.member.id not in known for each in (*plan.by_mail, *plan.without_address))


@blueprint.get("/<int:year>/export.<form>")
@policy("declaration.read")
@few_at_once
def export(year: int, form: str) -> ResponseReturnValue:
    """Hand out the requests of the present filter as a list."""
    if form not in set(exports.Format):
        abort(404)
    session = read()
    found = queries.get_round(session, year)
    matching = _matching(queries.list_requests(session, found.id), *_asked())
    title = _("Self-declarations %(year)s", year=str(year))
    return download(
        exports.list_file(
            [Column(_(heading), kind) for heading, kind in _COLUMNS],
            [_line(row) for row in shown.rows_of(session, found, matching)],
            form=exports.Format(form),
            name=exports.file_name(title, today()),
            words=words(),
            sheet=title[:31],
            lines=[title],
            created=sessions.moment(),
        )
    )


_COLUMNS: Final = (
    (N_("Member number"), Kind.TEXT), (N_("Member"), Kind.TEXT), (N_("Before"), Kind.TEXT),
    (N_("Declared"), Kind.TEXT), (N_("Dues class"), Kind.TEXT), (N_("Expected dues"), Kind.AMOUNT),
    (N_("Change of the dues"), Kind.AMOUNT), (N_("Declared by"), Kind.TEXT), (N_("Status"), Kind.TEXT),
    (N_("To look at"), Kind.TEXT),
)  # fmt: skip
"""The columns of the exported list, in their order."""


def _line(row: Row) -> list[exports.FileCell]:
    return [
        row.view.member.number, row.view.member.name, row.before, row.declared, row.class_change, row.cents,
        row.more_cents, row.declared_by, shown.state_words(row.state), "; ".join(row.oddities),
    ]  # fmt: skip
