"""The record of one member: who it is, what it owes, its account and what happened. Source: `ux.md` 6.3."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from membership.domain.member_fields import PAYMENT_WORDS
from membership.domain.member_lists import BASES, LABELS
from membership.persistence.queries import invoicing as invoice_queries
from membership.persistence.queries.members import find_record, list_account_lines, list_history
from membership.web.access import policy, read
from membership.web.frame import dues_years, today
from membership.web.language import words
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.history import event_of

_EVENTS = 8


@blueprint.get("/<number>")
@policy("member.read")
def show(number: str) -> ResponseReturnValue:
    """Show one member."""
    session = read()
    frame = dues_years(session)
    record = find_record(session, number, today=today(), year=frame["dues_year"])
    _before, account = list_account_lines(session, record.member.id)
    return render_template(
        "treasurer/members/show.html",
        record=record,
        category=record.category_on(today()),
        invoices=invoice_queries.list_invoices(session, member_id=record.member.id)[::-1],
        account=account[::-1],
        events=[event_of(line) for line in list_history(session, record.member.id, limit=_EVENTS)],
        payment_words=PAYMENT_WORDS,
        size_names={str(basis): words().value(LABELS[basis]) for basis in BASES},
        **frame,
    )
