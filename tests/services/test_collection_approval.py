"""A file of direct debits waits for a second person; what was approved is exactly what is collected."""

from __future__ import annotations

from datetime import date

import pytest

from membership.domain.approvals import ApprovalOutdated, NotPossibleNow, Waiting
from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.queries.direct_debits import collections
from membership.services import direct_debits, payments
from membership.services.approving import approve
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.factories import bill_year, make_association, make_mandate, make_member
from tests.services.test_approvals import BOARD, add_people

DAY, DUE = date(2027, 1, 11), date(2027, 2, 1)
BASE = "http://localhost"


@pytest.fixture
def waiting(app, treasurer):
    """A collection of two debits that the treasurer has submitted to the board."""
    make_association(treasurer)
    write(treasurer, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    for number in ("M0001", "M0002"):
        make_member(treasurer, number=number, name=f"Hansa {number[-1]} GmbH")
        make_mandate(treasurer, number)
    bill_year(treasurer, with_papers=False)
    add_people(treasurer, u1=Role.TREASURER, u2=Role.ADMIN, u7=Role.BOARD)
    made = write(treasurer, direct_debits.create_collection, DUE, today=DAY)
    assert isinstance(made, Waiting)
    assert collections.count_collections(read_as(treasurer)) == 0
    return made.approval


def test_the_board_approves_a_collection_and_it_is_made_once(waiting, treasurer):
    assert write(treasurer, direct_debits.create_collection, DUE, today=DAY) == Waiting(waiting)
    write(BOARD, approve, waiting, today=DAY, base_url=BASE)
    session = read_as(treasurer)
    assert collections.get_collection(session, 1).row.item_count == 2
    assert verify(session, full=True).findings == []


def test_a_collection_that_would_debit_something_else_is_submitted_anew(waiting, treasurer):
    paid = {"received_on": DAY, "method": Method.TRANSFER, "today": DAY}
    write(treasurer, payments.record_payment, 1, 100, **paid)
    with pytest.raises((ApprovalOutdated, NotPossibleNow)):
        write(BOARD, approve, waiting, today=DAY, base_url=BASE)
    assert collections.count_collections(read_as(treasurer)) == 0
