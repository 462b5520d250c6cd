"""What is decided about many at once: taking over, reminding, what counts for silence, asking those who joined.

Each has a check page with the list. Source: `ux.md` 6.12, 4 "Bulk actions".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.declarations.states import SILENT, WAITING
from membership.jobs.engine import wake
from membership.persistence.db import write
from membership.persistence.queries import declarations as queries
from membership.persistence.queries.declarations import RequestView
from membership.persistence.queries.dispatch_targets import mailboxes_for_declarations
from membership.services import declarations
from membership.services.declarations.deciding import TOO_LATE
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.frame import today
from membership.web.language import _, ngettext
from membership.web.links import invoice_address
from membership.web.treasurer.declarations import shown
from membership.web.treasurer.declarations.blueprint import blueprint


def _back(year: int) -> ResponseReturnValue:
    return redirect(url_for(".show", year=year), code=303)


def _seen() -> int | None:
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None  # noqa: PLR2004


@blueprint.route("/<int:year>/accept", methods=["GET", "POST"])
@policy("declaration.write")
def accept_many(year: int) -> ResponseReturnValue:
    """Take over the chosen declarations, or all without a class change."""
    chosen = request.values.getlist("selected")
    if request.method == "POST":
        done = write(
            current_actor(), declarations.accept_all, year, chosen or None, seen=request.form.getlist("seen")
        )
        say_accepted(done)
        return _back(year)
    session = read()
    views = queries.list_requests(session, queries.get_round(session, year).id)
    waiting = [view for view in views if view.state in WAITING]
    wanted = (
        [view for view in waiting if view.member.number in chosen]
        if chosen
        else [view for view in waiting if declarations.is_unchanged(view)]
    )
    bases = shown.bases_of(session, year)
    left_out = (
        [view for view in views if view.member.number in chosen and view not in wanted]
        if chosen
        else [view for view in waiting if view not in wanted]
    )
    return render_template(
        "treasurer/declarations/accept.html",
        year=str(year),
        rows=[shown.row_of(view, bases) for view in wanted],
        left_out=[shown.row_of(view, bases) for view in left_out],
        chosen=chosen,
        seen=[declarations.shown_as(view) for view in wanted],
    )


def say_accepted(done: dict[str, Any]) -> None:
    """Say how many were taken over, and which invoices may have to be corrected now (DUE-29)."""
    text = ngettext("%(n)s declaration is taken over.", "%(n)s declarations are taken over.", done["count"])
    sessions.notice("ok", text)
    if late := done.get("too_late"):
        sessions.notice("warning", _(TOO_LATE, members=", ".join(late[:10])))
    for number in done["invoices"][:3]:
        href = invoice_address(number)
        onward = {"label": _("Open invoice"), "href": href} if href else None
        sessions.notice(
            "info",
            _("Invoice %(number)s was made before. Check whether it is to be corrected.", number=number),
            onward=onward,
        )


@blueprint.route("/<int:year>/remind", methods=["GET", "POST"])
@policy("declaration.write")
def remind(year: int) -> ResponseReturnValue:
    """Remind all that have not declared, now."""
    if request.method == "POST":
        count = write(current_actor(), declarations.remind_round, year, today=today())
        wake()
        sessions.notice("ok", ngettext("%(n)s member is reminded.", "%(n)s members are reminded.", count))
        return _back(year)
    session = read()
    silent = declarations.silent_requests(session, queries.get_round(session, year))
    boxes = mailboxes_for_declarations(session, [view.member.id for view in silent])
    return render_template(
        "treasurer/declarations/remind.html",
        year=str(year),
        reached=[(view.member, boxes[view.member.id]) for view in silent if boxes.get(view.member.id)],
        unreached=[view.member for view in silent if not boxes.get(view.member.id)],
    )


def _silent(session: Any, year: int) -> Sequence[RequestView]:  # noqa: ANN401 - the session of the request
    views = queries.list_requests(session, queries.get_round(session, year).id)
    return [view for view in views if view.state in SILENT]


@blueprint.route("/<int:year>/silence", methods=["GET", "POST"])
@policy("declaration.write")
def silence(year: int) -> ResponseReturnValue:
    """Let count what the schedule says for those that did not declare."""
    if request.method == "POST":
        done = write(current_actor(), declarations.end_silence, year, seen=_seen())
        text = ngettext(
            "For %(n)s member the fee schedule counts.",
            "For %(n)s members the fee schedule counts.",
            len(done["done"]),
        )
        sessions.notice("ok", text)
        if done["unknown"]:
            sessions.notice(
                "warning",
                _("Nothing is known of %(members)s. Estimate them.", members=", ".join(done["unknown"][:10])),
            )
        return _back(year)
    session = read()
    found = queries.get_round(session, year)
    asked = declarations.asked_of_all(session, year, turnover_class=shown.turnover_class(found))
    bases = shown.bases_of(session, year)
    rows = []
    for view in _silent(session, year):
        each = asked.get(view.member.id)
        size = (shown.numbers(each.in_silence, bases) or "–") if each and each.is_enough else ""
        rows.append((view.member, size))
    schedule = declarations.main_schedule(session, year)
    return render_template(
        "treasurer/declarations/silence.html",
        year=str(year),
        rows=rows,
        otherwise=shown.silence_words(schedule),
        is_early=today() <= found.deadline,
        deadline=found.deadline,
    )


@blueprint.post("/<int:year>/join")
@policy("declaration.write")
def join(year: int) -> ResponseReturnValue:
    """Ask those too that joined after the round was opened."""
    count = write(current_actor(), declarations.ask_missing, year, today=today())
    wake()
    sessions.notice(
        "ok", ngettext("%(n)s further member is asked.", "%(n)s further members are asked.", count)
    )
    return _back(year)
