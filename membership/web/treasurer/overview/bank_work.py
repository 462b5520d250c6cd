"""The work that the bank brings: entries to decide, a statement that is missing, mandates that expire.

Source: `ux.md` 6.2; SEPA-4.
"""

from __future__ import annotations

from typing import Any, Final

from flask import url_for

from membership.persistence.db import Session
from membership.persistence.queries.bank_lines import Choice, count_lines, find_last_day
from membership.persistence.queries.direct_debits.expiring import list_expiring
from membership.web.frame import today
from membership.web.language import _, ngettext
from membership.web.sessions import holds

_OLD_DAYS: Final = 10
_NAMED: Final = 3


def list_bank_work(session: Session) -> list[dict[str, Any]]:
    """Return the work of the bank and of the direct debits for this person, the most urgent first."""
    return [*_entries(session), *_old_statement(session), *_mandates(session)]


def _entries(session: Session) -> list[dict[str, Any]]:
    count = count_lines(session, Choice(is_open=True))[0] if holds("bank.write") else 0
    if not count:
        return []
    title = ngettext("%(n)s bank entry waits for you", "%(n)s bank entries wait for you", count)
    text = _("Each with what it could be.")
    return [_item(title, text, url_for("treasurer.banking.match"), _("Match"), tone="warning")]


def _old_statement(session: Session) -> list[dict[str, Any]]:
    last = find_last_day(session) if holds("bank.write") else None
    age = (today() - last).days if last else 0
    if age <= _OLD_DAYS:
        return []
    title = ngettext("The last statement is %(n)s day old", "The last statement is %(n)s days old", age)
    text = _("Payments since then are not booked yet.")
    return [_item(title, text, url_for("treasurer.banking.import_file"), _("Take in"), tone="warning")]


def _mandates(session: Session) -> list[dict[str, Any]]:
    found = list_expiring(session, today=today()) if holds("mandate.write") else []
    if not found:
        return []
    title = ngettext("%(n)s mandate expires soon", "%(n)s mandates expire soon", len(found))
    named = [_("%(member)s on %(day)s", member=view.member.name, day=day) for view, day in found[:_NAMED]]
    more = ", …" if len(found) > _NAMED else ""
    first, _day = found[0]
    href = (
        url_for("treasurer.direct_debits.mandate", mandate_id=first.row.id)
        if len(found) == 1
        else url_for("treasurer.direct_debits.list_", state="active")
    )
    return [_item(title, ", ".join(named) + more, href, _("View"), tone="plan")]


def _item(title: str, text: str, href: str, action: str, *, tone: str) -> dict[str, Any]:
    return {"icon": "bank", "tone": tone, "title": title, "text": text, "href": href, "action": action}
