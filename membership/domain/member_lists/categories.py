"""The words by which offices call the categories of members."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Final

from membership.domain.member_lists.fields import plain_key

_STANDARD: Final[dict[str, str]] = {
    "ORD": "ordentlich, ordentliches Mitglied, ord, ordinary, ordinary member, Vollmitglied,"
    " full member, full, regular",
    "FOE": "Fördermitglied, fördernd, förderndes Mitglied, Förderer, sponsor, sponsoring, "
    "sponsoring member, supporting",
    "SCI": "Wissenschaft, Hochschule, Universität, Forschungseinrichtung, Forschungsinstitut, Institut, science,"
    " university",
    "PUB": "Kommune, Stadt, Gemeinde, Landkreis, öffentliche Hand, öffentlich, Körperschaft, Kammer, public body,"
    " public, Gebietskörperschaft, municipality, chamber, Behörde, öffentliche Einrichtung",
    "STA": "Start-up, Startup, Gründer, Existenzgründer, Jungunternehmen",
    "EHR": "Ehrenmitglied, honorary, honorary member",
    "KOOP": "Kooperationspartner, Kooperation, cooperation partner, cooperation",
}
_MEMBER: Final = re.compile(r"(?:mitglied(?:er|s|schaft(?:en)?)?|members?(?:hip)?)$")
_ENDING: Final = re.compile(r"(?<=[a-z]{4})(?:es|er|en|e|s|n)$")
_LIKE: Final = 0.8


def _stem(word: str) -> str:
    """Return the word without `mitglied`, `member` and its ending: `Ordentliche Mitglieder` -> `ordentlich`."""
    key = plain_key(word)
    bare = _MEMBER.sub("", key) or key
    return _ENDING.sub("", bare)


class CategoryWords:
    """All words for the categories of an association: code, names, synonyms, and the usual words of known codes."""

    def __init__(self, categories: Mapping[str, Iterable[str]]) -> None:
        self._names = {code: next(iter(names), code) for code, names in categories.items()}
        self._codes: dict[str, str] = {}
        for code, names in categories.items():
            for word in (code, *names):
                self._codes[_stem(word)] = code
        for code in categories:
            for word in _STANDARD.get(code, "").split(","):
                self._codes.setdefault(_stem(word), code)

    def code_of(self, word: str) -> str | None:
        """Return the code of a category's word in any of its forms, or None."""
        return self._codes.get(_stem(word)) if plain_key(word) else None

    def nearest(self, word: str) -> str | None:
        """Return the name of the category that a mistyped word comes close to, or None: its first letter is right."""
        stem = _stem(word)
        alike = [code for code in self._codes if code[:1] == stem[:1]]
        near = difflib.get_close_matches(stem, alike, n=1, cutoff=_LIKE)
        return self._names[self._codes[near[0]]] if near else None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all categories, for a sentence that says what is expected."""
        return tuple(self._names.values())
