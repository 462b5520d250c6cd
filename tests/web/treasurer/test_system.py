"""The state of the installation as a page: what is well, what somebody should look at, and who may see it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, update

from membership.domain.policy import Actor, Job, Role
from membership.persistence.db import read_as, write
from membership.persistence.models.billing import OutboxRow
from membership.persistence.models.dispatch import MailLane
from membership.services import daily
from membership.services.system_state import Disk, Light
from tests.web.treasurer.conftest import said_by

PAGE = "/treasurer/system"
NIGHT = datetime(2027, 2, 15, 3, tzinfo=UTC)
KEEPER = Actor(name="keeper", at=NIGHT, request_id="t", job=Job.KEEPER)


@pytest.fixture(autouse=True)
def _on_a_day_in_february(monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")


def keep(name, **outcome):
    day = NIGHT.date()
    fence = write(KEEPER, daily.claim_task, name, day)
    state = daily.FAILED if "error" in outcome else daily.DONE
    write(KEEPER, daily.settle_task, name, day, fence=fence, state=state, outcome=outcome)


def test_a_new_installation_has_nothing_to_complain_of(web):
    said = said_by(web.signed_in(Role.ADMIN).get(PAGE))
    assert "Datenbank In Ordnung" in said
    assert "Aufbau der Datenbank In Ordnung" in said
    assert "Letzte Sicherung Noch nicht Es gibt noch keine Sicherung" in said
    assert "Hintergrunddienst In Ordnung Nichts wartet." in said
    assert "Noch keine tägliche Aufgabe ist gelaufen" in said
    assert "Fehler" not in said


def test_backup_and_check_name_their_day_and_what_they_found(web):
    keep("check", findings=0)
    keep("backup", file="2027-02-15.bbk")
    said = said_by(web.signed_in(Role.AUDITOR).get(PAGE))
    assert "Letzte Sicherung In Ordnung 15.02.2027, von gestern" in said
    assert "15.02.2027 04:00: alles stimmt" in said
    assert "2027-02-15.bbk" in said


def test_fi_58_a_deviation_is_a_fault_and_a_failed_backup_says_why(web):
    keep("check", findings=3, first="INV-01 entry 4")
    keep("backup", error="OSError: No space left on device")
    said = said_by(web.signed_in(Role.ADMIN).get(PAGE))
    assert "Prüfung der Bücher Fehler 15.02.2027 04:00: 3 Abweichungen" in said
    assert "Letzte Sicherung Bitte ansehen Es gibt noch keine Sicherung OSError: No space left" in said


def test_work_that_nobody_takes_up_means_that_no_worker_runs(web):
    row = {"key": "render:1", "kind": "render", "ref_id": 1, "state": "new", "at": NIGHT}
    with_session(insert(OutboxRow).values(**row))
    said = said_by(web.signed_in(Role.ADMIN).get(PAGE))
    assert "Hintergrunddienst Bitte ansehen 1 Aufgabe wartet, seit 15.02.2027 04:00" in said
    assert "Offenbar arbeitet kein Hintergrunddienst." in said


def test_mails_that_a_person_halted_say_so(web):
    with_session(update(MailLane).where(MailLane.id == 1).values(halted_at=NIGHT))
    assert "Von einer Person angehalten." in said_by(web.signed_in(Role.ADMIN).get(PAGE))


def with_session(statement):
    session = read_as(KEEPER)
    session.execute(statement)
    session.commit()


@pytest.mark.parametrize(
    ("free", "total", "light"),
    [(50, 100, Light.OK), (4, 100, Light.WARNING), (0.9, 10, Light.WARNING), (1.1, 10, Light.OK)],
)
def test_a_disk_that_fills_up_is_a_warning(free, total, light):
    assert Disk(free=int(free * 1024**3), total=total * 1024**3).light is light


@pytest.mark.parametrize("role", [Role.TREASURER, Role.OFFICE, Role.BOARD])
def test_others_see_nothing_of_it(web, role):
    assert web.signed_in(role).get(PAGE).status_code in {403, 404}
