"""Real processes are ended by SIGKILL, at each statement and at random moments; the books end like an uninterrupted twin.

The seed is printed by a failing test; `MEMBERSHIP_TEST_SEED` repeats it. SCALE=release kills 200 times per database.
"""

from __future__ import annotations

import json
import os
import random
from datetime import date

import pytest
from sqlalchemy import select, text

from membership.app import create_app
from membership.domain.payments import Method
from membership.jobs.billing import render_waiting
from membership.persistence.db import db, read_as, write
from membership.persistence.models.billing import OutboxRow
from membership.services import billing, invoicing, outbox, payments
from membership.services.settings import change_settings, first_values
from membership.services.verify import verify
from tests import forks
from tests.conftest import IS_RELEASE, NOW, settings_for
from tests.factories import bill_year, make_association, make_mandate, make_member

DAY = date(2027, 1, 11)
MEMBERS = 260 if IS_RELEASE else 70
KILLS = 200 if IS_RELEASE else 30
SEED = int(os.environ.get("MEMBERSHIP_TEST_SEED") or random.SystemRandom().randrange(10**6))

OUTCOME = {
    "invoices": """SELECT i.number, m.number, i.gross_cents, i.due_on, s.sha256 FROM invoices i
        JOIN members m ON m.id = i.member_id LEFT JOIN stored_documents s ON s.invoice_id = i.id AND s.kind = 'pdf'
        ORDER BY i.running""",
    "reports": """SELECT i.number, s.sha256 FROM invoices i JOIN stored_documents s ON s.invoice_id = i.id
        AND s.kind = 'report' ORDER BY i.running""",
    "ledger": """SELECT e.id, e.kind, e.text, l.account, l.amount_cents FROM entries e
        JOIN entry_lines l ON l.entry_id = e.id ORDER BY e.id, l.position""",
    "open": "SELECT reference, original_cents, open_cents FROM open_items ORDER BY reference",
    "items": "SELECT m.number, r.state FROM run_items r JOIN members m ON m.id = r.member_id ORDER BY m.number",
    "series": "SELECT series, year, last FROM number_series ORDER BY series",
    "payments": "SELECT amount_cents, count(*) FROM payments GROUP BY amount_cents ORDER BY amount_cents",
    "waiting": "SELECT o.kind, i.number, o.state FROM outbox o JOIN invoices i ON i.id = o.ref_id ORDER BY i.number",
}


