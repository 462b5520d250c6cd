"""Payments that came online: attempts, payouts, and what the provider said that a person has to look at.

Source: `ux.md` 9 “Log of the webhooks”; FI-40, FI-41; STR-10, STR-12.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from membership import clock
from membership.domain.dues.stored import phrase_of
from membership.domain.errors import N_, DomainError
from membership.domain.online_payments.attempts import STATE_WORDS, WAY_WORDS, AttemptState
from membership.domain.online_payments.events import ALARM_AFTER, COMPARISON, EventState
from membership.domain.online_payments.pictures import Look
from membership.jobs.engine import wake
from membership.persistence.db import write
from membership.persistence.queries import online_payments as queries
from membership.persistence.queries.online_payments import EventRow
from membership.services import online_payments as services
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.form import AtMost, Form, NotBlank
from membership.web.language import _, words
from membership.web.treasurer.audit import KIND_WORDS, name_actions
from membership.web.treasurer.paging import PAGE, page_number, pager

blueprint = Blueprint("online_payments", __name__, url_prefix="/payments/online")
name_actions({
    "online.start": N_("Online payment begun"),
    "online.state": N_("Online payment went on"),
    "online.look": N_("Report of Stripe needs a look"),
    "online.again": N_("Report of Stripe worked again"),
    "online.settle": N_("Report of Stripe looked at"),
    "online.payout": N_("Payout of Stripe booked"),
    "daily.compare": N_("Online payments compared with Stripe"),
    "daily.forget": N_("Old details of online payments let go of"),
})  # fmt: skip
KIND_WORDS.update({
    "online_payment": N_("Online payment"),
    "online_event": N_("Report of Stripe"),
    "payout": N_("Payout of Stripe"),
})  # fmt: skip

LOOK_WORDS: Final = {
    Look.UNKNOWN: (
        N_("Belongs to no payment of ours"),
        N_("Stripe reports a payment that was not begun here. If it is for dues, record it by hand."),
    ),
    Look.MODE: (
        N_("Test and real payments mixed up"),
        N_(
            "The report comes from the other mode of Stripe. Check which key and which signing secret are set."
        ),
    ),
    Look.ACCOUNT: (
        N_("From another Stripe account"),
        N_("The report is about an account that is not yours. Remove this address from that account."),
    ),
    Look.CURRENCY: (
        N_("Another currency"),
        N_("The payment is not in EUR. Nothing was booked; settle it at Stripe."),
    ),
    Look.AMOUNT: (
        N_("Another amount"),
        N_("The amount is not the one that was asked for. Nothing was booked; compare it at Stripe."),
    ),
    Look.BELOW_ZERO: (
        N_("More taken back than paid"),
        N_("Refunds and disputes come to more than the payment. Nothing was booked; compare it at Stripe."),
    ),
    Look.REFUSED: (
        N_("The books could not take it"),
        N_(
            "The sentence below says why; only fees were booked. When that is settled, work the report again."
        ),
    ),
    Look.MISSING_HERE: (
        N_("At Stripe, but not in the books"),
        N_("The daily comparison found it and could not book it. Compare it at Stripe."),
    ),
    Look.MISSING_THERE: (
        N_("In the books, but not at Stripe"),
        N_("The daily comparison does not find it in Stripe's list. Compare it at Stripe."),
    ),
    Look.PAYOUT: (
        N_("Payout does not add up or failed"),
        N_("The payout failed, or it is not the sum of its payments. Compare it at Stripe."),
    ),
    Look.DEADLINE: (
        N_("Card payment disputed"),
        N_(
            "The amount was taken back and the invoice is open again. Answer at Stripe before the deadline there."
        ),
    ),
}
STUCK: Final = (
    N_("Could not be worked five times"),
    N_("It is tried again once an hour. If Stripe answers again, nothing is to be done."),
)
TONES: Final = {
    AttemptState.PAID: ("tick", "ok"), AttemptState.PENDING: ("clock", "info"), AttemptState.OPEN: ("clock", "info"),
    AttemptState.ASKED: ("help", "warning"), AttemptState.TAKEN_BACK: ("undo", "danger"),
    AttemptState.FAILED: ("triangle", "danger"),
}  # fmt: skip
_PAYOUTS: Final = 12
_REFUSED_DAYS: Final = 7


class LookForm(Form):
    """What came of looking."""

    note = TextAreaField(N_("What came of it"), [NotBlank(), AtMost(500)])


@blueprint.get("")
@policy("online.read")
def index() -> ResponseReturnValue:
    """Show what needs a look, the attempts, and the last payouts."""
    session = read()
    total = queries.count_attempts(session)
    page = min(page_number(), max(1, -(-total // PAGE)))
    return render_template(
        "treasurer/online_payments/index.html",
        looks=[_shown(event) for event in queries.list_looks(session, limit=PAGE)],
        rows=queries.list_attempts(session, offset=(page - 1) * PAGE, limit=PAGE),
        state_words=STATE_WORDS,
        way_words=WAY_WORDS,
        tones=TONES,
        payouts=queries.list_payouts(session, limit=_PAYOUTS),
        transit_cents=queries.transit_cents(session),
        mode=mode(),
        pager=pager(page, total),
    )


def mode() -> str:
    """Return `live`, `test`, or nothing while no key is set (STR-12)."""
    key = current_app.extensions["membership"].stripe_key
    return "" if not key else "live" if "_live_" in key else "test"


def _shown(event: EventRow) -> dict[str, Any]:
    is_stuck = event.state is EventState.RETRY
    title, help_text = STUCK if is_stuck else LOOK_WORDS[Look(event.reason)]
    return {
        "id": event.id,
        "title": words().text(title),
        "help": words().text(help_text),
        "kind": event.kind,
        "object_id": event.object_id,
        "detail": _detail_of(event),
        "at": event.received_at,
        "tries": event.tries,
        "href": url_for("treasurer.online_payments.look", event_id=event.id),
        "is_open": event.state is EventState.LOOK or (is_stuck and event.tries >= ALARM_AFTER),
        "may_work_again": event.kind != COMPARISON,
    }


def _detail_of(event: EventRow) -> str:
    """Return the detail in the language of the page where it was kept as a sentence, else as it is."""
    try:
        return words().value(phrase_of(json.loads(event.detail)))
    except (ValueError, KeyError, TypeError):
        return event.detail


@blueprint.get("/looks/<int:event_id>")
@policy("online.read")
def look(event_id: int) -> ResponseReturnValue:
    """Show one report that needs a look, and what can be done about it."""
    return _look_page(event_id, LookForm())


def _look_page(event_id: int, form: LookForm) -> ResponseReturnValue:
    event = queries.get_event(read(), event_id)
    is_listed = bool(event.reason) or event.state is EventState.RETRY
    if not is_listed:
        return redirect(url_for(".index"), code=303)
    page = render_template("treasurer/online_payments/look.html", event=_shown(event), row=event, form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/looks/<int:event_id>")
@policy("online.write")
def settle(event_id: int) -> ResponseReturnValue:
    """Keep what came of looking."""
    queries.get_event(read(), event_id)
    form = LookForm()
    if form.validate_on_submit():
        try:
            write(current_actor(), services.settle_look, event_id, note=str(form.note.data))
        except DomainError as error:
            form.refuse(error)
        else:
            sessions.notice("ok", _("The report is settled."))
            return redirect(url_for(".index"), code=303)
    return _look_page(event_id, form)


@blueprint.post("/looks/<int:event_id>/again")
@policy("online.write")
def again(event_id: int) -> ResponseReturnValue:
    """Have a report worked again."""
    write(current_actor(), services.work_again, event_id)
    wake()
    sessions.notice("ok", _("The report is being worked again."))
    return redirect(url_for(".index"), code=303)


def refused_lately() -> queries.Refused:
    """Return how many unsigned messages came in the last week."""
    zone = sessions.operator().time_zone
    return queries.refused_since(read(), clock.today(zone) - timedelta(days=_REFUSED_DAYS))
