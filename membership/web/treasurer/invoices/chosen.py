"""Several invoices at once: sent again, deferred, or their PDFs in one file; each with a check page before it.

Source: `ux.md` 4 "Bulk actions", 6.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Final

from flask import abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from membership.domain.claims import DayTooEarly
from membership.domain.errors import N_, DomainError
from membership.jobs.engine import wake
from membership.persistence.db import write
from membership.persistence.queries import invoice_list
from membership.persistence.queries.chosen_invoices import list_by_id, list_chosen
from membership.persistence.queries.invoice_list import QUEUED, TO_POST, UNCLEAR, InvoiceRow
from membership.services import corrections, dispatch
from membership.services.run_documents import write_archive
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.corrections import DeferForm
from membership.web.frame import dues_years, today
from membership.web.heavy import few_at_once
from membership.web.language import _, ngettext, words
from membership.web.treasurer.invoices.asked import asked_for
from membership.web.treasurer.invoices.blueprint import blueprint
from membership.web.treasurer.whole_list import change_of_list, is_whole_list

_MOST: Final = 500
_IN_MEMORY: Final = 8 * 1024 * 1024
_NEEDS: Final = {"send": "invoice.send", "defer": "claim.change", "pdf": "invoice.read"}
TOO_MANY: Final = N_("%(count)s invoices are selected; one step takes at most %(limit)s. Narrow the filter.")
_ON_ITS_WAY: Final = frozenset({QUEUED, TO_POST, UNCLEAR})


@dataclass(frozen=True, slots=True)
class Chosen:
    """The invoices that an action takes, and those it leaves out, each with the reason."""

    rows: Sequence[InvoiceRow]
    left_out: Sequence[tuple[InvoiceRow, str]]

    @property
    def open_cents(self) -> int:
        """Return what is open of those it takes."""
        return sum(row.open_cents for row in self.rows)


def _marked() -> list[InvoiceRow]:
    """Return the invoices that were marked in the list."""
    return [row for _id, row in list_chosen(read(), request.values.getlist("selected")[:_MOST])]


def _chosen(action: str, rows: Sequence[InvoiceRow]) -> Chosen:
    """Return what of the selection the action takes."""
    reasons = {row.number: _why_not(action, row) for row in rows}
    return Chosen(
        rows=[row for row in rows if not reasons[row.number]],
        left_out=[(row, _(reason)) for row in rows if (reason := reasons[row.number])],
    )


def _why_not(action: str, row: InvoiceRow) -> str:
    if row.standing.is_cancelled:
        return N_("It was cancelled.")
    if action == "send" and row.sending in _ON_ITS_WAY:
        return N_("It is on its way already.")
    if action == "defer" and not row.open_cents:
        return N_("Nothing of it is open.")
    return ""


@blueprint.get("/chosen")
@policy("invoice.read")
def chosen() -> ResponseReturnValue:
    """Show what an action does with the marked invoices, or with all of the filter; the PDFs come at once."""
    action = request.args.get("action", "")
    if not is_whole_list() and not request.args.getlist("selected"):
        return _ask_to_mark()
    if action not in _NEEDS or not sessions.holds(_NEEDS[action]):
        abort(404)
    if is_whole_list():
        return _whole_list(action)
    if action == "pdf":
        return redirect(url_for(".chosen_pdfs", selected=request.args.getlist("selected")[:_MOST]), code=303)
    return _page(action, _marked(), _new_form(action))


def _whole_list(action: str) -> ResponseReturnValue:
    """Show what an action does with every invoice of the filter; more than one step takes are refused, not cut off."""
    asked = asked_for(dues_years(read())["dues_year"])
    if action == "pdf":
        return redirect(asked.archive_address(), code=303)
    ids = invoice_list.list_ids(read(), asked.filter)
    if len(ids) > _MOST:
        sessions.notice("warning", words().text(TOO_MANY, count=len(ids), limit=_MOST))
        return redirect(asked.address(), code=303)
    rows = [row for _id, row in list_by_id(read(), ids)]
    return _page(action, rows, _new_form(action), change=change_of_list(len(rows)))


def _new_form(action: str) -> DeferForm | None:
    return DeferForm(formdata=None) if action == "defer" else None


def _ask_to_mark() -> ResponseReturnValue:
    sessions.notice("info", _("Please mark at least one invoice."))
    return redirect(url_for(".index"), code=303)


def _page(
    action: str, rows: Sequence[InvoiceRow], form: DeferForm | None, *, change: str | None = None
) -> ResponseReturnValue:
    page = render_template(
        f"treasurer/invoices/chosen_{action}.html", chosen=_chosen(action, rows), form=form, change=change
    )
    return page, 422 if request.method == "POST" else 200


@blueprint.post("/chosen/send-all")
@policy("invoice.send")
def send_chosen() -> ResponseReturnValue:
    """Hand the marked invoices over for sending."""
    numbers = [row.number for row in _chosen("send", _marked()).rows]
    made = write(current_actor(), dispatch.send_selected, numbers) if numbers else 0
    wake()
    sessions.notice("ok", ngettext("%(n)s sending is handed over.", "%(n)s sendings are handed over.", made))
    return redirect(url_for("treasurer.dispatch.index"), code=303)


@blueprint.post("/chosen/defer-all")
@policy("claim.change")
def defer_chosen() -> ResponseReturnValue:
    """Give the marked invoices until a later day, all or none."""
    form = DeferForm()
    numbers = [row.number for row in _chosen("defer", _marked()).rows]
    if not numbers or not form.validate():
        return _page("defer", _marked(), form)
    until = form.until.day
    assert until is not None, form.until.data
    try:
        count = write(
            current_actor(), corrections.defer_all, numbers, until=until, today=today(),
            reason=str(form.reason.data).strip(), resolution=str(form.resolution.data or "").strip(),
        )  # fmt: skip
    except DomainError as error:
        form.refuse(error, "until" if isinstance(error, DayTooEarly) else None)
        return _page("defer", _marked(), form)
    done = ngettext("%(n)s invoice is deferred.", "%(n)s invoices are deferred.", count)
    sessions.notice("ok", done)
    return redirect(url_for(".index"), code=303)


@blueprint.get("/chosen.zip")
@policy("invoice.read")
@few_at_once
def chosen_pdfs() -> ResponseReturnValue:
    """Hand out the PDFs of the marked invoices as one file."""
    numbers = request.args.getlist("selected")[:_MOST]
    if not numbers:
        return _ask_to_mark()
    return _archive([invoice_id for invoice_id, _row in list_chosen(read(), numbers)])


@blueprint.get("/documents.zip")
@policy("invoice.read")
@few_at_once
def documents() -> ResponseReturnValue:
    """Hand out the PDFs of every invoice of the filter as one file."""
    asked = asked_for(dues_years(read())["dues_year"])
    return _archive(invoice_list.list_ids(read(), asked.filter))


def _archive(invoice_ids: Sequence[int]) -> ResponseReturnValue:
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it when it is sent
    if not write_archive(read(), invoice_ids, file):
        abort(404)
    file.seek(0)
    return send_file(
        file, mimetype="application/zip", as_attachment=True, download_name=f"rechnungen-{today()}.zip"
    )
