"""`membership year check|close|reopen YEAR`: the end of a year of the books.

Source: `interfaces.md`; `ux.md` 8.3.
"""

from __future__ import annotations

import argparse
from typing import Any

from membership import clock
from membership.cli.command import DONE, FOUND, Out, verb
from membership.domain.closings import CHECK_WORDS, STATE_WORDS, YearState, YearWrong, is_ready
from membership.domain.errors import N_
from membership.services import closings
from membership.services.closings import YearChecks
from membership.wording import Wording


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `year`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    check = verb(
        verbs,
        "check",
        _check,
        purpose="say what is missing before a year is closed; 1 when something is",
    )
    close = verb(verbs, "close", _close, purpose="close a year: nothing more is booked in it", changing=True)
    reopen = verb(verbs, "reopen", _reopen, purpose="reopen a closed year; --reason says why", changing=True)
    for each in (check, close, reopen):
        each.add_argument("year", type=_year, metavar="YEAR")


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 4):  # noqa: PLR2004 - digits of a year
        raise YearWrong(year=text)
    return int(text)


def _check(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        today = clock.today(out.settings.time_zone)
        found = closings.check_year(out.read("report.read"), args.year, today=today)
    document = _document(found, out.words)
    out.emit(document, [_line(item, out.words) for item in document["items"]])
    return DONE if document["ok"] else FOUND


def _close(args: argparse.Namespace, out: Out) -> int:
    today = clock.today(out.settings.time_zone)
    with out.app():
        state = closings.check_year(out.read("report.read"), args.year, today=today).state
        if state not in {YearState.CLOSED, YearState.CLOSE_ASKED}:
            state = out.change(closings.close_year, args.year, today=today)
    return _say(args.year, state, out)


def _reopen(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        state = out.change(closings.reopen_year, args.year, reason=args.reason)
    return _say(args.year, state, out)


def _say(year: int, state: YearState, out: Out) -> int:
    out.emit({"year": year, "state": str(state)}, [f"{year}  {out.words.text(STATE_WORDS[state])}"])
    return DONE


def _document(found: YearChecks, words: Wording) -> dict[str, Any]:
    return {
        "ok": is_ready(found.checks),
        "year": found.year,
        "state": str(found.state),
        "items": [
            {
                "item": check.key,
                "ok": check.ok,
                "needed": check.is_needed,
                "evidence": words.value(check.evidence),
            }
            for check in found.checks
        ],
    }


def _line(item: dict[str, Any], words: Wording) -> str:
    mark = (
        words.text(N_("yes"))
        if item["ok"]
        else words.text(N_("no"))
        if item["needed"]
        else words.text(N_("look"))
    )
    return f"{mark}  {words.text(CHECK_WORDS[item['item']])}: {item['evidence']}"
