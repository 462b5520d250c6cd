"""The settings page about the public application for membership. Source: `ux.md` 6.3 "Joining"; MEM-1."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from membership.services.dues import schedules_of
from membership.web.access import policy, read
from membership.web.association import association_settings
from membership.web.forms.application_settings import ApplicationSettingsForm
from membership.web.forms.settings import SettingsForm
from membership.web.frame import today
from membership.web.sessions import operator
from membership.web.treasurer.settings.blueprint import blueprint
from membership.web.treasurer.settings.saving import BESIDE, opened, save, show


@blueprint.get("/application")
@policy("settings.read")
def application() -> ResponseReturnValue:
    """Show whether companies can apply, and what they agree to."""
    return show("application", opened(ApplicationSettingsForm))


@blueprint.post("/application")
@policy("settings.write")
def save_application() -> ResponseReturnValue:
    """Save whether companies can apply, and what they agree to."""
    return save("application", ApplicationSettingsForm())


def _beside(_form: SettingsForm) -> dict[str, object]:
    """Return the address of the form, and what it lacks to be of use."""
    return {
        "address": f"{operator().base_url.rstrip('/')}/application",
        "lacks_mail": not association_settings().can_send_mail,
        "lacks_schedule": not schedules_of(read(), today().year),
    }


BESIDE["application"] = _beside
