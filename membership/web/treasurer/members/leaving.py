"""What the end of a membership does, in sentences that are read before it is saved.

Source: `ux.md` 6.3 "Leaving"; MEM-7, MEM-8.
"""

from __future__ import annotations

from datetime import date

from membership.domain.money import Money
from membership.services.members.effects import LeavingEffect
from membership.web.language import _

Reading = list[tuple[str, str]]
"""Sentences, each with the kind of its notice."""


def reading_of(effect: LeavingEffect, *, earliest: date | None = None) -> Reading:
    """Return what will happen; `earliest` is the first day on which the notice rule lets a membership end."""
    year, following = str(effect.last_year), str(effect.last_year + 1)
    lines = [("info", _("The membership ends on %(day)s.", day=effect.last_day))]
    if earliest is not None and effect.last_day < earliest:
        sentence = _("This is before %(day)s, the first day the usual period of notice allows.", day=earliest)
        lines.append(("warning", sentence))
    if effect.is_cut:
        lines.append(
            ("info", _("The dues for %(year)s are worked out up to the month of leaving.", year=year))
        )
    else:
        lines.append(("info", _("The dues for %(year)s stay due.", year=year)))
    if effect.later_invoices:
        sentence = _("%(numbers)s exist already and stay open.", numbers=", ".join(effect.later_invoices))
        lines.append(("warning", sentence))
    lines.append(("info", _("No invoice will be written for %(year)s.", year=following)))
    if effect.open_cents:
        amount = Money(effect.open_cents)
        lines.append(("info", _("%(amount)s are open and stay to be paid.", amount=amount)))
    return lines
