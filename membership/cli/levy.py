"""`membership levy put|list`: special levies as the members' assembly resolved them (DUE-15).

Source: `interfaces.md`. `membership billing run YEAR --levy CODE` bills one.
"""

from __future__ import annotations

import argparse
from typing import Any, Final

from membership.cli.command import DONE, Out, verb
from membership.cli.files import read_file
from membership.domain.dues.json_text import parse_json
from membership.domain.levies import LevyWrong, read_levy
from membership.persistence.queries import levies as queries
from membership.services import levies
from membership.wording import Wording

_LARGEST_FILE: Final = 1_048_576


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `levy`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    put = verb(verbs, "put", _put, purpose="add a levy, or change one that is not billed yet", changing=True)
    put.add_argument("file", metavar="FILE.json", help="- is standard input")
    verb(verbs, "list", _list, purpose="list the levies")


def _put(args: argparse.Namespace, out: Out) -> int:
    document = parse_json(read_file(args.file, limit=_LARGEST_FILE), LevyWrong)
    with out.app():
        code = out.change(levies.put_levy, document)
    out.emit({"code": code}, [code])
    return DONE


def _list(_args: argparse.Namespace, out: Out) -> int:
    with out.app():
        session = out.read("billing.read")
        found = [
            {**row.document, "billed": queries.is_billed(session, row.code)}
            for row in queries.list_levies(session)
        ]
    out.emit(found, [_line(document, out.words) for document in found])
    return DONE


def _line(document: dict[str, Any], words: Wording) -> str:
    terms = read_levy({key: value for key, value in document.items() if key != "billed"})
    return f"{terms.code}  {terms.year}  {terms.title}  {words.value(terms.asks_for)}"
