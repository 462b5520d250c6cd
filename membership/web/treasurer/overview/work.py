"""The work that waits, the most urgent first.

Source: `ux.md` 6.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for

from membership.domain.billing import RunState
from membership.domain.declarations.states import WAITING
from membership.domain.errors import N_
from membership.domain.money import Money
from membership.persistence.db import Session
from membership.persistence.queries.declarations import count_waiting, list_rounds
from membership.persistence.queries.dispatch import count_for_person, find_lost_anchor
from membership.persistence.queries.invoice_list import Overall, Tab
from membership.persistence.queries.members.listing import MemberFilter, count_members
from membership.persistence.queries.online_payments import count_looks
from membership.persistence.queries.overview import Standing, find_left_out, list_failed_pdfs
from membership.services.association import SetupStep
from membership.services.bounces import get_mark
from membership.services.daily import care_taken
from membership.services.dues import sizes_of_categories
from membership.web.frame import today
from membership.web.language import _, ngettext
from membership.web.sessions import holds, operator
from membership.web.treasurer.overview import setup
from membership.web.treasurer.overview.bank_work import list_bank_work
from membership.web.treasurer.overview.member_work import list_applications, list_requests
from membership.web.treasurer.overview.schedule_work import list_schedule_work
from membership.web.waiting import to_decide

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
        *_approvals(session),
        *list_applications(session),
        *_failed_pdfs(session, standing),
        *_sendings(session),
        *_online(session),
        *_mailbox(session),
        *list_bank_work(session),
        *_overdue(overall, year),
        *_run(run),
        *_left_out(session, year),
        *without_category(session, year),
        *_missing_sizes(session, year, overall),
        *_declarations(session),
        *list_requests(session),
        *_credits(standing),
        *list_schedule_work(session),
        *setup.missing(steps),
    ]


def _approvals(session: Session) -> list[Item]:
    """Return what waits for this person's decision, each with its own line."""
    if not holds("approval.decide"):
        return []
    return [
        {
            "icon": "shield",
            "tone": "plan",
            "title": each["title"],
            "text": _("Waits for your approval."),
            "href": each["href"],
            "action": _("Look at it"),
        }
        for each in to_decide(session)
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
        "href": url_for("treasurer.system.index")
        if holds("system.read")
        else url_for("treasurer.audit.index", kind="task"),
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


def _online(session: Session) -> list[Item]:
    """Return that the payment provider reported something that a person has to look at (FI-40, FI-41)."""
    count = count_looks(session) if holds("online.write") else 0
    if not count:
        return []
    return [
        {
            "icon": "triangle",
            "tone": "warning",
            "title": ngettext(
                "%(n)s report of Stripe needs a look", "%(n)s reports of Stripe need a look", count
            ),
            "text": _("Nothing of it was booked by itself."),
            "href": url_for("treasurer.online_payments.index"),
            "action": _("Look at it"),
        }
    ]


def _mailbox(session: Session) -> list[Item]:
    """Return what does not arrive any more, for those who can mend it: mails that come back, the proof of the books."""
    if operator().is_demo or not holds("settings.operate"):
        return []
    mark, anchor = get_mark(session), find_lost_anchor(session)
    mailbox = url_for("treasurer.settings.mailbox")
    found = []
    if mark.failed_at is not None:
        found.append((_("The mailbox for mails that come back cannot be read"), mark.reason, mailbox))
    if anchor is not None:
        title = _("The proof of the books did not arrive")
        found.append((title, anchor.reason, url_for("treasurer.settings.mail")))
    return [
        {
            "icon": "mail", "tone": "warning", "title": title, "text": _(reason) if reason else "", "href": href,
            "action": _("View"),
        }
        for title, reason, href in found
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


def _declarations(session: Session) -> list[Item]:
    """Return how many declarations wait to be taken over, of the newest round."""
    rounds = list_rounds(session) if holds("declaration.write") else []
    if not rounds:
        return []
    counts = count_waiting(session, [rounds[0].id])[rounds[0].id]
    waiting = sum(counts[state] for state in WAITING)
    if not waiting:
        return []
    return [
        {
            "icon": "clipboard",
            "tone": "info",
            "title": ngettext("%(n)s declaration has come in", "%(n)s declarations have come in", waiting),
            "text": _("Take them over for the dues %(year)s.", year=str(rounds[0].dues_year)),
            "href": url_for("treasurer.declarations.show", year=rounds[0].dues_year, view="waiting"),
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
