"""A company gives a mandate in its area and takes it back: consent kept word for word, people told, nothing foreign."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from membership import clock
from membership.domain.direct_debits.mandates import MandateState
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.models.users import SecurityNotice, UserCompany
from membership.persistence.queries.direct_debits.mandates import get_mandate, list_documents, list_mandates
from membership.services import direct_debits
from membership.services.settings import change_settings
from tests.conftest import person
from tests.factories import make_association, make_mandate, make_member

STAFF = person(Role.TREASURER, Role.ADMIN, user_id=1000)
TODAY = date(2027, 1, 18)
PAGE = "/portal/direct-debit"
IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.fixture
def people(web, monkeypatch):
    """A person who acts for M0001 and one who only reads; M0002 belongs to others and has a mandate."""
    monkeypatch.setenv("MEMBERSHIP_TODAY", TODAY.isoformat())
    make_association(STAFF)
    write(STAFF, change_settings, {"bank.creditor_id": "DE98ZZZ09999999999"})
    member_id = make_member(STAFF, number="M0001", name="Alpha Werke GmbH")
    make_member(STAFF, number="M0002", name="Beta Guss AG")
    make_mandate(STAFF, "M0002", reference="M0001-01")
    found = []
    for role in (Role.COMPANY_ADMIN, Role.COMPANY_USER):
        user_id = web.person(email=f"{role}@alpha.example")
        own = UserCompany(user_id=user_id, member_id=member_id, role=role)
        write(STAFF, lambda session, own=own: session.add(own))
        found.append((user_id, web.browser_of(user_id)))
    return found


def send(browser, address=PAGE, **data):
    return browser.post(address, data={"csrf_token": browser.token(), **data})


def give(browser, **changes):
    version = direct_debits.consent_text(read_as(STAFF), "de").version
    data = {"version": version, "iban": IBAN, "holder": "Alpha Holding", "agrees": "1", **changes}
    return send(browser, **{name: value for name, value in data.items() if value is not None})


def test_a_mandate_is_given_with_a_consent_that_is_kept_and_revoked_again(people):
    (user_id, browser), _other = people
    page = browser.get(PAGE).text
    assert "Wir ermächtigen" in page
    assert "innerhalb von acht Wochen" in page
    assert give(browser).status_code == 303
    shown = browser.get(PAGE).text
    assert "DE•• •••• 3000" in shown
    assert "M0001-02" in shown
    session = read_as(STAFF)
    view = get_mandate(session, "M0001-02")
    assert (view.state_on(TODAY), view.row.origin, view.member.payment_method) == (
        MandateState.ACTIVE, "online", "direct_debit",
    )  # fmt: skip
    (kept,) = list_documents(session, view.row.id)
    text = direct_debits.read_document(session, "M0001-02", kept.id).content.decode()
    version = direct_debits.consent_text(session, "de").version
    for told in (
        "Wir ermächtigen",
        "Alpha Holding, DE•• •••• 3000",
        f"(user:{user_id})",
        version,
        f"{clock.now():%Y-%m-%dT}",
    ):
        assert told in text
    again = give(browser)
    assert again.status_code == 422
    assert "Es gibt schon ein aktives Mandat: M0001-02." in again.text
    assert send(browser, f"{PAGE}/revoke").status_code == 303
    assert get_mandate(read_as(STAFF), "M0001-02").state_on(TODAY) is MandateState.REVOKED
    told = [
        row.kind for row in read_as(STAFF).execute(select(SecurityNotice)).scalars() if row.user_id == user_id
    ]
    assert told == ["mandate_given", "mandate_revoked"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"agrees": None}, "Bitte kreuzen Sie an, dass Sie zustimmen"),
        ({"iban": "DE89 3704"}, 'id="iban-error"'),
        ({"holder": " "}, 'id="holder-error"'),
        ({"version": "abc"}, "Der Text des Mandats wurde inzwischen geändert."),
    ],
)
def test_without_consent_account_or_the_text_of_today_there_is_no_mandate(people, changes, said):
    (_user, browser), _other = people
    answer = give(browser, **changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert len(list_mandates(read_as(STAFF))) == 1


def test_who_only_reads_gives_and_revokes_nothing(people):
    _admin, (_user, reader) = people
    assert reader.get(PAGE).status_code == 404
    assert give(reader).status_code == 404
    assert send(reader, f"{PAGE}/revoke").status_code == 404
    assert len(list_mandates(read_as(STAFF))) == 1


def test_without_a_creditor_id_there_is_no_page(people):
    write(STAFF, change_settings, {"bank.creditor_id": ""})
    (_user, browser), _other = people
    assert browser.get(PAGE).status_code == 404
    assert PAGE not in browser.get("/portal/company").text
