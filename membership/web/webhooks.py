"""Where Stripe calls: the message is kept as it came and answered at once; what it means is worked out later.

Nothing but its signature speaks for a message. Source: STR-5; `reliability.md` 36; SEC-69, SEC-70; FI-38.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, current_app, g, request
from flask.typing import ResponseReturnValue

from membership import clock
from membership.domain.online_payments.events import LARGEST_BODY, WebhookRefused
from membership.domain.policy import Actor, Job
from membership.jobs.engine import wake
from membership.persistence.db import read_as, write
from membership.persistence.queries.online_payments import is_kept
from membership.services import online_payments
from membership.services.ports import MessageReader
from membership.web.access import policy

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@blueprint.post("/stripe")
@policy("public", signed_bytes=LARGEST_BODY)
def stripe() -> ResponseReturnValue:
    """Keep a signed message of Stripe; without a signing secret there is no such page."""
    settings = current_app.extensions["membership"]
    if not settings.stripe_webhook_secrets:
        abort(404)
    body = request.get_data(cache=False, parse_form_data=False)
    read_message: MessageReader = current_app.extensions["membership_message_reader"]
    actor = Actor(name="stripe", at=clock.now(), request_id=g.request_id, job=Job.WORKER)
    try:
        message = read_message(
            body,
            request.headers.get("Stripe-Signature", ""),
            settings.stripe_webhook_secrets,
            now=datetime.now(UTC),
        )
    except WebhookRefused:
        write(actor, online_payments.count_refused, clock.today(settings.time_zone))
        return "", 400
    if not is_kept(read_as(actor), message.event_id):
        write(actor, online_payments.keep_message, message, body)
        wake()
    return "", 200
