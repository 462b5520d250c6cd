"""What all reports share: the day and the dues year that their address asks for, and the pages of a long list.

Source: `ux.md` 8.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from flask import Blueprint, request, url_for

from membership.domain.errors import InputError
from membership.domain.reports.tables import report_day
from membership.persistence.db import Session
from membership.web.frame import dues_years, today
from membership.web.language import day_to_type, words

Row = TypeVar("Row")
blueprint = Blueprint("reports", __name__, url_prefix="/reports")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: the day, the dues year, and what is wrong with the day that was typed."""

    as_of: date
    year: int
    typed: str
    error: str | None
    frame: Mapping[str, Any]

    @property
    def address(self) -> dict[str, str]:
        """Return the parts of an address that ask for the same."""
        return {"year": str(self.year), **self.address_of_day}

    @property
    def address_of_day(self) -> dict[str, str]:
        """Return the part of an address that asks for the same day: for reports with years of their own."""
        return {"as_of": self.as_of.isoformat()}

    def url(self, page: str, /, **more: object) -> str:
        """Return the address of a report that shows the same day and year."""
        values: dict[str, Any] = {**self.address, **more}
        return url_for(f".{page}", **values)

    @property
    def status(self) -> int:
        """Return the status of the page."""
        return 200 if self.error is None else 422


def asked_of(session: Session) -> Asked:
    """Return what the address of a report asks for; a day that cannot be shown becomes today, and says why."""
    typed = request.args.get("as_of", "").strip()[:20]
    error = None
    try:
        as_of = report_day(typed, today=today())
    except InputError as wrong:
        as_of, error = today(), words().error(wrong)
    frame = dues_years(session)
    year = frame["dues_year"]
    if "year" not in request.args and as_of.year in frame["dues_years"]:
        year = as_of.year
    shown = typed if error else day_to_type(as_of)
    return Asked(as_of, year, shown, error, {**frame, "dues_year": year})


_SIZES: Final = (50, 100, 500)


def page_of(
    rows: Sequence[Row], asked: Asked, *, page: str
) -> tuple[Sequence[Row], dict[str, object] | None]:
    """Return the rows of the page that the address asks for, and the links to the others where there are any."""
    total = len(rows)
    if total <= _SIZES[0]:
        return rows, None
    size = next((each for each in _SIZES if request.args.get("size") == str(each)), _SIZES[0])
    typed = request.args.get("page", "")
    wanted = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 1  # noqa: PLR2004 - enough pages
    number = min(max(wanted, 1), -(-total // size))

    def address(at: int, rows_of: int = size) -> str:
        return asked.url(page, size=rows_of, page=at)

    last = min(number * size, total)
    pager: dict[str, object] = {
        "first": (number - 1) * size + 1,
        "last": last,
        "total": total,
        "previous": address(number - 1) if number > 1 else None,
        "next": address(number + 1) if last < total else None,
        "sizes": [{"number": each, "href": address(1, each), "is_current": each == size} for each in _SIZES],
    }
    return rows[(number - 1) * size : last], pager
