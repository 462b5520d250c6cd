"""INV-20: every changing command, called by every role: refused with 3 and without a trace, or as the table allows."""

from __future__ import annotations

import argparse
import json
import sqlite3
from dataclasses import replace
from datetime import date
from fractions import Fraction
from hashlib import sha256
from importlib import import_module
from typing import Final

import pytest
from sqlalchemy import select

from membership.app import create_app
from membership.cli.main import SUBJECTS, main
from membership.domain.dispatch import Channel, DispatchState
from membership.domain.payments import Method
from membership.domain.policy import ACTIONS, PORTAL, Role
from membership.persistence.db import db, write
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.members import BasisValue
from membership.services import corrections, payments, schedules
from membership.settings import Settings
from tests.conftest import person
from tests.factories import SCHEDULE, bill_year, make_association, make_member
from tests.web.conftest import make_person

STAFF: Final = person(Role.TREASURER, Role.ADMIN)
LIST: Final = "Nr;Firma;PLZ;Ort;E-Mail;MA\n%s;%s;28195;Bremen;a@b.example;37\n"
COMMANDS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "users first-admin": ("users.manage", ()),
    "users invite": ("users.manage", ("new@verein.example", "office")),
    "users deactivate": ("users.manage", ("leaving@verein.example",)),
    "settings set": ("settings.write", ("association.city", "Emden")),
    "schedule import": ("schedule.write", ("draft.json",)),
    "schedule activate": ("schedule.write", ("DEMO-2028",)),
    "schedule index": ("schedule.write", ("DEMO-2027", "DEMO-2030", "2030", "2.2")),
    "members import": ("member.import", ("new.csv", "--category", "ORD")),
    "members undo-import": ("member.import", ("1",)),
    "members put": ("member.write", ("member.json",)),
    "billing preview": ("billing.read", ("2027",)),
    "billing run": ("billing.release", ("2027",)),
    "invoices send": ("invoice.send", ("RE2027-0001",)),
    "outbox retry": ("invoice.send", ("1",)),
    "outbox settle": ("invoice.send", ("1", "sent")),
    "texts put": ("settings.write", ("invoice", "de", "text.txt")),
    "payments record": ("payment.record", ("RE2027-0001", "5.00", "--on", "2027-02-10", "--method", "cash")),
    "payments allocate": ("payment.record", ("1", "RE2027-0001=5.00")),
    "payments unallocate": ("payment.record", ("2", "RE2027-0001")),
    "invoices cancel": ("invoice.correct", ("RE2027-0001", "--reissue")),
    "invoices correct": ("invoice.correct", ("RE2027-0001", "5.00")),
    "invoices adjust": ("invoice.correct", ("RE2027-0001",)),
    "invoices waive": ("claim.change", ("RE2027-0001", "5.00")),
    "invoices write-off": ("claim.change", ("RE2027-0001",)),
    "invoices reopen": ("claim.change", ("RE2027-0001",)),
    "invoices defer": ("claim.change", ("RE2027-0001", "--until", "2027-06-30")),
    "invoices instalments": ("claim.change", ("RE2027-0001", "--dates", "2027-03-01,2027-04-01")),
    "restore": ("settings.operate", ("one.bbk", "--accept-loss")),
}
"""Command -> the action of the policy table that it needs, and arguments with which it can be done."""

NOT_REFUSED: Final = {"users first-admin": 2}
"""What ends otherwise than with 0 for those who may: there are accounts already."""


def _leaves(parser, place):
    """Return every verb below a parser with its own parser."""
    below = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not below:
        return {place: parser}
    return {
        name: leaf
        for verb, each in below[0].choices.items()
        for name, leaf in _leaves(each, f"{place} {verb}").items()
    }


def _changing():
    found = set()
    for subject in SUBJECTS:
        parser = argparse.ArgumentParser()
        import_module(f"membership.cli.{subject}").add_verbs(parser)
        found |= {
            name for name, leaf in _leaves(parser, subject).items() if "--as" in leaf._option_string_actions
        }
    return found


