"""What is decided about a bank line, and how that is taken back; each decision is booked, and booked once.

Lines are decided one after another (guard), then the members are locked in the order of their ids (`reliability.md`
5.1). Source: `ux.md` 6.9; INV-09, INV-10; BNK-10 to BNK-12, PAY-3, PAY-4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from membership.domain.banking.batches import LineDivided, ShownItself, SumMissing
from membership.domain.banking.statements import (
    Category,
    DecisionKind,
    LineDecided,
    LineUndecided,
    NothingGiven,
    Part,
    PartsDiffer,
    PaymentDiffers,
    Rest,
    WrongDirection,
    other_entry,
)
from membership.domain.direct_debits.reason_keys import iso_reason
from membership.domain.direct_debits.returns import Back, fee_shares
from membership.domain.money import Money
from membership.domain.payments import Method, Share
from membership.domain.policy import require
from membership.persistence import chain
from membership.persistence.db import actor_of, guard, locked
from membership.persistence.models.bank import BankDecision, BankLine, BankPosting
from membership.persistence.models.members import Member
from membership.persistence.queries import bank_lines as queries
from membership.persistence.queries import corrections as correction_queries
from membership.persistence.queries import payments as payment_queries
from membership.persistence.queries import refunds as refund_queries
from membership.persistence.queries.bank_batches import standing_of
from membership.persistence.queries.bank_settled import list_returned
from membership.persistence.queries.direct_debits import collections as debits
from membership.persistence.queries.members.rows import get_member
from membership.persistence.queries.online_payments import find_payout_of
from membership.services import ledger, online_payments, payments, refunds
from membership.services.banking import learning
from membership.services.banking.dividing import divide, end_division, find_shown
from membership.services.banking.importing import GUARD
from membership.services.banking.waiving import Waiver, drop_waiting, waive_rests
from membership.services.corrections.claims import reverse_losses
from membership.services.corrections.money import claimed
from membership.services.direct_debits import returning, settling

SOURCE: Final = "bank"


@dataclass(frozen=True, slots=True)
class Origin:
    """How a decision came about: by the program alone, and by which signs of matching (`Rule` values)."""

    is_automatic: bool = False
    signs: tuple[str, ...] = ()
    note: str = ""


BY_PERSON: Final = Origin()


def post_line(
    session: Session,
    line_id: int,
    parts: Sequence[Part],
    *,
    today: date,
    rest: Rest = Rest.OPEN,
    credit_to: str = "",
    waiver: Waiver | None = None,
    remembers: bool = True,
    origin: Origin = BY_PERSON,
) -> int:
    """Post money that came to documents, and what is left to a credit balance; return the decision's id.

    Args:
        session: the session of the unit of work.
        line_id: an open line of money that came.
        parts: which documents it settles; of several members each gets a payment of its own.
        today: the day in the association's zone.
        rest: `CREDIT` makes what the parts leave of the line a credit balance; `WAIVE` gives up what the parts leave
            of their documents; `OPEN` does neither.
        credit_to: the number of the member that gets the credit balance; empty: the first one of the parts.
        waiver: why, with `WAIVE`; None for a small difference, up to the limit of the settings.
        remembers: whether the account is remembered for the members.
        origin: how it came about.

    Raises `LineDecided`, `WrongDirection`, `PartsDiffer`, `NothingGiven`, `AllocatedTooMuch`, `RestTooHigh`,
    `PeriodClosed`.
    """
    view, since = _open_line(session, line_id), _entries(session)
    line = view.line
    left = _left_of(line, parts)
    if left and rest is not Rest.CREDIT:
        raise PartsDiffer(parts=Money(line.amount_cents - left), amount=Money(line.amount_cents))
    shares = _shares(session, parts)
    if left or not shares:
        if not credit_to and not shares:
            raise NothingGiven
        creditor = get_member(session, credit_to).id if credit_to else next(iter(shares))
        shares.setdefault(creditor, [])
    else:
        creditor = 0
    for member_id, mine in sorted(shares.items()):
        cents = sum(share.cents for share in mine) + (left if member_id == creditor else 0)
        payments.record_payment(
            session, member_id, cents, received_on=line.booked_on, method=Method.TRANSFER, today=today, shares=mine,
            note=_note(line), external_ref=f"{line.uid}.{view.step + 1}.{member_id}", source=SOURCE,
        )  # fmt: skip
        if remembers:
            learning.learn(session, line, member_id)
    waived = waive_rests(session, parts, waiver, today=today) if rest is Rest.WAIVE else []
    return _decide(session, view, DecisionKind.POSTED, _moved(session, since), origin=origin, waived=waived)


def record_line(session: Session, line_id: int, payment_id: int, *, origin: Origin = BY_PERSON) -> int:
    """Say that a line is a payment that was recorded by hand before: nothing is booked twice; return the decision's id.

    Raises `LineDecided`, or `PaymentDiffers` when amount or way differ, it was taken back, or another line is it.
    """
    view = _open_line(session, line_id)
    payment = payment_queries.get_payment(session, payment_id)
    is_free = (
        payment.source == payments.BY_HAND
        and payment.method == Method.TRANSFER
        and payment.amount_cents == view.line.amount_cents
        and not payment_queries.is_reversed(session, payment)
        and not queries.is_on_a_line(session, payment.entry_id)
    )
    if not is_free:
        raise PaymentDiffers(payment=str(payment.id), amount=Money(payment.amount_cents))
    learning.learn(session, view.line, payment.member_id)
    return _decide(session, view, DecisionKind.RECORDED, [(payment.entry_id, payment.id)], origin=origin)


def set_aside(
    session: Session, line_id: int, category: Category, *, always: bool = False, origin: Origin = BY_PERSON
) -> int:
    """Book a line that is no dues under its category; return the decision's id.

    With `always` later lines of the same other side and direction are booked so by themselves.
    """
    view, since = _open_line(session, line_id), _entries(session)
    line = view.line
    booked = other_entry(line.amount_cents, category, on=line.booked_on, text=_note(line) or str(category))
    ledger.book(session, booked)
    if always:
        learning.keep_rule(session, line, category)
    return _decide(
        session, view, DecisionKind.NOT_DUES, _moved(session, since), origin=origin, category=category
    )


def collect_line(
    session: Session, line_id: int, *, today: date, collection: str = "", origin: Origin = BY_PERSON
) -> int:
    """Book the credit of own direct debits: of one by its end-to-end id, else of all of a block (SEPA-13).

    `collection` is the number of the collection, or of its block, where the bank names none. Returns the decision's id.
    Raises `LineDecided`, `NotFound`, `AlreadyDone`, or `PartsDiffer` when the debits do not come to the amount.
    """
    view, since = _open_line(session, line_id), _entries(session)
    line = view.line
    if collection:
        settling.settle_collection(session, collection, on=line.booked_on, today=today)
    elif debits.find_item(session, line.end_to_end_id) is not None:
        settling.settle_item(session, line.end_to_end_id, on=line.booked_on, today=today)
    else:
        settling.settle_collection(session, line.payment_id, on=line.booked_on, today=today)
    return _decide(session, view, DecisionKind.COLLECTED, _whole(session, line, since), origin=origin)


def return_line(
    session: Session,
    line_id: int,
    *,
    came_back: Sequence[Back] = (),
    fee_cents: int | None = None,
    is_fee_of_member: bool = False,
    origin: Origin = BY_PERSON,
) -> int:
    """Book debits that came back: their invoices are open again, what the bank kept beyond them is the fee (SEPA-15).

    The line says which debit; of a sum of several a person names them and the fee of all, divided evenly among them.
    Returns the decision's id. Raises `LineDecided`, `NotFound`, `AlreadyDone` (one came back before), `WrongDirection`
    for money that came, and `PartsDiffer` when the books would not move by the amount of the line.
    """
    view, since = _open_line(session, line_id), _entries(session)
    line = view.line
    backs = list(came_back) or returning.named_debits(session, line)
    named = [(debits.get_item(session, back.debit), back) for back in backs]
    named.sort(key=lambda each: each[0].member_id)
    cents = sum(item.cents for item, _back in named)
    fee = -line.amount_cents - cents if fee_cents is None else fee_cents
    if line.amount_cents >= 0:
        raise WrongDirection(amount=Money(line.amount_cents))
    if cents + fee != -line.amount_cents or fee < 0:
        raise PartsDiffer(parts=Money(-cents - fee), amount=Money(line.amount_cents))
    for (item, back), share in zip(named, fee_shares(fee, len(named)), strict=True):
        returning.return_debit(
            session, item.end_to_end_id, reason_code=back.reason or reason_of(line), fee_cents=share,
            on=line.booked_on, is_fee_of_member=is_fee_of_member,
        )  # fmt: skip
    return _decide(session, view, DecisionKind.RETURNED, _whole(session, line, since), origin=origin)


def reason_of(line: BankLine) -> str:
    """Return why a debit came back, as an ISO code where the bank's words or number stand for one."""
    return iso_reason(line.return_reason, (line.remittance, line.booking_text))


