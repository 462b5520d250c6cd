"""After any sequence of invoices, payments and corrections the books say what a plain dictionary says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from membership.app import create_app
from membership.domain.corrections import PaidMoney
from membership.domain.errors import DomainError
from membership.domain.policy import Role
from membership.persistence.db import db, read_as, write
from membership.persistence.models.ledger import OpenItem
from membership.services import corrections, payments
from membership.services.settings import first_values
from tests.conftest import IS_RELEASE, NOW, has_postgresql, person, settings_for
from tests.factories import bill_year, make_association, make_member
from tests.services.corrections.conftest import ALPHA, LATER, WRONG, Books

CENTS = st.integers(1, 70000)
STEPS = st.one_of(
    st.tuples(st.just("pay"), CENTS),
    st.tuples(st.just("correct"), CENTS),
    st.tuples(st.just("correct_and_settle"), CENTS),
    st.tuples(st.just("waive"), CENTS),
    st.tuples(st.just("write_off"), st.just(0)),
    st.tuples(st.just("reopen"), st.just(0)),
    st.tuples(st.just("take_payment_back"), st.integers(0, 3)),
    st.tuples(st.just("plan"), st.integers(2, 5)),
    st.tuples(st.just("cancel"), st.just(0)),
    st.tuples(st.just("reissue"), st.just(0)),
    st.tuples(st.just("replace"), st.just(0)),
)
DECIDED = {"reason": "Vergleich", "resolution": "Vorstand", "today": LATER}


class Model:
    """The account of one member as a dictionary: what its documents count, what it paid, what was given up."""

    def __init__(self):
        self.account = {"counted": 60000, "paid": 0, "lost": 0}
        self.invoice = ALPHA
        self.payments = {}

    @property
    def balance(self):
        """Return what the member owes in all; less than 0 is its credit."""
        return self.account["counted"] - self.account["lost"] - self.account["paid"]


def act(books, model, step, value):
    """Do one step in the books; when they took it, in the dictionary too."""
    before = books.view(model.invoice).standing
    number = model.invoice
    if step == "pay":
        model.payments[books.pay(value)] = value
        model.account["paid"] += value
    elif step.startswith("correct"):
        books.correct(value, number, paid=PaidMoney.SETTLE if "settle" in step else PaidMoney.CREDIT)
        model.account["counted"] -= value
    elif step == "waive":
        write(books.actor, corrections.waive, number, value, **DECIDED)
        model.account["lost"] += value
    elif step == "write_off":
        write(books.actor, corrections.write_off, number, **DECIDED)
        model.account["lost"] += before.open_cents
    elif step == "reopen":
        write(books.actor, corrections.reopen, number, reason="zahlt doch", today=LATER)
        model.account["lost"] = 0
    elif step == "take_payment_back":
        payment = sorted(model.payments)[value]
        write(books.actor, payments.reverse_payment, payment, reason="vertippt", today=LATER)
        model.account["paid"] -= model.payments.pop(payment)
    elif step == "plan":
        days = [LATER + timedelta(days=30 * place) for place in range(1, value + 1)]
        write(books.actor, corrections.plan_instalments, number, days, **DECIDED)
    elif step == "cancel":
        books.cancel(number)
        model.account.update(counted=0, lost=0)
    else:
        follow(books, model, step)


def follow(books, model, step):
    """Cancel the invoice and issue it anew, or replace it; either way 600.00 count again and nothing is given up."""
    values = {"reason": WRONG, "today": LATER, "base_url": "http://localhost"}
    if step == "reissue":
        _credit, model.invoice = write(books.actor, corrections.reissue_invoice, model.invoice, **values)
    else:
        model.invoice = write(books.actor, corrections.replace_invoice, model.invoice, **values)
    model.account.update(counted=60000, lost=0)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@settings(
    max_examples=300 if IS_RELEASE else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, min_size=1, max_size=10))
def test_any_sequence_leaves_the_balance_of_a_plain_dictionary(databases, kind, steps):
    if kind == "postgresql" and not has_postgresql():
        pytest.skip("no PostgreSQL answers")
    address, state = databases[kind].fresh()
    app = create_app(settings_for(address, state))
    with app.app_context():
        first_values(app.extensions["membership"].association, at=NOW)
        play(billed_books(), steps)
        db.session.remove()
        db.engine.dispose()
    databases[kind].drop(address)


def billed_books():
    actor = person(Role.TREASURER, Role.ADMIN)
    make_association(actor)
    member = make_member(actor, number="M0001")
    bill_year(actor, with_papers=False)
    return Books(actor, member, member)


def play(books, steps):
    """Do the steps that the rules let pass and compare after each."""
    model = Model()
    for step, value in steps:
        try:
            act(books, model, step, value)
        except (DomainError, IndexError):
            continue
        assert owed(books) - books.credit() == model.balance, (step, value)
    assert books.findings() == []


def owed(books):
    session = read_as(books.actor)
    session.rollback()
    return session.execute(select(func.sum(OpenItem.open_cents))).scalar_one()
