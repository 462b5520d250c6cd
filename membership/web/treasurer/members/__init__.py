"""Members: the list, the record with its history, each thing that can be changed, and the import of a list."""

from membership.web.treasurer.members import (
    admission,
    belonging,
    bulk,
    contacts,
    decisions,
    editing,
    history,
    holding,
    importing,
    joining,
    list_views,
    listing,
    membership,
    merging,
    orders,
    record,
    sizes,
)
from membership.web.treasurer.members.blueprint import blueprint

__all__ = [
    "admission",
    "belonging",
    "blueprint",
    "bulk",
    "contacts",
    "decisions",
    "editing",
    "history",
    "holding",
    "importing",
    "joining",
    "list_views",
    "listing",
    "membership",
    "merging",
    "orders",
    "record",
    "sizes",
]
