"""Something to look at in a fee schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from membership.domain.phrases import Phrase

RULE: Final = "DUE-31"
OPEN: Final = "DUE-35"
DOUBT: Final = "DUE-35a"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said, and where in the stored form; `is_fatal` keeps the schedule from coming into force."""

    where: str
    text: Phrase
    rule: str = RULE
    is_fatal: bool = False


def below(place: str, key: str | int) -> str:
    """Return the JSON pointer of a key below a place."""
    return f"{place}/" + str(key).replace("~", "~0").replace("/", "~1")
