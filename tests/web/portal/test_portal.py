"""The member's pages: what they say in each state, and that nothing of another company is on them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import func, select

from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.jobs.billing import issue_run
from membership.persistence.db import write
from membership.persistence.models.chain import AuditRecord
from membership.persistence.models.invoicing import StoredDocument
from membership.persistence.models.members import Contact, Member, Membership
from membership.persistence.models.users import User, UserCompany
from membership.services import billing, ledger, payments, settings
from tests.conftest import person
from tests.factories import bill_year, make_association, make_member

TODAY = date(2027, 1, 25)
STAFF = person(Role.TREASURER, Role.ADMIN, user_id=1000)
BETA = "Beta Guss AG"


@pytest.fixture(autouse=True)
def _on_a_day_in_january(monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", TODAY.isoformat())


@pytest.fixture
def companies(web):
    """Two companies with an invoice each: M0001 Alpha (600.00), M0002 Beta (1,200.00), due on 31 January."""
    make_association(STAFF)
    write(
        STAFF,
        settings.change_settings,
        {"portal.help_name": "Birgit Wessels", "association.phone": "04400 123456"},
    )
    ids = [
        make_member(STAFF, number="M0001", name="Alpha Werke GmbH", invoice_email="rechnung@alpha.example"),
        make_member(STAFF, number="M0002", name=BETA, headcount=60, note="zahlt nie"),
    ]
    write(
        STAFF, lambda session: session.add(Contact(member_id=ids[1], name="Otto Fremd", functions=["main"]))
    )
    bill_year(STAFF)
    return ids


def browser_for(web, *member_ids, role=Role.COMPANY_ADMIN, email="kontakt@alpha.example"):
    """Return the browser of a new person who acts for these companies."""
    user_id = web.person(email=email)
    write(
        STAFF,
        lambda session: session.add_all(
            UserCompany(user_id=user_id, member_id=each, role=role) for each in member_ids
        ),
    )
    return web.browser_of(user_id)


@pytest.fixture
def alpha(web, companies):
    return browser_for(web, companies[0])


def pay(member_id, cents, on=TODAY):
    write(STAFF, payments.record_payment, member_id, cents, received_on=on, method=Method.TRANSFER, today=on)


def words_of(response):
    """Return the text of the page's main part, blanks made one."""
    main = re.search(r"<main.*?</main>", response.text, re.DOTALL)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main.replace("<wbr>", ""))).replace("\xa0", " ")


def test_an_open_invoice_says_how_much_until_when_and_how_to_pay(alpha):
    page = alpha.get("/portal/")
    said = words_of(page)
    assert "Mitgliedsbeitrag 2027 Offen 600,00 € Fällig am 31.01.2027." in said
    assert "DE89 3704 0044 0532 0130 00" in said
    assert "RE20 2700 01 oder RE2027-0001" in said
    assert re.search(r'<svg class="qr-code"[^>]*>.*?<path d="M\d', page.text, re.DOTALL)
    assert 'data-copy="DE89370400440532013000"' in page.text
    assert "Mitglied seit 2014 · Mitgliedsnummer M0001" in said
    assert "Birgit Wessels 04400 123456" in said


