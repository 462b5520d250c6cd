"""`membership demo`: makes the demonstration association once, prints its logins and serves it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Final

from flask import Flask

from membership import clock
from membership.cli.command import DONE, Out, options
from membership.cli.serve import listen, settings_for
from membership.cli.values import port_number
from membership.domain.errors import N_, Conflict
from membership.domain.phrases import Phrase
from membership.domain.policy import Actor
from membership.domain.users import ROLE_NAMES
from membership.jobs.banking import post_all_sure
from membership.jobs.billing import issue_run, render_waiting
from membership.persistence.db import db, write
from membership.services import billing, passwords, schema
from membership.services.demo import making
from membership.settings import Settings

MARK: Final = "demonstration"
STATEMENT: Final = "kontoauszug.xml"


class OtherData(Conflict):
    """The state folder holds data that are not the demonstration's."""

    message = N_(
        "%(folder)s holds other data. Name an empty folder in MEMBERSHIP_STATE_DIR for the demonstration."
    )
    code = "other_data"


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """`demo` has no verbs."""
    options(parser, _demo)
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="address to listen at")
    parser.add_argument("--port", type=port_number, default=8000, metavar="P", help="port to listen at")
    parser.add_argument("--no-serve", action="store_true", help="stop after the data")


def state_folder() -> Path:
    """Return where the demonstration keeps its data: `MEMBERSHIP_STATE_DIR`, else `.demo/`."""
    return Path(os.environ.get("MEMBERSHIP_STATE_DIR") or ".demo").resolve()


def _demo(args: argparse.Namespace, out: Out) -> int:
    folder = state_folder()
    os.environ.pop("MEMBERSHIP_DATABASE_URL", None)
    if not (folder / MARK).exists():
        _make_once(folder, args, out)
    operator, port = settings_for(Settings.load(args.config, state_dir=folder), args.port)
    run = None if args.no_serve else _listen(operator, out, host=args.host, port=port)
    people = [
        {
            "mail": login.mail,
            "name": login.name,
            "role": " ".join(part for part in (", ".join(login.roles), login.member) if part),
            "password": making.PASSWORD,
        }
        for login in making.logins()
    ]
    document = {
        "address": operator.base_url,
        "state_dir": str(folder),
        "statement": str(folder / STATEMENT),
        "logins": people,
    }
    out.emit(document, _lines(operator, folder, out))
    if run is not None:
        sys.stdout.flush()
        run()
    return DONE


def _listen(operator: Settings, out: Out, *, host: str, port: int) -> Callable[[], None]:
    app: Flask = import_module("membership.app").create_app(operator)
    with app.app_context():
        schema.require_present(out.read_as_job())
    return listen(app, host=host, port=port)


def _lines(operator: Settings, folder: Path, out: Out) -> list[str]:
    text = out.words.text
    width = max(len(login.mail) for login in making.logins())
    return [
        text("The demonstration: an invented association with invented companies."),
        "",
        *(f"  {login.mail:<{width}}  {_right(login, out)}" for login in making.logins()),
        "",
        text("Password of all: %(password)s", password=making.PASSWORD),
        text("A bank statement that waits to be taken in: %(file)s", file=folder / STATEMENT),
        text("Address: %(address)s – Ctrl+C ends it.", address=operator.base_url),
    ]


def _right(login: making.Login, out: Out) -> str:
    """Return what a person of the demonstration is, in words: the roles, and the company by its number."""
    roles = ", ".join(out.words.text(ROLE_NAMES[role]) for role in login.roles)
    return f"{roles} ({login.member})" if login.member else roles


def _make_once(folder: Path, args: argparse.Namespace, out: Out) -> None:
    """Make the data beside and move them to their place when they are complete; a broken attempt leaves nothing."""
    if folder.exists() and any(folder.iterdir()):
        raise OtherData(folder=str(folder))
    beside = folder.with_name(f"{folder.name}.making")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=0o700, parents=True)
    (beside / MARK).touch()
    try:
        _fill(Settings.load(args.config, state_dir=beside), out)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    if folder.exists():
        folder.rmdir()
    beside.rename(folder)


def _fill(operator: Settings, out: Out) -> None:
    operator = replace(operator, base_url="http://127.0.0.1:8000")
    app: Flask = import_module("membership.app").create_core(operator)
    with app.app_context():
        schema.upgrade(operator.association, at=clock.now(operator.time_zone))

        def issue(actor: Actor, year: int, day: date) -> None:
            run_id = write(actor, billing.plan_run, year, issued_on=day, today=day)
            write(actor, billing.release_run, run_id, today=day)
            issue_run(actor, run_id, base_url=operator.base_url, today=day, moment=lambda: actor.at)
            render_waiting(actor, moment=lambda: actor.at)

        def render(actor: Actor) -> None:
            render_waiting(actor, moment=lambda: actor.at)

        def match(actor: Actor, day: date) -> None:
            post_all_sure(actor, today=day)

        def progress(step: Phrase) -> None:
            print(out.words.value(step), file=sys.stderr, flush=True)

        making.make(
            today=clock.today(operator.time_zone),
            password_hash=passwords.hash_password(making.PASSWORD),
            issue=issue,
            render=render,
            match=match,
            keep=(operator.state_dir / STATEMENT).write_bytes,
            base_url=operator.base_url,
            progress=progress,
        )
        db.session.remove()
        db.engine.dispose()
