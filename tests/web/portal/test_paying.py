"""A company pays online: from the pay page by Stripe's page to the paid invoice, and never twice."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import date

import pytest

from membership import clock
from membership.domain.money import Money
from membership.domain.policy import Role
from membership.jobs import online_payments as jobs
from membership.persistence.db import read_as, write
from membership.persistence.models.users import UserCompany
from membership.persistence.queries.payments import credit_cents, item_of
from membership.services import invoice_links, ledger, settings, tokens
from membership.services.online_payments.following import CreditUsed
from membership.services.verify import verify
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member
from tests.online import at_stripe, attempts, connect, disconnect, events, tell, work

STAFF = person(Role.TREASURER, Role.ADMIN, user_id=1000)


@pytest.fixture(autouse=True)
def _on_a_day_in_january(monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-01-25")


@pytest.fixture
def companies(web):
    """M0001 Alpha owes 600.00, M0002 Beta 1,200.00."""
    make_association(STAFF)
    ids = [
        make_member(STAFF, number="M0001", name="Alpha Werke GmbH", invoice_email="rechnung@alpha.example"),
        make_member(STAFF, number="M0002", name="Beta Guss AG", headcount=60),
    ]
    bill_year(STAFF)
    return ids


@pytest.fixture
def stripe(web, companies):
    with at_stripe(web.app) as server:
        yield server


@pytest.fixture
def alpha(web, companies, stripe):
    user_id = web.person(email="kontakt@alpha.example")
    write(
        STAFF,
        lambda session: session.add(
            UserCompany(user_id=user_id, member_id=companies[0], role=Role.COMPANY_USER)
        ),
    )
    return web.browser_of(user_id)


def open_cents(number):
    return item_of(read_as(STAFF), number)[2]


def words_of(response):
    main = re.search(r"<main.*?</main>", response.text, re.DOTALL)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main.replace("<wbr>", ""))).replace("\xa0", " ")


def begin(browser, way="card", address="/portal/pay?invoice=RE2027-0001", **fields):
    """Send the pay form; return the address of the payment's page."""
    answer = browser.send(address, way=way, **fields)
    assert answer.status_code == 303, words_of(answer)
    return answer.location.removesuffix("/go")


def test_an_invoice_is_paid_by_card_in_three_clicks(web, alpha, stripe):
    home = alpha.get("/portal/")
    assert 'href="/portal/pay?invoice=RE2027-0001"' in home.text
    page = alpha.get("/portal/pay?invoice=RE2027-0001")
    assert "600,00 €" in words_of(page)
    assert re.search(r'<input[^>]*checked[^>]*value="card"', page.text)
    payment = begin(alpha)
    session = stripe.last_session()
    onward = alpha.get(f"{payment}/go").text
    assert f"0; url={session['url']}" in onward
    assert (session["amount_total"], session["currency"]) == (60000, "eur")
    assert session["metadata"]["invoices"] == "RE2027-0001"
    assert session["metadata"]["member"] == "M0001"
    assert session["intent_marks"] == session["metadata"]
    assert session["customer_email"] == "rechnung@alpha.example"
    stripe.pay(session, fee=925)
    assert tell(web.browser(), stripe, "checkout.session.completed", session).status_code == 200
    assert open_cents("RE2027-0001") == 60000
    work(web.app)
    assert open_cents("RE2027-0001") == 0
    assert "Zahlung erhalten" in words_of(alpha.get(payment))
    assert "Ihr Beitrag 2027 ist bezahlt" in words_of(alpha.get("/portal/"))
    assert {each.invariant for each in verify(read_as(STAFF), full=True).findings} <= {
        "INV-21"
    }  # nobody signs in here


