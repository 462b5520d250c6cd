"""The work that waits, the most urgent first.

Source: `ux.md` 6.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for

from membership.domain.billing import RunState
from membership.domain.errors import N_
from membership.domain.money import Money
from membership.persistence.db import Session
from membership.persistence.queries.dispatch import count_for_person
from membership.persistence.queries.invoice_list import Overall, Tab
from membership.persistence.queries.members.listing import MemberFilter, count_members
from membership.persistence.queries.overview import Standing, find_left_out, list_failed_pdfs
from membership.services.association import SetupStep
from membership.services.daily import care_taken
from membership.services.dues import sizes_of_categories
from membership.web.frame import today
from membership.web.language import _, ngettext
from membership.web.sessions import holds, operator
from membership.web.treasurer.overview import setup

Item = dict[str, Any]

_RUNS: Final = {
    RunState.DRAFT: (N_("Billing run %(year)s is prepared"), N_("No invoice is issued yet."), N_("Continue")),
    RunState.RUNNING: (N_("Billing run %(year)s is at work"), N_("You may close this page."), N_("Watch")),
    RunState.PAUSED: (N_("Billing run %(year)s is paused"), N_("It goes on where it stopped."), N_("Resume")),
}
_FAILED_NAMED: Final = 3
_FRESH_DAYS: Final = 2


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A billing run of the year that is not finished."""

    id: int
    year: int
    state: RunState


def list_work(
    session: Session,
    year: int,
    *,
    standing: Standing,
    overall: Overall | None,
    run: OpenRun | None,
    steps: Sequence[SetupStep],
) -> list[Item]:
    """Return the work that waits for this person, the most urgent first."""
    return [
        *_care(session),
        *_failed_pdfs(session, standing),
        *_sendings(session),
        *_overdue(overall, year),
        *_run(run),
        *_left_out(session, year),
        *without_category(session, year),
        *_missing_sizes(session, year, overall),
        *_credits(standing),
        *setup.missing(steps),
    ]


def _care(session: Session) -> list[Item]:
    """Return that the books do not hold, or that there is no fresh backup; never in the demonstration."""
    if operator().is_demo or not (holds("audit.read") or holds("settings.operate")):
        return []
    care = care_taken(session)
    found: list[Item] = []
    if care.findings:
        title = ngettext(
            "The check of the books found %(n)s deviation",
            "The check of the books found %(n)s deviations",
            care.findings,
        )
        text = _("Nothing was repaired. Ask whoever runs the server to call “membership verify --full”.")
        found.append(_alarm(title, text, tone="danger"))
    age = (today() - care.backup_on).days if care.backup_on else None
    if care.checked_at is not None and (age is None or age > _FRESH_DAYS):
        title = (
            _("There is no backup yet")
            if care.backup_on is None
            else _("The last backup is of %(day)s", day=care.backup_on)
        )
        text = care.backup_error or _("A backup is made each day while the server runs.")
        found.append(_alarm(title, text, tone="warning"))
    return found


def _alarm(title: str, text: str, *, tone: str) -> Item:
    return {
        "icon": "triangle",
        "tone": tone,
        "title": title,
        "text": text,
        "href": url_for("treasurer.audit.index", kind="task"),
        "action": _("View"),
    }


def _failed_pdfs(session: Session, standing: Standing) -> list[Item]:
    if not standing.failed_pdfs or not holds("invoice.issue"):
        return []
    numbers = list_failed_pdfs(session, limit=_FAILED_NAMED)
    more = ", …" if standing.failed_pdfs > len(numbers) else ""
    return [
        {
            "icon": "triangle",
            "tone": "danger",
            "title": ngettext(
                "%(n)s PDF could not be made", "%(n)s PDFs could not be made", standing.failed_pdfs
            ),
            "text": ", ".join(numbers) + more,
            "href": url_for("treasurer.invoices.show", number=numbers[0]),
            "action": _("Look at it"),
        }
    ]


