"""A page of a PDF as a PNG for the screen, drawn in a process of its own.

PDFium is a C++ library: what a damaged file makes it do (crash, loop, eat memory) ends with that process, not with the
server (`docs/decisions/0020-picture-of-an-invoice.md`).
"""

from __future__ import annotations

import subprocess
import sys
from collections import OrderedDict
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Final

import pikepdf

_PROCESS: Final = Path(__file__).with_name("page_drawing.py")
_SECONDS: Final = 10
_KEPT: Final = 32
_lock: Final = Lock()
_drawn: Final[OrderedDict[tuple[str, int], bytes]] = OrderedDict()


class NoPicture(ValueError):
    """The page cannot be drawn: there is none of that number, or the file is damaged."""


def page_count(pdf: bytes) -> int:
    """Return how many pages a PDF has; 0 when it cannot be read."""
    try:
        with pikepdf.open(BytesIO(pdf)) as file:
            return len(file.pages)
    except pikepdf.PdfError:
        return 0


def page_image(pdf: bytes, page: int) -> bytes:
    """Return page number `page`, from 1, as a PNG; raise `NoPicture`.

    The pictures last asked for are kept by the hash of the PDF, so that they need not be drawn again.
    """
    key = (sha256(pdf).hexdigest(), page)
    with _lock:
        if key in _drawn:
            _drawn.move_to_end(key)
            return _drawn[key]
    picture = _draw(pdf, page)
    with _lock:
        _drawn[key] = picture
        while len(_drawn) > _KEPT:
            _drawn.popitem(last=False)
    return picture


def _draw(pdf: bytes, page: int) -> bytes:
    command = [sys.executable, "-I", str(_PROCESS), str(page)]
    try:
        ended = subprocess.run(command, input=pdf, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - our own words
    except subprocess.TimeoutExpired as error:
        raise NoPicture(f"page {page} took more than {_SECONDS} s") from error
    if ended.returncode or not ended.stdout:
        raise NoPicture(f"page {page}: {ended.stderr.decode(errors='replace').strip()[-200:]}")
    return ended.stdout
