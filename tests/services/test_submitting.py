"""What keeps the public form open: a flood counts for a day, and the office takes back what nobody meant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from membership.domain.applications import MOST_UNCONFIRMED, ApplicationState, TooManyApplications
from membership.persistence.db import read_as, write
from membership.persistence.models.applications import Application
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.queries import applications as queries
from membership.services import admissions, applications, settings
from tests.conftest import NOW
from tests.factories import application_data, make_application, make_association
from tests.services.test_applications import MAIL, OPEN, VISITOR, link_of, submit
from tests.web.conftest import make_person


@pytest.fixture
def books(sqlite_app, treasurer):
    make_association(treasurer)
    write(treasurer, settings.change_settings, {**MAIL, **OPEN})
    return treasurer


def flood(session, at):
    row = {
        "state": ApplicationState.UNCONFIRMED, "data": application_data(), "category": "ORD", "sizes": {}, "terms": [],
        "name_key": "x", "email_key": "x", "language": "de", "submitted_at": at, "organ": "", "minutes": "",
    }  # fmt: skip
    session.execute(
        insert(Application), [{**row, "reference": f"AAAA-{place:04}"} for place in range(MOST_UNCONFIRMED)]
    )


@pytest.mark.parametrize(("hours", "is_closed"), [(23, True), (25, False)])
def test_a_flood_closes_the_form_for_a_day_and_no_longer(books, hours, is_closed):
    write(books, flood, NOW - timedelta(hours=hours))
    if not is_closed:
        assert submit()
        return
    with pytest.raises(TooManyApplications):
        submit()
    write(books, admissions.withdraw, "AAAA-0007")
    assert queries.get_application(read_as(books), "AAAA-0007").state is ApplicationState.WITHDRAWN
    assert submit()


@pytest.mark.parametrize("is_waiting", [True, False])
def test_who_decides_is_told_that_an_application_that_waited_was_taken_back(books, is_waiting):
    state = ApplicationState.WAITING if is_waiting else ApplicationState.UNCONFIRMED
    reference = make_application(books, state=state)
    write(books, make_person, email="kasse@verein.example", roles=["treasurer"])
    write(VISITOR, applications.withdraw_by_link, link_of(reference))
    told = (
        read_as(books).execute(select(Dispatch.recipient).where(Dispatch.kind == "approval")).scalars().all()
    )
    assert told == ["kasse@verein.example"] * is_waiting
