"""`membership <subject> <verb>`: finds the subject's module, parses, runs it, and turns errors into exit codes.

Nothing heavy is imported before the subject is known: `membership --help` stays as quick as the interpreter.
Source: `interfaces.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

from membership.cli.arguments import CommandUnknown, Parser
from membership.domain.errors import InputError

PROGRAM: Final = "membership"
SUBJECTS: Final[dict[str, str]] = {
    "demo": "make the demonstration association and serve it",
    "serve": "serve the pages",
    "worker": "work off the queue",
    "db": "bring the database up to date, or check it",
    "verify": "check every invariant of the books",
    "users": "people who sign in",
    "settings": "settings of the association",
    "schedule": "fee schedules",
    "dues": "explain dues without a database",
    "members": "member companies",
    "applications": "applications for membership by the public form",
    "billing": "the yearly billing run",
    "levy": "special levies",
    "resolutions": "resolutions and their files",
    "invoices": "invoices and their PDF",
    "opening": "open amounts of earlier years",
    "declarations": "the yearly declarations of the members",
    "payments": "payments and what they settle",
    "refunds": "credit balances that go back, and the files for the bank",
    "sepa": "direct debits: collections and mandates",
    "bank": "bank statements and what is decided about their entries",
    "outbox": "mails that need a person",
    "texts": "texts of mails",
    "approvals": "what waits for a second person",
    "report": "reports as JSON, CSV or XLSX",
    "year": "check, close and reopen a year",
    "backup": "write an encrypted backup",
    "restore": "bring a backup back",
}
"""Subject -> what it is for; each has a module of its name in this folder with `add_verbs(parser)`."""


def run(argv: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(main(sys.argv[1:] if argv is None else argv))


def main(argv: Sequence[str]) -> int:
    """Return the exit code: 0 done, 1 a check found something, 2 wrong input, 3 refused, 4 a service is missing."""
    if not argv or argv[0] in {"-h", "--help"}:
        print(_overview())
        return 0
    if argv[0] in {"-V", "--version"}:
        print(f"{PROGRAM} {import_module('membership').__version__}")
        return 0
    subject = argv[0]
    try:
        args = _parser(subject).understand(argv[1:])
    except SystemExit as ended:
        return int(ended.code or 0)
    except InputError as error:
        refused: int = _command().refuse(argv, error)
        return refused
    code: int = _command().run_action(args)
    return code


def _parser(subject: str) -> Parser:
    if subject not in SUBJECTS:
        raise CommandUnknown(name=ascii(subject)[1:-1], program=PROGRAM)
    parser = Parser(prog=f"{PROGRAM} {subject}", description=SUBJECTS[subject])
    import_module(f"membership.cli.{subject}").add_verbs(parser)
    return parser


def _command() -> Any:  # noqa: ANN401 - a module that is heavy, asked for when it is needed
    return import_module("membership.cli.command")


def _overview() -> str:
    width = max(map(len, SUBJECTS)) + 2
    lines = [f"usage: {PROGRAM} COMMAND …", ""]
    lines += [f"  {name:<{width}}{purpose}" for name, purpose in SUBJECTS.items()]
    lines += ["", f"“{PROGRAM} COMMAND --help” says more."]
    return "\n".join(lines)
