"""The list of payments received in a year: tabs, filters, sums.

Source: `ux.md` 4 "Tables", "Filters".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, InputError
from membership.domain.payments import METHOD_WORDS
from membership.domain.reports.tables import typed_day
from membership.persistence.queries import payment_list
from membership.persistence.queries.online_payments import count_attempts
from membership.persistence.queries.payment_list import PaymentFilter, Tab
from membership.web import sessions
from membership.web.access import policy, read
from membership.web.frame import dues_years, today
from membership.web.language import _, words
from membership.web.treasurer.paging import PAGE, page_number, pager
from membership.web.treasurer.payments.blueprint import blueprint

TAB_NAMES: Final = {
    Tab.ALL: N_("All"),
    Tab.FREE: N_("With credit balance"),
    Tab.REVERSED: N_("Taken back"),
}
_NAMES: Final = ("q", "method", "from", "to")
_LONGEST: Final = 100


@blueprint.get("")
@policy("payment.read")
def index() -> ResponseReturnValue:
    """Show one page of the payments of a year, the newest first."""
    session = read()
    frame = dues_years(session)
    typed = {name: request.args.get(name, "").strip()[:_LONGEST] for name in (*_NAMES, "tab", "year")}
    errors: list[str] = []
    chosen = PaymentFilter(
        year=frame["dues_year"],
        tab=Tab(typed["tab"]) if typed["tab"] in set(Tab) else Tab.ALL,
        text=typed["q"],
        method=typed["method"],
        since=_day(typed["from"], errors),
        until=_day(typed["to"], errors),
    )
    sums = payment_list.count_tabs(session, chosen)
    total = sums[chosen.tab].count
    page = min(page_number(), max(1, -(-total // PAGE)))
    shown = render_template(
        "treasurer/payments/index.html",
        rows=payment_list.list_page(session, chosen, page=page, size=PAGE) if total else [],
        sums=sums[chosen.tab],
        tabs=[
            {
                "label": _(name),
                "href": _address({**typed, "tab": "" if tab is Tab.ALL else tab}),
                "count": sums[tab].count,
                "is_current": tab is chosen.tab,
            }
            for tab, name in TAB_NAMES.items()
        ],
        typed=typed,
        errors=errors,
        filters=_chips(typed, chosen),
        reset=_address({"tab": typed["tab"], "year": typed["year"]}),
        is_empty=not any(each.count for each in sums.values()) and not any(typed[name] for name in _NAMES),
        method_names={str(method): name for method, name in METHOD_WORDS.items()},
        pager=pager(page, total),
        is_online=bool(sessions.operator().stripe_key) or count_attempts(session) > 0,
        **frame,
    )
    return shown, 422 if errors else 200


def _chips(typed: Mapping[str, str], chosen: PaymentFilter) -> list[dict[str, str]]:
    names = {str(method): words().text(name) for method, name in METHOD_WORDS.items()}
    labels = {
        "q": _("“%(text)s”", text=chosen.text),
        "method": names.get(chosen.method, chosen.method),
        "from": chosen.since and _("from %(day)s", day=chosen.since),
        "to": chosen.until and _("until %(day)s", day=chosen.until),
    }
    return [
        {"label": str(label), "href": _address({**typed, name: ""})}
        for name, label in labels.items()
        if typed[name] and label
    ]


def _day(text: str, errors: list[str]) -> date | None:
    try:
        return typed_day(text, today=today()) if text else None
    except InputError:
        errors.append(_("“%(text)s” is not a day. The filter shows every day of the year.", text=text))
        return None


def _address(typed: Mapping[str, str]) -> str:
    kept = {name: value for name, value in typed.items() if value}
    return url_for(".index") + (f"?{urlencode(kept)}" if kept else "")
