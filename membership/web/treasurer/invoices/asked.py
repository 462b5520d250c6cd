"""What the address of the invoice list asks for: its filters, its order, and the addresses that differ in one of them.

Source: `ux.md` 4 "Filters", 6.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import url_for

from membership.domain.errors import N_, InputError
from membership.domain.money import Money, parse_amount
from membership.domain.reports.tables import typed_day
from membership.persistence.queries.invoice_list import InvoiceFilter, Overall, Sending, Sort, Tab
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.treasurer.invoices.blueprint import METHOD_NAMES
from membership.web.treasurer.list_address import ListAddress, typed_filters, whole_number

NAMES: Final = ("q", "class", "method", "from", "to", "min", "max", "run", "sending")
MORE: Final = ("from", "to", "min", "max", "run", "sending")
"""Filters behind the second line of the form."""

SENDING_NAMES: Final = {
    Sending.UNSENT: N_("Not sent"),
    Sending.WAITING: N_("Sending waits"),
    Sending.PROBLEM: N_("Sending needs you"),
    Sending.SENT: N_("Sent"),
}


@dataclass(frozen=True, slots=True)
class Asked(ListAddress):
    """The filter, and a sentence for each value that could not be read."""

    filter: InvoiceFilter
    errors: tuple[str, ...]

    def archive_address(self) -> str:
        """Return the address of one file with the PDFs of the same rows."""
        return self._address(url_for(".documents"), {})

    @property
    def has_more(self) -> int:
        """Return how many of the rarer filters are on."""
        return sum(bool(self.typed.get(name)) for name in MORE)


def asked_for(year: int) -> Asked:
    """Return what the address asks for."""
    typed = typed_filters(NAMES, year)
    errors: list[str] = []
    sort = typed["sort"].removeprefix("-")
    is_known = sort in set(Sort)
    chosen = InvoiceFilter(
        year=year,
        today=today(),
        tab=Tab(typed["tab"]) if typed["tab"] in set(Tab) else Tab.ALL,
        text=typed["q"],
        dues_class=typed["class"],
        method=typed["method"],
        since=_day(typed["from"], errors),
        until=_day(typed["to"], errors),
        least_cents=_cents(typed["min"], errors),
        most_cents=_cents(typed["max"], errors),
        run_id=whole_number(typed["run"]),
        sending=Sending(typed["sending"]) if typed["sending"] in set(Sending) else None,
        sort=Sort(sort) if is_known else Sort.NUMBER,
        is_descending=typed["sort"].startswith("-") if is_known else True,
    )
    return Asked(typed, NAMES, chosen, tuple(errors))


def chips(asked: Asked, overall: Overall) -> list[dict[str, str]]:
    """Return the filters that are on, each with the address without it."""
    chosen = asked.filter
    days = dict(overall.runs)
    run_day = days.get(chosen.run_id) if chosen.run_id is not None else None
    method = METHOD_NAMES.get(chosen.method, chosen.method)
    labels = {
        "q": _("“%(text)s”", text=chosen.text),
        "class": chosen.dues_class,
        "method": words().text(method),
        "from": chosen.since and _("from %(day)s", day=chosen.since),
        "to": chosen.until and _("until %(day)s", day=chosen.until),
        "min": chosen.least_cents is not None and _("at least %(amount)s", amount=Money(chosen.least_cents)),
        "max": chosen.most_cents is not None and _("at most %(amount)s", amount=Money(chosen.most_cents)),
        "run": _("Run of %(day)s", day=run_day) if run_day else _("Billing run"),
        "sending": chosen.sending and _(SENDING_NAMES[chosen.sending]),
    }
    return [
        {"label": str(label), "href": asked.address(**{name: None})}
        for name, label in labels.items()
        if asked.typed[name] and label
    ]


def _day(text: str, errors: list[str]) -> date | None:
    try:
        return typed_day(text, today=today()) if text else None
    except InputError:
        errors.append(_("“%(text)s” is not a day. The filter shows invoices of every day.", text=text))
        return None


def _cents(text: str, errors: list[str]) -> int | None:
    try:
        return parse_amount(text) if text else None
    except InputError as error:
        errors.append(words().error(error))
        return None
