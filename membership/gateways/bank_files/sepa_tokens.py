"""The SEPA words inside a remittance text: `EREF+ KREF+ MREF+ CRED+ … SVWZ+`, and the same as banks' lists write them.

Source: BNK-5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

_WORDS: Final = "EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|PURP|RREF|BREF|RCMT"
_TOKEN: Final = re.compile(rf"({_WORDS})\+")
_INNER: Final = re.compile(rf"(?<![A-Z])({_WORDS})\+|(?<![A-Za-z])(MTLG:)")
_REPEATED: Final = re.compile(
    r"(?<![A-Za-z])(?:"
    r"(?P<eref>EREF:|End-to-End-Ref\.?:|End-to-End-ID:|EndToEndId:|Ende-zu-Ende-Referenz:|Referenz:)"
    r"|(?P<mref>MREF:|Mandatsref(?:erenz)?\.?:|Mandat:)"
    r"|(?P<other>CRED:|Gl(?:ä|ae)ubiger-ID:|IBAN:|BIC:|ABWA:|ABWE:|SVWZ:|SEPA-BASISLASTSCHRIFT|SEPA-FIRMENLASTSCHRIFT))"
    r"\s*"
)
_ID_LENGTH: Final = 35


class Tokens(NamedTuple):
    """What the words say: the text before the first one, and word -> text."""

    before: str
    values: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.values)


def read_tokens(pieces: Sequence[str]) -> Tokens:
    """Return the words of a text that was cut into pieces (sub-fields): joined without additions.

    A word counts where a piece starts with it, or where no capital letter stands before it: banks run them together
    and cut them in the middle. Of a word that stands there twice the first counts, but both texts of `SVWZ+`.
    """
    text = "".join(pieces)
    starts = set()
    place = 0
    for piece in pieces:
        starts.add(place)
        place += len(piece)
    found = [
        (match.start(), match.end(), match[1] or "SVWZ")
        for match in _INNER.finditer(text)
        if match[1] or match.start() in starts
    ]
    found += [
        (match.start(), match.end(), match[1])
        for match in _TOKEN.finditer(text)
        if match.start() in starts and all(match.start() != each[0] for each in found)
    ]
    if not found:
        return Tokens(text.strip(), {})
    found.sort()
    values: dict[str, str] = {}
    ends = [each[0] for each in found[1:]] + [len(text)]
    for (_start, begin, word), end in zip(found, ends, strict=True):
        value = text[begin:end].strip()
        if word == "SVWZ" and word in values:
            values[word] += value
        else:
            values.setdefault(word, value)
    return Tokens(text[: found[0][0]].strip(), values)


def listed_ids(text: str) -> tuple[str | None, str | None]:
    """Return end-to-end id and mandate as lists name them inside a text (`EREF: … MREF: …`); the text stays whole."""
    found: dict[str, str] = {}
    matches = list(_REPEATED.finditer(text))
    for index, match in enumerate(matches):
        end = matches[index + 1].start() if index + 1 < len(matches) else len(text)
        value = text[match.end() : end].strip()
        if match.lastgroup in {"eref", "mref"} and 0 < len(value) <= _ID_LENGTH:
            found.setdefault(match.lastgroup or "", value)
    return found.get("eref"), found.get("mref")
