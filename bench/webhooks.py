"""LOAD-07: signed messages of Stripe at a steady rate for two minutes, kept before each is answered, over real HTTP.

Twenty a second on SQLite, served by one process of the built-in server. A message is due at its moment, whether or not
the ones before are answered; its time runs from then, so that a queue cannot hide and the rate is kept or seen to be
missed. Each tenth is sent twice. The ratio is the answer that 99 of 100 do not exceed to 0.5 seconds; none may be lost
or kept twice, else there is no figure. `BENCH_SECONDS` makes it shorter or longer.
"""

from __future__ import annotations

import hmac
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.measure import ROOT, Result, python, result_of

NAME = "load_07_webhooks"
GOAL = 1.0
PER_SECOND, SECONDS, SLOWEST = 20, 120.0, 0.5
SENDERS = 32
_TWICE = 10
_SECRET = "whsec_of_the_bench"  # noqa: S105 - of a stub


def open_server_app(state: Path, address: str) -> Any:  # noqa: ANN401 - imported where it is used
    """Return the application as `serve` makes it, on this database."""
    from membership import app as making
    from membership.settings import Settings

    settings = replace(Settings.load(state_dir=state), stripe_webhook_secrets=(_SECRET,))
    return making.create_app(replace(settings, database_url=address) if address else settings)


def prepare(state: Path, address: str) -> None:
    """Make the schema."""
    from membership.services import schema

    app = open_server_app(state, address)
    with app.app_context():
        schema.upgrade(app.extensions["membership"].association, at=datetime.now(UTC))


def serve(state: Path, address: str) -> None:
    """Serve on a free port until the process is ended; print the port."""
    from waitress import create_server

    app = open_server_app(state, address)
    server = create_server(app, host="127.0.0.1", port=0, threads=app.extensions["membership"].threads)
    print(server.effective_port, flush=True)
    server.run()


def count_kept(state: Path, address: str) -> tuple[int, int]:
    """Return how many messages are kept, and how many different ones."""
    from sqlalchemy import func, select

    from membership.persistence.db import db
    from membership.persistence.models.online_payments import OnlineEvent

    with open_server_app(state, address).app_context(), db.engine.connect() as connection:
        counted = select(func.count(), func.count(OnlineEvent.event_id.distinct()))
        row = connection.execute(counted).one()
    return int(row[0]), int(row[1])


def message(number: int) -> tuple[bytes, str]:
    """Return a message and its signature."""
    event = {
        "id": f"evt_{number:08d}", "object": "event", "type": "mandate.updated", "created": int(time.time()),
        "livemode": False, "data": {"object": {"id": f"mandate_{number}", "object": "mandate", "text": "x" * 3000}},
    }  # fmt: skip
    body = json.dumps(event).encode()
    sent = int(time.time())
    sign = hmac.new(_SECRET.encode(), f"{sent}.".encode() + body, sha256).hexdigest()
    return body, f"t={sent},v1={sign}"


def _send(ports: Sequence[int], numbers: range, begun: float, rate: float) -> list[float]:
    """Send these messages, each at its moment, in turn to the servers; return how late after it each was answered."""
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=30) for port in ports]
    taken = []
    for number in numbers:
        due = begun + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        body, signature = message(number - (number % _TWICE == 1))  # the one before, once more
        connection = connections[number % len(connections)]
        connection.request("POST", "/webhooks/stripe", body, {"Stripe-Signature": signature})
        answer = connection.getresponse()
        answer.read()
        taken.append(time.perf_counter() - due)
        assert answer.status == 200, answer.status
    return taken


@contextmanager
def servers(state: Path, address: str, count: int) -> Iterator[list[int]]:
    """Start so many web processes on one database and return their ports."""
    command = python("-m", "bench.webhooks", "serve", str(state), address)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) for _ in range(count)
    ]
    try:
        yield [int((each.stdout.readline() if each.stdout else "") or 0) for each in running]
    finally:
        for each in running:
            each.terminate()
            each.wait(timeout=20)


def steady(state: Path, address: str, *, per_second: int, processes: int) -> Result:
    """Return the ratio of one long round, with the rate and the slowest answers."""
    seconds = float(os.environ.get("BENCH_SECONDS", SECONDS))
    count = max(int(per_second * seconds), _TWICE)
    prepare(state, address)
    with servers(state, address, processes) as ports, ThreadPoolExecutor(SENDERS) as pool:
        begun = time.perf_counter() + 1.0
        parts = [
            pool.submit(_send, ports, range(n, count, SENDERS), begun, per_second) for n in range(SENDERS)
        ]
        taken = sorted(each for part in parts for each in part.result())
    different = len({number - (number % _TWICE == 1) for number in range(count)})
    kept = count_kept(state, address)
    assert kept == (different, different), f"{different} messages were sent and {kept} are kept"
    p99 = taken[int(len(taken) * 0.99)]
    note = (
        f"{per_second} a second for {seconds:g} s to {processes} web process{'es' * (processes > 1)}, half "
        f"within {taken[len(taken) // 2] * 1000:.0f} ms, 99 of 100 within {p99 * 1000:.0f} ms, none lost or doubled"
    )
    return result_of([p99 / SLOWEST], note)


def measure() -> Result:
    """Return the ratio on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        return steady(Path(folder), "", per_second=PER_SECOND, processes=1)


if __name__ == "__main__":
    serve(Path(sys.argv[2]), sys.argv[3])