def test_a_paid_invoice_cannot_be_paid_again_by_an_old_page(web, alpha, stripe):
    payment = begin(alpha)
    stripe.pay(stripe.last_session())
    tell(web.browser(), stripe, "checkout.session.completed", stripe.last_session())
    work(web.app)
    assert "pay?invoice" not in alpha.get("/portal/").text
    assert alpha.get("/portal/pay?invoice=RE2027-0001").location == "/portal/"
    assert alpha.send("/portal/pay?invoice=RE2027-0001", way="card").location == "/portal/"
    assert alpha.get(f"{payment}/go").location == payment
    assert len(attempts()) == 1


@pytest.mark.parametrize(
    "changes",
    [{"amount": "1.00"}, {"cents": "1"}, {"currency": "usd"}, {"company": "M0002"}, {"member_id": "2"}],
)
def test_sec_71_what_the_form_says_of_amount_currency_or_company_counts_for_nothing(alpha, stripe, changes):
    begin(alpha, **changes)
    session = stripe.last_session()
    assert (session["amount_total"], session["currency"]) == (60000, "eur")
    assert session["metadata"]["member"] == "M0001"


def test_sec_71_an_invoice_of_another_company_is_not_found(alpha, stripe):
    assert alpha.get("/portal/pay?invoice=RE2027-0002").status_code == 404
    assert alpha.send("/portal/pay?invoice=RE2027-0001&invoice=RE2027-0002", way="card").status_code == 404
    assert attempts() == []


@pytest.mark.parametrize("address", ["?paid=1", "?left=1", "?left=1&paid=1&status=succeeded", ""])
def test_sec_73_coming_back_by_hand_changes_nothing(web, alpha, stripe, address):
    payment = begin(alpha)
    said = words_of(web.browser().get(f"{payment}{address}"))
    assert "Zahlung erhalten" not in said
    assert ("Es wurde nichts abgebucht" in said) is ("left" in address)
    assert open_cents("RE2027-0001") == 60000
    assert str(attempts()[0].state) == "open"


def test_who_comes_back_before_any_event_finds_the_payment_received(web, alpha, stripe):
    payment = begin(alpha)
    stripe.pay(stripe.last_session())
    assert "Zahlung erhalten" in words_of(web.browser().get(payment))
    assert open_cents("RE2027-0001") == 0
    assert events() == []


def test_fi_36_while_nobody_knows_it_is_being_checked_and_never_failed(web, alpha, stripe):
    payment = begin(alpha)
    stripe.pay(stripe.last_session())
    stripe.faults[:] = ["cut"]
    said = words_of(web.browser().get(f"{payment}?left=1"))
    assert "Die Zahlung wird geprüft" in said
    for wrong in ("fehlgeschlagen", "abgebrochen", "nicht ausgeführt"):
        assert wrong not in said


