"""A worker that is killed at its work: `mail_worker.py STEP MARK PORT`, on the database that the environment names.

`render` stops inside of the making of a PDF, `send` hands mails to the server at PORT; MARK is a file that it makes when
it is where it is to be killed.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from invoices import pdf
from membership.app import create_core
from membership.domain.policy import Actor, Job
from membership.jobs import billing, engine

ACTOR = Actor(name="worker", at=datetime.now(UTC), request_id="kill", job=Job.WORKER)


def render(_app, mark: Path) -> None:
    def hang(_document):
        mark.touch()
        time.sleep(60)

    pdf.render = hang
    billing.render_waiting(ACTOR)


def send(app, mark: Path) -> None:
    mark.touch()
    engine.send_mails(app, ACTOR)


def main() -> None:
    step, mark = sys.argv[1:]
    app = create_core()
    with app.app_context():
        globals()[step](app, Path(mark))


main()
