"""The work that the fee schedule brings: the resolution of the first one, which may follow later.

Source: DUE-32; `decisions.md` 29.
"""

from __future__ import annotations

from typing import Any

from flask import url_for

from membership.persistence.db import Session
from membership.services.schedules import find_without_file
from membership.web.language import _
from membership.web.sessions import holds


def list_schedule_work(session: Session) -> list[dict[str, Any]]:
    """Return that the first fee schedule came into force without the PDF of its resolution (DUE-32)."""
    found = find_without_file(session) if holds("schedule.write") else None
    if found is None:
        return []
    return [
        {
            "icon": "document",
            "tone": "plan",
            "title": _("The resolution of %(code)s is still to be kept", code=found.code),
            "text": _("Upload the PDF of the minutes; auditors look for it there."),
            "href": url_for("treasurer.schedules.show", version_id=found.id, _anchor="resolution"),
            "action": _("Add file"),
        }
    ]
