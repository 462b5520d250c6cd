"""Pages of a list: which one the address asks for, and the links to the others."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from flask import request

PAGE: Final = 50
_MOST_DIGITS: Final = 6


def page_number() -> int:
    """Return the page that the address asks for, from 1."""
    text = request.args.get("page", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return max(1, int(text)) if is_number else 1


def pager(page: int, total: int, *, size: int = PAGE) -> dict[str, Any] | None:
    """Return what the pager shows, None for a list that fits on one page."""
    if total <= size:
        return None
    return {
        "first": (page - 1) * size + 1,
        "last": min(page * size, total),
        "total": total,
        "previous": _address(page - 1) if page > 1 else None,
        "next": _address(page + 1) if page * size < total else None,
        "sizes": [],
    }


def _address(page: int) -> str:
    asked = {name: value for name, value in request.args.items() if name != "page"}
    return f"{request.path}?{urlencode({**asked, 'page': page})}"