def refund_line(session: Session, line_id: int, numbers: Sequence[str], *, origin: Origin = BY_PERSON) -> int:
    """Book that own refunds have left the account: one, or all of a file that the bank shows as one sum.

    Returns the decision's id. Raises `LineDecided`, `NotFound`, `AlreadyDone` (the bank showed it before),
    `RefundStateOther`, and `PartsDiffer` when the refunds do not come to the amount of the line.
    """
    view, since = _open_line(session, line_id), _entries(session)
    for number in sorted(set(numbers)):
        refunds.pay_out(session, number, on=view.line.booked_on)
    return _decide(session, view, DecisionKind.REFUNDED, _whole(session, view.line, since), origin=origin)


def payout_line(session: Session, line_id: int, payout_id: str, *, origin: Origin = BY_PERSON) -> int:
    """Book what the payment provider paid out: its account in the books is lower by it (STR-10).

    Returns the decision's id. Raises `LineDecided`, `NotFound`, `AlreadyDone` (another entry brought it), and
    `PartsDiffer` when the payout is not the amount of the line.
    """
    view, since = _open_line(session, line_id), _entries(session)
    online_payments.book_payout(session, payout_id, on=view.line.booked_on)
    return _decide(session, view, DecisionKind.PAID_OUT, _whole(session, view.line, since), origin=origin)


