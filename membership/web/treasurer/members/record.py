"""The record of one member: who it is, what it owes and why, its account, and what happened.

Each card leads to the page that changes what it shows. Source: `ux.md` 6.3 "Record".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.dues.facts import Origin
from membership.domain.dues.schedule.bases import default_basis
from membership.domain.dues.words import class_words
from membership.domain.member_fields import (
    FORMAT_WORDS,
    FUNCTION_WORDS,
    ORDER_WORDS,
    PAYMENT_WORDS,
    WAY_WORDS,
)
from membership.domain.member_lists import Function
from membership.domain.member_words import CAUSE_WORDS, LANGUAGE_WORDS, ORIGIN_WORDS, SUCCESSION_WORDS
from membership.persistence.db import Session
from membership.persistence.queries import invoicing as invoice_queries
from membership.persistence.queries.applications import list_of_member as list_applications_of
from membership.persistence.queries.declarations import list_of_member
from membership.persistence.queries.members import (
    MemberRecord,
    list_account_lines,
    list_followers,
    list_history,
    list_merged,
)
from membership.persistence.queries.order_numbers import list_order_numbers
from membership.persistence.queries.returned import list_returned
from membership.services.dues import known_sizes
from membership.web import sessions
from membership.web.access import policy, read
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.links import invoice_address
from membership.web.treasurer.declarations.shown import declared_words
from membership.web.treasurer.members.account import shown_line
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.decisions import agreed_words, decision_words
from membership.web.treasurer.members.history import event_of
from membership.web.treasurer.members.top import top_of
from membership.web.treasurer.members.words import size_name

_EVENTS: Final = 8
_LINES: Final = 12


@blueprint.get("/<member:number>")
@policy("member.read")
def show(number: str) -> ResponseReturnValue:
    """Show one member."""
    session = read()
    top = top_of(session, number, "show")
    record, year = top["record"], top["dues_year"]
    member = record.member
    _before, account = list_account_lines(session, member.id)
    return render_template(
        "treasurer/members/show.html",
        lines=[shown_line(line) for line in reversed(account[-_LINES:])],
        is_whole=len(account) <= _LINES,
        invoices=_invoices(session, member.id),
        sizes=_sizes(session, record, year),
        agreed=[(row.id, agreed_words(row), row.reason, _is_open(row)) for row in record.agreed],
        decisions=[(row, decision_words(row), _is_open(row)) for row in record.overrides],
        organ_names={"board": _("board"), "MV": _("members' assembly")},
        followers=list_followers(session, member.id),
        applications=list_applications_of(session, member.id),
        merged=list_merged(session, member.id),
        succession_words=SUCCESSION_WORDS,
        payment_method=_(PAYMENT_WORDS.get(str(member.payment_method), str(member.payment_method))),
        language_name=_(LANGUAGE_WORDS.get(member.language, member.language)),
        invoice_format=_(FORMAT_WORDS.get(member.invoice_format, member.invoice_format)),
        invoice_way=_(WAY_WORDS.get(member.invoice_way, member.invoice_way)),
        order_wish=_(ORDER_WORDS.get(member.order_wish, member.order_wish)),
        orders=list_order_numbers(session, member.id),
        returned=list_returned(session, [member.id]).get(member.id, {}),
        cause=_cause(record),
        functions_of=_functions,
        declarations=_declarations(session, member.id),
        events=[event_of(line) for line in list_history(session, member.id, limit=_EVENTS)],
        today=today(),
        words_language=words().language,
        **top,
    )


@blueprint.get("/<member:number>/invoices")
@policy("invoice.read")
def invoices(number: str) -> ResponseReturnValue:
    """Show all invoices of a member, the newest first."""
    session = read()
    top = top_of(session, number, "invoices")
    return render_template(
        "treasurer/members/invoices.html", invoices=_invoices(session, top["member"].id), **top
    )


def _invoices(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Return the invoices of the member, the newest first."""
    return [
        {
            "number": view.invoice.number,
            "href": invoice_address(view.invoice.number),
            "pdf": url_for("treasurer.invoices.pdf", number=view.invoice.number),
            "year": str(view.invoice.dues_year),
            "issued_on": view.invoice.issued_on,
            "due_on": view.standing.due_on,
            "cents": view.invoice.gross_cents,
            "open_cents": view.standing.open_cents,
            "state": str(view.standing.state(today())),
        }
        for view in reversed(invoice_queries.list_invoices(session, member_id=member_id))
    ]


def _sizes(session: Session, record: MemberRecord, year: int) -> list[dict[str, Any]]:
    """Return every value with its name, day and origin, the newest first."""
    known = known_sizes(session, year)
    return [
        {
            "id": row.id,
            "name": size_name(known.get(row.basis, default_basis(row.basis))),
            "as_of": row.as_of,
            "value": _value(row),
            "origin": _origin(Origin(row.origin)),
            "note": row.note,
        }
        for row in record.values
    ]


def _origin(origin: Origin) -> str:
    """Return where a value comes from; what the member declared needs no word."""
    return "" if origin is Origin.DECLARED else _(ORIGIN_WORDS[origin])


def _value(row: Any) -> str:  # noqa: ANN401 - a row
    """Return a size as people read it; heads by class are named each."""
    if not row.classes:
        return words().value(row.value)
    return ", ".join(f"{words().value(class_words(code))}: {heads}" for code, heads in row.classes.items())


def _declarations(session: Session, member_id: int) -> list[tuple[str, str, str]]:
    """Return dues year, status and size of each declaration, the newest first."""
    if not sessions.holds("declaration.read"):
        return []
    return [
        (str(each.dues_year), str(view.state), declared_words(session, each.dues_year, view))
        for each, view in list_of_member(session, member_id)
    ]


def _is_open(row: Any) -> bool:  # noqa: ANN401 - a row of either table
    return row.to_year is None or row.to_year >= today().year


def _cause(record: MemberRecord) -> str:
    known: Mapping[str, str] = {str(cause): text for cause, text in CAUSE_WORDS.items()}
    return _(known.get(record.period.end_cause, "")) if record.period and record.period.end_cause else ""


def _functions(contact: Any) -> str:  # noqa: ANN401 - a row
    known = set(contact.functions or ())
    return ", ".join(_(FUNCTION_WORDS[function]) for function in Function if function in known)
