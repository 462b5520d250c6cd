"""The work that companies bring: who wants to become a member, and what members ask for.

Source: `ux.md` 6.2, 7.
"""

from __future__ import annotations

from typing import Any

from flask import url_for

from membership.domain.applications import ApplicationState
from membership.persistence.db import Session
from membership.persistence.queries.applications import count_applications
from membership.persistence.queries.companies import count_open_requests
from membership.web.language import _, ngettext
from membership.web.sessions import holds

Item = dict[str, Any]


def list_applications(session: Session) -> list[Item]:
    """Return the applications for membership that wait for a decision."""
    waiting = count_applications(session).get(ApplicationState.WAITING, 0) if holds("member.read") else 0
    if not waiting:
        return []
    return [
        {
            "icon": "people",
            "tone": "plan",
            "title": ngettext("%(n)s application waits", "%(n)s applications wait", waiting),
            "text": _("The board decides; then the member is made in one step."),
            "href": url_for("treasurer.applications.index"),
            "action": _("Look at it"),
        }
    ]


def list_requests(session: Session) -> list[Item]:
    """Return how many companies wait for an answer to what they asked for in the member area."""
    waiting = count_open_requests(session) if holds("member.write") else 0
    if not waiting:
        return []
    return [
        {
            "icon": "people",
            "tone": "info",
            "title": ngettext("%(n)s member asks for something", "%(n)s members ask for something", waiting),
            "text": _("A new name, a notice of leaving, or data to be erased."),
            "href": url_for("treasurer.requests.index"),
            "action": _("Look at it"),
        }
    ]