def undo_line(session: Session, line_id: int, *, reason: str, today: date) -> None:
    """Take the decision about a line back by counter-entries, with what it waived and taught; the line is open again.

    A payment recorded by hand stays as it was; of a sum that is divided its division ends. Raises `LineUndecided`,
    `PartsDecided`, or `AlreadyDone` for the credit of debits that came back since: their returns are taken back first.
    """
    require(actor_of(session), "bank.write")
    guard(session, GUARD)
    view, since = queries.get_line(session, line_id), _entries(session)
    if view.decision is not None:
        _reverse(session, view.decision, reason=reason, today=today)
        learning.unlearn_line(session, view.line)
        _decide(session, view, DecisionKind.UNDONE, _moved(session, since), origin=Origin(note=reason))
    elif standing_of(session, line_id).parts:
        end_division(session, line_id, reason=reason)
    else:
        raise LineUndecided
    divide(session, view.line.account_id)


def _reverse(session: Session, decision: BankDecision, *, reason: str, today: date) -> None:
    if decision.kind is DecisionKind.RECORDED:
        return
    if decision.kind is DecisionKind.RETURNED:
        _unreturn(session, decision, reason=reason, today=today)
        return
    if decision.kind is DecisionKind.COLLECTED:
        _uncollect(session, decision, reason=reason, today=today)
        return
    if decision.kind is DecisionKind.PAID_OUT:
        entries = [each.entry_id for each in queries.list_postings(session, decision.id)]
        payout = find_payout_of(session, entries)
        assert payout is not None, decision.id
        online_payments.unbook_payout(session, payout.payout_id, on=today, reason=reason)
        return
    if decision.kind is DecisionKind.REFUNDED:
        for number in refund_queries.paid_by(
            session, [each.entry_id for each in queries.list_postings(session, decision.id)]
        ):
            refunds.take_payout_back(session, number, on=today, reason=reason)
        return
    for posting in queries.list_postings(session, decision.id):
        if posting.payment_id is None:
            ledger.reverse(session, posting.entry_id, on=today, text=reason)
            continue
        payment = payment_queries.get_payment(session, posting.payment_id)
        locked(session, Member, payment.member_id)
        payments.require_not_refunded(session, payment)
        payments.withdraw(session, payment, reason=reason, today=today)
    drop_waiting(session, decision)
    for number in correction_queries.numbers_of_events(session, decision.waived):
        reverse_losses(session, claimed(session, number), on=today, reason=reason, only=decision.waived)


