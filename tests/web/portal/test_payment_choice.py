"""A company says how it pays: checked and saved, seen by the office, and shown first with what it owes."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from membership import clock
from membership.domain.companies import CollectedByMandate, MandateNeeded, Section
from membership.domain.policy import Actor, Role
from membership.persistence.db import read_as, write
from membership.persistence.models.chain import AuditRecord, AuditValue
from membership.persistence.models.members import Member
from membership.services import companies, invoice_links, members, settings, tokens
from tests.conftest import NOW
from tests.factories import make_mandate
from tests.online import at_stripe
from tests.web.portal.test_own_company import (  # noqa: F401 - fixtures
    STAFF,
    _on_a_day_in_january,
    alpha,
    form_of,
    ids,
    mails,
    office,
    saved,
)
from tests.web.portal.test_portal import browser_for, words_of

PAGE = "/portal/company/payment"


@pytest.fixture
def online(web, ids):  # noqa: F811 - the fixture
    with at_stripe(web.app) as server:
        yield server


def choose(browser, way):
    assert saved_way() != way
    return save(browser, way)


def save(browser, way):
    before = saved_way()
    checked = browser.send(PAGE, **{**form_of(browser.get(PAGE)), "payment_method": way})
    assert (checked.status_code, saved_way()) == (200, before)
    return browser.send(PAGE, **{**form_of(checked), "step": "save"})


def saved_way():
    statement = select(Member.payment_method).where(Member.number == "M0001")
    return str(read_as(STAFF).execute(statement).scalar_one())


def places(text):
    """Return where the transfer data and the button to pay online stand on a page."""
    return text.index("So überweisen Sie"), text.index("Online bezahlen")


def test_the_choice_is_checked_saved_told_and_stands_in_the_record(web, alpha, office, online):  # noqa: F811
    assert choose(alpha, "stripe").status_code == 303
    assert saved_way() == "stripe"
    assert "Online-Zahlung" in words_of(alpha.get("/portal/company"))
    assert "Online-Zahlung" in words_of(office.get("/treasurer/members/M0001"))
    assert "die Zahlungsart von Alpha Werke GmbH" in mails(web, "member_news")["buero@verein.example"]
    rows = web.rows(
        select(AuditValue.field, AuditValue.old, AuditValue.new)
        .join(AuditRecord, AuditRecord.id == AuditValue.audit_id)
        .where(AuditRecord.action == "member.change")
    )
    assert sorted(map(tuple, rows), key=str) == [
        ("payment_chosen_on", None, f"{clock.now():%Y-%m-%d}"), ("payment_method", "transfer", "stripe"),
    ]  # fmt: skip
    assert "Zahlungsart von der Firma gewählt am" in words_of(office.get("/treasurer/members/M0001/history"))


def test_who_pays_online_finds_the_button_first_and_who_transfers_the_data(web, alpha, online):  # noqa: F811
    secret = tokens.new_secret()
    write(STAFF, invoice_links.make_link, "RE2027-0001", secret=secret)
    opened = [(alpha, "/portal/"), (web.browser(), f"/invoice/{secret}")]

    def require_online_first():
        for browser, address in opened:
            page = browser.get(address).text
            transfer, button = places(page)
            assert button < transfer
            assert len(re.findall(r'class="button button-primary', page)) == 1
            assert re.search(r'button-primary button-large"\s+href="[^"]*/pay', page)

    require_online_first()
    save(alpha, "transfer")
    for browser, address in opened:
        transfer, button = places(browser.get(address).text)
        assert transfer < button
    choose(alpha, "stripe")
    require_online_first()


def test_only_ways_that_the_association_offers_can_be_chosen(alpha):  # noqa: F811
    page = alpha.get(PAGE)
    assert "Überweisung" in words_of(page)
    assert "Bank transfer" not in words_of(page)
    assert re.findall(r'name="payment_method"[^>]*value="(\w+)"', page.text) == ["transfer"]
    refused = alpha.send(PAGE, **{**form_of(page), "payment_method": "stripe"})
    assert refused.status_code == 422
    assert saved_way() == "transfer"


def test_direct_debit_leads_to_the_mandate_and_a_mandate_keeps_the_choice(web, ids, alpha):  # noqa: F811
    given = {"bank.creditor_id": "DE98ZZZ09999999999", "association.tax_number": "12/345/67890"}
    write(STAFF, settings.change_settings, given)
    asked = alpha.send(PAGE, **{**form_of(alpha.get(PAGE)), "payment_method": "direct_debit"})
    assert (asked.status_code, asked.location) == (303, "/portal/direct-debit")
    assert saved_way() == "transfer"
    make_mandate(STAFF, "M0001")
    assert alpha.get(PAGE).location == "/portal/direct-debit"


def test_the_service_takes_no_debit_without_a_mandate_and_nothing_else_beside_one(ids):  # noqa: F811
    own = Actor(
        name="Chefin", at=NOW, request_id="test", companies=((ids[0], Role.COMPANY_ADMIN),), user_id=7
    )
    change = companies.change_own_data
    with pytest.raises(MandateNeeded):
        write(own, change, "M0001", Section.PAYMENT, {"payment_method": "direct_debit"})
    write(STAFF, settings.change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    make_mandate(STAFF, "M0001")
    with pytest.raises(CollectedByMandate):
        write(own, change, "M0001", Section.PAYMENT, {"payment_method": "transfer"})


def test_a_second_window_with_old_data_sees_both_choices(alpha, online):  # noqa: F811
    old = form_of(alpha.get(PAGE))
    write(STAFF, members.change_member, "M0001", {"payment_method": "direct_debit"})
    asked = alpha.send(PAGE, **{**old, "payment_method": "stripe", "step": "save"})
    assert asked.status_code == 409
    assert saved_way() == "direct_debit"


def test_who_only_reads_cannot_choose(web, ids, office):  # noqa: F811
    reader = browser_for(web, ids[0], email="liest@alpha.example", role=Role.COMPANY_USER)
    assert reader.get(PAGE).status_code in {403, 404}
    assert f'href="{PAGE}"' not in reader.get("/portal/company").text
