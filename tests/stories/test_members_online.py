"""All companies of an association are invited, declare, are billed and pay, each in its way; at the end every side tells the same story.

Nothing is played but the people: a real mail server, Stripe's own library against a server that answers like Stripe, a
real statement file, and the pages in a browser. What must come out is worked out beside, in a dictionary.
"""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from invoices import formats
from membership.domain.direct_debits.collections import ItemState
from membership.domain.ledger import Account
from membership.domain.online_payments.attempts import AttemptState
from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.jobs import online_payments as jobs
from membership.jobs.online_comparison import compare
from membership.persistence.db import db, read_as
from membership.persistence.models.ledger import EntryLine
from membership.persistence.queries import bank_lines
from membership.persistence.queries import declarations as declaration_queries
from membership.persistence.queries import online_payments as online_queries
from membership.persistence.queries.bank_lines import Choice
from membership.persistence.queries.direct_debits.collections import list_items
from membership.persistence.queries.payments import list_payments
from membership.persistence.queries.reports import list_receipts
from membership.services import declarations, reports
from membership.services.verify import verify
from membership.wording import Wording
from tests.conftest import _app, has_postgresql
from tests.jobs.conftest import Mailing
from tests.mail_server import Handler, Server
from tests.online import at_stripe, attempts
from tests.stories.half_a_year import (
    CARD,
    COUNT,
    DISPUTE_FEE,
    DISPUTES,
    FEE,
    SEPA,
    VISITORS,
    ZONE,
    Year,
    heads_of,
    number_of,
    words_of,
)
from tests.web.conftest import Browser, Web


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.release)])
def kept(request, databases):
    """A database of one kind; the other one is for a release, because this story is long."""
    if request.param == "postgresql" and not has_postgresql():
        pytest.skip("no PostgreSQL answers")
    address, state = databases[request.param].fresh()
    yield address, state
    databases[request.param].drop(address)


@pytest.fixture
def year(kept, treasurer, monkeypatch):
    handler = Handler()
    for app in _app(kept):
        app.test_client_class = Browser
        with Server(handler) as running, at_stripe(app) as stripe:
            yield Year(app, treasurer, stripe, Mailing(treasurer, handler, running), monkeypatch)
        db.session.remove()


def owed_is_told(year, today):
    """The list of open items, the report of the year and the ledger say who owes what."""
    session = read_as(year.actor)
    open_by_member = {
        number: cents - year.paid[number] for number, cents in year.owed.items() if cents != year.paid[number]
    }
    assert open_by_member == {number_of(DISPUTES): year.disputed_cents}
    total, received = sum(year.owed.values()), sum(year.paid.values())

    owed = reports.list_open_items(session, as_of=today)
    assert {item.number: item.open_cents for item in owed.items} == open_by_member
    assert owed.credits == ()
    dues = reports.list_dues(session, first_year=2027, last_year=2027, as_of=today, words=Wording("de"))
    assert {row.number: row.paid_cents for row in dues.members} == {
        each: year.paid[each] for each in year.owed
    }
    assert {row.number: row.invoiced_cents for row in dues.members} == year.owed
    booked = dict(
        session.execute(
            select(EntryLine.account, func.sum(EntryLine.amount_cents)).group_by(EntryLine.account)
        ).all()
    )
    fees = FEE * len(CARD) + DISPUTE_FEE
    assert {account: int(cents) for account, cents in booked.items() if cents} == {
        Account.RECEIVABLES: total - received,
        Account.DUES_INCOME: -total,
        Account.BANK: year.in_bank,
        Account.BANK_FEES: fees,
        Account.ONLINE: -(year.disputed_cents + DISPUTE_FEE),
    }


def receipts_are_told(year, today):
    """Payments, bank, collection and Stripe say what came in by which way."""
    session = read_as(year.actor)
    stands = [view for view in list_payments(session) if not view.is_reversed]
    by_way = Counter()
    for view in stands:
        by_way[view.payment.method] += view.payment.amount_cents
    assert by_way == year.by_way
    assert Counter(view.payment.method for view in stands) == {
        Method.ONLINE: len(CARD) - 1, Method.DIRECT_DEBIT: len(SEPA), Method.TRANSFER: COUNT - len(CARD) - len(SEPA) + 1,
    }  # fmt: skip
    receipts = list_receipts(session, first_year=2027, last_year=2027, until=today)
    assert sum(cents for *_day, cents in receipts) == sum(year.paid.values())
    assert bank_lines.balances_of(session, 1).closing_cents == year.bank_cents() == year.in_bank
    assert bank_lines.list_lines(session, Choice(is_open=True)) == []
    assert {view.item.state for view in list_items(session, year.collection_id)} == {ItemState.SETTLED}
    assert Counter(each.state for each in attempts()) == {
        AttemptState.PAID: len(CARD) - 1,
        AttemptState.TAKEN_BACK: 1,
    }
    free = [
        each
        for each in year.stripe.objects.values()
        if each["object"] == "balance_transaction" and not each["payout"]
    ]
    assert online_queries.transit_cents(session) == sum(each["net"] for each in free)
    assert online_queries.transit_against_postings(session)[0] == online_queries.transit_cents(session)
    db.session.rollback()
    assert compare(jobs.desk_of(year.app)).differences == ()
    assert online_queries.list_looks(read_as(year.actor)) == []


def pages_tell(year, today):
    """The report of declarations, the companies' first pages and the treasurer's report say it too."""
    found = declarations.declarations_report(read_as(year.actor), year=2027, as_of=today, zone=ZONE)
    assert [int(row[4]) for row in found.table.rows] == [heads_of(place) for place in range(1, COUNT + 1)]
    assert {row[-1] for row in found.table.rows} == {"taken_over"}
    assert len(declaration_queries.list_requests(read_as(year.actor), 1)) == COUNT
    thanks = "Ihr Beitrag 2027 ist bezahlt. Vielen Dank."
    said = {place: year.home(place) for place in VISITORS}
    assert {place for place in VISITORS if thanks not in said[place]} == {DISPUTES}
    shown = formats.amount(year.disputed_cents, "de").replace("\xa0", " ")
    assert f"Überfällig {shown}" in said[DISPUTES]
    staff = Web(year.app).signed_in(Role.TREASURER, Role.ADMIN)
    said = words_of(staff.get("/treasurer/reports/open-items"))
    assert f"Offen {shown}" in said
    assert f"Firma {DISPUTES:03d} GmbH" in said


def test_companies_are_invited_declare_and_pay_and_every_page_report_and_balance_tells_the_same(year):
    year.found()
    year.invite()
    year.declare()
    year.bill()
    year.collect()
    year.pay_by_card()
    year.hand_in()
    year.pay_out()
    year.read_statement()
    year.declare_late()
    year.dispute()
    today = year.on(2027, 2, 22)

    owed_is_told(year, today)
    receipts_are_told(year, today)
    pages_tell(year, today)
    assert verify(read_as(year.actor), full=True).findings == []
