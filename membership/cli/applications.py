"""`membership applications list|show|accept|reject|withdraw`: applications for membership by the public form.

Source: `interfaces.md`; MEM-1 to MEM-4.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from membership import clock
from membership.cli.command import DONE, Out, verb
from membership.cli.values import day
from membership.domain.applications import INVOICE_WAITS, STATE_WORDS, ApplicationState, asks_first
from membership.domain.policy import require
from membership.persistence.db import Session, actor_of
from membership.persistence.queries import applications as queries
from membership.services import admissions
from membership.services.admissions import Admission
from membership.services.applications import application_document
from membership.wording import Wording


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `applications`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    listed = verb(verbs, "list", _list, purpose="show the applications that wait for a decision")
    listed.add_argument("--all", action="store_true", help="decided and unconfirmed ones too")
    show = verb(verbs, "show", _show, purpose="show one application")
    accept = verb(
        verbs, "accept", _accept, purpose="make a member of it: number, first invoice, mail", changing=True
    )
    accept.add_argument("--start", type=day, metavar="D", help="first day of the membership, else today")
    accept.add_argument("--category", metavar="CODE", help="another category than the one that was wished")
    billed = accept.add_mutually_exclusive_group()
    billed.add_argument(
        "--invoice", dest="bills", action="store_true", default=None,
        help="write the first invoice, though the company wished for something before",
    )  # fmt: skip
    billed.add_argument(
        "--no-invoice", dest="bills", action="store_false", default=None,
        help="leave the first invoice to the billing run",
    )  # fmt: skip
    accept.add_argument("--into", default="", metavar="NO", help="the former member that the company is")
    accept.add_argument("--another", action="store_true", help="another company of this name is no obstacle")
    accept.add_argument("--no-invitation", action="store_true", help="invite nobody to the member area")
    reject = verb(verbs, "reject", _reject, purpose="turn it down", changing=True)
    withdraw = verb(
        verbs, "withdraw", _withdraw, purpose="note that the applicant took it back", changing=True
    )
    for each in (accept, reject):
        each.add_argument("--decided-on", type=day, metavar="D", help="day of the resolution, else today")
        each.add_argument("--organ", default="", metavar="TEXT", help="who decided")
        each.add_argument(
            "--minutes", default="", metavar="TEXT", help="where it is written down, and the vote"
        )
        each.add_argument("--no-mail", action="store_true", help="do not write to the applicant")
    for each in (show, accept, reject, withdraw):
        each.add_argument("reference", metavar="REF")


def _today(out: Out) -> date:
    return clock.today(out.settings.time_zone)


def _list(args: argparse.Namespace, out: Out) -> int:
    states = tuple(ApplicationState) if args.all else (ApplicationState.WAITING,)
    with out.app():
        lines = queries.list_applications(out.read("member.read"), states)
        documents = sorted(map(application_document, lines), key=lambda each: str(each["reference"]))
    out.emit(documents, (_line(document, out.words) for document in documents))
    return DONE


def _show(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        document = found(out.read("member.read"), args.reference)
    out.emit(document, _lines(document, out.words))
    return DONE


def found(session: Session, reference: str) -> dict[str, Any]:
    """Return an application in the shape that commands print."""
    return application_document(queries.get_line(session, reference))


def _accept(args: argparse.Namespace, out: Out) -> int:
    today = _today(out)
    admission = Admission(
        start=args.start or today, decided_on=args.decided_on or today, organ=args.organ, minutes=args.minutes,
    )  # fmt: skip
    with out.app():
        document = out.change(
            accepted, args.reference, admission=admission, category=args.category, today=today,
            base_url=out.settings.base_url, into=args.into, is_another=args.another, tells=not args.no_mail,
            invites=not args.no_invitation, bills=args.bills,
        )  # fmt: skip
    mandate = [document["mandate"]] if document["mandate"] else []
    line = "  ".join([document["member"], *document["invoices"], *mandate])
    waits = [out.words.text(INVOICE_WAITS[each]) for each in document["invoice_waits_for"]]
    out.emit(document, [*_done(document, out.words), line, *waits])
    return DONE


def accepted(
    session: Session,
    reference: str,
    *,
    admission: Admission,
    category: str | None,
    today: date,
    base_url: str,
    into: str,
    is_another: bool,
    tells: bool,
    invites: bool,
    bills: bool | None,
) -> dict[str, Any]:
    """Accept an application; one that was accepted before is reported, not done twice.

    Without a word about it (`bills` is None) the first invoice is written unless a wish of the company stands before.
    """
    require(actor_of(session), "member.write")
    application = queries.get_application(session, reference, lock=True)
    if application.state is ApplicationState.ACCEPTED:
        member = found(session, reference)["member"]
        return {"member": member, "invoices": [], "mandate": None, "invoice_waits_for": [], "is_new": False}
    wishes = (
        ["order_number"]
        if application.data and bills is None and asks_first(application.data["order_wish"])
        else []
    )
    is_billed = not wishes if bills is None else bills
    made = admissions.accept(
        session, reference, replace(admission, bills=is_billed), category=category or application.category,
        today=today, base_url=base_url, into=into, is_another=is_another, tells=tells, invites=invites,
    )  # fmt: skip
    if is_billed and not made["invoices"]:
        wishes = ["nothing_owed"]
    return {**made, "invoice_waits_for": wishes, "is_new": True}


def _reject(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        document = out.change(
            rejected, args.reference, decided_on=args.decided_on or _today(out), organ=args.organ,
            minutes=args.minutes, tells=not args.no_mail,
        )  # fmt: skip
    out.emit(document, [*_done(document, out.words), _line(document, out.words)])
    return DONE


def rejected(
    session: Session, reference: str, *, decided_on: date, organ: str, minutes: str, tells: bool
) -> dict[str, Any]:
    """Turn an application down; one that was turned down before is reported."""
    require(actor_of(session), "member.write")
    application = queries.get_application(session, reference, lock=True)
    is_new = application.state is not ApplicationState.REJECTED
    if is_new:
        admissions.reject(
            session, reference, decided_on=decided_on, organ=organ, minutes=minutes, tells=tells
        )
    return {**found(session, reference), "is_new": is_new}


def _withdraw(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        document = out.change(withdrawn, args.reference)
    out.emit(document, [*_done(document, out.words), _line(document, out.words)])
    return DONE


def withdrawn(session: Session, reference: str) -> dict[str, Any]:
    """Note that an application was taken back; one that was before is reported."""
    require(actor_of(session), "member.write")
    application = queries.get_application(session, reference, lock=True)
    is_new = application.state is not ApplicationState.WITHDRAWN
    if is_new:
        admissions.withdraw(session, reference)
    return {**found(session, reference), "is_new": is_new}


def _done(document: Mapping[str, Any], words: Wording) -> list[str]:
    return [] if document["is_new"] else [words.text("This has been done already.")]


def _line(document: Mapping[str, Any], words: Wording) -> str:
    state = words.text(STATE_WORDS[ApplicationState(document["state"])])
    company = (document["company"] or {}).get("name") or "–"
    return "  ".join(
        [document["reference"], company, document["category"], state, document["submitted_at"][:10]]
    )


def _lines(document: Mapping[str, Any], words: Wording) -> Iterator[str]:
    yield _line(document, words)
    for name, value in (document["company"] or {}).items():
        if value:
            yield f"{name}: {value}"
    for name, value in document["basis"].items():
        yield f"{name}: {value}"
    for each in document["agreed_to"]:
        yield each["text"]
