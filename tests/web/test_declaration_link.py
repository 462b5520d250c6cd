"""The link of a request: one company declares in one round without signing in, until the last day, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select

from membership.domain.declarations.campaigns import Dates
from membership.domain.declarations.states import DeclarationState
from membership.persistence.db import read_as, write
from membership.persistence.models.declarations import DeclarationLink, DeclarationVersion
from membership.persistence.queries import declarations as queries
from membership.persistence.queries.members import list_contacts
from membership.services import declarations, members, tokens
from tests.factories import make_association, make_member
from tests.web.treasurer.conftest import said_by

AT = datetime(2027, 10, 1, 9, 30, tzinfo=UTC)
DATES = Dates(date(2027, 11, 30), date(2028, 3, 31))


@pytest.fixture
def opened(web, treasurer):
    """A round for 2028 on 1 October 2027: Alpha has a contact, Beta (English) has none; the secret of Alpha's link."""
    actor = replace(treasurer, at=AT)
    with time_machine.travel(AT, tick=False):
        make_association(actor)
        make_member(
            actor,
            number="M0001",
            name="Alpha Werke GmbH",
            invoice_email="a@werk.example",
            iban_shown="DE•• 4471",
        )
        make_member(
            actor,
            number="M0002",
            name="Beta Guss AG",
            headcount=60,
            invoice_email="b@b.example",
            language="en",
        )
        write(actor, members.add_contact, "M0001",
              {"name": "Maren Brandt", "email": "brandt@werk.example", "functions": ["declaration"]})  # fmt: skip
        asks = {"evidence": False, "turnover_class": False}
        write(actor, declarations.open_round, 2028, dates=DATES, asks=asks, reminds=True, today=AT.date())
        yield Opened(web, actor, make(actor, "M0001"))


class Opened:
    def __init__(self, web, actor, secret):
        self.web, self.actor, self.secret = web, actor, secret
        self.browser = web.browser()

    def at(self, step=""):
        return f"/declaration/{self.secret}{'/' if step else ''}{step}"

    def send(self, step, **fields):
        return self.browser.send(self.at(step), **fields)

    def state(self, number="M0001"):
        return queries.get_request(read_as(self.actor), 2028, number).state

    def versions(self):
        statement = select(DeclarationVersion).order_by(DeclarationVersion.id)
        return list(read_as(self.actor).execute(statement).scalars())


def make(actor, number):
    secret = tokens.new_secret()
    write(actor, declarations.make_link, 2028, number, secret=secret, zone="Europe/Berlin")
    return secret


def test_a_member_declares_in_three_clicks(opened):
    page = opened.browser.get(opened.at())
    said = said_by(page)
    assert "Wie viele Beschäftigte hatte Alpha Werke GmbH am 30. Juni 2027?" in said
    assert "Zuletzt haben Sie 37 Beschäftigte gemeldet." in said
    assert "Schritt 1 von 2" in said
    assert 'value="37"' in page.text
    answer = opened.send("question/1", answer="126")
    assert (answer.status_code, answer.location) == (303, opened.at("check"))
    check = said_by(opened.browser.get(opened.at("check")))
    for expected in ("126 Beschäftigte", "bisher: 37", "Maren Brandt", "brandt@werk.example",
                     "Voraussichtliche Klasse: 50–249", "1.200,00 €", "600,00 €", "126 Beschäftigte melden",
                     "mehr als 30 %"):  # fmt: skip
        assert expected in check
    answer = opened.send("check")
    assert (answer.status_code, answer.location) == (303, opened.at("receipt"))
    receipt = said_by(opened.browser.get(opened.at("receipt")))
    assert "Ihre Meldung ist eingegangen" in receipt
    assert opened.state() is DeclarationState.TO_REVIEW
    pdf = opened.browser.get(opened.at("receipt.pdf"))
    assert pdf.data.startswith(b"%PDF")
    assert pdf.headers["Referrer-Policy"] == "no-referrer"


def test_what_is_sent_twice_is_one_declaration_and_a_change_is_a_second(opened):
    opened.send("question/1", answer="40")
    opened.send("check")
    opened.send("check")
    assert [each.number for each in opened.versions()] == [1]
    assert opened.browser.get(opened.at()).location == opened.at("receipt")
    opened.send("question/1", answer="41")
    opened.send("check", comment="nachgezählt")
    assert [(each.number, each.comment) for each in opened.versions()] == [(1, ""), (2, "nachgezählt")]


