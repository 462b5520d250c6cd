"""The settings page about the second person: what must be approved before it is done. Source: MEM-18."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from membership.persistence.queries.approvals import list_deciders
from membership.web.access import policy, read
from membership.web.forms.second_person import ApprovalsForm
from membership.web.treasurer.settings.blueprint import blueprint
from membership.web.treasurer.settings.saving import BESIDE, opened, save, show
from membership.web.waiting import waiting_at

BESIDE["approvals"] = lambda _form: {
    "deciders": [name for _id, name in list_deciders(read(), without="")],
    "awaited": waiting_at(read(), "settings"),
}


@blueprint.get("/approvals")
@policy("settings.read")
def approvals() -> ResponseReturnValue:
    """Show what must be approved and who may do it."""
    return show("approvals", opened(ApprovalsForm))


@blueprint.post("/approvals")
@policy("settings.write", fresh=True)
def save_approvals() -> ResponseReturnValue:
    """Save what must be approved; asking for less waits for an approval itself."""
    return save("approvals", ApprovalsForm())
