"""Pages: thin views that read by queries and write by services. `register` puts everything together."""

from __future__ import annotations

from flask import Flask

from membership.settings import Settings
from membership.web import access, addresses, errors, frame, heads, limits, news, pages, sessions


def register(app: Flask, settings: Settings) -> None:
    """Give the application its pages with all that guards them; the order is the order of the checks."""
    addresses.register(app)
    heads.register(app, settings)
    errors.register(app)
    sessions.register(app)
    access.register(app)
    limits.register(app, settings)
    frame.register(app)
    news.register(app)
    pages.register(app)
