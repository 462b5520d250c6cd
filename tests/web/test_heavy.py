"""Files, pictures of pages and lists: few at once for one person, and never on every thread."""

from __future__ import annotations

import re
import threading
import time

import pytest

from membership.domain.policy import Role
from membership.web import heavy
from membership.web.access import policy
from tests.web.sweep_world import routes


@pytest.fixture
def slow(sqlite_app):
    """A page that works until it is let go, and how many run at once."""
    go, running = threading.Event(), threading.Semaphore(0)

    @policy("signed_in")
    @heavy.few_at_once
    def work():
        running.release()
        go.wait(20)
        return "done"

    sqlite_app.add_url_rule("/slow", "slow", work)
    yield go, running
    go.set()


def started(browser, times, address="/slow"):
    """Return threads that ask for a page and the list that their answers go to."""
    answers = []

    def ask():
        with browser.application.app_context():
            answers.append(browser.get(address).status_code)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(times)]
    for each in threads:
        each.start()
    return threads, answers


def test_sec_53_twenty_heavy_requests_of_one_person_leave_room_for_the_others(web, slow):
    go, running = slow
    greedy = web.person(Role.COMPANY_USER)
    browsers = [web.browser_of(greedy) for _ in range(20)]
    others = web.signed_in(Role.OFFICE)
    asked = [started(browser, 1) for browser in browsers[:2]]
    for _ in range(2):
        assert running.acquire(timeout=10)
    refused = [browser.get("/slow") for browser in browsers[2:]]
    assert {answer.status_code for answer in refused} == {429}
    assert "Gerade werden mehrere Dateien erstellt" in refused[0].text
    assert others.get("/treasurer/members").status_code == 200
    go.set()
    for threads, answers in asked:
        threads[0].join(10)
        assert answers == [200]
    assert browsers[2].get("/slow").status_code == 200


def test_sec_53_all_people_together_never_take_every_thread(web, slow):
    go, running = slow
    people = [web.person(Role.COMPANY_USER, email=f"p{number}@verein.example") for number in range(4)]
    asked = [started(web.browser_of(person), 1) for person in people[:3]]
    for _ in range(3):
        assert running.acquire(timeout=10)
    assert web.browser_of(people[3]).get("/slow").status_code == 429
    go.set()
    for threads, _answers in asked:
        threads[0].join(10)


def test_what_a_page_loads_by_itself_waits_for_its_place(sqlite_app, web, slow):
    go, running = slow
    sqlite_app.add_url_rule("/picture", "picture", policy("signed_in")(heavy.waiting(lambda: "drawn")))
    person = web.person(Role.COMPANY_USER)
    browsers = [web.browser_of(person) for _ in range(3)]
    asked = [started(browser, 1) for browser in browsers[:2]]
    for _ in range(2):
        assert running.acquire(timeout=10)
    threading.Timer(0.3, go.set).start()
    assert browsers[2].get("/picture").text == "drawn"
    for threads, _answers in asked:
        threads[0].join(10)


def test_sec_53_who_waits_for_pictures_leaves_a_thread_to_the_others(sqlite_app, web, slow, monkeypatch):
    go, running = slow
    monkeypatch.setattr(heavy, "_PATIENCE_SECONDS", 15.0)
    sqlite_app.add_url_rule("/picture", "picture", policy("signed_in")(heavy.waiting(lambda: "drawn")))
    greedy = web.person(Role.COMPANY_USER)
    asked = [started(web.browser_of(greedy), 1) for _ in range(2)]
    for _ in range(2):
        assert running.acquire(timeout=10)
    pictures = [started(web.browser_of(greedy), 1, "/picture") for _ in range(6)]
    until = time.monotonic() + 10
    while sum(len(answers) for _threads, answers in pictures) < 5 and time.monotonic() < until:
        time.sleep(0.01)
    assert [answers for _threads, answers in pictures if answers] == [[429]] * 5
    go.set()
    for threads, _answers in [*asked, *pictures]:
        threads[0].join(10)
    assert sorted(answers[0] for _threads, answers in pictures) == [200, *[429] * 5]


HEAVY = {
    "treasurer.invoices.documents", "treasurer.invoices.draft_pdf", "treasurer.invoices.chosen_pdfs",
    "treasurer.members.account_pdf", "treasurer.billing.protocol", "treasurer.audit.export", "treasurer.settings.sample",
    "invoice_link.pdf", "portal.invoices.show_pdf", "portal.privacy.data", "portal.invoices.documents",
    "portal.invoices.receipt", "portal.invoices.statement", "portal.invoices.show_xml", "treasurer.invoices.xml",
    "treasurer.invoices.cancel_draft", "treasurer.billing.documents", "treasurer.dispatch.stack", "treasurer.billing.draft", "treasurer.invoices.calculation",
    "treasurer.invoices.export", "treasurer.invoices.page_picture", "treasurer.invoices.pdf", "treasurer.members.check_import", "treasurer.members.export",
    "treasurer.direct_debits.file", "treasurer.direct_debits.form_pdf", "treasurer.direct_debits.document",
    "treasurer.banking.columns", "treasurer.banking.statement_pdf", "treasurer.opening.index", "treasurer.opening.check", "treasurer.members.rejected", "treasurer.refunds.create_file", "treasurer.refunds.download_file",
    "treasurer.reports.file",
    "treasurer.declarations.export",
    "treasurer.declarations.receipt", "declaration_link.pdf", "portal.declarations.pdf",
}  # fmt: skip


def test_sec_53_every_page_that_makes_a_file_is_limited(web):
    limited = {name for name, view in web.app.view_functions.items() if hasattr(view, "__wrapped__")}
    assert limited >= HEAVY
    made = {
        route.endpoint
        for route in routes(web.app)
        if re.search(r"\.<form>|\.zip|\.pdf|\.png$|/pdf$|/xml$|/draft$|rejected", route.rule)
    }
    assert made <= HEAVY
