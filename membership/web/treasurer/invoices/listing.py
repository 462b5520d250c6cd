"""The list of invoices of a dues year: tabs, filters, sums, and the same rows as a file.

Source: `ux.md` 4 "Tables", "Filters", "Exports"; 6.7.
"""

from __future__ import annotations

from typing import Any, Final

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_
from membership.domain.invoicing import InvoiceState
from membership.persistence.db import write
from membership.persistence.queries import invoice_list
from membership.persistence.queries.invoice_list import InvoiceFilter, InvoiceRow, Overall, Sort, Tab
from membership.services import exports
from membership.services.invoice_files import invoice_file, note_export
from membership.web.access import current_actor, policy, read
from membership.web.downloads import download
from membership.web.frame import dues_years, today
from membership.web.heavy import few_at_once
from membership.web.language import _, words
from membership.web.sessions import moment
from membership.web.treasurer.invoices.asked import SENDING_NAMES, Asked, asked_for, chips
from membership.web.treasurer.invoices.blueprint import METHOD_NAMES, blueprint
from membership.web.treasurer.paging import page_number

TAB_NAMES: Final = {
    Tab.ALL: N_("All"),
    Tab.OPEN: N_("Open"),
    Tab.NOT_DUE: N_("Not yet due"),
    Tab.OVERDUE: N_("Overdue"),
    Tab.PAID: N_("Paid"),
    Tab.CANCELLED: N_("Cancelled"),
}
STATE_NAMES: Final = {
    InvoiceState.OPEN: N_("Open"),
    InvoiceState.PARTLY_PAID: N_("Partly paid"),
    InvoiceState.OVERDUE: N_("Overdue"),
    InvoiceState.PAID: N_("Paid"),
    InvoiceState.DEFERRED: N_("Deferred"),
    InvoiceState.CANCELLED: N_("Cancelled"),
    InvoiceState.WAIVED: N_("Waived"),
    InvoiceState.WRITTEN_OFF: N_("Written off"),
}
_SENDING_BADGES: Final = {
    invoice_list.BOUNCED: "bounced",
    invoice_list.FAILED: "failed",
    invoice_list.UNCLEAR: "unclear",
    invoice_list.QUEUED: "queued",
    invoice_list.TO_POST: "to_post",
    invoice_list.SENT: "sent",
    invoice_list.POSTED: "posted",
}
_COLUMNS: Final[tuple[tuple[str, Sort | None, str, bool], ...]] = (
    (N_("Number"), Sort.NUMBER, "cell-second", False),
    (N_("Member"), Sort.MEMBER, "cell-title", False),
    (N_("Due on"), Sort.DUE, "cell-extra", False),
    (N_("Payment method"), None, "cell-extra", False),
    (N_("Amount"), Sort.AMOUNT, "cell-figure", True),
    (N_("Open"), Sort.OPEN, "cell-other", True),
    (N_("Status"), None, "cell-marks", False),
)


@blueprint.get("")
@policy("invoice.read")
def index() -> ResponseReturnValue:
    """Show one page of the invoices of a dues year."""
    session = read()
    frame = dues_years(session)
    asked = asked_for(frame["dues_year"])
    overall = invoice_list.get_overall(session, asked.filter)
    sums = overall.tabs[asked.filter.tab]
    page = page_number()
    if page > 1 and (page - 1) * asked.size >= sums.count:
        return redirect(asked.address())
    rows = invoice_list.list_page(session, asked.filter, page=page, size=asked.size) if sums.count else []
    shown = render_template(
        "treasurer/invoices/index.html",
        asked=asked,
        rows=[(row, state_of(row), _SENDING_BADGES.get(row.sending or 0)) for row in rows],
        sending_names=SENDING_NAMES,
        overall=overall,
        sums=sums,
        tabs=_tabs(asked, overall),
        columns=_columns(asked),
        filters=chips(asked, overall),
        pager=asked.pager(page, sums.count),
        method_names=METHOD_NAMES,
        is_empty=not overall.tabs[Tab.ALL].count and not asked.is_filtered,
        **frame,
    )
    return shown, 422 if asked.errors else 200


@blueprint.get("/export.<form>")
@policy("invoice.read")
@few_at_once
def export(form: str) -> ResponseReturnValue:
    """Send all rows of the filter as XLSX or CSV."""
    if form not in set(exports.Format):
        abort(404)
    session = read()
    asked = asked_for(dues_years(session)["dues_year"])
    file = invoice_file(
        (
            (row, _(STATE_NAMES[state_of(row)]), _method(row))
            for row in invoice_list.iter_all(session, asked.filter)
        ),
        form=exports.Format(form),
        year=asked.filter.year,
        filters=_filter_words(asked.filter),
        words=words(),
        today=today(),
        created=moment(),
    )
    write(current_actor(), note_export, asked.filter.year, form=form, today=today())
    return download(file)


def state_of(row: InvoiceRow) -> InvoiceState:
    """Return the one state an invoice shows today."""
    return row.standing.state(today())


def _method(row: InvoiceRow) -> str:
    return words().text(METHOD_NAMES.get(row.payment_method, row.payment_method))


def _filter_words(chosen: InvoiceFilter) -> str:
    return _(TAB_NAMES[chosen.tab])


def _tabs(asked: Asked, overall: Overall) -> list[dict[str, Any]]:
    return [
        {
            "label": _(name),
            "href": asked.address(tab=None if tab is Tab.ALL else tab),
            "count": overall.tabs[tab].count,
            "is_current": tab is asked.filter.tab,
        }
        for tab, name in TAB_NAMES.items()
        if tab is not Tab.NOT_DUE or asked.filter.tab is Tab.NOT_DUE
    ] + [{"label": _("Drafts"), "href": url_for(".drafts"), "count": overall.drafts, "is_current": False}]


def _columns(asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "label": _(label),
            "kind": kind,
            "is_number": is_number,
            **({} if sort is None else _sorting(asked, sort)),
        }
        for label, sort, kind, is_number in _COLUMNS
    ]


def _sorting(asked: Asked, sort: Sort) -> dict[str, str | None]:
    """Return the order a column is in, and the address of the other one; figures begin with the largest."""
    is_current = asked.filter.sort is sort
    begins_down = sort in {Sort.NUMBER, Sort.AMOUNT, Sort.OPEN}
    down = not asked.filter.is_descending if is_current else begins_down
    order = "descending" if asked.filter.is_descending else "ascending"
    return {
        "href": asked.address(sort=f"-{sort}" if down else f"{sort}"),
        "sorted": order if is_current else None,
    }
