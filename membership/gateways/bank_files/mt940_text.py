"""MT940 as text -> messages of fields: envelopes, page ends and line breaks of all kinds are taken off.

Source: BNK-5.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from membership.domain.phrases import phrase
from membership.gateways.bank_files.errors import LimitExceeded
from membership.gateways.bank_files.limits import Limits

_TAG: Final = re.compile(r":(\d{2}[A-Z]?|NS):")
_BROKEN_TAG: Final = re.compile(r"(\d{2}[A-Z]?|NS):")
_END: Final = re.compile(r"-(?:[}å].*)?\s*")
_SURE_END: Final = re.compile(r"-[}å].*")
_BLOCK: Final = re.compile(r"[{ä]\d:")
_ROW: Final = re.compile(r"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
_REACH: Final = 4
_LOOKED_AT: Final = 2 * _REACH
_MOST_LINES: Final = 1_000
_END_OF_TEXT: Final = "\x03"
_MARKS: Final = re.compile("[\x00-\x06\x0c\x1a\x7f\ufeff]")
_AT_SIGNS: Final = "@@"


class Field(NamedTuple):
    """One field: its tag, its lines as they stand, and where it begins (lines count from 1).

    `is_torn`: the file ends in it, without an end of the line.
    """

    tag: str
    lines: tuple[str, ...]
    line: int
    is_torn: bool = False

    @property
    def text(self) -> str:
        """Return the lines joined without additions."""
        return "".join(self.lines)


def fields_of(text: str, limits: Limits) -> Iterator[Field]:
    """Yield the fields of all messages; text that belongs to none (envelopes) is passed over.

    Raises `LimitExceeded` for a field that is longer than any bank writes one.
    """
    tag, begin, length = "", 0, 0
    lines: list[str] = []
    for number, (row, following) in enumerate(_with_following(_rows(text)), start=1):
        if _is_end(row, following, is_inside=bool(tag)):
            if tag:
                yield Field(tag, tuple(lines), begin)
            tag = ""
            continue
        content = _without_envelope(row) if not tag or _BLOCK.match(row) else row
        match = _TAG.match(content)
        if match:
            if tag:
                yield Field(tag, tuple(lines), begin)
            tag, lines, begin = match[1], [content[match.end() :]], number
            length = len(content)
        elif tag:
            lines.append(content)
            length += len(content)
        if tag and (length > limits.text_bytes or len(lines) > _MOST_LINES):
            raise LimitExceeded(limit=phrase("a text is too long"))
    if tag:
        yield Field(tag, tuple(lines), begin, is_torn=not text.endswith(("\n", "\r")))


def without_marks(text: str) -> str:
    """Return the text without the signs that mark its begin and end; the end of one message parts it from the next."""
    return _MARKS.sub("", text.replace(_END_OF_TEXT, "\n")) if _MARKS.search(text) else text


def _rows(text: str) -> Iterator[str]:
    """Yield the physical lines; `@@` stands for a line break in files of the old home banking.

    A tag that is torn from its colon (`:` alone, then `86:…`) is mended.
    """
    if text.count(_AT_SIGNS + ":") > text.count("\n"):
        text = text.replace(_AT_SIGNS, "\n")
    colon: str | None = None
    for match in _ROW.finditer(text):
        row = match[1]
        if colon is not None:
            is_torn = bool(_BROKEN_TAG.match(row))
            yield "" if is_torn else colon
            row, colon = f":{row}" if is_torn else row, None
        if row.strip() == ":":
            colon = row
        else:
            yield row
    if colon is not None:
        yield colon


def _with_following(rows: Iterator[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each line with the few that follow it; these are good until the next line is asked for."""
    ahead = deque(islice(rows, _LOOKED_AT + 1))
    while ahead:
        yield ahead.popleft(), ahead
        ahead.extend(islice(rows, 1))


def _is_end(row: str, following: Sequence[str], *, is_inside: bool) -> bool:
    """Return whether a row ends a message: a hyphen alone may also be a line of somebody's text."""
    if not row.startswith("-") or not _END.fullmatch(row):
        return False
    if _SURE_END.fullmatch(row) or not is_inside:
        return True
    filled = [each for each in following if each.strip()][:_REACH]
    return not filled or bool(_TAG.match(filled[0])) or any(_starts_message(each) for each in filled)


def _starts_message(row: str) -> bool:
    return row.startswith((":20:", "{1:", "{4:", "ä4:"))


def _without_envelope(row: str) -> str:
    """Return what follows the blocks of the SWIFT envelope in a row."""
    place = max(row.rfind("{4:"), row.rfind("ä4:")) if _BLOCK.match(row) else -1
    return row[place + len("{4:") :].lstrip() if place >= 0 else row
