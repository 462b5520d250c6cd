"""`membership payments record|allocate|unallocate|list`: payments and what they settle.

Source: `interfaces.md`, "Shapes".
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from typing import Any

from membership import clock
from membership.cli.command import DONE, Out, verb
from membership.cli.values import cents, day, part, row_id
from membership.domain.errors import NotFound
from membership.domain.money import Money, decimal_text
from membership.domain.payments import Method
from membership.domain.policy import require
from membership.persistence.db import Session
from membership.persistence.queries.payments import PaymentView, list_payments
from membership.services import payments, receipts, targets
from membership.wording import Wording


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `payments`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    record = verb(verbs, "record", _record, purpose="record an amount received for an invoice", changing=True)
    record.add_argument("number", metavar="NUMBER", help="the invoice it was paid for")
    record.add_argument("amount", type=cents, metavar="AMOUNT")
    record.add_argument("--on", type=day, required=True, metavar="D", help="the day it was received")
    record.add_argument("--method", type=Method, choices=tuple(Method), required=True, metavar="HOW",
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


def _list(_args: argparse.Namespace, out: Out) -> int:
    with out.app():
        documents = [payment_document(view) for view in list_payments(out.read("payment.read"))]
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
    return payment_document(found[0])


def payment_document(view: PaymentView) -> dict[str, Any]:
    """Return a payment in the shape of the contract; `entry` names a bank line, which a payment by hand has not."""
    return {
        "id": view.payment.id,
        "received_on": view.payment.received_on.isoformat(),
        "amount": decimal_text(view.payment.amount_cents),
        "channel": view.payment.channel,
        "member": view.member.number,
        "entry": None,
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
