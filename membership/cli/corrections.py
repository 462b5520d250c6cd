"""`membership invoices cancel|correct|adjust|waive|write-off|reopen|defer|instalments`: what the invoice page does.

Each answers with the invoice; what is done already is reported, not done twice. Source: `interfaces.md`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from membership import clock
from membership.cli.command import DONE, Action, Out, verb
from membership.cli.documents import invoice_document, record_lines
from membership.cli.values import cents, day, days
from membership.domain.approvals import Waiting
from membership.domain.claims import AlreadyDecided
from membership.domain.corrections import AlreadyCancelled, Cause, PaidMoney, Reason
from membership.domain.policy import require
from membership.jobs.billing import render_waiting
from membership.persistence.db import Session
from membership.persistence.queries.corrections import list_followers
from membership.persistence.queries.invoicing import get_invoice
from membership.services import corrections
from membership.wording import Wording

_NO_REASON: Final = "membership invoices"
Change = Callable[[Session], object]


def add_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verbs that correct an invoice or decide about its claim."""
    cancel = _verb(verbs, "cancel", _cancel, "take back all of an invoice by a cancellation")
    cancel.add_argument("--reissue", action="store_true", help="and issue a new one by today's facts")
    cancel.add_argument(
        "--replace", action="store_true", help="by one corrected invoice that takes its place"
    )
    _ask_why(cancel)
    correct = _verb(verbs, "correct", _correct, "take an amount off an invoice by a correction")
    correct.add_argument("amount", type=cents, metavar="AMOUNT")
    _ask_why(correct)
    adjust = _verb(verbs, "adjust", _adjust, "credit or ask for the difference to today's size")
    adjust.add_argument("--paid", type=PaidMoney, choices=tuple(PaidMoney), default=PaidMoney.CREDIT)
    waive = _verb(verbs, "waive", _waive, "waive an amount of what is open")
    waive.add_argument("amount", type=cents, metavar="AMOUNT")
    _ask_who(waive)
    _ask_who(_verb(verbs, "write-off", _write_off, "write off what is open"))
    _verb(verbs, "reopen", _reopen, "take back what was waived or written off")
    defer = _verb(verbs, "defer", _defer, "give an invoice until a later day")
    defer.add_argument("--until", type=day, required=True, metavar="D")
    _ask_who(defer)
    plan = _verb(verbs, "instalments", _instalments, "let an invoice be paid in equal parts")
    plan.add_argument("--dates", type=days, required=True, metavar="D,D")
    _ask_who(plan)


def _verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, action: Action, purpose: str
) -> argparse.ArgumentParser:
    parser = verb(verbs, name, action, purpose=purpose, changing=True)
    parser.add_argument("number", metavar="NUMBER")
    return parser


def _ask_why(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cause", type=Cause, choices=tuple(Cause), default=Cause.OTHER, metavar="CAUSE",
                        help=", ".join(Cause))  # fmt: skip
    parser.add_argument("--paid", type=PaidMoney, choices=tuple(PaidMoney), default=PaidMoney.CREDIT,
                        help="what becomes of money already paid")  # fmt: skip


def _ask_who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--resolution", default="", metavar="TEXT", help="who decided it, and when")


def _cancel(args: argparse.Namespace, out: Out) -> int:
    today, base_url = clock.today(out.settings.time_zone), out.settings.base_url

    def change(session: Session) -> object:
        reason = _reason(args)
        if args.replace:
            return corrections.replace_invoice(
                session, args.number, reason=reason, today=today, base_url=base_url
            )
        if args.reissue:
            return corrections.reissue_invoice(
                session, args.number, reason=reason, today=today, base_url=base_url
            )
        return corrections.cancel_invoice(session, args.number, reason=reason, paid=args.paid, today=today)

    return _run(args, out, "invoice.correct", change)


def _correct(args: argparse.Namespace, out: Out) -> int:
    today = clock.today(out.settings.time_zone)

    def change(session: Session) -> object:
        if _is_corrected(session, args, today=today):
            raise AlreadyDecided(number=args.number)
        return corrections.correct_invoice(
            session, args.number, args.amount, reason=_reason(args), paid=args.paid, today=today
        )

    return _run(args, out, "invoice.correct", change)


