"""`create_app()`: the only place where everything is put together; commands and workers need its core alone."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from importlib import import_module

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from membership import clock, logs, paths
from membership.domain.bounces import Mailbox, Report
from membership.domain.errors import N_
from membership.domain.mail import MailServer
from membership.domain.online_payments.events import Message
from membership.domain.policy import Actor, Job
from membership.persistence import crypto
from membership.persistence.db import db, prepare, read_as
from membership.services import keys as keys_of_data
from membership.services.ports import (
    MailboxReader,
    MailConnection,
    Mailer,
    MessageReader,
    PaymentProvider,
    ReadableMailbox,
)
from membership.settings import DATABASE, Settings, SettingsWrong, refuse_debugging

_LOOPBACK = frozenset({"127.0.0.1", "localhost"})
_GARBAGE = (10_000, 20, 20)
"""How many new objects start a search for circles: a calculation makes hundreds of thousands, and hardly any circle."""
_KEY_NAMES = ("SESSION_KEY", "FIELD_KEY", "BACKUP_KEY")


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application on its database with its pages; the schema is checked by the commands, not here."""
    refuse_debugging()
    app = create_core(settings)
    import_module("membership.web").register(app, app.extensions["membership"])
    return app


def open_mail_server(server: MailServer) -> AbstractContextManager[MailConnection]:
    """Return an open connection to the mail server: the real mailer, loaded when the first mail goes out."""
    mailer: Mailer = import_module("membership.gateways.mail").SmtpMailer()
    return mailer(server)


def open_mailbox(mailbox: Mailbox) -> AbstractContextManager[ReadableMailbox]:
    """Return a mailbox open for reading: the real reader, loaded when it is first needed."""
    reader: MailboxReader = import_module("membership.gateways.mailbox").ImapReader()
    return reader(mailbox)


def read_report(content: bytes) -> Report:
    """Return what a mail reports about others."""
    report: Report = import_module("membership.gateways.bounce_mail").read_report(content)
    return report


class Provider:
    """The payment provider, made when it is first needed and kept, because it counts its failures."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: PaymentProvider | None = None

    def __call__(self) -> PaymentProvider | None:
        """Return the provider; None while no key is set."""
        if self._made is None and self._settings.stripe_key:
            self._made = import_module("membership.gateways.stripe").StripeProvider(
                self._settings.stripe_key,
                base_url=self._settings.stripe_url,
                time_zone=self._settings.time_zone,
            )
        return self._made


def read_message(body: bytes, signature: str, secrets: Sequence[str], *, now: datetime) -> Message:
    """Return a signed event of the payment provider."""
    reader: MessageReader = import_module("membership.gateways.stripe").read_message
    return reader(body, signature, secrets, now=now)


def require_services() -> None:
    """Raise `ServiceUnavailable` unless what the pages need beside the database answers."""
    import_module("membership.web.limits").require_store()


def create_core(settings: Settings | None = None) -> Flask:
    """Return the application without pages: a command then starts in half the time."""
    settings = settings or Settings.load()
    logs.install()
    gc.set_threshold(*_GARBAGE)
    app = Flask(__name__, static_folder=None, template_folder=str(paths.data_dir("templates")))
    _open_state(settings)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        MAX_CONTENT_LENGTH=settings.max_upload,
        MAX_FORM_PARTS=1000,
        MAX_FORM_MEMORY_SIZE=500_000,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.portal_hours),
        TRUSTED_HOSTS=trusted_hosts(settings),
    )
    app.extensions["membership"] = settings
    app.extensions["membership_mailer"] = open_mail_server
    app.extensions["membership_mailbox_reader"] = open_mailbox
    app.extensions["membership_report_reader"] = read_report
    app.extensions["membership_payment_provider"] = Provider(settings)
    app.extensions["membership_message_reader"] = read_message
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    if settings.database_url == f"sqlite:///{settings.state_dir / DATABASE}":
        paths.make_private_file(settings.state_dir / DATABASE)
    db.init_app(app)
    Migrate(app, db, directory=str(paths.data_dir("persistence") / "migrations"))
    with app.app_context():
        prepare(db.engine)
        keys = load_keys(settings, is_needed=_needs_its_key)
        db.session.remove()
        db.session.configure(info={"keys": keys})
    app.config["SECRET_KEY"] = keys.session.hex()
    app.extensions["membership_keys"] = keys
    return app


class StateFolderClosed(SettingsWrong):
    """The folder of the data cannot be written."""

    message = N_("The folder %(folder)s cannot be used (%(why)s). MEMBERSHIP_STATE_DIR names another one.")


def _open_state(settings: Settings) -> None:
    try:
        paths.make_private_dir(settings.state_dir)
    except OSError as error:
        raise StateFolderClosed(folder=str(settings.state_dir), why=error.strerror or str(error)) from error


def _needs_its_key() -> bool:
    """Ask the database whether it holds what a new key could not read; only when the key's file is not there."""
    reading = read_as(Actor(name="setup", at=clock.now(), request_id="start", job=Job.SETUP))
    return keys_of_data.is_needed(reading)


def load_keys(settings: Settings, *, is_needed: Callable[[], bool] = lambda: False) -> crypto.Keys:
    """Return the three keys, each from its variable or its file in the state folder (made at the first start).

    Raises `crypto.KeyMissing` for a missing field key when `is_needed` says that there are data of the old one (FI-51).
    """
    found = []
    for name in _KEY_NAMES:
        given = os.environ.get(f"MEMBERSHIP_{name}")
        path = settings.state_dir / "keys" / name.lower()
        if name == "FIELD_KEY" and not given and not path.exists() and is_needed():
            raise crypto.KeyMissing(name=str(path))
        try:
            found.append(crypto.from_hex(given, name) if given else crypto.load_or_make(path))
        except OSError as error:
            raise StateFolderClosed(
                folder=str(settings.state_dir), why=error.strerror or str(error)
            ) from error
    return crypto.Keys(session=found[0], field=found[1], backup=found[2])


def trusted_hosts(settings: Settings) -> list[str]:
    """Return the host names that are answered: that of the base address and those the operator names."""
    host = settings.base_url.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
    names = _LOOPBACK if host in _LOOPBACK else {host}
    return sorted({*names, *settings.trusted_hosts})


def _engine_options(settings: Settings) -> dict[str, object]:
    if settings.database_url.startswith("sqlite"):
        return {"connect_args": {"check_same_thread": False}, "hide_parameters": True}
    return {
        "hide_parameters": True,
        "pool_size": settings.threads + 2,
        "max_overflow": 4,
        "pool_pre_ping": True,
    }
