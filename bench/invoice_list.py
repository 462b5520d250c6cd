"""The invoice list as a signed-in person gets it, in terms of its own SQL by the bare driver and the same template.

A database with 100,000 invoices of one dues year; each request shows 50 rows under a filter, counts the tabs and adds
up all rows of the filter. Ours: the whole request, from the cookie to the bytes. Plain: the statements of one such
request are recorded, run by `sqlite3` and rendered by the same template. Both sides start the same application in a
fresh process; the CPU time is that of the requests alone, after the first one, so that the start does not hide them.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench.measure import Result, compare_steps
from bench.run import open_app, prepare

NAME = "invoice_list"
GOAL = 2.0
INVOICES = 100_000
MEMBERS = 1_000
REQUESTS = 20
YEAR = 2027
ADDRESS = f"/treasurer/invoices?year={YEAR}&tab=open&method=transfer&min=300,00"
_COOKIE: Final = "beitragsbuch"
_AT: Final = datetime(2027, 1, 11, 9, tzinfo=UTC)
_CLASSES: Final = ("Bis 10", "11–50", "51–250", "Über 250")
_FILLER: Final = {"text": "x" * 1000}
"""Stands for the frozen content of an invoice, which the list must not read."""


def fill(state: Path, invoices: int) -> None:
    """Add invoices, their open items and one entry that makes every third of them owed; add a person to sign in."""
    from sqlalchemy import insert

    from membership.persistence.db import write
    from membership.persistence.models.invoicing import Invoice
    from membership.persistence.models.ledger import Entry, EntryLine, OpenItem
    from membership.persistence.models.users import User, UserRole

    prepare(state, MEMBERS)
    numbers = range(1, invoices + 1)
    owed = [n for n in numbers if n % 3 == 0]

    def add(session: Any) -> None:  # noqa: ANN401 - imported where it is used
        session.execute(insert(Invoice), [_invoice(n) for n in numbers])
        session.execute(insert(OpenItem), [_open_item(n) for n in numbers])
        lines = [_line(place, n, "receivables", 1) for place, n in enumerate(owed)]
        lines += [_line(len(owed) + place, n, "dues_income", -1) for place, n in enumerate(owed)]
        session.execute(insert(EntryLine), lines)
        entry = {"kind": "invoice", "posted_on": date(YEAR, 1, 11), "text": "bench", "at": _AT}
        by = {"actor_key": "job:cli", "actor_name": "bench", "request_id": "bench", "reason": "bench"}
        session.execute(insert(Entry), [{"id": 1, **entry, **by}])
        user = User(uid="bench", email="bench@verein.example", name="Birgit Wessels", created_at=_AT)
        session.add(user)
        session.flush()
        session.add(UserRole(user_id=user.id, role="treasurer"))

    from bench.run import _actor

    write(_actor(), add)


def _amount(n: int) -> int:
    return (30000, 60000, 120000, 240000)[n % 4]


def _invoice(n: int) -> dict[str, Any]:
    return {
        "id": n, "number": f"RE{YEAR}-{n:06d}", "series": "RE", "year": YEAR, "running": n, "kind": "invoice",
        "member_id": n % MEMBERS + 1, "dues_year": YEAR, "fee": f"bench-{n}", "tax_part": "all",
        "period_from": date(YEAR, 1, 1), "period_to": date(YEAR, 12, 31), "generation": 1, "category": "ORD",
        "dues_class": _CLASSES[n % 4], "issued_on": date(YEAR, 1, 11), "due_on": _due(n), "net_cents": _amount(n),
        "tax_cents": 0, "gross_cents": _amount(n), "reference": f"RF{n}", "is_estimated": False,
        "payment_method": "direct_debit" if n % 5 == 0 else "transfer", "schedule_code": "BENCH-2027",
        "content": _FILLER, "assessment": _FILLER, "issued_at": _AT,
    }  # fmt: skip


def _due(n: int) -> date:
    return date(YEAR, 1, 31) + timedelta(days=n % 60)


def _open_item(n: int) -> dict[str, Any]:
    return {
        "id": n, "member_id": n % MEMBERS + 1, "invoice_id": n, "reference": f"RE{YEAR}-{n:06d}",
        "dues_year": YEAR, "dated_on": date(YEAR, 1, 11), "due_on": _due(n), "original_cents": _amount(n),
        "open_cents": 0,
    }  # fmt: skip


def _line(place: int, n: int, account: str, sign: int) -> dict[str, Any]:
    return {
        "entry_id": 1, "position": place, "account": account, "amount_cents": sign * _amount(n),
        "member_id": n % MEMBERS + 1, "open_item_id": n if sign > 0 else None,
    }  # fmt: skip


def _signed_in(app: Any) -> Any:  # noqa: ANN401 - imported where it is used
    """Return a browser of the person, with a session row made by the service."""
    from membership import clock
    from membership.domain.policy import Actor, Job
    from membership.persistence.db import write
    from membership.services import sessions, sign_in

    session_id = sessions.new_id()
    actor = Actor(name="sign-in", at=clock.now(), request_id="bench", job=Job.SIGN_IN)
    write(actor, sign_in.sign_in, 1, id_hash=sessions.hash_of(session_id), has_second_factor=True)
    browser = app.test_client()
    browser.set_cookie(_COOKIE, session_id, domain="localhost")
    return browser


def _ask(browser: Any) -> Any:  # noqa: ANN401 - imported where it is used
    """Return the answer to one request with a context of its own; else all would share what the first one read."""
    answer = Context().run(browser.get, ADDRESS)
    assert answer.status_code == 200, answer.status
    return answer


def ours(state: Path, requests: int) -> float:
    """Ask for the page so many times; return the CPU seconds."""
    browser = _signed_in(open_app(state, make="create_app"))
    _ask(browser)
    begun = time.process_time()
    for _ in range(requests):
        _ask(browser)
    return time.process_time() - begun


@contextmanager
def recorded(engine: Any) -> Iterator[list[tuple[str, Any]]]:  # noqa: ANN401 - as above
    """Keep every statement that reads, with its parameters, as the driver got them."""
    from sqlalchemy import event

    found: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, text: str, values: Any, _context: Any, _many: Any) -> None:  # noqa: ANN401 - the form of the event
        if text.lstrip().upper().startswith("SELECT"):
            found.append((text, values))

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def plain(state: Path, requests: int) -> float:
    """Run the statements of one request by the bare driver and render the template; return the CPU seconds."""
    from flask import render_template, template_rendered

    from membership.persistence.db import db
    from membership.persistence.queries.invoice_list import COLUMNS, row_of

    app = open_app(state, make="create_app")
    browser = _signed_in(app)
    _ask(browser)
    shown: list[dict[str, Any]] = []

    def keep(_app: Any, template: Any, context: dict[str, Any], **_more: Any) -> None:  # noqa: ANN401 - as above
        if template.name == "treasurer/invoices/index.html":
            shown.append(context)

    with template_rendered.connected_to(keep, app), recorded(db.engine) as statements:
        _ask(browser)
    assert any("user_sessions" in text for text, _values in statements), "the sign-in is part of the request"
    context = shown[-1]
    driver = sqlite3.connect(db.engine.url.database or "")
    state_type = type(context["rows"][0][1])
    cookie = browser.get_cookie(_COOKIE).value
    with app.test_request_context(ADDRESS, headers={"Cookie": f"{_COOKIE}={cookie}"}):
        app.preprocess_request()
        begun = time.process_time()
        for _ in range(requests):
            results = [driver.execute(text, values).fetchall() for text, values in statements]
            rows = next(rows for rows in reversed(results) if rows and len(rows[0]) == len(COLUMNS))
            states = [each for _row, each in context["rows"]]
            built = [(row_of(_dated(row)), state_type(each)) for row, each in zip(rows, states, strict=True)]
            render_template("treasurer/invoices/index.html", **{**context, "rows": built}).encode()
        return time.process_time() - begun


_DAYS = frozenset({1, 9, 13})
"""Where days stand in a row of the list."""


def _dated(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(date.fromisoformat(value) if place in _DAYS else value for place, value in enumerate(row))


def measure() -> Result:
    """Return the ratio of seven pairs."""
    note = f"{INVOICES} invoices, {REQUESTS} requests a side"
    with tempfile.TemporaryDirectory() as folder:
        return compare_steps(
            "bench.invoice_list", Path(folder), filled=INVOICES, requests=REQUESTS, note=note
        )


def main(arguments: list[str]) -> None:
    """Run one step on a state folder: fill it, or print the CPU seconds of so many requests (ours) or parts (plain)."""
    step, place, count = arguments[0], Path(arguments[1]), int(arguments[2])
    if step == "fill":
        fill(place, count)
    else:
        print({"ours": ours, "plain": plain}[step](place, count))


if __name__ == "__main__":
    main(sys.argv[1:])
