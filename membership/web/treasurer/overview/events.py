"""What happened last, in sentences: only what moves members, money and rules, not every click.

Source: `ux.md` 6.2 "Zuletzt passiert".
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import url_for

from membership.domain.errors import N_
from membership.domain.money import Money
from membership.persistence.db import Session
from membership.persistence.queries.history import Event, list_recent
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.links import invoice_address, member_address
from membership.web.sessions import holds, operator
from membership.web.treasurer.audit_words import person_words

_SHOWN: Final = 5
_SENTENCES: Final = {
    "payment.record": N_("%(member)s has paid %(amount)s"),
    "payment.reverse": N_("%(amount)s of %(member)s taken back"),
    "payment.unallocate": N_("Payment taken off %(ref)s"),
    "invoice.cancel": N_("%(ref)s cancelled"),
    "invoice.correct": N_("%(ref)s corrected"),
    "invoice.replace": N_("%(ref)s replaced"),
    "claim.write_off": N_("%(amount)s of %(ref)s written off"),
    "claim.waiver": N_("%(amount)s of %(ref)s waived"),
    "billing.plan": N_("Billing run %(year)s prepared"),
    "billing.release": N_("Billing run %(year)s released"),
    "billing.finish": N_("Billing run finished"),
    "schedule.activate": N_("Fee schedule %(ref)s put into force"),
    "member.create": N_("%(member)s added"),
    "member.change": N_("%(member)s changed"),
    "member.import": N_("Member list imported"),
    "member.undo_import": N_("Import of a member list undone"),
    "settings.change": N_("Settings changed"),
    "user.invite": N_("%(actor)s has invited a person"),
}


def list_last(session: Session) -> list[dict[str, Any]]:
    """Return the last events in words, the newest first."""
    return [
        {"when": _when(event.at), "text": _sentence(event), "href": _href(event)}
        for event in list_recent(session, _SENTENCES, limit=_SHOWN)
    ]


def _sentence(event: Event) -> str:
    return _(
        _SENTENCES[event.action],
        member=event.member_name or event.object_ref,
        amount=Money(int(event.facts.get("cents") or 0)),
        year=str(event.facts.get("year") or ""),
        ref=event.object_ref,
        actor=person_words(event.actor_key, event.actor_name),
    )


def _href(event: Event) -> str | None:
    if event.object_kind == "payment":
        return (
            url_for("treasurer.payments.show", payment_id=event.object_ref) if holds("payment.read") else None
        )
    if event.action.startswith(("invoice.", "claim.")):
        return invoice_address(event.object_ref)
    if event.object_kind == "run":
        return url_for("treasurer.billing.show", run_id=event.object_ref) if holds("billing.read") else None
    return member_address(event.member_number) if event.member_number else None


def _when(at: datetime) -> str:
    local = at.astimezone(ZoneInfo(operator().time_zone))
    if local.date() == today():
        return _("Today %(time)s", time=f"{local:%H:%M}")
    return _short(local.date())


def _short(day: date) -> str:
    """Return a day without its year, as long as it is this year's."""
    if day.year != today().year:
        return words().value(day)
    return f"{day:%d.%m.}" if words().language == "de" else words().value(day).rsplit(" ", 1)[0]
