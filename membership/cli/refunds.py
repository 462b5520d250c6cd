"""`membership refunds …`: credit balances that go back, and the files for the bank; `payments refund` prepares one.

Source: `interfaces.md`; PAY-4, SEPA-17.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from membership import clock
from membership.cli.command import DONE, Out, verb
from membership.cli.files import STANDARD, write_file
from membership.cli.values import day
from membership.domain.errors import AlreadyDone
from membership.domain.money import Money, decimal_text
from membership.domain.policy import require
from membership.domain.refunds import STATE_WORDS, RefundState
from membership.persistence.db import Session
from membership.persistence.queries.refunds import (
    FileView,
    RefundView,
    find_id,
    get_file,
    get_refund,
    list_refunds,
)
from membership.services import refunds
from membership.wording import Wording

_READ: Final = "payment.read"
_WRITE: Final = "payment.record"
Document = dict[str, Any]


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `refunds`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    verb(verbs, "list", _list, purpose="list the refunds with their state")
    file = verb(
        verbs, "file", _file, purpose="put all prepared refunds into a file for the bank", changing=True
    )
    file.add_argument(
        "--on", type=day, metavar="D", help="when the bank carries it out, else the next bank day"
    )
    file.add_argument("-o", "--output", required=True, metavar="FILE", help="where the file goes")
    fetch = verb(verbs, "fetch", _fetch, purpose="fetch a file that was made before", changing=True)
    fetch.add_argument("-o", "--output", required=True, metavar="FILE", help="where the file goes")
    submitted = verb(verbs, "submitted", _submitted, purpose="note that the bank has the file", changing=True)
    withdraw = verb(
        verbs, "withdraw", _withdraw, purpose="withdraw a prepared refund, or a file that was not carried out",
        changing=True,
    )  # fmt: skip
    for each in (fetch, submitted, withdraw):
        each.add_argument("number", metavar="NUMBER")


def _today(out: Out) -> date:
    return clock.today(out.settings.time_zone)


def refund_document(view: RefundView) -> Document:
    """Return a refund with its state; its account is shown by its end alone."""
    return {
        "number": view.row.number,
        "member": view.member_number,
        "amount": decimal_text(view.row.cents),
        "name": view.row.name,
        "iban": view.row.iban_shown,
        "state": str(view.state),
        "file": view.file_number or None,
        "prepared_on": view.steps[0].done_on.isoformat(),
    }


def refund_line(document: Document, words: Wording) -> str:
    """Return a refund for people."""
    state = words.text(STATE_WORDS[RefundState(document["state"])])
    parts = (
        document["number"],
        document["member"],
        document["amount"],
        document["iban"],
        document["name"],
        state,
    )
    return "  ".join(parts)


def _file_document(view: FileView) -> Document:
    return {
        "file": view.row.number,
        "date": view.row.execute_on.isoformat(),
        "count": view.row.item_count,
        "sum": decimal_text(view.row.sum_cents),
        "state": str(view.state),
        "refunds": [each.row.number for each in view.refunds],
        "sha256": view.row.sha256,
    }


def _file_lines(document: Document, view_cents: int, words: Wording) -> list[str]:
    state = words.text(STATE_WORDS[RefundState(document["state"])])
    on = words.value(date.fromisoformat(document["date"]))
    head = "  ".join((document["file"], on, words.value(Money(view_cents)), state))
    return [head, *(f"  {number}" for number in document["refunds"])]


def _list(_args: argparse.Namespace, out: Out) -> int:
    with out.app():
        documents = [refund_document(view) for view in list_refunds(out.read(_READ))]
    out.emit(documents, (refund_line(each, out.words) for each in documents))
    return DONE


def _file(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), _WRITE)
        document, cents, content = out.change(filed, today=_today(out), on=args.on)
    return _handed_out(args, out, document, cents, content)


def filed(session: Session, *, today: date, on: date | None) -> tuple[Document, int, bytes]:
    """Make a file of all prepared refunds and return it with its bytes, which count as fetched."""
    number = refunds.create_file(session, today=today, on=on)
    session.flush()
    return fetched(session, number)


def _fetch(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), _WRITE)
        document, cents, content = out.change(fetched, args.number)
    return _handed_out(args, out, document, cents, content)


def fetched(session: Session, number: str) -> tuple[Document, int, bytes]:
    """Return a file with its bytes."""
    content = refunds.export_file(session, number)
    session.flush()
    view = get_file(session, number)
    return _file_document(view), view.row.sum_cents, content


def _handed_out(args: argparse.Namespace, out: Out, document: Document, cents: int, content: bytes) -> int:
    if not args.dry_run:
        write_file(args.output, content)
    if args.output != STANDARD or args.dry_run:
        out.emit(document, _file_lines(document, cents, out.words))
    return DONE


def _submitted(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), _WRITE)
        document, cents, is_changed = out.change(submitted, args.number, on=_today(out))
    return _said(out, document, _file_lines(document, cents, out.words), is_changed=is_changed)


def submitted(session: Session, number: str, *, on: date) -> tuple[Document, int, bool]:
    """Note that the bank has a file; return it and whether that is new."""
    is_changed = _done(lambda: refunds.mark_submitted(session, number, on=on))
    session.flush()
    view = get_file(session, number)
    return _file_document(view), view.row.sum_cents, is_changed


def _done(step: Callable[[], object]) -> bool:
    try:
        step()
    except AlreadyDone:
        return False
    return True


def _withdraw(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), _WRITE)
        document, cents, is_changed = out.change(withdrawn, args.number, on=_today(out), reason=args.reason)
    lines = [refund_line(document, out.words)] if cents is None else _file_lines(document, cents, out.words)
    return _said(out, document, lines, is_changed=is_changed)


def withdrawn(session: Session, number: str, *, on: date, reason: str) -> tuple[Document, int | None, bool]:
    """Withdraw a refund, or a file; return it, the sum of a file, and whether that is new."""
    if find_id(session, number) is not None:
        is_changed = _done(lambda: refunds.withdraw_refund(session, number, on=on, reason=reason))
        session.flush()
        return refund_document(get_refund(session, number)), None, is_changed
    is_changed = _done(lambda: refunds.withdraw_file(session, number, on=on, reason=reason))
    session.flush()
    view = get_file(session, number)
    return _file_document(view), view.row.sum_cents, is_changed


def _said(out: Out, document: Document, lines: list[str], *, is_changed: bool) -> int:
    done = [] if is_changed else [out.words.text("This has been done already.")]
    out.emit(document, [*done, *lines])
    return DONE
