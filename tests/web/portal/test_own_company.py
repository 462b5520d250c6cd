"""A company changes its data, asks for what the association decides, gives notice, and takes all its data home."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from datetime import date

import pytest
from sqlalchemy import select, update

from membership.domain.companies import NoticeChanged, RequestState, Section
from membership.domain.errors import AlreadyDone, NotAllowed, NotFound
from membership.domain.members import MembershipStopped
from membership.domain.policy import Actor, Role
from membership.persistence.db import rehearse, write
from membership.persistence.models.companies import CompanyInvitation, CompanyRequest
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.members import Contact, Member, Membership
from membership.persistence.models.users import UserCompany
from membership.services import companies, dispatch, members, settings
from membership.services.dispatch.words import words_of as mail_of
from tests.conftest import NOW
from tests.factories import bill_year, make_association, make_member
from tests.web.portal.test_portal import STAFF, browser_for, words_of

ADMIN = Role.COMPANY_ADMIN
TODAY = date(2027, 1, 25)
MAIL = {"mail.host": "127.0.0.1", "mail.sender": "beitrag@verein.example"}
ADDRESS = "/portal/company/address"
DETAILS = "/portal/company/details"


@pytest.fixture(autouse=True)
def _on_a_day_in_january(monkeypatch):
    monkeypatch.setenv("MEMBERSHIP_TODAY", TODAY.isoformat())


@pytest.fixture
def ids(web):
    """M0001 Alpha and M0002 Beta, invoiced for 2027; mails can be sent, and a person of the office reads them."""

    def make():
        make_association(STAFF)
        write(STAFF, settings.change_settings, MAIL)
        made = [
            make_member(STAFF, number="M0001", name="Alpha Werke GmbH", invoice_email="alt@alpha.example"),
            make_member(STAFF, number="M0002", name="Beta Guss AG", headcount=60, note="zahlt nie"),
        ]
        write(
            STAFF,
            lambda session: session.add(Contact(member_id=made[1], name="Otto Fremd", functions=["main"])),
        )
        bill_year(STAFF)
        return made

    return web.prepared("own_company", make)


@pytest.fixture
def office(web, ids):
    return web.signed_in(Role.OFFICE, email="buero@verein.example")


@pytest.fixture
def alpha(web, ids, office):
    return browser_for(web, ids[0], email="chefin@alpha.example")


def form_of(page):
    """Return what the inputs of the page's form hold, with the state that it was opened with."""
    main = re.search(r"<main.*?</main>", page.text, re.DOTALL)[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", main):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("radio" not in tag or "checked" in tag) and "token" not in name[1]:
            found[name[1]] = html.unescape(value[1]) if value else ""
    return found


def mails(web, kind):
    """Return recipient -> subject and text of the mails of a kind that wait, as they would go out."""
    session_rows = web.rows(select(Dispatch).where(Dispatch.kind == kind))
    told = {}
    for (row,) in session_rows:
        number = row.id
        words = rehearse(
            STAFF, lambda session, at=number: mail_of(session, session.get_one(Dispatch, at), zone="UTC").body
        )
        told[row.recipient] = words
    return told


def saved(web, number="M0001"):
    return web.rows(select(Member).where(Member.number == number))[0][0]


def test_a_new_address_is_checked_saved_and_told_to_old_and_new(web, alpha):
    form = {**form_of(alpha.get(ADDRESS)), "street": "Neue Straße 1", "invoice_email": "neu@alpha.example"}
    checked = alpha.send(ADDRESS, **form)
    assert "Gilt für künftige Rechnungen" in words_of(checked)
    assert saved(web).street == "Werftstraße 12"
    kept = form_of(checked)
    assert kept["street"] == "Neue Straße 1"
    assert alpha.send(ADDRESS, **{**kept, "step": "save"}).status_code == 303
    assert (saved(web).street, saved(web).invoice_email) == ("Neue Straße 1", "neu@alpha.example")
    news = mails(web, "company_news")
    assert news.keys() == {"alt@alpha.example", "neu@alpha.example", "chefin@alpha.example"}
    assert (
        "hat im Mitgliederbereich die Rechnungsanschrift von Alpha Werke GmbH geändert"
        in news["alt@alpha.example"]
    )
    assert (
        "die Rechnungsanschrift von Alpha Werke GmbH (M0001)"
        in mails(web, "member_news")["buero@verein.example"]
    )


def test_another_invoice_address_is_checked_as_a_whole_and_shown_beside_the_own_one(web, alpha):
    form = {**form_of(alpha.get(ADDRESS)), "invoice_name": "Buchhaltung"}
    refused = alpha.send(ADDRESS, **form)
    assert refused.status_code == 422
    assert "Der Ort der Rechnungsanschrift fehlt" in words_of(refused)
    checked = alpha.send(ADDRESS, **{**form, "invoice_city": "Wien", "invoice_country": "Österreich"})
    assert "Gilt für künftige Rechnungen" in words_of(checked)
    assert alpha.send(ADDRESS, **{**form_of(checked), "step": "save"}).status_code == 303
    assert (saved(web).invoice_city, saved(web).invoice_country, saved(web).city) == ("Wien", "AT", "Bremen")
    assert "Buchhaltung, Wien, AT" in words_of(alpha.get("/portal/company"))
    assert "Buchhaltung, Wien, AT" in words_of(web.signed_in(Role.OFFICE).get("/treasurer/members/M0001"))


def test_what_has_to_be_chosen_is_not_called_optional(alpha):
    assert "freiwillig" not in words_of(alpha.get("/portal/company/payment"))
    assert "Rechnungsanschrift: Ort (freiwillig)" in words_of(alpha.get(ADDRESS))


def test_input_that_cannot_be_is_refused_at_its_field_and_kept(web, alpha):
    form = {**form_of(alpha.get(ADDRESS)), "postcode": "1", "city": "Weit Weg"}
    refused = alpha.send(ADDRESS, **form)
    assert refused.status_code == 422
    assert 'id="postcode-error"' in refused.text
    assert 'value="Weit Weg"' in refused.text
    assert saved(web).city == "Bremen"


def test_a_second_window_with_old_data_sees_both_versions(web, alpha):
    old = form_of(alpha.get(ADDRESS))
    assert alpha.send(ADDRESS, **{**old, "street": "Erste 1", "step": "save"}).status_code == 303
    asked = alpha.send(ADDRESS, **{**old, "street": "Zweite 2", "step": "save"})
    assert asked.status_code == 409
    assert "Erste 1" in words_of(asked)
    assert saved(web).street == "Erste 1"


def test_sec_10_fields_of_others_and_of_the_office_are_not_taken(web, alpha):
    form = {**form_of(alpha.get(ADDRESS)), "street": "Neu 1", "name": "Beta", "note": "x", "number": "M0002"}
    assert alpha.send(ADDRESS, **{**form, "step": "save"}).status_code == 303
    row = saved(web)
    assert (row.street, row.name, row.note) == ("Neu 1", "Alpha Werke GmbH", "")
    actor = acting(web)
    done = write(
        actor, companies.change_own_data, "M0001", Section.ADDRESS, {"note": "x", "payment_method": "stripe"}
    )
    assert done == {"is_saved": False, "waits": False}


def acting(web, number="M0001", role=ADMIN):
    member_id = saved(web, number).id
    user_id = web.person(email=f"person{len(web.people)}@alpha.example")
    write(STAFF, lambda session: session.add(UserCompany(user_id=user_id, member_id=member_id, role=role)))
    return Actor(name="P", at=NOW, request_id="test", user_id=user_id, companies=((member_id, role),))


def rename(browser, name="Alpha Werke AG"):
    form = {**form_of(browser.get(DETAILS)), "name": name}
    checked = browser.send(DETAILS, **form)
    assert "bestätigt einen neuen Namen, bevor er gilt" in words_of(checked)
    assert browser.send(DETAILS, **{**form_of(checked), "step": "save"}).status_code == 303


def test_a_new_name_waits_until_the_office_approves_it(web, alpha, office):
    rename(alpha)
    assert saved(web).name == "Alpha Werke GmbH"
    assert "Alpha Werke AG wartet seit dem" in words_of(alpha.get("/portal/company"))
    assert "1 Mitglied bittet um etwas" in office.get("/treasurer/overview").text
    (request,) = web.rows(select(CompanyRequest.id))
    assert "Alpha Werke GmbH → Alpha Werke AG" in office.get("/treasurer/requests").text
    assert "Bisheriger Name" in office.get(f"/treasurer/requests/{request.id}").text
    assert office.send(f"/treasurer/requests/{request.id}/approve").status_code == 303
    assert (saved(web).name, saved(web).legal_form) == ("Alpha Werke AG", "AG")
    assert (
        "Ihre Firma heißt bei uns ab jetzt Alpha Werke AG"
        in mails(web, "company_news")["chefin@alpha.example"]
    )
    again = office.send(f"/treasurer/requests/{request.id}/decline", answer="doch nicht")
    assert (again.status_code, saved(web).name) == (409, "Alpha Werke AG")
    assert "bittet um etwas" not in office.get("/treasurer/overview").text


def test_a_declined_name_changes_nothing_and_the_company_reads_why(web, alpha, office):
    rename(alpha)
    rename(alpha, "Alpha Welt AG")
    first, second = web.rows(select(CompanyRequest.id, CompanyRequest.state).order_by(CompanyRequest.id))
    assert (first.state, second.state) == (RequestState.WITHDRAWN, RequestState.OPEN)
    refused = office.send(f"/treasurer/requests/{second.id}/decline", answer="")
    assert (refused.status_code, "nennen Sie den Grund" in refused.text) == (422, True)
    why = {"answer": "Der Handelsregisterauszug fehlt."}
    assert office.send(f"/treasurer/requests/{second.id}/decline", **why).status_code == 303
    assert saved(web).name == "Alpha Werke GmbH"
    assert "Handelsregisterauszug fehlt" in mails(web, "company_news")["chefin@alpha.example"]


def test_mem_7_a_notice_ends_the_membership_on_the_first_day_the_statutes_allow(web, alpha, office):
    write(
        STAFF, settings.change_settings, {"membership.notice_months": 3, "membership.notice_to": "year_end"}
    )
    page = alpha.get("/portal/company/leave")
    said = words_of(page)
    assert "Ihre Mitgliedschaft würde am 31. Dezember 2027 enden." in said
    assert "Mitgliedsbeitrag 2027 600,00 €" in said
    assert "Heute offen 600,00 €" in said
    assert alpha.send("/portal/company/leave", seen="2027-12-31").status_code == 422
    sent = {"seen": "2027-12-31", "agrees": "y"}
    assert alpha.send("/portal/company/leave", **sent).status_code == 303
    (period,) = web.rows(
        select(Membership.end, Membership.notice_received_on).join(Member).where(Member.number == "M0001")
    )
    assert period == (date(2027, 12, 31), TODAY)
    news = mails(web, "company_news")
    assert news.keys() == {"chefin@alpha.example", "alt@alpha.example"}
    assert "Die Mitgliedschaft endet am 31.12.2027" in news["alt@alpha.example"]
    assert "Die Mitgliedschaft endet am 31.12.2027" in words_of(office.get("/treasurer/requests"))
    assert "Zurücknehmen" not in words_of(alpha.get("/portal/company/leave"))
    (request,) = web.rows(select(CompanyRequest.id))
    alpha.send(f"/portal/company/privacy/requests/{request.id}/withdraw")
    assert web.rows(select(CompanyRequest.state)) == [(RequestState.OPEN,)]
    assert office.send(f"/treasurer/requests/{request.id}/settle", answer="").status_code == 303


def test_a_notice_for_another_day_than_was_read_is_asked_again_and_a_second_one_refused(web, ids):
    actor = acting(web)
    with pytest.raises(NoticeChanged):
        write(actor, companies.give_notice, "M0001", end=date(2027, 6, 30), today=TODAY)
    write(actor, companies.give_notice, "M0001", end=date(2027, 12, 31), today=TODAY)
    with pytest.raises(AlreadyDone):
        write(actor, companies.give_notice, "M0001", end=date(2027, 12, 31), today=TODAY)
    (row,) = web.rows(select(Dispatch).where(Dispatch.recipient == "alt@alpha.example"))
    files = rehearse(
        STAFF,
        lambda session: [
            (each.name, each.content[:5])
            for each in dispatch.sending._attachments(session, session.get_one(Dispatch, row[0].id), "UTC")
        ],
    )
    assert files == [("M0001-2027-01-25.pdf", b"%PDF-")]


def test_the_export_holds_all_of_the_company_and_nothing_of_another(web, ids, alpha):
    response = alpha.get("/portal/company/privacy/data.zip")
    assert response.headers["Content-Disposition"] == "attachment; filename=M0001_2027-01-25.zip"
    archive = zipfile.ZipFile(io.BytesIO(response.data))
    assert archive.namelist() == ["LIESMICH.txt", "data.json", "documents/RE2027-0001_Alpha-Werke-GmbH.pdf"]
    told = json.loads(archive.read("data.json"))
    assert told["company"]["name"] == "Alpha Werke GmbH"
    assert [row["gross"] for row in told["invoices"]] == ["600.00"]
    assert told["statement"][0]["open_afterwards"] == "600.00"
    assert told["people"][0]["email"] == "chefin@alpha.example"
    read_me = archive.read("LIESMICH.txt").decode()
    assert all(f"  {part}: " in read_me for part in told)
    whole = archive.read("data.json").decode() + read_me
    for foreign in ("Beta", "M0002", "Otto Fremd", "zahlt nie", "password", "argon2", "iban_sealed"):
        assert foreign not in whole


def test_a_wish_for_erasure_reaches_the_office_and_the_answer_the_company(web, alpha, office):
    page = "/portal/company/privacy/erase"
    assert alpha.send(page, text=" ").status_code == 422
    assert alpha.send(page, text="Daten von Otto Alt").status_code == 303
    assert "Daten von Otto Alt" in words_of(alpha.get("/portal/company/privacy"))
    (request,) = web.rows(select(CompanyRequest.id))
    assert "Daten von Otto Alt" in words_of(office.get(f"/treasurer/requests/{request.id}"))
    settled = office.send(f"/treasurer/requests/{request.id}/settle", answer="Otto Alt ist gelöscht.")
    assert settled.status_code == 303
    assert "ist erledigt. Otto Alt ist gelöscht." in mails(web, "company_news")["chefin@alpha.example"]


def test_inv_18_a_right_to_one_company_is_none_to_another(web, ids):
    stranger = acting(web)
    with pytest.raises(NotFound):
        write(stranger, companies.change_own_data, "M0002", Section.ADDRESS, {"city": "Weg"})
    with pytest.raises(NotFound):
        write(stranger, companies.give_notice, "M0002", end=date(2027, 12, 31), today=TODAY)
    with pytest.raises(NotFound):
        write(stranger, companies.ask_erasure, "M0002", text="alles")
    with pytest.raises(NotAllowed):
        write(
            acting(web, role=Role.COMPANY_USER),
            companies.change_own_data,
            "M0001",
            Section.ADDRESS,
            {"city": "Weg"},
        )
    with pytest.raises(NotAllowed):
        write(stranger, companies.approve_name, 1)
    request = write(acting(web, "M0002"), companies.ask_erasure, "M0002", text="alles")
    with pytest.raises(NotFound):
        write(stranger, companies.withdraw_request, "M0001", request)


@pytest.mark.parametrize(
    "standing",
    [
        {"end": date(2026, 12, 31)},
        {"state": "suspended"},
        {"state": "exclusion_pending"},
    ],
    ids=str,
)
def test_a_company_whose_membership_does_not_run_reads_pays_and_changes_nothing(web, alpha, standing):
    write(STAFF, lambda session: session.execute(update(Membership).values(**standing)))
    shown = alpha.get("/portal/company").text
    for place in ("address", "details", "leave", "contacts/new", "access", "access/invite"):
        address = f"/portal/company/{place}"
        answer = alpha.get(address)
        assert (answer.status_code, f'"{address}"' in shown) == (422, False), place
        assert "Die Mitgliedschaft von Alpha Werke GmbH läuft nicht" in answer.text
    assert alpha.get("/portal/order-number").status_code == 422
    for place in ("", "invoices", "company/privacy", "company/privacy/data.zip"):
        assert alpha.get(f"/portal/{place}").status_code == 200, place
    person = acting(web)
    for use_case, given in (
        (companies.change_own_data, (Section.ADDRESS, {"city": "Weg"})),
        (companies.end_access, (person.user_id,)),
        (members.add_contact, ({"name": "Neu"},)),
        (members.end_contact, (1,)),
    ):
        more = {"today": TODAY} if use_case is members.end_contact else {}
        with pytest.raises(MembershipStopped):
            write(person, use_case, "M0001", *given, **more)
    assert write(STAFF, members.add_contact, "M0001", {"name": "Neu"})


def test_who_only_reads_finds_no_way_to_change_anything(web, ids):
    reader = browser_for(web, ids[0], role=Role.COMPANY_USER)
    for address in (ADDRESS, DETAILS, "/portal/company/leave", "/portal/company/privacy/data.zip"):
        assert reader.get(address).status_code == 404
        assert address not in reader.get("/portal/company").text + reader.get("/portal/company/privacy").text


def test_who_is_erased_is_erased_from_the_member_area_too(web, ids, alpha, office):
    person = {"name": "Otto Alt", "email": "otto@alpha.example", "functions": ["main"]}
    assert alpha.send("/portal/company/contacts/new", step="save", **person).status_code == 303
    invited = {"email": "otto@alpha.example", "role": "company_user", "language": "de"}
    assert alpha.send("/portal/company/access/invite", **invited).status_code == 200
    alpha.send("/portal/company/privacy/erase", text="Bitte Otto Alt vergessen")
    (contact, request) = (
        web.rows(select(each.id).order_by(each.id.desc()))[0][0] for each in (Contact, CompanyRequest)
    )
    alpha.send(f"/portal/company/contacts/{contact}/end")
    office.send(f"/treasurer/requests/{request}/settle", answer="Otto Alt ist gelöscht.")
    assert office.send(f"/treasurer/members/M0001/contacts/{contact}/erase").status_code == 303
    assert web.rows(select(CompanyInvitation.id)) == []
    assert web.rows(select(CompanyRequest.facts, CompanyRequest.answer)) == [({"text": ""}, "")]
