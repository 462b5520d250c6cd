"""The form in which a text is searched: small letters, ä as ae, ß as ss, so that Oehlmann finds Öhlmann."""

from __future__ import annotations

import unicodedata
from typing import Final

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def folded(text: str) -> str:
    """Return the text as it is stored for the search and looked for in it; folding twice changes nothing.

    Other marks on letters go (é is e), except where nothing else would be left: an empty text is found everywhere.
    """
    small = unicodedata.normalize("NFKC", text).casefold()
    plain = unicodedata.normalize("NFC", small).translate(_UMLAUTS)
    marked = unicodedata.normalize("NFKD", plain)
    bare = "".join(sign for sign in marked if not unicodedata.combining(sign)).casefold()
    return " ".join(bare.split()) or text.strip()
