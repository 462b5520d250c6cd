"""`membership opening take-over|list|take-back`: open amounts of earlier years, from a list."""

from __future__ import annotations

import argparse
from typing import Any

from membership import clock
from membership.cli.command import DONE, Out, verb
from membership.cli.files import read_file
from membership.domain.money import decimal_text
from membership.domain.policy import require
from membership.persistence.queries.opening_items import OpeningItem, list_opening_items
from membership.services import opening_items
from membership.wording import Wording

_WRITE = "claim.change"


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `opening`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    bring = verb(verbs, "take-over", _take_over, purpose="take over open amounts from a list", changing=True)
    bring.add_argument("file", metavar="FILE", help="XLSX or CSV with member, number, date, amount")
    verb(verbs, "list", _list, purpose="list the open amounts that were taken over")
    back = verb(verbs, "take-back", _take_back, purpose="take one back that was wrong", changing=True)
    back.add_argument("number", metavar="NUMBER")


def _take_over(args: argparse.Namespace, out: Out) -> int:
    content = read_file(args.file, limit=out.settings.max_command_file)
    today = clock.today(out.settings.time_zone)
    with out.app():
        require(out.actor(), _WRITE)
        numbers = out.change(opening_items.take_over, content, filename=args.file, today=today)
    text = out.words.count("%(n)s open amount taken over.", "%(n)s open amounts taken over.", len(numbers))
    out.emit({"taken_over": numbers}, [text, *numbers])
    return DONE


def _list(_args: argparse.Namespace, out: Out) -> int:
    with out.app():
        documents = [_document(item) for item in list_opening_items(out.read("invoice.read"))]
    out.emit(documents, (_line(each, out.words) for each in documents))
    return DONE


def _document(item: OpeningItem) -> dict[str, Any]:
    return {
        "number": item.number, "member": item.member, "date": item.dated_on.isoformat(),
        "due_on": item.due_on.isoformat(), "amount": decimal_text(item.cents), "open": decimal_text(item.open_cents),
        "taken_back": item.is_taken_back,
    }  # fmt: skip


def _line(document: dict[str, Any], words: Wording) -> str:
    back = words.text("taken back") if document["taken_back"] else ""
    parts = (
        document["number"],
        document["member"],
        document["date"],
        document["amount"],
        document["open"],
        back,
    )
    return "  ".join(part for part in parts if part)


def _take_back(args: argparse.Namespace, out: Out) -> int:
    today = clock.today(out.settings.time_zone)
    with out.app():
        require(out.actor(), _WRITE)
        number = out.change(opening_items.take_back, args.number, reason=args.reason, today=today)
    out.emit({"taken_back": number}, [number])
    return DONE
