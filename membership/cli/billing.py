"""`membership billing preview|run YEAR`: the yearly run on the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from membership import clock
from membership.cli.command import DONE, Out, verb
from membership.cli.sending import send_now
from membership.cli.values import day, dues_year
from membership.domain.approvals import Waiting
from membership.domain.billing import WAITS_FOR_ORDER, YEARLY, ItemState, Mark, RunState, run_counts
from membership.domain.dues.stored import phrase_of
from membership.domain.errors import N_
from membership.domain.levies import fee_of
from membership.domain.money import Money, decimal_text, from_decimal_text
from membership.domain.run_review import list_unconfirmed
from membership.jobs.billing import issue_run, render_waiting
from membership.persistence.db import Session
from membership.persistence.queries import billing as queries
from membership.persistence.queries import members as member_queries
from membership.persistence.queries.dispatch import count_sent
from membership.persistence.queries.run_items import list_lines
from membership.services import billing, dispatch, run_review
from membership.wording import Wording


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `billing`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    preview = verb(
        verbs, "preview", _preview, purpose="say what the run of a dues year would bill", changing=True
    )
    run = verb(verbs, "run", _run, purpose="make the invoices of a dues year", changing=True)
    for each in (preview, run):
        each.add_argument("year", type=dues_year, metavar="YEAR")
        each.add_argument(
            "--issue-date", type=day, metavar="D", help="invoice date; that of the draft, else today"
        )
        each.add_argument("--hold", action="append", default=[], metavar="NO", help="hold a member back")
        each.add_argument("--levy", metavar="CODE", help="bill this special levy instead of the dues")
    run.add_argument(
        "--send", action="store_true", help="send the invoices; without it they are made and wait"
    )
    run.add_argument(
        "--confirm", action="append", default=[], metavar="NO", help="bill a member whose dues changed a lot"
    )


class ChangesUnasked(run_review.ChangesUnconfirmed):
    """Large changes wait for somebody to look at them; said as the options of this command."""

    message = N_(
        "The dues of these members changed a lot: %(members)s. Look at them in the preview, then name each "
        "with --confirm, or with --hold to leave it out."
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of the command ask for."""

    issued_on: date | None
    hold: tuple[str, ...]
    confirm: tuple[str, ...] = ()
    levy: str | None = None

    @property
    def kind(self) -> str:
        """Return the kind of the run that is asked for."""
        return YEARLY if self.levy is None else fee_of(self.levy)


