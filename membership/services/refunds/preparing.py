"""A refund is prepared: the credit balance is taken for it at once, to an account that paid, or to a new one.

Where the settings ask for a second person it is submitted; an account that never paid has a setting of its own.
Source: PAY-4, MEM-18; SEC-74; INV-10; lock order `reliability.md` 5.1 (guard, member, chain).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from membership.domain.approvals import Action, Go, Proposal, Waiting
from membership.domain.direct_debits.mandates import Terms, check_terms, split_street
from membership.domain.direct_debits.places import is_in_sepa
from membership.domain.errors import N_, AlreadyDone
from membership.domain.member_lists.codes import read_iban
from membership.domain.member_lists.values import Unreadable
from membership.domain.members import hidden_iban
from membership.domain.money import Money
from membership.domain.payments import AmountNotPositive
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import require
from membership.domain.refunds import (
    STATE_WORDS,
    PayeeOutside,
    RefundAccountHidden,
    RefundAccountMissing,
    RefundState,
    RefundStateOther,
    RefundTooHigh,
    drawn_from,
    refund_entry,
)
from membership.gateways.bank_directory import find_bank
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, guard, insert_missing, locked
from membership.persistence.models.bank import BankLine
from membership.persistence.models.ledger import NumberSeries
from membership.persistence.models.members import Member
from membership.persistence.models.refunds import Refund, RefundStep
from membership.persistence.queries import payments as payment_queries
from membership.persistence.queries import refunds as queries
from membership.persistence.queries.bank_lines import get_line
from membership.persistence.queries.members.rows import get_member
from membership.persistence.queries.refunds import RefundView
from membership.persistence.queries.settings import get_settings
from membership.services import ledger, payments
from membership.services.approvals import require_second
from membership.services.bank_accounts import IbanUnreadable

WRITE: Final = "payment.record"
GUARD: Final = "refunds"
SERIES: Final = "ER"
_TABLE: Final = Refund.__tablename__


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """To whom a refund goes.

    Args:
        line_id: a bank entry by which the member paid: its account, and its money first.
        iban: an account as it was typed, instead of an entry.
        name: of the account holder; empty for that of the entry, else the member.
        bic: needed outside the EEA only.
        uid, sealed: the account of what waits for approval, encrypted; nobody types them.
    """

    line_id: int | None = None
    iban: str = ""
    name: str = ""
    bic: str = ""
    uid: str = ""
    sealed: str = ""


class _To(NamedTuple):
    """A payee that was checked: `is_new` when the account never paid for the member."""

    payee: Payee
    terms: Terms
    is_new: bool


def prepare_refund(
    session: Session, member_number: str, cents: int, *, payee: Payee, today: date, purpose: str = ""
) -> str | Waiting:
    """Take an amount out of the credit balance of a member to be paid back, and return the refund's number.

    Args:
        session: the session of the unit of work.
        member_number: whose credit balance it is.
        cents: the amount, more than 0 and not more than the credit balance (SEC-74).
        payee: to whom it goes.
        today: the day in the association's zone.
        purpose: what the payee reads beside the number.

    `Waiting` says that a second person was asked; nothing is booked then. Raises `RefundTooHigh`, `AmountNotPositive`,
    `RefundAccountMissing`, `RefundAccountHidden`, `IbanUnreadable`, and what `check_terms` refuses.
    """
    require(actor_of(session), WRITE)
    member = get_member(session, member_number, lock=True)
    if cents <= 0:
        raise AmountNotPositive
    free = payment_queries.list_free(session, member.id)
    credit = sum(each for _payment, each in free)
    if cents > credit:
        raise RefundTooHigh(member=member.name, credit=Money(credit))
    to = _checked(session, member, payee)
    go = require_second(session, _submitted(session, member, cents, to, purpose=purpose))
    if isinstance(go, Waiting):
        return go
    return _book(session, member, cents, to, free, go, purpose=purpose, today=today)


def _checked(session: Session, member: Member, payee: Payee) -> _To:
    known = queries.list_accounts(session, member.id)
    iban, name = _account(session, payee)
    if not is_in_sepa(iban):
        raise PayeeOutside(iban=hidden_iban(iban))
    key = crypto.search_key(session, iban)
    held = next((each for each in known if each.iban_key == key), None)
    bank = find_bank(iban)
    street, building = split_street(member.street)
    terms = Terms(
        name=payee.name.strip() or name or (held.holder if held else "") or member.name, iban=iban,
        bic=payee.bic.replace(" ", "").upper() or (bank.bic if bank else ""), street=street, building=building,
        postcode=member.postcode, city=member.city, country=member.country,
    )  # fmt: skip
    check_terms(terms)
    uid = payee.uid or secrets.token_hex(16)
    sealed = payee.sealed or crypto.seal(session, iban, table=_TABLE, column="iban_sealed", uid=uid).hex()
    kept = Payee(line_id=payee.line_id, name=terms.name, bic=terms.bic, uid=uid, sealed=sealed)
    return _To(kept, terms, is_new=held is None)


def _account(session: Session, payee: Payee) -> tuple[str, str]:
    """Return the IBAN in clear and the name that stands beside it."""
    if payee.sealed:
        sealed = bytes.fromhex(payee.sealed)
        return crypto.unseal(session, sealed, table=_TABLE, column="iban_sealed", uid=payee.uid), ""
    if payee.iban.strip():
        try:
            return read_iban(payee.iban).value, ""
        except Unreadable as error:
            raise IbanUnreadable(why=error.problem) from error
    if payee.line_id is None:
        raise RefundAccountMissing
    line = get_line(session, payee.line_id).line
    if line.iban_sealed is None:
        raise RefundAccountHidden
    iban = crypto.unseal(
        session, line.iban_sealed, table=BankLine.__tablename__, column="iban_sealed", uid=line.uid
    )
    return iban, line.name


def _submitted(session: Session, member: Member, cents: int, to: _To, *, purpose: str) -> Proposal:
    """Return what a second person is asked: exactly this amount, to this account."""
    asks_for_account = to.is_new and bool(get_settings(session).values["approval.payee"])
    shown_iban = hidden_iban(to.terms.iban)
    account = phrase("%(iban)s, never used before", iban=shown_iban) if to.is_new else shown_iban
    arguments: dict[str, Any] = {
        "member": member.number, "cents": cents, "purpose": purpose, "line_id": to.payee.line_id,
        "name": to.payee.name, "bic": to.payee.bic, "uid": to.payee.uid, "sealed": to.payee.sealed,
    }  # fmt: skip
    return Proposal(
        Action.PAYEE if asks_for_account else Action.REFUND,
        "prepare_refund",
        "refund",
        member.number,
        phrase("Refund %(amount)s to %(member)s", amount=Money(cents), member=member.name),
        arguments,
        shown=(
            (N_("Amount"), Money(cents)),
            (N_("Account holder"), to.terms.name),
            (N_("Bank account"), account),
        ),
        cents=cents,
        member_id=member.id,
    )


def _book(
    session: Session, member: Member, cents: int, to: _To, free: list[tuple[int, int]], go: Go, *, purpose: str,
    today: date,
) -> str:  # fmt: skip
    year, actor = today.year, actor_of(session)
    insert_missing(session, NumberSeries, {"series": SERIES, "year": year, "first": 1, "last": 0})
    running = ledger.next_number(session, SERIES, year)
    number = f"{SERIES}{year}-{running:04d}"
    item_id = ledger.open_item(
        session, member.id, reference=number, dues_year=year, dated_on=today, due_on=today, cents=cents
    )
    entry_id = ledger.book(
        session, refund_entry(cents, member_id=member.id, open_item_id=item_id, on=today, text=number)
    )
    source = [
        each.payment_id
        for each in queries.list_accounts(session, member.id)
        if each.line_id == to.payee.line_id
    ]
    for payment_id, share in drawn_from(cents, free, item_id=item_id, first=source):
        payment = payment_queries.get_payment(session, payment_id)
        payments.settle(session, payment, share, on=max(today, payment.received_on), text=number)
    terms = to.terms
    refund_id = chain.append(
        session, Refund, uid=to.payee.uid, number=number, year=year, running=running, member_id=member.id,
        open_item_id=item_id, entry_id=entry_id, cents=cents, purpose=purpose.strip(), name=terms.name,
        street=terms.street, building=terms.building, postcode=terms.postcode, city=terms.city, country=terms.country,
        iban_sealed=bytes.fromhex(to.payee.sealed), iban_key=crypto.search_key(session, terms.iban),
        iban_shown=hidden_iban(terms.iban), bic=terms.bic, line_id=to.payee.line_id, actor_key=actor.key,
        actor_name=actor.name, at=actor.at,
    )  # fmt: skip
    add_step(session, refund_id, RefundState.PREPARED, step=1, on=today)
    facts = {"cents": cents, "new_account": to.is_new, **go.facts}
    values: dict[str, chain.Change] = {"iban": (None, hidden_iban(terms.iban)), "name": (None, terms.name)}
    chain.note(session, "refund.prepare", "refund", number, member_id=member.id, facts=facts, values=values)
    return number


def withdraw_refund(session: Session, number: str, *, on: date, reason: str = "") -> str:
    """Give a prepared refund up: the amount is the member's credit balance again; return its number.

    Raises `AlreadyDone` when it was withdrawn, `RefundStateOther` when it stands in a file or the bank has paid it out.
    """
    require(actor_of(session), WRITE)
    view = locked_refund(session, number)
    if view.state is RefundState.WITHDRAWN:
        raise AlreadyDone
    if view.state is not RefundState.PREPARED:
        raise refused(view)
    locked(session, Member, view.row.member_id)
    for allocation in queries.standing_allocations(session, view.row.open_item_id):
        payments.take_back(
            session, allocation, reference=view.row.number, member_id=view.row.member_id, on=on
        )
    ledger.reverse(session, view.row.entry_id, on=on, text=reason or view.row.number)
    step_on(session, view, RefundState.WITHDRAWN, on=on, reason=reason)
    chain.note(
        session, "refund.withdraw", "refund", view.row.number, member_id=view.row.member_id,
        facts={"cents": view.row.cents}, values={"reason": (None, reason)} if reason else None,
    )  # fmt: skip
    return view.row.number


def locked_refund(session: Session, number: str) -> RefundView:
    """Return a refund as it is under the guard of all refunds."""
    guard(session, GUARD)
    return queries.get_refund(session, number)


def refused(view: RefundView) -> RefundStateOther:
    """Return the refusal of a step that does not fit the state."""
    return RefundStateOther(number=view.row.number, state=Phrase(STATE_WORDS[view.state]))


def step_on(
    session: Session, view: RefundView, kind: RefundState, *, on: date, file_id: int | None = None,
    entry_id: int | None = None, reason: str = "",
) -> None:  # fmt: skip
    """Append the next step of a refund."""
    add_step(
        session, view.row.id, kind, step=view.last.step + 1, on=on, file_id=file_id, entry_id=entry_id,
        reason=reason,
    )  # fmt: skip


def add_step(
    session: Session, refund_id: int, kind: RefundState, *, step: int, on: date, file_id: int | None = None,
    entry_id: int | None = None, reason: str = "",
) -> None:  # fmt: skip
    """Append a step of a refund; two at once cannot both be the next (unique)."""
    actor = actor_of(session)
    chain.append(
        session, RefundStep, refund_id=refund_id, step=step, kind=kind, file_id=file_id, entry_id=entry_id,
        done_on=on, reason=reason, actor_key=actor.key, actor_name=actor.name, at=actor.at,
    )  # fmt: skip
