"""`membership bank lines|post|not-dues|undo`: what waits, and what is decided about it.

What is decided already in the same way is reported, not done twice.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any, Final

from membership import clock
from membership.cli.bank.entries import decided_documents, entry_lines, suggested_documents
from membership.cli.command import DONE, Out, verb
from membership.cli.values import part, row_id
from membership.domain.banking.statements import Category, DecisionKind, Part, Rest
from membership.domain.policy import require
from membership.persistence.db import Session
from membership.persistence.queries import bank_lines
from membership.persistence.queries.bank_batches import standing_of
from membership.persistence.queries.bank_settled import list_settled
from membership.services.banking.deciding import post_line, set_aside, undo_line
from membership.services.banking.matching import match_open
from membership.services.banking.waiving import Waiver, waiting_waivers
from membership.wording import Wording

_NO_REASON: Final = "membership bank"
_PAGE: Final = 500
Change = Callable[[Session], bool]
"""Decides about a line and returns whether that is new."""


def add_decisions(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verbs of the reconciliation page."""
    shown = verb(verbs, "lines", _list, purpose="list the entries, by day")
    shown.add_argument("--open", action="store_true", help="only those about which nothing is decided")
    post = verb(verbs, "post", _post, purpose="post money that came to invoices", changing=True)
    post.add_argument("entry", type=row_id, metavar="ENTRY")
    post.add_argument("parts", type=part, nargs="*", metavar="NUMBER=AMOUNT")
    post.add_argument(
        "--rest", type=Rest, choices=tuple(Rest), default=Rest.OPEN, metavar="WHAT",
        help="credit: what is left of the entry; waive or open: what is left of the invoices",
    )  # fmt: skip
    post.add_argument(
        "--member", default="", metavar="NO", help="who gets the credit balance, else the first one paid for"
    )
    post.add_argument(
        "--forget", action="store_true", help="do not remember the payer's account for the members"
    )
    post.add_argument("--resolution", default="", metavar="TEXT", help="who decided to waive, and when")
    aside = verb(verbs, "not-dues", _not_dues, purpose="book an entry that is no dues", changing=True)
    aside.add_argument("entry", type=row_id, metavar="ENTRY")
    aside.add_argument(
        "category", type=Category, choices=tuple(Category), metavar="CATEGORY", help=", ".join(Category)
    )
    aside.add_argument("--always", action="store_true", help="from now on so for this payer or payee")
    undo = verb(verbs, "undo", _undo, purpose="take a decision back by counter-entries", changing=True)
    undo.add_argument("entry", type=row_id, metavar="ENTRY")


def _list(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        session = out.read("bank.read")
        today = clock.today(out.settings.time_zone)
        found = suggested_documents(session, match_open(session, today=today), out.words)
        documents = (
            found if args.open else list(_all(session, {each["entry"]: each for each in found}, out.words))
        )
    out.emit(documents, _lines(documents, out.words))
    return DONE


def _all(session: Session, waiting: dict[int, dict[str, Any]], words: Wording) -> Iterator[dict[str, Any]]:
    offset = 0
    while views := bank_lines.list_lines(session, offset=offset, limit=_PAGE):
        for each in decided_documents(session, views, words):
            yield waiting.get(each["entry"], each)
        offset += _PAGE


def _post(args: argparse.Namespace, out: Out) -> int:
    today = clock.today(out.settings.time_zone)
    parts = [Part(number, amount) for number, amount in args.parts]
    reason = args.reason or _NO_REASON
    waiver = Waiver(reason, args.resolution or reason) if args.rest is Rest.WAIVE else None

    def change(session: Session) -> bool:
        view = bank_lines.get_line(session, args.entry)
        if _is_posted_so(session, view, parts, args.member.strip().upper()):
            return False
        post_line(
            session, args.entry, parts, today=today, rest=args.rest, credit_to=args.member, waiver=waiver,
            remembers=not args.forget,
        )  # fmt: skip
        return True

    return run(args, out, change, tells_waiting=args.rest is Rest.WAIVE)


def _is_posted_so(session: Session, view: bank_lines.LineView, parts: list[Part], creditor: str) -> bool:
    """Return whether an entry was posted to these very documents, and its credit balance to this member."""
    decision = view.decision
    if decision is None or decision.kind is not DecisionKind.POSTED:
        return False
    settled = list_settled(session, [decision.id]).get(decision.id, [])
    wanted: dict[str, int] = {}
    for each in parts:
        number = each.reference.strip().upper()
        wanted[number] = wanted.get(number, 0) + each.cents
    booked = {each.document: each.cents for each in settled if each.document is not None}
    return wanted == booked and (not creditor or creditor in {each.member for each in settled})


def _not_dues(args: argparse.Namespace, out: Out) -> int:
    def change(session: Session) -> bool:
        decision = bank_lines.get_line(session, args.entry).decision
        if decision is not None and decision.category is args.category:
            return False
        set_aside(session, args.entry, args.category, always=args.always)
        return True

    return run(args, out, change)


def _undo(args: argparse.Namespace, out: Out) -> int:
    today = clock.today(out.settings.time_zone)

    def change(session: Session) -> bool:
        view = bank_lines.get_line(session, args.entry)
        if view.decision is None and view.step and not standing_of(session, args.entry).parts:
            return False
        undo_line(session, args.entry, reason=args.reason or _NO_REASON, today=today)
        return True

    return run(args, out, change)


def run(args: argparse.Namespace, out: Out, change: Change, *, tells_waiting: bool = False) -> int:
    """Run a decision about an entry and show the entry as it is then."""
    with out.app():
        require(out.actor(), "bank.write")
        document, is_changed = out.change(decided, args.entry, change, words=out.words)
    if not tells_waiting:
        document.pop("waiting")
    done = [] if is_changed else [out.words.text("This has been done already.")]
    waiting = [
        out.words.text("The rest stays open until its waiver is approved (%(number)s).", number=str(number))
        for number in document.get("waiting", ())
    ]
    out.emit(document, [*done, *entry_lines(document, out.words), *waiting])
    return DONE


def decided(session: Session, line_id: int, change: Change, *, words: Wording) -> tuple[dict[str, Any], bool]:
    """Decide about a line and return it as it is then, and whether that is new."""
    is_changed = change(session)
    session.flush()
    view = bank_lines.get_line(session, line_id)
    (document,) = decided_documents(session, [view], words)
    waiting = waiting_waivers(session, view.decision) if view.decision is not None else []
    return {**document, "waiting": waiting}, is_changed


def _lines(documents: list[dict[str, Any]], words: Wording) -> Iterator[str]:
    for each in documents:
        yield from entry_lines(each, words)
