"""The public form for membership, the link of an applicant, and what the office makes of it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from membership.domain.applications import ApplicationState
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.models.applications import Application
from membership.persistence.models.invoicing import Invoice
from membership.persistence.queries import applications as queries
from membership.services import applications, settings
from tests.conftest import person
from tests.factories import application_data, bill_year, make_application, make_association, make_member
from tests.services.test_applications import MAIL, OPEN, TYPED, VISITOR, add_link

STAFF = person(Role.TREASURER, Role.ADMIN)
FORM = {**TYPED, "category": "ORD", "size-headcount": "60"}
AGREED = {"agree-statutes": "y", "agree-schedule": "y", "agree-privacy": "y"}


@pytest.fixture
def open_form(web, monkeypatch):
    """The form is open on 11 January 2027; mails can be sent."""
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-01-11")
    make_association(STAFF)
    write(STAFF, settings.change_settings, {**MAIL, **OPEN})
    return web


def stored(web):
    return [row[0] for row in web.rows(select(Application))]


def version_in(page):
    return re.search(r'name="terms" value="([^"]+)"', page.text)[1]


def sent(browser, **changes):
    check = browser.send("/application", go="check", **{**FORM, **changes})
    assert check.status_code == 200, check.text
    return browser.send("/application", go="send", terms=version_in(check), **AGREED, **{**FORM, **changes})


def test_while_it_is_off_there_is_no_form(web):
    assert web.browser().get("/application").status_code == 404
    assert web.browser().get("/application/fee-schedule").status_code == 404
    assert web.browser().send("/application", go="send", **FORM).status_code == 404
    assert "/application" not in web.browser().get("/sign-in").text


def test_a_company_sees_its_dues_before_it_sends_anything(open_form):
    browser = open_form.browser()
    page = browser.send("/application", go="dues", category="ORD", **{"size-headcount": "60"})
    assert page.status_code == 200
    assert "1.200,00" in page.text.replace("\xa0", " ")
    assert "1.350,00" in page.text.replace("\xa0", " ")
    assert browser.get("/application/fee-schedule").status_code == 200
    assert stored(open_form) == []


def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_is_kept(open_form):
    page = open_form.browser().send(
        "/application",
        go="check",
        **{**FORM, "vat_id": "DE1", "email": "", "category": None, "name": "Neue & Co."},
    )
    assert page.status_code == 422
    for field in ("vat_id", "email"):
        assert f'id="{field}-error"' in page.text
    assert 'value="Neue &amp; Co."' in page.text
    page = open_form.browser().send("/application", go="check", **{**FORM, "size-headcount": "12,5"})
    assert 'id="size-headcount-error"' in page.text


def test_back_from_the_check_page_everything_is_still_there(open_form):
    browser = open_form.browser()
    check = browser.send("/application", go="check", **FORM)
    carried = dict(re.findall(r'<input type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', check.text))
    page = browser.send("/application", **{**carried, "go": "edit"}).text
    for typed in ("Neue Werke GmbH", "60/145/12345", "4711", "Maren Brandt"):
        assert f'value="{typed}"' in page


def test_it_is_sent_once_and_only_with_every_consent(open_form):
    browser = open_form.browser()
    check = browser.send("/application", go="check", **FORM)
    form = {"go": "send", "terms": version_in(check), **FORM}
    refused = browser.send("/application", **form, **{**AGREED, "agree-privacy": None})
    assert refused.status_code == 422
    assert 'id="agree-privacy-error"' in refused.text
    assert browser.send("/application", **{**form, "terms": "0" * 16}, **AGREED).status_code == 422
    twice = [browser.send("/application", **form, **AGREED, form_token="t" * 16) for _time in range(2)]
    assert [each.status_code for each in twice] == [303, 303]
    assert twice[0].location == twice[1].location
    (application,) = stored(open_form)
    assert application.state is ApplicationState.UNCONFIRMED
    assert twice[0].location == f"/application/sent/{application.reference}"
    assert application.reference in browser.get(twice[0].location).text


def test_one_address_sends_the_form_twenty_times_a_minute_at_most(open_form):
    browser = open_form.browser()
    token = browser.token()
    answers = [browser.post("/application", data={"csrf_token": token}).status_code for _time in range(21)]
    assert (set(answers[:20]), answers[20]) == ({422}, 429)


def test_five_applications_a_day_are_taken_from_one_address_and_what_was_typed_stays(open_form):
    browser = open_form.browser()
    check = browser.send("/application", go="check", **FORM)
    form = {"go": "send", "terms": version_in(check), **FORM, **AGREED}
    assert {browser.send("/application", **form).status_code for _time in range(5)} == {303}
    refused = browser.send("/application", **form)
    assert refused.status_code == 422
    assert "kamen heute schon mehrere" in refused.text
    assert 'value="60/145/12345"' in refused.text
    assert len(stored(open_form)) == 5
    other = browser.post(
        "/application",
        data={**form, "csrf_token": browser.token(), "form_token": "o" * 16},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert other.status_code == 303


def test_who_signs_and_every_address_are_such_that_the_admission_takes_them(open_form):
    for field, typed in (
        ("signatory_name", "M" * 101),
        ("email", "maren@firma.test"),
        ("invoice_email", "r@r.test"),
    ):
        page = open_form.browser().send("/application", go="check", **{**FORM, field: typed})
        assert (page.status_code, f'id="{field}-error"' in page.text) == (422, True)


def test_in_english_everything_is_english_and_the_mails_will_be(open_form):
    browser = open_form.browser()
    browser.send("/language", language="en", back="/application")
    assert "Apply for membership" in browser.get("/application").text
    assert (
        "accept its statutes: Satzung vom 12.03.2024" in browser.send("/application", go="check", **FORM).text
    )
    sent(browser)
    (application,) = stored(open_form)
    assert (application.language, application.data["language"]) == ("en", "en")


def test_sec_19_known_companies_and_addresses_get_the_same_answer(open_form):
    first, second = (sent(open_form.browser()) for _time in range(2))
    pages = [
        re.sub(
            r"[A-Z2-9]{4}-[A-Z2-9]{4}|value=\"[^\"]{16,}\"", "", open_form.browser().get(each.location).text
        )
        for each in (first, second)
    ]
    assert pages[0] == pages[1]


def test_the_link_shows_changes_nothing_and_confirms_by_the_button(open_form):
    sent(open_form.browser())
    (application,) = stored(open_form)
    secret = "s" * 64
    write(VISITOR, add_link, application.reference, secret)
    browser = open_form.browser()
    page = browser.get(f"/application/{secret}")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert stored(open_form)[0].state is ApplicationState.UNCONFIRMED
    assert browser.send(f"/application/{secret}/confirm").status_code == 303
    assert stored(open_form)[0].state is ApplicationState.WAITING
    assert "wartet auf die Entscheidung" in browser.get(f"/application/{secret}").text
    assert browser.send(f"/application/{secret}/withdraw").status_code == 303
    assert stored(open_form)[0].state is ApplicationState.WITHDRAWN


def test_who_takes_it_back_after_the_decision_reads_how_it_stands_and_unknown_links_have_ended(open_form):
    reference = make_application(STAFF, state=ApplicationState.REJECTED)
    secret = "s" * 64
    write(VISITOR, add_link, reference, secret)
    browser = open_form.browser()
    assert browser.send(f"/application/{secret}/withdraw").location == f"/application/{secret}"
    ended = [browser.get(f"/application/{'x' * length}") for length in (64, 200)]
    assert {page.status_code for page in ended} == {404}


@pytest.fixture
def waiting(open_form):
    """An application that waits, with its reference."""
    sent(open_form.browser())
    (application,) = stored(open_form)
    write(VISITOR, add_link, application.reference, "s" * 64)
    write(VISITOR, applications.confirm, "s" * 64)
    return application.reference


def test_a_mandate_is_read_whole_before_it_is_given_and_shown_by_its_end(open_form):
    browser = open_form.browser()
    assert 'name="iban"' not in browser.get("/application").text
    write(STAFF, settings.change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    assert 'name="iban"' in browser.get("/application").text
    account = {"payment": "direct_debit", "iban": "DE02 1203 0000 0000 2020 51"}
    wrong = browser.send("/application", go="check", **{**FORM, **account, "iban": "DE02120300000000202052"})
    assert wrong.status_code == 422
    assert "Prüfziffern der IBAN" in wrong.text
    check = browser.send("/application", go="check", **FORM, **account)
    shown = re.sub(r"<input[^>]*>", "", check.text)
    assert "DE98ZZZ09999999999" in shown
    assert "ermächtigen" in shown
    assert "DE•• •••• 2051" in shown
    assert "1203" not in shown
    again = browser.send("/application", go="send", terms=version_in(check), **AGREED, **FORM, **account)
    assert again.status_code == 422
    assert stored(open_form) == []
    done = browser.send(
        "/application",
        go="send",
        terms=version_in(check),
        **AGREED,
        **FORM,
        **account,
        **{"agree-mandate": "y"},
    )
    assert done.status_code == 303
    (application,) = stored(open_form)
    assert (application.data["iban_shown"], application.iban_sealed is None) == ("DE•• •••• 2051", False)
    write(STAFF, lambda session: setattr(session.get(Application, application.id), "state", "waiting"))
    office = open_form.signed_in(Role.TREASURER)
    assert "DE•• •••• 2051" in office.get(f"/treasurer/applications/{application.reference}").text


def test_the_treasurer_admits_in_two_looks_and_the_invoice_is_written(open_form, waiting):
    make_member(STAFF, number="M0001")
    bill_year(STAFF, with_papers=False)
    browser = open_form.signed_in(Role.TREASURER)
    assert "1 Antrag wartet" in browser.get("/treasurer/overview").text
    page = browser.get(f"/treasurer/applications/{waiting}").text
    for said in ("60/145/12345", "HRB 1", "erkennen die Satzung an: Satzung vom 12.03.2024"):
        assert said in page
    address = f"/treasurer/applications/{waiting}/accept"
    decision = {
        "start": "11.01.2027", "decided_on": "11.01.2027", "organ": "Vorstand", "category": "ORD", "bills": "y",
    }  # fmt: skip
    look = browser.send(address, **decision)
    assert "1.350,00" in look.text.replace("\xa0", " ")
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', look.text)[1]
    done = browser.send(address, **decision, seen=seen)
    assert done.location == "/treasurer/members/M0002"
    assert f"/treasurer/applications/{waiting}" in browser.get(f"{done.location}?tab=membership").text
    assert open_form.rows(select(Invoice.number)) == [("RE2027-0001",), ("RE2027-0002",)]
    assert browser.get(f"/treasurer/applications/{waiting}").status_code == 200
    assert browser.get(address).location == f"/treasurer/applications/{waiting}"


def test_a_wish_about_the_invoice_unticks_it_and_dues_that_are_agreed_do_not_stand_in_the_way(open_form):
    reference = make_application(STAFF, data=application_data(order_wish="before_invoice"))
    browser = open_form.signed_in(Role.TREASURER)
    address = f"/treasurer/applications/{reference}/accept"
    page = browser.get(address).text
    assert "möchte vor jeder Rechnung" in page
    assert not re.search(r'name="bills"[^>]*checked', page)
    decision = {"start": "11.01.2027", "decided_on": "11.01.2027", "category": "FOE", "bills": "y"}
    look = browser.send(address, **decision)
    assert "weil der Beitrag noch nicht feststeht" in look.text
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', look.text)[1]
    assert browser.send(address, **decision, seen=seen).location == "/treasurer/members/M0001"
    assert open_form.rows(select(Invoice.number)) == []


def test_the_office_admits_without_an_invoice_and_the_board_only_reads(open_form, waiting):
    board = open_form.signed_in(Role.BOARD)
    assert board.get(f"/treasurer/applications/{waiting}").status_code == 200
    assert board.send(f"/treasurer/applications/{waiting}/reject", decided_on="11.01.2027").status_code == 403
    office = open_form.signed_in(Role.OFFICE)
    page = office.get(f"/treasurer/applications/{waiting}/accept").text
    assert 'name="bills"' not in page
    done = office.send(f"/treasurer/applications/{waiting}/reject", decided_on="11.01.2027", organ="Vorstand")
    assert done.status_code == 303
    assert queries.get_application(read_as(STAFF), waiting).state is ApplicationState.REJECTED
    assert queries.get_application(read_as(STAFF), waiting).confirmed_at is not None
