"""What a member is told of a debit: by the invoice as it is issued, or otherwise as somebody notes it.

Source: SEPA-7, SEPA-8; FI-49.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from membership.domain.bank_days import next_target_day
from membership.domain.direct_debits.collections import announced_day
from membership.domain.direct_debits.mandates import MandateState
from membership.domain.errors import N_, DomainError, InputError
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, locked
from membership.persistence.models.direct_debits import DebitNotice
from membership.persistence.models.members import Member, PaymentMethod
from membership.persistence.queries.direct_debits import claims
from membership.persistence.queries.direct_debits import mandates as queries
from membership.persistence.queries.direct_debits.mandates import MandateView
from membership.persistence.queries.payments import get_open_item
from membership.persistence.queries.settings import AssociationSettings


class NoMandateForNotice(DomainError):
    """Nothing can be announced without an active mandate."""

    message = N_("%(member)s has no active mandate; no debit can be announced.")
    code = "no_mandate"


class NoticeInFuture(InputError):
    """A notice of a day that has not come."""

    message = N_("The notice of %(day)s lies in the future.")
    code = "notice_in_future"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A debit that an invoice announces: by which mandate, from which account, on which day."""

    mandate_id: int
    reference: str
    account_shown: str
    due_on: date


def announcement_of(
    session: Session, member: Member, settings: AssociationSettings, *, issued_on: date, due_on: date
) -> Announcement | None:
    """Return the debit that an invoice of a day announces; None when the member is to transfer the amount.

    The member pays by direct debit, has an active mandate, and the association has a creditor ID.
    """
    if member.payment_method is not PaymentMethod.DIRECT_DEBIT or not settings.text("bank.creditor_id"):
        return None
    notice_days = settings.number("sepa.notice_days")
    day = announced_day(due_on, notified_on=issued_on, notice_days=notice_days)
    view = _active(session, member.id, on=day)
    if view is None:
        return None
    return Announcement(view.row.id, view.reference, view.terms.iban_shown, day)


def _active(session: Session, member_id: int, *, on: date) -> MandateView | None:
    view = queries.best_of(queries.list_mandates(session, member_ids=[member_id]), on=on).get(member_id)
    return view if view is not None and view.state_on(on) is MandateState.ACTIVE else None


def debited_ibans(session: Session, invoice_ids: Sequence[int]) -> dict[int, str]:
    """Return invoice -> the account of the debit that it announces, which the e-invoice names (BT-91)."""
    mandates = claims.announced_by_invoice(session, invoice_ids)
    if not mandates:
        return {}
    views = queries.list_mandates(session, ids=set(mandates.values()))
    accounts = queries.sealed_accounts(session, views)
    found = {}
    for invoice_id, mandate_id in mandates.items():
        account = accounts[mandate_id]
        found[invoice_id] = crypto.unseal(
            session, account.sealed, table=account.table, column="iban_sealed", uid=account.uid
        )
    return found


def keep_notice(
    session: Session,
    announcement: Announcement,
    *,
    open_item_id: int,
    member_id: int,
    cents: int,
    notified_on: date,
    way: str = claims.BY_INVOICE,
) -> None:
    """Keep that a member was told of a debit; part of issuing, or of `record_notice`."""
    actor = actor_of(session)
    chain.append(
        session, DebitNotice, open_item_id=open_item_id, member_id=member_id, mandate_id=announcement.mandate_id,
        cents=cents, notified_on=notified_on, due_on=announcement.due_on, way=way, actor_key=actor.key,
        actor_name=actor.name, at=actor.at,
    )  # fmt: skip


def record_notice(
    session: Session, document: str, *, notified_on: date, due_on: date, way: str, today: date
) -> date:
    """Note that a member was told of the debit of what is open of a document; return the day of the debit.

    Args:
        session: the session of the unit of work.
        document: the number of the invoice.
        notified_on: when the member was told, not after `today`.
        due_on: the day that was named; the next bank day when it is none.
        way: how: by letter, by mail.
        today: the day in the association's zone.
    """
    require(actor_of(session), "collection.write")
    if notified_on > today:
        raise NoticeInFuture(day=notified_on)
    item = get_open_item(session, document)
    locked(session, Member, item.member_id)
    session.refresh(item)
    day = next_target_day(due_on)
    view = _active(session, item.member_id, on=day)
    member = session.get_one(Member, item.member_id)
    if view is None:
        raise NoMandateForNotice(member=member.number)
    found = Announcement(view.row.id, view.reference, view.terms.iban_shown, day)
    cents = max(item.open_cents, 1)
    keep_notice(
        session, found, open_item_id=item.id, member_id=item.member_id, cents=cents, notified_on=notified_on, way=way
    )  # fmt: skip
    chain.note(
        session, "collection.notice", "invoice", item.reference, member_id=item.member_id,
        facts={"cents": cents, "notified_on": notified_on, "due_on": day},
    )  # fmt: skip
    return day
