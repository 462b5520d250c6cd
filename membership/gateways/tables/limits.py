"""How large a list may be, packed and unpacked.

Source: `reliability.md` 5.9 no. 41, 5.12 no. 57, SEC-55, SEC-56.
"""

from __future__ import annotations

from dataclasses import dataclass

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one reading; a page passes its own `file_bytes` (16 MB), a command keeps the 64 MB."""

    file_bytes: int = 64 * _MB
    members: int = 50
    unpacked_bytes: int = 50 * _MB
    ratio: int = 100
    depth: int = 60
    nodes: int = 4_000_000
    text_bytes: int = 64 * 1024
    rows: int = 100_000
    columns: int = 500
    cells: int = 5_000_000
