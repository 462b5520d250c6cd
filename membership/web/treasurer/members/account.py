"""The running account of a member: each entry in words with where it leads, a range of days, and its papers.

Source: `ux.md` 6.3 "Beitragskonto".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.ledger import EntryKind
from membership.domain.member_account import entry_words
from membership.domain.payments import METHOD_WORDS
from membership.persistence.queries.members import AccountLine, get_member, list_account_lines
from membership.services.members import account_papers
from membership.web.access import policy, read
from membership.web.downloads import pdf
from membership.web.forms.membership import RangeForm
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, words
from membership.web.links import invoice_address
from membership.web.sessions import holds
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.top import top_of

_OF_INVOICES: Final = {EntryKind.INVOICE, EntryKind.CREDIT_NOTE, EntryKind.WAIVER, EntryKind.WRITE_OFF}


@dataclass(frozen=True, slots=True)
class ShownLine:
    """An entry as the page draws it."""

    day: date
    text: str
    note: str
    href: str | None
    debit_cents: int | None
    credit_cents: int | None
    balance_cents: int


def shown_line(line: AccountLine) -> ShownLine:
    """Return an entry in words."""
    return ShownLine(
        day=line.day,
        text=_(entry_words(line.kind, line.reversed_kind)),
        note=", ".join(part for part in (_method(line), *line.documents) if part),
        href=_address(line),
        debit_cents=line.debit_cents,
        credit_cents=line.credit_cents,
        balance_cents=line.balance_cents,
    )


def _method(line: AccountLine) -> str:
    known = next((name for method, name in METHOD_WORDS.items() if method == line.method), None)
    return words().text(known) if known else line.method or ""


def _address(line: AccountLine) -> str | None:
    if line.payment_id is not None:
        return (
            url_for("treasurer.payments.show", payment_id=line.payment_id) if holds("payment.read") else None
        )
    if line.kind in _OF_INVOICES and line.documents:
        return invoice_address(line.documents[0])
    return None


@blueprint.get("/<member:number>/account")
@policy("member.read")
def account(number: str) -> ResponseReturnValue:
    """Show the running account of a range of days, the oldest entry first."""
    session = read()
    top = top_of(session, number, "account")
    form, since, until = _asked()
    before, lines = list_account_lines(session, top["member"].id, since=since, until=until)
    closing = lines[-1].balance_cents if lines else before
    page = render_template(
        "treasurer/members/account.html",
        form=form,
        since=since,
        lines=[shown_line(line) for line in lines],
        before={"day": since or (lines[0].day if lines else until), "cents": before},
        closing={"day": until, "cents": closing},
        **top,
    )
    return page, 422 if form.errors else 200


@blueprint.get("/<member:number>/account/pdf")
@policy("member.read")
@few_at_once
def account_pdf(number: str) -> ResponseReturnValue:
    """Hand out the running account of the range as a letter."""
    session = read()
    _form, since, until = _asked()
    content = account_papers.account_statement(session, number, since=since, until=until, today=today())
    name = _("Account %(number)s.pdf", number=get_member(session, number).number)
    return pdf(content, name=name)


@blueprint.get("/<member:number>/account/confirmation")
@policy("member.read")
@few_at_once
def confirmation_pdf(number: str) -> ResponseReturnValue:
    """Hand out the letter that asks the member to confirm its balance at the end of the range."""
    session = read()
    _form, _since, until = _asked()
    content = account_papers.balance_confirmation(session, number, as_of=until, today=today())
    name = _("Balance %(number)s.pdf", number=get_member(session, number).number)
    return pdf(content, name=name)


def _asked() -> tuple[RangeForm, date | None, date]:
    """Return the form of the range and what it asks for: everything up to today where it cannot be read."""
    form = RangeForm(request.args)
    if not form.validate():
        return form, None, today()
    return form, form.since.day, form.until.day or today()
