"""The audit log: who did what, when and why, what was there before; and whether the chain is unbroken.

Source: `ux.md` 9 "Audit log".
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import N_
from membership.persistence.db import write
from membership.persistence.queries.audit import (
    PAGE,
    AuditFilter,
    AuditLine,
    iter_audit,
    list_audit,
    list_audit_choices,
)
from membership.services import exports
from membership.services.audit import check_recent, note_export
from membership.services.exports import Column, list_file
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.downloads import download
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, moment_text, words
from membership.web.treasurer.audit_words import (
    amount_words,
    change_words,
    object_href,
    object_words,
    person_words,
)

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

ACTION_WORDS: Final = {
    "access.refused": N_("Page refused"),
    "settings.first_values": N_("First settings entered"),
    "settings.change": N_("Settings changed"),
    "audit.export": N_("Audit log exported"),
    "backup.make": N_("Backup made"),
    "backup.restore": N_("Backup restored"),
    "daily.check": N_("Books checked"),
    "daily.backup": N_("Daily backup"),
    "daily.mandates": N_("Mandates looked through"),
    "daily.erase": N_("Old applications erased"),
    "settings.mail_tested": N_("Test mail got through"),
    "settings.logo": N_("Logo changed"),
    "settings.remove_logo": N_("Logo removed"),
    "user.first_admin": N_("First administrator created"),
    "user.invite": N_("Person invited"),
    "user.accept_invitation": N_("Invitation accepted"),
    "user.rights": N_("Rights changed"),
    "user.deactivate": N_("Account deactivated"),
    "user.activate": N_("Account activated"),
    "user.offer_reset": N_("Link for a new password made"),
    "user.offer_sign_in_link": N_("Sign-in link made"),
    "user.reset_password": N_("Password set by link"),
    "user.change_password": N_("Password changed"),
    "user.profile": N_("Profile changed"),
    "user.end_session": N_("Session ended"),
    "user.end_sessions": N_("Sessions ended"),
    "user.sign_in": N_("Signed in"),
    "user.sign_in_paused": N_("Sign-in paused after failures"),
    "user.sign_in_flood": N_("Sign-in closed to new browsers after very many failures"),
    "user.second_factor_on": N_("Second factor switched on"),
    "user.second_factor_off": N_("Second factor switched off"),
    "user.recovery_codes": N_("Recovery codes renewed"),
}
"""Action -> its words; other subjects name theirs by `name_actions`, an action without words is shown as it is."""

KIND_WORDS: Final = {
    "user": N_("Person"),
    "settings": N_("Settings"),
    "log": N_("Audit log"),
    "account": N_("Learned account"),
    "bank_account": N_("Bank account"),
    "bank_line": N_("Bank entry"),
    "bank_rule": N_("Rule for bank entries"),
    "bank_statement": N_("Bank statement"),
    "page": N_("Page"),
    "backup": N_("Backup"),
    "task": N_("Daily task"),
    "sign-in": N_("Sign-in"),
    "member": N_("Member"),
    "members": N_("Member list"),
    "application": N_("Application"),
    "invoice": N_("Invoice"),
    "invoices": N_("Invoice list"),
    "draft": N_("Draft of an invoice"),
    "payment": N_("Payment"),
    "run": N_("Billing run"),
    "levy": N_("Levy"),
    "schedule": N_("Fee schedule"),
    "import": N_("Import"),
}


def name_actions(words_by_action: dict[str, str]) -> None:
    """Give the actions of a subject their words, once, when its module is loaded."""
    ACTION_WORDS.update(words_by_action)


@blueprint.get("")
@policy("audit.read")
def index() -> ResponseReturnValue:
    """Show one page of the log as the filters say."""
    asked, chosen = request.args, _chosen()
    session = read()
    page = _page_number(asked.get("page", ""))
    lines, total = list_audit(session, chosen, page=page)
    if not lines and page > 1:
        return redirect(_address(_asked()))
    known, kinds = list_audit_choices(session)
    people = [(key, person_words(key, name)) for key, name in known]
    return render_template(
        "treasurer/audit/index.html",
        lines=lines,
        people=people,
        kinds=[(kind, _kind(kind)) for kind in kinds],
        asked=asked,
        filters=_chips(dict(people)),
        pager=_pager(page, total),
        chain=check_recent(session),
        action_words=action_words,
        kind_words=_kind,
        person_words=person_words,
        object_words=object_words,
        object_href=object_href,
        exports={str(form): _address(_asked(), export=form) for form in exports.Format},
        amount_words=amount_words,
        change_words=change_words,
    )


@blueprint.get("/export.<form>")
@policy("audit.read")
@few_at_once
def export(form: str) -> ResponseReturnValue:
    """Send all records of the filter as XLSX or CSV."""
    if form not in set(exports.Format):
        abort(404)
    title = _("Audit log")
    found = list_file(
        [Column(_(heading), exports.Kind.TEXT) for heading in _HEADINGS],
        (_row(line) for line in iter_audit(read(), _chosen())),
        form=exports.Format(form),
        name=exports.file_name(title, today()),
        words=words(),
        sheet=title,
        lines=[title, *(chip["label"] for chip in _chips({}))],
        created=sessions.moment(),
    )
    write(current_actor(), note_export, form=form, today=today())
    return download(found)


_HEADINGS: Final = (
    N_("Time"), N_("Person"), N_("Action"), N_("Kind of object"), N_("Object"), N_("Member"), N_("Amount"),
    N_("Before → after"), N_("Reason"), N_("Source"),
)  # fmt: skip
"""The columns of the exported log, in their order; `Source` is the number of the request or job."""


def _row(line: AuditLine) -> list[exports.FileCell]:
    return [
        moment_text(line.at),
        person_words(line.actor_key, line.actor_name),
        action_words(line.action),
        _kind(line.object_kind),
        object_words(line),
        line.member_number or "",
        amount_words(line),
        "; ".join(change_words(line)),
        line.reason,
        line.request_id,
    ]


def _chosen() -> AuditFilter:
    asked = request.args
    return AuditFilter(
        person=asked.get("person", ""),
        kind=asked.get("kind", ""),
        object=asked.get("object", "").strip(),
        since=_start(_day(asked.get("since", ""))),
        until=_start(_day(asked.get("until", "")), days=1),
    )


def action_words(action: str) -> str:
    """Return an action in words."""
    return words().text(ACTION_WORDS.get(action, action))


def _kind(kind: str) -> str:
    return words().text(KIND_WORDS.get(kind, kind))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _start(day: date | None, *, days: int = 0) -> datetime | None:
    if day is None or not date.min.year < day.year < date.max.year:
        return None
    zone = ZoneInfo(sessions.operator().time_zone)
    return datetime.combine(day + timedelta(days=days), time(), tzinfo=zone)


def _page_number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1  # noqa: PLR2004 - a million pages are enough


def _chips(people: dict[str, str]) -> list[dict[str, str]]:
    asked = _asked()
    labels = {
        "person": people.get(asked.get("person", ""), asked.get("person", "")),
        "kind": _kind(asked.get("kind", "")),
        "object": asked.get("object", ""),
        "since": _("from %(day)s", day=_day(asked.get("since", "")) or asked.get("since", "")),
        "until": _("until %(day)s", day=_day(asked.get("until", "")) or asked.get("until", "")),
    }
    return [
        {"label": label, "href": _address({**asked, name: ""})}
        for name, label in labels.items()
        if name in asked
    ]


def _pager(page: int, total: int) -> dict[str, Any]:
    return {
        "first": (page - 1) * PAGE + 1 if total else 0,
        "last": min(page * PAGE, total),
        "total": total,
        "previous": _address({**_asked(), "page": str(page - 1)}) if page > 1 else None,
        "next": _address({**_asked(), "page": str(page + 1)}) if page * PAGE < total else None,
        "sizes": [],
    }


def _asked() -> dict[str, str]:
    """Return the filters of the address that are filled in, without the page."""
    names = ("person", "kind", "object", "since", "until")
    return {name: request.args[name].strip() for name in names if request.args.get(name, "").strip()}


def _address(asked: dict[str, str], *, export: str = "") -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    path = url_for(".export", form=export) if export else url_for(".index")
    return path + (f"?{query}" if query else "")
