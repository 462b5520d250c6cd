"""`membership bank collect|return|refund|payout|recorded|ask`: own debits, refunds and payouts, and who is asked.

What is decided already in the same way is reported, not done twice.
"""

from __future__ import annotations

import argparse
from typing import Any

from membership import clock
from membership.cli.bank.deciding import run
from membership.cli.bank.entries import decided_documents, entry_lines
from membership.cli.command import DONE, Action, Out, verb
from membership.cli.values import cents, row_id
from membership.domain.banking.statements import DecisionKind
from membership.domain.direct_debits.reason_keys import named_reason
from membership.domain.direct_debits.returns import Back
from membership.domain.policy import require
from membership.persistence.db import Session
from membership.persistence.queries import bank_lines, refunds
from membership.persistence.queries.bank_questions import list_questions
from membership.persistence.queries.bank_settled import collected_by, list_returned
from membership.persistence.queries.members.rows import get_member
from membership.persistence.queries.online_payments import find_payout_of
from membership.services.banking.asking import ask, usual_question
from membership.services.banking.deciding import (
    collect_line,
    payout_line,
    record_line,
    refund_line,
    return_line,
)
from membership.wording import Wording


def add_own_money(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verbs for money of the association's own orders, and the question about an entry."""
    collect = _entry(verbs, "collect", _collect, purpose="post the credit of own direct debits")
    collect.add_argument(
        "collection", nargs="?", default="", metavar="COLLECTION",
        help="its number, or that of a block of it, where the bank shows the sum alone",
    )  # fmt: skip
    back = _entry(verbs, "return", _return, purpose="post direct debits that came back")
    back.add_argument(
        "debits", nargs="*", type=came_back, metavar="DEBIT[=REASON]",
        help="of a sum of several: their ids, with the reason code where it is known",
    )  # fmt: skip
    back.add_argument(
        "--fee", type=cents, default=None, metavar="AMOUNT", help="what the bank took for all of them"
    )
    back.add_argument("--fee-of-member", action="store_true", help="the members owe the fee")
    refund = _entry(verbs, "refund", _refund, purpose="post that own refunds have left the account")
    refund.add_argument("numbers", nargs="+", type=str.upper, metavar="NUMBER")
    payout = _entry(verbs, "payout", _payout, purpose="post a payout of the payment provider")
    payout.add_argument("payout", metavar="PAYOUT")
    recorded = _entry(verbs, "recorded", _recorded, purpose="say which payment recorded by hand an entry is")
    recorded.add_argument("payment", type=row_id, metavar="PAYMENT")
    question = _entry(verbs, "ask", _ask, purpose="ask by mail what money that came is for")
    question.add_argument("member", metavar="NO", help="who is asked, or for whom the payer is")
    question.add_argument(
        "--question", default="", metavar="TEXT", help="what is asked, else what the money is for"
    )
    question.add_argument("--to", default="", metavar="MAIL", help="the payer, instead of the member")


def _entry(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    action: Action,
    *,
    purpose: str,
) -> argparse.ArgumentParser:
    parser = verb(verbs, name, action, purpose=purpose, changing=True)
    parser.add_argument("entry", type=row_id, metavar="ENTRY")
    return parser


def came_back(text: str) -> Back:
    """Return a debit with its reason, written as RE2027-0001-1=AC04, or without one."""
    debit, _equals, reason = text.partition("=")
    return Back(debit.strip(), named_reason(reason))


def _collect(args: argparse.Namespace, out: Out) -> int:
    today = clock.today(out.settings.time_zone)

    def change(session: Session) -> bool:
        decision = bank_lines.get_line(session, args.entry).decision
        if decision is not None and decision.kind is DecisionKind.COLLECTED:
            names = collected_by(session, decision.id)
            if not args.collection or args.collection.strip() in names:
                return False
        collect_line(session, args.entry, today=today, collection=args.collection.strip())
        return True

    return run(args, out, change)


def _return(args: argparse.Namespace, out: Out) -> int:
    fee = args.fee or 0 if args.debits else args.fee

    def change(session: Session) -> bool:
        decision = bank_lines.get_line(session, args.entry).decision
        if decision is not None and decision.kind is DecisionKind.RETURNED:
            known = {each.debit for each in list_returned(session, [decision.id])[decision.id]}
            if not args.debits or known == {each.debit for each in args.debits}:
                return False
        return_line(
            session, args.entry, came_back=args.debits, fee_cents=fee, is_fee_of_member=args.fee_of_member
        )
        return True

    return run(args, out, change)


def _refund(args: argparse.Namespace, out: Out) -> int:
    def change(session: Session) -> bool:
        entries = _booked(session, args.entry, DecisionKind.REFUNDED)
        if entries and set(refunds.paid_by(session, entries)) == set(args.numbers):
            return False
        refund_line(session, args.entry, args.numbers)
        return True

    return run(args, out, change)


def _payout(args: argparse.Namespace, out: Out) -> int:
    def change(session: Session) -> bool:
        entries = _booked(session, args.entry, DecisionKind.PAID_OUT)
        known = find_payout_of(session, entries) if entries else None
        if known is not None and known.payout_id == args.payout:
            return False
        payout_line(session, args.entry, args.payout)
        return True

    return run(args, out, change)


def _recorded(args: argparse.Namespace, out: Out) -> int:
    def change(session: Session) -> bool:
        decision = bank_lines.get_line(session, args.entry).decision
        postings = bank_lines.list_postings(session, decision.id) if decision is not None else []
        is_recorded = decision is not None and decision.kind is DecisionKind.RECORDED
        if is_recorded and [each.payment_id for each in postings] == [args.payment]:
            return False
        record_line(session, args.entry, args.payment)
        return True

    return run(args, out, change)


def _booked(session: Session, line_id: int, kind: DecisionKind) -> list[int]:
    """Return the entries by which a decision of this kind booked a line, none where it was decided otherwise."""
    decision = bank_lines.get_line(session, line_id).decision
    if decision is None or decision.kind is not kind:
        return []
    return [each.entry_id for each in bank_lines.list_postings(session, decision.id)]


def _ask(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), "bank.write")
        document, is_new = out.change(
            asked, args.entry, member=args.member, address=args.to, question=args.question, words=out.words
        )
    done = [] if is_new else [out.words.text("This has been done already.")]
    told = [f"        {each['to']}  {each['question']}" for each in document["questions"]]
    out.emit(document, [*done, *entry_lines(document, out.words), *told])
    return DONE


def asked(
    session: Session, line_id: int, *, member: str, address: str, question: str, words: Wording
) -> tuple[dict[str, Any], bool]:
    """Ask about an entry and return it with all that was asked, and whether that is new."""
    view, whom = bank_lines.get_line(session, line_id), get_member(session, member)
    said = question.strip() or usual_question(0, whom.language)
    is_new = not any(
        (each.member_id, each.facts["text"]) == (whom.id, said) and address.strip() in {"", each.recipient}
        for each in list_questions(session, line_id)
    )
    if is_new:
        ask(session, line_id, member=member, address=address, question=said)
        session.flush()
    (document,) = decided_documents(session, [view], words)
    told = [
        {"to": each.recipient, "question": each.facts["text"], "state": str(each.state)}
        for each in list_questions(session, line_id)
    ]
    return {**document, "questions": told}, is_new
