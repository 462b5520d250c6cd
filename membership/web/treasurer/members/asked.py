"""What the address of the member list asks for: tab, filters, order, page size, and the addresses that differ in one.

Source: `ux.md` 4 "Filters", 6.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import request, url_for

from membership.domain.errors import N_
from membership.domain.member_fields import PAYMENT_WORDS
from membership.persistence.db import Session
from membership.persistence.queries.members import SORTS, MemberFilter, Tab
from membership.services.dues import sizes_of_categories
from membership.web.frame import today
from membership.web.language import _

NAMES: Final = ("q", "category", "class", "method", "lacks", "import")
LACKS: Final = {
    "size": N_("Size missing"),
    "email": N_("E-mail missing"),
    "category": N_("Category missing"),
}
SIZES: Final = (25, 50, 100)
_LONGEST: Final = 100
_MOST_DIGITS: Final = 9
_USUAL_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter, the page size, and what stands in the address."""

    filter: MemberFilter
    size: int
    typed: Mapping[str, str]

    def address(self, **changes: str | None) -> str:
        """Return the address of the list with some parts changed; None takes a part away, the page is the first."""
        return self._address(url_for(".index"), changes)

    def file_address(self, form: str) -> str:
        """Return the address of the file with the same rows in the same order."""
        return self._address(url_for(".export", form=form), {})

    def without_filters(self) -> str:
        """Return the address of the tab with all its rows."""
        return self.address(**dict.fromkeys(NAMES))

    def _address(self, path: str, changes: Mapping[str, str | None]) -> str:
        kept = {name: value for name, value in {**self.typed, **changes}.items() if value}
        return f"{path}?{urlencode(kept)}" if kept else path

    @property
    def is_filtered(self) -> bool:
        """Return whether anything but the tab limits the list."""
        return any(self.typed[name] for name in NAMES)


def asked_for(session: Session, year: int) -> Asked:
    """Return what the address asks for; what it cannot mean is left out."""
    typed = {name: request.args.get(name, "").strip()[:_LONGEST] for name in (*NAMES, "tab", "sort", "size")}
    typed["lacks"] = typed["lacks"] if typed["lacks"] in LACKS else ""
    if "year" in request.args:
        typed["year"] = str(year)
    sort = typed["sort"].removeprefix("-")
    chosen = MemberFilter(
        year=year,
        today=today(),
        tab=Tab(typed["tab"]) if typed["tab"] in set(Tab) else Tab.ACTIVE,
        text=typed["q"],
        category=typed["category"],
        dues_class=typed["class"],
        method=typed["method"],
        lacks=typed["lacks"],
        needs=sizes_of_categories(session, year) if typed["lacks"] == "size" else (),
        import_id=_whole(typed["import"]),
        sort=sort if sort in SORTS else "name",
        is_descending=sort in SORTS and typed["sort"].startswith("-"),
    )
    size = _whole(typed["size"]) or _USUAL_SIZE
    return Asked(chosen, size if size in SIZES else _USUAL_SIZE, typed)


def chips(asked: Asked, category_names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the filters that are on, each with the address without it."""
    chosen = asked.filter
    labels = {
        "q": _("“%(text)s”", text=chosen.text),
        "category": category_names.get(chosen.category, chosen.category),
        "class": chosen.dues_class,
        "method": _(PAYMENT_WORDS.get(chosen.method, chosen.method)),
        "lacks": _(LACKS.get(chosen.lacks, "")),
        "import": _("Import %(number)s", number=asked.typed["import"]),
    }
    return [
        {"label": label, "href": asked.address(**{name: None})}
        for name, label in labels.items()
        if asked.typed[name]
    ]


def _whole(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None
