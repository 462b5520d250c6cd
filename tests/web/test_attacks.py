"""Steps skipped, foreign files, odd amounts and names, too much at once: what an attacker tries and is answered."""

from __future__ import annotations

import ast
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from membership import clock
from membership.app import create_app
from membership.domain.ledger import EntryKind
from membership.domain.payments import Method
from membership.domain.policy import Role
from membership.persistence.db import db, write
from membership.persistence.models.billing import BillingRun
from membership.persistence.models.invoicing import Invoice, StoredDocument
from membership.persistence.models.ledger import Entry
from membership.persistence.models.payments import Payment
from membership.services import billing, exports
from membership.settings import Debugging
from membership.web.downloads import download
from tests.conftest import settings_for
from tests.factories import bill_year, make_association, make_member
from tests.web.sweep_world import OWN, World, routes
from tests.web.treasurer.member_lists import LIST, START, upload

PACKAGES = [Path(__file__).resolve().parents[2] / name for name in ("membership", "invoices")]
JANUARY = date(2027, 1, 11)


@pytest.fixture
def run(web, treasurer):
    """A run that is planned and not yet released."""
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    return write(treasurer, billing.plan_run, 2027, issued_on=JANUARY, today=JANUARY)


@pytest.mark.parametrize("step", ["", "/columns", "/check", "/rejected.xlsx"])
def test_sec_13_a_file_belongs_to_who_brought_it(web, step):
    mine, other = web.signed_in(Role.TREASURER), web.signed_in(Role.OFFICE)
    kept = upload(mine, LIST, name="unsere-liste.csv")
    nowhere = f"{START}/{'x' * 32}"
    method = "POST" if step == "" else "GET"
    answers = []
    for address in (f"{kept}{step}", f"{nowhere}{step}"):
        found = other.open(
            address, method=method, data={"csrf_token": other.token()} if method == "POST" else None
        )
        answers.append((found.status_code, found.location, found.get_data()))
    assert answers[0] == answers[1]
    assert answers[0][:2] == (303, START)
    assert mine.get(f"{kept}/columns").status_code == 200


def test_sec_13_a_file_ends_after_a_day(web):
    browser = web.signed_in(Role.TREASURER)
    kept = upload(browser, LIST)
    start = clock.now()
    session_id = browser.get_cookie("beitragsbuch").value
    assert session_id
    with time_machine.travel(start + timedelta(hours=23, minutes=59), tick=False):
        assert again(web, browser).get(f"{kept}/columns").status_code == 200
    with time_machine.travel(start + timedelta(hours=24, minutes=1), tick=False):
        assert again(web, browser).get(f"{kept}/columns").location == START


def again(web, _browser):
    """Return a fresh browser of the only person, because the pause has ended the first session."""
    return web.browser_of(next(iter(web.people)))


@pytest.mark.parametrize("step", ["pause", "resume"])
def test_sec_14_a_run_that_nobody_released_cannot_be_paused_or_gone_on_with(web, run, step):
    state = web.rows(select(BillingRun.state))
    answer = web.signed_in(Role.TREASURER).send(f"/treasurer/billing/{run}/{step}")
    assert answer.status_code == 409
    assert web.rows(select(BillingRun.state)) == state
    assert web.rows(select(Invoice.id)) == []


def test_sec_14_a_run_is_not_released_with_figures_that_nobody_saw(web, run):
    browser = web.signed_in(Role.TREASURER)
    assert browser.send(f"/treasurer/billing/{run}/release").status_code == 400
    assert browser.send(f"/treasurer/billing/{run}/release", documents="1", cents="1").status_code == 409
    assert web.rows(select(BillingRun.released_at)) == [(None,)]


@pytest.mark.parametrize("step", ["refresh", "dates", "confirm", "discard"])
def test_sec_14_a_released_run_takes_no_step_of_a_draft(web, treasurer, step):
    make_association(treasurer)
    member = make_member(treasurer, number="M0001")
    run = bill_year(treasurer)
    before = web.rows(select(BillingRun.state, BillingRun.issued_on))
    fields = {"member": str(member), "issued_on": "2027-01-20", "due_on": "2027-03-01"}
    assert web.signed_in(Role.TREASURER).send(f"/treasurer/billing/{run}/{step}", **fields).status_code in {
        303,
        409,
    }
    assert web.rows(select(BillingRun.state, BillingRun.issued_on)) == before


