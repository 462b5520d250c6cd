"""Members: the list, the record, and the import of a list."""

from membership.web.treasurer.members import importing, listing, record
from membership.web.treasurer.members.blueprint import blueprint

__all__ = ["blueprint", "importing", "listing", "record"]
