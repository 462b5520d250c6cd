"""The names of companies: the key by which two spellings are one, and the legal form at their end."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from membership.domain.member_lists.fields import plain_key

_LONG_FORMS: Final = (
    (re.compile(r"\bgesellschaft\s+mit\s+beschr(?:ä|ae)nkter\s+haftung\b"), "gmbh"),
    (re.compile(r"\baktiengesellschaft\b"), "ag"),
    (re.compile(r"\bkommanditgesellschaft\b"), "kg"),
    (re.compile(r"\boffene\s+handelsgesellschaft\b"), "ohg"),
    (re.compile(r"\beingetragene\s+genossenschaft\b"), "eg"),
    (re.compile(r"\beingetragener\s+verein\b"), "ev"),
    (re.compile(r"\b(?:und|and|u\.)\s+(?=co\b)"), "&"),
    (re.compile(r"\s+(?:und|and|u\.)\s+"), "&"),
)
_FORMS: Final = (
    "UG (haftungsbeschränkt) & Co. KG", "GmbH & Co. KGaA", "GmbH & Co. KG", "GmbH & Co. OHG", "AG & Co. KGaA",
    "AG & Co. KG", "SE & Co. KGaA", "SE & Co. KG", "UG & Co. KG", "UG (haftungsbeschränkt)", "PartG mbB",
    "PartGmbB", "gGmbH", "GmbH", "gAG", "AG", "KGaA", "KG", "OHG", "oHG", "GbR", "eGbR", "e. K.", "e. Kfm.",
    "e. Kfr.", "eG", "e. V.", "SE", "UG", "PartG", "AöR", "KdöR", "Ltd.", "Limited", "plc", "LLP", "LLC", "Inc.",
    "B.V.", "N.V.", "S.A.", "S.A.S.", "S.à r.l.", "SARL", "S.p.A.", "S.r.l.", "A/S", "ApS", "AB", "Oy", "AS",
    "Sp. z o.o.", "s.r.o.", "a.s.", "d.o.o.", "Kft.", "Ges.m.b.H.", "VVaG",
)  # fmt: skip
_TIGHT: Final = re.compile(r"[\s.&+]")


def _tight(text: str) -> str:
    return _TIGHT.sub("", text).casefold()


_BY_TIGHT: Final = {_tight(form): form for form in _FORMS}
_MOST_WORDS: Final = 6


def company_key(name: str) -> str:
    """Return what two spellings of one company have in common: no case, blanks, dots, accents; `und` is `&`.

    `FLUTHAMMER Pressteile GmbH&Co.KG` and `Fluthammer Pressteile GmbH & Co. KG` share the key. Together with the
    postcode it finds a known member that has no number (`ux.md` 6.4).
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    for pattern, short in _LONG_FORMS:
        text = pattern.sub(short, text)
    letters = plain_key(text)
    foreign = "".join(sign for sign in text if sign.isalnum() and sign not in "äöü" and not plain_key(sign))
    return letters + foreign or " ".join(text.split())


def legal_form_of(name: str) -> str | None:
    """Return the legal form at the end of a company's name as it is usually written, or None."""
    words = name.split()
    for start in range(max(1, len(words) - _MOST_WORDS), len(words)):
        found = _BY_TIGHT.get(_tight(" ".join(words[start:])))
        if found is not None:
            return found
    return None
