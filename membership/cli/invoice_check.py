"""`membership invoices check`: any e-invoice, PDF or XML, and what is wrong with it; no database is opened.

Source: `interfaces.md` "invoices check".
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Final

from invoices.checking import Report, check, report_content
from membership.cli.command import DONE, FOUND, Out, verb
from membership.cli.files import read_file
from membership.domain.errors import N_
from membership.wording import Wording

_LARGEST_FILE: Final = 64 * 1_048_576
_LEVELS: Final = {"error": N_("Error"), "warning": N_("Warning")}


def add_check(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `check`."""
    asked = verb(verbs, "check", _check, purpose="say what is wrong with any e-invoice, PDF or XML")
    asked.add_argument("file", metavar="FILE", help="- is standard input")


def _check(args: argparse.Namespace, out: Out) -> int:
    report = check(read_file(args.file, limit=_LARGEST_FILE), out.words.language)
    out.emit(report_content(report), _lines(report, out.words))
    return DONE if report.is_ok else FOUND


def _lines(report: Report, words: Wording) -> Iterator[str]:
    for each in report.findings:
        place = f" ({each.where})" if each.where else ""
        yield f"{words.text(_LEVELS[each.level])}  {each.rule}{place}: {each.text}"
    yield words.text(N_("Nothing is wrong.") if report.is_ok else N_("This e-invoice breaks rules."))
    if report.rules == "partial":
        yield words.text(
            N_(
                "The official rules were not run: they are not installed, or there are none for this kind of file."
            )
        )
