"""An association whose members declare, are billed and pay over half a year, each step by what does it in earnest."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from hashlib import sha256

from sqlalchemy import select

from membership import clock
from membership.domain.declarations.campaigns import Dates
from membership.domain.online_payments.attempts import Way
from membership.domain.payments import Method
from membership.domain.policy import Actor, Job, Role
from membership.gateways.bank_files import read_bank_file
from membership.jobs import online_payments as jobs
from membership.jobs.banking import post_all_sure
from membership.persistence.db import db, read_as, write
from membership.persistence.models.members import Member
from membership.persistence.queries import bank_lines
from membership.persistence.queries.bank_lines import Choice
from membership.persistence.queries.invoicing import list_invoices
from membership.services import companies, corrections, declarations, direct_debits, dispatch, settings
from membership.services.banking.deciding import payout_line
from membership.services.banking.importing import take_in
from membership.services.declarations import Declared
from tests.conftest import IS_RELEASE
from tests.factories import bill_year, make_association, make_mandate, make_member
from tests.gateways.bank_files.camt_files import OPENING, camt, entry
from tests.jobs.conftest import BASE, set_server
from tests.online import tell, work
from tests.web.conftest import PASSWORD, Web, hashed

COUNT = 142 if IS_RELEASE else 22
_THIRD = COUNT // 3
CARD, SEPA = range(1, _THIRD + 1), range(_THIRD + 1, 2 * _THIRD + 1)
LATE = {COUNT - 1: 126, COUNT: 5}
"""Who declares late, and how many heads; before it is billed by the 37 heads known from before."""
DISPUTES = 4
FEE, DISPUTE_FEE = 925, 2000
ZONE = "Europe/Berlin"
DUE = date(2027, 2, 1)
VISITORS = (1, DISPUTES, SEPA.start, SEPA.stop, *LATE)
"""Companies that look at their pages at the end."""
VISITOR = Actor(name="link", at=datetime(2026, 10, 1, tzinfo=UTC), request_id="test", job=Job.SIGN_IN)


def number_of(place):
    return f"M{place:04d}"


def heads_of(place):
    return LATE.get(place, 2 + place * 41 % 300)


def dues_of(heads):
    return next(
        cents for least, cents in ((250, 240000), (50, 120000), (10, 60000), (0, 30000)) if heads >= least
    )


class Year:
    """The association, its members and the day; `owed` and `paid` are what must come out, by member."""

    def __init__(self, app, treasurer, stripe, mailing, monkeypatch):
        self.app, self.stripe, self.mailing = app, stripe, mailing
        self.actor = replace(treasurer, user_id=1000)
        self.monkeypatch = monkeypatch
        self.owed = {number_of(place): dues_of(heads_of(place)) for place in range(1, COUNT + 1)}
        self.paid = Counter()
        self.by_way = Counter()
        self.people = {}

    def on(self, *day):
        """Let it be this day, in the morning, and return the day."""
        self.monkeypatch.setenv("MEMBERSHIP_TODAY", date(*day).isoformat())
        self.actor = replace(self.actor, at=datetime(*day, 9, 30, tzinfo=UTC))
        self.mailing.actor = self.actor
        self.mailing.minutes = 0
        self.stripe.now = int(clock.now().timestamp())
        return date(*day)

    def mails(self):
        """Hand in what waits and return address -> text of the mails that came."""
        before = len(self.mailing.handler.mails)
        while self.mailing.work(time_zone=ZONE):
            self.mailing.minutes += 1
        handler = self.mailing.handler
        new = range(before, len(handler.mails))
        parsed = {handler.recipients[at]: handler.parsed(at) for at in new}
        return {
            address: f"{mail['Subject']}\n{mail.get_body(('plain',)).get_content()}"
            for address, mail in parsed.items()
        }

    def bill_of(self, place):
        return self.bills[number_of(place)]

    def pay(self, place, way, cents=None):
        amount = self.owed[number_of(place)] if cents is None else cents
        self.paid[number_of(place)] += amount
        self.by_way[way] += amount
        return amount

    # the steps ------------------------------------------------------------------------------------------------------

    def found(self):
        self.on(2026, 10, 1)
        make_association(self.actor)
        write(self.actor, settings.change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
        set_server(self.actor, self.mailing.server.port)
        for place in range(1, COUNT + 1):
            make_member(
                self.actor, number=number_of(place), name=f"Firma {place:03d} GmbH",
                invoice_email=f"m{place}@werk.example",
            )  # fmt: skip

    def invite(self):
        """Each company is invited by a mail to who fits best; some of them open its link."""
        assert write(self.actor, companies.invite_all, today=date(2026, 10, 1), count=COUNT) == COUNT
        links = self.links(self.mails(), "join")
        assert len(links) == COUNT
        for place in VISITORS:
            person = {"name": f"Kontakt {place}", "language": "de", "password_hash": hashed(PASSWORD)}
            actor = replace(VISITOR, at=self.actor.at)
            self.people[place] = write(
                actor, companies.accept, secret=links[f"m{place}@werk.example"], person=person
            )

    def home(self, place):
        """Return what the first page of a company says."""
        browser = Web(self.app).browser_of(self.people[place], has_second_factor=False)
        return words_of(browser.get("/portal/"))

    def declare(self):
        """All but two answer by the link of their mail; the two are reminded, and the schedule counts for them."""
        today = self.on(2026, 10, 2)
        dates = Dates(date(2026, 11, 30), date(2027, 3, 31))
        asked = write(
            self.actor,
            declarations.open_round,
            2027,
            dates=dates,
            asks={},
            reminds=True,
            today=today,
            seen=COUNT,
        )
        assert asked == {"requests": COUNT, "by_mail": COUNT, "mails": COUNT}
        links = self.links(self.mails())
        assert len(links) == COUNT
        for place in range(1, COUNT + 1):
            if place not in LATE:
                self.answer(links[f"m{place}@werk.example"], heads_of(place), today=self.on(2026, 10, 5))
        assert len(self.mails()) == COUNT - len(LATE), "each is thanked"
        asked_for = [number_of(place) for place in range(1, COUNT + 1) if place not in LATE]
        assert write(self.actor, declarations.accept_all, 2027, asked_for)["count"] == COUNT - 2
        today = self.on(2026, 12, 7)
        assert write(self.actor, declarations.remind_due, today=today) == 2
        self.late_links = self.links(self.mails())
        assert set(self.late_links) == {f"m{place}@werk.example" for place in LATE}
        today = self.on(2026, 12, 10)
        assert write(self.actor, declarations.end_silence, 2027)["done"] == [number_of(each) for each in LATE]

    @staticmethod
    def links(mails, page="declaration"):
        pattern = re.compile(re.escape(f"{BASE}/{page}/") + r"([\w-]+)")
        return {address: pattern.search(text)[1] for address, text in mails.items()}

    def answer(self, secret, heads, *, today):
        declared = Declared({"headcount": Fraction(heads)}, comment="gezählt", name="Maren Brandt")
        actor = replace(VISITOR, at=self.actor.at)
        write(actor, declarations.declare_by_link, secret, declared, today=today)

    def bill(self):
        today = self.on(2027, 1, 4)
        for place in SEPA:
            make_mandate(self.actor, number_of(place))
        today = self.on(2027, 1, 11)
        run_id = bill_year(self.actor, 2027, today)
        assert write(self.actor, dispatch.send_run, run_id) == COUNT
        mails = self.mails()
        self.bills = {view.member.number: view.invoice.number for view in list_invoices(read_as(self.actor))}
        assert len(mails) == len(self.bills) == COUNT
        assert all(self.bill_of(place) in mails[f"m{place}@werk.example"] for place in VISITORS)
        db.session.rollback()

    def pay_by_card(self):
        """A third pays on Stripe's page; Stripe tells of it out of order, twice, and before anybody asks."""
        self.on(2027, 1, 20)
        ids = dict(read_as(self.actor).execute(select(Member.number, Member.id)).all())
        db.session.rollback()
        told = []
        for place in CARD:
            number = number_of(place)
            payer = Actor(
                name="Kontakt", at=clock.now(), request_id="test", user_id=place,
                companies=((ids[number], Role.COMPANY_USER),),
            )  # fmt: skip
            jobs.begin(self.app, payer, ids[number], [self.bill_of(place)], Way.CARD, language="de")
            session = self.stripe.last_session()
            assert session["amount_total"] == self.pay(place, Method.ONLINE)
            charge = self.stripe.pay(session, fee=FEE)
            told += [("checkout.session.completed", session), ("charge.updated", charge)]
            if place == DISPUTES:
                self.disputed = charge
        random.Random(1).shuffle(told)  # noqa: S311 - some order
        client = self.app.test_client()
        for kind, subject in [*told, *told[:9]]:
            assert tell(client, self.stripe, kind, subject).status_code == 200
        work(self.app)

    def pay_out(self):
        client = self.app.test_client()
        self.on(2027, 1, 29)
        self.payout = self.stripe.payout(arrives=self.stripe.clock())
        tell(client, self.stripe, "payout.paid", self.payout)
        work(self.app)

    def collect(self):
        made = write(self.actor, direct_debits.create_collection, DUE, today=self.on(2027, 1, 13))
        assert made.count_of_debits == len(SEPA)
        write(self.actor, direct_debits.export_collection, made.id, today=self.on(2027, 1, 14))
        self.collection_id = made.id
        self.collected = sum(self.pay(place, Method.DIRECT_DEBIT) for place in SEPA)
        assert made.cents == self.collected

    def hand_in(self):
        write(self.actor, direct_debits.mark_submitted, self.collection_id, on=self.on(2027, 1, 28))

    def read_statement(self):
        """The bank's file: the collection as one sum, Stripe's payout, and the transfers of all that are left but two."""
        today = self.on(2027, 2, 4)
        lines = [
            line(self.collected, "Lastschriften", batch="LS2027-0001-1"),
            line(self.payout["amount"], f"STRIPE PAYOUT {self.payout['id']}", name="STRIPE PAYMENTS EUROPE"),
        ]
        for place in range(SEPA.stop, COUNT + 1):
            if place not in LATE:
                amount = self.pay(place, Method.TRANSFER)
                lines.append(line(amount, f"Beitrag {self.bill_of(place)}", name=f"Firma {place:03d} GmbH"))
        self.take_in(lines, "2027-02-03", today=today)
        (left,) = bank_lines.list_lines(read_as(self.actor), Choice(is_open=True))
        assert left.line.amount_cents == self.payout["amount"]
        write(self.actor, payout_line, left.line.id, self.payout["id"])

    def take_in(self, lines, day, *, today):
        content = statement(lines, day, opening=self.bank_cents())
        found = read_bank_file(content, filename="auszug.xml")
        assert found.statements[0].difference == 0
        write(
            self.actor,
            take_in,
            found,
            file_hash=sha256(content).hexdigest(),
            file_name="auszug.xml",
            accepted="",
        )
        post_all_sure(self.actor, today=today, is_asked=True)
        db.session.rollback()

    def declare_late(self):
        """By the link of the last reminder, still good; the invoices follow: one member owes more, one less."""
        for place, heads in LATE.items():
            self.answer(self.late_links[f"m{place}@werk.example"], heads, today=self.on(2027, 2, 8))
            done = write(self.actor, declarations.accept, 2027, number_of(place))
            assert done["invoices"] == [self.bill_of(place)]
        changed = [
            write(
                self.actor,
                corrections.adjust_invoice,
                self.bill_of(place),
                today=date(2027, 2, 8),
                base_url=BASE,
            )
            for place in LATE
        ]
        today = self.on(2027, 2, 19)
        more, less = LATE
        parts = [
            (more, self.bill_of(more), 60000), (more, changed[0], 60000), (less, self.bill_of(less), 30000),
        ]  # fmt: skip
        lines = [line(self.pay(place, Method.TRANSFER, cents), text) for place, text, cents in parts]
        self.take_in(lines, "2027-02-18", today=today)

    def dispute(self):
        self.on(2027, 2, 20)
        dispute = self.stripe.dispute(self.disputed, fee=DISPUTE_FEE)
        for kind in ("charge.dispute.funds_withdrawn", "charge.dispute.created"):
            tell(self.app.test_client(), self.stripe, kind, dispute)
        work(self.app)
        cents = self.paid.pop(number_of(DISPUTES))
        self.by_way[Method.ONLINE] -= cents
        self.disputed_cents = cents

    @property
    def in_bank(self):
        return self.by_way[Method.TRANSFER] + self.by_way[Method.DIRECT_DEBIT] + self.payout["amount"]

    def bank_cents(self):
        return bank_lines.booked_cents(read_as(self.actor), 1, is_main=True)