def test_inv_20_every_changing_command_is_tried_here():
    assert _changing() == COMMANDS.keys()


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """Books in which every command has something to do, with a person of each role; the folder of the database."""
    folder = tmp_path_factory.mktemp("books")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMBERSHIP_STATE_DIR", str(folder / "state"))
        patch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
        patch.chdir(folder)
        (folder / "draft.json").write_text(
            json.dumps({**SCHEDULE, "code": "DEMO-2029", "valid_from": "2029-01-01"})
        )
        (folder / "text.txt").write_text("Rechnung {{ rechnung_nr }}\n\nMoin {{ firma }}\n\n[Ansehen]\n")
        (folder / "old.csv").write_text(LIST % ("M0008", "Hansa Guss GmbH"))
        (folder / "new.csv").write_text(LIST % ("M0009", "Nordwerk GmbH"))
        (folder / "member.json").write_text(json.dumps({"number": "M0001", "name": "Alpha Werke AG"}))
        assert main(["db", "upgrade"]) == 0
        app = create_app(replace(Settings.load(), base_url="http://localhost"))
        with app.app_context():
            _fill()
            db.session.remove()
            db.engine.dispose()
        assert main(["members", "import", "old.csv", "--category", "ORD"]) == 0
        assert main(["backup", "one.bbk"]) == 0
        yield folder


def _fill():
    make_association(STAFF)
    write(STAFF, schedules.import_schedule, {**SCHEDULE, "code": "DEMO-2028", "valid_from": "2028-01-01"})
    member_id = make_member(STAFF, number="M0001", name="Alpha Werke GmbH")
    bill_year(STAFF)
    make_member(STAFF, number="M0002", name="Beta Guss AG", start=date(2027, 1, 15))
    on = {"received_on": date(2027, 2, 10), "method": Method.TRANSFER, "today": date(2027, 2, 16)}
    write(STAFF, payments.record_payment, member_id, 5000, shares=[], **on)
    write(STAFF, payments.record_payment, member_id, 10000, **on)
    decided = {"reason": "Vergleich", "resolution": "Vorstand", "today": date(2027, 2, 16)}
    write(STAFF, corrections.waive, "RE2027-0001", 100, **decided)
    write(STAFF, grow, member_id)
    write(STAFF, fail_a_mail, member_id)
    write(STAFF, make_person, email="leaving@verein.example", roles=[Role.BOARD])
    write(STAFF, make_person, email="stays@verein.example", roles=[Role.ADMIN])
    for role in Role:
        of_company = [(member_id, role)] if role in PORTAL else []
        roles = [] if role in PORTAL else [role]
        write(STAFF, make_person, email=f"{role}@verein.example", roles=roles, companies=of_company)


def grow(session, member_id):
    """Correct the size that the invoice rested on, so that there is something to adjust."""
    size = session.execute(select(BasisValue).where(BasisValue.member_id == member_id)).scalar_one()
    size.value = Fraction(60)


def fail_a_mail(session, member_id):
    """Add a sending that was refused, so that there is one to decide about; its invoice counts as not handed over."""
    session.add(
        Dispatch(
            key="test:1", kind="invoice", channel=Channel.MAIL, document="TEST-1", member_id=member_id, round=1,
            recipient="a@b.example", recipient_name="", salutation="", language="de", state=DispatchState.FAILED,
            created_at=STAFF.at, created_by="test",
        )
    )  # fmt: skip


def _content(folder):
    """Return a fingerprint of everything in the database."""
    connection = sqlite3.connect(folder / "state" / "membership.sqlite3")
    try:
        return sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    finally:
        connection.close()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("command", COMMANDS)
def test_inv_20_a_command_with_as_has_the_rights_of_that_person(books, capsys, command, role):
    action, argv = COMMANDS[command]
    before = _content(books)
    is_allowed = role in ACTIONS[action]
    beside = ["--as", f"{role}@verein.example", *(["--dry-run"] if is_allowed else [])]
    code = main([*command.split(), *argv, *beside])
    assert code == (NOT_REFUSED.get(command, 0) if is_allowed else 3), capsys.readouterr().err
    assert _content(books) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_the_named_job_may_what_it_is_for(books, capsys, command):
    _action, argv = COMMANDS[command]
    assert main([*command.split(), *argv, "--dry-run"]) == NOT_REFUSED.get(command, 0), (
        capsys.readouterr().err
    )