def _is_corrected(session: Session, args: argparse.Namespace, *, today: date) -> bool:
    """Return whether the same command made this correction today."""
    invoice = get_invoice(session, args.number).invoice
    reason = _reason(args)
    same = {"cause": str(reason.cause), "words": reason.words}
    return any(
        (one.issued_on, one.gross_cents, one.content.get("reason")) == (today, args.amount, same)
        for one in list_followers(session, invoice.id)
    )


def _adjust(args: argparse.Namespace, out: Out) -> int:
    today, base_url = clock.today(out.settings.time_zone), out.settings.base_url

    def change(session: Session) -> object:
        return corrections.adjust_invoice(
            session, args.number, words=args.reason, paid=args.paid, today=today, base_url=base_url
        )

    return _run(args, out, "invoice.correct", change)


def _waive(args: argparse.Namespace, out: Out) -> int:
    today = clock.today(out.settings.time_zone)

    def change(session: Session) -> object:
        if not get_invoice(session, args.number).open_cents:
            waived = get_invoice(session, args.number).standing.waived_cents
            if waived == args.amount:
                raise AlreadyDecided(number=args.number)
        return corrections.waive(session, args.number, args.amount, today=today, **_decided(args))

    return _run(args, out, "claim.change", change)


def _write_off(args: argparse.Namespace, out: Out) -> int:
    today = clock.today(out.settings.time_zone)

    def change(session: Session) -> object:
        return corrections.write_off(session, args.number, today=today, **_decided(args))

    return _run(args, out, "claim.change", change)


def _reopen(args: argparse.Namespace, out: Out) -> int:
    today = clock.today(out.settings.time_zone)

    def change(session: Session) -> object:
        return corrections.reopen(session, args.number, reason=args.reason or _NO_REASON, today=today)

    return _run(args, out, "claim.change", change)


def _defer(args: argparse.Namespace, out: Out) -> int:
    today = clock.today(out.settings.time_zone)

    def change(session: Session) -> object:
        return corrections.defer(session, args.number, until=args.until, today=today, **_decided(args))

    return _run(args, out, "claim.change", change)


def _instalments(args: argparse.Namespace, out: Out) -> int:
    today = clock.today(out.settings.time_zone)

    def change(session: Session) -> object:
        return corrections.plan_instalments(session, args.number, args.dates, today=today, **_decided(args))

    return _run(args, out, "claim.change", change)


def _reason(args: argparse.Namespace) -> Reason:
    return Reason(args.cause, args.reason or (_NO_REASON if args.cause is Cause.OTHER else ""))


def _decided(args: argparse.Namespace) -> dict[str, str]:
    """Return reason and resolution; who decided stands in the reason when it is not named apart."""
    reason = args.reason or _NO_REASON
    return {"reason": reason, "resolution": args.resolution or reason}


def _run(args: argparse.Namespace, out: Out, action: str, change: Change) -> int:
    """Do it, and print the invoice as it is then; what was done before changes nothing."""
    with out.app():
        require(out.actor(), action)
        today = clock.today(out.settings.time_zone)
        result = out.change(changed, args.number, change, words=out.words, today=today)
        if isinstance(result, Waiting):
            out.is_waiting(result)
            return DONE
        document, lines, is_changed = result
        if not args.dry_run:
            render_waiting(out.actor())
    done = [] if is_changed else [out.words.text("This has been done already.")]
    out.emit(document, [*done, *lines])
    return DONE


def changed(
    session: Session, number: str, change: Change, *, words: Wording, today: date
) -> tuple[dict[str, Any], list[str], bool] | Waiting:
    """Do one change and return the invoice as it is then, as object and lines, and whether anything changed.

    What was submitted to a second person is returned as it is.
    """
    is_changed = True
    try:
        result = change(session)
        if isinstance(result, Waiting):
            return result
    except (AlreadyCancelled, AlreadyDecided):
        is_changed = False
    session.flush()
    view = get_invoice(session, number)
    document = invoice_document(view, words, today=today)
    followers = [one.number for one in list_followers(session, view.invoice.id)]
    return (
        {**document, "followed_by": followers},
        list(record_lines(view, document, words, today)),
        is_changed,
    )
