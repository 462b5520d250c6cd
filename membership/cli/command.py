"""What all commands share: options, the application behind them, output for people or as JSON, exit codes.

A subject's module has `add_verbs(parser)`; each verb is made by `verb(...)` with the function that runs it:
`function(args, out) -> int`. A verb that changes something is made with `changing=True` and calls `out.change(...)`.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Concatenate, ParamSpec, TypeVar

from flask import Flask

from membership import clock
from membership.cli.arguments import asks_for_json, language_asked_for
from membership.domain.approvals import Waiting
from membership.domain.errors import N_, Conflict, DomainError, InputError, NotFound, ServiceUnavailable
from membership.domain.phrases import phrase
from membership.domain.policy import Actor, Job, require
from membership.persistence.db import Session, close, read_as, rehearse, write
from membership.persistence.outages import outage_of
from membership.persistence.queries.users import find_actor
from membership.services import schema
from membership.settings import Settings
from membership.wording import Wording

P = ParamSpec("P")
R = TypeVar("R")
Action = Callable[[argparse.Namespace, "Out"], int]

DONE, FOUND, WRONG_INPUT, REFUSED, NO_SERVICE = range(5)


def verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    action: Action,
    /,
    *,
    purpose: str,
    changing: bool = False,
) -> argparse.ArgumentParser:
    """Add a verb with the options of every command and return its parser for the rest."""
    parser = verbs.add_parser(name, help=purpose, description=purpose)
    options(parser, action, changing=changing)
    return parser


def options(parser: argparse.ArgumentParser, action: Action, /, *, changing: bool = False) -> None:
    """Give a parser the options of every command, and those of commands that change something."""
    parser.set_defaults(action=action, dry_run=False, as_person=None, reason="")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--lang", choices=("de", "en"), default="de", help="language of the text output")
    parser.add_argument("--config", metavar="FILE", help="configuration file, instead of MEMBERSHIP_CONFIG")
    if changing:
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--as", dest="as_person", metavar="MAIL", help="the person in whose name")
        parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the audit log")


class NoData(ServiceUnavailable):
    """The database is empty: nobody has started the program on it, or another folder was meant."""

    message = N_(
        "There are no data in %(place)s yet. Run “membership serve” or “membership db upgrade” there, or name the "
        "folder with your data in MEMBERSHIP_STATE_DIR."
    )
    code = "no_data"


class MemoryShort(ServiceUnavailable):
    """The machine, or the limit of the process, has not enough memory for what was asked."""

    message = N_(
        "There is not enough memory for this. Use a smaller file or a shorter period, or give more memory."
    )
    code = "memory"


class Out:
    """The output of one command, and its way to the application."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.words = Wording(args.lang)
        self._app: Flask | None = None

    @property
    def settings(self) -> Settings:
        """Return the operator's settings."""
        return Settings.load(self.args.config)

    @contextmanager
    def app(self) -> Iterator[Flask]:
        """Open the application on a database at the present schema; raise `SchemaOutdated` for any other."""
        with self.any_app() as app:
            reading = self.read_as_job()
            if schema.is_new(reading):
                given = self.settings
                raise NoData(
                    place=str(given.state_dir)
                    if given.database_url.startswith("sqlite")
                    else phrase("the database")
                )
            schema.require_reachable(reading)
            yield app

    def read_as_job(self) -> Session:
        """Return a session for reading as the named job: for what is no data of the association, such as the schema."""
        return read_as(self._job())

    @contextmanager
    def any_app(self) -> Iterator[Flask]:
        """Open the application whatever its schema; it stands above the commands and is found by its name."""
        app: Flask = import_module("membership.app").create_core(self.settings)
        with app.app_context():
            try:
                yield app
            finally:
                close()

    def actor(self) -> Actor:
        """Return the person of `--as`, else the named job `cli`."""
        job = self._job()
        if not self.args.as_person:
            return job
        person = find_actor(read_as(job), self.args.as_person, at=job.at, request_id=job.request_id)
        return person.because(self.args.reason) if self.args.reason else person

    def _job(self) -> Actor:
        request_id = f"cli-{secrets.token_hex(6)}"
        return Actor(name="cli", at=clock.now(), request_id=request_id, job=Job.CLI, reason=self.args.reason)

    def read(self, action: str) -> Session:
        """Return a session for reading; raise `NotAllowed` unless who acts may read what the action names."""
        actor = self.actor()
        require(actor, action)
        return read_as(actor)

    def foresee(
        self,
        action: str,
        use_case: Callable[Concatenate[Session, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Return what a use case would do, for who may read it but need not be allowed to do it; nothing changes."""
        self.read(action)
        return rehearse(self._job(), use_case, *args, **kwargs)

    def change(
        self, use_case: Callable[Concatenate[Session, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a use case as one unit of work; with `--dry-run` take it back and return what would be.

        Raises `TriggersWrong` when the database was changed by hand: then nothing is written.
        """
        self.require_writable()
        run = rehearse if self.args.dry_run else write
        return run(self.actor(), use_case, *args, **kwargs)

    def require_writable(self) -> None:
        """Raise `TriggersWrong` when the database was changed by hand: then nothing is written."""
        schema.require_present(self.read_as_job())

    def emit(self, document: object, lines: Iterable[str]) -> None:
        """Print the JSON document, or the lines for people."""
        if self.args.json:
            print(json.dumps(document, ensure_ascii=False, indent=2))
        else:
            for line in lines:
                print(line)

    def emit_long(self, pieces: Iterable[str], lines: Iterable[str]) -> None:
        """Print a JSON document piece by piece, or the lines for people: for what is too long to be held whole."""
        if self.args.json:
            for piece in pieces:
                print(piece, end="")
            print()
        else:
            for line in lines:
                print(line)

    def is_waiting(self, result: object) -> bool:
        """Return whether a use case was submitted to a second person instead of done, and print its number then."""
        if not isinstance(result, Waiting):
            return False
        number = None if self.args.dry_run else result.approval
        line = self.words.text(N_("Nothing is done yet: this waits for approval."))
        self.emit(
            {"state": "waiting", "approval": number}, [line if number is None else f"{line} ({number})"]
        )
        return True

    def fail(self, error: DomainError) -> int:
        """Print the one sentence of an error, as JSON too when that was asked for; return the exit code."""
        sentence = self.words.error(error)
        where = f" ({error.where})" if error.where and error.where not in sentence else ""
        print(f"{sentence}{where}", file=sys.stderr)
        if self.args.json:
            document = {"error": {"code": error.code, "message": sentence, "where": error.where}}
            print(json.dumps(document, ensure_ascii=False, indent=2))
        return exit_code(error)


def run_action(args: argparse.Namespace) -> int:
    """Run the verb and return its exit code; an error ends in one sentence, never in a traceback."""
    out = Out(args)
    try:
        action: Action = args.action
        return action(args, out)
    except DomainError as error:
        return out.fail(error)
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except MemoryError:
        pass  # said below, when what filled the memory is given up with the traceback
    except Exception as error:
        outage = outage_of(error)
        if outage is None:
            raise
        return out.fail(outage)
    return out.fail(MemoryShort())


def refuse(argv: Sequence[str], error: InputError) -> int:
    """Print what is wrong with a command line that could not be understood; return the exit code."""
    asked = argparse.Namespace(json=asks_for_json(argv), lang=language_asked_for(argv))
    return Out(asked).fail(error)


def exit_code(error: DomainError) -> int:
    """Return 2 for wrong input, 4 for a missing service, else 3 (`interfaces.md`)."""
    if isinstance(error, ServiceUnavailable):
        return NO_SERVICE
    if isinstance(error, InputError | NotFound):
        return WRONG_INPUT
    assert isinstance(error, Conflict | DomainError), error
    return REFUSED
