"""Invoices: the list with its filters and files, one invoice with its PDF and history."""

from membership.web.treasurer.invoices import (
    chosen,
    claims,
    corrections,
    detail,
    followers,
    listing,
    pictures,
    singles,
)
from membership.web.treasurer.invoices.blueprint import blueprint

__all__ = [
    "blueprint",
    "chosen",
    "claims",
    "corrections",
    "detail",
    "followers",
    "listing",
    "pictures",
    "singles",
]
