"""Resolutions: who decided what on which day, and which of the things that name one rest on it.

A resolution is known by its organ, its day and, where one is given, its item of the agenda: schedules, levies and
decisions name it so, and no reference beside that could go stale.
Source: `domain.md` MEM-20, DUE-32; `ux.md` 6.13.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from membership.domain.dues.document import Node
from membership.domain.dues.errors import DocumentWrong
from membership.domain.errors import N_

BOARD: Final = "board"
ASSEMBLY: Final = "MV"
ORGAN_WORDS: Final = {ASSEMBLY: N_("members' assembly"), BOARD: N_("board")}
_NAMES: Final = {
    "mv": ASSEMBLY,
    "mitgliederversammlung": ASSEMBLY,
    "members' assembly": ASSEMBLY,
    "board": BOARD,
    "vorstand": BOARD,
    "vorstandsbeschluss": BOARD,
}
_DAY: Final = re.compile(r"(?<!\d)(?:(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})-(\d{2})-(\d{2}))(?!\d)", re.ASCII)


class ResolutionWrong(DocumentWrong):
    """A resolution as a file is not in the form it needs."""

    code = "resolution_wrong"


@dataclass(frozen=True, order=True, slots=True)
class Key:
    """What a resolution is known by; without an item it may be any of the day."""

    on: date
    organ: str
    item: str = ""

    def covers(self, other: Key) -> bool:
        """Return whether something that names `other` rests on this resolution."""
        is_same_meeting = (self.on, organ_of(self.organ)) == (other.on, organ_of(other.organ))
        return is_same_meeting and (not other.item or self.item == other.item)


@dataclass(frozen=True, slots=True)
class Resolution:
    """A resolution to be recorded; `file` is the place of its file beside the document."""

    key: Key
    text: str
    file: str = ""


def organ_of(text: str) -> str:
    """Return one word for an organ, however it was typed."""
    typed = " ".join(text.split())
    return _NAMES.get(typed.casefold(), typed)


def key_in(text: str) -> Key | None:
    """Return the resolution that a typed line names, such as “Vorstand 12.05.2027”; None when it names no day."""
    found = _DAY.search(text)
    if found is None:
        return None
    day, month, year, *iso = found.groups()
    parts = (year, month, day) if day else iso
    try:
        on = date(*(int(part) for part in parts))
    except ValueError:
        return None
    words = re.findall(r"[^\W\d_]+", text.casefold())
    organ = next((_NAMES[word] for word in words if word in _NAMES), "")
    return Key(on, organ) if organ else None


def read_resolution(document: Any) -> Resolution:  # noqa: ANN401 - parsed JSON
    """Return the resolution of a document; raise `ResolutionWrong` with the place and what is wrong there."""
    fields = Node(document, "", ResolutionWrong).fields(("organ", "date", "item", "text", "file"))
    return Resolution(
        Key(
            fields.need("date").day(),
            organ_of(fields.need("organ").text()),
            fields.either("item", Node.text, ""),
        ),
        fields.need("text").text(),
        fields.either("file", Node.text, ""),
    )
