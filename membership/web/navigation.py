"""The navigation of each role: what there is, who may open it, in which order. An entry without a page is left out.

Source: `ux.md` 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import current_app, g, request, url_for
from flask_login import current_user

from membership.domain.errors import N_
from membership.domain.policy import STAFF, Role
from membership.web import sessions
from membership.web.language import words


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that a role may have; `area` is the blueprint whose pages belong to it."""

    endpoint: str
    label: str
    icon: str
    action: str
    section: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as the frame draws it."""

    label: str
    href: str
    icon: str
    count: int | None
    is_current: bool
    section: str


STAFF_ENTRIES: Final = (
    Entry("treasurer.overview.index", N_("Overview"), "home", "overview.read"),
    Entry("treasurer.approvals.index", N_("Approvals"), "shield", "approval.decide"),
    Entry("treasurer.members.index", N_("Members"), "people", "member.read"),
    Entry("treasurer.schedules.index", N_("Dues"), "tag", "schedule.read", area="treasurer.schedules"),
    Entry("treasurer.billing.index", N_("Billing run"), "running", "billing.read"),
    Entry("treasurer.invoices.index", N_("Invoices"), "document", "invoice.read"),
    Entry("treasurer.payments.index", N_("Payments"), "card", "payment.read"),
    Entry("treasurer.banking.index", N_("Bank"), "bank", "bank.read", area="treasurer.banking"),
    Entry(
        "treasurer.direct_debits.index",
        N_("Direct debits"),
        "download",
        "collection.read",
        area="treasurer.direct_debits",
    ),
    Entry(
        "treasurer.declarations.index",
        N_("Declarations"),
        "clipboard",
        "declaration.read",
        area="treasurer.declarations",
    ),
    Entry("treasurer.reports.index", N_("Reports"), "chart", "report.read"),
    Entry("treasurer.users.index", N_("Users"), "user", "users.read", "foot"),
    Entry("treasurer.audit.index", N_("Audit log"), "clipboard", "audit.read", "foot"),
    Entry("treasurer.system.index", N_("System status"), "shield", "system.read", "foot"),
    Entry("treasurer.settings.index", N_("Settings"), "gear", "settings.read", "foot"),
    Entry("public.help", N_("Help"), "help", "overview.read", "foot"),
)
PORTAL_ENTRIES: Final = (
    Entry("portal.home.index", N_("Home"), "home", "portal.read"),
    Entry("portal.invoices.index", N_("Invoices"), "document", "portal.read"),
    Entry("portal.company.index", N_("Company data"), "people", "portal.read"),
    Entry("public.help", N_("Help"), "help", "portal.read"),
)
HELP_CHAPTERS: Final = (
    ("/treasurer/members", "members"),
    ("/treasurer/applications", "applications"),
    ("/treasurer/settings/application", "applications"),
    ("/application", "applications"),
    ("/treasurer/requests", "members"),
    ("/treasurer/schedules", "schedule"),
    ("/treasurer/billing", "billing"),
    ("/treasurer/invoices", "invoices"),
    ("/treasurer/opening-items", "invoices"),
    ("/treasurer/dispatch", "dispatch"),
    ("/treasurer/payments/online", "online-payments"),
    ("/treasurer/payments", "payments"),
    ("/treasurer/bank/direct-debits", "direct-debits"),
    ("/treasurer/bank", "bank"),
    ("/treasurer/declarations", "declarations"),
    ("/treasurer/reports", "reports"),
    ("/treasurer/resolutions", "reports"),
    ("/treasurer/year-end", "year-end"),
    ("/treasurer/approvals", "approvals"),
    ("/treasurer/users", "users"),
    ("/treasurer/settings/online", "online-payments"),
    ("/treasurer/settings", "settings"),
    ("/treasurer/system", "system"),
    ("/treasurer/audit", "audit"),
    ("/treasurer", "overview"),
    ("/menu", "overview"),
    ("/portal", "portal"),
    ("/declaration", "portal"),
    ("/profile", "sign-in"),
    ("/sign-in", "sign-in"),
    ("/forgot", "sign-in"),
    ("/reset", "sign-in"),
    ("/link", "sign-in"),
    ("/invitation", "sign-in"),
    ("/join", "sign-in"),
    ("/setup", "first-start"),
)
"""Beginning of an address -> the chapter of the manual that explains it; the first that fits counts."""


_PARTS_OF: Final = {
    "treasurer.applications": "treasurer.members",
    "treasurer.requests": "treasurer.members",
    "treasurer.dispatch": "treasurer.invoices",
    "treasurer.online_payments": "treasurer.payments",
    "treasurer.mail_texts": "treasurer.settings",
    "treasurer.refunds": "treasurer.payments",
    "treasurer.opening": "treasurer.invoices",
    "treasurer.resolutions": "treasurer.reports",
}
"""Pages without an entry of their own -> the entry that leads to them."""


def help_address() -> str:
    """Return the address of the help, with the chapter of the page that is being shown (`ux.md` 4 "Help")."""
    chapter = next((name for start, name in HELP_CHAPTERS if request.path.startswith(start)), None)
    is_staff = current_user.is_authenticated and current_user.is_staff
    if request.path.startswith("/treasurer") and not is_staff:
        chapter = (
            None  # for others these pages do not exist, and a missing page looks like a refused one (SEC-07)
        )
    return url_for("public.help", chapter=chapter)


def items(*, is_staff: bool) -> list[Item]:
    """Return what the person may open, in the order of the role table."""
    entries = STAFF_ENTRIES if is_staff else PORTAL_ENTRIES
    known = current_app.view_functions
    return [
        Item(
            label=words().text(entry.label),
            href=help_address() if entry.endpoint == "public.help" else url_for(entry.endpoint),
            icon=entry.icon,
            count=_count(entry),
            is_current=_is_current(entry),
            section=entry.section,
        )
        for entry in entries
        if entry.endpoint in known and sessions.holds(entry.action)
    ]


def _count(entry: Entry) -> int | None:
    """Return how much waits for this person behind an entry; None where nothing is counted."""
    if entry.endpoint != "treasurer.approvals.index":
        return None
    found = sessions.find_session()
    return found.to_decide or None if found is not None else None


def start_page(roles: frozenset[Role]) -> str:
    """Return the address where a person begins: overview or portal, the board with its own page (`ux.md` 8.1)."""
    if roles == {Role.BOARD}:
        return url_for("treasurer.reports.board")
    found = items(is_staff=bool(roles & STAFF))
    return found[0].href if found else url_for("account.profile")


def _is_current(entry: Entry) -> bool:
    area = entry.area or entry.endpoint.rsplit(".", 1)[0]
    here = g.get("area") or _PARTS_OF.get(request.blueprint or "", request.blueprint)
    return request.endpoint == entry.endpoint or (area != "public" and here == area)
