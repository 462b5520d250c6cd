"""A company manages who acts for it and whom the association writes to; nothing of it reaches another company."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from membership.domain.companies import LastCompanyAdmin
from membership.domain.errors import NotAllowed, NotFound
from membership.domain.policy import Actor, Role
from membership.persistence.db import write
from membership.persistence.models.companies import CompanyInvitation
from membership.persistence.models.members import Contact
from membership.persistence.models.users import User, UserCompany
from membership.services import companies
from membership.services.companies import people
from tests.conftest import NOW
from tests.factories import make_member
from tests.web.conftest import PASSWORD
from tests.web.portal.test_portal import STAFF, browser_for, words_of

ADMIN, USER = Role.COMPANY_ADMIN, Role.COMPANY_USER
OVER = datetime(2020, 1, 1, tzinfo=UTC)
NEW = {"name": "Nora Neu", "password": "vier Hafen Wiesen Laternen", "language": "de"}
NO_ACCOUNT = "Dieser Link richtet kein neues Konto ein."


@pytest.fixture
def ids(web):
    """Two companies, M0001 and M0002."""
    return [
        make_member(STAFF, number="M0001", name="Alpha Werke GmbH"),
        make_member(STAFF, number="M0002", name="Beta Guss AG"),
    ]


def acting(web, member_id, role=ADMIN, email="chefin@alpha.example", name="Carla Chefin"):
    """Return a person of a company as an actor of a unit of work."""
    user_id = web.person(email=email, name=name)
    write(STAFF, lambda session: session.add(UserCompany(user_id=user_id, member_id=member_id, role=role)))
    return Actor(name=name, at=NOW, request_id="test", user_id=user_id, companies=((member_id, role),))


def roles(web, member_id):
    statement = (
        select(User.email, UserCompany.role).join(UserCompany).where(UserCompany.member_id == member_id)
    )
    return dict(web.rows(statement.order_by(User.email)))


def invited(browser, **changes):
    """Invite somebody and return the path of the link that is shown once."""
    form = {"email": "nora@alpha.example", "role": str(USER), "language": "de", **changes}
    page = browser.send("/portal/company/access/invite", **form)
    return re.search(r"/join/[0-9a-f]+", page.text)[0]


def test_a_company_invites_a_colleague_who_acts_for_it_from_then_on(web, ids):
    link = invited(browser_for(web, ids[0]))
    assert link not in browser_for(web, ids[0], email="a@alpha.example").get("/portal/company/access").text
    nora = web.browser()
    assert "Alpha Werke GmbH" in nora.get(link).text
    assert nora.send(link, **NEW).status_code == 303
    assert roles(web, ids[0])["nora@alpha.example"] is USER
    assert "Alpha Werke GmbH" in words_of(nora.get("/portal/"))
    assert nora.get("/portal/company/access").status_code == 404
    assert web.browser().get(link).status_code == 404


def test_sec_19_an_address_with_an_account_is_answered_like_one_without(web, ids):
    browser_for(web, ids[1], email="otto@beta.example")
    browser = browser_for(web, ids[0])
    pages = []
    for email in ("otto@beta.example", "egon@beta.example"):
        answer = browser.send("/portal/company/access/invite", email=email, role=str(USER), language="de")
        listed = browser.get("/portal/company/access").text
        shown = [re.sub(r"[0-9a-f]{64}|\d+|otto|egon", "", page.text) for page in (answer,)]
        pages.append((answer.status_code, *shown, listed.count("Einladung")))
        assert "Birgit Wessels" not in re.sub(r'only-wide">[^<]*', "", listed).split("Offene Einladungen")[1]
        write(STAFF, lambda session: session.execute(update(CompanyInvitation).values(ended_at=NOW)))
    without_tokens = [re.sub(r'value="[^"]*"|data-session-end="[^"]*"', "", page[1]) for page in pages]
    assert without_tokens[0] == without_tokens[1]
    assert pages[0][2] == pages[1][2]


def test_who_has_an_account_signs_in_for_a_link_that_was_shown_and_acts_for_both_companies(web, ids):
    otto = browser_for(web, ids[1], email="otto@beta.example", role=ADMIN)
    link = invited(browser_for(web, ids[0]), email="Otto@Beta.example")
    for stranger in (web.browser(), browser_for(web, ids[1], email="andere@beta.example")):
        assert stranger.send(link).status_code == 422
        assert NO_ACCOUNT in stranger.send(link, **NEW).text
    assert "otto@beta.example" not in roles(web, ids[0])
    assert 'type="password"' not in otto.get(link).text
    assert otto.send(link, password="neues Passwort aus der Ferne").headers["Location"] == "/sign-in"
    assert roles(web, ids[0])["otto@beta.example"] is USER
    assert roles(web, ids[1])["otto@beta.example"] is ADMIN
    assert web.browser().send("/sign-in", email="otto@beta.example", password=PASSWORD).status_code == 303


def test_the_page_of_a_shown_link_does_not_tell_what_account_there_is(web, ids):
    """Who invites sees the link: it tells nothing about an address and becomes nobody who is there already."""
    inviting = browser_for(web, ids[0])
    web.person(Role.TREASURER, email="kasse@verein.example")
    web.person(email="wartet@beta.example", password=None)
    web.person(email="hat@beta.example")
    pages = {}
    for email in ("niemand@x.example", "kasse@verein.example", "wartet@beta.example", "hat@beta.example"):
        link = invited(inviting, email=email)
        page = web.browser().get(link)
        pages[email] = re.sub(r'value="[^"]*"|[0-9a-f]{64}', "", page.text).replace(email, "")
        assert page.status_code == 200
        if email != "niemand@x.example":
            assert NO_ACCOUNT in web.browser().send(link, **NEW).text
    assert len(set(pages.values())) == 1
    assert "kasse@verein.example" not in roles(web, ids[0])
    staff = web.signed_in(Role.TREASURER, email="chef@verein.example")
    link = invited(inviting, email="chef@verein.example")
    assert staff.send(link).status_code == 422
    assert NO_ACCOUNT in staff.send(link, **NEW).text
    assert set(roles(web, ids[0])) == {"kontakt@alpha.example"}


@pytest.mark.parametrize(("roles_before", "status"), [((), 200), ((Role.TREASURER,), 404)])
def test_sec_32_a_mailed_link_sets_no_password_of_staff(web, ids, roles_before, status):
    """An account of staff that waits for its owner is opened by the administration alone."""
    link = invited(browser_for(web, ids[0]), email="neu@verein.example")
    web.person(*roles_before, email="neu@verein.example", password=None)
    write(STAFF, lambda session: session.execute(update(CompanyInvitation).values(is_mailed=True)))
    assert web.browser().get(link).status_code == status


def test_inv_29_an_invitation_ends_with_the_next_one_when_it_is_taken_back_and_in_time(web, ids, monkeypatch):
    browser = browser_for(web, ids[0])
    first, second = invited(browser), invited(browser)
    assert web.browser().get(first).status_code == 404
    assert web.browser().get(second).status_code == 200
    (waiting,) = web.rows(select(CompanyInvitation.id).where(CompanyInvitation.ended_at.is_(None)))
    assert browser.send(f"/portal/company/access/invitations/{waiting[0]}/withdraw").status_code == 303
    assert web.browser().send(second, **NEW).status_code == 404
    browser.get("/portal/company/access")
    browser.send(f"/portal/company/access/invitations/{waiting[0]}/withdraw")
    assert "war schon angenommen oder beendet" in browser.get("/portal/company/access").text
    third = invited(browser)
    write(STAFF, lambda session: session.execute(update(CompanyInvitation).values(expires_at=OVER)))
    assert web.browser().send(third, **NEW).status_code == 404
    assert "der Link ist abgelaufen" in words_of(browser.get("/portal/company/access"))


def test_inv_30_another_role_ends_the_sessions_and_counts_at_the_next_request(web, ids):
    browser = browser_for(web, ids[0])
    colleague = web.person(email="kollege@alpha.example")
    write(STAFF, lambda session: session.add(UserCompany(user_id=colleague, member_id=ids[0], role=ADMIN)))
    other = web.browser_of(colleague)
    assert other.get("/portal/company/access").status_code == 200
    assert browser.send(f"/portal/company/access/{colleague}/role", role=str(USER)).status_code == 303
    assert other.get("/portal/company/access").status_code == 302
    assert web.browser_of(colleague).get("/portal/company/access").status_code == 404
    assert browser.send(f"/portal/company/access/{colleague}/end").status_code == 303
    assert web.browser_of(colleague).get("/portal/").status_code == 404


def test_the_last_person_who_manages_a_company_cannot_go_without_a_sentence(web, ids):
    me = web.person(email="chefin@alpha.example")
    write(STAFF, lambda session: session.add(UserCompany(user_id=me, member_id=ids[0], role=ADMIN)))
    browser_for(web, ids[0], role=USER, email="kollege@alpha.example")
    browser = web.browser_of(me)
    for step, form in (("role", {"role": str(USER)}), ("end", {})):
        refused = browser.send(f"/portal/company/access/{me}/{step}", **form)
        assert refused.status_code == 422
        assert "Niemand sonst verwaltet den Mitgliederbereich von Alpha Werke GmbH" in refused.text
    assert roles(web, ids[0])["chefin@alpha.example"] is ADMIN
    second = acting(web, ids[0], email="zweite@alpha.example")
    assert browser.send(f"/portal/company/access/{me}/end").headers["Location"] == "/sign-in"
    with pytest.raises(LastCompanyAdmin):
        write(second, companies.end_access, "M0001", second.user_id)


def test_mem_16_who_leaves_the_company_loses_the_access_with_the_contact(web, ids):
    browser = browser_for(web, ids[0])
    browser_for(web, ids[0], role=USER, email="geht@alpha.example")
    added = {"name": "Gerd Geht", "email": "geht@alpha.example", "functions": ["billing", "declaration"]}
    checked = browser.send("/portal/company/contacts/new", **added)
    assert "Rechnung, Selbstauskunft" in words_of(checked)
    assert web.rows(select(Contact.id)) == []
    assert browser.send("/portal/company/contacts/new", step="save", **added).status_code == 303
    (row,) = web.rows(select(Contact.id, Contact.functions))
    assert row.functions == ["billing", "declaration"]
    assert "Auch der Zugang" in words_of(browser.get(f"/portal/company/contacts/{row.id}/end"))
    assert browser.send(f"/portal/company/contacts/{row.id}/end").status_code == 303
    assert "geht@alpha.example" not in roles(web, ids[0])


def test_a_contact_is_changed_over_a_check_page_that_gives_the_input_back(web, ids):
    write(STAFF, lambda session: session.add(Contact(member_id=ids[0], name="Otto Alt", functions=["main"])))
    (contact_id,) = web.rows(select(Contact.id))[0]
    browser = browser_for(web, ids[0])
    address = f"/portal/company/contacts/{contact_id}"
    opened = html.unescape(re.search(r'name="opened"[^>]*value="([^"]*)', browser.get(address).text)[1])
    form = {"name": "Otto Neu", "email": "otto@alpha.example", "functions": ["main"], "opened": opened}
    assert "Otto Neu" in words_of(browser.send(address, **form))
    back = browser.send(address, step="edit", **form)
    assert (back.status_code, 'value="Otto Neu"' in back.text) == (200, True)
    wrong = browser.send(address, **{**form, "email": "keine"})
    assert (wrong.status_code, "Fehler" in wrong.text) == (422, True)
    assert web.rows(select(Contact.name)) == [("Otto Alt",)]
    assert browser.send(address, step="save", **form).status_code == 303
    assert web.rows(select(Contact.name)) == [("Otto Neu",)]


def test_who_only_uses_the_pages_finds_nothing_to_manage(web, ids):
    write(STAFF, lambda session: session.add(Contact(member_id=ids[0], name="Otto Alt", functions=["main"])))
    reader = browser_for(web, ids[0], role=USER)
    shown = reader.get("/portal/company").text
    assert "/portal/company/access" not in shown
    assert "/portal/company/contacts" not in shown
    actor = acting(web, ids[0], role=USER)
    with pytest.raises(NotAllowed):
        write(
            actor, people.invite_colleague, "M0001", email="x@y.example", name="", role=ADMIN, language="de"
        )


def test_inv_18_who_manages_one_company_changes_nothing_of_another(web, ids):
    """Responsible for Alpha, a mere user of Beta: the right to the one is none to the other."""
    me = web.person(email="zwei@firmen.example")
    write(
        STAFF,
        lambda session: session.add_all(
            [
                UserCompany(user_id=me, member_id=ids[0], role=ADMIN),
                UserCompany(user_id=me, member_id=ids[1], role=USER),
            ]
        ),
    )
    other = acting(web, ids[1], email="beta@beta.example")
    browser = web.browser_of(me)
    for step in ("role", "end"):
        assert browser.get(f"/portal/company/access/{other.user_id}/{step}").status_code == 404
    browser.send("/portal/companies", company="M0002")
    for address in (
        "/portal/company/access",
        "/portal/company/access/invite",
        "/portal/company/contacts/new",
    ):
        assert browser.get(address).status_code == 404
    actor = Actor(
        name="Z", at=NOW, request_id="test", user_id=me, companies=((ids[0], ADMIN), (ids[1], USER))
    )
    with pytest.raises(NotAllowed):
        write(actor, companies.end_access, "M0002", other.user_id)
    with pytest.raises(NotFound):
        write(actor, companies.end_access, "M0001", other.user_id)
    stranger = acting(web, ids[0], email="nur@alpha.example")
    with pytest.raises(NotFound):
        write(stranger, companies.end_access, "M0002", other.user_id)
