"""The address of a list: what was typed into its filters, and the addresses that differ in one of them.

Filters, order and page size stand in the address, so that a link can be shared. Source: `ux.md` 4 "Filters", "Tables".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import request, url_for

SIZES: Final = (25, 50, 100)
_USUAL_SIZE: Final = 50
_LONGEST: Final = 100
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class ListAddress:
    """What stands in the address of a list; `names` are its filters, the tab is none."""

    typed: Mapping[str, str]
    names: tuple[str, ...]

    @property
    def size(self) -> int:
        """Return how many rows a page has."""
        wanted = whole_number(self.typed["size"])
        return wanted if wanted in SIZES else _USUAL_SIZE

    @property
    def is_filtered(self) -> bool:
        """Return whether anything but the tab limits the list."""
        return any(self.typed[name] for name in self.names)

    def address(self, **changes: str | None) -> str:
        """Return the address of the list with some parts changed; None takes a part away, the page is the first."""
        return self._address(url_for(".index"), changes)

    def without_filters(self) -> str:
        """Return the address of the tab with all its rows."""
        return self.address(**dict.fromkeys(self.names))

    def file_address(self, form: str, **more: str) -> str:
        """Return the address of the file with the same rows in the same order."""
        return self._address(url_for(".export", form=form), more)

    def kept(self) -> dict[str, str]:
        """Return what was typed and is not empty, for the hidden fields of a form that leads back here."""
        return {name: value for name, value in self.typed.items() if value}

    def at(self, path: str) -> str:
        """Return the address of another page that is to know what the list shows."""
        return self._address(path, {})

    def pager(self, page: int, total: int) -> dict[str, Any]:
        """Return what the pager shows of so many rows: first and last of the page, its neighbours, the page sizes."""
        return {
            "first": (page - 1) * self.size + 1 if total else 0,
            "last": min(page * self.size, total),
            "total": total,
            "previous": self.address(page=str(page - 1)) if page > 1 else None,
            "next": self.address(page=str(page + 1)) if page * self.size < total else None,
            "sizes": [
                {"number": size, "href": self.address(size=str(size)), "is_current": size == self.size}
                for size in SIZES
            ]
            if total > SIZES[0]
            else [],
        }

    def _address(self, path: str, changes: Mapping[str, str | None]) -> str:
        kept = {name: value for name, value in {**self.typed, **changes}.items() if value}
        return f"{path}?{urlencode(kept)}" if kept else path


def typed_filters(names: Iterable[str], year: int) -> dict[str, str]:
    """Return what the address holds for filters, tab, order and page size, and the year when it is named."""
    typed = {name: request.args.get(name, "").strip()[:_LONGEST] for name in (*names, "tab", "sort", "size")}
    if "year" in request.args:
        typed["year"] = str(year)
    return typed


def whole_number(text: str) -> int | None:
    """Return a number of at most nine digits, None for anything else."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None
