"""The bank: accounts and statements, taking a statement in, deciding about its entries."""

from membership.web.treasurer.banking import (
    asking,
    columns,
    deciding,
    importing,
    matching,
    paper,
    returning,
    statements,
)
from membership.web.treasurer.banking.blueprint import blueprint

__all__ = [
    "asking",
    "blueprint",
    "columns",
    "deciding",
    "importing",
    "matching",
    "paper",
    "returning",
    "statements",
]
