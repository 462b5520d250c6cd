"""A debit comes back: its invoice is open again, the fee is booked, and the mandate follows the reason.

Source: SEPA-15, SEPA-16; `ux.md` 6.9 “Return debit”.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from membership.domain.banking.statements import PartsDiffer
from membership.domain.direct_debits.collections import ItemState
from membership.domain.direct_debits.mandates import MandateState, StepKind
from membership.domain.direct_debits.returns import Back, OnMandate, borne_fee, claimed_fee, reaction_to
from membership.domain.errors import N_, AlreadyDone, DomainError, InputError
from membership.domain.money import Money
from membership.domain.phrases import Phrase
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, locked
from membership.persistence.models.bank import BankLine
from membership.persistence.models.direct_debits import CollectionItem
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import Member
from membership.persistence.queries.direct_debits import collections as queries
from membership.persistence.queries.direct_debits import mandates as mandate_queries
from membership.persistence.queries.direct_debits.credited import list_block
from membership.services import ledger, payment_mails
from membership.services.direct_debits.mandates import add_step
from membership.services.direct_debits.settling import WRITE, follow, settle, unsettle

_UNSAID = "MS03"
"""The code of a return whose reason the bank does not say."""
_ENDS = {OnMandate.BLOCKED: StepKind.BLOCKED, OnMandate.REVOKED: StepKind.REVOKED}


class FeeNegative(InputError):
    """A fee of less than nothing."""

    message = N_("The fee of a return debit is 0.00 or more.")
    code = "fee_negative"


class DebitWithdrawn(DomainError):
    """A debit of a file that was never handed in cannot come back."""

    message = N_("%(debit)s belongs to a collection that was withdrawn; it cannot come back.")
    code = "debit_withdrawn"


class Returned(NamedTuple):
    """A return that was booked: whose invoice is open again, what of the mandate, the open item of the fee if any."""

    end_to_end_id: str
    document: str
    member_id: int
    mandate: OnMandate
    fee_document: str = ""
    fee_entry_id: int | None = None


def named_debits(session: Session, line: BankLine) -> list[Back]:
    """Return the debit that a line names, or all of the block that it names; each of these must have been credited."""
    is_own = queries.find_item(session, line.end_to_end_id) is not None
    block = [] if is_own else list_block(session, line.payment_id)
    if any(each.state is not ItemState.SETTLED for each in block):
        credited = sum(each.cents for each in block if each.state is ItemState.SETTLED)
        raise PartsDiffer(parts=Money(-credited), amount=Money(line.amount_cents))
    return [Back(each.end_to_end_id) for each in block] or [Back(line.end_to_end_id)]


def return_debit(
    session: Session,
    end_to_end_id: str,
    *,
    reason_code: str,
    fee_cents: int = 0,
    on: date,
    is_fee_of_member: bool = False,
    mandate: OnMandate | None = None,
) -> Returned:
    """Take a debit back, be it credited before or not, and return what came of it.

    Args:
        session: the session of the unit of work.
        end_to_end_id: the debit.
        reason_code: the ISO code; empty where the bank says none.
        fee_cents: what the banks charged for it.
        on: the day of the return.
        is_fee_of_member: the fee becomes a claim on the member (SEPA-16); else the association bears it.
        mandate: what happens to the mandate; None follows the code (SEPA-15).

    Raises `AlreadyDone` when it came back before, `DebitWithdrawn`, `FeeNegative`.
    """
    require(actor_of(session), WRITE)
    if fee_cents < 0:
        raise FeeNegative
    item = _locked_item(session, end_to_end_id)
    if item.state is ItemState.RETURNED:
        raise AlreadyDone
    if item.state is ItemState.WITHDRAWN:
        raise DebitWithdrawn(debit=item.end_to_end_id)
    code = reason_code.strip().upper() or _UNSAID
    if item.state is ItemState.SETTLED:
        unsettle(session, item, on=on, reason=code)
    item.state, item.return_code, item.returned_on = ItemState.RETURNED, code, on
    effect = mandate or reaction_to(code).mandate
    _end_mandate(session, item, effect, code=code, on=on)
    fee_document = _book_fee(session, item, fee_cents, on=on, is_of_member=is_fee_of_member)
    session.flush()
    follow(session, item.collection_id, on=on)
    chain.note(
        session, "debit.return", "invoice", item.document, member_id=item.member_id,
        facts={"debit": item.end_to_end_id, "code": code, "cents": item.cents, "fee": fee_cents},
    )  # fmt: skip
    payment_mails.put_return(
        session, item.member_id, document=item.document, cents=item.cents, on=on,
        reason=Phrase(reaction_to(code).meaning), key=f"{item.end_to_end_id}:{on.isoformat()}",
    )  # fmt: skip
    return Returned(
        item.end_to_end_id, item.document, item.member_id, effect, fee_document, item.fee_entry_id
    )


def undo_return(session: Session, end_to_end_id: str, *, on: date, today: date, reason: str) -> None:
    """Take a return back that was booked by mistake: the debit is credited again, if it was, the fee is reversed.

    A mandate that the return ended counts again. Raises `AlreadyDone` unless the debit came back.
    """
    require(actor_of(session), WRITE)
    item = _locked_item(session, end_to_end_id)
    if item.state is not ItemState.RETURNED:
        raise AlreadyDone
    if item.fee_entry_id is not None:
        ledger.reverse(session, item.fee_entry_id, on=on, text=reason)
    _reinstate_mandate(session, item, on=on, reason=reason)
    was_credited = item.payment_id is not None
    if was_credited:
        settle(session, item, on=on, today=today)
    item.state = ItemState.SETTLED if was_credited else ItemState.OPEN
    item.return_code, item.returned_on = "", None
    item.fee_cents, item.fee_entry_id, item.fee_item_id = 0, None, None
    session.flush()
    follow(session, item.collection_id, on=on)
    chain.note(
        session, "debit.return_undone", "invoice", item.document, member_id=item.member_id,
        facts={"debit": item.end_to_end_id}, values={"reason": (None, reason)},
    )  # fmt: skip


def _locked_item(session: Session, end_to_end_id: str) -> CollectionItem:
    """Return a debit as it is under the lock of its member's row."""
    item = queries.get_item(session, end_to_end_id)
    locked(session, Member, item.member_id)
    session.refresh(item)
    return item


