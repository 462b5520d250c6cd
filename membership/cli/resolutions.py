"""`membership resolutions put|list`: resolutions with their files, and what rests on them (MEM-20).

A document is `{"organ", "date", "text"}`, with `"item"` of the agenda and `"file"`, a PDF beside the document, where
there are any. Source: `interfaces.md`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from membership.cli.command import DONE, Out, verb
from membership.cli.files import read_file
from membership.domain.dues.json_text import parse_json
from membership.domain.file_kinds import LIMIT
from membership.domain.resolutions import ORGAN_WORDS, ResolutionWrong, read_resolution
from membership.services import resolutions
from membership.services.resolutions import Listed
from membership.wording import Wording

_LARGEST_DOCUMENT: Final = 1_048_576


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `resolutions`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    put = verb(verbs, "put", _put, purpose="record a resolution, with its file", changing=True)
    put.add_argument("file", metavar="FILE.json", help="- is standard input")
    verb(verbs, "list", _list, purpose="list the resolutions and what rests on them")


def _put(args: argparse.Namespace, out: Out) -> int:
    said = read_resolution(parse_json(read_file(args.file, limit=_LARGEST_DOCUMENT), ResolutionWrong))
    content = None
    if said.file:
        content = read_file(str(Path(args.file).parent / said.file), limit=LIMIT)
    with out.app():
        row_id = out.change(resolutions.put_resolution, said, content)
    out.emit(
        {"id": row_id, "organ": said.key.organ, "date": said.key.on.isoformat(), "item": said.key.item},
        [out.words.text("The resolution is recorded.")],
    )
    return DONE


def _list(_args: argparse.Namespace, out: Out) -> int:
    with out.app():
        found = resolutions.list_resolutions(out.read(resolutions.READ))
    out.emit([_document(each) for each in found], [_line(each, out.words) for each in found])
    return DONE


def _document(each: Listed) -> dict[str, object]:
    return {
        "organ": each.key.organ,
        "date": each.key.on.isoformat(),
        "item": each.key.item,
        "text": each.text,
        "has_file": each.file_id is not None,
        "rests": [{"kind": use.kind, "ref": use.ref} for use in each.uses],
    }


def _line(each: Listed, words: Wording) -> str:
    organ = ORGAN_WORDS.get(each.key.organ)
    rests = ", ".join(f"{words.text(use.kind)} {use.ref}" for use in each.uses)
    file = "PDF" if each.file_id is not None else "–"
    return f"{each.key.on}  {words.text(organ) if organ else each.key.organ}  {file}  {each.text}  {rests}".rstrip()
