"""A collection in four steps: choosing the day, checking what is debited, the file, how it stands.

Source: `ux.md` 6.10; SEPA-7 to SEPA-14.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.approvals import Waiting
from membership.domain.direct_debits.collections import (
    COLLECTION_WORDS,
    CollectionState,
    ItemState,
    Reason,
    require_day,
)
from membership.domain.direct_debits.mandates import MandateState
from membership.domain.direct_debits.returns import reaction_to
from membership.domain.errors import N_, DomainError
from membership.persistence.db import write
from membership.persistence.queries.direct_debits import collections as queries
from membership.persistence.queries.direct_debits.mandates import list_mandates
from membership.services import direct_debits
from membership.services.exports import File
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.downloads import download
from membership.web.forms.direct_debits import DayForm
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, day_text, ngettext, words
from membership.web.treasurer.direct_debits.blueprint import blueprint
from membership.web.treasurer.paging import PAGE, page_number, pager
from membership.web.waiting import is_waiting, waiting_at

ITEM_WORDS: Final = {
    ItemState.OPEN: N_("Under way"),
    ItemState.SETTLED: N_("Credited"),
    ItemState.RETURNED: N_("Returned"),
    ItemState.WITHDRAWN: N_("Withdrawn"),
}
_STEPS: Final = (N_("Selection"), N_("Check"), N_("File"), N_("Status"))


def steps(current: int) -> list[dict[str, str]]:
    """Return the four steps with the one that is shown."""
    states = ["done"] * current + ["current"] + ["todo"] * (len(_STEPS) - current - 1)
    return [{"label": _(label), "state": state} for label, state in zip(_STEPS, states, strict=True)]


@blueprint.get("")
@policy("collection.read")
def index() -> ResponseReturnValue:
    """Show the collections, the newest first."""
    session = read()
    total = queries.count_collections(session)
    page = min(page_number(), max(1, -(-total // PAGE)))
    return render_template(
        "treasurer/direct_debits/index.html",
        rows=queries.list_collections(session, page=page, size=PAGE),
        pager=pager(page, total),
        state_words=COLLECTION_WORDS,
        returned=ItemState.RETURNED,
        awaited=waiting_at(session, "collection_day"),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@policy("collection.write", fresh=True)
def new() -> ResponseReturnValue:
    """Choose the day, check what is debited, and make the file."""
    form = DayForm(data={"day": request.args.get("day", "")}) if request.method == "GET" else DayForm()
    is_asked = request.method == "POST" or "day" in request.args
    if not is_asked or not _is_day(form):
        return _choose(form)
    day = form.day.day
    assert day is not None, form.day.data
    try:
        require_day(day, today=today())
        if request.method == "POST":
            return _create(day)
    except DomainError as error:
        form.refuse(error, "day")
        return _choose(form)
    return _check(form, day)


def _is_day(form: DayForm) -> bool:
    """Return whether a day was typed; a GET has no token to be checked."""
    if request.method == "POST":
        return bool(form.validate_on_submit())
    form.day.raw_data = [request.args.get("day", "")]
    return bool(form.day.validate(form)) and form.day.day is not None


def _choose(form: DayForm) -> ResponseReturnValue:
    """Show the days that members were told of."""
    days = direct_debits.announced(read())
    page = render_template(
        "treasurer/direct_debits/choose.html", form=form, days=days, steps=steps(0), today=today()
    )
    return page, 422 if form.errors else 200


def _check(form: DayForm, day: date) -> ResponseReturnValue:
    """Show what would be debited, and what is left out with its reason."""
    found = direct_debits.propose_collection(read(), day)
    earliest = min((each.refusal.earliest for each in found.left_out if each.refusal.earliest), default=None)
    return render_template(
        "treasurer/direct_debits/check.html",
        form=form,
        day=day,
        found=found,
        earliest=earliest,
        steps=steps(1),
        worded=words().value,
        again=Reason.RETURNED,
    )


def _create(day: date) -> ResponseReturnValue:
    shown, kept = set(request.form.getlist("shown")), set(request.form.getlist("document"))
    made = write(
        current_actor(), direct_debits.create_collection, day, today=today(),
        held=frozenset(shown - kept), again=frozenset(request.form.getlist("again")),
    )  # fmt: skip
    if isinstance(made, Waiting):
        is_waiting(made)
        return redirect(url_for(".index"), code=303)
    text = ngettext(
        "The file with %(n)s direct debit is made.",
        "The file with %(n)s direct debits is made.",
        made.count_of_debits,
    )
    sessions.notice("ok", text)
    return redirect(url_for(".show", collection_id=made.id), code=303)


@blueprint.get("/<int:collection_id>")
@policy("collection.read")
def show(collection_id: int) -> ResponseReturnValue:
    """Show a collection: its file, its figures, how it stands, its debits."""
    session = read()
    view = queries.get_collection(session, collection_id)
    total = view.row.item_count
    page = min(page_number(), max(1, -(-total // PAGE)))
    lines = queries.list_items(session, collection_id, page=page, size=PAGE)
    is_before = view.state in {CollectionState.PLANNED, CollectionState.EXPORTED}
    return render_template(
        "treasurer/direct_debits/show.html",
        view=view,
        lines=lines,
        flagged=_flagged(lines) if is_before else [],
        pager=pager(page, total),
        steps=steps(2 if view.state is CollectionState.PLANNED else 3),
        is_before=is_before,
        is_withdrawn=view.state is CollectionState.WITHDRAWN,
        events=[_event(step) for step in reversed(view.steps)],
        state_words=COLLECTION_WORDS,
        item_words=ITEM_WORDS,
        returned=view.sum_of(ItemState.RETURNED),
        reaction=reaction_to,
    )


def _flagged(lines: list[queries.ItemLine]) -> list[str]:
    """Return the mandates of these debits that no longer hold although their file was made (FI-26)."""
    views = list_mandates(read(), ids=[line.item.mandate_id for line in lines])
    return [
        view.reference
        for view in views
        if view.state_on(today()) in {MandateState.REVOKED, MandateState.BLOCKED}
    ]


def _event(step: Any) -> dict[str, Any]:  # noqa: ANN401 - a row
    return {
        "icon": "bank", "tone": "", "text": _(COLLECTION_WORDS[step.kind]), "at": step.at, "who": step.actor_name,
        "lines": [step.reason] if step.reason else [],
    }  # fmt: skip


@blueprint.post("/<int:collection_id>/file")
@policy("collection.write", fresh=True)
@few_at_once
def file(collection_id: int) -> ResponseReturnValue:
    """Hand the file out; who fetched it stands in the log."""
    content = write(current_actor(), direct_debits.export_collection, collection_id, today=today())
    number = queries.get_collection(read(), collection_id).row.number
    return download(File(f"{number}.xml", "application/xml", content))


@blueprint.post("/<int:collection_id>/submitted")
@policy("collection.write")
def submitted(collection_id: int) -> ResponseReturnValue:
    """Note that a person handed the file in."""
    write(current_actor(), direct_debits.mark_submitted, collection_id, on=today())
    day = day_text(queries.get_collection(read(), collection_id).row.due_on)
    sessions.notice(
        "ok",
        _(
            "The invoices are being collected. They are paid when the bank credits them, from %(day)s on.",
            day=day,
        ),
    )
    return redirect(url_for(".show", collection_id=collection_id), code=303)


@blueprint.post("/<int:collection_id>/withdraw")
@policy("collection.write")
def withdraw(collection_id: int) -> ResponseReturnValue:
    """Withdraw a file that the bank does not have."""
    write(current_actor(), direct_debits.withdraw_collection, collection_id, on=today())
    sessions.notice("ok", _("The collection is withdrawn; its invoices can be collected again."))
    return redirect(url_for(".show", collection_id=collection_id), code=303)
