"""In which order dues classes stand: as in the table of the fee schedule, not by what somebody happened to pay."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = re.compile(r"\d{1,3}(?:[.\s]\d{3})+|\d+")


def class_order(label: str) -> tuple[bool, int, bool, str]:
    """Return a key by which labels such as “0–9”, “10–49” and “ab 250” are sorted; those without a number come last."""
    found = _NUMBER.search(label)
    first = int(re.sub(r"\D", "", found[0])) if found else 0
    return found is None, first, label[:1].isdigit(), label
