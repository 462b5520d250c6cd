"""The sendings of a run or of all: progress, what waits for a person, one sending with its words and attempts.

Source: `ux.md` 6.6 (sending, result), 4 "Long runs".
"""

from __future__ import annotations

from typing import Any, Final

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.dispatch import NEEDS_PERSON, WAITING, Channel, DispatchState, Outcome
from membership.domain.errors import N_
from membership.persistence.queries import dispatch as queries
from membership.persistence.queries.billing import get_run
from membership.persistence.queries.dispatch import Counts, DispatchFilter
from membership.web import sessions
from membership.web.access import policy, read
from membership.web.language import _
from membership.web.links import member_address
from membership.web.treasurer.dispatch import shown
from membership.web.treasurer.dispatch.blueprint import blueprint
from membership.web.treasurer.list_address import whole_number
from membership.web.treasurer.paging import page_number

SIZE: Final = 50
_VIEWS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "all": (N_("All"), {}),
    "person": (N_("To decide"), {"states": NEEDS_PERSON, "channel": Channel.MAIL}),
    "bounced": (N_("Came back"), {"is_bounced": True}),
    "waiting": (
        N_("Waiting"), {"states": (*WAITING, DispatchState.SENDING), "channel": Channel.MAIL},
    ),
    "sent": (N_("Sent"), {"states": (DispatchState.SENT,), "channel": Channel.MAIL}),
    "letters": (N_("By post"), {"channel": Channel.POST}),
}  # fmt: skip
OUTCOME_WORDS: Final = {
    Outcome.SENT: N_("The mail server took it."),
    Outcome.RETRY: N_("It is tried again."),
    Outcome.FAILED: N_("It was refused."),
    Outcome.UNKNOWN: N_("Whether it arrived is not known."),
}


@blueprint.get("")
@policy("invoice.read")
def index() -> ResponseReturnValue:
    """Show the sendings, of one run when it is named."""
    session = read()
    run_id = whole_number(request.args.get("run", ""))
    run = get_run(session, run_id) if run_id is not None else None
    view = request.args.get("view", "")
    view = view if view in _VIEWS else "all"
    counts = queries.get_counts(session, run_id=run_id)
    chosen = DispatchFilter(run_id=run_id, **_VIEWS[view][1])
    page, total = page_number(), count_of(counts, view)
    if page > 1 and (page - 1) * SIZE >= total:
        return redirect(url_for(".index", run=run_id, view=view))
    rows = queries.list_page(session, chosen, page=page, size=SIZE)
    way = shown.way_of(session, now=sessions.moment())
    return render_template(
        "treasurer/dispatch/index.html",
        run=run,
        counts=counts,
        way=way,
        is_moving=shown.is_moving(way, counts),
        tabs=_tabs(run_id, view, counts),
        rows=[(row, shown.badge_of(row.dispatch), shown.note_of(row.dispatch)) for row in rows],
        member_address=member_address,
        states=DispatchState,
        channels=Channel,
        pages=_pages(run_id, view, page, total),
        last_letter=max(
            (each.dispatch_id for each in queries.list_letters(session, run_id=run_id)), default=0
        )
        if counts.to_post
        else 0,
    )


def count_of(counts: Counts, view: str) -> int:
    """Return how many sendings a tab holds."""
    letters, withdrawn = sum(counts.letters.values()), counts.mails.get(DispatchState.WITHDRAWN, 0)
    return {
        "all": counts.all_mails + withdrawn + letters,
        "person": counts.failed + counts.unknown,
        "bounced": counts.bounced,
        "waiting": counts.waiting,
        "sent": counts.sent,
        "letters": letters,
    }[view]


def _tabs(run_id: int | None, chosen: str, counts: Counts) -> list[dict[str, object]]:
    return [
        {
            "label": _(label),
            "href": url_for(".index", run=run_id, view=None if name == "all" else name),
            "count": count_of(counts, name),
            "is_current": name == chosen,
        }
        for name, (label, _filter) in _VIEWS.items()
        if count_of(counts, name) or name in {"all", chosen}
    ]


def _pages(run_id: int | None, view: str, page: int, total: int) -> dict[str, str | None]:
    def address(number: int) -> str:
        return url_for(".index", run=run_id, view=view, page=number)

    return {
        "before": address(page - 1) if page > 1 else None,
        "after": address(page + 1) if page * SIZE < total else None,
    }


@blueprint.get("/<int:dispatch_id>")
@policy("invoice.read")
def show(dispatch_id: int) -> ResponseReturnValue:
    """Show one sending: to whom, the words that went out, every attempt."""
    session = read()
    found = queries.get_dispatch(session, dispatch_id)
    if found.member_id is None:
        abort(404)
    return render_template(
        "treasurer/dispatch/show.html",
        dispatch=found,
        badge_name=shown.badge_of(found),
        note=shown.note_of(found),
        attempts=[
            {
                "icon": "tick" if each.outcome is Outcome.SENT else "triangle",
                "tone": "ok" if each.outcome is Outcome.SENT else "warning",
                "text": _(each.reason) if each.reason else _(OUTCOME_WORDS[each.outcome]),
                "lines": [each.answer] if each.answer else [],
                "at": each.at,
            }
            for each in reversed(queries.list_attempts(session, dispatch_id))
        ],
        states=DispatchState,
        channels=Channel,
    )
