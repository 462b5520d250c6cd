"""Random members, runs, payments, reversals and closings, with crashes at random statements; the books follow a plain model.

After each step the checker has nothing to say and every balance is the model's. A failing sequence is printed with
what reproduces it. SCALE=release plays 200 sequences of 50 steps on each database.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from membership.app import create_app
from membership.domain.closings import PeriodClosed
from membership.domain.payments import AllocatedTooMuch, Method, Share
from membership.domain.policy import Role
from membership.persistence.db import close, db, read_as, rehearse, write
from membership.services import billing, closings, payments
from membership.services.settings import first_values
from membership.services.verify import verify
from tests.conftest import IS_RELEASE, NOW, has_postgresql, person, settings_for
from tests.factories import make_association, make_member
from tests.faults.statements import Fault, failing
from tests.simulator.model import Model, dues_of

DAY, LAST_YEAR = date(2027, 1, 11), date(2026, 12, 30)
TREASURER = person(Role.TREASURER, Role.ADMIN)
AMOUNTS = st.sampled_from([1, 99, 30_000, 59_999, 60_000, 120_000, 250_000])
STATEMENTS = st.integers(1, 40)


class Association(RuleBasedStateMachine):
    """One association on a fresh database, beside its model."""

    database = None

    def __init__(self) -> None:
        super().__init__()
        self.address, state = self.database.fresh()
        self.app = create_app(settings_for(self.address, state))
        self.context = self.app.app_context()
        self.context.push()
        first_values(self.app.extensions["membership"].association, at=NOW)
        make_association(TREASURER)
        self.model = Model()
        self.run_id = None
        self.sent = 0

    def teardown(self) -> None:
        try:
            assert verify(read_as(TREASURER), full=True).findings == []
        finally:
            close()
            self.context.pop()
            self.database.drop(self.address)

    def form(self):
        """Return the treasurer with a form that nobody sent yet."""
        self.sent += 1
        return replace(TREASURER, form_token=f"form-{self.sent}")

    @rule(headcount=st.sampled_from([1, 9, 10, 49, 50, 249, 250, 4000]))
    def a_member_joins(self, headcount):
        member = make_member(TREASURER, number=f"M{len(self.model.dues) + 1:04d}", headcount=headcount)
        self.model.dues[member] = dues_of(headcount)

    @precondition(lambda self: self.run_id is None and set(self.model.dues) - self.model.billed())
    @rule()
    def a_run_is_released(self):
        self.run_id = write(TREASURER, billing.plan_run, 2027, issued_on=DAY, today=DAY)
        count = write(TREASURER, billing.release_run, self.run_id, today=DAY)
        self.model.planned = sorted(set(self.model.dues) - self.model.billed())
        assert count == len(self.model.planned)

    @precondition(lambda self: self.run_id is not None)
    @rule(steps=st.integers(1, 3), crash=st.none() | STATEMENTS)
    def a_worker_issues(self, steps, crash):
        lane = write(TREASURER, billing.take_lane, self.run_id, base_url="http://localhost")
        for _ in range(steps):
            if crash is not None and self.crashes(crash, billing.issue_next, lane, today=DAY):
                break
            if write(TREASURER, billing.issue_next, lane, today=DAY) is None:
                self.run_id = None
                assert self.model.planned == []
                return
            self.model.issue()
        write(TREASURER, billing.leave_lane, lane)

    def crashes(self, number, use_case, *args, **kwargs) -> bool:
        """Let a use case fail at a statement; return False when it has fewer (then nothing was tried)."""
        with failing(None) as statements:
            rehearse(TREASURER, use_case, *args, **kwargs)
        if number > len(statements) + 1:
            return False
        with failing(number), pytest.raises((Fault, billing.ItemNotIssued)):
            write(TREASURER, use_case, *args, **kwargs)
        return True

    @precondition(lambda self: self.model.dues)
    @rule(data=st.data(), cents=AMOUNTS, day=st.sampled_from([DAY, LAST_YEAR]), crash=st.none() | STATEMENTS)
    def a_payment_comes(self, data, cents, day, crash):
        member = data.draw(st.sampled_from(sorted(self.model.dues)))
        paid = {"received_on": day, "method": Method.TRANSFER, "today": DAY}
        if day == LAST_YEAR and self.model.is_closed:
            with pytest.raises(PeriodClosed):
                write(self.form(), payments.record_payment, member, cents, **paid)
            return
        if crash is not None:
            self.crashes(crash, payments.record_payment, member, cents, **paid)
        form = self.form()
        payment = write(form, payments.record_payment, member, cents, **paid)
        assert write(form, payments.record_payment, member, cents, **paid) == payment
        self.model.pay(payment, member, cents)

    @precondition(lambda self: any(paid.settled for paid in self.model.payments.values()))
    @rule(data=st.data(), crash=st.none() | STATEMENTS)
    def what_was_settled_is_taken_back(self, data, crash):
        pairs = [(key, number) for key, paid in self.model.payments.items() for number in paid.settled]
        payment, number = data.draw(st.sampled_from(sorted(pairs)))
        if crash is not None:
            self.crashes(crash, payments.unallocate, payment, number, today=DAY)
        write(TREASURER, payments.unallocate, payment, number, today=DAY)
        self.model.unallocate(payment, number)

    @precondition(
        lambda self: any(paid.free for paid in self.model.payments.values()) and self.model.invoices
    )
    @rule(data=st.data(), cents=AMOUNTS)
    def a_credit_is_used(self, data, cents):
        payment = data.draw(
            st.sampled_from(sorted(key for key, paid in self.model.payments.items() if paid.free))
        )
        member = self.model.payments[payment].member
        own = sorted(number for number, (owner, _cents) in self.model.invoices.items() if owner == member)
        if not own:
            return
        possible = min(self.model.open()[own[0]], self.model.payments[payment].free)
        share = [Share(self.item(own[0]), cents)]
        if cents > possible:
            with pytest.raises(AllocatedTooMuch):
                write(TREASURER, payments.allocate, payment, share, today=DAY)
        else:
            write(TREASURER, payments.allocate, payment, share, today=DAY)
            self.model.allocate(payment, own[0], cents)

    def item(self, number: str) -> int:
        with db.engine.connect() as connection:
            query = text("SELECT id FROM open_items WHERE reference = :number")
            return connection.execute(query, {"number": number}).scalar_one()

    @precondition(lambda self: any(not paid.is_reversed for paid in self.model.payments.values()))
    @rule(data=st.data())
    def a_payment_is_reversed(self, data):
        standing = sorted(key for key, paid in self.model.payments.items() if not paid.is_reversed)
        payment = data.draw(st.sampled_from(standing))
        write(TREASURER, payments.reverse_payment, payment, reason="vertippt", today=DAY)
        self.model.reverse(payment)

    @rule(crash=st.none() | STATEMENTS)
    def the_year_before_is_closed_or_reopened(self, crash):
        step, args = (
            (closings.reopen_year, {"reason": "Kontoauszug fehlte"})
            if self.model.is_closed
            else (closings.close_year, {"today": DAY})
        )
        if crash is not None:
            self.crashes(crash, step, LAST_YEAR.year, **args)
        write(TREASURER, step, LAST_YEAR.year, **args)
        self.model.is_closed = not self.model.is_closed

    @invariant()
    def the_books_hold(self):
        assert verify(read_as(TREASURER), full=False).findings == []

    @invariant()
    def every_balance_is_the_models(self):
        with db.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT reference, member_id, original_cents, open_cents FROM open_items")
            )
            items = {row.reference: (row.member_id, row.original_cents, row.open_cents) for row in rows}
            rows = connection.execute(
                text(
                    "SELECT member_id, -sum(amount_cents) FROM entry_lines WHERE account = 'credits' GROUP BY member_id"
                )
            )
            credit = {member: int(cents) for member, cents in rows if cents}
            rows = connection.execute(text("SELECT number FROM invoices ORDER BY running")).scalars().all()
        left = self.model.open()
        assert items == {
            number: (member, cents, left[number]) for number, (member, cents) in self.model.invoices.items()
        }
        assert credit == self.model.credits()
        assert rows == list(self.model.invoices)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_inv_13_whatever_happens_in_whatever_order_the_books_are_those_of_the_model(databases, kind):
    if kind == "postgresql" and not has_postgresql():
        pytest.skip("no PostgreSQL answers")
    machine = type("Association", (Association,), {"database": databases[kind]})
    examples = 200 if IS_RELEASE else 12 if kind == "sqlite" else 4
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50 if IS_RELEASE else 25,
            deadline=None,
            print_blob=True,
            phases=list(Phase) if IS_RELEASE else [Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
