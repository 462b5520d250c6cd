"""Journey A in the browser: from empty books and a list of one's own to all invoices sent, with the clicks counted.

The set-up goes through its pages as well. Source: `ux.md` 6.1, 10 journey A (at most 21 clicks that decide), 16 no. 1.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import date

import openpyxl
import pyotp
import pypdfium2
import pytest
import zxingcpp

from tests.e2e.conftest import PASSWORD, code_of
from tests.mail_server import Handler
from tests.mail_server import Server as MailServer

pytestmark = pytest.mark.e2e

YEAR = date.today().year  # noqa: DTZ011 - the server of this test lives today
MAIL = "birgit@verein.example"
MEMBERS, ON_PAPER, TESTS = 142, 5, 2
MOST_CLICKS = 21
HEADS = ["Mitgliedsnr.", "Firmenname", "Straße", "PLZ", "Ort", "Mail", "MA", "Mitgliedsart", "Eintritt"]
WRONG = {42: ("info(at)werk042.example", None), 77: ("werk077", None), 99: (None, "viele")}
RIGHT = {"info(at)werk042.example": "info@werk042.example", "werk077": "info@werk077.example", "viele": "140"}
WITHOUT_SIZE = (50, 121)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def list_of_members() -> bytes:
    """Return a list as an office keeps it: three cells are wrong, two sizes and five addresses are missing."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADS)
    for n in range(1, MEMBERS + 1):
        mail = "" if n % 24 == 0 else f"rechnung@werk{n:03d}.example"
        size = None if n in WITHOUT_SIZE else [4, 18, 60, 130, 300, 700][n % 6] + n % 7
        wrong_mail, wrong_size = WRONG.get(n, (None, None))
        sheet.append(
            [
                f"M{n:04d}", f"Werk {n:03d} GmbH", f"Industriestraße {n}", "28195", "Bremen",
                wrong_mail or mail, wrong_size or size, "ordentlich", 2015,
            ]
        )  # fmt: skip
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@dataclass
class Hand:
    """The hand of the treasurer: it follows what the pages offer, and its clicks are counted."""

    page: object
    clicks: list[str] = field(default_factory=list)

    def press(self, words: str) -> None:
        """Press the button or link with these words, on the page itself or in the notice above it."""
        offered = self.page.locator("main").locator("a, button, summary").filter(has_text=words)
        offered.filter(visible=True).first.click()
        self.page.wait_for_load_state()
        self.clicks.append(words)

    def look_at(self, number: int) -> None:
        """Look at the draft of a row as PDF."""
        row = self.page.locator("main table a.row-link").nth(number)
        answer = self.page.request.get(f"{self.page.url.split('/treasurer')[0]}{row.get_attribute('href')}")
        assert answer.body()[:5] == b"%PDF-"
        self.clicks.append("PDF")

    def type(self, **texts: str) -> None:
        """Type into fields; that decides nothing."""
        for name, text in texts.items():
            self.page.fill(f"main [name={name}]", text)


def test_from_a_spreadsheet_to_all_invoices_sent_and_the_first_one_paid(fresh, watched):
    handler = Handler()
    seen = watched(fresh)
    with MailServer(handler) as server:
        set_up(seen, code_of(fresh))
        fill_settings(Hand(seen.page), server.port)
        assert handler.recipients == [MAIL]
        hand = Hand(seen.page)
        seen.go("/treasurer/overview")
        assert "Einrichtung: 4 von 8 erledigt" in seen.page.locator("main").inner_text()
        take_in_members(hand)
        put_schedule_into_force(hand)
        send_invoices(hand)
        assert len(hand.clicks) <= MOST_CLICKS, hand.clicks
        wait_for_mails(seen.page, handler, MEMBERS - ON_PAPER + TESTS)
    assert handler.recipients.count(MAIL) == TESTS
    assert len(set(handler.recipients)) == MEMBERS - ON_PAPER + 1
    pay_first(fresh, seen.page)
    seen.go("/treasurer/overview")
    assert f"{ON_PAPER} Rechnungen gehen per Post" in seen.page.locator("main").inner_text()


def set_up(seen, code: str) -> None:
    page = seen.page
    seen.go("/")
    for name, value in {"code": code, "name": "Birgit Wessels", "email": MAIL, "password": PASSWORD}.items():
        page.fill(f"input[name={name}]", value)
    page.click("main button[type=submit]")
    page.wait_for_load_state()
    secret = re.search(r"[A-Z2-7]{32}", page.locator("main").inner_text().replace(" ", ""))[0]
    page.fill("input[name=present]", PASSWORD)
    page.fill("input[name=code]", pyotp.TOTP(secret).now())
    page.click("main form button[type=submit] >> nth=-1")
    page.wait_for_load_state()
    page.click("text=Ich habe die Codes aufbewahrt")
    page.wait_for_load_state()


