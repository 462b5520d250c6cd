"""Members: the list, the record with its history, each thing that can be changed, and the import of a list."""

from membership.web.treasurer.members import (
    belonging,
    contacts,
    decisions,
    editing,
    history,
    importing,
    joining,
    listing,
    membership,
    orders,
    record,
    sizes,
)
from membership.web.treasurer.members.blueprint import blueprint

__all__ = [
    "belonging",
    "blueprint",
    "contacts",
    "decisions",
    "editing",
    "history",
    "importing",
    "joining",
    "listing",
    "membership",
    "orders",
    "record",
    "sizes",
]