AMOUNTS = [
    "1e3", "NaN", "Infinity", "-inf", "-0", "1_000", "\uff11\uff12\uff13", "1.000,005", "1" + "0" * 20, "0x10", "1,2,3", "--1", "1 000 000 €€",
    "\u0661\u0662", "½", "=1+1", "1e999999999", " ", "+", "1/3",
]  # fmt: skip


@pytest.mark.parametrize("typed", AMOUNTS)
def test_sec_48_what_is_not_clearly_an_amount_is_refused(web, treasurer, typed):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    fields = {"amount": typed, "received_on": "2027-01-11", "method": Method.TRANSFER}
    answer = web.signed_in(Role.TREASURER).send("/treasurer/payments/new/M0001", **fields)
    assert answer.status_code == 422
    assert "Schreiben Sie" in answer.text or "zu groß" in answer.text or "Betrag" in answer.text
    assert web.rows(select(Payment.id)) == []


def test_sec_48_a_number_in_an_address_is_as_strict(web, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    browser = web.signed_in(Role.TREASURER)
    for value in ("1e999999999", "NaN", "1_0", "9" * 400, "1/0", "-1"):
        address = f"/treasurer/members/M0001/sizes/restore?basis=headcount&as_of=2026-06-30&origin=declared&value={value}"
        assert browser.send(address).status_code == 400, value


def test_sec_48_only_the_parsers_make_numbers_of_texts():
    """`Decimal()`, `float()` and `Fraction()` take `1e999999999`; whoever reads what people send uses a parser."""
    calls = (
        (path.name, node.func)
        for path in (PACKAGES[0] / "web").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )
    found = [(name, call.lineno) for name, call in calls if call.id in {"Decimal", "float"}]
    assert found == []


@pytest.mark.parametrize("value", ["1", "true", "yes"])
def test_sec_52_the_pages_are_not_served_in_debug_mode(sqlite_database, monkeypatch, value):
    monkeypatch.setenv("FLASK_DEBUG", value)
    with pytest.raises(Debugging):
        create_app(settings_for(*sqlite_database))
    monkeypatch.setenv("FLASK_DEBUG", "0")
    assert not create_app(settings_for(*sqlite_database)).debug


@pytest.mark.parametrize(
    "address",
    ["/.git/config", "/.git/HEAD", "/docs", "/docs/manual.md", "/static/", "/static/../app.py", "/console", "/.env", "/config/default.toml",
     "/?__debugger__=yes&cmd=resource&f=style.css", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/keys/field_key"],
)  # fmt: skip
def test_sec_52_nothing_of_the_inside_is_served(web, address):
    answer = web.browser().get(address)
    assert answer.status_code in {302, 404}
    for inside in (b"[core]", b"ref:", b"create_app", b"DEBUGGER", b"[operator]"):
        assert inside not in answer.data


def test_sec_52_trace_is_not_answered(web):
    for address in ("/", "/sign-in", "/treasurer/members", "/portal/"):
        answer = web.browser().open(address, method="TRACE", headers={"Cookie": "beitragsbuch=geheim"})
        assert answer.status_code == 405
        assert "geheim" not in answer.text


NAMES = [
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "con",
    "a" * 300 + ".csv",
    "liste\u202evsc.exe",
    "a\r\nSet-Cookie: x=1.csv",
    "<b>x</b>.csv",
    'x".csv',
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_sec_58_the_name_of_an_upload_is_only_shown(web, sqlite_database, name):
    browser = web.signed_in(Role.TREASURER)
    sent = browser.send(START, files={"file": (io.BytesIO(LIST.encode()), name)})
    assert sent.status_code in {303, 422}
    folder = sqlite_database[1] / "uploads"
    if sent.status_code == 303:
        assert re.fullmatch(rf"{START}/[\w-]{{32}}/columns", sent.location)
        stored = [path.name for path in folder.iterdir()]
        assert all(re.fullmatch(r"[\w-]{32}\.(file|decisions)", each) for each in stored), stored
        page = browser.get(sent.location)
        assert page.status_code == 200
        assert "<b>x</b>" not in page.text
        assert "Set-Cookie: x" not in str(page.headers)
    assert not (folder.parent.parent / "passwd").exists()


@pytest.mark.parametrize(
    "name",
    ["Beiträge 2027.csv", "a\u202eb.csv", "a\r\nX-Evil: 1.csv", "n" * 5000, 'x"; filename="y.exe', "語.csv"],
)
def test_sec_58_the_name_of_a_download_cannot_leave_its_head(sqlite_app, name):
    with sqlite_app.test_request_context():
        head = download(exports.File(name, "text/csv", b"x")).headers["Content-Disposition"]
    assert head.startswith("attachment; filename")
    assert head.isascii()
    assert not re.search(r"[\r\n]", head)
    assert head.count('"') in {0, 2}
    assert len(head) < 1000


@pytest.mark.parametrize(
    "address",
    [
        "/treasurer/members/export.csv",
        "/treasurer/members/export.xlsx",
        "/treasurer/invoices/export.csv",
        "/treasurer/reports/open-items.csv",
    ],
)
def test_sec_59_a_file_is_saved_and_can_do_nothing_when_it_is_opened(web, treasurer, address):
    make_association(treasurer)
    make_member(treasurer, number="M0001", name="<script>alert(1)</script> GmbH")
    heads = web.signed_in(Role.TREASURER).get(address).headers
    assert heads["Content-Disposition"].startswith("attachment")
    assert heads["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in heads["Content-Security-Policy"]
    assert "text/html" not in heads["Content-Type"]


def test_sec_59_no_page_hands_out_an_upload_with_its_own_type(web):
    """The logo is drawn anew as PNG; lists are read and never given back as they came."""
    admin = web.signed_in(Role.ADMIN)
    picture = io.BytesIO()
    from PIL import Image

    Image.new("RGB", (8, 8)).save(picture, "JPEG", comment=b"<script>alert(1)</script>")
    files = {"logo": (io.BytesIO(picture.getvalue()), "logo.html")}
    assert admin.send("/treasurer/settings/look", brand_colour="#0B5A6F", files=files).status_code == 303
    answer = web.browser().get("/logo")
    assert answer.mimetype == "image/png"
    assert b"<script>" not in answer.data


FETCHERS = {
    "urllib.request",
    "http.client",
    "requests",
    "httpx",
    "aiohttp",
    "ftplib",
    "telnetlib",
    "smtplib",
    "imaplib",
    "stripe",
    "socket",
}


def test_sec_67_only_gateways_speak_to_other_machines():
    found = []
    for path in (
        file for package in PACKAGES for file in package.rglob("*.py") if "gateways" not in file.parts
    ):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [each.name for each in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            found += [(path.name, name) for name in names if name in FETCHERS]
    assert found == []


@pytest.mark.parametrize(
    "logo", ["http://127.0.0.1/logo.png", "file:///etc/passwd", "https://intern.example/x.png"]
)
def test_sec_67_a_logo_given_as_an_address_is_no_picture(web, logo):
    admin = web.signed_in(Role.ADMIN)
    assert admin.send("/treasurer/settings/look", brand_colour="#0B5A6F", logo=logo).status_code in {303, 422}
    assert web.browser().get("/logo").status_code == 404


def money_of(web):
    """Return everything that an issued document is."""
    return (
        web.rows(select(*Invoice.__table__.columns).order_by(Invoice.id)),
        web.rows(select(StoredDocument.sha256, StoredDocument.content).order_by(StoredDocument.id)),
        web.rows(select(*Entry.__table__.columns).where(Entry.kind == EntryKind.INVOICE).order_by(Entry.id)),
    )


def test_sec_76_no_form_changes_or_backdates_an_issued_invoice(web):
    """Every form that a treasurer may send, with the fields of an invoice beside its own."""
    world = World.of(web)
    browser = web.signed_in(Role.TREASURER, Role.ADMIN)
    before = money_of(web)
    assert len(before[0]) == 2
    fields = {
        "number": "RE2026-0001", "issued_on": "2026-01-01", "due_on": "2026-01-01", "total_cents": "1", "gross_cents": "1",
        "amount": "1,00", "content": "{}", "member_id": "2", "state": "paid", "version": "1", "confirm": "1",
    }  # fmt: skip
    for route in routes(web.app):
        if route.method == "POST" and route.action not in {"public", "signed_in"}:
            browser.send(route.address(world.values(OWN)), **fields)
            db.session.rollback()
    for rows, later in zip(before, money_of(web), strict=True):
        assert later[: len(rows)] == rows


def test_sec_76_no_run_issues_before_the_last_invoice(web, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001")
    bill_year(treasurer, today=JANUARY)
    answer = web.signed_in(Role.TREASURER).send(
        "/treasurer/billing/start", year="2028", issued_on="2027-01-10"
    )
    assert answer.status_code == 422
