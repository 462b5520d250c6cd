"""What the member's pages say about paying online."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from flask import url_for

from membership.domain.member_account import Document
from membership.domain.online_payments.attempts import MOST_ITEMS
from membership.persistence.db import Session
from membership.web.online_offer import Online, offer
from membership.web.online_offer import online_of as offered

__all__ = ["Online", "online_of", "pay_all"]


def online_of(
    session: Session, documents: Sequence[Document], expected: Collection[str]
) -> dict[str, Online]:
    """Return what is said of each document of a company; nothing of those whose debit is expected."""
    addresses = {each.number: url_for("portal.pay.index", invoice=each.number) for each in documents}
    return offered(
        session, {each.number: each.open_cents for each in documents}, addresses, expected=expected
    )


def pay_all(dues: Iterable[tuple[Document, Online]]) -> str | None:
    """Return the address where all that can be paid online now is paid together; None when that is not two at least."""
    payable = [document for document, online in dues if online.pay is not None][:MOST_ITEMS]
    if len(payable) < 2 or not offer().ways_for(sum(each.open_cents for each in payable)):  # noqa: PLR2004 - several
        return None
    return url_for("portal.pay.index", invoice=[each.number for each in payable])
