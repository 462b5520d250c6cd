"""Addresses of records that several pages name; None for those who may not open them."""

from __future__ import annotations

from flask import url_for
from werkzeug.routing import BaseConverter, IntegerConverter, Map

from membership.web import sessions


class RowId(IntegerConverter):
    """The id of a record in an address, as large as the database can hold; a larger one is no address of ours."""

    regex = "[0-9]{1,19}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**63 - 1)


class MemberNumber(BaseConverter):
    """The number of a member in an address; it may hold a slash, as in `12/2004`, but no word of ours after one."""

    part_isolating = False
    regex = r"[^/]+(?:/[A-Z0-9ÄÖÜ][^/]*)*"


_MEMBER = "treasurer.members.show"
_INVOICE = "treasurer.invoices.show"


def member_address(number: str) -> str | None:
    """Return the address of a member's record."""
    return _address(_MEMBER, "member.read", number)


def invoice_address(number: str) -> str | None:
    """Return the address of an invoice."""
    return _address(_INVOICE, "invoice.read", number)


def _address(endpoint: str, action: str, number: str) -> str | None:
    return url_for(endpoint, number=number) if sessions.holds(action) else None
