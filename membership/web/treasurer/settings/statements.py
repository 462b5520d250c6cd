"""The settings page about bank statements: what is posted without a person. Source: `decisions.md` 15, PAY-3."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from membership.web.access import policy
from membership.web.forms.statements import StatementsForm
from membership.web.treasurer.settings.blueprint import blueprint
from membership.web.treasurer.settings.saving import opened, save, show


@blueprint.get("/statements")
@policy("settings.read")
def statements() -> ResponseReturnValue:
    """Show what is posted without a person."""
    return show("statements", opened(StatementsForm))


@blueprint.post("/statements")
@policy("settings.write")
def save_statements() -> ResponseReturnValue:
    """Save what is posted without a person."""
    return save("statements", StatementsForm())
