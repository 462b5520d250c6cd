"""Two members billed for 2027: Alpha owes 600.00 (RE2027-0001), Beta 1,200.00 (RE2027-0002)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from membership.domain.corrections import Cause, PaidMoney, Reason
from membership.domain.payments import Method
from membership.domain.policy import Actor
from membership.persistence.db import read_as, write
from membership.persistence.queries.invoicing import InvoiceView, get_invoice
from membership.persistence.queries.payments import credit_cents
from membership.services import corrections, payments
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_member

DAY = date(2027, 1, 11)
LATER = date(2027, 2, 16)
WRONG = Reason(Cause.WRONG_AMOUNT)
ALPHA, BETA = "RE2027-0001", "RE2027-0002"


@dataclass(frozen=True)
class Books:
    actor: Actor
    alpha: int
    beta: int

    def pay(self, cents: int, *, member: int | None = None, on: date = LATER, **changes) -> int:
        return write(
            self.actor, payments.record_payment, member or self.alpha, cents,
            received_on=on, method=Method.TRANSFER, today=LATER, **changes,
        )  # fmt: skip

    def cancel(
        self, number: str = ALPHA, *, paid: PaidMoney = PaidMoney.CREDIT, reason: Reason = WRONG
    ) -> str:
        return write(self.actor, corrections.cancel_invoice, number, reason=reason, paid=paid, today=LATER)

    def correct(self, cents: int, number: str = ALPHA, *, paid: PaidMoney = PaidMoney.CREDIT) -> str:
        return write(
            self.actor, corrections.correct_invoice, number, cents, reason=WRONG, paid=paid, today=LATER
        )

    def view(self, number: str = ALPHA) -> InvoiceView:
        return get_invoice(read_as(self.actor), number)

    def credit(self, member: int | None = None) -> int:
        return credit_cents(read_as(self.actor), member or self.alpha)

    def state(self, number: str = ALPHA) -> str:
        return str(self.view(number).standing.state(LATER))

    def findings(self) -> list:
        return verify(read_as(self.actor), full=True).findings


@pytest.fixture
def books(app, treasurer) -> Books:
    make_association(treasurer)
    alpha = make_member(treasurer, number="M0001", name="Alpha Werke GmbH")
    beta = make_member(treasurer, number="M0002", name="Beta Guss AG", headcount=60)
    bill_year(treasurer, with_papers=False)
    return Books(treasurer, alpha, beta)
