"""The list of members: tabs, filters, order, sums over all rows of the filter, and the same rows as a file.

Source: `ux.md` 4 "Tables", "Filters", "Exports"; 6.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.errors import N_
from membership.domain.member_fields import PAYMENT_WORDS
from membership.domain.members import STATE_WORDS
from membership.persistence.db import Session, write
from membership.persistence.queries.list_views import COLUMNS, list_views
from membership.persistence.queries.members import (
    Counts,
    MemberLine,
    Tab,
    count_members,
    list_categories,
    list_choices,
    list_members,
    list_tags,
)
from membership.services.exports import Format
from membership.services.members.effects import expected_dues
from membership.services.members.list_export import FileColumn, WordedLine, member_file, note_export
from membership.web.access import current_actor, policy, read
from membership.web.downloads import download
from membership.web.frame import dues_years, today
from membership.web.heavy import few_at_once
from membership.web.language import _, words
from membership.web.sessions import moment
from membership.web.treasurer.list_address import SIZES
from membership.web.treasurer.members.asked import LACKS, Asked, asked_for, chips
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.list_columns import LIST_COLUMNS, PAGE, ListColumn, chosen_columns
from membership.web.treasurer.paging import page_number

TAB_NAMES: Final = {
    Tab.ACTIVE: N_("Members today"),
    Tab.NEW: N_("Joining %(year)s and applications"),
    Tab.LEAVING: N_("Given notice"),
    Tab.FORMER: N_("Former members"),
    Tab.ALL: N_("All"),
}
_BEGIN_DOWN: Final = frozenset({"size", "dues", "open", "declared"})
"""Figures begin with the largest when their head is pressed."""


@blueprint.get("")
@policy("member.read")
def index() -> ResponseReturnValue:
    """Show one page of the members."""
    session = read()
    frame = dues_years(session)
    asked = asked_for(session, frame["dues_year"])
    counts = count_members(session, asked.filter)
    page = page_number()
    if page > 1 and (page - 1) * asked.size >= counts.total:
        return redirect(asked.address())
    offset = (page - 1) * asked.size
    names = category_names(session)
    rows = list_members(session, asked.filter, limit=asked.size, offset=offset) if counts.total else []
    views = list_views(session, current_user.signed_in.user_id, PAGE)
    chosen = chosen_columns(views)
    return render_template(
        "treasurer/members/index.html",
        asked=asked,
        rows=rows,
        expected=_expected(session, rows, asked.filter.year),
        counts=counts,
        tabs=_tabs(asked, counts),
        columns=_columns(asked, chosen),
        cells=[column.code for column in chosen],
        all_columns=[(column.code, _label(column, asked), column in chosen) for column in LIST_COLUMNS],
        is_own_choice=COLUMNS in views,
        views=_views(views),
        filters=chips(asked, names),
        pages=asked.pager(page, counts.total) if counts.total > SIZES[0] else None,
        selects=_selects(names, list_choices(session, asked.filter.year), list_tags(session)),
        category_names=names,
        method_names=PAYMENT_WORDS,
        is_empty=not asked.is_filtered and not counts.tabs[Tab.ALL],
        **frame,
    )


def _expected(session: Session, rows: Sequence[MemberLine], year: int) -> dict[int, dict[str, Any]]:
    """Return member id -> class and dues by what is known today, of the rows that are not billed yet."""
    ids = [row.id for row in rows if row.dues_cents is None]
    found = expected_dues(session, ids, year=year) if ids else {}
    return {
        member_id: {
            "cents": result.gross.cents,
            "dues_class": words().value(result.band.label) if result.band else "",
        }
        for member_id, result in found.items()
    }


@blueprint.get("/export.<form>")
@policy("report.members")
@few_at_once
def export(form: str) -> ResponseReturnValue:
    """Send all rows of the filter as XLSX or CSV, in the columns that the person chose, else in all."""
    if form not in set(Format):
        abort(404)
    session = read()
    asked = asked_for(session, dues_years(session)["dues_year"])
    names = category_names(session)
    labels = [
        _(TAB_NAMES[asked.filter.tab], year=str(asked.filter.year)),
        *(chip["label"] for chip in chips(asked, names)),
    ]
    file = member_file(
        [_worded(row, names) for row in list_members(session, asked.filter)],
        form=Format(form),
        year=asked.filter.year,
        filters=", ".join(labels),
        words=words(),
        today=today(),
        created=moment(),
        columns=_file_columns(session, asked),
    )
    write(current_actor(), note_export, form=form, today=today())
    return download(file)


def _file_columns(session: Session, asked: Asked) -> tuple[FileColumn, ...] | None:
    """Return the columns that the person chose, behind number and name; None without a choice."""
    views = list_views(session, current_user.signed_in.user_id, PAGE)
    if COLUMNS not in views or "all" in request.args:
        return None
    chosen = chosen_columns(views)
    return tuple(FileColumn(_label(column, asked), column.file, column.cell) for column in chosen)


def category_names(session: Session) -> dict[str, str]:
    """Return code -> name of the member categories in the language of the page, in their order."""
    is_german = words().language == "de"
    return {one.code: one.name_de if is_german else one.name_en for one in list_categories(session)}


def _worded(row: MemberLine, names: dict[str, str]) -> WordedLine:
    return WordedLine(
        row,
        category=names.get(row.category or "", row.category or ""),
        method=_(PAYMENT_WORDS.get(row.method, row.method)),
        state=_(STATE_WORDS[row.state]),
    )


def _selects(names: dict[str, str], classes: Sequence[str], tags: Sequence[str]) -> list[dict[str, Any]]:
    """Return the filters that are chosen from a list; one without options is left out by the page."""
    return [
        _select("category", _("Category"), _("All categories"), list(names.items())),
        _select("class", _("Dues class"), _("All classes"), [(name, name) for name in classes]),
        _select("method", _("Payment method"), _("All payment methods"), _options(PAYMENT_WORDS)),
        _select("state", _("Status"), _("All statuses"), _states()),
        _select("tag", _("Tag"), _("All tags"), [(tag, tag) for tag in tags]),
        _select("lacks", _("What is missing"), _("Complete or not"), _options(LACKS)),
    ]


def _select(name: str, label: str, everything: str, options: list[tuple[str, str]]) -> dict[str, Any]:
    return {"name": name, "label": label, "everything": everything, "options": options}


def _options(known: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, _(text)) for code, text in known.items()]


def _tabs(asked: Asked, counts: Counts) -> list[dict[str, Any]]:
    return [
        {
            "label": _(name, year=str(asked.filter.year)),
            "href": asked.address(tab=None if tab is Tab.ACTIVE else tab),
            "count": counts.tabs[tab],
            "is_current": tab is asked.filter.tab,
        }
        for tab, name in TAB_NAMES.items()
    ]


def _columns(asked: Asked, chosen: Sequence[ListColumn]) -> list[dict[str, Any]]:
    """Return the heads: the name stands first in each choice of columns."""
    first = {"label": _("Member"), "kind": "cell-title", "is_number": False, **_sorting(asked, "name")}
    return [
        first,
        *(
            {
                "label": _label(column, asked),
                "kind": column.kind,
                "is_number": column.is_number,
                **(_sorting(asked, column.sort) if column.sort else {}),
            }
            for column in chosen
        ),
    ]


def _label(column: ListColumn, asked: Asked) -> str:
    return _(column.label, year=str(asked.filter.year))


def _views(views: Mapping[str, Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the saved filters with their addresses."""
    return [
        {"name": name, "href": f"{url_for('.index')}?{urlencode(query)}"}
        for name, query in views.items()
        if name != COLUMNS
    ]


def _states() -> list[tuple[str, str]]:
    """Return every state with its word, once where two share it."""
    found: dict[str, str] = {}
    for state, text in STATE_WORDS.items():
        if text not in found.values():
            found[str(state)] = text
    return [(state, _(text)) for state, text in found.items()]


def _sorting(asked: Asked, sort: str) -> dict[str, str | None]:
    """Return the order a column is in, and the address of the other one."""
    is_current = asked.filter.sort == sort
    down = not asked.filter.is_descending if is_current else sort in _BEGIN_DOWN
    order = "descending" if asked.filter.is_descending else "ascending"
    return {
        "href": asked.address(sort=f"-{sort}" if down else sort),
        "sorted": order if is_current else None,
    }
