"""The first page of a member company as it gets it, in terms of its own SQL by the bare driver and the same template.

A database with 60 companies that were billed for a year; every second has paid. The company that asks has an open
invoice, so its page shows all there is: what is owed, the transfer with its QR code, own data, documents. Ours and
plain are those of `member_list`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any, Final

from bench.measure import Result, compare_steps
from bench.member_list import ours, plain
from bench.run import DAY, YEAR, _actor, prepare

NAME = "portal_home"
GOAL = 2.0
COMPANIES = 60
REQUESTS = 40
ADDRESS: Final = "/portal/"
TEMPLATE: Final = "portal/home/index.html"
_TODAY: Final = date(YEAR, 1, 25)


def fill(state: Path, companies: int) -> None:
    """Bill the companies, let every second pay, and add a person of the first one."""
    from membership.domain.payments import Method
    from membership.jobs.billing import issue_run
    from membership.persistence.db import write
    from membership.persistence.models.users import User, UserCompany
    from membership.services import billing, payments

    prepare(state, companies)
    actor = _actor()
    run_id = write(actor, billing.plan_run, YEAR, issued_on=DAY, today=DAY)
    write(actor, billing.release_run, run_id, today=DAY)
    issue_run(actor, run_id, base_url="http://127.0.0.1:8000", today=DAY)
    for member_id in range(2, companies + 1, 2):
        write(
            actor,
            payments.record_payment,
            member_id,
            30000,
            received_on=_TODAY,
            method=Method.TRANSFER,
            today=_TODAY,
        )

    def add(session: Any) -> None:  # noqa: ANN401 - imported where it is used
        user = User(uid="bench", email="bench@firma.example", name="Maren Brandt", created_at=actor.at)
        session.add(user)
        session.flush()
        session.add(UserCompany(user_id=user.id, member_id=1, role="company_admin"))

    write(actor, add)


def measure() -> Result:
    """Return the ratio of seven pairs."""
    note = f"{COMPANIES} companies, {REQUESTS} requests a side"
    with tempfile.TemporaryDirectory() as folder:
        return compare_steps(
            "bench.portal_home", Path(folder), filled=COMPANIES, requests=REQUESTS, note=note
        )


def main(arguments: list[str]) -> None:
    """Run one step on a state folder: fill it, or print the CPU seconds of so many requests."""
    os.environ |= {"MEMBERSHIP_TODAY": _TODAY.isoformat(), "MEMBERSHIP_TESTING": "1"}
    step, place, count = arguments[0], Path(arguments[1]), int(arguments[2])
    if step == "fill":
        fill(place, count)
    elif step == "ours":
        print(ours(place, count, address=ADDRESS))
    else:
        print(plain(place, count, address=ADDRESS, page=TEMPLATE))


if __name__ == "__main__":
    main(sys.argv[1:])
