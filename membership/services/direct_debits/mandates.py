"""Mandates are taken down, signed, amended, blocked and revoked; each step under the lock of the member's row.

A reference is given under a guard, so that two people cannot give the same one. It is taken after the member's row, and
who holds it waits for no other member: nobody waits in a circle.

Source: SEPA-3 to SEPA-5; INV-22, SEC-77; `reliability.md` 5.1 (member row before the chain), 46.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.direct_debits.mandates import (
    ENDED,
    STATE_WORDS,
    MandateEnded,
    MandateState,
    Recurrence,
    ReferenceTaken,
    Scheme,
    SignedInFuture,
    StepKind,
    Terms,
    TermsUnchanged,
    check_reference,
    check_terms,
    next_reference,
    split_street,
)
from membership.domain.errors import N_, AlreadyDone, InputError
from membership.domain.member_lists.codes import read_iban
from membership.domain.member_lists.values import Unreadable
from membership.domain.members import hidden_iban
from membership.domain.phrases import Phrase
from membership.domain.policy import require
from membership.gateways.bank_directory import find_bank
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, guard, locked
from membership.persistence.models.direct_debits import Mandate, MandateStep
from membership.persistence.models.members import Member, PaymentMethod
from membership.persistence.queries.direct_debits import collections as collection_queries
from membership.persistence.queries.direct_debits import mandates as queries
from membership.persistence.queries.direct_debits.mandates import MandateView
from membership.persistence.queries.members.rows import get_member
from membership.persistence.queries.settings import get_settings
from membership.services.members.records import iban_of, touch

GUARD: Final = "mandate_references"
WRITE: Final = "mandate.write"


class IbanUnreadable(InputError):
    """What was typed is no IBAN; says what is wrong with it."""

    message = N_("%(why)s")
    code = "iban"


class IbanMissing(InputError):
    """Neither was an account typed, nor is one known of the member."""

    message = N_("Please enter the IBAN of the account; none is known of %(member)s.")
    code = "iban_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A mandate as somebody enters it.

    Args:
        reference: empty for the next one of the member.
        scheme: None for that of the settings.
        name: of the account holder; empty for the one known of the member, else its name.
        iban: empty for the account that is known of the member.
        bic: empty for the one that the directory knows.
        signed_on: None while the signed form is awaited.
        origin: `paper`, or `online` for a consent in the portal.
    """

    reference: str = ""
    scheme: Scheme | None = None
    recurrence: Recurrence = Recurrence.RECURRENT
    name: str = ""
    iban: str = ""
    bic: str = ""
    signed_on: date | None = None
    place: str = ""
    signatory: str = ""
    origin: str = "paper"


def add_mandate(session: Session, member_number: str, draft: Draft, *, today: date) -> str:
    """Take a mandate down and return its reference; a signed one makes the member pay by direct debit.

    Raises `ReferenceWrong`, `ReferenceTaken`, `IbanUnreadable`, `IbanMissing`, `SignedInFuture`, and what `check_terms`
    refuses.
    """
    require(actor_of(session), WRITE)
    return take_down(session, get_member(session, member_number, lock=True), draft, today=today)


def take_down(session: Session, member: Member, draft: Draft, *, today: date) -> str:
    """Take a mandate down like `add_mandate`, for whoever may do so; the member is locked."""
    session.refresh(member)
    terms = _terms(session, member, draft)
    guard(session, GUARD)
    taken = queries.list_references(session)
    reference = draft.reference.strip() or next_reference(member.number, taken)
    check_reference(reference)
    if reference in taken:
        raise ReferenceTaken(reference=reference)
    _require_past(draft.signed_on, today)
    settings = get_settings(session)
    uid = secrets.token_hex(16)
    actor = actor_of(session)
    chain.append(
        session,
        Mandate,
        uid=uid,
        member_id=member.id,
        reference=reference,
        scheme=draft.scheme or Scheme(settings.text("sepa.scheme").upper()),
        recurrence=draft.recurrence,
        creditor_id=settings.text("bank.creditor_id"),
        signed_on=draft.signed_on,
        place=draft.place.strip(),
        signatory=draft.signatory.strip(),
        origin=draft.origin,
        actor_key=actor.key,
        actor_name=actor.name,
        at=actor.at,
        **_kept(session, terms, table=Mandate.__tablename__, uid=uid),
    )
    values: dict[str, chain.Change] = {"iban": (None, hidden_iban(terms.iban)), "name": (None, terms.name)}
    chain.note(session, "mandate.add", "mandate", reference, member_id=member.id, values=values)
    if draft.signed_on is not None:
        _pay_by(session, member, PaymentMethod.DIRECT_DEBIT)
    return reference


