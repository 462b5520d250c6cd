"""`membership db upgrade|check`: migrations; whether schema and triggers are as shipped."""

from __future__ import annotations

import argparse

from membership import clock
from membership.cli.command import DONE, FOUND, Out, verb
from membership.services import schema


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `db`."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    upgrade = verb(verbs, "upgrade", _upgrade, purpose="bring the database to the present schema")
    upgrade.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
    grant = verb(verbs, "grant", _grant, purpose="give the program's account on PostgreSQL its rights")
    grant.add_argument("role", metavar="ROLE")
    verb(verbs, "check", _check, purpose="say whether schema, triggers and settings are as shipped")


def _upgrade(args: argparse.Namespace, out: Out) -> int:
    with out.any_app() as app:
        if args.dry_run:
            return _say_what_is_missing(schema.revision_of(out.read_as_job()), out)
        revision = schema.upgrade(app.extensions["membership"].association, at=clock.now())
    out.emit(
        {"revision": revision},
        [out.words.text("The database is at revision %(revision)s.", revision=revision)],
    )
    return DONE


def _say_what_is_missing(present: str | None, out: Out) -> int:
    wanted = schema.head()
    text = out.words.text
    if present == wanted:
        line = text("The database is at revision %(revision)s; nothing would change.", revision=wanted)
    elif present is None:
        line = text("The database would be made at revision %(revision)s.", revision=wanted)
    else:
        line = text(
            "The database would go from revision %(present)s to %(revision)s.",
            present=present,
            revision=wanted,
        )
    out.emit({"revision": wanted, "present": present}, [line])
    return DONE


def _grant(args: argparse.Namespace, out: Out) -> int:
    with out.app():
        count = schema.grant(out.read_as_job(), args.role)
    line = out.words.text(
        "%(role)s may use %(count)s tables; it can change no booked row.", role=args.role, count=count
    )
    out.emit({"role": args.role, "tables": count}, [line])
    return DONE


def _check(_args: argparse.Namespace, out: Out) -> int:
    with out.any_app():
        findings = schema.check(out.read_as_job())
    lines = findings or [out.words.text("Schema, triggers and settings are as shipped.")]
    out.emit({"ok": not findings, "findings": findings}, lines)
    return FOUND if findings else DONE
