"""The figures of a dues year: headline figures with their ways to the list, the bar, the dues classes.

Source: `ux.md` 6.2, 12.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import url_for

from membership.domain.money import Money
from membership.persistence.queries.invoice_list import Overall, Tab
from membership.persistence.queries.invoice_sums import Sums
from membership.web import charts
from membership.web.language import _, ngettext, words


def received(overall: Overall) -> str:
    """Return what has come in of the year, in words."""
    return words().value(Money(overall.tabs[Tab.ALL].received_cents))


def _parts(overall: Overall) -> tuple[int, int, int]:
    """Return received, not yet due and overdue cents."""
    tabs = overall.tabs
    return tabs[Tab.ALL].received_cents, tabs[Tab.NOT_DUE].open_cents, tabs[Tab.OVERDUE].open_cents


def key_figures(overall: Overall, year: int, *, today: date) -> list[dict[str, Any]]:
    """Return billed, received, not yet due, overdue; each leads to the list that it sums up."""
    tabs = overall.tabs
    came, waiting, late = _parts(overall)
    percent = charts.whole_percents((came, waiting, late))[0]
    of_year: dict[str, Any] = {"year": year} if year != today.year else {}

    def count(tab: Tab) -> str:
        return ngettext("%(n)s invoice", "%(n)s invoices", tabs[tab].count)

    standing = ngettext("%(n)s invoice", "%(n)s invoices", tabs[Tab.ALL].count - tabs[Tab.CANCELLED].count)
    paid = _("%(percent)s %% · %(count)s paid in full", percent=percent, count=tabs[Tab.PAID].count)
    rows = (
        (_("Billed"), tabs[Tab.ALL].counted_cents, standing, "", None),
        (_("Received"), came, paid, "positive", Tab.PAID),
        (_("Not yet due"), waiting, count(Tab.NOT_DUE), "", Tab.NOT_DUE),
        (_("Overdue"), late, count(Tab.OVERDUE), "negative", Tab.OVERDUE),
    )
    return [
        {
            "label": label,
            "value": words().value(Money(cents)),
            "note": note,
            "tone": tone if cents else "",
            "href": url_for("treasurer.invoices.index", tab=tab, **of_year),
        }
        for label, cents, note, tone, tab in rows
    ]


def year_bar(overall: Overall) -> charts.StackedBar:
    """Return the bar of the year."""
    came, waiting, late = _parts(overall)
    return charts.stacked_bar(
        [
            charts.Part(_("Received"), came, "1"),
            charts.Part(_("Not yet due"), waiting, "3"),
            charts.Part(_("Overdue"), late, "overdue"),
        ]
    )


def bar_summary(overall: Overall) -> str:
    """Return the bar in one sentence."""
    came, waiting, late = map(Money, _parts(overall))
    return _(
        "Of %(billed)s billed, %(received)s has come in, %(waiting)s is not yet due and %(late)s is overdue.",
        billed=Money(overall.tabs[Tab.ALL].counted_cents),
        received=came,
        waiting=waiting,
        late=late,
    )


def class_rows(overall: Overall, unclassed: Mapping[str, Sums]) -> list[dict[str, Any]]:
    """Return the dues classes in the order of the table, then what has none by its category.

    Args:
        overall: the figures of the year.
        unclassed: name of a category -> its sums, of the invoices without a class.
    """
    classed = [(name, overall.by_class[name]) for name in overall.classes if name in overall.by_class]
    return [
        {
            "label": label or _("Without category"),
            "count": sums.count,
            "received": sums.received_cents,
            "open": sums.open_cents,
        }
        for label, sums in [*classed, *unclassed.items()]
    ]


def class_bars(rows: Sequence[dict[str, Any]]) -> charts.GroupBars:
    """Return the bars of the dues classes: received and open."""
    return charts.group_bars(
        [
            charts.Group(
                row["label"],
                ngettext("%(n)s invoice", "%(n)s invoices", row["count"]),
                (charts.Part(_("Received"), row["received"], "1"), charts.Part(_("Open"), row["open"], "2")),
            )
            for row in rows
        ]
    )