def _end_mandate(session: Session, item: CollectionItem, effect: OnMandate, *, code: str, on: date) -> None:
    kind = _ENDS.get(effect)
    if kind is None:
        return
    view = mandate_queries.list_mandates(session, ids=[item.mandate_id])[0]
    state = view.state_on(on)
    is_ended = state is MandateState.REVOKED or (state, kind) == (MandateState.BLOCKED, StepKind.BLOCKED)
    if not is_ended:
        add_step(session, view, kind, on=on, reason=code)


def _reinstate_mandate(session: Session, item: CollectionItem, *, on: date, reason: str) -> None:
    """Take back what this return did to the mandate, and nothing that somebody decided since."""
    view = mandate_queries.list_mandates(session, ids=[item.mandate_id])[0]
    last = view.steps[-1] if view.steps else None
    is_of_return = last is not None and last.kind in _ENDS.values() and last.reason == item.return_code
    if is_of_return:
        add_step(session, view, StepKind.REINSTATED, on=on, reason=reason)


def _book_fee(session: Session, item: CollectionItem, cents: int, *, on: date, is_of_member: bool) -> str:
    """Book what the banks charged; return the open item's reference where the member owes it."""
    if not cents:
        return ""
    item.fee_cents = cents
    if not is_of_member:
        item.fee_entry_id = ledger.book(session, borne_fee(cents, on=on, text=item.end_to_end_id))
        return ""
    owed = session.get_one(OpenItem, item.open_item_id)
    reference = _fee_reference(session, item)
    fee_item_id = ledger.open_item(
        session, item.member_id, reference=reference, dues_year=owed.dues_year, dated_on=on, due_on=on, cents=cents
    )  # fmt: skip
    item.fee_item_id = fee_item_id
    item.fee_entry_id = ledger.book(
        session,
        claimed_fee(cents, member_id=item.member_id, open_item_id=fee_item_id, on=on, text=reference),
    )
    return reference


def _fee_reference(session: Session, item: CollectionItem) -> str:
    """Return `RL-` and the debit's id; with a count when a fee of it was taken back before."""
    first = f"RL-{item.end_to_end_id}".upper()
    known = queries.count_fee_items(session, first)
    return first if not known else f"{first}-{known + 1}"
