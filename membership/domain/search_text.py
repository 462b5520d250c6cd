"""The form in which a text is searched: small letters, ä as ae, ß as ss, so that Oehlmann finds Öhlmann."""

from __future__ import annotations

import unicodedata
from typing import Final

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def folded(text: str) -> str:
    """Return the text as it is stored for the search and looked for in it; folding twice changes nothing."""
    small = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(small.translate(_UMLAUTS).split())
