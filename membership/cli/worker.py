"""`membership worker`: works off the queue, on as many machines as wanted."""

from __future__ import annotations

import argparse

from flask import Flask

from membership.cli.command import DONE, Out, options
from membership.domain.errors import N_, ServiceUnavailable
from membership.jobs import engine
from membership.services import schema


class QueueAway(ServiceUnavailable):
    """The queue does not answer."""

    message = N_("The queue does not answer (%(why)s). Check that it runs and that queue_url names it.")
    code = "queue"


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
    _require_queue(app)
    engine.run_consumer(app)
    return DONE


def _require_queue(app: Flask) -> None:
    """Raise `QueueAway` unless the queue answers; each kind of queue has errors of its own library."""
    try:
        engine.engine_of(app).queue.pending_count()
    except Exception as error:
        said = str(error).strip().splitlines()
        raise QueueAway(why=(said[0] if said else type(error).__name__).rstrip(".")) from error
