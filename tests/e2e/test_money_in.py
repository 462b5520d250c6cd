"""Three months of statements and a collection in the browser: few decisions, and bank, ledger and open items agree.

November as camt.053 (the statement that waits in the demonstration), January as the CSV list of a savings bank,
February as MT940 with the credits and a return of the collection. The clicks that decide are counted.
Source: `ux.md` 6.8 to 6.10, 10 journeys C and H; issue 7 "done when".
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from membership.app import create_core
from membership.domain.direct_debits.collections import ItemState
from membership.domain.policy import Actor, Job
from membership.jobs.billing import issue_run
from membership.persistence.db import db, read_as, write
from membership.persistence.queries.bank_lines import balances_of
from membership.persistence.queries.direct_debits import collections
from membership.persistence.queries.invoicing import list_invoices
from membership.persistence.queries.users import find_actor
from membership.services import billing
from membership.services.demo.bank import owed_of
from membership.services.demo.statements import Debited, Move, iban_of, running_costs
from membership.settings import Settings
from tests.e2e.bank_files import mt940, savings_bank_csv
from tests.e2e.conftest import Server, run, start, stop
from tests.e2e.places import PEOPLE

pytestmark = pytest.mark.e2e

IBAN = "DE89370400440532013000"
MOST_DECISIONS = 0.1
NOVEMBER, BILLED, JANUARY = date(2026, 11, 25), date(2027, 1, 11), date(2027, 1, 29)
DUE, FEBRUARY = date(2027, 2, 1), date(2027, 2, 26)
RETURN_FEE = 300


@pytest.fixture
def state(plain, tmp_path) -> Path:
    """An own copy of the demonstration."""
    return Path(shutil.copytree(plain, tmp_path / "demo"))


class Office:
    """The treasurer at the browser on a day; counts the clicks that decide about entries."""

    def __init__(self, watched, server, mail=PEOPLE["treasurer"]) -> None:
        self.seen = watched(server, mail=mail)
        self.page = self.seen.page
        self.decisions = 0

    def said(self) -> str:
        """Return the words of the page."""
        return self.page.locator("main").inner_text().replace("\xa0", " ")

    def send(self, button: str) -> None:
        self.page.click(button)
        self.page.wait_for_load_state()

    def take_in(self, name: str, content: bytes) -> None:
        """Take a file in; what is sure is posted by itself."""
        self.seen.go("/treasurer/bank/import")
        self.page.set_input_files(
            "input[type=file]", {"name": name, "mimeType": "text/plain", "buffer": content}
        )
        self.send("main form button.button-primary")
        assert "/import" not in self.page.url, self.said()

    def decide_all(self) -> None:
        """Decide about what is left: all exact suggestions at once, then the first suggestion of each."""
        self.seen.go("/treasurer/bank/entries")
        many = self.page.locator("main a[href$='/bank/exact']")
        if many.count():
            many.first.click()
            self.send("main form button.button-primary")
            self.decisions += 1
        while self.page.locator("article.match").count():
            first = self.page.locator("article.match").first
            main = first.locator("button.button-primary")
            if main.count():
                main.click()
            else:
                first.locator("a[data-key=n]").click()
                self.page.select_option("main select[name=category]", index=1)
                self.page.click("#not-dues button[type=submit]")
            self.page.wait_for_load_state()
            self.decisions += 1
            assert self.decisions < 40, self.said()

    def agrees(self) -> bool:
        """Return whether the page says that statement and books agree."""
        self.seen.go("/treasurer/bank/entries")
        return "Kontostand laut Auszug und Buchungen stimmen überein" in self.said()

    def is_done(self) -> bool:
        """Return whether no entry waits any more; a list without balances proves no more."""
        return "Alles ist zugeordnet" in self.said()


class Books:
    """The books of a state folder, read and billed without a browser."""

    def __init__(self, state: Path) -> None:
        self.app = create_core(Settings.load(state_dir=state))

    def __enter__(self):
        self.context = self.app.app_context()
        self.context.push()
        return self

    def __exit__(self, *_error) -> None:
        db.session.remove()
        db.engine.dispose()
        self.context.pop()

    def treasurer(self, day: date) -> Actor:
        at = datetime.combine(day, time(9, 30), UTC)
        setup = Actor(name="test", at=at, request_id="test", job=Job.CLI)
        return find_actor(read_as(setup), PEOPLE["treasurer"], at=at, request_id="test")

    def bill(self, year: int, day: date) -> None:
        """Issue the invoices of a year; the server makes their PDFs."""
        actor = self.treasurer(day)
        run_id = write(actor, billing.plan_run, year, issued_on=day, today=day)
        write(actor, billing.release_run, run_id, today=day)
        issue_run(actor, run_id, base_url="http://127.0.0.1", today=day, moment=lambda: actor.at)

    def owed(self, year: int, day: date):
        """Return the open invoices of a year that are in no collection."""
        session = read_as(self.treasurer(day))
        debited = {
            line.item.document
            for view in collections.list_collections(session)
            for line in collections.list_items(session, view.row.id)
        }
        views = [view for view in list_invoices(session, year=year) if view.open_cents]
        return [owed_of(view) for view in views if view.invoice.number not in debited]

    def closing(self, day: date) -> int:
        """Return the balance at the end of the last statement that tells one."""
        return balances_of(read_as(self.treasurer(day)), 1).closing_cents

    def collected(self, number: str, on: date) -> list[Move]:
        """Return the credits of a collection, and one debit that comes back."""
        session = read_as(self.treasurer(on))
        view = collections.get_collection(session, number)
        items = collections.list_standing(session, view.row.id, state=ItemState.OPEN)
        lines = {line.item.id: line for line in collections.list_items(session, view.row.id)}
        credited = [
            Move(
                on, sum(item.cents for item in items if item.block == block), "", "", f"Sammler {block}",
                debited=Debited(payment_id=block),
            )
            for block in sorted({item.block for item in items})
        ]  # fmt: skip
        back = items[3]
        told = Debited(end_to_end_id=back.end_to_end_id, mandate=lines[back.id].mandate, reason="MS03")
        returned = Move(
            on + timedelta(days=7),
            -back.cents - RETURN_FEE,
            lines[back.id].member_name,
            "",
            back.document,
            debited=told,
        )
        return [*credited, returned]


def paid(owed, since: date, days: int) -> list[Move]:
    """Return how these invoices are paid: most with number or reference, a few as it comes."""
    ways = {9: "Mitgliedsbeitrag 2027", 21: "Beitrag", 33: "{typed}", 40: "Jahresbeitrag"}
    plain = ("{rf}", "{n}", "Rechnung {n} Mitgliedsbeitrag", "{blank}", "RF {rf}", "{n} / Beitrag 2027")
    moves = []
    for place, item in enumerate(owed):
        text = ways.get(place, plain[place % len(plain)]).format(
            n=item.number, rf=item.reference, blank=item.number.replace("-", " "), typed=item.number.replace("-0", "-O")
        )  # fmt: skip
        cents = {15: item.cents // 2, 27: item.cents + 5_000}.get(place, item.cents)
        moves.append(Move(since + timedelta(days=place % days), cents, item.name, iban_of(item.payer), text))
    return sorted(moves, key=lambda move: (move.on, move.name))


@contextmanager
def served(state: Path, day: date) -> Iterator[Server]:
    """Serve a state folder as of a day."""
    server = start(state, ["demo"], MEMBERSHIP_TODAY=day.isoformat())
    try:
        yield server
    finally:
        stop(server)


def reconcile(office: Office, name: str, content: bytes, *, lines: int) -> None:
    """Take a file in, decide about what is not sure, and hold the decisions against the lines."""
    office.decisions = 0
    office.take_in(name, content)
    office.decide_all()
    assert 0 < office.decisions < lines * MOST_DECISIONS, (name, office.decisions, lines)
    assert office.agrees() is not name.endswith(".csv"), office.said()
    assert office.is_done(), office.said()


def collect(office: Office, board: Office, due_on: date) -> str:
    """Make a collection, let the board approve it, fetch its file and hand it in; return its number."""
    office.seen.go(f"/treasurer/bank/direct-debits/new?day={due_on}")
    office.send("main form button.button-primary")
    board.seen.go("/treasurer/approvals")
    board.send("main a[href*='/approvals/'] >> nth=0")
    board.send("main form button.button-primary")
    office.seen.go("/treasurer/bank/direct-debits")
    office.send("main table a.row-link >> nth=0")
    with office.page.expect_download() as waiting:
        office.page.click("main form[action$='/file'] button")
    assert b"pain.008.001.08" in Path(waiting.value.path()).read_bytes()
    office.send("main form[action$='/submitted'] button")
    assert "Bei der Bank eingereicht" in office.said()
    return office.page.locator("h1").inner_text().split()[-1]


def test_three_months_and_a_collection_are_reconciled_with_few_decisions(state, watched):
    november = (state / "kontoauszug.xml").read_bytes()
    with served(state, NOVEMBER) as server:
        reconcile(Office(watched, server), "kontoauszug.xml", november, lines=november.count(b"<Ntry>"))
    with Books(state) as books:
        books.bill(2027, BILLED)
    with served(state, JANUARY) as server:
        office = Office(watched, server)
        number = collect(office, Office(watched, server, mail=PEOPLE["board"]), DUE)
        with Books(state) as books:
            owed = books.owed(2027, JANUARY)
            opening = books.closing(JANUARY)
        half = len(owed) // 2
        moves = [*paid(owed[:half], BILLED + timedelta(days=2), 15), *running_costs(JANUARY)]
        reconcile(office, "umsaetze.csv", savings_bank_csv(moves, iban=IBAN), lines=len(moves))
    opening += sum(move.cents for move in moves)
    with Books(state) as books:
        moves = [*books.collected(number, DUE), *paid(owed[half:], DUE, 20), *running_costs(FEBRUARY)]
    moves.sort(key=lambda move: move.on)
    with served(state, FEBRUARY) as server:
        office = Office(watched, server)
        file = mt940(moves, iban=IBAN, number=2, opening_cents=opening)
        reconcile(office, "umsaetze.sta", file, lines=len(moves))
        the_collection_is_settled_and_partly_returned(office, number)
    verdict = json.loads(run(state, "verify", "--full", "--json", today=FEBRUARY.isoformat()))
    assert verdict["findings"] == []


def the_collection_is_settled_and_partly_returned(office: Office, number: str) -> None:
    """The page of the collection says what came and what came back, and the returned invoice is open again."""
    office.seen.go("/treasurer/bank/direct-debits")
    office.send(f"main table a.row-link:has-text('{number}')")
    assert "Gutgeschrieben" in office.said()
    returned = office.page.locator("main table tbody tr", has_text="Zurückgegeben")
    assert returned.count() == 1, office.said()
    document = returned.locator("a, th").first.inner_text().split()[0]
    office.seen.go(f"/treasurer/invoices/{document}")
    assert office.page.locator("main .badge").first.inner_text().strip() != "Bezahlt"
