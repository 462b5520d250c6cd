"""The settings page about paying online: whether keys are set, test or live, and what is offered.

Source: STR-12, `ux.md` 6.1 step 8.
"""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from membership.domain.online_payments.events import LISTENED
from membership.web import sessions
from membership.web.access import policy
from membership.web.forms.online import OnlineForm
from membership.web.forms.settings import SettingsForm
from membership.web.treasurer.online_payments import mode, refused_lately
from membership.web.treasurer.settings.blueprint import blueprint
from membership.web.treasurer.settings.saving import BESIDE, opened, save, show


def _beside(_form: SettingsForm) -> dict[str, object]:
    settings = sessions.operator()
    shown = {
        "mode": mode(),
        "secrets": len(settings.stripe_webhook_secrets),
        "address": settings.base_url + url_for("webhooks.stripe"),
        "refused": refused_lately().number,
        "events": LISTENED,
    }
    return {"beside": shown}


BESIDE["online"] = _beside


@blueprint.get("/online")
@policy("settings.read")
def online() -> ResponseReturnValue:
    """Show what is offered, and how the way to Stripe stands."""
    return show("online", opened(OnlineForm))


@blueprint.post("/online")
@policy("settings.write")
def save_online() -> ResponseReturnValue:
    """Save what is offered."""
    return save("online", OnlineForm())
