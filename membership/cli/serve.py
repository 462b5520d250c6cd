"""`membership serve`: the pages, and the worker of the embedded queue.

On an empty database it makes the schema; while nobody has an account it prints the one-time code of the first
administrator. `listen` is also what the demonstration uses.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Final
from urllib.parse import urlsplit

import waitress
from flask import Flask

from membership import clock
from membership.cli.command import DONE, Out, options
from membership.cli.values import port_number
from membership.domain.errors import N_, ServiceUnavailable
from membership.domain.policy import Actor, Job
from membership.jobs.engine import start_consumer
from membership.persistence.db import read_as, write
from membership.persistence.queries.users import has_users
from membership.services import keys, schema, settings, tokens, users
from membership.settings import Settings
from membership.wording import Wording

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
_HEADS_AND_BOUNDARIES: Final = 1_048_576


class PortTaken(ServiceUnavailable):
    """The address cannot be listened at."""

    message = N_(
        "%(host)s:%(port)s cannot be used (%(why)s). Stop the other program or choose another --port."
    )
    code = "port"


def add_verbs(parser: argparse.ArgumentParser) -> None:
    """Make `serve` a command without verbs."""
    options(parser, _serve)
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="address to listen at")
    parser.add_argument(
        "--port", type=port_number, metavar="P", help="port to listen at; default that of base_url, else 8000"
    )


def settings_for(given: Settings, port: int | None) -> tuple[Settings, int]:
    """Return settings and port that fit: on this machine the base address follows the port that was asked for."""
    address = urlsplit(given.base_url)
    is_here = address.hostname in _LOOPBACK and address.scheme == "http"
    chosen = port or (address.port if is_here else None) or 8000
    if is_here:
        return replace(given, base_url=f"http://{address.hostname}:{chosen}"), chosen
    return given, chosen


def listen(app: Flask, *, host: str, port: int) -> Callable[[], None]:
    """Take the address and return what serves it until the process ends, with the embedded queue's worker beside.

    Raises `PortTaken` when the address cannot be used.
    """
    operator: Settings = app.extensions["membership"]
    try:
        server = waitress.create_server(
            app,
            host=host,
            port=port,
            threads=operator.threads,
            ident=None,
            url_scheme=urlsplit(operator.base_url).scheme,
            clear_untrusted_proxy_headers=not operator.trusted_proxies,
            max_request_body_size=operator.max_upload + _HEADS_AND_BOUNDARIES,
        )
    except (OSError, ValueError) as error:  # a name that nobody knows is a ValueError of waitress
        why = getattr(error, "strerror", None) or str(error)
        raise PortTaken(host=host, port=str(port), why=why.rstrip(".")) from error

    def run() -> None:
        start_consumer(app)
        server.run()

    return run


def _serve(args: argparse.Namespace, out: Out) -> int:
    operator, port = settings_for(out.settings, args.port)
    above = import_module("membership.app")
    app = above.create_app(operator)
    above.require_services()
    run = listen(app, host=args.host, port=port)
    with app.app_context():
        _prepare(app)
        code = _first_code()
    setup = f"{operator.base_url}/setup" if code else None
    out.emit({"address": operator.base_url, "setup": setup, "code": code}, _lines(operator, code, out.words))
    sys.stdout.flush()
    run()
    return DONE


def _lines(operator: Settings, code: str | None, words: Wording) -> Iterator[str]:
    yield words.text("Serving at %(address)s – Ctrl+C ends it.", address=operator.base_url)
    if code:
        yield words.text("Nobody has an account yet. Open %(address)s", address=f"{operator.base_url}/setup")
        yield words.text("One-time code for the first administrator: %(code)s", code=code)


def _prepare(app: Flask) -> None:
    actor = _starter()
    values = app.extensions["membership"].association
    if schema.is_new(read_as(actor)):
        schema.upgrade(values, at=actor.at)
        return
    schema.require_present(read_as(actor))
    schema.warn_of_superuser(read_as(actor))
    settings.first_values(values, at=actor.at)
    write(actor, keys.keep_marks)


def _first_code() -> str | None:
    actor = _starter()
    if has_users(read_as(actor)):
        return None
    code = tokens.new_code()
    write(actor, users.offer_first_admin, code=code)
    return code


def _starter() -> Actor:
    return Actor(name="setup", at=clock.now(), request_id=f"start-{secrets.token_hex(4)}", job=Job.SETUP)
