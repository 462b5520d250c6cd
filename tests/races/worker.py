"""One of several processes that do the same thing at the same moment: `worker.py STEP GATE ARGUMENTS…`.

Waits until the file GATE exists, then acts on the database that the environment names, and writes what came out.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

from membership.app import create_core
from membership.domain.corrections import AlreadyCancelled, Cause, Reason
from membership.domain.payments import Method
from membership.domain.policy import Actor, Role
from membership.persistence.db import db, write
from membership.services import billing, corrections, payments

DAY = date(2027, 1, 11)


def actor(token: str | None = None) -> Actor:
    return Actor(
        name="Birgit Wessels", at=datetime.now(UTC), request_id="race", user_id=1,
        roles=frozenset({Role.TREASURER}), form_token=token,
    )  # fmt: skip


def release(run_id: str) -> object:
    from membership.jobs.billing import issue_run

    write(actor(), billing.release_run, int(run_id), today=DAY)
    try:
        return issue_run(actor(), int(run_id), base_url="http://localhost", today=DAY)
    except billing.LaneTaken:
        return 0


def plan(year: str) -> object:
    return write(actor(), billing.plan_run, int(year), issued_on=DAY, today=DAY)


def pay(member_id: str, token: str) -> object:
    return write(
        actor(token),
        payments.record_payment,
        int(member_id),
        60000,
        received_on=DAY,
        method=Method.CASH,
        today=DAY,
    )


def pay_each(member_id: str) -> object:
    return write(
        actor(),
        payments.record_payment,
        int(member_id),
        60000,
        received_on=DAY,
        method=Method.CASH,
        today=DAY,
    )


def cancel(number: str) -> object:
    try:
        reason = Reason(Cause.WRONG_AMOUNT)
        return write(actor(), corrections.cancel_invoice, number, reason=reason, today=DAY)
    except AlreadyCancelled as error:
        return f"already {error.values['document']}"


def cancel_or_pay(number: str, member_id: str) -> object:
    """Half of the processes cancel, the others pay the same invoice."""
    return cancel(number) if os.getpid() % 2 else pay_each(member_id)


def issue(run_id: str) -> object:
    """Issue what a released run waits for; return how many, or that another was at it."""
    from membership.jobs.billing import issue_run

    try:
        return issue_run(actor(), int(run_id), base_url="http://localhost", today=DAY)
    except billing.LaneTaken:
        return "taken"


def allocate(payment_id: str, *item_ids: str) -> object:
    """Settle all of a payment with one of the documents, another one in each process."""
    import os

    from membership.domain.payments import AllocatedTooMuch, Share

    item = int(item_ids[os.getpid() % len(item_ids)])
    try:
        write(actor(), payments.allocate, int(payment_id), [Share(item, 30_000)], today=DAY)
    except AllocatedTooMuch:
        return "refused"
    return item


def issue_without_lane(run_id: str) -> object:
    """The wrong way: look for an item, then act on what was seen; the negative twin that the test must see fail."""
    from sqlalchemy import select, text

    from membership.persistence.models.billing import RunItem

    seen = db.session.execute(select(RunItem.id).where(RunItem.run_id == int(run_id))).scalars().all()
    db.session.rollback()
    time.sleep(0.02)
    for item in seen:
        with db.engine.connect().execution_options(write=True) as connection:
            row = {
                "a": "twin",
                "t": f"{item}-{time.perf_counter_ns()}",
                "f": str(item),
                "at": "2027-01-11 00:00:00",
            }
            statement = (
                "INSERT INTO form_results (actor_key, token, fingerprint, at) VALUES (:a, :t, :f, :at)"
            )
            connection.execute(text(statement), row)
            connection.commit()
    return len(seen)


def main() -> None:
    step, gate, *arguments = sys.argv[1:]
    app = create_core()
    with app.app_context():
        db.session.connection()
        db.session.rollback()
        while not Path(gate).exists():
            time.sleep(0.001)
        sys.stdout.write(f"{globals()[step](*arguments)}\n")


main()