def _uncollect(session: Session, decision: BankDecision, *, reason: str, today: date) -> None:
    """Take the credit of own debits back, all that the decision had brought and nothing else."""
    for posting in queries.list_postings(session, decision.id):
        assert posting.payment_id is not None, decision.id
        payment = payment_queries.get_payment(session, posting.payment_id)
        settling.unsettle_item(session, settling.debit_of(payment), on=today, reason=reason)


def _unreturn(session: Session, decision: BankDecision, *, reason: str, today: date) -> None:
    """Take the returns back that the decision had brought."""
    for each in list_returned(session, [decision.id])[decision.id]:
        returning.undo_return(session, each.debit, on=today, today=today, reason=reason)


def _entries(session: Session) -> int:
    """Return how many rows this unit of work has added so far: what comes after belongs to the decision."""
    return len(chain.unit_of(session).rows)


def _moved(session: Session, since: int) -> list[tuple[int, int | None]]:
    """Return the entries added since then that move the bank account, each with its payment if it is one."""
    rows = chain.unit_of(session).rows[since:]
    return queries.bank_entries(session, [int(key) for table, key, _hash in rows if table == "entries"])


def _whole(session: Session, line: BankLine, since: int) -> list[tuple[int, int | None]]:
    moved = _moved(session, since)
    cents = queries.bank_cents(session, [entry_id for entry_id, _payment in moved])
    if cents != line.amount_cents:
        raise PartsDiffer(parts=Money(cents), amount=Money(line.amount_cents))
    return moved


def _open_line(session: Session, line_id: int) -> queries.LineView:
    require(actor_of(session), "bank.write")
    guard(session, GUARD)
    view = queries.get_line(session, line_id)
    if view.decision is not None:
        raise LineDecided(name=view.decision.actor_name)
    standing = standing_of(session, line_id)
    if standing.parts:
        raise LineDivided(count=standing.parts)
    if standing.is_alone:
        raise SumMissing if find_shown(session, line_id) is None else ShownItself
    return view


def _left_of(line: BankLine, parts: Sequence[Part]) -> int:
    if line.amount_cents <= 0:
        raise WrongDirection(amount=Money(line.amount_cents))
    given = sum(part.cents for part in parts)
    if given > line.amount_cents or any(part.cents <= 0 for part in parts):
        raise PartsDiffer(parts=Money(given), amount=Money(line.amount_cents))
    return line.amount_cents - given


def _shares(session: Session, parts: Sequence[Part]) -> dict[int, list[Share]]:
    """Return member -> its shares, in the order of the parts; a document that is named twice gets both."""
    cents: dict[str, int] = defaultdict(int)
    for part in parts:
        cents[part.reference.strip().upper()] += part.cents
    shares: dict[int, list[Share]] = defaultdict(list)
    for reference, amount in cents.items():
        item_id, member_id, _open = payment_queries.item_of(session, reference)
        shares[member_id].append(Share(item_id, amount))
    return shares


def _note(line: BankLine) -> str:
    return line.remittance or line.creditor_reference or line.booking_text or line.name


def _decide(
    session: Session,
    view: queries.LineView,
    kind: DecisionKind,
    postings: Sequence[tuple[int, int | None]],
    *,
    origin: Origin,
    waived: Sequence[int] = (),
    category: Category | None = None,
) -> int:
    actor = actor_of(session)
    decision_id = chain.append(
        session, BankDecision, line_id=view.line.id, step=view.step + 1, kind=kind, category=category,
        is_automatic=origin.is_automatic, signs=list(origin.signs), waived=list(waived), note=origin.note,
        actor_key=actor.key, actor_name=actor.name, at=actor.at,
    )  # fmt: skip
    for entry_id, payment_id in postings:
        chain.append(session, BankPosting, decision_id=decision_id, entry_id=entry_id, payment_id=payment_id)
    facts = {"line": view.line.id, "kind": str(kind), "cents": view.line.amount_cents}
    chain.note(session, f"bank.{kind}", "bank_line", view.line.id, facts=facts)
    return decision_id
