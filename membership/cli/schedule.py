"""`membership schedule list|show|check|import|compare|index|activate`: fee schedules in their stored form."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, cast

from membership.cli.command import DONE, FOUND, Out, verb
from membership.cli.files import read_file
from membership.cli.values import dues_year
from membership.domain.dues.check import as_json, check_all
from membership.domain.dues.document import Node
from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.json_text import parse_json
from membership.domain.dues.readable import CategoryText, ScheduleText, readable
from membership.domain.dues.schedule import FeeSchedule, read_schedule, read_schedules
from membership.domain.dues.schedule.form import Rounding
from membership.domain.dues.schedule.options import ROUNDING_STEPS
from membership.domain.errors import N_
from membership.domain.money import Money, decimal_text
from membership.persistence.db import Session
from membership.persistence.queries.dues import get_schedule, list_schedules
from membership.persistence.queries.run_items import list_categories
from membership.services import schedule_drafts, schedule_effects, schedules
from membership.services.schedule_effects import Effect, MemberEffect
from membership.wording import Wording

_LARGEST_FILE = 1_048_576
_STATES = {
    "draft": N_("Draft"),
    "resolved": N_("Resolved"),
    "in_force": N_("In force"),
    "superseded": N_("Followed"),
}


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `schedule`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    verb(verbs, "list", _list, purpose="list the versions of the fee schedule")
    show = verb(verbs, "show", _show, purpose="show a version in words, with --json in its stored form")
    show.add_argument("code", metavar="CODE")
    check = verb(verbs, "check", _check, purpose="say what a file leaves to be desired")
    check.add_argument("file", metavar="FILE")
    taken = verb(verbs, "import", _import, purpose="take a file in as a draft", changing=True)
    taken.add_argument("file", metavar="FILE")
    compared = verb(verbs, "compare", _compare, purpose="say what a version changes for every member")
    compared.add_argument("code", metavar="CODE")
    compared.add_argument("year", type=dues_year, metavar="YEAR")
    raised = verb(
        verbs, "index", _index, purpose="make a draft with all amounts raised by some percent", changing=True
    )
    raised.add_argument("code", metavar="CODE")
    raised.add_argument("new_code", metavar="NEW_CODE")
    raised.add_argument("year", type=dues_year, metavar="YEAR")
    raised.add_argument("percent", metavar="PERCENT")
    raised.add_argument("--step", choices=tuple(ROUNDING_STEPS), default="0.01")
    raised.add_argument("--direction", choices=("nearest", "up", "down"), default="nearest")
    activate = verb(verbs, "activate", _activate, purpose="put a draft into force", changing=True)
    activate.add_argument("code", metavar="CODE")


def _list(_args: argparse.Namespace, out: Out) -> int:
    with out.app():
        rows = sorted(list_schedules(out.read("schedule.read")), key=lambda row: (row.code, row.valid_from))
        document = [
            {
                "code": row.code,
                "name": row.name,
                "state": str(row.state),
                "valid_from": row.valid_from.isoformat(),
                "valid_to": None if row.valid_to is None else row.valid_to.isoformat(),
            }
            for row in rows
        ]
    width = max((len(str(each["code"])) for each in document), default=0)
    lines = [
        f"{each['code']:<{width}}  {each['valid_from']}  {out.words.text(_STATES[str(each['state'])])}  {each['name']}"
        for each in document
    ]
    out.emit(document, lines or [out.words.text("There is no fee schedule yet.")])
    return DONE


def _show(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        session = out.read("schedule.read")
        document = get_schedule(session, args.code).document
        schedule = read_schedule(document)
        names = names_in(session, out.words)
    out.emit(document, _in_words(schedule, names, out.words))
    return DONE


def names_in(session: Session, words: Wording) -> dict[str, str]:
    """Return category code -> its name in a language, in the order of the categories."""
    is_german = words.language == "de"
    return {code: german if is_german else english for code, german, english in list_categories(session)}


def _in_words(schedule: FeeSchedule, names: Mapping[str, str], words: Wording) -> Iterator[str]:
    text: ScheduleText = readable(schedule, names)
    yield f"{schedule.name} ({schedule.code})"
    for rule in text.rules:
        yield f"  {words.value(rule.label)}: {words.value(rule.text)}"
    for category in text.categories:
        yield ""
        yield f"{names.get(category.code, category.code)} ({category.code})"
        yield from _category_lines(category, words)


def _category_lines(category: CategoryText, words: Wording) -> Iterator[str]:
    for passage in category.passages:
        yield f"  {words.value(passage.text)}"
        for row in passage.rows:
            end = "" if row.end is None else words.text("to %(value)s", value=row.end)
            start = words.text("from %(bound)s", bound=row.start)
            yield f"    {f'{start} {end}':<28} {words.value(row.amount):>14}  {row.label}".rstrip()
    for addition in category.additions:
        yield f"  {words.value(addition)}"


def _parsed(name: str) -> object:
    return parse_json(read_file(name, limit=_LARGEST_FILE), ScheduleWrong)


def _document(name: str) -> Mapping[str, Any]:
    """Return the parsed file of a schedule; what is wrong with it is named with its place."""
    document = _parsed(name)
    read_schedule(document)
    return cast("Mapping[str, Any]", document)


def _check(args: argparse.Namespace, out: Out) -> int:
    document = _parsed(args.file)
    findings = check_all(read_schedules(document), is_list=isinstance(document, list))
    lines = [f"{finding.where}  {out.words.value(finding.text)}" for finding in findings]
    out.emit(as_json(findings, out.words.value), lines or [out.words.text("Nothing to object to.")])
    return FOUND if findings else DONE


def _import(args: argparse.Namespace, out: Out) -> int:
    document = _document(args.file)
    with out.app():
        code, state = out.change(_take_in, document)
    if state == "draft":
        line = out.words.text(
            "%(code)s is there as a draft; “schedule activate” puts it into force.", code=code
        )
    else:
        line = out.words.text("%(code)s was there already; nothing changed.", code=code)
    out.emit({"code": code, "state": state}, [line])
    return DONE


def _take_in(session: Session, document: Mapping[str, Any]) -> list[str]:
    """Take a schedule in and return its code and where it stands; one in force stays so when it is the same."""
    code = schedules.import_schedule(session, document)
    session.flush()
    return [code, str(get_schedule(session, code).state)]


def _compare(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        session = out.read("schedule.read")
        schedule = read_schedule(get_schedule(session, args.code).document)
        effect = schedule_effects.effect_of(session, schedule, year=args.year)
    document = [_change(each, out.words) for each in effect.members]
    out.emit(document, _change_lines(effect, out.words))
    return DONE


def _change(each: MemberEffect, words: Wording) -> dict[str, object]:
    change = each.change
    return {
        "member": change.member,
        "old": _amount(change.old),
        "new": _amount(change.new),
        "change": _amount(change.difference),
        "refused": None
        if each.refusal is None
        else {"rule": each.refusal.rule, "text": words.value(each.refusal.text)},
    }


def _amount(amount: Money | None) -> str | None:
    return None if amount is None else decimal_text(amount.cents)


def _change_lines(effect: Effect, words: Wording) -> Iterator[str]:
    width = max((len(each.change.member) for each in effect.members), default=0)
    for each in effect.members:
        change = each.change
        if each.refusal is not None:
            yield f"{change.member:<{width}}  {words.value(each.refusal.text)} ({each.refusal.rule})"
            continue
        old, new = (_shown(amount, words) for amount in (change.old, change.new))
        yield f"{change.member:<{width}}  {old:>14}  {new:>14}  {_shown(change.difference, words):>14}"
    yield words.text(
        "Sum: %(old)s before, %(new)s now, change %(difference)s",
        old=Money(effect.old_cents),
        new=Money(effect.new_cents),
        difference=Money(effect.new_cents - effect.old_cents),
    )


def _shown(amount: Money | None, words: Wording) -> str:
    return "–" if amount is None else words.value(amount)


def _index(args: argparse.Namespace, out: Out) -> int:
    share = Node(args.percent, "PERCENT", ScheduleWrong).percent()
    rounding = Rounding(Fraction(args.step), args.direction)
    with out.app():
        code = out.change(
            schedule_drafts.index_schedule,
            args.code,
            new_code=args.new_code,
            year=args.year,
            share=share,
            rounding=rounding,
        )
    line = out.words.text("%(code)s is there as a draft; “schedule activate” puts it into force.", code=code)
    out.emit({"code": code, "state": "draft"}, [line])
    return DONE


def _activate(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        state = out.change(schedules.activate_schedule, args.code)
        if out.is_waiting(state):
            return DONE
    line = out.words.text("The fee schedule %(code)s is in force.", code=args.code)
    out.emit({"code": args.code, "state": state}, [line])
    return DONE
