"""Breaking texts into lines, and making them smaller where a field has an end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from invoices.layout import Style
from invoices.page import width_of

_STEP: Final = 0.5


def broken(text: str, width: float, style: Style) -> list[str]:
    """Return the lines of a text in a column of so many mm; line breaks of the text stay.

    Words break at blanks (not at no-break spaces); a word longer than the column breaks where the column ends.
    """
    if "\n" in text:
        return [line for part in text.split("\n") for line in broken(part, width, style)]
    most = width / style.size
    if width_of(style.face, text) <= most:
        return [text]
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        longer = f"{current} {word}" if current else word
        if width_of(style.face, longer) <= most:
            current = longer
            continue
        if current:
            lines.append(current)
        *whole, current = _pieces(word, most, style)
        lines += whole
    return [*lines, current]


def _pieces(word: str, most: float, style: Style) -> list[str]:
    pieces = [""]
    for sign in word:
        if pieces[-1] and width_of(style.face, pieces[-1]) + width_of(style.face, sign) > most:
            pieces.append("")
        pieces[-1] += sign
    return pieces


def fitted(text: str, width: float, style: Style) -> Style:
    """Return the style, made smaller where the text would not fit into one line of so many mm."""
    wide = width_of(style.face, text)
    if wide * style.size <= width:
        return style
    return style._replace(size=max(1.0, int(width / wide * 10) / 10))


def fitted_block(lines: Sequence[str], width: float, style: Style, *, most: int) -> tuple[list[str], Style]:
    """Return all lines, broken and made smaller until there are at most `most` of them."""
    while True:
        fitting = [part for line in lines for part in broken(line, width, style)]
        if len(fitting) <= most or style.size <= _STEP:
            return fitting, style
        style = style._replace(size=style.size - _STEP)
