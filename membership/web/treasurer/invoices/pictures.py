"""The stored PDF of a document as pictures of its pages, one at a time.

Source: `ux.md` 6.7 "PDF as page image".
"""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from membership.persistence.db import Session
from membership.services import invoicing
from membership.web import downloads
from membership.web.access import policy, read
from membership.web.heavy import waiting
from membership.web.treasurer.invoices.blueprint import blueprint
from membership.web.treasurer.paging import page_number


@blueprint.get("/<number>/pages/<int:page>.png")
@policy("invoice.read")
@waiting
def page_picture(number: str, page: int) -> ResponseReturnValue:
    """Show one page of the stored PDF."""
    content = invoicing.stored_page(read(), number, page)
    return downloads.picture(content, name=f"{number}-{page}.png")


def picture_of(session: Session, number: str, invoice_id: int) -> dict[str, Any] | None:
    """Return which page is shown, and the addresses of its picture and of the others; None where there is no PDF."""
    count = invoicing.stored_pages(session, invoice_id)
    if not count:
        return None
    page = min(page_number(), count)
    return {
        "page": page,
        "count": count,
        "picture": url_for(".page_picture", number=number, page=page),
        "pdf": url_for(".pdf", number=number),
        "pages": [
            {
                "number": each,
                "href": url_for(".show", number=number, page=each, _anchor="picture"),
                "is_current": each == page,
            }
            for each in range(1, count + 1)
        ],
    }
