"""Several processes that do the same thing at the same moment: `worker.py PROCESSES STEP ARGUMENTS…`.

Each is a fork with a connection of its own to the database that the environment names. All are let go when the last one
is ready; each writes a line of what came out.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from datetime import UTC, date, datetime

from membership.app import create_core
from membership.domain.banking.lines import BankFile
from membership.domain.banking.statements import LineDecided, Part, StatementKnown
from membership.domain.corrections import AlreadyCancelled, Cause, Reason
from membership.domain.payments import Method
from membership.domain.policy import Actor, Role
from membership.domain.refunds import RefundTooHigh
from membership.persistence.db import db, write
from membership.services import billing, corrections, payments, refunds
from membership.services.banking import deciding, importing
from membership.services.refunds import Payee

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


def refund(member: str, cents: str) -> object:
    try:
        return write(
            actor(),
            refunds.prepare_refund,
            member,
            int(cents),
            payee=Payee(iban="DE02120300000000202051"),
            today=DAY,
        )
    except RefundTooHigh:
        return "too high"


def post_line(line_id: str, number: str, cents: str) -> object:
    try:
        return write(actor(), deciding.post_line, int(line_id), [Part(number, int(cents))], today=DAY)
    except LineDecided as error:
        return f"decided by {error.values['name']}"


def take_statement_in(count: str) -> object:
    from tests.services.banking.books import entry, statement

    sent = statement(*(entry(100 + number, day=DAY) for number in range(int(count))))
    try:
        found = BankFile(sent.format, (sent,))
        return len(write(actor(), importing.take_in, found, file_hash="aa", file_name="a.xml"))
    except StatementKnown:
        return 0


def cancel(number: str) -> object:
    try:
        reason = Reason(Cause.WRONG_AMOUNT)
        return write(actor(), corrections.cancel_invoice, number, reason=reason, today=DAY)
    except AlreadyCancelled as error:
        return f"already {error.values['document']}"


def cancel_or_pay(number: str, member_id: str) -> object:
    """Half of the processes cancel, the others pay the same invoice."""
    return cancel(number) if os.getpid() % 2 else pay_each(member_id)


def name_mandates(members: str, *references: str) -> object:
    """Give each reference to a mandate of a member of one's own, a new one or one that is there; return how many."""
    from membership.domain.direct_debits.mandates import ReferenceTaken, TermsUnchanged
    from membership.services import direct_debits

    member, given = f"M{os.getpid() % int(members) + 1:04d}", 0
    for place, reference in enumerate(references, start=os.getpid()):
        draft = direct_debits.Draft(reference=reference, iban="DE02120300000000202051")
        try:
            if place % 2:
                write(actor(), direct_debits.add_mandate, member, draft, today=DAY)
            else:
                write(actor(), direct_debits.amend_mandate, f"{member}-01", draft, today=DAY)
        except (ReferenceTaken, TermsUnchanged):
            continue
        given += 1
    return given


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


def deliver(folder: str, times: str) -> object:
    """Hand every message of a folder to the webhook so many times, in an order of one's own, and work what is kept."""
    import random
    from importlib import import_module
    from pathlib import Path

    from flask import current_app

    from membership.jobs.online_payments import tend

    app = current_app._get_current_object()
    import_module("membership.web").register(app, app.extensions["membership"])
    messages = [path.read_bytes().split(b"\n", 1) for path in Path(folder).glob("*.message")] * int(times)
    random.Random(os.getpid()).shuffle(messages)  # noqa: S311 - an order, not a secret
    answers = set()
    for count, (signature, body) in enumerate(messages):
        heads = {"Stripe-Signature": signature.decode()}
        answers.add(app.test_client().post("/webhooks/stripe", data=body, headers=heads).status_code)
        if count % 20 == os.getpid() % 20:
            tend(app)
    tend(app)
    return sorted(answers)


def act(step: str, arguments: list[str], ready: int, gate: int) -> None:
    """Get ready, wait until the gate is closed at the other end, do the step and write a line."""
    app = create_core()
    with app.app_context():
        db.session.connection()
        db.session.rollback()
        os.close(ready)
        os.read(gate, 1)
        os.write(1, f"{globals()[step](*arguments)}\n".encode())


def main() -> None:
    processes, step, *arguments = sys.argv[1:]
    (ready, is_ready), (gate, is_open) = os.pipe(), os.pipe()
    children = []
    for _ in range(int(processes)):
        child = os.fork()
        if not child:
            os.close(ready)
            os.close(is_open)
            code = 1
            try:
                act(step, arguments, is_ready, gate)
                code = 0
            finally:
                if code:
                    traceback.print_exc()
                sys.stderr.flush()
                os._exit(code)
        children.append(child)
    os.close(is_ready)
    os.read(ready, 1)
    os.close(is_open)
    codes = [os.waitpid(child, 0)[1] for child in children]
    sys.exit(any(codes))


if __name__ == "__main__":
    main()
