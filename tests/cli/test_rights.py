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
from membership.domain.banking.statements import Category
from membership.domain.declarations.campaigns import Dates
from membership.domain.dispatch import Channel, DispatchState
from membership.domain.online_payments.pictures import Payout
from membership.domain.payments import Method
from membership.domain.policy import ACTIONS, PORTAL, Job, Role
from membership.persistence.db import db, write
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.members import BasisValue
from membership.services import (
    closings,
    corrections,
    declarations,
    direct_debits,
    ledger,
    payments,
    refunds,
    schedules,
    settings,
)
from membership.services.banking.deciding import set_aside
from membership.services.online_payments.payouts import keep_payout
from membership.services.refunds import Payee
from membership.settings import Settings
from tests.cli.bank_files import Move, camt
from tests.conftest import person
from tests.factories import (
    LEVY,
    SCHEDULE,
    bill_year,
    keep_resolution,
    make_application,
    make_association,
    make_mandate,
    make_member,
)
from tests.services.banking.books import entry, statement, taken_in
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
    "applications accept": ("member.write", ("K7QW-3MXA", "--no-invoice")),
    "applications reject": ("member.write", ("K7QW-3MXA",)),
    "applications withdraw": ("member.write", ("K7QW-3MXA",)),
    "billing preview": ("billing.read", ("2027",)),
    "billing run": ("billing.release", ("2027",)),
    "levy put": ("billing.release", ("levy.json",)),
    "resolutions put": ("schedule.write", ("resolution.json",)),
    "invoices send": ("invoice.send", ("RE2027-0001",)),
    "outbox retry": ("invoice.send", ("1",)),
    "outbox settle": ("invoice.send", ("1", "sent")),
    "texts put": ("settings.write", ("invoice", "de", "text.txt")),
    "payments record": ("payment.record", ("RE2027-0001", "5.00", "--on", "2027-02-10", "--method", "cash")),
    "payments allocate": ("payment.record", ("1", "RE2027-0001=5.00")),
    "payments unallocate": ("payment.record", ("2", "RE2027-0001")),
    "bank import": ("bank.write", ("auszug.xml",)),
    "bank match": ("bank.write", ()),
    "bank post": ("bank.write", ("1", "RE2027-0001=5.00")),
    "bank not-dues": ("bank.write", ("1", "other")),
    "bank undo": ("bank.write", ("2",)),
    "bank collect": ("bank.write", ("3", "LS2027-0001")),
    "bank return": ("bank.write", ("4",)),
    "bank refund": ("bank.write", ("5", "ER2027-0001")),
    "bank payout": ("bank.write", ("6", "po_1")),
    "bank recorded": ("bank.write", ("7", "1")),
    "bank ask": ("bank.write", ("1", "M0001", "--to", "a@b.example")),
    "invoices cancel": ("invoice.correct", ("RE2027-0001", "--reissue")),
    "invoices correct": ("invoice.correct", ("RE2027-0001", "5.00")),
    "invoices adjust": ("invoice.correct", ("RE2027-0001",)),
    "invoices waive": ("claim.change", ("RE2027-0001", "5.00")),
    "invoices write-off": ("claim.change", ("RE2027-0001",)),
    "invoices reopen": ("claim.change", ("RE2027-0001",)),
    "invoices defer": ("claim.change", ("RE2027-0001", "--until", "2027-06-30")),
    "invoices instalments": ("claim.change", ("RE2027-0001", "--dates", "2027-03-01,2027-04-01")),
    "approvals approve": ("approval.decide", ("1",)),
    "approvals return": ("approval.decide", ("1", "--reason", "Beleg fehlt")),
    "approvals withdraw": ("approval.submit", ("1",)),
    "year close": ("year.close", ("2026",)),
    "year reopen": ("year.close", ("2025", "--reason", "Beleg fehlte")),
    "opening take-over": ("claim.change", ("opening.csv",)),
    "opening take-back": ("claim.change", ("ALT-2",)),
    "payments refund": ("payment.record", ("M0001", "0.10", "--iban", "DE02120300000000202051")),
    "payments reconcile": ("online.write", ()),
    "refunds file": ("payment.record", ("-o", "refunds.xml")),
    "refunds fetch": ("payment.record", ("UE2027-0001", "-o", "fetched.xml")),
    "refunds submitted": ("payment.record", ("UE2027-0001",)),
    "refunds withdraw": ("payment.record", ("ER2027-0002",)),
    "sepa create": ("collection.write", ("2027-03-01", "-o", "debits.xml")),
    "sepa submitted": ("collection.write", ("LS2027-0001",)),
    "sepa withdraw": ("collection.write", ("LS2027-0001",)),
    "sepa notify": ("collection.write", ("ALT-2", "--on", "2027-02-16", "--due", "2027-03-15")),
    "sepa mandate-add": ("mandate.write", ("mandate.json",)),
    "sepa mandate-revoke": ("mandate.write", ("M0003-01",)),
    "declarations open": ("declaration.write", ("2029", "--deadline", "2027-03-31")),
    "declarations record": ("declaration.write", ("2028", "M0001", "headcount=41")),
    "declarations accept": ("declaration.write", ("2028", "M0002")),
    "declarations estimate": ("declaration.write", ("2028", "M0003", "headcount=12", "--reason", "Presse")),
    "declarations remind": ("declaration.write", ("2028",)),
    "restore": ("settings.operate", ("one.bbk", "--accept-loss")),
}
"""Command -> the action of the policy table that it needs, and arguments with which it can be done."""

