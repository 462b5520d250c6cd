"""Settings of the association: their pages, and what they show of what is being typed."""

from membership.web.treasurer.settings import (
    accounts,
    application,
    notice,
    online,
    pages,
    previews,
    second_person,
    statements,
)
from membership.web.treasurer.settings.blueprint import blueprint

__all__ = [
    "accounts",
    "application",
    "blueprint",
    "notice",
    "online",
    "pages",
    "previews",
    "second_person",
    "statements",
]
