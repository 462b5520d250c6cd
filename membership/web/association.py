"""The association as every page needs it: its settings, read once a request, its mark and its colours."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g

from membership.domain.page_address import is_only_here
from membership.domain.users import initials_of
from membership.persistence.db import db
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.settings import Settings


@dataclass(frozen=True, slots=True)
class Association:
    """What the frames show at the top left."""

    name: str
    has_logo: bool
    mark: str
    colour: str
    takes_applications: bool = False
    mails_links: bool = False
    """Whether mails go out with links that others can open."""


def association_settings() -> AssociationSettings:
    """Return all settings as they were when this request first asked; one statement a request."""
    if "association_settings" not in g:
        g.association_settings = get_settings(db.session())
    found: AssociationSettings = g.association_settings
    return found


def fresh_settings() -> AssociationSettings:
    """Return all settings as they are now, for this request too."""
    g.pop("association_settings", None)
    return association_settings()


def association() -> Association:
    """Return name, mark and colour; before the set-up the product stands in."""
    values = association_settings()
    name = values.text("association.name") or "Beitragsbuch"
    operator: Settings = current_app.extensions["membership"]
    return Association(
        name=name,
        has_logo=values.logo_sha256 is not None,
        mark=initials_of(name),
        colour=values.text("association.brand_colour"),
        takes_applications=values.flag("application.open"),
        mails_links=values.can_send_mail and not is_only_here(operator.base_url),
    )
