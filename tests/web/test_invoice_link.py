"""The link of a mail: that one invoice without signing in, for 90 days, revocable, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from membership import clock
from membership.domain.policy import Role
from membership.persistence.db import write
from membership.persistence.models.dispatch import InvoiceLink
from membership.services import invoice_links, tokens
from tests.factories import bill_year, make_association, make_member


@pytest.fixture
def linked(web, treasurer):
    """Two invoices; the secret of a link to the first."""
    make_association(treasurer)
    make_member(treasurer, number="M0001", name="Alpha Werke GmbH", iban_shown="DE•• •••• 4471")
    make_member(treasurer, number="M0002", name="Beta Guss AG", language="en")
    bill_year(treasurer)
    return make(treasurer, "RE2027-0001")


def make(treasurer, number):
    from dataclasses import replace

    secret = tokens.new_secret()
    write(replace(treasurer, at=clock.now()), invoice_links.make_link, number, secret=secret)
    return secret


def test_the_link_opens_the_invoice_and_how_it_is_paid(web, linked):
    browser = web.browser()
    page = browser.get(f"/invoice/{linked}")
    assert page.status_code == 200
    for expected in ("RE2027-0001", "Alpha Werke GmbH", "600,00", "DE89 3704 0044 0532 0130 00", "qr-code"):
        assert expected in page.text
    for hidden in ("4471", "Beta", "RE2027-0002", "treasurer", "a@b.example"):
        assert hidden not in page.text
    pdf = browser.get(f"/invoice/{linked}/pdf")
    assert pdf.data.startswith(b"%PDF")
    assert pdf.headers["Content-Disposition"] == "inline; filename=RE2027-0001.pdf"


def test_no_search_engine_and_no_other_page_learns_of_it(web, linked):
    for address in (f"/invoice/{linked}", f"/invoice/{linked}/pdf", "/invoice/unknown"):
        heads = web.browser().get(address).headers
        assert heads["Referrer-Policy"] == "no-referrer"
        assert heads["X-Robots-Tag"] == "noindex, nofollow"
        assert heads["Cache-Control"] == "no-store"
    assert 'name="robots" content="noindex"' in web.browser().get(f"/invoice/{linked}").text


def test_the_page_speaks_the_language_of_the_member_until_another_is_chosen(web, linked, treasurer):
    secret = make(treasurer, "RE2027-0002")
    browser = web.browser()
    page = browser.get(f"/invoice/{secret}").text
    assert '<html lang="en">' in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    answer = browser.post(
        "/language", data={"csrf_token": token, "language": "de", "back": f"/invoice/{secret}"}
    )
    assert answer.location == f"/invoice/{secret}"
    assert '<html lang="de">' in browser.get(f"/invoice/{secret}").text


@pytest.mark.parametrize("secret", ["unknown", "x" * 5000, "RE2027-0001", "..%2f", "%F0%9F%92%A9"])
def test_what_is_no_link_is_answered_like_one_that_has_ended(web, linked, secret):
    answer = web.browser().get(f"/invoice/{secret}")
    assert answer.status_code == 404


def test_a_link_ends_after_ninety_days(web, linked):
    with time_machine.travel(clock.now() + timedelta(days=89, hours=23), tick=False):
        assert web.browser().get(f"/invoice/{linked}").status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=90, minutes=1), tick=False):
        answer = web.browser().get(f"/invoice/{linked}")
        assert answer.status_code == 404
        assert "gilt nicht mehr" in answer.text
        assert web.browser().get(f"/invoice/{linked}/pdf").status_code == 404


def test_links_are_ended_by_a_person(web, linked):
    browser = web.signed_in(Role.TREASURER)
    assert "1 Link gilt." in browser.get("/treasurer/dispatch/invoice/RE2027-0001").text
    browser.send("/treasurer/dispatch/invoice/RE2027-0001/end-links")
    assert web.browser().get(f"/invoice/{linked}").status_code == 404


def test_a_link_is_shown_once_and_the_same_click_twice_makes_one(web, linked):
    browser = web.signed_in(Role.TREASURER)
    pages = [
        browser.send("/treasurer/dispatch/invoice/RE2027-0002/link", form_token="same").text for _ in range(2)
    ]
    links = {re.search(r"http://localhost/invoice/([0-9a-f]{64})", page)[1] for page in pages}
    (secret,) = links
    assert "Beta Guss AG" in web.browser().get(f"/invoice/{secret}").text
    assert secret not in browser.get("/treasurer/dispatch/invoice/RE2027-0002").text
    assert len(web.rows(select(InvoiceLink.id))) == 2
    hashes = [row[0] for row in web.rows(select(InvoiceLink.token_hash))]
    assert secret not in hashes


def test_it_is_kept_when_a_link_was_opened_first(web, linked):
    browser = web.browser()
    browser.head(f"/invoice/{linked}")
    assert web.rows(select(InvoiceLink.opened_at)) == [(None,)]
    browser.get(f"/invoice/{linked}")
    ((first,),) = web.rows(select(InvoiceLink.opened_at))
    browser.get(f"/invoice/{linked}")
    assert web.rows(select(InvoiceLink.opened_at)) == [(first,)]


def test_the_secret_stands_in_no_line_of_the_log(web, linked, caplog):
    caplog.set_level("INFO")
    web.browser().get(f"/invoice/{linked}/nothing")
    assert linked not in caplog.text


def test_a_paid_invoice_asks_for_no_money(web, linked, treasurer):
    from datetime import date

    from membership.domain.payments import Method
    from membership.services import payments

    write(
        treasurer, payments.record_payment, 1, 60000, received_on=date(2027, 1, 11), method=Method.CASH,
        today=date(2027, 1, 11), note="RE2027-0001",
    )  # fmt: skip
    page = web.browser().get(f"/invoice/{linked}").text
    assert "Bitte nicht erneut zahlen" in page
    assert "qr-code" not in page
