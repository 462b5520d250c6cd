"""The queue: huey on SQLite, PostgreSQL or Redis; it only wakes the loops that claim rows (`decisions.md` 12).

A job says nothing but "look": which run to issue and what to render stands in the database, with leases. So a job
that a dead worker lost is found again by the sweep, which looks once a minute.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from flask import Flask, current_app
from huey import PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.api import Huey

from membership import clock, paths
from membership.domain.policy import Actor, Job
from membership.jobs import billing as loops
from membership.jobs.bounces import read_each_hour
from membership.jobs.daily import run_daily
from membership.jobs.declarations import remind_when_due
from membership.jobs.dispatch import Post, send_waiting
from membership.jobs.mail_page import MailPage
from membership.jobs.online_payments import tend
from membership.persistence.db import db, read_as, write
from membership.persistence.queries import billing as queries
from membership.persistence.queries.dispatch import list_runs_to_send
from membership.services import dispatch
from membership.services.billing import LaneTaken
from membership.settings import Settings

NAME: Final = "membership"
_CARE_MINUTE: Final = "13"
_READ_MINUTE: Final = "43"
_REMIND_MINUTE: Final = "27"
_WORKERS: Final = 3
"""One issues and renders while another mails and the third waits for the payment provider."""
T = TypeVar("T")
_logger = logging.getLogger(__name__)


class QueueUnknown(ValueError):
    """The setting `queue` names no queue."""


def make_queue(settings: Settings) -> Huey:
    """Return the queue of the settings; its place is the state folder, or `queue_url`."""
    if settings.queue == "sqlite":
        return SqliteHuey(NAME, filename=str(paths.make_private_file(settings.state_dir / "queue.sqlite3")))
    if settings.queue == "postgresql":
        return PostgresHuey(NAME, dsn=settings.queue_url)
    if settings.queue == "redis":
        return RedisHuey(NAME, url=settings.queue_url)
    message = f"queue = {settings.queue!r}: there are sqlite, postgresql and redis"
    raise QueueUnknown(message)


class Engine:
    """The queue of one application: one task issues and renders, one mails, one follows the payment provider.

    None waits for another. `look` asks for all; the sweep asks once a minute.
    The daily care and the mailbox are looked after once an hour.
    """

    def __init__(self, app: Flask) -> None:
        self.queue = make_queue(app.extensions["membership"])

        def mail() -> int:
            return _inside(app, send_mails)

        def issue() -> int:
            done = _inside(app, issue_and_render)
            if done:
                ask_to_mail()
            return done

        ask_to_mail = self.queue.task(name="mail", retries=2, retry_delay=5)(mail)
        ask_to_issue = self.queue.task(name="issue", retries=2, retry_delay=5)(issue)

        def online() -> int:
            return _inside(app, lambda app, _worker: tend(app))

        ask_to_tend = self.queue.task(name="online", retries=2, retry_delay=5)(online)

        def look() -> None:
            ask_to_issue()
            ask_to_mail()
            if app.extensions["membership"].stripe_key:
                ask_to_tend()

        self.look: Callable[[], object] = look
        self.queue.periodic_task(crontab(minute="*"), name="sweep")(look)

        def care() -> list[str]:
            return _inside(app, lambda app, _worker: run_daily(app))

        self.queue.periodic_task(crontab(minute=_CARE_MINUTE), name="care")(care)

        self.queue.periodic_task(crontab(minute=_REMIND_MINUTE), name="reminders")(
            lambda: _inside(app, remind_when_due)
        )

        def read() -> int:
            return _inside(app, read_each_hour).marked

        self.queue.periodic_task(crontab(minute=_READ_MINUTE), name="bounces")(read)


def _inside(app: Flask, step: Callable[[Flask, Actor], T]) -> T:
    """Run a step inside the application, as the worker; return what it returns."""
    with app.app_context():
        try:
            return step(app, _worker())
        finally:
            db.session.remove()


def _worker() -> Actor:
    return Actor(name="worker", at=clock.now(), request_id=f"job-{secrets.token_hex(6)}", job=Job.WORKER)


def engine_of(app: Flask) -> Engine:
    """Return the application's engine, made when it is first asked for."""
    engine: Engine | None = app.extensions.get("membership_engine")
    if engine is None:
        engine = app.extensions["membership_engine"] = Engine(app)
    return engine


def wake() -> None:
    """Ask the workers to look for work; when the queue does not answer the sweep finds it a minute later (FI-31).

    Each queue fails in its own way, and what was asked for is committed: so whatever it is, the page goes on.
    """
    try:
        engine_of(current_app._get_current_object()).look()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way
    except Exception:
        _logger.exception("the queue does not answer; the sweep will find the work")


def work(app: Flask) -> int:
    """Do all that waits, one after the other: issue, render, mail; return how much was done."""
    return issue_and_render(app, _worker()) + send_mails(app, _worker())


def issue_and_render(app: Flask, actor: Actor) -> int:
    """Issue what released runs wait for and render what the outbox waits for; return how much was done.

    A run that cannot go on is logged and stops neither the other runs nor the PDFs.
    """
    settings: Settings = app.extensions["membership"]
    done = 0
    for run_id in queries.list_running(read_as(actor)):
        try:
            done += loops.issue_run(
                actor, run_id, base_url=settings.base_url, today=clock.today(settings.time_zone)
            )
        except LaneTaken:
            continue
        except Exception:
            _logger.exception("run %s", run_id)
    return done + loops.render_waiting(actor)


def send_mails(app: Flask, actor: Actor) -> int:
    """Hand in the mails that wait; what goes wrong there is logged and stops nothing else."""
    try:
        for run_id in list_runs_to_send(read_as(actor), actor.at):
            write(replace(actor, at=clock.now(), form_token=None), dispatch.send_finished_run, run_id)
        return send_waiting(actor, post_of(app))
    except Exception:
        _logger.exception("the mails that wait")
        return 0


def post_of(app: Flask) -> Post:
    """Return what the worker needs to send; the demonstration hands mail to this machine only, never elsewhere."""
    settings: Settings = app.extensions["membership"]
    return Post(
        mailer=app.extensions["membership_mailer"],
        frame=MailPage(app.jinja_env),
        base_url=settings.base_url,
        is_only_here=settings.is_demo,
        time_zone=settings.time_zone,
    )


def start_consumer(app: Flask) -> threading.Thread | None:
    """Start the worker inside this process when the queue is the embedded one; return its thread."""
    settings: Settings = app.extensions["membership"]
    if settings.queue != "sqlite":
        return None
    thread = threading.Thread(target=run_consumer, args=(app,), name="worker", daemon=True)
    thread.start()
    return thread


def run_consumer(app: Flask) -> None:
    """Work off the queue until the process ends; in a thread the signals stay with the server."""
    consumer = engine_of(app).queue.create_consumer(
        workers=_WORKERS, worker_type="thread", check_worker_health=True
    )
    if threading.current_thread() is not threading.main_thread():
        consumer._set_signal_handlers = _no_signals  # noqa: SLF001 - huey sets signals, which only the main thread may
    consumer.run()


def _no_signals() -> None:
    """Leave the signals to the server."""
