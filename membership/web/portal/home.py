"""The member's home: what is owed and how to pay it, or that all is paid; own data in short; the latest documents.

Source: `ux.md` 7 "Home".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint
from flask.typing import ResponseReturnValue

from invoices import formats
from membership.domain.invoicing import InvoiceState
from membership.domain.member_account import (
    Document,
    HomeState,
    belonging,
    home_state,
    month_expected,
    owed,
    shown_year,
)
from membership.persistence.queries import dues_outlook as outlook
from membership.persistence.queries import member_account as queries
from membership.persistence.queries.direct_debits.expected import Expected, list_expected
from membership.persistence.queries.order_numbers import list_waiting
from membership.persistence.queries.payments import credit_cents
from membership.services.transfers import TransferData, transfer_data
from membership.web.access import policy
from membership.web.association import association_settings
from membership.web.frame import today
from membership.web.language import words
from membership.web.portal.companies import Own, own, page
from membership.web.portal.declarations import find_open_year
from membership.web.portal.orders import may_enter
from membership.web.portal.paying import Online, online_of, pay_all

blueprint = Blueprint("home", __name__)
_LATEST: Final = 4


@dataclass(frozen=True, slots=True)
class Due:
    """One open document with its status and how it is paid: the debit that is expected, else a transfer."""

    document: Document
    state: InvoiceState
    debit: Expected | None
    transfer: TransferData | None
    online: Online


@blueprint.get("/")
@policy("portal.read")
def index() -> ResponseReturnValue:
    """Show the company's dues at a glance."""
    shown = own()
    member_id, day = shown.company.id, today()
    documents = queries.list_documents(shown.session, member_id)
    expected = list_expected(shown.session, member_id, today=day)
    dues = _dues(documents, shown, expected)
    record = queries.get_record(shown.session, member_id)
    belongs = belonging(queries.list_periods(shown.session, member_id))
    year = shown_year(day, belongs)
    state, month = home_state(documents, year=year), None
    if state in {HomeState.CANCELLED, HomeState.NOTHING_YET}:
        is_free = outlook.is_free_of_dues(shown.session, member_id, year)
        state = home_state(documents, year=year, is_free=is_free)
        month = month_expected(outlook.find_first_issue(shown.session, year - 1), today=day)
    return page(
        "portal/home/index.html",
        shown,
        today=day,
        year=year,
        state=state,
        expected_in=formats.month_name(month, words().language) if month else "",
        states=HomeState,
        declaration=find_open_year(shown),
        asks_order=may_enter(shown) and member_id in list_waiting(shown.session, year),
        dues=dues,
        pay_all=pay_all((due.document, due.online) for due in dues),
        expected=expected,
        open_cents=sum(document.open_cents for document in documents),
        last_paid=_last_paid(documents, year),
        credit_cents=credit_cents(shown.session, member_id),
        belonging=belongs,
        record=record,
        by_transfer=record.chose_transfer,
        sizes=queries.list_sizes(shown.session, member_id),
        dues_class=queries.find_dues_class(shown.session, member_id),
        documents=[(document, document.state(day)) for document in documents[:_LATEST]],
    )


def _dues(documents: Sequence[Document], shown: Own, expected: Mapping[str, Expected]) -> list[Due]:
    settings, day = association_settings(), today()
    online = online_of(shown.session, owed(documents), expected)
    return [
        Due(
            document,
            document.state(day),
            expected.get(document.number),
            None
            if document.number in expected
            else transfer_data(
                settings,
                document.open_cents,
                document=document.number,
                member_number=shown.company.number,
                reference=document.reference,
            ),
            online[document.number],
        )
        for document in owed(documents)
    ]


def _last_paid(documents: Sequence[Document], year: int) -> Document | None:
    """Return the document of the year that was paid last."""
    paid = [
        document
        for document in documents
        if document.dues_year == year and document.paid_on and not document.title
    ]
    return max(
        paid, key=lambda document: (document.paid_on or document.dated_on, document.number), default=None
    )
