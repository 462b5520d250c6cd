"""What the readers of single cells share: plain text, empty words, a reading with its warning, a refusal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Generic, TypeVar

from membership.domain.member_lists.drafts import ProblemKind
from membership.domain.phrases import Phrase, phrase
from membership.domain.tables import Value

T_co = TypeVar("T_co", covariant=True)

MAX_LENGTH: Final = 200
_EMPTY: Final = frozenset(
    {
        "", "-", "--", "---", "–", "—", "/", "./.", "?", ".", "k.a", "ka", "n/a", "n.a", "nv", "n.v", "keine angabe",
        "unbekannt", "nicht bekannt", "entfällt", "none", "null", "keine", "kein", "unknown", "not known", "tbd",
        "(leer)", "leer", "folgt", "offen?",
    }
)  # fmt: skip
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_CELL_ERROR: Final = re.compile(
    r"#(?:REF|BEZUG|N/A|NV|VALUE|WERT|DIV/0|NAME|NUM|ZAHL|NULL|CALC|SPILL|ÜBERLAUF)[!?]?|#+", re.IGNORECASE
)


class Unreadable(Exception):
    """A cell that does not say what its column should; becomes a `RowProblem`."""

    def __init__(self, kind: ProblemKind, problem: Phrase, expected: Phrase | None = None) -> None:
        self.kind = kind
        self.problem = problem
        self.expected = expected
        super().__init__(problem.message)


@dataclass(frozen=True, slots=True)
class Reading(Generic[T_co]):
    """What a cell says, and a warning when it took some understanding."""

    value: T_co
    warning: Phrase | None = None


def cell_text(value: Value) -> str:
    """Return a cell as one line of text: a day as 31.12.2027, a number in plain digits, odd blanks as one blank."""
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value.day:02d}.{value.month:02d}.{value.year:04d}"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    return _BLANKS.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", value))).strip()


def is_blank(value: Value) -> bool:
    """Return whether a cell says nothing: empty, `-`, `k. A.`, `n/a`, `unbekannt`."""
    if value is None:
        return True
    if not isinstance(value, str):
        return False
    return cell_text(value).casefold().replace(". ", ".").rstrip(".") in _EMPTY or not cell_text(value)


def read_text(value: Value) -> Reading[str]:
    """Return the text of a cell; refuse what is too long and what is a spreadsheet's error."""
    text = cell_text(value)
    if _CELL_ERROR.fullmatch(text):
        raise Unreadable(ProblemKind.CODE, phrase("The cell holds an error of the spreadsheet program."))
    if len(text) > MAX_LENGTH:
        raise Unreadable(
            ProblemKind.CODE, phrase("The text is longer than %(limit)s characters.", limit=str(MAX_LENGTH))
        )
    return Reading(text)
