"""What a file that somebody brings is, by its bytes and never by its name.

Source: SEC-49, SEC-58.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LIMIT: Final = 5 * 1024 * 1024
_TAIL: Final = 2048
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: how it begins, what stands near its end, its media type and the ending of its name."""

    head: bytes
    tail: bytes
    media_type: str
    ending: str


PDF: Final = FileKind(b"%PDF-", b"%%EOF", "application/pdf", "pdf")
PNG: Final = FileKind(b"\x89PNG\r\n\x1a\n", b"IEND", "image/png", "png")
JPEG: Final = FileKind(b"\xff\xd8\xff", b"\xff\xd9", "image/jpeg", "jpg")
KINDS: Final = (PDF, PNG, JPEG)


def kind_of(content: bytes) -> FileKind | None:
    """Return what a whole file of at most `LIMIT` bytes is; None when it is cut off, too large or something else."""
    if len(content) > LIMIT:
        return None
    return next(
        (kind for kind in KINDS if content.startswith(kind.head) and kind.tail in content[-_TAIL:]), None
    )


def ending_of(media_type: str) -> str:
    """Return the ending of the name of a kept file."""
    return next(kind.ending for kind in KINDS if kind.media_type == media_type)


def tidy_file_name(name: str) -> str:
    """Return the name of a file as it is kept: without folders, of bounded length."""
    return name.replace("\\", "/").rsplit("/", 1)[-1].strip()[-_LONGEST_NAME:]
