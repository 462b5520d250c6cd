"""Members: the list, the record, its history, and the import of a list."""

from membership.web.treasurer.members import history, importing, listing, record
from membership.web.treasurer.members.blueprint import blueprint

__all__ = ["blueprint", "history", "importing", "listing", "record"]
