"""A real server and Debian's Chromium; every page is watched for console errors and policy violations.

The demonstration is made, filled up and walked through once; each worker serves a copy of its own.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.places import PEOPLE, Map, Place, walk
from tests.e2e.world import enrich

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {1280: {"width": 1280, "height": 900}, 390: {"width": 390, "height": 844}}
PASSWORD = "Hafen Wiese Laterne"
TODAY = "2026-11-25"
NOBODY = (
    "/sign-in",
    "/forgot",
    "/imprint",
    "/privacy",
    "/about",
    "/help",
    "/link/no-such-link",
    "/invoice/no-such-link",
    "/declaration/no-such-link",
    "/application/no-such-link",
    "/application/sent/K7QW-3MXA",
)
"""Pages for who is not signed in; the links that people get are added."""


@dataclass
class Server:
    """A running server: its address, what it printed, its state folder."""

    address: str
    state: Path
    process: subprocess.Popen
    printed: list[str] = field(default_factory=list)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests without the filled-up demonstration first: one worker runs them while the other makes it."""
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents and "made" in item.fixturenames)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(state: Path, command: list[str], **environment: str) -> Server:
    port = free_port()
    log = state.with_name(f"{state.name}-{port}.log")
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "membership", *command, "--port", str(port)],
            cwd=ROOT, stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, "MEMBERSHIP_STATE_DIR": str(state), "PYTHONPATH": str(ROOT), **environment},
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            urlopen(f"{address}/healthz", timeout=2).close()  # noqa: S310 - our own server
            break
        except OSError:
            time.sleep(0.2)
    else:
        message = log.read_text()
        raise AssertionError(message)
    return Server(address, state, process, log.read_text().splitlines())


def run(state: Path, *arguments: str, today: str = TODAY) -> str:
    """Run a command on a state folder as of a day and return what it printed."""
    environment = {"MEMBERSHIP_STATE_DIR": str(state), "PYTHONPATH": str(ROOT), "MEMBERSHIP_TODAY": today}
    done = subprocess.run(
        [sys.executable, "-m", "membership", *arguments],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def stop(server: Server) -> None:
    server.process.terminate()
    server.process.wait(timeout=20)


@pytest.fixture(scope="session")
def routes(tmp_path_factory) -> Map:
    """The table of routes, of an application that serves nobody."""
    return Map(tmp_path_factory.mktemp("routes"))


@pytest.fixture(scope="session")
def plain(tmp_path_factory) -> Path:
    """The state of the demonstration as `make demo` makes it, once for all workers; nobody serves it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with (shared / "plain.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "plain").exists():
            run(shared / "plain", "demo", "--no-serve")
    return shared / "plain"


@pytest.fixture(scope="session")
def made(plain, browser, routes) -> Path:
    """The state of the demonstration with something on every page, and `places.json` beside it."""
    shared = plain.parent
    with (shared / "e2e.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "places.json").exists():
            shutil.copytree(plain, shared / "made")
            server = start(shared / "made", ["demo"], MEMBERSHIP_TODAY=TODAY)
            try:
                places = explore(server, browser, routes)
            finally:
                stop(server)
            (shared / "places.json").write_text(json.dumps(places))
    return shared / "made"


def explore(server: Server, browser: Browser, routes: Map) -> dict[str, dict[str, list]]:
    """Fill the demonstration up and walk through it as each person."""
    found, links = {}, []
    for person, mail in PEOPLE.items():
        context = browser.new_context(locale="de-DE")
        watched = Watched(context, server.address)
        watched.sign_in(mail)
        if person == "treasurer":
            links = enrich(watched.page, server.address)
        begin = [urlsplit(watched.page.url).path, *(links if person == "treasurer" else ())]
        pages, files = walk(
            context.request, server.address, routes, ["/portal/"] if person == "portal" else begin
        )
        found[person] = {"pages": pages, "files": sorted(files)}
        context.close()
    found["nobody"] = {
        "pages": [Place(routes.endpoint_of(path), path) for path in (*NOBODY, *links[-3:])],
        "files": [],
    }
    return found


@pytest.fixture(scope="session")
def places(made) -> dict[str, list[Place]]:
    """Person -> the pages that the person reaches."""
    found = json.loads((made.parent / "places.json").read_text())
    return {person: [Place(*each) for each in walked["pages"]] for person, walked in found.items()}


@pytest.fixture(scope="session")
def files(made) -> set[str]:
    """The routes that give files."""
    found = json.loads((made.parent / "places.json").read_text())
    return {endpoint for walked in found.values() for endpoint in walked["files"]}


@pytest.fixture(scope="session")
def demo(tmp_path_factory, made) -> Iterator[Server]:
    """This worker's own copy of the demonstration, with something on every page."""
    state = Path(shutil.copytree(made, tmp_path_factory.mktemp("e2e") / "demo"))
    server = start(state, ["demo"], MEMBERSHIP_TODAY=TODAY)
    yield server
    stop(server)


@pytest.fixture
def fresh(tmp_path) -> Iterator[Server]:
    """A server on empty books, as on the first day."""
    server = start(tmp_path / "fresh", ["serve"])
    yield server
    stop(server)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield started
        started.close()


class Watched:
    """A browser page that remembers what the console and the policy complained about."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.address = address
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def _heard(self, message) -> None:
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.complaints.append(f"{message.type}: {message.text}")

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def sign_in(self, mail: str, password: str = PASSWORD) -> None:
        self.go("/sign-in")
        self.page.fill("input[name=email]", mail)
        self.page.fill("input[name=password]", password)
        self.page.click("main button[type=submit]")
        self.page.wait_for_load_state()


@pytest.fixture
def watched(browser) -> Iterator:
    """Open watched pages at a width, signed in or not; at the end nothing may have complained."""
    contexts: list[BrowserContext] = []
    pages: list[Watched] = []

    def opened(server: Server, *, width: int = 1280, mail: str | None = None, **options) -> Watched:
        context = browser.new_context(viewport=SIZES[width], locale="de-DE", **options)
        contexts.append(context)
        page = Watched(context, server.address)
        pages.append(page)
        if mail:
            page.sign_in(mail)
        return page

    yield opened
    complaints = [complaint for page in pages for complaint in page.complaints]
    for context in contexts:
        context.close()
    assert complaints == []


def code_of(server: Server) -> str:
    """Return the one-time code that the server printed."""
    log = server.state.with_name(f"{server.state.name}-{server.address.rsplit(':', 1)[1]}.log").read_text()
    return re.search(r": (\S+)\s*$", [line for line in log.splitlines() if line.strip()][-1])[1]
