"""Processes that are killed: `victim.py HOW KILLS SEED STEP ARGUMENTS…` forks one after another and ends them by SIGKILL.

HOW is `statement` (each child dies at a later statement, KILLS apart, until one comes through), `moment` (each dies
after a random time, until so many were killed; the last one may finish), `four` (four at once) or `asleep` (one is
stopped, not killed). Prints what happened as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import event

from membership import clock
from membership.app import create_core
from membership.domain.banking.lines import BankFile
from membership.domain.banking.statements import StatementKnown
from membership.domain.payments import Method
from membership.domain.policy import Actor, Role
from membership.jobs import billing as loops
from membership.persistence import crypto
from membership.persistence.db import close, db, write
from membership.services import billing, direct_debits, payments, refunds, schema
from membership.services.banking import importing
from membership.services.refunds import Payee
from tests.faults.statements import state
from tests.services.banking import books

DAY = date(2027, 1, 11)
START = datetime(2027, 1, 11, 9, 30, tzinfo=UTC)
BASE = "http://localhost"


def actor(attempt: int, token: str | None = None) -> Actor:
    """Each attempt is five minutes after the one before, so that the leases of the dead have ended."""
    at = START + timedelta(minutes=5 * attempt)
    roles = frozenset({Role.TREASURER})
    return Actor(name="Birgit Wessels", at=at, request_id="kill", user_id=1, roles=roles, form_token=token)


def run(attempt: int, run_id: str) -> None:
    """Work off a released run and make its PDFs; what a process loads for its first invoice is not the work."""
    me = actor(attempt)
    loops.issue_run(
        me, int(run_id), base_url=BASE, today=DAY, moment=lambda: me.at, progress=lambda _issued: ready()
    )
    ready()
    loops.render_waiting(me, moment=lambda: me.at)


def issue(attempt: int, run_id: str) -> None:
    """Issue one invoice in the lane that this attempt takes."""
    me = actor(attempt)
    lane = write(me, billing.take_lane, int(run_id), base_url=BASE)
    ready()
    write(replace(me), billing.issue_next, lane, today=DAY)


def pay(attempt: int, member_id: str, count: str) -> None:
    """Send so many forms with payments, always the same ones."""
    for number in range(int(count)):
        me = replace(actor(0, f"form-{number}"), at=START + timedelta(minutes=attempt))
        paid = {"received_on": DAY, "method": Method.CASH, "today": DAY}
        write(me, payments.record_payment, int(member_id), 7_000 + number, **paid)


def statement(attempt: int, entries: str) -> None:
    """Take a statement of so many entries in."""
    sent = books.statement(*(books.entry(100 + number, day=DAY) for number in range(int(entries))))
    found = BankFile(sent.format, (sent,))
    try:
        write(actor(attempt), importing.take_in, found, file_hash="aa", file_name="a.xml")
    except StatementKnown:
        return


def collect(attempt: int, on: str) -> None:
    """Make the file of a collection, always the same one."""
    me = actor(attempt)
    write(me, direct_debits.create_collection, date.fromisoformat(on), today=DAY)


def refund(attempt: int, member: str) -> None:
    """Refund a credit balance, once: the form is always the same one."""
    me, payee = actor(attempt, "refund"), Payee(iban="DE02120300000000202051")
    write(me, refunds.prepare_refund, member, 5_000, payee=payee, today=DAY)
    write(actor(attempt, "file"), refunds.create_file, today=DAY)


def upgrade(_attempt: int) -> None:
    """Bring the schema up to date."""
    schema.upgrade(APP.extensions["membership"].association, at=clock.now())


def restore(_attempt: int, file: str) -> None:
    """Bring a backup back by its command."""
    from membership.cli.main import main

    sys.stdout = sys.stderr
    close()
    code = main(["restore", file, "--accept-loss", "--reason", "drill"])
    assert code == 0, code


def keys(attempt: int, folder: str) -> None:
    """Make or read the keys of many first starts, five attempts on the same ones, and note what was read."""
    for number in range(40):
        place = Path(folder) / f"{attempt // 5}-{number}" / "field_key"
        key = crypto.load_or_make(place).hex()
        with (place.parent / "read").open("a") as seen:
            seen.write(f"{key}\n")


def keys_at_once(_attempt: int, folder: str) -> None:
    """Make or read the same keys as three others at the same moment."""
    keys(0, folder)


def stopped(attempt: int, run_id: str) -> None:
    """Issue two invoices, stop as if the machine slept, and go on when woken."""
    me = actor(0)

    def pause(issued: int) -> None:
        if issued == 2:
            os.kill(os.getpid(), signal.SIGSTOP)

    loops.issue_run(me, int(run_id), base_url=BASE, today=DAY, progress=pause, moment=lambda: me.at)
    del attempt


class Killer:
    """Ends this process at its n-th statement; `ready` starts the counting."""

    def __init__(self, number: int) -> None:
        self.left, self.is_ready = number, False

    def __call__(self, *_given: object) -> None:
        if self.is_ready:
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)


KILLER = Killer(0)


def ready() -> None:
    """Say that from now on a kill is meant."""
    if not KILLER.is_ready:
        KILLER.is_ready = True
        os.write(PIPE[1], b"\n")


def child(step: str, attempt: int, at_statement: int, arguments: list[str]) -> None:
    """Run the step in this forked process and end it without any cleaning up."""
    code = 0
    try:
        with APP.app_context():
            KILLER.left = at_statement
            if at_statement:
                event.listen(db.engine, "before_cursor_execute", KILLER)
                event.listen(db.engine, "commit", KILLER)
            if at_statement or step == "restore":
                os.write(PIPE[1], json.dumps(state(), sort_keys=True).encode())
            if step != "issue" and (HOW, step) != ("moment", "run"):
                ready()
            globals()[step](attempt, *arguments)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent prints it
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        code = 1
    finally:
        sys.stderr.flush()
        os._exit(code)


def start(step: str, attempt: int, at_statement: int, arguments: list[str]) -> tuple[int, bytes]:
    """Fork a child, wait until it is ready (or dead), return its id and what it said of the state before."""
    read, wrote = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(read)
        PIPE[1] = wrote
        child(step, attempt, at_statement, arguments)
    os.close(wrote)
    said = b""
    while not said.endswith(b"\n") and (more := os.read(read, 65536)):
        said += more
    os.close(read)
    return pid, said.strip()


def at_statements(step: str, arguments: list[str], *, stride: int) -> dict[str, object]:
    """Kill at the first statement, then at a later one, and so on, until a child comes through."""
    before: set[bytes] = set()
    for killed, number in enumerate(range(1, 2000, stride)):
        pid, said = start(step, number, number, arguments)
        before.add(said)
        _pid, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):
            return {"kills": killed, "code": os.WEXITSTATUS(status), "states": len(before)}
    raise AssertionError(step)


def at_moments(step: str, arguments: list[str], *, kills: int, seed: int) -> dict[str, object]:
    """Kill after random times until so many died in their work; then let one finish."""
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    killed, attempt, longest = 0, 0, 0.9 if step == "restore" else 0.004
    before: set[bytes] = set()
    while killed < kills and attempt < 20 * kills:
        attempt += 1
        pid, said = start(step, attempt, 0, arguments)
        before.add(said)
        time.sleep(chance.uniform(0, longest))
        os.kill(pid, signal.SIGKILL)
        _pid, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            killed += 1
        longest = max(longest, min(longest * 1.05, 0.06))
    pid, _said = start(step, attempt + 1, 0, arguments)
    _pid, status = os.waitpid(pid, 0)
    return {"kills": killed, "code": os.waitstatus_to_exitcode(status), "states": len(before)}


def of_four(step: str, arguments: list[str], *, kills: int, seed: int) -> dict[str, object]:
    """Start four at once and kill one of them, again and again; then let four finish."""
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    killed = 0
    for attempt in range(1, kills + 1):
        pids = [start(step, attempt, 0, arguments)[0] for _ in range(4)]
        time.sleep(chance.uniform(0, 0.05))
        os.kill(chance.choice(pids), signal.SIGKILL)
        time.sleep(chance.uniform(0, 0.05))
        for pid in pids:  # the others stop with this round, so that the work lasts for the next
            os.kill(pid, signal.SIGKILL) if attempt < kills else None
        killed += sum(os.WIFSIGNALED(os.waitpid(pid, 0)[1]) for pid in pids)
    pid, _said = start(step, kills + 1, 0, arguments)
    return {"kills": killed, "code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}


def asleep(step: str, arguments: list[str]) -> dict[str, object]:
    """Start one that stops in its work; another does all of it after the lease; then wake the first."""
    first, _said = start(step, 0, 0, arguments)
    os.waitpid(first, os.WUNTRACED)
    second, _said = start("run", 1, 0, arguments)
    done = os.waitstatus_to_exitcode(os.waitpid(second, 0)[1])
    os.kill(first, signal.SIGCONT)
    woken = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
    return {"kills": 0, "code": done, "woken": woken}


PIPE = [0, 0]
HOW, KILLS, SEED, STEP, *ARGUMENTS = sys.argv[1:]
APP = create_core()
if HOW == "statement":
    RESULT = at_statements(STEP, ARGUMENTS, stride=max(1, int(KILLS)))
elif HOW == "asleep":
    RESULT = asleep(STEP, ARGUMENTS)
elif HOW == "four":
    RESULT = of_four(STEP, ARGUMENTS, kills=int(KILLS), seed=int(SEED))
else:
    RESULT = at_moments(STEP, ARGUMENTS, kills=int(KILLS), seed=int(SEED))
sys.stdout.write(json.dumps(RESULT))
