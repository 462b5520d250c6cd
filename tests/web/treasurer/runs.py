"""The steps of a billing run as its pages take them."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from membership import clock
from membership.jobs.billing import issue_run, render_waiting
from membership.persistence.db import read_as
from membership.persistence.models.billing import BillingRun, RunItem
from membership.persistence.models.members import Member

RUNS = "/treasurer/billing"
YEAR = 2027


def today():
    return clock.today("Europe/Berlin")


def start(browser, **fields):
    asked = {"year": str(YEAR), "issued_on": today().isoformat(), **fields}
    return browser.send(f"{RUNS}/start", **asked)


def started(browser):
    response = start(browser)
    assert response.status_code == 303, response.text
    return response.location


def release_run(browser, run, **fields):
    """Send the form of the check page with the figures that stand on it; after the release any will do."""
    page = browser.get(f"{run}/check").text
    seen = dict(re.findall(r'name="(documents|cents)" value="(\d+)"', page))
    return browser.send(f"{run}/release", **{"documents": "0", "cents": "0", **seen, **fields})


def items(web):
    return {
        number: (state, cents)
        for number, state, cents in web.rows(
            select(Member.number, RunItem.state, RunItem.amount_cents).join(
                RunItem, RunItem.member_id == Member.id
            )
        )
    }


def work_off(treasurer):
    run_id = read_as(treasurer).execute(select(func.max(BillingRun.id))).scalar_one()
    issue_run(treasurer, run_id, base_url="http://localhost", today=today())
    render_waiting(treasurer)