def fill_settings(hand: Hand, port: int) -> None:
    """Go from task to task by what each page offers next."""
    hand.page.goto(f"{hand.page.url.split('/', 3)[0]}//{hand.page.url.split('/')[2]}/treasurer/overview")
    hand.press("Weiter: Verein")
    hand.type(
        name="Musterverein",
        street="Am Werk 5",
        postcode="26380",
        city="Musterhafen",
        register_number="VR 4711",
    )
    hand.press("Verein speichern")
    hand.press("Weiter: Bankkonto")
    hand.type(iban="DE89 3704 0044 0532 0130 00")
    hand.page.get_by_text("Commerzbank").wait_for()
    hand.press("Bankkonto speichern")
    hand.press("Weiter: Rechnungen")
    hand.type(contact_name="Birgit Wessels", signatory_name="Birgit Wessels")
    hand.press("Rechnungen und Nummern speichern")
    hand.press("Weiter: E-Mail")
    hand.type(host="127.0.0.1", port=str(port), sender="kasse@verein.example")
    hand.page.check("main input[value=none]")
    hand.press("E-Mail-Server speichern")
    hand.press("Testmail an mich")
    assert "hat die Testmail" in hand.page.locator("main").inner_text()


def take_in_members(hand: Hand) -> None:
    hand.press("Weiter: Mitglieder")
    hand.page.set_input_files(
        "input[type=file]", {"name": "liste.xlsx", "mimeType": XLSX, "buffer": list_of_members()}
    )
    hand.clicks.append("choose file")
    hand.press("Weiter zu den Spalten")
    hand.press("Liste prüfen")
    cells = hand.page.locator("main .repair input:not([type=hidden])")
    for number in range(cells.count()):
        cells.nth(number).fill(RIGHT[cells.nth(number).input_value()])
    hand.press("Berichtigen und neu prüfen")
    hand.press(f"{MEMBERS} neue Mitglieder übernehmen")


def put_schedule_into_force(hand: Hand) -> None:
    hand.press("Zu den Beitragsordnungen")
    card = hand.page.locator("main section").filter(
        has=hand.page.get_by_role("heading", name="Staffel nach Beschäftigten")
    )
    card.get_by_role("link").click()
    hand.clicks.append("Staffel nach Beschäftigten")
    hand.page.wait_for_load_state()
    hand.type(resolved_on=f"{YEAR - 1}-05-12")
    hand.press("Als Entwurf speichern")
    hand.press("In Kraft setzen")
    hand.press("in Kraft setzen")


def send_invoices(hand: Hand) -> None:
    hand.press("Ersten Beitragslauf starten")
    hand.press("Vorschau berechnen")
    hand.look_at(0)
    hand.look_at(1)
    hand.press("Weiter zu den Ausnahmen")
    for _member in WITHOUT_SIZE:
        form = hand.page.locator("main form").filter(has_text="Größe eintragen").first
        form.locator("input:not([type=hidden])").first.fill("35")
        hand.press("Größe eintragen")
    hand.press("Weiter zum Bestätigen")
    hand.press("Testmail an mich")
    hand.press(f"{MEMBERS} Rechnungen erstellen und senden")


def wait_for_mails(page, handler: Handler, wanted: int) -> None:
    for _ in range(240):
        if len(handler.mails) >= wanted:
            return
        page.wait_for_timeout(500)
    raise AssertionError((len(handler.mails), page.locator("main").inner_text()))


def pay_first(server, page) -> None:
    """Read the code of the first invoice back, record its payment and take the open items out."""
    number = f"RE{YEAR}-0001"
    page.goto(f"{server.address}/treasurer/invoices/{number}")
    pdf = page.request.get(f"{server.address}/treasurer/invoices/{number}/pdf").body()
    code = zxingcpp.read_barcode(pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil())
    assert code.text.split("\n")[:2] == ["BCD", "002"]
    assert "EUR600.00" in code.text
    page.click("text=Zahlung erfassen")
    page.click("main form button[type=submit] >> nth=-1")
    page.wait_for_url("**/treasurer/**")
    page.goto(f"{server.address}/treasurer/invoices/{number}")
    assert page.locator("main .badge").first.inner_text().strip() == "Bezahlt"
    figures = page.request.get(f"{server.address}/treasurer/reports/open-items.xlsx")
    assert figures.ok
    assert figures.body()[:2] == b"PK"
