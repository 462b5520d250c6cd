"""`membership restore FILE`: brought back beside, verified, then put in the place of the present database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from flask import Flask

from membership import clock
from membership.cli.command import DONE, Out, options
from membership.cli.files import STANDARD, FileMissing, why
from membership.persistence import copies
from membership.persistence.db import close, db, write
from membership.services import anchors, restoring, schema
from membership.services.verdict import Verdict


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """`restore` has no verbs."""
    options(parser, _restore, changing=True)
    parser.add_argument("file", metavar="FILE", help="the backup; - is standard input")
    parser.add_argument(
        "--accept-loss", action="store_true", help="restore although numbers were given since the backup"
    )


def _restore(args: argparse.Namespace, out: Out) -> int:
    with out.any_app() as app, _source(args.file) as source:
        folder = app.extensions["membership"].state_dir
        session = out.read("settings.operate")
        present = db.engine.url
        close()
        if not args.dry_run:
            copies.require_alone(present)
        beside = restoring.bring_beside(session, source, folder, name=args.file, accept_loss=args.accept_loss)
    kept = None
    try:
        with _app_on(out, beside.address) as app:
            verdict, anchor = _made_sound(app, out, beside, is_rehearsal=args.dry_run)
        if not args.dry_run:
            before = f"before_{clock.now():%Y%m%d_%H%M%S_%f}"
            kept = copies.put_in_place(beside.url, present, kept=before)
            anchors.start_anew(anchor, folder, kept=before)
    except BaseException:
        copies.drop(beside.url)
        raise
    if args.dry_run:
        copies.drop(beside.url)
    _say(args, out, beside, verdict, kept)
    return DONE


@contextmanager
def _source(name: str) -> Iterator[BinaryIO]:
    if name == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below; only opening it may fail in this way
    except OSError as error:
        raise FileMissing(name=name, why=why(error)) from error
    with file:
        yield file


@contextmanager
def _app_on(out: Out, address: str) -> Iterator[Flask]:
    """Open the application on another database, with the keys and settings of this one."""
    app: Flask = import_module("membership.app").create_core(replace(out.settings, database_url=address))
    with app.app_context():
        try:
            yield app
        finally:
            close()


def _made_sound(
    app: Flask, out: Out, beside: restoring.Beside, *, is_rehearsal: bool
) -> tuple[Verdict, anchors.Anchor]:
    """Bring what was restored up to date, verify it, and close what must not come to life again."""
    restoring.require_as_said(out.read("settings.operate"), beside.manifest)
    if beside.manifest.revision != schema.head():
        schema.upgrade(app.extensions["membership"].association, at=clock.now())
    verdict = restoring.require_sound(out.read("settings.operate"), beside.manifest)
    if not is_rehearsal:
        write(out.actor(), restoring.settle_restored, beside.manifest)
    return verdict, anchors.take_anchor(out.read("settings.operate"), at=clock.now())


def _say(
    args: argparse.Namespace, out: Out, beside: restoring.Beside, verdict: Verdict, kept: str | None
) -> None:
    text = out.words.text
    values = {"name": args.file, "at": beside.manifest.created_at, "objects": sum(verdict.checked.values())}
    if args.dry_run:
        line = text("%(name)s of %(at)s could be restored: %(objects)s objects were checked.", **values)
    else:
        line = text("%(name)s of %(at)s is in place: %(objects)s objects were checked.", **values)
    lines = [line]
    if kept:
        lines.append(text("The database of before is kept as %(kept)s.", kept=kept))
    lines += [
        text("%(series)s: the numbers %(first)s to %(last)s were given since and are lost.",
             series=series, first=str(before + 1), last=str(last))
        for series, (before, last) in beside.since.items()
    ]  # fmt: skip
    document = {
        "restored": not args.dry_run, "kept": kept, "lost": {name: list(pair) for name, pair in beside.since.items()},
        "checked": dict(sorted(verdict.checked.items())), "manifest": asdict(beside.manifest),
    }  # fmt: skip
    out.emit(document, lines)
