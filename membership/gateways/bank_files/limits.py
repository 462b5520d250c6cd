"""How large a bank file may be, packed and unpacked.

Source: `reliability.md` 5.9 no. 40 and 41, 5.12 no. 57, SEC-55, SEC-56.
"""

from __future__ import annotations

from dataclasses import dataclass

from membership.domain.phrases import phrase
from membership.gateways.bank_files.errors import TooManyEntries

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one reading; a page passes its own `file_bytes` (16 MB), a command keeps the 64 MB.

    `names` counts the different names of elements and attributes, `attributes` those of one element.
    """

    file_bytes: int = 64 * _MB
    members: int = 50
    unpacked_bytes: int = 50 * _MB
    ratio: int = 100
    depth: int = 60
    nodes: int = 4_000_000
    names: int = 5_000
    attributes: int = 50
    text_bytes: int = 64 * 1024
    entries: int = 250_000
    statements: int = 5_000

    def require_few(self, entries: int, statements: int) -> None:
        """Raise `TooManyEntries` when a file holds more entries or statements than are read at once."""
        if entries > self.entries:
            raise TooManyEntries(count=self.entries, what=phrase("entries"))
        if statements > self.statements:
            raise TooManyEntries(count=self.statements, what=phrase("statements"))
