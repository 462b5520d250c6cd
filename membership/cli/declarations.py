"""`membership declarations open|list|record|accept|estimate|remind`: the yearly round of declarations.

Source: `interfaces.md`; DUE-27 to DUE-30, REP-11.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from membership import clock
from membership.cli.command import DONE, Out, verb
from membership.cli.values import day, dues_year
from membership.domain.declarations.campaigns import Dates
from membership.domain.declarations.questions import (
    Answer,
    BasisNotAsked,
    read_answer,
    read_classes,
    weighted,
)
from membership.domain.declarations.states import STATE_WORDS, WAITING, DeclarationState
from membership.domain.dues.schedule.bases import default_basis
from membership.domain.errors import N_, AlreadyDone, InputError
from membership.domain.policy import require
from membership.persistence.columns import exact_text
from membership.persistence.db import Session
from membership.persistence.queries import declarations as queries
from membership.services import declarations
from membership.services.declarations import Declared
from membership.services.declarations.deciding import TOO_LATE
from membership.services.dues import known_sizes

_WRITE = "declaration.write"


class ValueUnreadable(InputError):
    """A word of the command that is no size."""

    message = N_(
        "“%(text)s” is no size. Write it like headcount=126, or fte:over_30h=108 for heads of a class."
    )
    code = "declaration_value"


class ChoiceMissing(InputError):
    """Nothing was chosen."""

    message = N_("Name the members, or say --same-class for all that change no dues class.")
    code = "declaration_choice"


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `declarations`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    opened = verb(verbs, "open", _open, purpose="ask every member for its sizes", changing=True)
    opened.add_argument("--deadline", type=day, metavar="D", help="the last day for an answer")
    opened.add_argument("--late-until", type=day, metavar="D", help="the last day for a late declaration")
    opened.add_argument("--evidence", action="store_true", help="ask for a proof too")
    opened.add_argument(
        "--turnover-class", action="store_true", help="a class to choose instead of the amount"
    )
    opened.add_argument("--no-reminders", action="store_true", help="remind nobody by itself")
    listed = verb(verbs, "list", _list, purpose="how the round of a year stands")
    record = verb(verbs, "record", _record, purpose="enter what a member says", changing=True)
    accept = verb(verbs, "accept", _accept, purpose="take declarations over", changing=True)
    accept.add_argument("--same-class", action="store_true", help="all that change no dues class")
    guess = verb(verbs, "estimate", _estimate, changing=True,
                 purpose="let the rule of the schedule count for members, or BASIS=VALUE with --reason")  # fmt: skip
    remind = verb(verbs, "remind", _remind, purpose="remind all that have not declared", changing=True)
    for each in (opened, listed, record, accept, guess, remind):
        each.add_argument("year", type=dues_year, metavar="YEAR")
    record.add_argument("number", metavar="NO")
    record.add_argument("values", nargs="+", metavar="BASIS=VALUE")
    record.add_argument("--name", default="", help="who said so")
    record.add_argument("--comment", default="", help="a remark")
    accept.add_argument("numbers", nargs="*", metavar="NO")
    guess.add_argument("words", nargs="+", metavar="NO|BASIS=VALUE")


def _today(out: Out) -> date:
    return clock.today(out.settings.time_zone)


def _open(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), _WRITE)
        document, is_new = out.change(opened, args.year, args=_asked(args), today=_today(out))
    done = [] if is_new else [out.words.text("This has been done already.")]
    out.emit(document, [*done, "  ".join(f"{name}: {value}" for name, value in document.items())])
    return DONE


def _asked(args: argparse.Namespace) -> dict[str, Any]:
    return {
        "deadline": args.deadline, "late_until": args.late_until, "reminds": not args.no_reminders,
        "asks": {"evidence": args.evidence, "turnover_class": args.turnover_class},
    }  # fmt: skip


def opened(
    session: Session, year: int, *, args: Mapping[str, Any], today: date
) -> tuple[dict[str, Any], bool]:
    """Open a round and return it in the shape of the contract, and whether it is new."""
    usual = declarations.usual(session, year, today=today)
    dates = Dates(args["deadline"] or usual.deadline, args["late_until"] or usual.late_until)
    is_new = True
    try:
        declarations.open_round(
            session, year, dates=dates, asks=args["asks"], reminds=args["reminds"], today=today
        )
    except AlreadyDone:
        is_new = False
    session.flush()
    found = queries.get_round(session, year)
    views = queries.list_requests(session, found.id)
    return {
        "year": year,
        "deadline": found.deadline.isoformat(),
        "late_until": found.late_until.isoformat() if found.late_until else None,
        "requests": len(views),
        "asked": sum(view.request.asked_at is not None for view in views),
    }, is_new


def _list(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        documents = listed(out.read("declaration.read"), args.year, out=out)
    out.emit(documents, [_line(each, out) for each in documents])
    return DONE


def listed(session: Session, year: int, *, out: Out) -> list[dict[str, Any]]:
    """Return one object for each member and size, by member number (REP-11)."""
    found = queries.get_round(session, year)
    asked = declarations.asked_of_all(session, year, turnover_class=bool(found.asks.get("turnover_class")))
    bases = known_sizes(session, year)
    documents = []
    for view in sorted(queries.list_requests(session, found.id), key=lambda each: each.member.number):
        version, each = view.version, asked.get(view.member.id)
        known = declarations.answers_from(version.known) if version else dict(each.known) if each else {}
        stored = version.answers if version else view.decision.answers if view.decision else {}
        answers = declarations.answers_from(stored)
        before, now = (
            (declarations.outcome_from(version.before), declarations.outcome_from(version.expected))
            if version
            else (None, None)
        )
        names = sorted({*answers, *known, *((q.name for q in each.questions) if each else ())})
        documents += [
            {
                "member": view.member.number,
                "basis": name,
                "previous": _size(known.get(name), bases.get(name) or default_basis(name)),
                "declared": _size(answers.get(name), bases.get(name) or default_basis(name)),
                "band_from": _band(before, out),
                "band_to": _band(now, out),
                "state": str(view.state),
            }
            for name in names
        ]
    return documents


def _size(answer: Answer | None, basis: Any) -> str | None:  # noqa: ANN401 - a basis of a schedule
    return None if answer is None else exact_text(weighted(basis, answer))


def _band(outcome: Any, out: Out) -> str | None:  # noqa: ANN401 - an outcome, or nothing
    band = declarations.band_of(outcome) if outcome else None
    return None if band is None else out.words.value(band)


def _line(document: Mapping[str, Any], out: Out) -> str:
    state = out.words.text(STATE_WORDS[DeclarationState(document["state"])])
    sizes = f"{document['previous'] or '–'} → {document['declared'] or '–'}"
    return "  ".join((document["member"], document["basis"], sizes, document["band_to"] or "–", state))


def _record(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), _WRITE)
        document = out.change(
            recorded, args.year, args.number, args.values, name=args.name or out.actor().name, comment=args.comment,
            today=_today(out),
        )  # fmt: skip
    out.emit(
        document,
        [f"{document['member']}  {out.words.text(STATE_WORDS[DeclarationState(document['state'])])}"],
    )
    return DONE


def recorded(
    session: Session, year: int, number: str, values: Sequence[str], *, name: str, comment: str, today: date
) -> dict[str, Any]:
    """Enter what a member says and return how its request stands."""
    view = queries.get_request(session, year, number)
    answers = _answers(session, view.request.id, values)
    declared = Declared(answers, comment=comment, name=name)
    version = declarations.declare_by_office(session, year, number, declared, today=today)
    session.flush()
    view = queries.get_request(session, year, number)
    return {"member": view.member.number, "version": version, "state": str(view.state)}


def _answers(session: Session, request_id: int, values: Sequence[str]) -> dict[str, Answer]:
    """Return the answers of `headcount=126` or `fte:over_30h=108`; each is read as the page reads it."""
    opened_request = declarations.open_request(session, request_id)
    single: dict[str, str] = {}
    classes: dict[str, dict[str, str]] = {}
    known = {question.name: question for question in opened_request.asked.questions}
    for word in values:
        place, sign, text = word.partition("=")
        if not sign or not place:
            raise ValueUnreadable(text=word)
        name, colon, code = place.rpartition(":")
        if colon and name in known and known[name].classes:
            classes.setdefault(name, {})[code] = text
        else:
            single[place] = text
    for name in (*single, *classes):
        if name not in known:
            member = opened_request.view.member.number
            raise BasisNotAsked(member=member, name=name, known=", ".join(sorted(known)))
    answers: dict[str, Answer] = {name: read_answer(known[name], text) for name, text in single.items()}
    return answers | {name: read_classes(known[name], texts) for name, texts in classes.items()}


def _accept(args: argparse.Namespace, out: Out) -> int:
    if not args.numbers and not args.same_class:
        raise ChoiceMissing
    with out.app():
        require(out.actor(), _WRITE)
        document = out.change(accepted, args.year, args.numbers or None)
    count = out.words.count("%(n)s declaration", "%(n)s declarations", document["accepted"])
    lines = [count, *(f"  {number}" for number in document["invoices"])]
    if "too_late" in document:
        lines.append(out.words.text(TOO_LATE, members=", ".join(document["too_late"])))
    out.emit(document, lines)
    return DONE


def accepted(session: Session, year: int, numbers: Sequence[str] | None) -> dict[str, Any]:
    """Take declarations over; those that were taken over before are counted apart."""
    already = []
    if numbers is not None:
        views = [queries.get_request(session, year, number) for number in numbers]
        already = [view.member.number for view in views if view.state is DeclarationState.TAKEN_OVER]
        for view in views:
            if view.state not in WAITING and view.member.number not in already:
                declarations.accept(session, year, view.member.number)
    done = declarations.accept_all(session, year, numbers)
    document = {"accepted": done["count"], "already": already, "invoices": done["invoices"]}
    return {**document, "too_late": done["too_late"]} if "too_late" in done else document


def _estimate(args: argparse.Namespace, out: Out) -> int:
    numbers = [word for word in args.words if "=" not in word]
    values = [word for word in args.words if "=" in word]
    if not numbers:
        raise ChoiceMissing
    with out.app():
        require(out.actor(), _WRITE)
        document = out.change(estimated, args.year, numbers, values, reason=args.reason)
    out.emit(document, [*document["done"], *(f"{each}  ?" for each in document["unknown"])])
    return DONE


def estimated(
    session: Session, year: int, numbers: Sequence[str], values: Sequence[str], *, reason: str
) -> dict[str, list[str]]:
    """Let the rule of the fee schedule count for these members, or an estimate with its reason."""
    views = [queries.get_request(session, year, number) for number in numbers]
    if not values:
        return declarations.end_silence(session, year, numbers=[view.member.number for view in views])
    for view in views:
        answers: Mapping[str, Answer | Fraction] = _answers(session, view.request.id, values)
        declarations.estimate(session, year, view.member.number, answers, reason=reason)
    return {"done": [view.member.number for view in views], "unknown": []}


def _remind(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        require(out.actor(), _WRITE)
        count = out.change(declarations.remind_round, args.year, today=_today(out))
    text = out.words.count("%(n)s member is reminded.", "%(n)s members are reminded.", count)
    out.emit({"year": args.year, "reminded": count}, [text])
    return DONE
