"""Invoices: the list with its filters and files, one invoice with its PDF and history."""

from membership.web.treasurer.invoices import detail, listing
from membership.web.treasurer.invoices.blueprint import blueprint

__all__ = ["blueprint", "detail", "listing"]
