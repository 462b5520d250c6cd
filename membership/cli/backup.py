"""`membership backup FILE`: a consistent copy under load, encrypted, with its manifest."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from membership import __version__, clock
from membership.cli.command import DONE, Out, options
from membership.cli.files import STANDARD, FileUnwritable, why
from membership.persistence.db import write
from membership.services import anchors, backup


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """`backup` has no verbs."""
    options(parser, _backup)
    parser.add_argument("file", metavar="FILE", help="the new file; - is standard output")


def _backup(args: argparse.Namespace, out: Out) -> int:
    with out.app() as app, TemporaryDirectory(dir=app.extensions["membership"].state_dir) as folder:
        session = out.read("settings.operate")
        target = Path(folder) / "out" if args.file == STANDARD else Path(args.file)
        try:
            manifest = backup.make_backup(session, target, at=clock.now(), program=__version__)
            anchors.keep_anchor(manifest.anchor, app.extensions["membership"].state_dir)
            write(out.actor(), backup.note_backup, target.name, manifest)
            if args.file == STANDARD:
                _stream(target)
                return DONE
        except OSError as error:
            raise FileUnwritable(name=args.file, why=why(error)) from error
    text = out.words.text
    lines = [
        text("The backup %(name)s holds everything up to link %(seq)s of the chain.", name=args.file,
             seq=str(manifest.anchor.seq)),
        text(
            "It can be opened with the key backup_key only, and shows member bank data with field_key only. "
            "The keys are not in it: keep a copy of the folder %(folder)s in another place.",
            folder=str(app.extensions["membership"].state_dir / "keys"),
        ),
    ]  # fmt: skip
    out.emit({"file": args.file, **asdict(manifest)}, lines)
    return DONE


def _stream(target: Path) -> None:
    sys.stdout.flush()
    with target.open("rb") as file:
        for piece in iter(lambda: file.read(65536), b""):
            sys.stdout.buffer.write(piece)
