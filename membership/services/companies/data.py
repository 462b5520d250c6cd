"""A company changes its own data; a new name waits until the association has approved it.

Source: `ux.md` 7 "Company data", 14 "data change confirmed (also to the old address)"; MEM-12, MEM-15.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from membership.domain.companies import (
    SECTION_FIELDS,
    SECTION_WORDS,
    CollectedByMandate,
    MandateNeeded,
    RequestKind,
    Section,
)
from membership.domain.member_fields import checked_fields
from membership.domain.phrases import phrase
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.members import Member, PaymentMethod
from membership.persistence.queries.settings import get_settings
from membership.services.companies import requests
from membership.services.companies.telling import tell_change
from membership.services.direct_debits import find_active
from membership.services.members.records import apply_changes, note_change, running_member

_EDITS = "portal.edit"


def change_own_data(
    session: Session,
    number: str,
    section: Section,
    changes: Mapping[str, object],
    *,
    version: int | None = None,
) -> dict[str, bool]:
    """Change fields of one section of a company's data; return whether anything is saved, and whether a name waits.

    The association hears of it, the company's own people too, and so do an old and a new address for invoices.
    Raises `MemberChanged`, `FieldWrong`; a field of another section is not taken at all. Of the way of payment only a
    mandate makes a direct debit and ends one: `MandateNeeded`, `CollectedByMandate`.
    """
    member = running_member(session, number, own=_EDITS)
    wanted = {name: value for name, value in changes.items() if name in SECTION_FIELDS[section]}
    chooses_payment = "payment_method" in wanted
    if chooses_payment:
        _require_free_choice(session, member, wanted["payment_method"])
    new_name = _new_name(member, wanted.pop("name", None))
    old_address = member.invoice_email
    changed = apply_changes(session, member, wanted, version=version)
    if chooses_payment and member.payment_chosen_on is None:
        member.payment_chosen_on = actor_of(session).at.date()
        values: dict[str, chain.Change] = {"payment_chosen_on": (None, member.payment_chosen_on.isoformat())}
        note_change(session, member, "member.change", values)
        changed = [*changed, "payment_chosen_on"]
    if changed:
        addresses = {old_address, member.invoice_email} if old_address != member.invoice_email else set()
        tell_change(session, member, phrase(SECTION_WORDS[section]), addresses=addresses)
    if new_name:
        _ask_name(session, member, new_name)
    return {"is_saved": bool(changed), "waits": bool(new_name)}


def _require_free_choice(session: Session, member: Member, method: object) -> None:
    if method == PaymentMethod.DIRECT_DEBIT:
        raise MandateNeeded
    is_collecting = bool(get_settings(session).text("bank.creditor_id"))
    if is_collecting and find_active(session, member.id, today=actor_of(session).at.date()) is not None:
        raise CollectedByMandate


def _new_name(member: Member, value: object) -> str:
    """Return the name that is asked for, empty when it is the present one."""
    if value is None:
        return ""
    name = str(checked_fields({"name": value})["name"])
    return "" if name == member.name else name


def _ask_name(session: Session, member: Member, new: str) -> None:
    who = actor_of(session).name
    news = phrase(
        "%(name)s asks for a new name of %(company)s (%(number)s): %(new)s. Please approve or decline it.",
        name=who, company=member.name, number=member.number, new=new,
    )  # fmt: skip
    requests.ask(session, member, RequestKind.NAME, {"old": member.name, "new": new}, news=news)
    chain.note(
        session, "company.ask_name", "member", member.number, member_id=member.id,
        values={"name": (member.name, new)},
    )  # fmt: skip