def _sendings(session: Session) -> list[Item]:
    """Return mails that only a person can decide about, and letters that wait to be printed."""
    if not holds("invoice.send"):
        return []
    waiting = count_for_person(session)
    found: list[tuple[int, str, str, str, str, str]] = [
        (
            waiting.failed + waiting.unknown,
            "danger",
            ngettext("%(n)s mail needs you", "%(n)s mails need you", waiting.failed + waiting.unknown),
            _("It was refused, or nobody knows whether it arrived."),
            "person",
            _("Decide"),
        ),
        (
            waiting.bounced,
            "danger",
            ngettext("%(n)s mail came back", "%(n)s mails came back", waiting.bounced),
            _("Correct the address and send the invoice again."),
            "bounced",
            _("View"),
        ),
        (
            waiting.letters,
            "plan",
            ngettext("%(n)s invoice goes by post", "%(n)s invoices go by post", waiting.letters),
            _("Print them as one PDF, sorted by postcode."),
            "letters",
            _("View"),
        ),
    ]
    return [
        {
            "icon": "mail", "tone": tone, "title": title, "text": text,
            "href": url_for("treasurer.dispatch.index", view=view), "action": action,
        }
        for count, tone, title, text, view, action in found
        if count
    ]  # fmt: skip


def _overdue(overall: Overall | None, year: int) -> list[Item]:
    late = overall.tabs[Tab.OVERDUE] if overall else None
    if late is None or not late.count:
        return []
    of_year: dict[str, Any] = {"year": year} if year != today().year else {}
    return [
        {
            "icon": "bell",
            "tone": "danger",
            "title": ngettext("%(n)s invoice is overdue", "%(n)s invoices are overdue", late.count),
            "text": _(
                "%(amount)s are open. Ask whether the payment is on its way.", amount=Money(late.open_cents)
            ),
            "href": url_for("treasurer.invoices.index", tab=Tab.OVERDUE, **of_year),
            "action": _("View"),
        }
    ]


def _run(run: OpenRun | None) -> list[Item]:
    if run is None:
        return []
    title, text, action = _RUNS.get(run.state, _RUNS[RunState.RUNNING])
    return [
        {
            "icon": "running",
            "tone": "plan" if run.state is RunState.DRAFT else "brand",
            "title": _(title, year=str(run.year)),
            "text": _(text),
            "href": url_for("treasurer.billing.show", run_id=run.id),
            "action": _(action),
        }
    ]


def _left_out(session: Session, year: int) -> list[Item]:
    found = find_left_out(session, year) if holds("billing.read") else None
    if found is None:
        return []
    return [
        {
            "icon": "pause",
            "tone": "warning",
            "title": ngettext(
                "%(n)s member has no invoice of %(year)s",
                "%(n)s members have no invoice of %(year)s",
                found.members,
                year=str(year),
            ),
            "text": _("The billing run held them back or failed at them."),
            "href": url_for("treasurer.billing.show", run_id=found.run_id),
            "action": _("View"),
        }
    ]


def without_category(session: Session, year: int) -> list[Item]:
    """Return that members have no category, for those who can give them one."""
    if not holds("member.write"):
        return []
    count = count_members(session, MemberFilter(year=year, today=today(), lacks="category")).total
    if not count:
        return []
    return [
        {
            "icon": "people",
            "tone": "warning",
            "title": ngettext("%(n)s member has no category", "%(n)s members have no category", count),
            "text": _("Without it the dues cannot be worked out."),
            "href": url_for("treasurer.members.index", lacks="category"),
            "action": _("View"),
        }
    ]


def _missing_sizes(session: Session, year: int, overall: Overall | None) -> list[Item]:
    """Return members without a size, as long as the year is not billed: the run would ask for it."""
    if overall is None or overall.tabs[Tab.ALL].count or not holds("member.write"):
        return []
    needs = sizes_of_categories(session, year)
    count = count_members(session, MemberFilter(year=year, today=today(), lacks="size", needs=needs)).total
    if not count:
        return []
    return [
        {
            "icon": "people",
            "tone": "warning",
            "title": ngettext("%(n)s member has no size", "%(n)s members have no size", count),
            "text": _("Without it the dues cannot be worked out."),
            "href": url_for("treasurer.members.index", lacks="size"),
            "action": _("View"),
        }
    ]


def _credits(standing: Standing) -> list[Item]:
    if not standing.usable_credits or not holds("payment.record"):
        return []
    return [
        {
            "icon": "card",
            "tone": "warning",
            "title": ngettext(
                "%(n)s member has a credit balance and an open invoice",
                "%(n)s members have a credit balance and an open invoice",
                standing.usable_credits,
            ),
            "text": _("The credit balance can settle the invoice."),
            "href": url_for("treasurer.payments.index", tab="free"),
            "action": _("Match"),
        }
    ]
