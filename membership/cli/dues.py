"""`membership dues explain SCHEDULE.json FACTS.json`: dues without a database.

Source: `interfaces.md` "dues explain".
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from fractions import Fraction

from invoices.formats import Language, amount, number
from membership.cli.command import Out, verb
from membership.cli.files import read_file
from membership.domain.dues.assessment import Assessment, Result, Step, StepName
from membership.domain.dues.errors import DocumentWrong, FactsWrong, ScheduleWrong
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import Facts, read_facts
from membership.domain.dues.json_text import parse_json
from membership.domain.dues.report import as_json as results_as_json
from membership.domain.dues.schedule import FeeSchedule, read_schedules
from membership.domain.dues.situation import unweighted_class
from membership.domain.money import rounded
from membership.domain.phrases import phrase
from membership.wording import Wording

DONE, WRONG_INPUT, REFUSED = 0, 2, 3
_CENTS = 100
_WIDTH = 14
_LARGEST_FILE = 16 * 1_048_576


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verb of `dues`; it opens no database."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    asked = verb(
        verbs, "explain", _explain, purpose="work out dues from a fee schedule and facts, step by step"
    )
    asked.add_argument("schedule", metavar="SCHEDULE.json", help="the fee schedule, or a list of versions")
    asked.add_argument("facts", metavar="FACTS.json", help="the members, as a list")


def _explain(args: argparse.Namespace, out: Out) -> int:
    schedule, facts = (read_file(name, limit=_LARGEST_FILE) for name in (args.schedule, args.facts))
    language = out.words.language
    code, output = explain_command(schedule, facts, language=language, as_json=args.json)
    if code == WRONG_INPUT:
        print(json.loads(output)["error"]["message"] if args.json else output, file=sys.stderr)
        if not args.json:
            return code
    elif code == REFUSED:
        print(out.words.text("The schedule does not decide for every member; see the list."), file=sys.stderr)
    print(output)
    return code


def explain_command(
    schedule_text: str | bytes, facts_text: str | bytes, *, language: Language, as_json: bool
) -> tuple[int, str]:
    """Return exit code and output of the command for the texts of its two files.

    The code is 2 when a file is wrong (the output is then the error), 3 when a member was refused, else 0.
    """
    wording = Wording(language)
    try:
        schedules = read_schedules(parse_json(schedule_text, ScheduleWrong))
        facts = read_facts(parse_json(facts_text, FactsWrong))
        _check_classes(schedules, facts)
    except DocumentWrong as error:
        return WRONG_INPUT, _error_text(error, wording, as_json=as_json)
    results = explain(schedules, facts)
    code = DONE if all(isinstance(result, Assessment) for result in results) else REFUSED
    if as_json:
        return code, json.dumps(results_as_json(results, wording.value), ensure_ascii=False, indent=2)
    return code, "\n\n".join(_paragraph(result, wording) for result in results)


def _check_classes(schedules: Sequence[FeeSchedule], facts: Sequence[Facts]) -> None:
    """Refuse heads in a class that no version gives a weight (DUE-7)."""
    for index, one in enumerate(facts):
        for name, value in one.basis.items():
            unknown = [unweighted_class(schedule.bases[name], value) for schedule in schedules]
            if all(unknown):
                code = unknown[0] or ""
                raise FactsWrong(
                    where=f"/{index}/basis/{name}/{code}",
                    problem=phrase("The class “%(code)s” has no weight in the fee schedule.", code=code),
                )


def _error_text(error: DocumentWrong, wording: Wording, *, as_json: bool) -> str:
    sentence = wording.error(error)
    if not as_json:
        return sentence
    return json.dumps(
        {"error": {"code": error.code, "message": sentence, "where": error.where}}, ensure_ascii=False
    )


def _paragraph(result: Result, wording: Wording) -> str:
    head = f"{result.member} · {result.year}"
    if not isinstance(result, Assessment):
        reason = wording.text("not decided: %(text)s (%(rule)s)", text=result.text, rule=result.rule)
        return f"{head}  {reason}"
    rows = [(_result(step, wording), step.text) for step in result.steps]
    lines = [f"{head}  {wording.value(result.total)}"]
    lines += [f"  {figure:>{_WIDTH}}  {wording.value(text)}" for figure, text in rows]
    if result.is_estimated:
        lines.append("  " + wording.text("The basis is estimated."))
    lines += ["  " + wording.text("Note: %(text)s", text=warning.text) for warning in result.warnings]
    return "\n".join(lines)


def _result(step: Step, wording: Wording) -> str:
    if step.step is StepName.BASIS:
        return number(step.result, wording.language)
    cents = Fraction(step.result * _CENTS)
    if cents.denominator == 1:
        return amount(int(cents), wording.language)
    return f"≈ {amount(rounded(cents), wording.language)}"
