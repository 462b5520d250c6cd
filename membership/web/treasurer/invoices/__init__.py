"""Invoices: the list with its filters and files, one invoice with its PDF and history."""

from membership.web.treasurer.invoices import claims, corrections, detail, followers, listing
from membership.web.treasurer.invoices.blueprint import blueprint

__all__ = ["blueprint", "claims", "corrections", "detail", "followers", "listing"]
