"""Invoice and member numbers in all the spellings people use, and with one typing error.

Source: BNK-7, BNK-8 rules A, B, D and J.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple, TypeVar

from membership.domain.banking.facts import OpenItem, Payer
from membership.domain.banking.text import Packed, is_reference, packed

K = TypeVar("K")
_PARTS: Final = re.compile(r"[A-Z]*?((?:19|20)\d\d)(\d{4,9})[A-Z]*")
_YEAR_AND_NUMBER: Final = re.compile(
    r"(?<![\d.])((?:19|20)\d\d)\s?[-/ ]\s?(\d{1,9})(?!\d|[.,]\d|\s?[-/]\s?\d)"
)
_WORD_AND_NUMBER: Final = re.compile(
    r"\b(?:RECHNUNG|RECHN|RECH|RG|RE|RNR|INVOICE|INV|BEITRAGSRECHNUNG)(?:S?NUMMER|S?NR)?\b[ .:#-]*"
    r"(?:NUMMER|NR|NO)?[ .:#-]*(?:VOM )?(\d{1,9})(?:\s?[-/]\s?(?:19|20)\d\d)?(?!\d|[.,]\d|\s?[-/]\s?\d)"
)
_FURTHER: Final = re.compile(r"(?:\s*(?:\+|,|&|;|/|UND|U\.|AND)\s*(\d{4,9})(?!\d|[.,]\d))")
_YEAR: Final = re.compile(r"(?<!\d)(?:\d{1,2}\.\d{1,2}\.)?(20\d\d)(?!\d)")
_DIGITS: Final = re.compile(r"[0-9OIL]{7,10}")
_MEMBER_WORD: Final = re.compile(
    r"\b(?:KD|KUNDE|KUNDEN|MITGLIED|MITGLIEDS|MITGL|MGL|MNR|MEMBER)(?:S?NUMMER|S?NR)?\b[ .:#-]*"
    r"(?:NUMMER|NR|NO)?[ .:#-]*M?0*"
    r"(\d{1,9})(?!\d)"
)
_LOOKALIKES: Final = str.maketrans("OIL", "011")
_SHORTEST_MEMBER: Final = 4
_BEGINNING: Final = 4
"""Signs of a number by which a text is searched before it is compared: the numbers of a year share them."""
_LETTERS_BEFORE: Final = re.compile(r"(?<![A-Z0-9])[A-Z]{1,3}\Z")
_GLUED: Final = frozenset("RE RG NR RNR KD ZU VOM AN AUS UND U ZUR DER MIT RF".split())  # noqa: SIM905 - read as words
_HEAD: Final = 4
"""Length of `RF` and two check digits."""


class Found(NamedTuple):
    """Documents that a text names, and the words that say so.

    Args:
        checked: by a reference whose check digits hold: no typing error can have led there.
        sure: by their whole number; the checked ones are among them.
        loose: by a part of it.
    """

    checked: frozenset[int]
    sure: frozenset[int]
    loose: frozenset[int]
    words: tuple[str, ...]


_NOTHING: Final = Found(frozenset(), frozenset(), frozenset(), ())


def _add(found: dict[K, tuple[int, ...]], key: K, item_id: int) -> None:
    """Add a document to those of a key; tuples of numbers cost the collector of garbage nothing."""
    known = found.get(key)
    found[key] = (item_id,) if known is None else (*known, item_id)


class NumberIndex:
    """All document numbers, by their whole form and, where a text asks for it, by year and running number."""

    def __init__(self, items: Collection[OpenItem]) -> None:
        self._whole: dict[str, tuple[int, ...]] = {}
        for item in items:
            _add(self._whole, packed(item.number), item.id)
        self._lengths = sorted({len(core) for core in self._whole}, reverse=True)
        self._beginnings = sorted({core[:_BEGINNING] for core in self._whole})
        self._beginning = re.compile(f"(?={'|'.join(self._beginnings)})")

    @cached_property
    def _by_parts(self) -> _ByParts:
        return _ByParts(self._whole)

    def of_reference(self, reference: str) -> frozenset[int]:
        """Return the documents whose packed number is the core of a creditor reference."""
        return frozenset(self._whole.get(reference[4:], ()))

    def find(self, text: Packed) -> Found:
        """Return the documents that a text names."""
        checked: set[int] = set()
        sure: set[int] = set()
        loose: set[int] = set()
        words: list[str] = []
        taken: list[tuple[int, int]] = []
        for start, end in self._windows(text):
            ids = self._whole[text.signs[start:end]]
            begin, stop = text.span(start, end)
            is_torn = text.is_torn(begin, stop)
            within = next(((a, b) for a, b in taken if a < end and start < b), None)
            if within is not None and is_torn:  # `RE2027-0042` in `RE2027-00421`
                continue
            if within is not None:  # `RE2027-0042 1` may be either of the two
                both = {*ids, *self._whole[text.signs[slice(*within)]]}
                sure -= both
                checked -= both
                loose |= both
            is_clear = (
                within is None and not is_torn and len(ids) == 1 and not _is_of_others(text, start, begin)
            )
            (sure if is_clear else loose).update(ids)
            taken.append((start, end))
            words.append(text.shown[begin:stop])
            if is_clear:
                if start >= _HEAD and is_reference(text.signs[start - _HEAD : end]):
                    checked.update(ids)
                self._add_further(text.shown, stop, ids[0], sure, words)
        if not sure:
            self._add_loose(text.shown, loose, words)
        if not words:
            return _NOTHING
        return Found(
            frozenset(checked), frozenset(sure), frozenset(loose - sure), tuple(dict.fromkeys(words))
        )

    def _windows(self, text: Packed) -> Iterator[tuple[int, int]]:
        """Yield where a whole number stands, the longer ones first."""
        starts = self._starts(text.signs)
        for length in self._lengths if starts else ():
            for start in starts:
                if text.signs[start : start + length] in self._whole and start + length <= len(text.signs):
                    yield start, start + length

    def _starts(self, signs: str) -> list[int]:
        """Return where a number may begin; mostly all begin alike, and looking for one text is what strings do best."""
        if len(self._beginnings) != 1:
            return [match.start() for match in self._beginning.finditer(signs)]
        found, wanted = [], self._beginnings[0]
        at = signs.find(wanted)
        while at >= 0:
            found.append(at)
            at = signs.find(wanted, at + 1)
        return found

    def _add_further(self, shown: str, place: int, first: int, sure: set[int], words: list[str]) -> None:
        """Add the numbers that follow a whole one: `RE2027-0042 + 0043`."""
        while match := _FURTHER.match(shown, place):
            parts = self._by_parts
            ids = parts.of(parts.year_of.get(first), int(match[1]))
            if len(ids) != 1:
                return
            sure.update(ids)
            words.append(match[1])
            place = match.end()

    def _add_loose(self, shown: str, loose: set[int], words: list[str]) -> None:
        for match in _YEAR_AND_NUMBER.finditer(shown):
            if ids := self._by_parts.of(int(match[1]), int(match[2])):
                loose.update(ids)
                words.append(match[0])
        for match in _WORD_AND_NUMBER.finditer(shown):
            parts, years = self._by_parts, years_in(shown)
            ids = parts.running.get(int(match[1]), ())
            meant = [each for each in ids if parts.year_of[each] in years] or ids
            if len(meant) == 1:
                loose.update(meant)
                words.append(match[0])

    def similar(self, text: Packed) -> dict[int, str]:
        """Return document -> what stands in the text, for numbers with one typing error (J without the amount)."""
        found: dict[int, str] = {}
        for match in _DIGITS.finditer(text.signs):
            typed = match[0].translate(_LOOKALIKES)
            digits = self._by_parts.digits
            for near in (typed,) if typed in digits else _one_error_away(typed):
                for each in digits.get(near, ()):
                    begin, stop = text.span(*match.span())
                    found.setdefault(each, text.shown[begin:stop])
        return found


class _ByParts:
    """Documents by year and running number, for numbers that have both."""

    def __init__(self, whole: Mapping[str, tuple[int, ...]]) -> None:
        self.running: dict[int, tuple[int, ...]] = {}
        self.year_of: dict[int, int] = {}
        self._whole = whole
        for core, ids in whole.items():
            if match := _PARTS.fullmatch(core):
                year, running = int(match[1]), int(match[2])
                for each in ids:
                    _add(self.running, running, each)
                    self.year_of[each] = year

    def of(self, year: int | None, running: int) -> tuple[int, ...]:
        """Return the documents of a year with a running number."""
        ids = self.running.get(running, ())
        return tuple([each for each in ids if self.year_of[each] == year])

    @cached_property
    def digits(self) -> dict[str, tuple[int, ...]]:
        """Return year and running number in one -> documents."""
        found: dict[str, tuple[int, ...]] = {}
        for core, ids in self._whole.items():
            if match := _PARTS.fullmatch(core):
                for each in ids:
                    _add(found, match[1] + match[2], each)
        return found


class MemberIndex:
    """Member numbers by their whole form and by their digits."""

    def __init__(self, payers: Collection[Payer]) -> None:
        self._whole = {
            packed(payer.number): payer.id
            for payer in payers
            if len(packed(payer.number)) >= _SHORTEST_MEMBER
        }
        self._lengths = sorted({len(core) for core in self._whole})
        self._digits: dict[int, list[int]] = defaultdict(list)
        for payer in payers:
            if digits := re.sub(r"\D", "", payer.number):
                self._digits[int(digits)].append(payer.id)

    def find(self, text: Packed) -> dict[int, str]:
        """Return member -> the words that name it."""
        found: dict[int, str] = {}
        for length in self._lengths:
            for start in range(len(text.signs) - length + 1):
                core = text.signs[start : start + length]
                if core not in self._whole:
                    continue
                begin, stop = text.span(start, start + length)
                if not text.is_torn(begin, stop):
                    found.setdefault(self._whole[core], text.shown[begin:stop])
        if not found:
            for match in _MEMBER_WORD.finditer(text.shown):
                ids = self._digits.get(int(match[1]), ())
                if len(ids) == 1:
                    found.setdefault(ids[0], match[0])
        return found


def _is_of_others(text: Packed, start: int, place: int) -> bool:
    """Return whether a few letters right before a number make it one of somebody else's: `ARE2027-0042`."""
    if not (place and text.shown[place - 1].isalpha()):
        return False
    match = _LETTERS_BEFORE.search(text.shown, 0, place)
    is_reference_head = start >= _HEAD and text.signs[start - _HEAD : start - _HEAD + 2] == "RF"
    return match is not None and match[0] not in _GLUED and not is_reference_head


def years_in(shown: str) -> frozenset[int]:
    """Return the years that a text names."""
    return frozenset(int(year) for year in _YEAR.findall(shown))


def _one_error_away(typed: str) -> Iterable[str]:
    """Return the number itself and all that differ by one digit changed, missing, too many, or two turned round."""
    cuts: Sequence[tuple[str, str]] = [(typed[:i], typed[i:]) for i in range(len(typed) + 1)]
    near = {typed}
    near.update(a + b[1:] for a, b in cuts if b)
    near.update(a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1)
    near.update(a + digit + b[1:] for a, b in cuts if b for digit in "0123456789")
    near.update(a + digit + b for a, b in cuts for digit in "0123456789")
    return near