def line(cents, text, *, name="Weser Lack GmbH", batch=""):
    """Return an entry of a statement as XML."""
    words = (
        entry(f"{cents // 100}.{cents % 100:02d}")
        .replace("RE2027-0042", text)
        .replace("Weser Lack GmbH", name)
    )
    words = words.replace("<EndToEndId>E1</EndToEndId>", "")
    if batch:
        start, end = words.index("<NtryDtls>"), words.index("</NtryDtls>")
        words = f"{words[:start]}<NtryDtls><Btch><PmtInfId>{batch}</PmtInfId></Btch>{words[end:]}"
    return words


def statement(lines, day, *, opening):
    """Return the entries as a file of one day, with the balances before and after."""
    cents = sum(round(Fraction(each.split(">")[2].split("<")[0]) * 100) for each in lines)
    first = OPENING.replace("100.00", f"{opening // 100}.{opening % 100:02d}")
    end = opening + cents
    last = OPENING.replace("OPBD", "CLBD").replace("100.00", f"{end // 100}.{end % 100:02d}")
    file = camt(*lines, balances=first + last).decode()
    return re.sub(r"2027-02-0[134]", day, file).encode()


def words_of(response):
    assert response.status_code == 200
    main = re.search(r"<main.*?</main>", response.text, re.DOTALL)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main.replace("<wbr>", ""))).replace("\xa0", " ")