NOT_REFUSED: Final = {"users first-admin": 2, "payments reconcile": 3}
"""What ends otherwise than with 0 for those who may: there are accounts already, no key of Stripe is set."""


NEEDS_A_PERSON: Final = {"approvals approve": 3, "approvals return": 3}
"""What the named job is refused: it approves nothing."""


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
        (folder / "opening.csv").write_text("Mitglied;Nummer;Datum;Betrag\nM0001;R-1;31.12.2025;10,00\n")
        (folder / "text.txt").write_text("Rechnung {{ rechnung_nr }}\n\nMoin {{ firma }}\n\n[Ansehen]\n")
        (folder / "old.csv").write_text(LIST % ("M0008", "Hansa Guss GmbH"))
        (folder / "new.csv").write_text(LIST % ("M0009", "Nordwerk GmbH"))
        (folder / "member.json").write_text(json.dumps({"number": "M0001", "name": "Alpha Werke AG"}))
        (folder / "levy.json").write_text(json.dumps(LEVY))
        (folder / "resolution.json").write_text(
            json.dumps({"organ": "board", "date": "2027-02-01", "text": "Erlass für M0001"})
        )
        (folder / "mandate.json").write_text(
            json.dumps({"member": "M0001", "iban": "DE02120300000000202051"})
        )
        (folder / "auszug.xml").write_bytes(
            camt([Move("5.00", date(2027, 2, 15), "Beta Guss AG", "RE2027-0002")], 0)
        )
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
    keep_resolution(STAFF, SCHEDULE)
    write(STAFF, schedules.import_schedule, {**SCHEDULE, "code": "DEMO-2028", "valid_from": "2028-01-01"})
    member_id = make_member(STAFF, number="M0001", name="Alpha Werke GmbH")
    bill_year(STAFF)
    make_member(STAFF, number="M0002", name="Beta Guss AG", start=date(2027, 1, 15))
    on = {"received_on": date(2027, 2, 10), "method": Method.TRANSFER, "today": date(2027, 2, 16)}
    write(STAFF, payments.record_payment, member_id, 5000, shares=[], **on)
    write(STAFF, payments.record_payment, member_id, 10000, **on)
    decided = {"reason": "Vergleich", "resolution": "Vorstand", "today": date(2027, 2, 16)}
    write(STAFF, corrections.waive, "RE2027-0001", 100, **decided)
    write(STAFF, closings.close_year, 2025, today=date(2027, 2, 16))
    debtor_id = collect()
    for cents in (100, 200):
        payee = Payee(iban="DE02120300000000202051")
        write(STAFF, refunds.prepare_refund, "M0001", cents, payee=payee, today=date(2027, 2, 16))
    write(STAFF, refunds.create_file, today=date(2027, 2, 16), numbers=frozenset({"ER2027-0001"}))
    back = entry(-300, "Rückgabe", end_to_end_id=return_a_debit(debtor_id))
    write(
        STAFF, keep_payout, Payout("po_1", 700, "eur", "paid", date(2027, 2, 3), is_live=False, movements=())
    )
    own = (entry(100, "Einzug"), back, entry(-100, "Erstattung"), entry(700, "po_1"), entry(5000, "M0001"))
    taken_in(STAFF, statement(entry(500, "Zuschuss"), entry(-500, "Porto"), *own, entry(-5400, "Miete")))
    write(STAFF, set_aside, 2, Category.OTHER)
    write(STAFF, grow, member_id)
    write(STAFF, fail_a_mail, member_id)
    ask_for_sizes()
    make_application(STAFF)
    write(STAFF, make_person, email="leaving@verein.example", roles=[Role.BOARD])
    write(STAFF, make_person, email="stays@verein.example", roles=[Role.ADMIN])
    for role in Role:
        of_company = [(member_id, role)] if role in PORTAL else []
        roles = [] if role in PORTAL else [role]
        write(STAFF, make_person, email=f"{role}@verein.example", roles=roles, companies=of_company)
    cli = replace(STAFF, user_id=None, job=Job.CLI)
    write(cli, corrections.waive, "RE2027-0001", 20000, **decided)


