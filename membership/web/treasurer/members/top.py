"""The head of a member's record and its tabs, the same on each of its pages.

Source: `ux.md` 6.3 "Record".
"""

from __future__ import annotations

from typing import Any, Final

from flask import url_for

from membership.domain.errors import N_
from membership.domain.members import EndCause, MemberState
from membership.domain.users import initials_of
from membership.persistence.db import Session
from membership.persistence.queries.members import MemberRecord, count_history, find_insolvency, find_record
from membership.services.members.effects import dues_of
from membership.web.frame import dues_years, today
from membership.web.language import _, words
from membership.web.sessions import holds
from membership.web.treasurer.members.calculation import Calculation, calculation_of

_JOINING: Final = frozenset({MemberState.PROSPECT, MemberState.APPLIED})
_CAN_RETURN: Final = frozenset({MemberState.ENDED, MemberState.SUCCEEDED})
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
_TABS: Final = (
    ("show", N_("Overview")),
    ("account", N_("Account")),
    ("invoices", N_("Invoices")),
    ("documents", N_("Documents and files")),
    ("history", N_("History")),
)


def top_of(session: Session, number: str, tab: str) -> dict[str, Any]:
    """Return what the head of a record shows; `tab` is the name of its page."""
    frame = dues_years(session)
    record = find_record(session, number, today=today(), year=frame["dues_year"])
    insolvency = find_insolvency(session, record.member.id)
    category = record.category_on(today())
    return {
        "record": record,
        "member": record.member,
        "mark": initials_of(record.member.name),
        "category": category.name(words().language) if category else None,
        "dues": _dues(session, record, frame["dues_year"]),
        "insolvency": insolvency,
        "steps": _steps(record, is_insolvent=insolvency is not None),
        "tabs": _tabs(
            record, tab, {"invoices": record.invoices, "history": count_history(session, record.member.id)}
        ),
        **frame,
    }


def _tabs(record: MemberRecord, tab: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": _(label),
            "href": url_for(f".{name}", number=record.member.number),
            "is_current": name == tab,
            "count": counts.get(name),
        }
        for name, label in _TABS
        if name != "invoices" or holds("invoice.read")
    ]


def _dues(session: Session, record: MemberRecord, year: int) -> Calculation | None:
    result = dues_of(session, record.member.number, year=year)
    return calculation_of(result) if result else None


def _steps(record: MemberRecord, *, is_insolvent: bool) -> list[dict[str, str]]:
    """Return the steps that the membership can take now, for those who may take them."""
    if not holds("member.write"):
        return []
    number, state = record.member.number, record.state
    found = []
    if state in _JOINING:
        found.append(("tick", _("Admit member"), "accept"))
        found.append(("crossed-circle", _("Turn application down"), "reject"))
    if state in _CAN_RETURN:
        found.append(("tick", _("Admit again"), "accept"))
    if state in _CAN_LEAVE:
        is_changed = record.period is not None and record.period.end_cause == EndCause.NOTICE
        found.append(("clock", _("Change notice") if is_changed else _("Record notice"), "notice"))
        found.append(("crossed-circle", _("End membership"), "end"))
    if state in _CAN_REST:
        found.append(("pause", _("Suspend membership"), "suspend"))
    if state in _CAN_REST or state is MemberState.SUSPENDED:
        found.append(("triangle", _("Record exclusion proceedings"), "exclusion"))
    if state in _CAN_LEAVE | _CAN_RETURN and not is_insolvent:
        found.append(("triangle", _("Record insolvency"), "insolvency"))
    if state is not MemberState.MERGED:
        found.append(("copy", _("Merge duplicate"), "merge"))
    return [
        {"icon": icon, "label": label, "href": url_for(f".{step}", number=number)}
        for icon, label, step in found
    ]
