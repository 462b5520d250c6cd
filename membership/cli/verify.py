"""`membership verify [--full]`: every invariant of the books, in one snapshot."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from membership.cli.command import DONE, FOUND, Out, options
from membership.cli.files import read_file
from membership.services import anchors, schema
from membership.services.verify import verify


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """`verify` has no verbs."""
    options(parser, _verify)
    parser.add_argument("--full", action="store_true", help="the whole chain and the bytes of every document")
    parser.add_argument("--anchor", metavar="FILE", help="compare with anchors that were kept elsewhere")


def _verify(args: argparse.Namespace, out: Out) -> int:
    with out.app() as app:
        session = out.read_as_job()
        schema.require_reachable(session)
        kept = _anchors(args.anchor, limit=app.extensions["membership"].max_command_file)
        verdict = verify(session, full=args.full)
        anchors.check_anchors(session, verdict, kept)
    document = {
        "ok": verdict.ok,
        "checked": dict(sorted(verdict.checked.items())),
        "findings": [asdict(finding) for finding in verdict.findings],
    }
    lines = [
        out.words.text(
            "%(invariant)s %(object)s: expected %(expected)s, found %(found)s",
            invariant=finding.invariant,
            object=finding.object,
            expected=finding.expected,
            found=finding.found,
        )
        for finding in verdict.findings
    ]
    if verdict.ok:
        invariants = len(verdict.checked)
        message = "All is well: %(invariants)s invariants hold, %(objects)s objects were checked."
        lines = [out.words.text(message, invariants=invariants, objects=sum(verdict.checked.values()))]
    out.emit(document, lines)
    return DONE if verdict.ok else FOUND


def _anchors(name: str | None, *, limit: int) -> list[anchors.Anchor]:
    if name is None:
        return []
    return anchors.read_anchors(read_file(name, limit=limit).splitlines(), name=name)