def find_same(session: Session, member_number: str, draft: Draft) -> str | None:
    """Return the reference of a mandate of the member that says the same, as far as the draft says anything."""
    member = get_member(session, member_number)
    iban = _packed(draft.iban) if draft.iban.strip() else iban_of(session, member)
    key = crypto.search_key(session, iban)
    for view in queries.list_mandates(session, member_ids=[member.id]):
        is_named = draft.reference.strip() in {"", view.reference}
        if is_named and view.terms.iban_key == key and view.signed_on == draft.signed_on:
            return view.reference
    return None


def sign_mandate(
    session: Session, reference: str, *, signed_on: date, today: date, place: str = "", signatory: str = ""
) -> None:
    """Note that a requested mandate came back signed; the member pays by direct debit from now on."""
    require(actor_of(session), WRITE)
    view = locked_view(session, reference)
    if view.state_on(today) is not MandateState.REQUESTED:
        raise AlreadyDone
    _require_past(signed_on, today)
    add_step(session, view, StepKind.SIGNED, on=signed_on, place=place.strip(), signatory=signatory.strip())
    _pay_by(session, session.get_one(Member, view.row.member_id), PaymentMethod.DIRECT_DEBIT)


def amend_mandate(session: Session, reference: str, draft: Draft, *, today: date) -> None:
    """Give a mandate another account, holder or reference; the next collection tells the debtor's bank (SEPA-5).

    Only reference, name, iban and bic of the draft count; without a reference or an IBAN those of the mandate stay. A
    reference that it had before it may have again.
    Raises `MandateEnded`, `TermsUnchanged` when nothing would change, and what `add_mandate` refuses.
    """
    require(actor_of(session), WRITE)
    view = locked_view(session, reference)
    _require_lasting(view, today)
    member = session.get_one(Member, view.row.member_id)
    before = view.terms
    if not draft.iban.strip():
        draft = replace(draft, iban=_account_of(session, view), bic=draft.bic or before.bic)
    terms = _terms(session, member, draft)
    reference = draft.reference.strip() if draft.reference.strip() != view.reference else ""
    is_same = before.iban_key == crypto.search_key(session, terms.iban) and before.name == terms.name
    if is_same and not reference:
        raise TermsUnchanged(reference=view.reference)
    if reference:
        check_reference(reference)
        guard(session, GUARD)
        if reference in queries.list_references(session, but=view.row.id):
            raise ReferenceTaken(reference=reference)
    add_step(session, view, StepKind.AMENDED, on=today, terms=terms, reference=reference)


def _account_of(session: Session, view: MandateView) -> str:
    account = queries.sealed_accounts(session, [view])[view.row.id]
    return crypto.unseal(session, account.sealed, table=account.table, column="iban_sealed", uid=account.uid)


def block_mandate(session: Session, reference: str, *, on: date, reason: str) -> None:
    """Collect nothing by a mandate until something is clear; raise `MandateEnded` when it has ended."""
    require(actor_of(session), WRITE)
    view = locked_view(session, reference)
    _require_lasting(view, on)
    if view.state_on(on) is not MandateState.BLOCKED:
        add_step(session, view, StepKind.BLOCKED, on=on, reason=reason)


def reinstate_mandate(session: Session, reference: str, *, on: date, reason: str) -> None:
    """Take a block back: it is clear what a return was about. Raises `MandateEnded` unless the mandate is blocked."""
    require(actor_of(session), WRITE)
    view = locked_view(session, reference)
    if view.state_on(on) is not MandateState.BLOCKED:
        raise MandateEnded(reference=view.reference, state=Phrase(STATE_WORDS[view.state_on(on)]))
    add_step(session, view, StepKind.REINSTATED, on=on, reason=reason)


def revoke_mandate(session: Session, reference: str, *, on: date, reason: str = "") -> list[str]:
    """End a mandate for good and return the collections under way that hold a debit by it (FI-26).

    Such a file stays as it is and shows it. Raises `AlreadyDone` for a mandate that is revoked.
    """
    require(actor_of(session), WRITE)
    view = locked_view(session, reference)
    if view.state_on(on) is MandateState.REVOKED:
        raise AlreadyDone
    return end_mandate(session, view, on=on, reason=reason)


def end_mandate(session: Session, view: MandateView, *, on: date, reason: str) -> list[str]:
    """End a mandate like `revoke_mandate`, for whoever may do so; the member is locked.

    Without another active mandate the member pays by transfer from now on.
    """
    add_step(session, view, StepKind.REVOKED, on=on, reason=reason)
    others = queries.list_mandates(session, member_ids=[view.row.member_id])
    if not any(one.row.id != view.row.id and one.state_on(on) is MandateState.ACTIVE for one in others):
        _pay_by(session, session.get_one(Member, view.row.member_id), PaymentMethod.TRANSFER)
    return collection_queries.list_under_way(session, view.row.id)


