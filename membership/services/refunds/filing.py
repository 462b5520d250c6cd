"""Prepared refunds become a file of credit transfers, which a person hands in at the bank, or withdraws.

Source: SEPA-17; INV-06, INV-14; `ux.md` 6.10 “Stand” for the same steps of a collection.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Final, cast

from sqlalchemy.orm import Session

from invoices.formats import Language
from membership.domain.bank_days import next_target_day
from membership.domain.direct_debits.mandates import Terms
from membership.domain.errors import N_, AlreadyDone
from membership.domain.policy import require
from membership.domain.refunds import (
    ExecutedTooEarly,
    NothingToRefund,
    RefunderIncomplete,
    RefundState,
    WithdrawalReasonMissing,
)
from membership.gateways.credit_transfers import Transfer, TransferFile, pain001
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, guard, insert_missing
from membership.persistence.models.ledger import NumberSeries
from membership.persistence.models.refunds import Refund, RefundFile
from membership.persistence.queries import refunds as queries
from membership.persistence.queries.refunds import Choice, FileView, RefundView
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import ledger
from membership.services.refunds.preparing import GUARD, WRITE, refused, step_on
from membership.wording import Wording

SERIES: Final = "UE"
_PREPARED: Final = frozenset({RefundState.PREPARED})
_NEEDED: Final[Mapping[str, str]] = {
    "bank.holder": N_("the account holder"),
    "bank.iban": N_("the IBAN"),
}


def create_file(
    session: Session, *, today: date, on: date | None = None, numbers: frozenset[str] | None = None
) -> str:
    """Put prepared refunds into one file for the bank and return its number.

    Args:
        session: the session of the unit of work.
        today: the day in the association's zone.
        on: the day on which the bank carries it out; None for the next bank day. A day that is none moves to the next.
        numbers: the refunds it holds; None means all that are prepared.

    Raises `NothingToRefund`, `ExecutedTooEarly`, `RefunderIncomplete`, and `TransferFileWrong`.
    """
    require(actor_of(session), WRITE)
    settings = get_settings(session)
    _require_account(settings)
    if on is not None and on < today:
        raise ExecutedTooEarly(day=on)
    guard(session, GUARD)
    chosen = [
        view
        for view in reversed(queries.list_refunds(session, Choice(states=_PREPARED)))
        if numbers is None or view.row.number in numbers
    ]
    if not chosen:
        raise NothingToRefund
    return _made(session, settings, chosen, on=next_target_day(on or today), today=today)


def _require_account(settings: AssociationSettings) -> None:
    missing = [words for key, words in _NEEDED.items() if not settings.text(key)]
    if missing:
        words = Wording(cast("Language", settings.text("association.language")))
        raise RefunderIncomplete(missing=", ".join(map(words.text, missing)))


def _made(
    session: Session, settings: AssociationSettings, chosen: Sequence[RefundView], *, on: date, today: date
) -> str:
    year, actor = today.year, actor_of(session)
    insert_missing(session, NumberSeries, {"series": SERIES, "year": year, "first": 1, "last": 0})
    running = ledger.next_number(session, SERIES, year)
    number = f"{SERIES}{year}-{running:04d}"
    cents = sum(view.row.cents for view in chosen)
    content = pain001(
        TransferFile(
            message_id=number, made_at=actor.at, execute_on=on, debtor_name=settings.text("bank.holder"),
            iban=settings.text("bank.iban"), bic=settings.text("bank.bic"), transfers=_transfers(session, chosen),
        )
    )  # fmt: skip
    uid = secrets.token_hex(16)
    sealed = crypto.seal_bytes(
        session, content, table=RefundFile.__tablename__, column="content_sealed", uid=uid
    )
    file_id = chain.append(
        session, RefundFile, uid=uid, number=number, year=year, running=running, execute_on=on,
        item_count=len(chosen), sum_cents=cents, debtor_name=settings.text("bank.holder"),
        debtor_iban=settings.text("bank.iban"), content_sealed=sealed, sha256=sha256(content).hexdigest(),
        actor_key=actor.key, actor_name=actor.name, made_at=actor.at,
    )  # fmt: skip
    for view in chosen:
        step_on(session, view, RefundState.FILED, on=today, file_id=file_id)
    facts = {"count": len(chosen), "cents": cents, "on": on}
    chain.note(session, "refund.file", "refund_file", number, facts=facts)
    return number


def _transfers(session: Session, chosen: Sequence[RefundView]) -> tuple[Transfer, ...]:
    accounts = queries.sealed_accounts(session, [view.row.id for view in chosen])
    found = []
    for view in chosen:
        row, account = view.row, accounts[view.row.id]
        iban = crypto.unseal(
            session, account.sealed, table=Refund.__tablename__, column="iban_sealed", uid=account.uid
        )
        terms = Terms(
            name=row.name, iban=iban, bic=row.bic, street=row.street, building=row.building, postcode=row.postcode,
            city=row.city, country=row.country,
        )  # fmt: skip
        remittance = " ".join(part for part in (row.purpose, row.number, view.member_number) if part)
        found.append(
            Transfer(end_to_end_id=row.number, cents=row.cents, creditor=terms, remittance=remittance)
        )
    return tuple(found)


def export_file(session: Session, number: str) -> bytes:
    """Return the bytes of a file, the same each time, and note who fetched it; a withdrawn one is not given out."""
    require(actor_of(session), WRITE)
    view = _locked(session, number)
    if view.state is RefundState.WITHDRAWN:
        raise NothingToRefund
    row = session.get_one(RefundFile, view.row.id, populate_existing=True)
    content = crypto.unseal_bytes(
        session, row.content_sealed, table=RefundFile.__tablename__, column="content_sealed", uid=row.uid
    )
    assert sha256(content).hexdigest() == row.sha256, row.number
    chain.note(session, "refund.export", "refund_file", row.number, facts={"sha256": row.sha256})
    return content


def mark_submitted(session: Session, number: str, *, on: date) -> str:
    """Note that a person handed a file in at the bank; return its number.

    Raises `AlreadyDone` when that is known, `NothingToRefund` for a file that was withdrawn.
    """
    require(actor_of(session), WRITE)
    view = _locked(session, number)
    if view.state is RefundState.WITHDRAWN:
        raise NothingToRefund
    waiting = [each for each in view.refunds if each.state is RefundState.FILED]
    if not waiting:
        raise AlreadyDone
    for each in waiting:
        step_on(session, each, RefundState.SUBMITTED, on=on, file_id=view.row.id)
    chain.note(session, "refund.submit", "refund_file", view.row.number, facts={"on": on})
    return view.row.number


def withdraw_file(session: Session, number: str, *, on: date, reason: str = "") -> str:
    """Take all refunds out of a file that the bank did not carry out: they are prepared again; return its number.

    Raises `AlreadyDone` when it was withdrawn, `RefundStateOther` when one of it was paid out, and
    `WithdrawalReasonMissing` for a file that was handed in, without a reason.
    """
    require(actor_of(session), WRITE)
    view = _locked(session, number)
    if view.state is RefundState.WITHDRAWN:
        raise AlreadyDone
    for each in view.refunds:
        if each.state is RefundState.PAID:
            raise refused(each)
    if view.state is RefundState.SUBMITTED and not reason.strip():
        raise WithdrawalReasonMissing
    for each in view.refunds:
        step_on(session, each, RefundState.PREPARED, on=on, reason=reason)
    chain.note(
        session, "refund.file_withdraw", "refund_file", view.row.number, facts={"on": on},
        values={"reason": (None, reason)} if reason else None,
    )  # fmt: skip
    return view.row.number


def _locked(session: Session, number: str) -> FileView:
    guard(session, GUARD)
    return queries.get_file(session, number)
