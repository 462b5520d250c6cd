"""`membership worker`: works off the queue, on as many machines as wanted."""

from __future__ import annotations

import argparse

from membership.cli.command import DONE, Out, options
from membership.jobs import engine
from membership.services import schema


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """`worker` has no verbs."""
    options(parser, _work)
    parser.add_argument("--once", action="store_true", help="do what waits now, then end")


def _work(args: argparse.Namespace, out: Out) -> int:
    with out.app() as app:
        schema.require_present(out.read_as_job())
        if args.once:
            done = engine.work(app)
            out.emit({"done": done}, [out.words.count("%(n)s step done.", "%(n)s steps done.", done)])
            return DONE
    engine.run_consumer(app)
    return DONE