def locked_view(session: Session, reference: str) -> MandateView:
    """Return a mandate as it is under the lock of its member's row."""
    locked(session, Member, queries.get_mandate(session, reference).row.member_id)
    return queries.get_mandate(session, reference)


def add_step(
    session: Session,
    view: MandateView,
    kind: StepKind,
    *,
    on: date,
    reason: str = "",
    place: str = "",
    signatory: str = "",
    terms: Terms | None = None,
    reference: str = "",
) -> int:
    """Append a step of a mandate and its record in the log; the member is locked already."""
    uid, actor = secrets.token_hex(16), actor_of(session)
    kept = _NO_TERMS if terms is None else _kept(session, terms, table=MandateStep.__tablename__, uid=uid)
    step_id = chain.append(
        session, MandateStep, uid=uid, mandate_id=view.row.id, member_id=view.row.member_id, kind=kind, done_on=on,
        reason=reason, place=place, signatory=signatory, reference=reference,
        actor_key=actor.key, actor_name=actor.name, at=actor.at, **kept,
    )  # fmt: skip
    values: dict[str, chain.Change] = {"reason": (None, reason)} if reason else {}
    if terms is not None:
        values["iban"] = (view.terms.iban_shown, hidden_iban(terms.iban))
        values["name"] = (view.terms.name, terms.name)
    if reference:
        values["reference"] = (view.reference, reference)
    chain.note(
        session, f"mandate.{kind}", "mandate", view.reference, member_id=view.row.member_id,
        facts={"on": on}, values=values,
    )  # fmt: skip
    return step_id


_NO_TERMS: dict[str, object] = {
    "name": "", "street": "", "building": "", "postcode": "", "city": "", "country": "", "iban_sealed": None,
    "iban_key": None, "iban_shown": "", "bic": "",
}  # fmt: skip


def _kept(session: Session, terms: Terms, *, table: str, uid: str) -> dict[str, object]:
    return {
        "name": terms.name,
        "street": terms.street,
        "building": terms.building,
        "postcode": terms.postcode,
        "city": terms.city,
        "country": terms.country,
        "iban_sealed": crypto.seal(session, terms.iban, table=table, column="iban_sealed", uid=uid),
        "iban_key": crypto.search_key(session, terms.iban),
        "iban_shown": hidden_iban(terms.iban),
        "bic": terms.bic,
    }


def _terms(session: Session, member: Member, draft: Draft) -> Terms:
    """Return the terms of a draft, filled in from what is known of the member and the bank."""
    iban = _packed(draft.iban) if draft.iban.strip() else iban_of(session, member)
    if not iban:
        raise IbanMissing(member=member.number)
    bank = find_bank(iban)
    street, building = split_street(member.street)
    terms = Terms(
        name=draft.name.strip() or member.iban_holder or member.name,
        iban=iban,
        bic=draft.bic.replace(" ", "").upper() or (bank.bic if bank else ""),
        street=street,
        building=building,
        postcode=member.postcode,
        city=member.city,
        country=member.country,
    )
    check_terms(terms)
    return terms


def check_account(iban: str, *, name: str, place: Mapping[str, str]) -> None:
    """Raise what `add_mandate` would refuse of an account whose holder is no member yet.

    Args:
        iban: a checked one.
        name: of the holder.
        place: street, postcode, city and country of the company.
    """
    bank = find_bank(iban)
    check_terms(
        Terms(
            name=name,
            iban=iban,
            bic=bank.bic if bank else "",
            street=place["street"],
            postcode=place["postcode"],
            city=place["city"],
            country=place["country"],
        )
    )


def _packed(iban: str) -> str:
    try:
        return read_iban(iban).value
    except Unreadable as error:
        raise IbanUnreadable(why=error.problem) from error


def _pay_by(session: Session, member: Member, method: PaymentMethod) -> None:
    """Let the next invoices of a member announce a debit, or ask for a transfer."""
    if member.payment_method is method:
        return
    before, member.payment_method, member.payment_chosen_on = member.payment_method, method, None
    touch(session, member)
    values: dict[str, chain.Change] = {"payment_method": (str(before), str(member.payment_method))}
    chain.note(session, "member.change", "member", member.number, member_id=member.id, values=values)


def _require_past(signed_on: date | None, today: date) -> None:
    if signed_on is not None and signed_on > today:
        raise SignedInFuture(day=signed_on)


def _require_lasting(view: MandateView, day: date) -> None:
    state = view.state_on(day)
    if state in ENDED:
        raise MandateEnded(reference=view.reference, state=Phrase(STATE_WORDS[state]))