def test_an_overdue_invoice_says_since_when(web, companies, monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", "2027-02-16")
    said = words_of(browser_for(web, companies[0]).get("/portal/"))
    assert "Überfällig 600,00 € Überfällig seit 02.02.2027." in said


def test_a_part_payment_leaves_the_rest_to_be_paid(alpha, companies):
    pay(companies[0], 20000)
    said = words_of(alpha.get("/portal/"))
    assert "Teilweise bezahlt 400,00 €" in said
    assert "Sie haben 200,00 € von 600,00 € bezahlt." in said


def test_a_paid_year_is_thanked_for(alpha, companies):
    pay(companies[0], 60000)
    said = words_of(alpha.get("/portal/"))
    assert "Ihr Beitrag 2027 ist bezahlt. Vielen Dank." in said
    assert "Bezahlt am 25.01.2027, Rechnung RE2027-0001." in said
    assert "IBAN" not in said


def test_what_was_paid_beyond_the_invoice_is_a_credit_balance(alpha, companies):
    pay(companies[0], 65000)
    assert "Sie haben ein Guthaben von 50,00 €." in words_of(alpha.get("/portal/"))


def test_several_open_documents_stand_below_each_other_the_oldest_first(alpha, companies):
    write(
        STAFF, ledger.book_opening_item, companies[0], 30000,
        reference="R-2026-17", dues_year=2026, due_on=date(2026, 2, 28), today=date(2027, 1, 11),
    )  # fmt: skip
    page = alpha.get("/portal/")
    said = words_of(page)
    assert "Insgesamt offen: 900,00 €" in said
    assert said.index("Mitgliedsbeitrag 2026") < said.index("Mitgliedsbeitrag 2027")
    assert "R-2026-17 M0001" in said
    assert page.text.count("button-primary") <= 1


def test_a_new_member_reads_that_there_is_nothing_to_do(web, companies):
    new = make_member(STAFF, number="M0003", name="Neu KG", start=date(2027, 1, 15))
    said = words_of(browser_for(web, new, email="neu@neu.example").get("/portal/"))
    assert "Ihre Rechnung für 2027 ist noch nicht erstellt." in said


def test_a_former_member_still_finds_its_invoices(web, alpha, companies):
    pay(companies[0], 60000)

    def end(session):
        session.query(Membership).filter_by(member_id=companies[0]).update({"end": date(2027, 1, 20)})

    write(STAFF, end)
    said = words_of(alpha.get("/portal/"))
    assert "Ihre Mitgliedschaft endete am 20.01.2027." in said
    assert "Rechnung RE2027-0001" in said


def test_a_year_after_the_end_only_what_is_open_keeps_the_access(web, alpha, companies):
    def end(session):
        session.query(Membership).filter_by(member_id=companies[0]).update({"end": date(2026, 1, 1)})

    write(STAFF, end)
    assert alpha.get("/portal/invoices/RE2027-0001/pdf").status_code == 200
    pay(companies[0], 60000)
    assert alpha.get("/portal/").status_code == 404
    assert alpha.get("/portal/invoices/RE2027-0001/pdf").status_code == 404


def test_the_list_of_invoices_leads_to_the_stored_pdf(web, alpha):
    assert "/portal/invoices/RE2027-0001/pdf" in alpha.get("/portal/invoices").text
    response = alpha.get("/portal/invoices/RE2027-0001/pdf")
    [(stored,)] = web.rows(
        select(StoredDocument.content)
        .where(StoredDocument.kind == "pdf")
        .order_by(StoredDocument.invoice_id)
        .limit(1)
    )
    assert response.data == stored
    assert response.content_type == "application/pdf"
    assert response.headers["Content-Disposition"] == "inline; filename=RE2027-0001.pdf"
    assert "no-store" in response.headers["Cache-Control"]


def test_the_list_of_invoices_leads_to_the_e_invoice_as_xml(alpha):
    assert "/portal/invoices/RE2027-0001/xml" in alpha.get("/portal/invoices").text
    response = alpha.get("/portal/invoices/RE2027-0001/xml")
    assert response.content_type == "application/xml"
    assert response.headers["Content-Disposition"] == "attachment; filename=RE2027-0001.xml"
    assert b"<ram:ID>RE2027-0001</ram:ID>" in response.data
    assert alpha.get("/portal/invoices/RE2027-0002/xml").status_code == 404


def test_the_account_shows_what_was_open_after_each_step(alpha, companies):
    pay(companies[0], 65000)
    said = words_of(alpha.get("/portal/invoices/account"))
    assert "Guthaben: 50,00 €" in said
    assert said.index("Zahlung eingegangen −650,00 €") < said.index("Rechnung RE2027-0001 600,00 €")


def test_company_data_are_shown_and_not_what_the_office_noted(web, companies):
    said = words_of(browser_for(web, companies[1], email="beta@beta.example").get("/portal/company"))
    assert BETA in said
    assert "Otto Fremd" in said
    assert "zahlt nie" not in said


def test_the_privacy_page_names_who_has_access(web, alpha, companies):
    browser_for(web, companies[0], email="kollege@alpha.example", role=Role.COMPANY_USER)
    browser_for(web, companies[1], email="fremd@beta.example")
    said = words_of(alpha.get("/portal/company/privacy"))
    assert "kollege@alpha.example" in said
    assert "fremd@beta.example" not in said


def test_every_page_of_the_member_area_leads_to_the_own_profile(alpha):
    head = re.search(r'<header class="portal-head">.*?</header>', alpha.get("/portal/").text, re.DOTALL)[0]
    assert '<a href="/profile">Profil</a>' in head
    assert "only-wide" not in head[head.index('href="/profile"') :]


def test_without_own_settings_for_help_the_address_of_the_association_is_named(web, companies):
    reader = browser_for(web, companies[0], role=Role.COMPANY_USER)
    said = words_of(reader.get("/portal/company"))
    assert "Stimmt etwas nicht? Sagen Sie es uns" in said
    assert "Fragen? Birgit Wessels 04400 123456 beitrag@cluster-musterland.example" in said


def test_while_no_way_to_reach_the_association_is_known_nobody_is_asked_to_write(alpha, companies):
    pay(companies[0], 65000)
    write(STAFF, settings.change_settings, {"association.email": "", "association.phone": ""})
    for address in PAGES:
        said = words_of(alpha.get(address))
        for asked in ("Fragen?", "Sagen Sie", "Schreiben Sie", "Nachricht"):
            assert asked not in said, address


def test_numbers_and_addresses_break_only_where_they_may(alpha):
    page = alpha.get("/portal/invoices").text
    assert '<span>Rechnung <span class="no-wrap">RE2027-0001</span></span></a>' in page
    page = alpha.get("/portal/company").text
    assert "rechnung@<wbr>alpha.<wbr>example" in page


def test_both_privacy_pages_name_the_same_years(alpha):
    kept = (
        "Rechnungen und andere Belege bewahren wir nach dem Ende ihres Kalenderjahres acht Jahre auf, "
        "die Bücher zehn Jahre"
    )
    for address in ("/privacy", "/portal/company/privacy"):
        assert kept in words_of(alpha.get(address))


PAGES = (
    "/portal/",
    "/portal/invoices",
    "/portal/invoices/account",
    "/portal/company",
    "/portal/company/privacy",
    "/portal/company/access",
    "/portal/company/address",
    "/portal/company/payment",
    "/portal/company/leave",
)


@pytest.mark.parametrize("address", PAGES)
def test_inv_18_no_page_of_alpha_holds_a_byte_of_beta(alpha, address):
    page = alpha.get(address)
    assert page.status_code == 200
    for foreign in (BETA, "M0002", "RE2027-0002", "1.200,00", "Otto Fremd"):
        assert foreign not in page.text


@pytest.mark.parametrize("address", PAGES)
def test_a_page_in_english_has_no_german_left(alpha, address):
    write(STAFF, lambda session: session.query(User).update({"language": "en"}))
    page = alpha.get(address)
    assert '<html lang="en"' in page.text
    assert not re.search(
        r"Rechnung|Beitrag|Fällig|Guthaben|Mitglied", words_of(page).replace("Fahrzeugcluster", "")
    )


def without_numbers(response):
    """Return status, headers and body without what differs from request to request by design.

    These are numbers, tokens and the seconds that the session has left.
    """
    body = re.sub(r"Kennung [0-9A-F-]+", "", response.text)
    body = re.sub(r'(name="(?:csrf|form)_token" value=")[^"]*', r"\1", body)
    body = re.sub(r'(data-session-end=")\d+', r"\1", body)
    headers = {
        name: value
        for name, value in response.headers
        if name not in {"Set-Cookie", "Date", "Content-Length"}
    }
    return response.status_code, headers, body


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete", "options"])
def test_sec_01_sec_02_sec_12_a_foreign_invoice_is_answered_like_one_that_does_not_exist(alpha, method):
    foreign = getattr(alpha, method)("/portal/invoices/RE2027-0002/pdf")
    missing = getattr(alpha, method)("/portal/invoices/RE2027-0009/pdf")
    assert without_numbers(foreign) == without_numbers(missing)
    assert foreign.status_code == {"get": 404, "head": 404, "options": 200}.get(method, 405)
    assert b"%PDF" not in foreign.data


def test_sec_01_what_was_refused_stands_in_the_audit_log(web, alpha):
    alpha.get("/portal/invoices/RE2027-0002/pdf")
    rows = web.rows(
        select(AuditRecord.action, AuditRecord.object_ref).order_by(AuditRecord.id.desc()).limit(1)
    )
    assert rows == [("access.refused", "portal.invoices.show_pdf")]


def test_sec_05_a_person_of_two_companies_switches_and_cannot_choose_a_third(web, companies):
    make_member(STAFF, number="M0003", name="Gamma Licht KG")
    browser = browser_for(web, companies[0], companies[1], email="zwei@firmen.example")
    assert "Alpha Werke GmbH" in words_of(browser.get("/portal/"))
    assert browser.send("/portal/companies", company="M0002").status_code == 303
    assert "1.200,00 €" in words_of(browser.get("/portal/"))
    refused = browser.send("/portal/companies", company="M0003")
    assert refused.status_code == 404
    assert "Gamma" not in refused.text
    assert "1.200,00 €" in words_of(browser.get("/portal/"))


def test_sec_06_who_is_unlinked_is_refused_at_the_next_request(web, companies):
    browser = browser_for(web, companies[0], companies[1], email="zwei@firmen.example")
    assert '<form class="company-choice ' in browser.get("/portal/").text
    browser.send("/portal/companies", company="M0002")
    write(STAFF, lambda session: session.query(UserCompany).filter_by(member_id=companies[1]).delete())
    assert BETA not in browser.get("/portal/").text
    assert browser.get("/portal/invoices/RE2027-0002/pdf").status_code == 404
    write(STAFF, lambda session: session.query(UserCompany).delete())
    assert browser.get("/portal/").status_code == 404


@pytest.mark.parametrize("query", ["?company=M0002", "?member_id=2", "?q=Beta"])
def test_sec_03_sec_04_values_of_another_company_in_the_address_change_nothing(alpha, query):
    assert without_numbers(alpha.get("/portal/invoices" + query)) == without_numbers(
        alpha.get("/portal/invoices")
    )


def test_staff_without_a_company_finds_no_portal(web, companies):
    assert web.signed_in(Role.TREASURER, Role.ADMIN).get("/portal/").status_code == 403


def test_a_staff_member_who_acts_for_a_company_opens_only_its_invoices(web, companies):
    user_id = web.person(Role.BOARD, email="vorstand@verein.example")
    write(
        STAFF,
        lambda session: session.add(
            UserCompany(user_id=user_id, member_id=companies[0], role=Role.COMPANY_USER)
        ),
    )
    browser = web.browser_of(user_id)
    assert browser.get("/portal/invoices/RE2027-0001/pdf").status_code == 200
    assert browser.get("/portal/invoices/RE2027-0002/pdf").status_code == 404


def test_looking_writes_nothing(web, alpha):
    before = web.rows(select(func.count()).select_from(AuditRecord))
    for address in PAGES:
        alpha.get(address)
    assert web.rows(select(func.count()).select_from(AuditRecord)) == before


def test_while_the_pdf_is_being_made_the_page_says_so(web, companies):
    late = make_member(STAFF, number="M0004", name="Spät GmbH")
    run_id = write(STAFF, billing.plan_run, 2027, issued_on=TODAY, today=TODAY)
    write(STAFF, billing.release_run, run_id, today=TODAY)
    issue_run(STAFF, run_id, base_url="http://localhost", today=TODAY)
    browser = browser_for(web, late, email="spaet@spaet.example")
    assert "PDF wird erstellt" in words_of(browser.get("/portal/invoices"))
    assert browser.get("/portal/invoices/RE2027-0003/pdf").status_code == 409


def test_a_name_with_markup_is_printed_as_it_is(web, companies):
    write(
        STAFF,
        lambda session: session.query(Member).filter_by(id=companies[0]).update({"name": "<b>A & B</b>"}),
    )
    page = browser_for(web, companies[0], email="ab@ab.example").get("/portal/")
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in page.text
