"""The help: `docs/manual.md`, one chapter a heading of the second level, then `docs/fee-schedules.md` as the last one.

The texts are Markdown with tables; markup in them is shown as it stands, and links lead within the product only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

from membership import paths

_LINKED: Final = re.compile(r'<a href="(/[^"]*)">(.*?)</a>')
_LOWER: Final = {"h2": "h3", "h3": "h4"}
"""Headings of a text that is one chapter as a whole: a chapter's own heading is the second level already."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: the name in its address, its heading, its text as HTML, the language it is written in."""

    name: str
    title: str
    text: Markup
    language: str = "de"


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return the chapters in their order; the text before the first is left out."""
    _before, *parts = re.split(r"^## +(.+)$", _read("manual.md"), flags=re.MULTILINE)
    manual = [
        Chapter(name_of(title), title.split("{#")[0].strip(), as_html(body))
        for title, body in zip(parts[::2], parts[1::2], strict=True)
    ]
    head, _end, text = _read("fee-schedules.md").partition("\n")
    form = Chapter("fee-schedules", head.removeprefix("#").strip(), as_html(text, lower=True), "en")
    return (*manual, form)


def _read(name: str) -> str:
    return (paths.data_dir("docs") / name).read_text(encoding="utf-8")


def name_of(title: str) -> str:
    """Return the name of a chapter: what stands in `{#name}`, else the heading in small letters."""
    given = re.search(r"\{#([\w-]+)\}", title)
    if given:
        return given[1]
    return re.sub(r"[^\w]+", "-", title.casefold()).strip("-")


class _Reader(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        """Return whether a link leads within the product."""
        return url.startswith(("/", "#")) and not url.startswith("//")


def as_html(text: str, *, lower: bool = False) -> Markup:
    """Return a text as HTML, its headings one level lower on demand."""
    reader = _Reader("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    for token in tokens if lower else ():
        token.tag = _LOWER.get(token.tag, token.tag)
    html: str = reader.renderer.render(tokens, reader.options, {})
    return Markup(html)  # noqa: S704 - the reader escapes markup of the text


def with_links(text: Markup, *, may_open: Callable[[str], bool]) -> Markup:
    """Return a chapter with links only to pages that the reader may open; of the others the words stay."""

    def link(found: re.Match[str]) -> str:
        return found[0] if may_open(unescape(found[1])) else found[2]

    return Markup(_LINKED.sub(link, str(text)))  # noqa: S704 - links of our own text are left or taken away
