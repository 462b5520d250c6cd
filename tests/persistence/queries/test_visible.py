"""INV-18: who acts for a company sees that company alone, in every process that opens the database."""

from __future__ import annotations

import subprocess
import sys

import pytest

from membership.domain.policy import Role
from membership.persistence.db import db, read_as
from membership.persistence.queries.members import get_member
from membership.services.members import member_documents
from tests.conftest import TODAY, person
from tests.factories import make_member

STAFF = person(Role.TREASURER)
_IN_ANOTHER_PROCESS = """
import sys
from datetime import UTC, date, datetime
from membership.app import create_core
from membership.domain.policy import Actor, Role
from membership.persistence.db import read_as
from membership.services.members import member_documents

loaded = {name for name in sys.modules if name.startswith("membership.web")}
assert not loaded, loaded
with create_core().app_context():
    actor = Actor(
        name="Alpha", at=datetime.now(UTC), request_id="test", user_id=7, companies=((int(sys.argv[1]), Role.COMPANY_USER),)
    )
    print([each["number"] for each in member_documents(read_as(actor), today=date(2027, 1, 11), everybody=True)])
"""


@pytest.fixture
def alpha(app):
    make_member(STAFF, number="M0002", name="Beta Guss AG")
    return make_member(STAFF, number="M0001", name="Alpha Werke GmbH")


def test_inv_18_a_process_with_the_core_alone_shows_a_company_nothing_of_others(alpha, database, monkeypatch):
    address, state = database
    db.session.rollback()
    monkeypatch.setenv("MEMBERSHIP_DATABASE_URL", address)
    monkeypatch.setenv("MEMBERSHIP_STATE_DIR", str(state))
    done = subprocess.run(
        [sys.executable, "-c", _IN_ANOTHER_PROCESS, str(alpha)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("['M0001']", 0), done.stderr


def test_the_staff_sees_every_member(alpha):
    found = member_documents(read_as(STAFF), today=TODAY, everybody=True)
    assert [each["number"] for each in found] == ["M0001", "M0002"]
    assert get_member(read_as(STAFF), "M0002").name == "Beta Guss AG"
