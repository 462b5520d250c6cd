"""Member lists and the steps of their import in the browser, for several tests."""

from __future__ import annotations

import io
import re

import openpyxl

from tests.web.treasurer.conftest import main_of, said_by

LIST = (
    "Mitgliedsnummer;Firma;PLZ;Ort;Beschäftigte;E-Mail;Kategorie\n"
    "M0001;Hansa Blech GmbH;28195;Bremen;37;a@hansa.example;ORD\n"
    ";Ohne Ort GmbH;;;5;;ORD\n"
)
ODD = (
    "Unsere Partnerbetriebe;;;;;\n"
    "Ident;Betriebsstätte;Gegend;Siedlung;Teamgröße;Gattung\n"
    "B1;Moorwind GmbH;28195;Bremen;12;A-Mitglied\n"
    "B2;Sandbank AG;27568;Bremerhaven;viele;A-Mitglied\n"
)
ODD_FIELDS = {
    "column_0": "number", "column_1": "name", "column_2": "postcode", "column_3": "city",
    "column_4": "headcount", "column_5": "category",
}  # fmt: skip
START = "/treasurer/members/import"


def upload(browser, content: str | bytes, name: str = "liste.csv") -> str:
    """Send a file and return the address of its kept list."""
    data = content.encode() if isinstance(content, str) else content
    sent = browser.send(START, files={"file": (io.BytesIO(data), name)})
    assert sent.status_code == 303, said_by(sent)
    assert sent.location.endswith("/columns")
    return sent.location.removesuffix("/columns")


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def columns_of(browser, kept: str, **changes: str) -> dict[str, str]:
    """Return the fields of the page of columns as they stand there, with changes."""
    page = main_of(browser.get(f"{kept}/columns"))
    found = {
        name: re.search(r'<option selected value="([^"]*)"', options)[1]
        for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    }
    return {**found, "known": "update", **changes}


def assign(browser, kept: str, **changes: str):
    return browser.send(f"{kept}/columns", **columns_of(browser, kept, **changes))


def check(browser, kept: str, tab: str = "") -> str:
    return said_by(browser.get(f"{kept}/check{'?tab=' + tab if tab else ''}"))


def take_over(browser, kept: str, **seen: int):
    return browser.send(kept, **{"new": "0", "changed": "0", **{name: str(n) for name, n in seen.items()}})
