"""`membership members import|undo-import|list|show|put`: member companies on the command line.

Source: `interfaces.md`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from membership import clock
from membership.cli.command import DONE, FOUND, Out, verb
from membership.cli.files import read_file
from membership.cli.values import row_id
from membership.domain.dues.json_text import parse_json
from membership.domain.errors import AlreadyDone
from membership.domain.member_documents import MemberDocumentWrong
from membership.domain.member_lists import Choices, problem_sentence, read_choices
from membership.domain.member_lists.choices import MappingWrong
from membership.domain.members import STATE_WORDS, MemberState
from membership.domain.money import Money, from_decimal_text
from membership.persistence.db import Session
from membership.persistence.queries.members import get_import
from membership.services import members
from membership.services.members import files
from membership.services.members.importing import rejected_problems
from membership.wording import Wording

_MAPPING_LIMIT: Final = 1_048_576


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `members`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    bring = verb(verbs, "import", _import, purpose="take in a member list (XLSX or CSV)", changing=True)
    bring.add_argument("file", metavar="FILE")
    bring.add_argument(
        "--mapping",
        metavar="FILE.toml",
        help="what the columns mean: [columns] heading = field; else as in the last imports",
    )
    bring.add_argument("--sheet", metavar="NAME", help="a sheet, else the first visible one with data")
    bring.add_argument(
        "--category", metavar="CODE", help="the category of members for whom the list names none"
    )
    undo = verb(verbs, "undo-import", _undo, purpose="take an import back", changing=True)
    undo.add_argument("id", type=row_id, metavar="ID")
    show_all = verb(verbs, "list", _list, purpose="list those who are members today")
    show_all.add_argument("--all", action="store_true", help="former members and applicants too")
    show = verb(verbs, "show", _show, purpose="show one member")
    show.add_argument("number", metavar="NO")
    put = verb(
        verbs, "put", _put, purpose="create a member from a file, or change the keys given", changing=True
    )
    put.add_argument("file", metavar="FILE.json")


def _today(out: Out) -> date:
    return clock.today(out.settings.time_zone)


def _import(args: argparse.Namespace, out: Out) -> int:
    limit = out.settings.max_command_file
    data = read_file(args.file, limit=limit)
    given = None if args.mapping is None else _choices(args.mapping)
    filename = args.file.replace("\\", "/").rsplit("/", 1)[-1]
    with out.app():
        today = _today(out)
        choices = given or files.choices_as_remembered(out.read("member.import"))
        reading = files.Reading(sheet=args.sheet, choices=choices)
        read = files.read_list(
            out.read("member.import"), data, reading, filename=filename, today=today, max_bytes=limit
        )
        rules = members.ImportRules(
            today=today,
            category=args.category,
            value_days=files.value_days(out.read("member.import"), read.mapping, today),
            named_years=files.named_years(read.mapping),
        )
        file = members.ListFile(filename, data, files.chosen_columns(read.table, reading.choices))
        found = out.change(members.import_members, read.members, file=file, rules=rules)
    if args.dry_run:
        found = {**found, "import": None}
    document = {**found, "rejected": list(_rejected(found["rejected"], out.words))}
    out.emit(document, _import_lines(document, out.words))
    return FOUND if document["rejected"] else DONE


def _choices(name: str) -> Choices:
    try:
        return read_choices(read_file(name, limit=_MAPPING_LIMIT).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MappingWrong(place="UTF-8", where=name) from error


def _rejected(kept: list[dict[str, Any]], words: Wording) -> Iterator[dict[str, Any]]:
    for problem in rejected_problems(kept):
        yield {
            "row": problem.row,
            "column": problem.column or None,
            "found": problem.found or None,
            "problem": words.value(problem_sentence(problem)),
        }


def _import_lines(document: Mapping[str, Any], words: Wording) -> Iterator[str]:
    yield words.text(
        "%(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(rejected)s problems",
        new=document["new"],
        changed=document["changed"],
        unchanged=document["unchanged"],
        rejected=len(document["rejected"]),
    )
    if document["import"] is not None:
        yield words.text("Import %(number)s", number=str(document["import"]))
    for problem in document["rejected"]:
        where = words.text("Row %(row)s", row=str(problem["row"]))
        column = f", {problem['column']}" if problem["column"] else ""
        found = f" “{problem['found']}”" if problem["found"] else ""
        yield f"{where}{column}{found}: {problem['problem']}"


def _undo(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        count, is_changed = out.change(undone, args.id, today=_today(out))
    line = out.words.count("The import is undone: one member.", "The import is undone: %(n)s members.", count)
    done = [] if is_changed else [out.words.text("This has been done already.")]
    out.emit({"import": args.id, "members": count}, [*done, line])
    return DONE


def undone(session: Session, import_id: int, *, today: date) -> tuple[int, bool]:
    """Take an import back; return how many members it had and whether that is new."""
    try:
        return members.undo_import(session, import_id, today=today), True
    except AlreadyDone:
        counts = get_import(session, import_id).counts
        return counts["new"] + counts["changed"], False


def _list(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        documents = members.member_documents(out.read("member.read"), today=_today(out), everybody=args.all)
    out.emit(documents, (_line(document, out.words) for document in documents))
    return DONE


def _show(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        document = members.member_document(out.read("member.read"), args.number, today=_today(out))
    out.emit(document, _record_lines(document, out.words))
    return DONE


def _put(args: argparse.Namespace, out: Out) -> int:
    parsed = parse_json(read_file(args.file, limit=out.settings.max_command_file), MemberDocumentWrong)
    with out.app():
        document = out.change(put_member, parsed, today=_today(out))
    out.emit(document, _record_lines(document, out.words))
    return DONE


def put_member(session: Session, parsed: object, *, today: date) -> dict[str, Any]:
    """Put a member and return what it is now, also when all of it is taken back (`--dry-run`)."""
    number = members.put_member(session, parsed, today=today)
    session.flush()
    return members.member_document(session, number, today=today)


def _line(document: Mapping[str, Any], words: Wording) -> str:
    state = words.text(STATE_WORDS[MemberState(document["state"])])
    owed = words.value(Money(from_decimal_text(document["open"])))
    parts = (document["number"], document["name"], document["category"] or "–", state, owed)
    return "  ".join(parts)


def _record_lines(document: Mapping[str, Any], words: Wording) -> Iterator[str]:
    yield _line(document, words)
    address = document["address"]
    place = " ".join(filter(None, (address["postcode"], address["city"])))
    yield from filter(None, (address["street"], place, document["invoice_email"]))
    for name, value in document["basis"].items():
        yield f"{name}: {value}"
    for contact in document["contacts"]:
        yield ", ".join(filter(None, (contact["name"], contact["email"], contact["phone"])))
