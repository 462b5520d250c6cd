"""A new user's whole path in the browser: from empty books and a list of one's own to a paid invoice and figures.

Source: `ux.md` 10, journey A; the steps of the README.
"""

from __future__ import annotations

import io
import re
from datetime import date

import openpyxl
import pyotp
import pypdfium2
import pytest
import zxingcpp

from tests.e2e.conftest import PASSWORD, code_of

pytestmark = pytest.mark.e2e

YEAR = date.today().year  # noqa: DTZ011 - the server of this test lives today
MAIL = "birgit@verein.example"


def list_of_members() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(
        ["Mitgliedsnr.", "Firma", "Straße", "PLZ", "Ort", "MA", "E-Mail", "Kategorie", "Mitglied seit"]
    )
    sheet.append(
        [
            "M0001",
            "Hansa Blechformteile GmbH",
            "Werftstraße 12",
            "28195",
            "Bremen",
            37,
            "a@hansa.example",
            "ORD",
            2014,
        ]
    )
    sheet.append(
        [
            "M0002",
            "Deichkamp Logistik AG",
            "Am Deich 3",
            "26122",
            "Oldenburg",
            "1.250",
            "b@deich.example",
            "ORD",
            2015,
        ]
    )
    sheet.append(
        [
            "M0003",
            "Falschzahl GmbH",
            "Weg 1",
            "26122",
            "Oldenburg",
            "1.234,5x",
            "c@falsch.example",
            "ORD",
            2016,
        ]
    )
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def test_from_a_spreadsheet_to_a_paid_invoice(fresh, watched, tmp_path):
    seen = watched(fresh)
    page = seen.page
    set_up(seen, code_of(fresh))
    fill_settings(seen)
    take_in_members(seen)
    put_schedule_into_force(seen)
    make_invoices(seen)

    page.goto(f"{fresh.address}/treasurer/invoices?year={YEAR}")
    number = f"RE{YEAR}-0001"
    page.click(f"text={number}")
    pdf = page.request.get(f"{fresh.address}/treasurer/invoices/{number}/pdf").body()
    code = zxingcpp.read_barcode(pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil())
    assert code.text.split("\n")[:2] == ["BCD", "002"]
    assert "EUR600.00" in code.text

    page.click("text=Zahlung erfassen")
    page.click("main form button[type=submit] >> nth=-1")
    page.wait_for_url("**/treasurer/**")
    page.goto(f"{fresh.address}/treasurer/invoices/{number}")
    assert page.locator("main .badge").first.inner_text().strip() == "Bezahlt"

    page.goto(f"{fresh.address}/treasurer/reports")
    figures = page.request.get(f"{fresh.address}/treasurer/reports/open-items.xlsx")
    assert figures.ok
    assert figures.body()[:2] == b"PK"


def set_up(seen, code: str) -> None:
    page = seen.page
    seen.go("/setup")
    for name, value in {"code": code, "name": "Birgit Wessels", "email": MAIL, "password": PASSWORD}.items():
        page.fill(f"input[name={name}]", value)
    page.click("main button[type=submit]")
    page.wait_for_load_state()
    if "/sign-in" in page.url:
        seen.sign_in(MAIL)
    seen.go("/profile/second-factor")
    secret = re.search(r"[A-Z2-7]{32}", page.locator("main").inner_text().replace(" ", ""))[0]
    page.fill("input[name=present]", PASSWORD)
    page.fill("input[name=code]", pyotp.TOTP(secret).now())
    page.click("main form button[type=submit] >> nth=-1")
    page.wait_for_load_state()


def fill_settings(seen) -> None:
    page = seen.page
    seen.go("/treasurer/settings/association")
    for name, value in {
        "name": "Musterverein e. V.",
        "street": "Am Werk 5",
        "postcode": "26380",
        "city": "Musterhafen",
        "register_number": "VR 4711",
    }.items():
        page.fill(f"main [name={name}]", value)
    page.click("main form button[type=submit] >> nth=-1")
    seen.go("/treasurer/settings/bank")
    page.fill("main [name=holder]", "Musterverein e.V.")
    page.fill("main [name=iban]", "DE89 3704 0044 0532 0130 00")
    page.click("main form button[type=submit] >> nth=-1")
    page.wait_for_load_state()


def take_in_members(seen) -> None:
    page = seen.page
    seen.go("/treasurer/members")
    page.click("main a:has-text('Mitglieder importieren')")
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.set_input_files(
        "input[type=file]", {"name": "liste.xlsx", "mimeType": xlsx, "buffer": list_of_members()}
    )
    page.click("text=Weiter zu den Spalten")
    page.click("main form >> text=Liste prüfen")
    page.wait_for_load_state()
    assert "Zeile 4" in page.locator("main").inner_text()
    page.fill("main .repair input", "1.234")
    page.click("text=Berichtigen und neu prüfen")
    page.click("text=3 neue Mitglieder übernehmen")
    page.wait_for_load_state()


def put_schedule_into_force(seen) -> None:
    page = seen.page
    seen.go("/treasurer/schedules/examples/heads")
    page.fill("main [name=year]", str(YEAR))
    page.fill("main [name=resolved_on]", f"{YEAR - 1}-05-12")
    page.click("main form button[type=submit] >> nth=-1")
    page.wait_for_load_state()
    seen.go("/treasurer/schedules/1/activate")
    page.click("main form button.button-primary")
    page.wait_for_load_state()


def make_invoices(seen) -> None:
    page = seen.page
    seen.go("/treasurer/billing/start")
    page.fill("main [name=year]", str(YEAR))
    page.click("main form button[type=submit] >> nth=-1")
    page.wait_for_load_state()
    seen.go("/treasurer/billing/1/check")
    page.click("main button.button-primary")
    for _ in range(60):
        if page.request.get(f"{seen.address}/treasurer/invoices/RE{YEAR}-0001/pdf").ok:
            return
        page.wait_for_timeout(500)
    raise AssertionError(page.locator("main").inner_text())