def test_fi_37_a_page_does_not_wait_for_stripe(web, alpha, stripe, monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE_SECONDS", 0.05)
    stripe.faults[:] = ["slow 0.5"]
    payment = begin(alpha)
    assert str(attempts()[0].state) == "asked"
    said = words_of(alpha.get("/portal/"))
    assert "DE89 3704 0044 0532 0130 00" in said
    assert "Eine Zahlung wird geprüft." in said
    time.sleep(0.7)
    assert stripe.last_session()["url"] in alpha.get(f"{payment}/go").text


def test_fi_37_without_stripe_the_data_for_a_transfer_stay(web, alpha, stripe):
    connect(web.app, stripe, url="http://127.0.0.1:9")
    payment = begin(alpha)
    assert "Die Zahlungsseite wird erstellt" in words_of(alpha.get(f"{payment}/go"))
    assert "DE89 3704 0044 0532 0130 00" in words_of(alpha.get("/portal/"))


def test_without_a_key_nothing_is_offered(web, alpha, stripe):
    connect(web.app, stripe, key="")
    disconnect(web.app)
    assert "pay?invoice" not in alpha.get("/portal/").text
    assert alpha.get("/portal/pay?invoice=RE2027-0001").location == "/portal/"


def test_above_the_limit_of_the_debit_the_card_is_offered_alone(alpha, stripe):
    write(STAFF, settings.change_settings, {"online.sepa_limit_cents": 59999})
    page = alpha.get("/portal/pay?invoice=RE2027-0001")
    assert 'value="sepa_debit"' not in page.text
    assert "höchstens 599,99 €" in words_of(page)
    assert alpha.send("/portal/pay?invoice=RE2027-0001", way="sepa_debit").status_code == 422
    assert attempts() == []


def test_several_invoices_are_paid_together(web, alpha, stripe, companies):
    write(
        STAFF, ledger.book_opening_item, companies[0], 30000, reference="ALT-7", dues_year=2026,
        due_on=date(2026, 1, 31), today=date(2027, 1, 11),
    )  # fmt: skip
    address = re.search(r'href="(/portal/pay\?invoice=[^"]*invoice=[^"]*)"', alpha.get("/portal/").text)[1]
    address = address.replace("&amp;", "&")
    assert "900,00 €" in words_of(alpha.get(address))
    begin(alpha, address=address)
    stripe.pay(stripe.last_session())
    tell(web.browser(), stripe, "checkout.session.completed", stripe.last_session())
    work(web.app)
    assert (open_cents("ALT-7"), open_cents("RE2027-0001")) == (0, 0)
    assert credit_cents(read_as(STAFF), companies[0]) == 0


def test_a_debit_under_way_is_being_collected_and_not_asked_for_again(web, alpha, stripe):
    payment = begin(alpha, way="sepa_debit")
    stripe.begin_debit(stripe.last_session())
    assert "Bitte nicht erneut zahlen." in words_of(alpha.get(payment)).replace("zahlen. ", "zahlen.")
    home = alpha.get("/portal/")
    assert "Im Einzug" in words_of(home)
    assert "pay?invoice" not in home.text


@pytest.fixture
def secret(web, companies, stripe):
    found = tokens.new_secret()
    write(replace(STAFF, at=clock.now()), invoice_links.make_link, "RE2027-0001", secret=found)
    return found


def test_behind_the_link_of_a_mail_the_one_invoice_is_paid_without_signing_in(web, secret, stripe):
    visitor = web.browser()
    assert f'href="/invoice/{secret}/pay"' in visitor.get(f"/invoice/{secret}").text
    payment = begin(visitor, address=f"/invoice/{secret}/pay", invoice="RE2027-0002")
    session = stripe.last_session()
    assert session["metadata"]["invoices"] == "RE2027-0001"
    assert secret not in str(stripe.requests)
    stripe.pay(session)
    page = visitor.get(payment)
    assert "Zahlung erhalten" in words_of(page)
    assert "Alpha" not in words_of(page)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "/pay" not in visitor.get(f"/invoice/{secret}").text
    assert visitor.get(f"/invoice/{secret}/pay").location == f"/invoice/{secret}"
    assert visitor.send(f"/invoice/{secret}/pay", way="card").location == f"/invoice/{secret}"


@pytest.mark.parametrize("address", ["/payment/unknown", f"/payment/{'a' * 5000}", "/payment/unknown/go"])
def test_a_payment_that_nobody_made_is_not_found(web, stripe, address):
    assert web.browser().get(address).status_code == 404
    assert web.browser().get("/invoice/unknown/pay").status_code == 404


def test_why_the_books_could_not_take_it_stands_there_in_german(web, alpha, stripe, monkeypatch):
    begin(alpha)
    stripe.pay(stripe.last_session())
    tell(web.browser(), stripe, "checkout.session.completed", stripe.last_session())

    def refuse(*_args, **_values):
        raise CreditUsed(amount=Money(123456))

    refuse.__name__ = "follow"
    monkeypatch.setattr(jobs.services, "follow", refuse)
    work(web.app)
    (event,) = events()
    assert event.reason == "refused"
    said = words_of(
        web.browser_of(web.person(Role.TREASURER)).get(f"/treasurer/payments/online/looks/{event.id}")
    )
    assert "1.234,56 €" in said
    assert "were taken back" not in said
    assert "message" not in said
