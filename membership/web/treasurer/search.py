"""The global search of the staff pages; one exact hit on a number opens the record at once, unless a list is asked for.

Source: `ux.md` 4 "Global search".
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.money import AmountOutOfRange, AmountUnreadable, parse_amount
from membership.persistence.queries.search import search_invoices, search_members
from membership.web.access import policy, read
from membership.web.sessions import holds

blueprint = Blueprint("search", __name__, url_prefix="/search")

_LONGEST: Final = 100
MEMBER_PAGE: Final = "treasurer.members.show"
INVOICE_PAGE: Final = "treasurer.invoices.show"


@blueprint.get("")
@policy("overview.read")
def index() -> ResponseReturnValue:
    """Show what was found, grouped."""
    text = request.args.get("q", "").strip()[:_LONGEST]
    members, invoices = [], []
    if text and holds("member.read"):
        members = search_members(read(), text)
    if text and holds("invoice.read"):
        invoices = search_invoices(read(), text, cents=cents_typed(text))
    for hits, endpoint in ((members, MEMBER_PAGE), (invoices, INVOICE_PAGE)):
        if hits and hits[0].number == text.upper() and "list" not in request.args:
            return redirect(url_for(endpoint, number=hits[0].number))
    return render_template(
        "treasurer/search/index.html",
        text=text,
        members=[(hit, url_for(MEMBER_PAGE, number=hit.number)) for hit in members],
        invoices=[(hit, url_for(INVOICE_PAGE, number=hit.number)) for hit in invoices],
    )


def cents_typed(text: str) -> int | None:
    """Return the cents if the text is an amount, else None."""
    try:
        return parse_amount(text)
    except (AmountUnreadable, AmountOutOfRange):
        return None
