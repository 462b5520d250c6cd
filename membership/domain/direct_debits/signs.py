"""The signs that banks pass on: letters without accents, digits and a little punctuation; and what references may be.

Source: SEPA-3, SEPA-11; EPC217-08 (SEPA conversion table); `reliability.md` SEC-65.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_ALLOWED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
_WRITTEN_OUT: Final = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS", "&": "+", "æ": "ae",
    "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th",
    "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i", "€": "E", "@": "(at)", "_": "-", "–": "-", "—": "-", "’": "'", "‘": "'",
    "`": "'", "´": "'", "„": "'", "“": "'", "”": "'", '"': "'", "<": "(", ">": ")", "[": "(", "]": ")", "{": "(",
    "}": ")", ";": ",", "\t": " ", "\n": " ", "\r": " ", "\N{NO-BREAK SPACE}": " ",
})  # fmt: skip
_OTHER: Final = "."
_REFERENCE: Final = re.compile(r"[A-Za-z0-9+?/:().,'-]{1,35}", re.ASCII)
REFERENCE_LENGTH: Final = 35


def bank_text(text: str, length: int) -> str:
    """Return a text in the signs of the SEPA, cut to a length: ä becomes ae, é becomes e, & becomes +.

    A sign that has no other form becomes a point. Blanks are single and never first or last; no slash is first, last
    or doubled. Empty when nothing of it can be passed on.
    """
    composed = unicodedata.normalize("NFC", text).translate(_WRITTEN_OUT)
    signs = "".join(_plain(sign) for sign in unicodedata.normalize("NFKD", composed))
    shown = re.sub(r"/{2,}", "/", " ".join(signs.split()))[:length].strip(" /")
    return shown if any(sign.isalnum() for sign in shown) else ""


def _plain(sign: str) -> str:
    if sign in _ALLOWED:
        return sign
    return "" if unicodedata.category(sign) in {"Mn", "Cf", "Cc"} else _OTHER


def is_reference(text: str) -> bool:
    """Return whether banks pass a reference on unchanged: at most 35 signs without blank, no slash at an end or twice.

    Source: SEPA-3, SEPA-11.
    """
    return bool(_REFERENCE.fullmatch(text)) and not (
        text.startswith("/") or text.endswith("/") or "//" in text
    )


def end_to_end_id(document: str, *, item_id: int, attempt: int) -> str:
    """Return the id of a debit: the document's number and the attempt; of what is no reference the item's number.

    Source: SEPA-12.
    """
    found = f"{document}-{attempt}"
    return found if is_reference(found) else f"OP{item_id}-{attempt}"
