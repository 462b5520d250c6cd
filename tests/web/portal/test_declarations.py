"""A person of a company declares in the member area: the same steps, own company only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
import time_machine

from membership.domain.declarations.campaigns import Dates
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.queries import declarations as queries
from membership.services import declarations
from tests.factories import make_association, make_member
from tests.web.treasurer.conftest import said_by

AT = datetime(2027, 10, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def asked(web, treasurer):
    actor = replace(treasurer, at=AT)
    with time_machine.travel(AT, tick=False):
        make_association(actor)
        make_member(actor, number="M0001", name="Alpha Werke GmbH", invoice_email="a@werk.example")
        make_member(actor, number="M0002", name="Beta Guss AG", headcount=60)
        dates = Dates(date(2027, 11, 30), date(2028, 3, 31))
        asks = {"evidence": True}
        write(actor, declarations.open_round, 2028, dates=dates, asks=asks, reminds=True, today=AT.date())
        yield actor


@pytest.mark.parametrize("role", [Role.COMPANY_USER, Role.COMPANY_ADMIN])
def test_the_home_asks_and_leads_through(web, asked, role):
    browser = web.signed_in(role)
    home = said_by(browser.get("/portal/"))
    assert "Bitte melden Sie Ihre Größe für den Beitrag 2028" in home
    page = "/portal/declarations/2028"
    assert browser.get("/portal/declarations").location == page
    assert "Wie viele Beschäftigte hatte Alpha Werke GmbH am 30. Juni 2027?" in said_by(browser.get(page))
    assert browser.send(f"{page}/question/1", answer="126").location == f"{page}/evidence"
    assert send_file(browser, f"{page}/evidence", {"file": (b"MZ nothing", "x.pdf")}).status_code == 422
    proof = {"file": (b"%PDF-1.7 proof %%EOF", "nachweis.pdf")}
    assert send_file(browser, f"{page}/evidence", proof).location == f"{page}/check"
    said = said_by(browser.get(f"{page}/check"))
    assert "Voraussichtliche Klasse: 50–249" in said
    assert "Eine Datei liegt bei" in said
    assert browser.send(f"{page}/check").location == f"{page}/receipt"
    assert "Ihre Meldung ist eingegangen" in said_by(browser.get(f"{page}/receipt"))
    assert browser.get(f"{page}/receipt.pdf").data.startswith(b"%PDF")
    view = queries.get_request(read_as(asked), 2028, "M0001")
    assert (str(view.version.way), view.version.evidence_id) == ("portal", 1)
    assert "Bitte melden" not in said_by(browser.get("/portal/"))


def send_file(browser, address, files):
    return browser.send(
        address, files={name: (BytesIO(content), title) for name, (content, title) in files.items()}
    )


def test_nothing_is_open_after_the_last_day(web, asked):
    with time_machine.travel(datetime(2028, 3, 31, 12, 0, tzinfo=UTC), tick=False):
        late = web.signed_in(Role.COMPANY_USER)
        assert late.send("/portal/declarations/2028/question/1", answer="40").status_code == 303
        late.send("/portal/declarations/2028/evidence")
        assert late.send("/portal/declarations/2028/check").status_code == 303
    assert "late" in queries.get_request(read_as(asked), 2028, "M0001").version.oddities
    with time_machine.travel(datetime(2028, 4, 1, 12, 0, tzinfo=UTC), tick=False):
        ended = web.signed_in(Role.COMPANY_USER)
        assert ended.get("/portal/declarations").status_code == 404
        answer = ended.send("/portal/declarations/2028/question/1", answer="41")
        assert answer.status_code == 409
        assert "kann nichts mehr gemeldet werden" in said_by(answer)