def test_nothing_of_others_and_nothing_of_the_bank_stands_behind_the_link(opened):
    for step in ("", "question/1", "contact"):
        page = opened.browser.get(opened.at(step)).text
        for hidden in ("Beta", "4471", "M0002", "treasurer"):
            assert hidden not in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Bitte geben Sie eine Zahl ein. Gibt es keine, geben Sie 0 ein."),
        ("12,5", "„12,5“ ist keine ganze Zahl. Hier zählen ganze Zahlen, zum Beispiel 12 oder 13."),
        ("10.000.000", "10.000.000 ist mehr, als es geben kann; höchstens 3.000.000."),
        ("viele", "„viele“ ist keine Zahl."),
        ("-3", "„-3“ ist keine Zahl."),
        ("1e9", "„1e9“ ist keine Zahl."),
        ("٣٧", "„٣٧“ ist keine Zahl."),
        ("<script>", "„<script>“ ist keine Zahl."),
    ],
)
def test_a_number_that_cannot_be_is_refused_in_one_sentence(opened, typed, sentence):
    answer = opened.send("question/1", answer=typed)
    assert answer.status_code == 422
    assert sentence.replace("<", "&lt;").replace(">", "&gt;") in answer.text.replace("\xa0", " ")
    assert opened.browser.get(opened.at("check")).location == opened.at("question/1")
    assert opened.send("check").location == opened.at("question/1")
    assert opened.versions() == []


def test_a_declaration_of_0_is_asked_about_and_waits_for_a_person(opened):
    opened.send("question/1", answer="0")
    assert "Sie melden 0. Stimmt das?" in said_by(opened.browser.get(opened.at("check")))
    opened.send("check")
    assert opened.versions()[0].oddities == ["zero", "leap", "class_change", "less_unexplained"]


def test_a_member_without_a_known_person_names_one(opened):
    opened.secret = make(opened.actor, "M0002")
    assert "How many employees did Beta Guss AG have on 30 June 2027?" in said_by(
        opened.browser.get(opened.at())
    )
    assert opened.send("question/1", answer="60").location == opened.at("contact")
    assert opened.send("contact", name="").status_code == 422
    assert opened.send("contact", name="Jo Smith", email="no address").status_code == 422
    assert opened.send("contact", name="Jo Smith", email="jo@b.example").location == opened.at("check")
    opened.send("check")
    view = queries.get_request(read_as(opened.actor), 2028, "M0002")
    assert view.request.contact == {"name": "Jo Smith", "email": "jo@b.example"}
    write(opened.actor, declarations.accept, 2028, "M0002")
    assert [each.name for each in list_contacts(read_as(opened.actor), view.member.id)] == ["Jo Smith"]


@pytest.mark.parametrize("secret", ["unknown", "x" * 5000, "M0001", "%2e%2e", "%F0%9F%92%A9"])
def test_inv_29_what_is_no_link_is_answered_like_one_that_has_ended(web, secret):
    for step in ("", "/check", "/question/1", "/receipt.pdf"):
        assert web.browser().get(f"/declaration/{secret}{step}").status_code == 404


def test_inv_29_a_link_of_another_purpose_opens_nothing(opened):
    assert opened.web.browser().get(f"/invoice/{opened.secret}").status_code == 404


def test_a_link_ends_with_the_deadline_and_nothing_is_taken_after_it(opened):
    opened.send("question/1", answer="40")
    with time_machine.travel(datetime(2027, 11, 30, 22, 30, tzinfo=UTC), tick=False):
        assert opened.browser.get(opened.at("check")).status_code == 200
    with time_machine.travel(datetime(2027, 11, 30, 23, 30, tzinfo=UTC), tick=False):
        assert opened.browser.get(opened.at("check")).status_code == 404
        assert opened.send("check").status_code == 404
    assert opened.versions() == []


def test_a_revoked_link_opens_nothing(opened):
    assert write(opened.actor, declarations.revoke_links, 2028, "M0001") == 1
    assert opened.browser.get(opened.at()).status_code == 404
    assert opened.send("question/1", answer="40").status_code == 404


def test_inv_28_the_secret_is_kept_as_its_hash_and_the_first_look_is_noted(opened):
    opened.browser.get(opened.at())
    (row,) = read_as(opened.actor).execute(select(DeclarationLink)).scalars()
    assert opened.secret not in row.token_hash
    assert row.opened_at is not None


def test_no_search_engine_and_no_other_page_learns_of_it(opened):
    for step in ("", "question/1", "contact"):
        heads = opened.browser.get(opened.at(step)).headers
        assert heads["Referrer-Policy"] == "no-referrer"
        assert heads["X-Robots-Tag"] == "noindex, nofollow"
