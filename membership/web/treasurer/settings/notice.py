"""The settings page about leaving: the period of notice. Source: MEM-6."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from membership.web.access import policy
from membership.web.forms.settings import MembershipForm
from membership.web.treasurer.settings.blueprint import blueprint
from membership.web.treasurer.settings.saving import opened, save, show


@blueprint.get("/membership")
@policy("settings.read")
def membership() -> ResponseReturnValue:
    """Show what the statutes say about leaving."""
    return show("membership", opened(MembershipForm))


@blueprint.post("/membership")
@policy("settings.write")
def save_membership() -> ResponseReturnValue:
    """Save what the statutes say about leaving."""
    return save("membership", MembershipForm())
