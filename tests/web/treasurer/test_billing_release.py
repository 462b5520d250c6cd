"""The release of a run by its pages: only what is still true goes out, what failed is tried again."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from membership.domain.billing import ItemState, RunState
from membership.domain.policy import Role
from membership.jobs.billing import issue_run
from membership.persistence.db import write
from membership.persistence.models.billing import BillingRun, OutboxRow
from membership.persistence.models.members import Member, Membership
from membership.services import outbox
from membership.web.treasurer.billing import release
from tests.factories import make_association, make_member
from tests.web.treasurer.runs import YEAR, items, release_run, start, started, today, work_off


@pytest.fixture
def woken(monkeypatch):
    calls = []
    monkeypatch.setattr(release, "wake", lambda: calls.append("woken"))
    return calls


@pytest.fixture
def browser(web, woken, treasurer):
    make_association(treasurer)
    return web.signed_in(Role.TREASURER)


def leave(session):
    session.execute(select(Membership).order_by(Membership.id)).scalars().first().end = date(YEAR - 1, 12, 31)


def test_a_member_that_left_since_the_preview_is_shown_before_anything_is_released(browser, web, treasurer):
    make_member(treasurer, number="M0001")
    make_member(treasurer, number="M0002")
    run = started(browser)
    browser.get(f"{run}/check")
    write(treasurer, leave)
    seen = {"documents": "2", "cents": "120000", "form_token": "a double click"}
    response = browser.send(f"{run}/release", **seen)
    assert response.status_code == 409
    assert "Inzwischen hat sich an diesem Lauf etwas geändert" in response.text
    assert "1 Rechnung erstellen" in response.text
    assert items(web) == {"M0002": (ItemState.PLANNED, 60000)}
    assert browser.send(f"{run}/release", **seen).status_code == 409
    assert release_run(browser, run).status_code == 303
    assert web.rows(select(BillingRun.state)) == [(RunState.RUNNING,)]


def test_inv_05_a_date_that_lies_ahead_is_refused_at_its_field(browser, web):
    response = start(browser, issued_on=(today() + timedelta(days=1)).isoformat())
    assert response.status_code == 422
    assert re.search(r"Das Rechnungsdatum [\d.]+ ist nicht möglich", response.text)
    assert web.rows(select(func.count(BillingRun.id))) == [(0,)]


def test_inv_05_a_draft_that_was_overtaken_by_later_invoices_says_so_on_the_check_page(
    browser, web, treasurer
):
    make_member(treasurer, number="M0001")
    run = started(browser)
    write(treasurer, predate)
    other = start(browser, year=str(YEAR + 1)).location
    release_run(browser, other)
    work_off(treasurer)
    response = release_run(browser, run)
    assert response.status_code == 422
    assert "ist nicht möglich" in response.text
    assert f"{run}/dates" in response.text


def predate(session):
    session.execute(select(BillingRun)).scalar_one().issued_on = date(today().year, 1, 1)


def test_failed_invoices_are_tried_again_when_no_other_run_of_the_year_is_open(
    browser, web, woken, treasurer
):
    make_member(treasurer, number="M0001", name="Werk \U0001f697 GmbH")
    run = started(browser)
    release_run(browser, run)
    assert "0 von 1" in browser.get(run).text
    work_off(treasurer)
    page = browser.get(run).text
    assert "lässt sich nicht drucken" in page
    assert f'action="{run}/resume"' in page
    draft = started(browser)
    assert browser.send(f"{run}/resume").status_code == 303
    assert "Ein anderer Beitragslauf" in browser.get(run).text
    assert woken == ["woken"]
    browser.send(f"{draft}/discard")
    write(treasurer, mend)
    browser.send(f"{run}/resume")
    assert woken == ["woken", "woken"]
    issue_run(treasurer, int(run.rsplit("/", 1)[1]), base_url="http://localhost", today=today())
    page = browser.get(run).text
    assert "Fertig" in page
    assert f'action="{run}/resume"' not in page


def mend(session):
    session.execute(select(Member)).scalar_one().name = "Werk GmbH"


def test_a_pdf_that_was_given_up_is_named_and_nobody_waits_for_it(browser, treasurer):
    make_member(treasurer, number="M0001")
    run = started(browser)
    release_run(browser, run)
    issue_run(treasurer, int(run.rsplit("/", 1)[1]), base_url="http://localhost", today=today())
    assert "data-refresh" in browser.get(run).text
    write(treasurer, give_up)
    page = browser.get(run).text
    assert "data-refresh" not in page
    assert f"/treasurer/invoices/RE{today().year}-0001" in page


def give_up(session):
    session.execute(select(OutboxRow)).scalar_one().state = outbox.FAILED