def killed(app, how: str, step: str, *arguments: object, kills: int = 0) -> dict:
    """Run the victim on this application's database and return what it says."""
    settings = app.extensions["membership"]
    db.session.remove()
    db.engine.dispose()
    environment = {
        **os.environ, "MEMBERSHIP_DATABASE_URL": settings.database_url,
        "MEMBERSHIP_STATE_DIR": str(settings.state_dir), "MEMBERSHIP_TESTING": "1",
    }  # fmt: skip
    ended = forks.run(
        "tests.kills.victim", how, kills, SEED, step, *arguments, environment=environment, timeout=900
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    result = json.loads(ended.stdout)
    assert result["code"] == 0, (SEED, result, ended.stderr[-3000:])
    return result


def outcome() -> dict[str, list[tuple]]:
    with db.engine.connect() as connection:
        return {
            name: [tuple(map(str, row)) for row in connection.execute(text(query))]
            for name, query in OUTCOME.items()
        }


def attempts_that_issued() -> int:
    with db.engine.connect() as connection:
        return connection.execute(text("SELECT count(DISTINCT issued_at) FROM invoices")).scalar_one()


def released(actor, members: int) -> int:
    make_association(actor)
    for number in range(1, members + 1):
        make_member(actor, number=f"M{number:04d}", headcount=(5, 37, 60, 300)[number % 4])
    run_id = write(actor, billing.plan_run, 2027, issued_on=DAY, today=DAY)
    write(actor, billing.release_run, run_id, today=DAY)
    return run_id


@pytest.fixture(scope="module")
def twin(databases, treasurer_of_module):
    """The same run without any fault, on SQLite: what every other must come to, on both databases."""
    from membership.jobs.billing import issue_run, render_waiting

    app = create_app(settings_for(*databases["sqlite"].fresh()))
    with app.app_context():
        first_values(app.extensions["membership"].association, at=NOW)
        run_id = released(treasurer_of_module, MEMBERS)
        issue_run(treasurer_of_module, run_id, base_url="http://localhost", today=DAY)
        render_waiting(treasurer_of_module)
        found = outcome()
        db.session.remove()
        db.engine.dispose()
    return found


@pytest.fixture(scope="module")
def treasurer_of_module():
    from membership.domain.policy import Role
    from tests.conftest import person

    return person(Role.TREASURER, Role.ADMIN)


def ask_again_for_given_up(actor):
    """Ask for the PDFs again at which chance ended five workers in a row, as the treasurer does on the page."""
    rows = (
        read_as(actor)
        .execute(select(OutboxRow.ref_id).where(OutboxRow.state == outbox.FAILED))
        .scalars()
        .all()
    )
    assert len(rows) <= KILLS // outbox.MAX_ATTEMPTS
    for invoice_id in rows:
        assert write(actor, outbox.retry, invoicing.RENDER, invoice_id)
    render_waiting(actor)


def test_fi_01_inv_13_a_run_whose_worker_is_killed_again_and_again_ends_like_its_twin(app, treasurer, twin):
    run_id = released(treasurer, MEMBERS)
    result = killed(app, "moment", "run", run_id, kills=KILLS)
    assert result["kills"] >= KILLS, (SEED, result)
    ask_again_for_given_up(treasurer)
    assert outcome() == twin, SEED
    assert attempts_that_issued() > KILLS // 10, "the kills fell before or after the work"
    assert verify(read_as(treasurer), full=True).findings == []


def test_fi_02_one_of_four_workers_is_killed_and_the_run_ends_like_its_twin(app, treasurer, twin):
    run_id = released(treasurer, MEMBERS)
    assert killed(app, "four", "run", run_id, kills=KILLS // 5)["kills"] >= KILLS // 5
    assert outcome() == twin, SEED
    assert verify(read_as(treasurer), full=True).findings == []


def test_fi_07_a_collection_that_is_killed_at_any_statement_is_whole_or_not_there(app, treasurer):
    make_association(treasurer)
    write(treasurer, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    for number in ("M0001", "M0002"):
        make_member(treasurer, number=number)
        make_mandate(treasurer, number)
    bill_year(treasurer)
    result = killed(app, "statement", "collect", "2027-02-01", kills=2)
    assert (result["kills"] >= 10, result["states"]) == (True, 1), result
    with db.engine.connect() as connection:
        kept = connection.execute(text("SELECT number, item_count, sum_cents FROM collections")).all()
        debits = connection.execute(text("SELECT count(*), sum(cents) FROM collection_items")).one()
    assert [tuple(row) for row in kept] == [("LS2027-0001", 2, 120_000)]
    assert tuple(debits) == (2, 120_000)
    assert verify(read_as(treasurer), full=True).findings == []


def test_sec_74_a_refund_that_is_killed_at_any_statement_takes_the_credit_balance_once(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    paid = {"received_on": DAY, "method": Method.CASH, "today": DAY}
    write(treasurer, payments.record_payment, member_id, 9_000, **paid)
    result = killed(app, "statement", "refund", "M0001", kills=3)
    assert (result["kills"] >= 10, result["states"]) == (True, 2), result
    with db.engine.connect() as connection:
        kept = connection.execute(text("SELECT number, cents FROM refunds")).all()
        files = connection.execute(text("SELECT number, item_count, sum_cents FROM refund_files")).all()
    assert [tuple(row) for row in kept] == [("ER2027-0001", 5_000)]
    assert [tuple(row) for row in files] == [("UE2027-0001", 1, 5_000)]
    assert verify(read_as(treasurer), full=True).findings == []


def test_fi_03_an_issue_that_is_killed_at_any_statement_leaves_its_number_free(app, treasurer):
    run_id = released(treasurer, 1)
    result = killed(app, "statement", "issue", run_id)
    assert result["kills"] >= 12, result
    assert [row[0] for row in outcome()["invoices"]] == ["RE2027-0001"]
    assert verify(read_as(treasurer), full=True).findings == []


def test_inv_09_a_payment_that_is_killed_at_any_statement_is_posted_once_or_not_at_all(app, treasurer):
    released(treasurer, 1)
    with db.engine.connect() as connection:
        member_id = connection.execute(text("SELECT id FROM members")).scalar_one()
    result = killed(app, "statement", "pay", member_id, 1)
    assert (result["kills"] >= 12, result["states"]) == (True, 1), result
    assert outcome()["payments"] == [("7000", "1")]
    assert verify(read_as(treasurer), full=True).findings == []


def test_fi_04_forms_that_are_sent_again_after_a_kill_pay_once(app, treasurer):
    released(treasurer, 1)
    with db.engine.connect() as connection:
        member_id = connection.execute(text("SELECT id FROM members")).scalar_one()
    count = KILLS
    killed(app, "moment", "pay", member_id, count, kills=KILLS // 2)
    assert outcome()["payments"] == [(str(7000 + number), "1") for number in range(count)], SEED
    assert verify(read_as(treasurer), full=True).findings == []


def test_fi_08_an_import_that_is_killed_at_any_statement_leaves_nothing_or_all_of_it(app, treasurer):
    released(treasurer, 1)
    result = killed(app, "statement", "statement", 10_000 if IS_RELEASE else 40)
    assert (result["kills"] >= 8, result["states"]) == (True, 1), result
    with db.engine.connect() as connection:
        kept = connection.execute(text("SELECT count(*), count(DISTINCT statement_id) FROM bank_lines")).one()
    assert tuple(kept) == (10_000 if IS_RELEASE else 40, 1)
    assert verify(read_as(treasurer), full=True).findings == []
