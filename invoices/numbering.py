"""Numbers of documents and the payment references made from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_YEAR: Final = re.compile(r"\{(?:JJJJ|YYYY)\}")
_RUNNING: Final = re.compile(r"\{(N+)\}")
_ALLOWED: Final = re.compile(r"[A-Z0-9/-]+")
_RF: Final = re.compile(r"RF\d{2}[A-Z0-9]{1,21}", re.ASCII)
_CHECKED: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{1,30}", re.ASCII)
LEAST_DIGITS: Final = 4
MOST_SIGNS: Final = 21
_MOST_DIGITS: Final = 9
_MOST_YEAR: Final = 9999


class PatternInvalid(ValueError):
    """A number pattern that D-INV-11 or D-INV-12 forbids; `reason` is one of the names below."""

    REASONS: Final = ("year", "running", "digits", "characters", "slash", "length")

    def __init__(self, pattern: str, reason: str) -> None:
        self.pattern = pattern
        self.reason = reason
        super().__init__(f"the number pattern {pattern!r} is not allowed: {reason}")


class NumberTooLong(ValueError):
    """A number with more than 21 letters and digits, too long for a payment reference."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """How the numbers of one series look: `RE{JJJJ}-{NNNN}` or `RE{YYYY}-{NNNN}`.

    Source: D-INV-11 (year of issue, running number of at least four digits), D-INV-12 (signs, length).
    """

    text: str

    def __post_init__(self) -> None:
        """Refuse a pattern whose numbers would not be allowed."""
        reason = self._fault()
        if reason:
            raise PatternInvalid(self.text, reason)

    def _fault(self) -> str | None:
        running = _RUNNING.findall(self.text)
        if len(_YEAR.findall(self.text)) != 1:
            return "year"
        if len(running) != 1:
            return "running"
        if not LEAST_DIGITS <= len(running[0]) <= _MOST_DIGITS:
            return "digits"
        sample = _RUNNING.sub("1" * len(running[0]), _YEAR.sub("2000", self.text))
        if not _ALLOWED.fullmatch(sample):
            return "characters"
        if sample.startswith("/") or sample.endswith("/") or "//" in sample:
            return "slash"
        return "length" if len(core(sample)) > MOST_SIGNS else None

    def number(self, year: int, n: int) -> str:
        """Return the `n`th number of the year; a running number grows beyond its digits and is never cut."""
        if not 1 <= year <= _MOST_YEAR or n < 1:
            message = f"there is no number {n} of the year {year}"
            raise ValueError(message)
        text = _YEAR.sub(f"{year:04d}", self.text)
        number = _RUNNING.sub(lambda match: str(n).zfill(len(match.group(1))), text)
        if len(core(number)) > MOST_SIGNS:
            raise NumberTooLong(number)
        return number

    def read(self, text: str) -> tuple[int, int] | None:
        """Return year and place in it of a number of this series, None for any other text."""
        parts = re.split(r"(\{[A-Z]+\})", self.text)
        shape = "".join(
            r"(?P<year>\d{4})" if _YEAR.fullmatch(part)
            else r"(?P<running>\d+)" if _RUNNING.fullmatch(part)
            else re.escape(part)
            for part in parts
        )  # fmt: skip
        found = re.fullmatch(shape, text, re.ASCII)
        if found is None or len(core(text)) > MOST_SIGNS:
            return None
        year, running = int(found["year"]), int(found["running"])
        is_one = year and running and self.number(year, running) == text
        return (year, running) if is_one else None


def core(number: str) -> str:
    """Return the letters and digits of a document number: `RE20270042`. Source: PAY-8."""
    return number.replace("-", "").replace("/", "")


def _remainder(text: str) -> int:
    return int("".join(str(int(sign, 36)) for sign in text)) % 97


def rf_reference(number: str) -> str:
    """Return the structured creditor reference of a document number. Source: ISO 11649, PAY-7."""
    packed = core(number)
    if not re.fullmatch(r"[A-Z0-9]{1,21}", packed, re.ASCII):
        raise NumberTooLong(number)
    return f"RF{98 - _remainder(packed + 'RF00'):02d}{packed}"


def is_rf(text: str) -> bool:
    """Return whether the text is a creditor reference with right check digits, in any case and grouping."""
    packed = re.sub(r"\s", "", text).upper() if text.isascii() else ""
    return bool(_RF.fullmatch(packed)) and _remainder(packed[4:] + packed[:4]) == 1


def is_iban(text: str) -> bool:
    """Return whether the packed text has the shape and the check digits of an IBAN. Source: ISO 13616."""
    return bool(_CHECKED.fullmatch(text)) and _remainder(text[4:] + text[:4]) == 1