def collect():
    """Two open amounts of a member with a mandate: one stands in a collection, the other one can be collected.

    Return the member's id.
    """
    write(STAFF, settings.change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    member_id = make_member(STAFF, number="M0003", name="Gamma Federn GmbH")
    make_mandate(STAFF, "M0003")
    today, on = date(2027, 1, 11), date(2027, 2, 1)
    for reference in ("ALT-1", "ALT-2"):
        owed = {"reference": reference, "dues_year": 2026, "due_on": today, "today": today}
        write(STAFF, ledger.book_opening_item, member_id, 100, **owed)
        told = {"notified_on": today, "due_on": on, "way": "letter", "today": today}
        write(STAFF, direct_debits.record_notice, reference, **told)
        write(STAFF, direct_debits.create_collection, on, today=today, held=frozenset({"ALT-2"}))
    return member_id


def return_a_debit(member_id):
    """Collect 3.00, which the bank credits, and return the id of the debit."""
    today, on = date(2027, 1, 11), date(2027, 2, 8)
    owed = {"reference": "ALT-3", "dues_year": 2026, "due_on": today, "today": today}
    write(STAFF, ledger.book_opening_item, member_id, 300, **owed)
    told = {"notified_on": today, "due_on": on, "way": "letter", "today": today}
    write(STAFF, direct_debits.record_notice, "ALT-3", **told)
    made = write(STAFF, direct_debits.create_collection, on, today=today, held=frozenset({"ALT-2"}))
    write(STAFF, direct_debits.settle_collection, made.id, on=on, today=date(2027, 2, 16))
    return "ALT-3-1"


def ask_for_sizes():
    """Open the round of 2028, in which M0002 has said its size."""
    today = date(2027, 2, 16)
    dates = Dates(date(2027, 3, 31), date(2027, 6, 30))
    write(STAFF, declarations.open_round, 2028, dates=dates, asks={}, reminds=False, today=today)
    said = declarations.Declared({"headcount": Fraction(61)}, name="Otto Fremd")
    write(STAFF, declarations.declare_by_office, 2028, "M0002", said, today=today)


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
    expected = {**NOT_REFUSED, **NEEDS_A_PERSON}.get(command, 0)
    assert main([*command.split(), *argv, "--dry-run"]) == expected, capsys.readouterr().err
