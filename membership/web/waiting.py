"""What a page says when something was not done but waits for a second person. Source: `ux.md` 4."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for

from membership.domain.approvals import Action, Waiting, may_decide
from membership.persistence.db import Session, actor_of
from membership.persistence.queries.approvals import list_deciders, list_open, list_open_of
from membership.services.approvals import title_of
from membership.web import sessions
from membership.web.language import _, words

_SHOWN: Final = 5


def is_waiting(result: object) -> bool:
    """Return whether a use case was submitted instead of done, and say so on the next page."""
    if not isinstance(result, Waiting):
        return False
    onward = {"href": _address(result.approval), "label": _("Show")}
    sessions.notice("info", _("Nothing is done yet: this waits for approval."), onward=onward)
    return True


def waiting_at(session: Session, kind: str, ref: str | None = None, *actions: Action) -> list[dict[str, Any]]:
    """Return what waits about one thing, or about every thing of a kind: its sentence, its page, who may decide."""
    return [
        {
            "id": line.approval.id,
            "title": words().value(title_of(line.approval)),
            "href": _address(line.approval.id),
            "names": ", ".join(name for _id, name in list_deciders(session, without=line.approval.actor_key)),
        }
        for line in list_open_of(session, kind, ref, *actions)
    ]


def to_decide(session: Session) -> list[dict[str, Any]]:
    """Return the oldest of what waits for the decision of who reads this page."""
    actor = actor_of(session)
    return [
        {"title": words().value(title_of(line.approval)), "href": _address(line.approval.id)}
        for line in list_open(session)
        if may_decide(actor, submitted_by=line.approval.actor_key)
    ][:_SHOWN]


def _address(approval_id: int) -> str:
    return url_for("treasurer.approvals.show", approval_id=approval_id)
