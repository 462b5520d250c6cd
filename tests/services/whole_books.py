"""Books in which every protected table has rows, some with empty cells and some without."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from membership.domain.banking.statements import Category, Rest
from membership.domain.declarations.campaigns import Dates
from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.services import closings, corrections, declarations, direct_debits, ledger, payments, refunds
from membership.services.banking.deciding import post_line, set_aside, undo_line
from membership.services.refunds import Payee
from membership.services.settings import change_settings
from tests.factories import SCHEDULE, bill_year, keep_resolution, make_association, make_mandate, make_member
from tests.online import paid_online
from tests.services.banking.books import entry, lines, statement, taken_in
from tests.web.conftest import make_person

DAY = date(2027, 1, 11)


def fill(actor) -> None:
    """Do once what the program can do that is kept for good."""
    keep_resolution(actor, SCHEDULE)
    keep_resolution(actor, SCHEDULE | {"resolution": {"organ": "board", "date": str(DAY)}}, None)
    make_association(actor)
    member_id = make_member(actor, number="M0001")
    make_member(actor, number="M0002", headcount=300)
    bill_year(actor)
    for cents in (60000, 1):
        paid = {"received_on": DAY, "method": Method.CASH, "today": DAY}
        payment = write(actor, payments.record_payment, member_id, cents, **paid)
    write(actor, payments.reverse_payment, payment, reason="vertippt", today=DAY)
    decided = {"reason": "Vergleich", "resolution": "Vorstand", "today": DAY}
    write(actor, corrections.waive, "RE2027-0002", 100, **decided)
    write(actor, corrections.defer, "RE2027-0002", until=DAY + timedelta(days=90), **decided)
    sent = statement(entry(700, "Spende", day=DAY), entry(-5, "Porto", day=DAY, iban=None), opening=5)
    taken_in(actor, sent)
    write(actor, set_aside, 1, Category.GRANT)
    write(actor, undo_line, 1, reason="doch Beitrag", today=DAY)
    write(actor, post_line, 1, [], rest=Rest.CREDIT, credit_to="M0001", today=DAY)
    write(actor, closings.close_year, 2026, today=DAY)
    write(actor, closings.reopen_year, 2026, reason="Beleg fehlte")
    collect(actor)
    refund(actor)
    ask(actor)
    explain(actor)
    owed = {"reference": "ALT-9", "dues_year": 2026, "due_on": DAY, "today": DAY}
    write(actor, ledger.book_opening_item, member_id, 60000, **owed)
    paid_online(actor, member_id, "ALT-9", today=DAY)
    write(actor, make_person, email="admin@verein.example", roles=[Role.ADMIN])
    write(actor, make_person, email="vorstand@verein.example", roles=[Role.BOARD])
    for cents in (20000, 20001):
        write(actor, corrections.waive, "RE2027-0002", cents, **decided)
    write(actor, change_settings, {"association.city": "Emden"})


def explain(actor) -> None:
    """A sum of a statement that a notification divides, by mistake."""
    sum_ = entry(900, day=DAY, name=None, iban=None)
    parts = [entry(cents, f"Teil {cents}", day=DAY, place=1) for cents in (400, 500)]
    taken_in(actor, statement(sum_, opening=700), accepted="älter")
    (line_id,) = (each.line.id for each in lines(actor) if each.line.amount_cents == 900)
    taken_in(actor, statement(*parts, kind="camt.054.001.08", opening=None))
    write(actor, undo_line, line_id, reason="andere Summe", today=DAY)


def ask(actor) -> None:
    """A round of declarations: one with a proof that is taken over, and one member that is estimated."""
    dates = Dates(date(2027, 3, 31), None)
    write(actor, declarations.open_round, 2027, dates=dates, asks={}, reminds=False, today=DAY)
    secret = "ab" * 32
    write(actor, declarations.make_link, 2027, "M0001", secret=secret, zone="UTC")
    kept = write(actor, declarations.keep_by_link, secret, b"%PDF-1.7 %%EOF", file_name="Nachweis.pdf")
    for heads, evidence in ((40, None), (41, kept)):
        said = declarations.Declared(
            {"headcount": Fraction(heads)}, name="A", comment="gezählt", evidence_id=evidence
        )
        write(actor, declarations.declare_by_office, 2027, "M0001", said, today=DAY)
    write(actor, declarations.query, 2027, "M0001", "Mit Auszubildenden?", today=actor.at.date())
    write(actor, declarations.accept, 2027, "M0001")
    write(actor, declarations.estimate, 2027, "M0002", {"headcount": Fraction(310)}, reason="Presse")


def collect(actor) -> None:
    """A mandate without and one with a signature, an amendment, a kept form, and a collection."""
    write(actor, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    make_mandate(actor, "M0002", signed_on=None)
    reference = make_mandate(actor, "M0002")
    amended = direct_debits.Draft(iban="DE89370400440532013000")
    write(actor, direct_debits.amend_mandate, reference, amended, today=DAY)
    write(actor, direct_debits.block_mandate, reference, on=DAY, reason="Rückfrage")
    write(actor, direct_debits.reinstate_mandate, reference, on=DAY, reason="geklärt")
    write(actor, direct_debits.keep_document, reference, b"%PDF-1.7", file_name="Mandat.pdf")
    told = {"notified_on": DAY, "due_on": DAY + timedelta(days=90), "way": "letter", "today": DAY}
    day = write(actor, direct_debits.record_notice, "RE2027-0002", **told)
    write(actor, direct_debits.create_collection, day, today=day - timedelta(days=30))


def refund(actor) -> None:
    """Refunds from a bank entry and to an account that was typed: given up, paid out and in a file."""
    for payee in (Payee(line_id=1), Payee(iban="DE89370400440532013000")):
        write(actor, refunds.prepare_refund, "M0001", 100, payee=payee, today=DAY)
    write(actor, refunds.withdraw_refund, "ER2027-0001", on=DAY, reason="verrechnet")
    write(actor, refunds.create_file, today=DAY)
    write(actor, refunds.pay_out, "ER2027-0002", on=DAY)
