"""Faults from outside: a full disk, a file that cannot be written, a queue that is away, jobs twice, other keys."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import DBAPIError

from membership.app import create_app
from membership.domain.billing import RunState
from membership.domain.payments import Method
from membership.jobs import billing as loops
from membership.jobs import engine
from membership.persistence import crypto, outages
from membership.persistence.db import close, db, read_as, write
from membership.persistence.models.billing import BillingRun, OutboxRow, RunItem
from membership.persistence.models.chain import AuditValue
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.members import BasisValue, Contact
from membership.services import billing, outbox, payments
from membership.services.settings import change_settings
from membership.services.verify import verify
from tests.conftest import IS_RELEASE, settings_for
from tests.factories import bill_year, make_association, make_member
from tests.faults.statements import state
from tests.kills.test_kills import outcome, released

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2027, 1, 11)


def issue(actor, run_id, *, minutes=0):
    return loops.issue_run(
        actor,
        run_id,
        base_url="http://localhost",
        today=DAY,
        moment=lambda: actor.at + timedelta(minutes=minutes),
    )


def test_fi_13_a_full_disk_in_a_run_leaves_whole_invoices_and_the_next_number_follows(sqlite_app, treasurer):
    run_id = released(treasurer, 40)
    with db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection, _record, _proxy) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 8}")

    close()
    event.listen(db.engine, "checkout", limit)
    with pytest.raises(DBAPIError) as raised:
        issue(treasurer, run_id)
    event.remove(db.engine, "checkout", limit)
    close()
    assert outages.is_outage(raised.value)
    assert "full" in str(outages.outage_of(raised.value))
    written = len(outcome()["invoices"])
    assert 0 < written < 40
    assert verify(read_as(treasurer), full=True).findings == []
    issue(treasurer, run_id, minutes=5)
    assert [row[0] for row in outcome()["invoices"]] == [f"RE2027-{n:04d}" for n in range(1, 41)]
    assert verify(read_as(treasurer), full=True).findings == []


def test_fi_14_a_full_disk_while_documents_are_kept_is_made_good_later(sqlite_app, treasurer, monkeypatch):
    run_id = released(treasurer, 3)
    issue(treasurer, run_id)
    with db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection, _record, _proxy) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 2}")

    close()
    event.listen(db.engine, "checkout", limit)
    with pytest.raises(DBAPIError):
        loops.render_waiting(treasurer)
    event.remove(db.engine, "checkout", limit)
    close()
    assert read_as(treasurer).execute(select(func.count(StoredDocument.id))).scalar_one() == 0
    for minutes in (5, 10, 15):
        moment = treasurer.at + timedelta(minutes=minutes)
        loops.render_waiting(treasurer, moment=lambda at=moment: at)
    assert read_as(treasurer).execute(select(func.count(StoredDocument.id))).scalar_one() == 6
    assert verify(read_as(treasurer), full=True).findings == []


def test_fi_17_what_cannot_be_written_is_said_and_reading_goes_on(sqlite_app, treasurer):
    make_association(treasurer)

    def read_only(connection, _record, _proxy) -> None:
        connection.execute("PRAGMA query_only=ON")

    close()
    event.listen(db.engine, "checkout", read_only)
    with pytest.raises(DBAPIError) as raised:
        write(treasurer, change_settings, {"association.city": "Emden"})
    assert outages.outage_of(raised.value).code == "database"
    assert read_as(treasurer).execute(text("SELECT count(*) FROM settings")).scalar_one() > 10
    event.remove(db.engine, "checkout", read_only)
    close()


def test_fi_25_a_run_bills_what_it_was_released_with(app, treasurer):
    """A size, an amount and an agreement that change while the run works change no invoice of it."""
    run_id = released(treasurer, 4)
    expected = read_as(treasurer).execute(select(RunItem.member_id, RunItem.amount_cents)).all()
    lane = write(treasurer, billing.take_lane, run_id, base_url="http://localhost")
    write(treasurer, billing.issue_next, lane, today=DAY)

    def edit(session):
        session.execute(update(BasisValue).values(value=9999))

    write(treasurer, edit)
    write(treasurer, billing.leave_lane, lane)
    issue(treasurer, run_id)
    billed = read_as(treasurer).execute(select(Invoice.member_id, Invoice.gross_cents)).all()
    assert sorted(map(tuple, billed)) == sorted(map(tuple, expected))


def test_fi_31_work_asked_for_while_the_queue_is_away_is_found_later(
    sqlite_app, treasurer, monkeypatch, caplog
):
    class Away:
        def look(self):
            raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(engine, "engine_of", lambda _app: Away())
        patch.setenv("MEMBERSHIP_TODAY", "2027-01-11")
        run_id = released(treasurer, 2)
        engine.wake()
        assert "the sweep will find the work" in caplog.text
        assert engine.work(sqlite_app) == 4
    assert read_as(treasurer).get(BillingRun, run_id).state is RunState.DONE


def test_fi_32_a_job_that_comes_twice_or_in_the_wrong_order_does_the_same(sqlite_app, treasurer, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-01-11")
    released(treasurer, 2)
    loops.render_waiting(treasurer)  # the PDFs before there is an invoice
    assert [engine.work(sqlite_app), engine.work(sqlite_app), engine.work(sqlite_app)] == [4, 0, 0]
    rows = read_as(treasurer).execute(select(OutboxRow.state)).scalars().all()
    assert rows == [outbox.DONE, outbox.DONE]
    assert verify(read_as(treasurer), full=True).findings == []


def test_fi_52_a_wrong_field_key_hides_what_is_encrypted_and_overwrites_nothing(sqlite_app, treasurer):
    make_association(treasurer)
    session = read_as(treasurer)
    sealed = crypto.seal(session, "DE02120300000000202051", table="members", column="iban_sealed", uid="u")
    good = crypto.keys_of(session)
    session.info["keys"] = replace(good, field=bytes(32))
    with pytest.raises(crypto.KeyMissing):
        crypto.unseal(session, sealed, table="members", column="iban_sealed", uid="u")
    session.info["keys"] = good
    assert (
        crypto.unseal(session, sealed, table="members", column="iban_sealed", uid="u")
        == "DE02120300000000202051"
    )
    session.info.pop("keys")


def test_sec_82_another_session_key_leaves_encrypted_data_readable(sqlite_database, treasurer):
    settings = settings_for(*sqlite_database)
    kept = {}
    for round_number in range(2):
        app = create_app(settings)
        with app.app_context():
            session = read_as(treasurer)
            if not round_number:
                kept["sealed"] = crypto.seal(session, "geheim", table="t", column="c", uid="u")
                kept["secret"] = app.config["SECRET_KEY"]
                (settings.state_dir / "keys" / "session_key").write_text(secrets.token_hex(32))
            else:
                assert app.config["SECRET_KEY"] != kept["secret"]
                assert crypto.unseal(session, kept["sealed"], table="t", column="c", uid="u") == "geheim"
            close()


def test_inv_04_a_number_belongs_to_one_invoice_for_ever_and_a_draft_has_none(app, treasurer):
    run_id = released(treasurer, 2)
    assert read_as(treasurer).execute(select(func.count(Invoice.id))).scalar_one() == 0
    issue(treasurer, run_id)
    for statement in (
        "UPDATE invoices SET number = 'RE2027-0009' WHERE id = 1",
        "DELETE FROM invoices WHERE id = 1",
        "UPDATE number_series SET last = 0 WHERE series = 'RE'",
        "DELETE FROM number_series WHERE series = 'RE'",
        _copy_of_invoice(),
    ):
        before = state()
        with pytest.raises(DBAPIError):
            write(treasurer, lambda session, statement=statement: session.execute(text(statement)) and None)
        assert state() == before, statement


def _copy_of_invoice() -> str:
    changed = {"id": "99", "period_from": "'2030-01-01'", "reference": "'X'"}
    names = [column.name for column in Invoice.__table__.columns]
    values = [changed.get(name, name) for name in names]
    return f"INSERT INTO invoices ({', '.join(names)}) SELECT {', '.join(values)} FROM invoices WHERE id = 1"


def test_inv_35_what_is_personal_can_be_erased_and_the_chain_still_verifies(app, treasurer):
    make_association(treasurer)
    member_id = make_member(treasurer, number="M0001")
    bill_year(treasurer)
    paid = {"received_on": DAY, "method": Method.CASH, "today": DAY}
    payment = write(treasurer, payments.record_payment, member_id, 100, **paid)
    write(treasurer, payments.reverse_payment, payment, reason="Herr Muster hat sich vertippt", today=DAY)
    books = outcome()

    def erase(session):
        session.add(Contact(member_id=member_id, name="A", email="a@b.example"))
        session.flush()
        session.execute(update(Contact).values(name="gelöscht", email="", phone="", salutation=""))
        session.execute(update(AuditValue).values(old=None, new=None))

    write(treasurer, erase)
    assert outcome() == books
    assert verify(read_as(treasurer), full=True).findings == []


ZONED = """
import sys
from tests.conftest import NOW, person, settings_for
from pathlib import Path
from membership.app import create_app
from membership.domain.policy import Role
from membership.persistence.db import db
from membership.services.settings import first_values
from tests.factories import bill_year, make_association, make_member
from tests.kills.test_kills import outcome
app = create_app(settings_for(sys.argv[1], Path(sys.argv[2])))
with app.app_context():
    first_values(app.extensions["membership"].association, at=NOW)
    actor = person(Role.TREASURER, Role.ADMIN)
    make_association(actor)
    make_member(actor, number="M0001")
    bill_year(actor)
    with db.engine.connect() as connection:
        at = connection.exec_driver_sql("SELECT created_at FROM members").scalar_one()
        print(outcome(), at if isinstance(at, str) else at.astimezone(__import__("datetime").UTC))
"""


def test_inv_26_no_result_depends_on_the_zone_of_the_server(databases, database):
    address, _folder = database
    kind = "sqlite" if address.startswith("sqlite") else "postgresql"
    said = []
    zones = ("UTC", "Pacific/Auckland", "Europe/Berlin")
    for zone in zones if IS_RELEASE else zones[:2]:
        fresh, state_folder = databases[kind].fresh()
        environment = {**os.environ, "TZ": zone, "PYTHONPATH": str(ROOT), "MEMBERSHIP_TESTING": "1"}
        ended = subprocess.run(
            [sys.executable, "-c", ZONED, fresh, str(state_folder)], cwd=ROOT, env=environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr[-2000:]
        said.append(ended.stdout)
        databases[kind].drop(fresh)
    assert len(set(said)) == 1
    assert "2027-01-11 09:30:00" in said[0]