def _preview(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        today = clock.today(out.settings.time_zone)
        asked = Asked(args.issue_date, tuple(args.hold), levy=args.levy)
        document = out.foresee("billing.read", _planned, args.year, asked, today=today, words=out.words)
        out.emit(document, _lines(document, out.words))
    return DONE


def _run(args: argparse.Namespace, out: Out) -> int:
    with out.app() as app:
        settings = out.settings
        today = clock.today(settings.time_zone)
        asked = Asked(args.issue_date, tuple(args.hold), tuple(args.confirm), args.levy)
        document = out.change(_released, args.year, asked, today=today, words=out.words)
        if isinstance(document, Waiting):
            out.is_waiting(document)
            return DONE
        waiting = document.pop("waiting")
        if waiting is not None and not args.dry_run:
            progress = _progress(document["documents"])
            issue_run(out.actor(), waiting, base_url=settings.base_url, today=today, progress=progress)
            render_waiting(out.actor())
            document = year_result(out.read("billing.read"), args.year, out.words, kind=asked.kind)
        if args.send and not args.dry_run:
            numbers = [item["number"] for item in document["items"] if item["number"]]
            out.change(dispatch.send_invoices, numbers)
            send_now(app, out)
            document = year_result(out.read("billing.read"), args.year, out.words, kind=asked.kind)
        out.emit(document, _lines(document, out.words))
    return DONE


def _progress(total: int) -> Any:  # noqa: ANN401 - a function or None
    if not sys.stderr.isatty():
        return None

    def show(issued: int) -> None:
        print(f"\r{issued}/{total}", end="" if issued < total else "\n", file=sys.stderr, flush=True)

    return show


def _planned(session: Session, year: int, asked: Asked, *, today: date, words: Wording) -> dict[str, Any]:
    """Plan the run of a year, or find the one that is open; return the year's result so far.

    A draft that was there keeps its text, its date unless another one is asked for, and what was decided on the pages.
    """
    known = queries.find_open_run(session, year, kind=asked.kind)
    run_id = billing.plan_run(session, year, issued_on=asked.issued_on or today, today=today, levy=asked.levy)
    run = queries.get_run(session, run_id)
    if run.state is RunState.DRAFT:
        if known is not None and asked.issued_on is not None:
            billing.change_run(session, run_id, issued_on=asked.issued_on, text=run.text, today=today)
        elif known is not None:
            billing.refresh_run(session, run_id)
        for number in asked.hold:
            member = member_queries.get_member(session, number)
            billing.hold_item(session, run_id, member.id, reason="--hold")
        confirmed = [member_queries.get_member(session, number).id for number in asked.confirm]
        billing.confirm_items(session, run_id, confirmed)
    return {**year_result(session, year, words, kind=asked.kind), "run": run_id}


def _released(
    session: Session, year: int, asked: Asked, *, today: date, words: Wording
) -> dict[str, Any] | Waiting:
    """Plan and release; a run without any invoice is thrown away, so the same command again changes nothing.

    Raises `ChangesUnasked` for large changes that nobody confirmed (D-INV-15a).
    """
    document = _planned(session, year, asked, today=today, words=words)
    run_id = document["run"]
    if queries.get_run(session, run_id).state is RunState.DRAFT:
        if not queries.count_items(session, run_id).get(ItemState.PLANNED):
            billing.discard_run(session, run_id)
            return {**document, "run": queries.find_last_run(session, year, kind=asked.kind), "waiting": None}
        unconfirmed = list_unconfirmed(list_lines(session, run_id))
        if unconfirmed:
            raise ChangesUnasked(members=", ".join(unconfirmed))
    released = billing.release_run(session, run_id, today=today)
    if isinstance(released, Waiting):
        return released
    billing.resume_run(session, run_id)
    return {**document, "waiting": run_id}


def year_result(session: Session, year: int, words: Wording, *, kind: str = YEARLY) -> dict[str, Any]:
    """Return a dues year over all its runs of a kind; every active member is counted once (`interfaces.md`)."""
    views = queries.list_year_items(session, year, kind=kind)
    counts = run_counts([(view.item.member_id, view.item.state) for view in views])
    billed = [view for view in views if view.item.state in _BILLED]
    numbers = sorted(view.number for view in billed if view.number)
    previous = {view.item.member_id: view.item.previous_cents or 0 for view in billed}
    return {
        "year": year,
        "run": queries.find_last_run(session, year, kind=kind),
        "active": counts.active,
        "invoices": counts.invoices,
        "total": decimal_text(sum(view.item.amount_cents for view in billed)),
        "previous_total": decimal_text(sum(previous.values())),
        "first_number": numbers[0] if numbers else None,
        "last_number": numbers[-1] if numbers else None,
        "documents": len(billed),
        "sent": count_sent(session, numbers),
        **{key: _left_out(views, state, words) for key, state in _LEFT_OUT.items()},
        "waiting_for_order": _waiting(views),
        "items": [_item(view, words) for view in billed],
    }


_BILLED = frozenset({ItemState.PLANNED, ItemState.TODO, ItemState.DONE})
_LEFT_OUT = {"held": ItemState.HELD, "free": ItemState.FREE, "failed": ItemState.FAILED}


def _left_out(views: list[queries.ItemView], state: ItemState, words: Wording) -> list[dict[str, Any]]:
    return [
        {"member": view.member.number, "reason": view.item.reason or _reason(view, words)}
        for view in views
        if view.item.state is state
    ]


def _waiting(views: list[queries.ItemView]) -> list[str]:
    """Return the members that are held back until they have an order number, by number."""
    reasons = {
        view.member.number: view.item.reason_text for view in views if view.item.state is ItemState.HELD
    }
    return sorted(number for number, text in reasons.items() if text and phrase_of(text) == WAITS_FOR_ORDER)


def _reason(view: queries.ItemView, words: Wording) -> str:
    return words.value(phrase_of(view.item.reason_text)) if view.item.reason_text else ""


def _item(view: queries.ItemView, words: Wording) -> dict[str, Any]:
    item = view.item
    return {
        "member": view.member.number,
        "amount": decimal_text(item.amount_cents),
        "previous": None if item.previous_cents is None else decimal_text(item.previous_cents),
        "estimated": item.is_estimated,
        "warnings": [
            {"rule": warning["rule"], "text": words.value(phrase_of(warning["text"]))}
            for warning in item.warnings
        ],
        "number": view.number,
    }


def _lines(document: dict[str, Any], words: Wording) -> Iterator[str]:
    """Say a result in words: the sum that must add up first, then whoever is left out and why."""
    yield words.text(
        "%(active)s active members = %(invoices)s invoiced + %(held)s held back + %(free)s free + %(failed)s failed",
        active=document["active"],
        invoices=document["invoices"],
        held=len(document["held"]),
        free=len(document["free"]),
        failed=len(document["failed"]),
    )
    yield words.text(
        "%(documents)s invoices, %(total)s (year before: %(previous)s)",
        documents=document["documents"],
        total=Money(from_decimal_text(document["total"])),
        previous=Money(from_decimal_text(document["previous_total"])),
    )
    if document["first_number"]:
        yield f"{document['first_number']} \N{EN DASH} {document['last_number']}"
    changed = [each for each in document["items"] if any(w["rule"] == Mark.CHANGE for w in each["warnings"])]
    if changed:
        yield words.text("Large changes:")
        yield from (f"  {each['member']}  {_change(each, words)}" for each in changed)
    if document["waiting_for_order"]:
        found = document["waiting_for_order"]
        yield words.text(
            "Waiting for an order number (%(n)s): %(members)s", n=len(found), members=", ".join(found)
        )
    titles = {"held": "Held back:", "free": "Free of dues:", "failed": "Failed:"}
    for key, title in titles.items():
        if document[key]:
            yield words.text(title)
            yield from (f"  {each['member']}  {each['reason']}" for each in document[key])


def _change(item: dict[str, Any], words: Wording) -> str:
    before, now = (words.value(Money(from_decimal_text(item[key]))) for key in ("previous", "amount"))
    return f"{before} \N{RIGHTWARDS ARROW} {now}"
