"""What the address of the member list asks for: tab, filters, order, page size, and the addresses that differ in one.

Source: `ux.md` 4 "Filters", 6.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from membership.domain.errors import N_
from membership.domain.member_fields import PAYMENT_WORDS
from membership.domain.members import STATE_WORDS, MemberState
from membership.persistence.db import Session
from membership.persistence.queries.members import SORTS, MemberFilter, Tab
from membership.services.dues import sizes_of_categories
from membership.web.frame import today
from membership.web.language import _
from membership.web.treasurer.list_address import ListAddress, typed_filters, whole_number

NAMES: Final = ("q", "category", "class", "method", "state", "tag", "lacks", "import")
LACKS: Final = {
    "size": N_("Size missing"),
    "email": N_("E-mail missing"),
    "category": N_("Category missing"),
}


@dataclass(frozen=True, slots=True)
class Asked(ListAddress):
    """The filter that the address asks for."""

    filter: MemberFilter


def asked_for(session: Session, year: int) -> Asked:
    """Return what the address asks for; what it cannot mean is left out."""
    typed = typed_filters(NAMES, year)
    typed["state"] = typed["state"] if typed["state"] in set(MemberState) else ""
    typed["lacks"] = typed["lacks"] if typed["lacks"] in LACKS else ""
    sort = typed["sort"].removeprefix("-")
    chosen = MemberFilter(
        year=year,
        today=today(),
        tab=Tab(typed["tab"]) if typed["tab"] in set(Tab) else Tab.ACTIVE,
        text=typed["q"],
        category=typed["category"],
        dues_class=typed["class"],
        method=typed["method"],
        tag=typed["tag"],
        state=typed["state"],
        lacks=typed["lacks"],
        needs=sizes_of_categories(session, year) if typed["lacks"] == "size" else (),
        import_id=whole_number(typed["import"]),
        sort=sort if sort in SORTS else "name",
        is_descending=sort in SORTS and typed["sort"].startswith("-"),
    )
    return Asked(typed, NAMES, chosen)


def chips(asked: Asked, category_names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the filters that are on, each with the address without it."""
    chosen = asked.filter
    labels = {
        "q": _("“%(text)s”", text=chosen.text),
        "category": category_names.get(chosen.category, chosen.category),
        "class": chosen.dues_class,
        "method": _(PAYMENT_WORDS.get(chosen.method, chosen.method)),
        "state": _(STATE_WORDS[MemberState(chosen.state)]) if chosen.state else "",
        "tag": chosen.tag,
        "lacks": _(LACKS.get(chosen.lacks, "")),
        "import": _("Import %(number)s", number=asked.typed["import"]),
    }
    return [
        {"label": label, "href": asked.address(**{name: None})}
        for name, label in labels.items()
        if asked.typed[name]
    ]
