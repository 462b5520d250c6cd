"""The list of members: tabs, search, sums over all rows of the filter. Source: `ux.md` 4, 6.3."""

from __future__ import annotations

from typing import Any, Final

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_
from membership.persistence.queries.members import Counts, MemberFilter, Tab, count_members, list_members
from membership.web.access import policy, read
from membership.web.frame import dues_years, today
from membership.web.language import _
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.paging import PAGE, page_number, pager

TAB_NAMES: Final = {
    Tab.ACTIVE: N_("Members today"),
    Tab.NEW: N_("New"),
    Tab.LEAVING: N_("Given notice"),
    Tab.FORMER: N_("Former members"),
    Tab.ALL: N_("All"),
}
_LONGEST: Final = 100


@blueprint.get("")
@policy("member.read")
def index() -> ResponseReturnValue:
    """Show one page of the members."""
    session = read()
    frame = dues_years(session)
    wanted = request.args.get("tab", "")
    tab = Tab(wanted) if wanted in set(Tab) else Tab.ACTIVE
    text = request.args.get("q", "").strip()[:_LONGEST]
    chosen = MemberFilter(year=frame["dues_year"], today=today(), tab=tab, text=text)
    counts = count_members(session, chosen)
    page = page_number()
    return render_template(
        "treasurer/members/index.html",
        rows=list_members(session, chosen, limit=PAGE, offset=(page - 1) * PAGE),
        counts=counts,
        text=text,
        tab=str(tab),
        tabs=_tabs(counts, tab, text),
        pages=pager(page, counts.total),
        is_empty=not text and not counts.tabs[Tab.ALL],
        **frame,
    )


def _tabs(counts: Counts, current: Tab, text: str) -> list[dict[str, Any]]:
    return [
        {
            "label": _(name),
            "href": url_for(".index", tab=str(tab), q=text or None),
            "count": counts.tabs[tab],
            "is_current": tab is current,
        }
        for tab, name in TAB_NAMES.items()
    ]
