"""The record of one member: who it is, what it owes and why, its account, and what happened.

Each card leads to the page that changes what it shows. Source: `ux.md` 6.3 "Record".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.dues.facts import Origin
from membership.domain.dues.schedule.bases import default_basis
from membership.domain.dues.words import class_words
from membership.domain.member_fields import FORMAT_WORDS, FUNCTION_WORDS, ORDER_WORDS, PAYMENT_WORDS
from membership.domain.member_lists import Function
from membership.domain.member_words import CAUSE_WORDS, LANGUAGE_WORDS, ORIGIN_WORDS
from membership.domain.members import EndCause, MemberState
from membership.domain.users import initials_of
from membership.persistence.db import Session
from membership.persistence.queries import invoicing as invoice_queries
from membership.persistence.queries.members import (
    MemberRecord,
    count_history,
    find_record,
    list_account_lines,
    list_history,
)
from membership.persistence.queries.order_numbers import list_order_numbers
from membership.services.dues import known_sizes
from membership.services.members.effects import dues_of
from membership.web.access import policy, read
from membership.web.frame import dues_years, today
from membership.web.language import _, words
from membership.web.links import invoice_address
from membership.web.sessions import holds
from membership.web.treasurer.members.account import shown_line
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.calculation import Calculation, calculation_of
from membership.web.treasurer.members.decisions import agreed_words, decision_words
from membership.web.treasurer.members.history import event_of
from membership.web.treasurer.members.words import size_name

_EVENTS: Final = 8
_LINES: Final = 12
_JOINING: Final = frozenset({MemberState.PROSPECT, MemberState.APPLIED})
_CAN_LEAVE: Final = frozenset(
    {
        MemberState.ACCEPTED,
        MemberState.ACTIVE,
        MemberState.SUSPENDED,
        MemberState.NOTICE_GIVEN,
        MemberState.EXCLUSION_PENDING,
    }
)
_CAN_REST: Final = frozenset({MemberState.ACTIVE, MemberState.NOTICE_GIVEN})


@blueprint.get("/<member:number>")
@policy("member.read")
def show(number: str) -> ResponseReturnValue:
    """Show one member."""
    session = read()
    frame = dues_years(session)
    record = find_record(session, number, today=today(), year=frame["dues_year"])
    member = record.member
    _before, account = list_account_lines(session, member.id)
    lines = [shown_line(line) for line in reversed(account)]
    is_whole = "account" in request.args or len(lines) <= _LINES
    category = record.category_on(today())
    return render_template(
        "treasurer/members/show.html",
        record=record,
        member=member,
        mark=initials_of(member.name),
        category=category.name(words().language) if category else None,
        dues=_dues(session, record, frame["dues_year"]),
        lines=lines if is_whole else lines[:_LINES],
        is_whole=is_whole,
        invoices=_invoices(session, member.id),
        sizes=_sizes(session, record, frame["dues_year"]),
        agreed=[(row.id, agreed_words(row), row.reason, _is_open(row)) for row in record.agreed],
        decisions=[(row, decision_words(row), _is_open(row)) for row in record.overrides],
        organ_names={"board": _("board"), "MV": _("members' assembly")},
        steps=_steps(record),
        payment_method=_(PAYMENT_WORDS.get(str(member.payment_method), str(member.payment_method))),
        language_name=_(LANGUAGE_WORDS.get(member.language, member.language)),
        invoice_format=_(FORMAT_WORDS.get(member.invoice_format, member.invoice_format)),
        order_wish=_(ORDER_WORDS.get(member.order_wish, member.order_wish)),
        orders=list_order_numbers(session, member.id),
        cause=_cause(record),
        functions_of=_functions,
        events=[event_of(line) for line in list_history(session, member.id, limit=_EVENTS)],
        has_more_events=count_history(session, member.id) > _EVENTS,
        today=today(),
        words_language=words().language,
        **frame,
    )


def _dues(session: Session, record: MemberRecord, year: int) -> Calculation | None:
    result = dues_of(session, record.member.number, year=year)
    return calculation_of(result) if result else None


def _invoices(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Return the invoices of the member, the newest first."""
    return [
        {
            "number": view.invoice.number,
            "href": invoice_address(view.invoice.number),
            "issued_on": view.invoice.issued_on,
            "cents": view.invoice.gross_cents,
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


def _is_open(row: Any) -> bool:  # noqa: ANN401 - a row of either table
    return row.to_year is None or row.to_year >= today().year


def _cause(record: MemberRecord) -> str:
    known: Mapping[str, str] = {str(cause): text for cause, text in CAUSE_WORDS.items()}
    return _(known.get(record.period.end_cause, "")) if record.period and record.period.end_cause else ""


def _functions(contact: Any) -> str:  # noqa: ANN401 - a row
    known = set(contact.functions or ())
    return ", ".join(_(FUNCTION_WORDS[function]) for function in Function if function in known)


def _steps(record: MemberRecord) -> list[dict[str, str]]:
    """Return the steps that the membership can take now, for those who may take them."""
    if not holds("member.write"):
        return []
    number, state = record.member.number, record.state
    found = []
    if state in _JOINING:
        found.append(("tick", _("Admit member"), "accept"))
    if state in _CAN_LEAVE:
        is_changed = record.period is not None and record.period.end_cause == EndCause.NOTICE
        found.append(("clock", _("Change notice") if is_changed else _("Record notice"), "notice"))
        found.append(("crossed-circle", _("End membership"), "end"))
    if state in _CAN_REST:
        found.append(("pause", _("Suspend membership"), "suspend"))
    return [
        {"icon": icon, "label": label, "href": url_for(f".{step}", number=number)}
        for icon, label, step in found
    ]
