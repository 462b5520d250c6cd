"""`membership texts get|put`: the texts of mails as files; the first line is the subject.

Source: `interfaces.md`; `ux.md` 14.
"""

from __future__ import annotations

import argparse
from typing import Final

from membership.cli.command import DONE, Out, verb
from membership.cli.files import STANDARD, FileMissing, read_file, write_file
from membership.domain.mail_texts import TEXTS, get_kind
from membership.domain.phrases import phrase
from membership.services import mail_texts
from membership.wording import LANGUAGES

_MOST: Final = 65_536


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `texts`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    get = verb(verbs, "get", _get, purpose="write a text of a mail into a file")
    put = verb(verbs, "put", _put, purpose="take a text of a mail from a file", changing=True)
    for each in (get, put):
        each.add_argument("name", metavar="NAME", help=", ".join(TEXTS))
        each.add_argument("language", metavar="LANGUAGE", choices=LANGUAGES)
    get.add_argument("file", metavar="FILE", nargs="?", default=STANDARD, help="- is standard output")
    put.add_argument("file", metavar="FILE", help="- is standard input")


def _get(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        text = mail_texts.get_text(out.read("settings.read"), args.name, args.language)
    if out.args.json and args.file == STANDARD:
        out.emit(
            {"name": args.name, "language": args.language, "subject": text.subject, "body": text.body}, ()
        )
        return DONE
    write_file(args.file, mail_texts.as_file(text).encode())
    if args.file != STANDARD:
        document = {"name": args.name, "language": args.language, "file": args.file}
        out.emit(document, [f"{args.name} {args.language}  {args.file}"])
    return DONE


def _put(args: argparse.Namespace, out: Out) -> int:
    get_kind(args.name)
    try:
        content = read_file(args.file, limit=_MOST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileMissing(name=args.file, why=phrase("it is not text in UTF-8")) from error
    text = mail_texts.from_file(args.name, content.replace("\r\n", "\n"))
    with out.app():
        changed = out.change(mail_texts.change_text, args.name, args.language, text=text)
    line = "The text %(name)s is saved." if changed else "The text %(name)s was the same already."
    document = {"name": args.name, "language": args.language, "changed": changed}
    out.emit(document, [out.words.text(line, name=f"{args.name} {args.language}")])
    return DONE
