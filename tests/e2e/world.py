"""What the demonstration lacks, so that every page has something on it: entered on the pages themselves."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

LIST = (
    "Unsere Betriebe;;;;;\nIdent;Betriebsstätte mit einem langen Namen;Postgebiet;Siedlung;Teamgröße;Gattung\n"
    "XB1;Moorwind Antriebstechnik GmbH;28195;Bremen;12;A-Mitglied\nXB2;Sandbank AG;27568;Bremerhaven;viele;Förderer\n"
    "XB3;Deichkrone KG;26122;Oldenburg;ca. 5;Förderer\n"
)
COLUMNS = ("number", "name", "postcode", "city", "headcount", "category")


STATEMENT = """:20:STARTUMSE
:25:37040044/0532013000
:28C:9/1
:60F:C261101EUR100,00
:61:2611021102C12,00NTRFNONREF
:86:166?00GUTSCHRIFT?20Spende?32Jemand
:62F:C261102EUR500,00
-
"""
"""A bank statement whose balances differ from its entry."""


def enter(page: Any, address: str, path: str, button: str | None = None, **values: str) -> str:
    """Open a form, fill its fields and send it; return the path where it leads."""
    page.goto(f"{address}{path}")
    for name, value in values.items():
        field = page.locator(f"main [name={name}]")
        kind = field.first.evaluate("field => field.type")
        if kind in {"radio", "checkbox"}:
            page.check(f"main [name={name}][value='{value}']")
        elif kind == "select-one":
            field.select_option(value)
        else:
            field.fill(value)
    page.click(button or "main form button.button-primary")
    page.wait_for_load_state()
    summary = page.locator("[data-error-summary]")
    assert not summary.count(), f"{path}: {summary.inner_text()}"
    return urlsplit(page.url).path


def enrich(page: Any, address: str) -> list[str]:
    """Enter what is missing as the treasurer; return addresses that no link leads to."""
    upload(page, address)
    for place, column in enumerate(COLUMNS):
        page.select_option(f"[name=column_{place}]", column)
    page.click("text=Liste prüfen")
    page.click("main .button-primary")
    page.wait_for_url("**/imports/*")
    imported = urlsplit(page.url).path
    upload(page, address)
    kept = urlsplit(page.url).path.removesuffix("/columns")
    record = "/treasurer/members/M0007"
    enter(page, address, f"{record}/agreed/new", amount="500,00", reason="Vorstand, 3. Mai")
    enter(
        page, address, f"{record}/decisions/new",
        kind="percent", value="10", organ="Vorstand", decided_on="03.05.2026", reason="Härtefall",
    )  # fmt: skip
    enter(page, address, f"{record}/insolvency", court="Amtsgericht Musterstadt", administrator="RA Behrens")
    enter(page, address, f"{record}/contacts/7/edit", "text=Nicht mehr Ansprechpartner")
    enter(
        page, address, "/treasurer/members/new",
        name="Antragsteller Nord GmbH", city="Bremen", state="applied", category="ORD", order_wish="before_invoice",
    )  # fmt: skip
    enter(page, address, "/treasurer/billing/start", year="2027")
    enter(page, address, "/treasurer/schedules/2/copy", resolved_on="2026-05-12")
    enter(page, address, "/treasurer/dispatch/invoice/RE2026-0007", by_post="1")
    enter(page, address, "/treasurer/dispatch/invoice/RE2026-0008", "text=Link erstellen")
    invoice_link = secret_of(page, "invoice")
    enter(
        page, address, "/treasurer/users/invite",
        name="Neu Hier", email="neu@verein.example", roles="office",
    )  # fmt: skip
    invitation = secret_of(page, "invitation")
    enter(page, address, "/treasurer/users/2", "text=Link für neues Passwort")
    reset = secret_of(page, "reset")
    enter(page, address, "/treasurer/declarations/2027/members/M0009", "text=Link zum Weitergeben zeigen")
    declaration_link = secret_of(page, "declaration")
    page.goto(f"{address}/treasurer/applications")
    page.click("main .table a")
    page.wait_for_load_state()
    application = urlsplit(page.url).path
    enter(page, address, application, "text=Link zum Weitergeben zeigen")
    application_link = secret_of(page, "application")
    doubtful = statement(page, address)
    opening = owed(page, address)
    columns = strange(page, address)
    mandates = "/treasurer/bank/direct-debits/mandates"
    enter(page, address, f"{mandates}/new", member="M0007", iban="DE02120300000000202051")
    single = "/treasurer/invoices/single/M0007"
    draft = enter(page, address, single, kind="items", year="2026")
    enter(page, address, draft, title="Messe", text_0="Standmiete", amount_0="100", kind_0="service_fee")
    return [
        imported,
        doubtful,
        opening,
        columns,
        "/treasurer/bank/exact",
        "/treasurer/members/M0001/documents/1",
        "/treasurer/invoices/RE2026-0007/adjust",
        single,
        draft,
        f"{draft}/check",
        *(f"/treasurer/invoices/chosen?action={action}&selected=RE2026-0007" for action in ("send", "defer")),
        "/treasurer/invoices/chosen.zip?selected=RE2026-0007",
        *(f"{kept}/{step}" for step in ("file", "columns", "check")),
        "/treasurer/declarations/2027/silence",
        *(f"/treasurer/declarations/2027/members/M0001/{step}" for step in ("record", "estimate")),
        application_link,
        declaration_link,
        invoice_link,
        invitation,
        reset,
    ]


def secret_of(page: Any, kind: str) -> str:
    """Return the path of the link that the page shows once."""
    found = re.search(rf"/{kind}/[0-9a-zA-Z_-]{{20,}}", page.locator("main").inner_text())
    assert found, page.locator("main").inner_text()
    return found[0]


def statement(page: Any, address: str) -> str:
    """Send a statement that does not add up and return the path of the page that asks why."""
    page.goto(f"{address}/treasurer/bank/import")
    file = {"name": "auszug.csv", "mimeType": "text/csv", "buffer": STATEMENT.encode()}
    page.set_input_files("input[type=file]", file)
    page.click("main form button.button-primary")
    page.wait_for_url("**/bank/import/*")
    return urlsplit(page.url).path


def owed(page: Any, address: str) -> str:
    """Send a list of open amounts with a wrong row and return the path of the page that shows what it would do."""
    page.goto(f"{address}/treasurer/opening-items")
    rows = "Mitglied;Nummer;Datum;Betrag\nM0007;ALT-7;31.12.2023;120,00\nM9999;ALT-8;31.12.2023;5,00\n"
    file = {"name": "offen.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    page.set_input_files("input[type=file]", file)
    page.click("main form button.button-primary")
    page.wait_for_url("**/opening-items/check/*")
    return urlsplit(page.url).path


def strange(page: Any, address: str) -> str:
    """Send a list of a bank whose columns nobody knows and return the path of the page that asks for them."""
    page.goto(f"{address}/treasurer/bank/import")
    rows = "Wann;Wer;Wozu;Wieviel\n02.02.2027;Hansa GmbH;RE2027-0001;12,00\n"
    file = {"name": "umsatz.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    page.set_input_files("input[type=file]", file)
    page.click("main form button.button-primary")
    page.wait_for_url("**/bank/import/*/columns")
    return urlsplit(page.url).path


def upload(page: Any, address: str) -> None:
    """Upload a list whose columns are not recognised."""
    page.goto(f"{address}/treasurer/members/import")
    file = {"name": "betriebe.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    page.set_input_files("input[type=file]", file)
    page.click("main form .button-primary")
    page.wait_for_load_state()
