"""Whether the name of an account is that of a member: by its telling words, each right or nearly so.

Legal forms and words that many companies share tell nothing. Names are cut off by banks, so a beginning counts.

Source: BNK-8 rule F.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations
from typing import Final

from membership.domain.banking.facts import Payer
from membership.domain.banking.text import capitals

_EMPTY: Final = frozenset(
    """
    GMBH AG KG KGAA OHG GBR UG SE EG EV MBH MBB CO UND AND DIE DER DAS DES VON IM FUER FA FIRMA HAFTUNGSBESCHRAENKT
    GESELLSCHAFT INH INHABER LTD LIMITED INC BV SA SARL SRL HOLDING GRUPPE GROUP DEUTSCHLAND GERMANY EK E V K
    AKTIENGESELLSCHAFT HERR FRAU
    """.split()  # noqa: SIM905 - read as words
)
_WORD: Final = re.compile(r"[A-Z0-9]+")
_PREFIX: Final = 4
_NEAR: Final = 0.84
_RARE: Final = 3
_MOST_LISTS: Final = 6
_ALONE: Final = 2
"""Fewer words than this must be telling: `Weser` alone may be any of many."""
_ENOUGH: Final = 0.9
_SHORTEST: Final = 3


def words_of(name: str) -> tuple[str, ...]:
    """Return the telling words of a name."""
    return tuple(word for word in _WORD.findall(capitals(name)) if word not in _EMPTY)


class NameIndex:
    """The names of all members, by the beginnings of their words."""

    def __init__(self, payers: Collection[Payer]) -> None:
        self._names: list[tuple[int, tuple[str, ...]]] = []
        self._by_start: dict[str, set[int]] = defaultdict(set)
        self._count: Counter[str] = Counter()
        self._known_weights: dict[tuple[str, ...], tuple[dict[str, float], float]] = {}
        self._of: dict[int, list[tuple[str, ...]]] = defaultdict(list)
        for payer in payers:
            for words in {words_of(name) for name in payer.names}:
                if words:
                    self._count.update(set(words))
                    for start in {word[:_PREFIX] for word in words}:
                        self._by_start[start].add(len(self._names))
                    self._names.append((payer.id, words))
                    self._of[payer.id].append(words)

    def fits(self, member_id: int, text: str) -> bool:
        """Return whether a text holds a name of this member."""
        words = words_of(text)
        return any(self._likeness(name, words) >= _ENOUGH for name in self._of.get(member_id, ()))

    def find(self, texts: Iterable[str]) -> dict[int, float]:
        """Return member -> how similar its name is (0.9 to 1), for names that a text holds."""
        found: dict[int, float] = {}
        for text in texts:
            words = words_of(text)
            near = self._near(words)
            for place in near:
                member, name = self._names[place]
                likeness = self._likeness(name, words)
                if likeness >= _ENOUGH:
                    found[member] = max(found.get(member, 0), likeness)
        return found

    def _near(self, words: tuple[str, ...]) -> set[int]:
        """Return the names that share with these the beginning of a rare word, or of two words."""
        starts = {word[:_PREFIX] for word in words}
        shared = sorted((self._by_start[start] for start in starts if start in self._by_start), key=len)
        near = {place for places in shared if len(places) <= _RARE for place in places}
        for one, other in combinations(shared[:_MOST_LISTS], 2):
            near |= one & other
        return near

    def _likeness(self, name: tuple[str, ...], words: tuple[str, ...]) -> float:
        """Return how much of the shorter of the two is in the other; words weigh the more, the fewer share them."""
        weights, total = self._weights(name)
        is_part = len(words) < len(weights)
        hits = 0
        told, missed, is_telling = 0.0, 0.0, False
        for word, weight in weights.items():
            hit = 1.0 if word in words else max((_same(word, other) for other in words), default=0.0)
            hits += hit > 0
            told += weight * hit
            missed += weight * (1 - hit)
            is_telling = is_telling or (hit > 0 and self._is_telling(word))
            if missed > total * (1 - _ENOUGH) and not is_part:
                return 0.0
        if hits < _ALONE and not is_telling:
            return 0.0
        whole = told / total
        if is_part:  # the account shows a part of the name: all of it must fit
            other = [max((_same(word, each) for each in name), default=0.0) for word in words]
            whole = max(whole, sum(other) / len(other))
        return whole

    def _weights(self, name: tuple[str, ...]) -> tuple[dict[str, float], float]:
        """Return what each word of a name weighs, the heaviest first, and their sum."""
        found = self._known_weights.get(name)
        if found is None:
            weights = {word: 1 / self._count[word] for word in sorted(set(name), key=self._count.__getitem__)}
            found = self._known_weights[name] = weights, sum(weights.values())
        return found

    def _is_telling(self, word: str) -> bool:
        return len(word) >= _SHORTEST and self._count[word] <= max(2, len(self._names) // 200)


@lru_cache(maxsize=65_536)
def _same(word: str, other: str) -> float:
    """Return how much two words are one; the words of many names recur, so the answers are kept."""
    if word == other:
        return 1.0
    if len(word) < _PREFIX or len(other) < _PREFIX or word[:2] != other[:2]:
        return 0.0
    if word.startswith(other) or other.startswith(word):
        return 0.95 if min(len(word), len(other)) > _PREFIX else 0.0
    both = len(word) + len(other)
    # Two quick bounds: the letters that only one of them has, or has more of, can be no part of what they share.
    letters = set(word)
    if len(letters ^ set(other)) > (1 - _NEAR) * both:
        return 0.0
    if 2 * sum([min(word.count(letter), other.count(letter)) for letter in letters]) < _NEAR * both:
        return 0.0
    ratio = SequenceMatcher(None, word, other, autojunk=False).ratio()
    return ratio if ratio >= _NEAR else 0.0
