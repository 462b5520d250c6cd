"""The member list as a signed-in person gets it, in terms of its own SQL by the bare driver and the same template.

A database with 10,000 members, each with category, size and contact; a request shows 50 rows under a filter with the
sums over all of them. Ours and plain are those of `invoice_list`.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from contextvars import Context
from pathlib import Path
from typing import Any, Final

from bench.invoice_list import _AT, _COOKIE, _signed_in, recorded
from bench.measure import Result, compare_steps
from bench.run import open_app, prepare

NAME = "member_list"
GOAL = 2.0
MEMBERS = 10_000
REQUESTS = 20
ADDRESS: Final = "/treasurer/members?q=hansa&method=transfer&sort=-size"
TEMPLATE: Final = "treasurer/members/index.html"


def fill(state: Path, members: int) -> None:
    """Add the members and a person to sign in."""
    from membership.persistence.db import write
    from membership.persistence.models.users import User, UserRole

    prepare(state, members)

    def add(session: Any) -> None:  # noqa: ANN401 - imported where it is used
        user = User(uid="bench", email="bench@verein.example", name="Birgit Wessels", created_at=_AT)
        session.add(user)
        session.flush()
        session.add(UserRole(user_id=user.id, role="treasurer"))

    from bench.run import _actor

    write(_actor(), add)


def _ask(browser: Any, address: str) -> Any:  # noqa: ANN401 - as above
    answer = Context().run(browser.get, address)
    assert answer.status_code == 200, answer.status
    return answer


def ours(state: Path, requests: int, *, address: str = ADDRESS) -> float:
    """Ask for the page so many times; return the CPU seconds."""
    browser = _signed_in(open_app(state, make="create_app"))
    _ask(browser, address)
    begun = time.process_time()
    for _ in range(requests):
        _ask(browser, address)
    return time.process_time() - begun


def plain(state: Path, requests: int, *, address: str = ADDRESS, page: str = TEMPLATE) -> float:
    """Run the statements of one request by the bare driver and render the template; return the CPU seconds."""
    from flask import render_template, template_rendered

    from membership.persistence.db import db

    app = open_app(state, make="create_app")
    browser = _signed_in(app)
    _ask(browser, address)
    shown: list[dict[str, Any]] = []

    def keep(_app: Any, template: Any, context: dict[str, Any], **_more: Any) -> None:  # noqa: ANN401 - as above
        if template.name == page:
            shown.append(context)

    with template_rendered.connected_to(keep, app), recorded(db.engine) as statements:
        _ask(browser, address)
    assert any("user_sessions" in text for text, _values in statements), "the sign-in is part of the request"
    driver = sqlite3.connect(db.engine.url.database or "")
    driver.create_function("icontains", 2, lambda text, part: part in text)
    cookie = browser.get_cookie(_COOKIE).value
    with app.test_request_context(address, headers={"Cookie": f"{_COOKIE}={cookie}"}):
        app.preprocess_request()
        begun = time.process_time()
        for _ in range(requests):
            for text, values in statements:
                driver.execute(text, values).fetchall()
            render_template(page, **shown[-1]).encode()
        return time.process_time() - begun


def measure() -> Result:
    """Return the ratio of seven pairs."""
    note = f"{MEMBERS} members, {REQUESTS} requests a side"
    with tempfile.TemporaryDirectory() as folder:
        return compare_steps("bench.member_list", Path(folder), filled=MEMBERS, requests=REQUESTS, note=note)


def main(arguments: list[str]) -> None:
    """Run one step on a state folder: fill it, or print the CPU seconds of so many requests."""
    step, place, count = arguments[0], Path(arguments[1]), int(arguments[2])
    if step == "fill":
        fill(place, count)
    else:
        print({"ours": ours, "plain": plain}[step](place, count))


if __name__ == "__main__":
    main(sys.argv[1:])
