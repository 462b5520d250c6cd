"""Where to look: every page, found by following links from where a person begins, compared with the table of routes.

A page that nobody reaches by a link needs its address in `EXAMPLES`; else the test that asks for all pages names it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from werkzeug.exceptions import HTTPException

from membership.app import create_app
from membership.settings import Settings

PEOPLE = {
    "treasurer": "schatzmeisterei@fahrzeugcluster.example",
    "office": "geschaeftsstelle@fahrzeugcluster.example",
    "board": "vorstand@fahrzeugcluster.example",
    "auditor": "kassenpruefung@fahrzeugcluster.example",
    "admin": "verwaltung@fahrzeugcluster.example",
    "portal": "mitglied@fahrzeugcluster.example",
}
NO_PAGES = {
    "account.stay", "invoice_link.pdf", "declaration_link.pdf", "portal.declarations.pdf", "portal.declarations.index",
    "treasurer.declarations.index",
    "public.health", "public.home", "public.logo", "static_files.brand",
    "static_files.show", "treasurer.invoices.page_picture", "treasurer.settings.preview_association", "treasurer.settings.preview_bank",
    "treasurer.settings.preview_look", "treasurer.settings.preview_numbers",
}  # fmt: skip
"""What answers GET and is never a page: files, answers for the script, a way on."""
_VIEWS = frozenset({"tab", "view", "step"})
"""Parameters that show another part of a record; each of their values is a page of its own."""
_VISITS = 2
"""How many addresses of one kind are opened from each kind of page: records differ in what they offer."""


class Place(NamedTuple):
    """A page: its route and the address by which it is opened."""

    endpoint: str
    path: str


class Map:
    """The table of routes."""

    def __init__(self, state: Path) -> None:
        self.app = create_app(Settings.load(state_dir=state))
        self._matching = self.app.url_map.bind("")

    def endpoint_of(self, path: str) -> str | None:
        """Return the route that shows an address, None where there is none that answers GET."""
        try:
            endpoint, _values = self._matching.match(urlsplit(path).path, method="GET")
        except HTTPException:
            return None
        return str(endpoint)

    def pages(self, *areas: str) -> set[str]:
        """Return the routes that answer GET and begin so, without what is never a page."""
        return {
            rule.endpoint
            for rule in self.app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and rule.endpoint.startswith(areas)
        } - NO_PAGES


class Walk(NamedTuple):
    """What a walk has found: pages, and routes that gave a file instead of a page."""

    pages: list[Place]
    files: set[str]


def walk(request: Any, address: str, routes: Map, starts: Iterable[str]) -> Walk:
    """Follow the links from where a person begins; return one page of each route and of each part of a record."""
    waiting: list[tuple[str, object]] = [(path, None) for path in starts]
    seen = {path for path, _origin in waiting}
    visits: dict[object, int] = {}
    pages: dict[object, Place] = {}
    files: set[str] = set()
    while waiting:
        path, origin = waiting.pop(0)
        endpoint = routes.endpoint_of(path)
        kind = (endpoint, frozenset(pair for pair in parse_qsl(urlsplit(path).query) if pair[0] in _VIEWS))
        visits[kind, origin] = visits.get((kind, origin), 0) + 1
        is_file = endpoint in files and not any(place.endpoint == endpoint for place in pages.values())
        if endpoint is None or endpoint in NO_PAGES or is_file or visits[kind, origin] > _VISITS:
            continue
        answer = request.get(f"{address}{path}", max_redirects=5)
        assert answer.status < 500, f"{path}: {answer.status}"
        if "text/html" not in answer.headers.get("content-type", ""):
            files.add(endpoint)
            continue
        if answer.ok and urlsplit(answer.url).path == urlsplit(path).path:
            pages.setdefault(kind, Place(endpoint, path))
        fresh = [link for link in _links(answer.text(), path) if link not in seen]
        seen.update(fresh)
        waiting += [(link, kind) for link in fresh]
    return Walk(sorted(pages.values()), files)


def _links(text: str, path: str) -> Iterator[str]:
    for found in re.findall(r'href="([^"#]+)', text):
        link = html.unescape(found)
        if link.startswith("?"):
            yield urlsplit(path).path + link
        elif link.startswith("/") and not link.startswith("//"):
            yield link
