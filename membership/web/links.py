"""Addresses of records that several pages name; None where the page does not exist or may not be opened."""

from __future__ import annotations

from flask import current_app, url_for

from membership.web import sessions

_MEMBER = "treasurer.members.show"
_INVOICE = "treasurer.invoices.show"


def member_address(number: str) -> str | None:
    """Return the address of a member's record."""
    return _address(_MEMBER, "member.read", number)


def invoice_address(number: str) -> str | None:
    """Return the address of an invoice."""
    return _address(_INVOICE, "invoice.read", number)


def _address(endpoint: str, action: str, number: str) -> str | None:
    if endpoint not in current_app.view_functions or not sessions.holds(action):
        return None
    return url_for(endpoint, number=number)
