"""Several PDFs as one, for the printer."""

from __future__ import annotations

from io import BytesIO
from typing import IO, BinaryIO, Self, cast

import pikepdf


class Stack:
    """Collects PDFs page by page; files attached to them stay behind, because paper holds none."""

    def __init__(self) -> None:
        self._pdf = pikepdf.new()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pdf.close()

    def add(self, content: bytes) -> None:
        """Add all pages of one PDF."""
        with pikepdf.open(BytesIO(content)) as source:
            self._pdf.pages.extend(source.pages)

    def write(self, file: IO[bytes]) -> None:
        """Write the whole."""
        self._pdf.save(cast("BinaryIO", file))
