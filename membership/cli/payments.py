"""`membership payments record|allocate|unallocate|refund|reconcile|list`: payments, what they settle, what goes back.

Source: `interfaces.md`, "Shapes".
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from membership import clock
from membership.cli.command import DONE, FOUND, Out, verb
from membership.cli.refunds import refund_document, refund_line
from membership.cli.values import cents, day, part, row_id
from membership.domain.approvals import Waiting
from membership.domain.errors import NotFound
from membership.domain.money import Money, decimal_text
from membership.domain.online_payments.attempts import OnlineOff
from membership.domain.payments import BY_HAND, Method
from membership.domain.policy import require
from membership.jobs.online_comparison import compare, foresee
from membership.jobs.online_payments import desk_of
from membership.persistence.db import Session
from membership.persistence.queries.bank_lines import lines_of
from membership.persistence.queries.members.rows import get_member
from membership.persistence.queries.payments import PaymentView, list_payments
from membership.persistence.queries.refunds import get_refund, list_accounts
from membership.services import payments, receipts, refunds, targets
from membership.services.refunds import Payee
from membership.wording import Wording


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `payments`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    record = verb(verbs, "record", _record, purpose="record an amount received for an invoice", changing=True)
    record.add_argument("number", metavar="NUMBER", help="the invoice it was paid for")
    record.add_argument("amount", type=cents, metavar="AMOUNT")
    record.add_argument("--on", type=day, required=True, metavar="D", help="the day it was received")
    record.add_argument("--method", type=Method, choices=BY_HAND, required=True, metavar="HOW",
                        help="cash, transfer, card or offset")  # fmt: skip
    settle = verb(verbs, "allocate", _allocate, purpose="settle invoices with a payment", changing=True)
    settle.add_argument("payment", type=row_id, metavar="PAYMENT")
    settle.add_argument("parts", type=part, nargs="+", metavar="NUMBER=AMOUNT")
    loosen = verb(
        verbs,
        "unallocate",
        _unallocate,
        purpose="take back what a payment settles of an invoice",
        changing=True,
    )
    loosen.add_argument("payment", type=row_id, metavar="PAYMENT")
    loosen.add_argument("number", metavar="NUMBER")
    refund = verb(
        verbs, "refund", _refund, purpose="prepare a refund of a member's credit balance", changing=True
    )
    refund.add_argument("member", metavar="NO")
    refund.add_argument("amount", type=cents, metavar="AMOUNT")
    refund.add_argument(
        "--entry",
        type=row_id,
        metavar="ENTRY",
        help="a bank entry by which the member paid: back to its account",
    )
    refund.add_argument(
        "--iban", default="", metavar="IBAN", help="another account, which a second person approves"
    )
    refund.add_argument(
        "--holder", default="", metavar="NAME", help="who holds that account, else the member"
    )
    refund.add_argument("--bic", default="", metavar="BIC", help="only outside the EEA")
    refund.add_argument(
        "--text", default="", metavar="TEXT", help="what the recipient reads beside the numbers"
    )
    compared = verb(
        verbs, "reconcile", _reconcile, changing=True,
        purpose="compare with the payment provider and post what was missed",
    )  # fmt: skip
    compared.add_argument("--since", type=day, metavar="D", help="from this day, else two weeks back")
    verb(verbs, "list", _list, purpose="list all payments by day")


def _record(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), "payment.record")
        document = out.change(
            recorded,
            args.number,
            args.amount,
            received_on=args.on,
            method=args.method,
            today=clock.today(out.settings.time_zone),
            reason=args.reason,
        )
    return _say(document, out)


def _allocate(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), "payment.record")
        today = clock.today(out.settings.time_zone)
        document, is_changed = out.change(allocated, args.payment, args.parts, today=today)
    return _say(document, out, is_changed=is_changed)


def _unallocate(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), "payment.record")
        today = clock.today(out.settings.time_zone)
        document, is_changed = out.change(unallocated, args.payment, args.number, today=today)
    return _say(document, out, is_changed=is_changed)


def _refund(args: argparse.Namespace, out: Out) -> int:
    payee = Payee(line_id=args.entry, iban=args.iban, name=args.holder, bic=args.bic)
    with out.app():
        require(out.actor(), "payment.record")
        made = out.change(
            refunded, args.member, args.amount, payee=payee, purpose=args.text,
            today=clock.today(out.settings.time_zone),
        )  # fmt: skip
    if not isinstance(made, dict):
        out.is_waiting(made)
        return DONE
    document = {**made, "number": None} if args.dry_run else made
    out.emit(document, [refund_line(made, out.words)])
    return DONE


def refunded(
    session: Session, member: str, amount: int, *, payee: Payee, purpose: str, today: date
) -> dict[str, Any] | Waiting:
    """Prepare a refund and return it; without entry and IBAN it goes to the account that paid last."""
    if payee.line_id is None and not payee.iban:
        known = list_accounts(session, get_member(session, member).id)
        payee = replace(payee, line_id=known[0].line_id if known else None)
    made = refunds.prepare_refund(session, member, amount, payee=payee, purpose=purpose, today=today)
    if isinstance(made, Waiting):
        return made
    session.flush()
    return refund_document(get_refund(session, made))


def _reconcile(args: argparse.Namespace, out: Out) -> int:
    """Book what the provider knows and the books do not; a difference that remains ends with 1."""
    with out.app() as app:
        require(out.actor(), "online.write")
        desk = desk_of(app)
        if desk is None:
            raise OnlineOff
        found = foresee(desk, since=args.since) if args.dry_run else compare(desk, since=args.since)
        document = {
            "movements": found.movements,
            "posted": found.booked,
            "differences": [
                {"object": each.object_id, "reason": str(each.look), "detail": each.detail}
                for each in found.differences
            ],
        }
    text = out.words.text
    lines = [text("Movements read: %(n)s, changes booked: %(m)s", n=found.movements, m=found.booked)]
    lines += [f"  {each.object_id}  {each.look}  {each.detail}" for each in found.differences]
    out.emit(document, lines)
    return FOUND if found.differences else DONE


def _list(_args: argparse.Namespace, out: Out) -> int:
    with out.app():
        session = out.read("payment.read")
        views = list_payments(session)
        lines = lines_of(session, [view.payment.id for view in views])
        documents = [payment_document(view, lines) for view in views]
    out.emit(documents, (line for document in documents for line in _lines(document, out.words)))
    return DONE


def _say(document: dict[str, Any], out: Out, *, is_changed: bool = True) -> int:
    if out.args.dry_run:
        document = {**document, "id": None if out.args.action is _record else document["id"]}
    done = [] if is_changed else [out.words.text("This has been done already.")]
    out.emit(document, [*done, *_lines(document, out.words)])
    return DONE


def recorded(
    session: Session, number: str, amount: int, *, received_on: date, method: Method, today: date, reason: str
) -> dict[str, Any]:
    """Record a payment and return what it is now, also when all of it is taken back (`--dry-run`)."""
    payment_id = receipts.record_receipt(
        session, number, amount, received_on=received_on, method=method, today=today, reason=reason
    )
    return _document(session, payment_id)


def allocated(
    session: Session, payment_id: int, parts: list[tuple[str, int]], *, today: date
) -> tuple[dict[str, Any], bool]:
    """Settle documents with a payment up to the amounts named; return what it is now and whether that is new."""
    settled = targets.allocate_up_to(session, payment_id, parts, today=today)
    return _document(session, payment_id), settled > 0


def unallocated(
    session: Session, payment_id: int, number: str, *, today: date
) -> tuple[dict[str, Any], bool]:
    """Take back what a payment settles of a document; return what it is now and whether that is new."""
    try:
        payments.unallocate(session, payment_id, number, today=today)
    except payments.NotAllocated:
        return _document(session, payment_id), False
    return _document(session, payment_id), True


def _document(session: Session, payment_id: int) -> dict[str, Any]:
    session.flush()
    found = list_payments(session, payment_id=payment_id)
    if not found:
        raise NotFound(what="payment", key=payment_id)
    return payment_document(found[0], lines_of(session, [payment_id]))


def payment_document(view: PaymentView, lines: Mapping[int, int]) -> dict[str, Any]:
    """Return a payment in the shape of the contract; `entry` is the bank line that shows it, null where none does."""
    return {
        "id": view.payment.id,
        "received_on": view.payment.received_on.isoformat(),
        "amount": decimal_text(view.payment.amount_cents),
        "channel": view.payment.channel,
        "member": view.member.number,
        "entry": lines.get(view.payment.id),
        "allocations": [
            {"document": document, "amount": decimal_text(amount)} for document, amount in view.allocations
        ],
        "free": decimal_text(view.free_cents),
    }


def _lines(document: dict[str, Any], words: Wording) -> Iterator[str]:
    def amount(text: str) -> str:
        return words.value(Money(cents(text)))

    received_on = words.value(date.fromisoformat(document["received_on"]))
    number = "–" if document["id"] is None else str(document["id"])
    yield "  ".join((number, received_on, document["member"], amount(document["amount"])))
    for each in document["allocations"]:
        yield f"  {each['document']}  {amount(each['amount'])}"
    if document["free"] != "0.00":
        yield "  " + words.text("Credit balance: %(amount)s", amount=amount(document["free"]))
