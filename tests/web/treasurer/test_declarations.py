"""The treasurer asks, sees how it stands, and decides: one, all without a class change, the rest."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
import time_machine

from membership.domain.declarations.campaigns import Dates
from membership.domain.declarations.states import DeclarationState
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.queries import declarations as queries
from membership.services import declarations
from membership.services.declarations import Declared
from tests.factories import make_association, make_member
from tests.web.treasurer.conftest import said_by

AT = datetime(2027, 10, 1, 9, 30, tzinfo=UTC)
PAGE = "/treasurer/declarations"


@pytest.fixture
def books(web, treasurer):
    """Four members on 1 October 2027: three ordinary ones, one of them without an address, and an honorary one."""
    actor = replace(treasurer, at=AT)
    with time_machine.travel(AT, tick=False):
        make_association(actor)
        make_member(actor, number="M0001", name="Alpha Werke GmbH", invoice_email="a@werk.example")
        make_member(actor, number="M0002", name="Beta Guss AG", headcount=60, invoice_email="b@werk.example")
        make_member(actor, number="M0003", name="Gamma KG", headcount=20, invoice_email="")
        make_member(actor, number="M0004", name="Ehrensenat", category="EHR", headcount=None)
        yield actor


@pytest.fixture
def asked(books):
    dates = Dates(date(2027, 11, 30), date(2028, 3, 31))
    write(books, declarations.open_round, 2028, dates=dates, asks={}, reminds=True, today=AT.date())
    return books


def declare(actor, number, heads, **changes):
    declared = Declared({"headcount": Fraction(heads)}, name="Maren Brandt", **changes)
    write(actor, declarations.declare_by_office, 2028, number, declared, today=AT.date())


def states(actor):
    session = read_as(actor)
    found = queries.list_requests(session, queries.get_round(session, 2028).id)
    return {view.member.number: str(view.state) for view in found}


def test_an_empty_year_says_what_there_will_be(web, books):
    browser = web.signed_in(Role.TREASURER)
    said = said_by(browser.get(PAGE))
    assert "Noch keine Abfrage für 2028" in said
    assert "in einer Minute, ohne Anmeldung" in said
    assert "Für 2028 abfragen" in said


def test_a_round_is_checked_before_it_is_sent(web, books):
    browser = web.signed_in(Role.TREASURER)
    new = said_by(browser.get(f"{PAGE}/new"))
    assert "Noch wird nichts gesendet" in new
    fields = {"year": "2028", "deadline": "30.11.2027", "late_until": "31.03.2028", "reminds": "y"}
    check = browser.send(f"{PAGE}/new", **fields)
    said = said_by(check)
    for expected in ("2 Mitglieder", "Beschäftigtenzahl", "30.06.2027", "30. November 2027", "Gamma KG",
                     "1 Mitglied wird nicht gefragt", "2 Anfragen senden", "16.11.2027, 27.11.2027, 07.12.2027"):  # fmt: skip
        assert expected in said
    assert queries.find_round(read_as(books), 2028) is None
    back = browser.send(f"{PAGE}/new", step="edit", **fields)
    assert (back.status_code, "30.11.2027" in back.text) == (200, True)
    done = browser.send(f"{PAGE}/new", step="open", seen="2", **fields)
    assert (done.status_code, done.location) == (303, f"{PAGE}/2028")
    assert states(books) == {"M0001": "asked", "M0002": "asked", "M0003": "not_asked"}
    assert browser.send(f"{PAGE}/new", step="open", seen="2", **{**fields, "year": "2028"}).status_code == 422


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"deadline": "02.10.2027"},
            "Die Frist muss mindestens eine Woche und höchstens ein Jahr voraus liegen",
        ),
        ({"deadline": "31.02.2027"}, "31.02.2027"),
        (
            {"late_until": "01.11.2027"},
            "Der letzte Tag für verspätete Meldungen darf nicht vor der Frist liegen",
        ),
        ({"year": "1999"}, "Bitte wählen Sie eine der Möglichkeiten"),
    ],
)
def test_days_that_cannot_be_are_refused(web, books, changes, sentence):
    fields = {"year": "2028", "deadline": "30.11.2027", "late_until": "", **changes}
    answer = web.signed_in(Role.TREASURER).send(f"{PAGE}/new", **fields)
    assert (answer.status_code, sentence in said_by(answer)) == (422, True)


def test_the_status_page_shows_sizes_class_and_dues(web, asked):
    declare(asked, "M0001", 126)
    declare(asked, "M0002", 61, comment="neu gezählt")
    browser = web.signed_in(Role.TREASURER)
    said = said_by(browser.get(f"{PAGE}/2028"))
    for expected in ("Von 3 Mitgliedern haben 2 gemeldet, 1 noch nicht", "126", "37", "10–49 → 50–249", "600,00",
                     "Andere Beitragsklasse", "Maren Brandt", "1 ohne Klassenwechsel übernehmen", "Eingegangen"):  # fmt: skip
        assert expected in said
    assert "Beta" not in said_by(browser.get(f"{PAGE}/2028?view=class"))
    assert "Gamma" in said_by(browser.get(f"{PAGE}/2028?view=silent"))
    assert "Alpha" not in said_by(browser.get(f"{PAGE}/2028?q=beta"))
    assert "passt zu diesem Filter" in said_by(browser.get(f"{PAGE}/2028?q=nobody"))
    csv = browser.get(f"{PAGE}/2028/export.csv?view=class").text
    assert "Alpha" in csv
    assert "Beta" not in csv


def test_all_without_a_class_change_are_taken_over_at_once(web, asked):
    declare(asked, "M0001", 126)
    declare(asked, "M0002", 61)
    browser = web.signed_in(Role.OFFICE)
    check = said_by(browser.get(f"{PAGE}/2028/accept"))
    assert "1 Meldung übernehmen" in check
    assert "Alpha Werke GmbH : Mehr als 30 %" in check
    page = browser.get(f"{PAGE}/2028/accept").text
    assert re.findall(r'name="seen" value="([^"]*)"', page) == ["M0002:1"]
    for wrong in (["M0002:1", "M0001:1"], ["1"], []):
        assert browser.send(f"{PAGE}/2028/accept", seen=wrong).status_code == 409
    declare(asked, "M0002", 62)
    assert browser.send(f"{PAGE}/2028/accept", seen="M0002:1").status_code == 409
    assert browser.send(f"{PAGE}/2028/accept", seen="M0002:2").status_code == 303
    assert states(asked) == {"M0001": "to_review", "M0002": "taken_over", "M0003": "not_asked"}
    assert browser.send(f"{PAGE}/2028/accept", seen="M0001:1", selected="M0001").status_code == 303
    assert states(asked)["M0001"] == "taken_over"


def test_one_is_taken_over_or_asked_back(web, asked):
    declare(asked, "M0001", 126)
    browser = web.signed_in(Role.TREASURER)
    page = f"{PAGE}/2028/members/M0001"
    assert "Meldung übernehmen" in said_by(browser.get(page))
    assert browser.send(f"{page}/query", text=" ").status_code == 422
    assert browser.send(f"{page}/query", text="Mit Auszubildenden?").status_code == 303
    assert "Mit Auszubildenden?" in said_by(browser.get(page))
    assert browser.send(f"{page}/accept", version="9").status_code == 409
    assert browser.send(f"{page}/accept", version="1").status_code == 303
    assert states(asked)["M0001"] == "taken_over"
    assert browser.send(f"{page}/accept", version="1").status_code == 409


def test_the_office_enters_for_a_member_and_estimates(web, asked):
    browser = web.signed_in(Role.OFFICE)
    page = f"{PAGE}/2028/members/M0003"
    assert browser.send(f"{page}/record", size_0="12,5", name="Herr Gamma").status_code == 422
    assert browser.send(f"{page}/record", size_0="21", name="").status_code == 422
    assert browser.send(f"{page}/estimate", size_0="30", reason="").status_code == 422
    assert browser.send(f"{page}/estimate", size_0="30", reason="Geschäftsbericht").status_code == 303
    assert states(asked)["M0003"] == "estimated"
    assert browser.send(f"{page}/record", size_0="21", name="Herr Gamma").status_code == 303
    assert states(asked)["M0003"] == "received"


def test_the_rest_is_carried_over_after_a_look(web, asked):
    declare(asked, "M0001", 40)
    browser = web.signed_in(Role.TREASURER)
    said = said_by(browser.get(f"{PAGE}/2028/silence"))
    assert "Die Frist ist der 30.11.2027" in said
    assert "Für 2 Mitglieder so gelten lassen" in said
    assert browser.send(f"{PAGE}/2028/silence", seen="2").status_code == 303
    assert states(asked) == {"M0001": "received", "M0002": "estimated", "M0003": "estimated"}


def test_a_link_to_pass_on_is_shown_once_and_ended(web, asked):
    browser = web.signed_in(Role.TREASURER)
    page = f"{PAGE}/2028/members/M0003"
    shown = browser.send(f"{page}/link")
    address = next(word for word in said_by(shown).split() if "/declaration/" in word)
    path = address.removeprefix("http://localhost")
    assert web.browser().get(path).status_code == 200
    assert path not in browser.get(page).text
    assert browser.send(f"{page}/revoke").status_code == 303
    assert web.browser().get(path).status_code == 404


def test_reminding_and_the_deadline(web, asked):
    browser = web.signed_in(Role.TREASURER)
    assert "2 Mitglieder erinnern" in said_by(browser.get(f"{PAGE}/2028/remind"))
    assert browser.send(f"{PAGE}/2028/remind").status_code == 303
    assert states(asked) == {"M0001": "reminded", "M0002": "reminded", "M0003": "not_asked"}
    assert browser.send(f"{PAGE}/2028/dates", deadline="01.10.2027").status_code == 422
    assert browser.send(f"{PAGE}/2028/dates", deadline="15.12.2027", late_until="").status_code == 303
    assert "15.12.2027" in said_by(browser.get(f"{PAGE}/2028"))


def test_members_that_joined_later_are_asked_too(web, asked):
    make_member(
        asked, number="M0005", name="Neuling GmbH", start=date(2027, 10, 15), invoice_email="n@n.example"
    )
    browser = web.signed_in(Role.TREASURER)
    assert "1 Mitglied kam später dazu" in said_by(browser.get(f"{PAGE}/2028"))
    assert browser.send(f"{PAGE}/2028/join").status_code == 303
    assert states(asked)["M0005"] == "asked"


def test_what_is_not_there_is_not_found(web, asked):
    browser = web.signed_in(Role.TREASURER)
    for path in ("/2031", "/9999999999", "/2028/members/M9999", "/2028/members/M0004", "/2028/export.pdf",
                 "/2028/members/M0001/evidence/1", "/2028/members/M0001/receipt.pdf"):  # fmt: skip
        assert browser.get(PAGE + path).status_code == 404, path


def test_the_board_reads_and_changes_nothing(web, asked):
    browser = web.signed_in(Role.BOARD)
    assert "übernehmen" not in said_by(browser.get(f"{PAGE}/2028")).replace("Zu übernehmen", "")
    assert browser.send(f"{PAGE}/2028/accept").status_code == 403
    assert DeclarationState.ASKED in states(asked).values()


def test_after_the_last_day_the_office_may_still_enter_and_estimate(web, asked):
    with time_machine.travel(datetime(2028, 4, 3, 9, 30, tzinfo=UTC), tick=False):
        browser = web.signed_in(Role.OFFICE)
        page = f"{PAGE}/2028/members/M0003"
        shown = browser.get(page).text
        assert f"{page}/record" in shown
        assert f"{page}/estimate" in shown
        assert f"{page}/ask" not in shown
        assert browser.send(f"{page}/estimate", size_0="30", reason="Geschäftsbericht").status_code == 303
        assert browser.send(f"{page}/record", size_0="31", name="Herr Gamma").status_code == 303
    assert states(asked)["M0003"] == "to_review"
