"""The manual as pages: `docs/manual.md`, one chapter a heading of the second level.

The text uses a small part of Markdown: headings, paragraphs, lists, **bold**, `code` and links within the product.
Everything else is shown as it stands; no markup of the text reaches the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Final

from markupsafe import Markup, escape

from membership import paths

_ITEM: Final = re.compile(r"(?:[-*]|(\d+)\.) +(.*)")
_LINK: Final = re.compile(r"\[([^\]]+)\]\(((?:/|#)[\w/#.?=-]*)\)")
_LINKED: Final = re.compile(r'<a href="(/[^"]*)">(.*?)</a>')


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: the name in its address, its heading, its text as HTML."""

    name: str
    title: str
    text: Markup


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return the chapters in their order; the text before the first is left out."""
    text = (paths.data_dir("docs") / "manual.md").read_text(encoding="utf-8")
    parts = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    return tuple(
        Chapter(name_of(title), title.split("{#")[0].strip(), as_html(body))
        for title, body in zip(parts[1::2], parts[2::2], strict=True)
    )


def name_of(title: str) -> str:
    """Return the name of a chapter: what stands in `{#name}`, else the heading in small letters."""
    given = re.search(r"\{#([\w-]+)\}", title)
    if given:
        return given[1]
    return re.sub(r"[^\w]+", "-", title.casefold()).strip("-")


def as_html(text: str) -> Markup:
    """Return a text in our part of Markdown as HTML."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return Markup("\n").join(_block(block) for block in blocks if block.strip())


def with_links(text: Markup, *, may_open: Callable[[str], bool]) -> Markup:
    """Return a chapter with links only to pages that the reader may open; of the others the words stay."""

    def link(found: re.Match[str]) -> str:
        return found[0] if may_open(unescape(found[1])) else found[2]

    return Markup(_LINKED.sub(link, str(text)))  # noqa: S704 - links of our own text are left or taken away


def _block(block: str) -> Markup:
    lines = block.splitlines()
    if match := re.fullmatch(r"(#{3,4}) +(.+)", lines[0]):
        level = len(match[1])
        head = Markup("<h{0}>{1}</h{0}>").format(level, _inline(match[2]))
        rest = "\n".join(lines[1:])
        return head + _block(rest) if rest.strip() else head
    if _ITEM.match(lines[0]):
        return _list(lines)
    return Markup("<p>{}</p>").format(_inline(" ".join(line.strip() for line in lines)))


def _list(lines: list[str]) -> Markup:
    items: list[str] = []
    for line in lines:
        if match := _ITEM.match(line):
            items.append(match[2])
        else:
            items[-1] += f" {line.strip()}"
    first = _ITEM.match(lines[0])
    kind = "ol" if first and first[1] else "ul"
    inside = Markup("").join(Markup("<li>{}</li>").format(_inline(item)) for item in items)
    return Markup("<{0}>{1}</{0}>").format(kind, inside)


def _inline(text: str) -> Markup:
    safe = str(escape(text))
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe)
    safe = _LINK.sub(r'<a href="\2">\1</a>', safe)
    return Markup(safe)  # noqa: S704 - escaped above; only our own tags were added
