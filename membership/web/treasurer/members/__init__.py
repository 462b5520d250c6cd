"""Members: the list, the record with its history, a member's data, and the import of a list."""

from membership.web.treasurer.members import editing, history, importing, joining, listing, record
from membership.web.treasurer.members.blueprint import blueprint

__all__ = ["blueprint", "editing", "history", "importing", "joining", "listing", "record"]
