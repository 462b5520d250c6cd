"""Where a line of a page may break, and what is marked in it: a number stays whole, a mail address breaks at its signs.

Source: `ux.md` 4 "Tables" (nothing scrolls sideways, no number is torn apart).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from markupsafe import Markup, escape

_NUMBER: Final = re.compile(r"(?<![\w-])[\w/]{0,12}-[\w/-]{0,12}\d[.,:;)]*(?![\w-])")
_JOINT: Final = re.compile(r"([@.])(?=.)")


def unbroken(text: str) -> Markup:
    """Return a sentence whose document numbers (`RE2026-0001`) stay on one line; longer words break as they did."""
    return Markup(_NUMBER.sub(r'<span class="no-wrap">\g<0></span>', str(escape(text))))  # noqa: S704 - is escaped


def mail(address: str) -> Markup:
    """Return a mail address that breaks behind its @ and its dots before it breaks anywhere else."""
    return Markup(_JOINT.sub(r"\1<wbr>", str(escape(address))))  # noqa: S704 - is escaped


def marked(text: str, found: Iterable[str]) -> Markup:
    """Return a text with the words marked that were recognised in it, whatever their case."""
    words = sorted({word for word in found if word.strip()}, key=len, reverse=True)
    if not words:
        return escape(text)
    places = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    done, last = Markup(), 0
    for hit in places.finditer(text):
        done += escape(text[last : hit.start()]) + Markup("<mark>%s</mark>") % hit[0]
        last = hit.end()
    return done + escape(text[last:])
