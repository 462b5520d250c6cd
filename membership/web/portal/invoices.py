"""A company's invoices with their PDF, XML and receipt, all of them as one file, and its running account.

Source: `ux.md` 7 "Invoices"; REP-13; SEC-01, SEC-12.
"""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import Final

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_, NotFound
from membership.domain.ledger import EntryKind
from membership.domain.member_account import Movement, running
from membership.persistence.queries import member_account as queries
from membership.persistence.queries.direct_debits.expected import list_expected
from membership.persistence.queries.own_data import list_invoice_ids
from membership.services.invoicing import stored_pdf, stored_xml
from membership.services.members import account_papers
from membership.services.payment_confirmations import payment_confirmation
from membership.services.run_documents import write_archive
from membership.web.access import policy
from membership.web.downloads import archive, pdf, xml
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, words
from membership.web.portal.companies import Own, own, page, refuse

blueprint = Blueprint("invoices", __name__, url_prefix="/invoices")

_WORDS: Final = {
    EntryKind.INVOICE: N_("Invoice %(number)s"),
    EntryKind.OPENING: N_("Open amount taken over: %(number)s"),
    EntryKind.PAYMENT: N_("Payment received"),
    EntryKind.CREDIT_NOTE: N_("Correction of invoice %(number)s"),
    EntryKind.WAIVER: N_("Part of invoice %(number)s waived"),
    EntryKind.WRITE_OFF: N_("Invoice %(number)s written off"),
    EntryKind.RETURN_FEE: N_("Fee of a return debit: %(number)s"),
    EntryKind.REFUND: N_("Refund %(number)s"),
}
_TAKEN_BACK: Final = {
    EntryKind.INVOICE: N_("Invoice %(number)s taken back"),
    EntryKind.OPENING: N_("Open amount taken back: %(number)s"),
    EntryKind.PAYMENT: N_("Payment taken back"),
    EntryKind.WAIVER: N_("Waiver of invoice %(number)s taken back"),
    EntryKind.WRITE_OFF: N_("Write-off of invoice %(number)s taken back"),
    EntryKind.RETURN_FEE: N_("Fee of a return debit taken back: %(number)s"),
    EntryKind.REFUND: N_("Refund %(number)s withdrawn"),
}
_IN_MEMORY: Final = 8 * 2**20


@blueprint.get("")
@policy("portal.read")
def index() -> ResponseReturnValue:
    """Show all invoices of the company, the newest first."""
    shown = own()
    documents = queries.list_documents(shown.session, shown.company.id)
    return page(
        "portal/invoices/index.html",
        shown,
        documents=[(document, document.state(today())) for document in documents],
        expected=list_expected(shown.session, shown.company.id, today=today()),
        open_cents=sum(document.open_cents for document in documents),
        has_pdfs=any(document.has_pdf for document in documents),
    )


@blueprint.get("/account")
@policy("portal.read")
def account() -> ResponseReturnValue:
    """Show every invoice and payment of the company with what was open after it."""
    shown = own()
    lines = running(queries.list_movements(shown.session, shown.company.id))
    return page(
        "portal/invoices/account.html",
        shown,
        lines=[(line, _movement_words(line.movement)) for line in reversed(lines)],
        balance_cents=lines[-1].balance_cents if lines else 0,
        today=today(),
    )


@blueprint.get("/account.pdf")
@policy("portal.read")
@few_at_once
def statement() -> ResponseReturnValue:
    """Hand out the running account as a paper."""
    shown = own()
    number = shown.company.number
    content = account_papers.account_statement(
        shown.session, number, since=None, until=today(), today=today()
    )
    return pdf(content, name=f"{_('Account statement')}_{number}_{today().isoformat()}.pdf")


@blueprint.get("/all.zip")
@policy("portal.read")
@few_at_once
def documents() -> ResponseReturnValue:
    """Hand out all invoices of the company as one file."""
    shown = own()
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it when it is sent
    if not write_archive(shown.session, list_invoice_ids(shown.session, shown.company.id), file):
        abort(404)
    return archive(file, name=f"{shown.company.number}_{today().isoformat()}.zip")


@blueprint.get("/<number>/receipt")
@policy("portal.read")
@few_at_once
def receipt(number: str) -> ResponseReturnValue:
    """Hand out the confirmation of what was paid for a document of any company the person acts for."""
    shown = own()
    try:
        found = queries.require_own_item(shown.session, number, [each.id for each in shown.companies])
        content = payment_confirmation(shown.session, found, today=today())
    except NotFound:
        refuse()
    return pdf(content, name=f"{found}_{_('receipt')}.pdf")


@blueprint.get("/<number>/pdf")
@policy("portal.read")
@few_at_once
def show_pdf(number: str) -> ResponseReturnValue:
    """Send the PDF of an invoice of any company the person acts for."""
    shown = own()
    found = _own_number(shown, number)
    return pdf(stored_pdf(shown.session, found), name=f"{found}.pdf")


@blueprint.get("/<number>/xml")
@policy("portal.read")
@few_at_once
def show_xml(number: str) -> ResponseReturnValue:
    """Send the e-invoice of an invoice of any company the person acts for, as XML."""
    shown = own()
    found = _own_number(shown, number)
    return xml(stored_xml(shown.session, found), name=f"{found}.xml")


def _own_number(shown: Own, number: str) -> str:
    try:
        return queries.require_own_invoice(shown.session, number, [each.id for each in shown.companies])
    except NotFound:
        refuse()


def _movement_words(movement: Movement) -> str:
    known = _TAKEN_BACK if movement.takes_back else _WORDS
    message = known.get(movement.kind)
    if message is None:
        return _("Booking")
    return words().text(message, number=movement.document)
