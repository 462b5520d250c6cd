"""The state of the installation: database, backup, checks, workers, mails, disk, version.

Source: `ux.md` 9 "System status".
"""

from __future__ import annotations

import platform
from typing import Any, Final

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from membership import __version__
from membership.domain.errors import N_
from membership.services.daily import (
    BACKUP,
    CHECK,
    COMPARE,
    DONE,
    ERASE,
    FAILED,
    FORGET,
    MANDATES,
    STARTED,
)
from membership.services.system_state import Light, SystemState, system_state
from membership.web.access import policy, read
from membership.web.language import _, moment_text, ngettext
from membership.web.sessions import holds, moment, operator

blueprint = Blueprint("system", __name__, url_prefix="/system")

LIGHTS: Final = {
    Light.OK: (N_("In order"), "tick"),
    Light.WARNING: (N_("Please look"), "triangle"),
    Light.DANGER: (N_("Fault"), "triangle"),
    Light.UNKNOWN: (N_("Not yet"), "clock"),
}
"""Light -> its word and icon."""
TASKS: Final = {
    CHECK: N_("Check of the books"),
    BACKUP: N_("Backup"),
    MANDATES: N_("Mandates that expire"),
    FORGET: N_("Old details of online payments"),
    COMPARE: N_("Comparison with Stripe"),
    ERASE: N_("Old applications erased"),
}
_STATES: Final = {
    DONE: (N_("Done"), "ok", "tick"),
    FAILED: (N_("Failed"), "danger", "triangle"),
    STARTED: (N_("Running"), "info", "running"),
}
_KILO: Final = 1024


@blueprint.get("")
@policy("system.read")
def index() -> ResponseReturnValue:
    """Show how the installation stands, each part in one line."""
    state = system_state(read(), state_dir=operator().state_dir, at=moment())
    return render_template(
        "treasurer/system/index.html",
        parts=_parts(state),
        tasks=[_task(task) for task in state.tasks],
        is_demo=operator().is_demo,
        now=state.at,
        zone=operator().time_zone,
    )


def _parts(state: SystemState) -> list[dict[str, Any]]:
    return [
        _part(_("Database"), Light.OK, _database(state)),
        _part(_("Schema of the database"), Light.OK if state.is_up_to_date else Light.DANGER, _schema(state)),
        _part(_("Last backup"), state.backup_light, *_backup(state)),
        _part(_("Check of the books"), state.check_light, *_check(state)),
        _part(_("Workers"), state.queue_light, *_queue(state)),
        _part(_("Outgoing mails"), state.mails.light, *_mails(state)),
        _part(_("Disk"), state.disk.light, _disk(state)),
        _part(
            _("Version"),
            Light.OK,
            _(
                "Beitragsbuch %(version)s, Python %(python)s",
                version=__version__,
                python=platform.python_version(),
            ),
        ),
    ]


def _part(title: str, light: Light, text: str, note: str = "", href: str | None = None) -> dict[str, Any]:
    word, icon = LIGHTS[light]
    return {
        "title": title,
        "tone": str(light),
        "word": _(word),
        "icon": icon,
        "text": text,
        "note": note,
        "href": href,
    }


def _database(state: SystemState) -> str:
    found = state.database
    return f"{found.product} {found.version}, {_size(found.size)}"


def _schema(state: SystemState) -> str:
    if state.is_up_to_date:
        return _("%(revision)s, up to date", revision=state.revision)
    return _("%(revision)s does not fit this program: run “membership db upgrade”.", revision=state.revision)


def _backup(state: SystemState) -> tuple[str, str]:
    age, day = state.backup_age, state.care.backup_on
    if age is None or day is None:
        return _("There is no backup yet"), state.care.backup_error or _(
            "One is made each day while the server runs."
        )
    when = _("of today") if age < 1 else ngettext("of yesterday", "%(n)s days old", age)
    return _("%(day)s, %(when)s", day=day, when=when), state.care.backup_error


def _check(state: SystemState) -> tuple[str, str, str | None]:
    care = state.care
    if care.checked_at is None:
        return (
            _("The books have not been checked yet."),
            _("They are checked each day while the server runs."),
            None,
        )
    if not care.findings:
        return _("%(moment)s: everything fits", moment=moment_text(care.checked_at)), "", None
    text = ngettext(
        "%(moment)s: %(n)s deviation",
        "%(moment)s: %(n)s deviations",
        care.findings,
        moment=moment_text(care.checked_at),
    )
    log = url_for("treasurer.audit.index", kind="task") if holds("audit.read") else None
    return text, _("Nothing was repaired. Run “membership verify --full” on the server."), log


def _queue(state: SystemState) -> tuple[str, str]:
    queue = state.queue
    note = (
        ngettext("%(n)s PDF was given up.", "%(n)s PDFs were given up.", queue.failed) if queue.failed else ""
    )
    if not queue.waiting or queue.oldest_at is None:
        return _("Nothing waits."), note
    text = ngettext(
        "%(n)s task waits, the oldest since %(moment)s", "%(n)s tasks wait, the oldest since %(moment)s",
        queue.waiting, moment=moment_text(queue.oldest_at),
    )  # fmt: skip
    if state.queue_light is Light.OK:
        return text, note
    return text, note or _("No worker seems to run. Start the server again, or “membership worker”.")


def _mails(state: SystemState) -> tuple[str, str, str | None]:
    mails = state.mails
    text = (
        ngettext("%(n)s mail waits", "%(n)s mails wait", mails.waiting)
        if mails.waiting
        else _("Nothing waits.")
    )
    notes = []
    if mails.rests_until:
        notes.append(
            _(
                "%(reason)s Next try %(moment)s.",
                reason=_(mails.reason),
                moment=moment_text(mails.rests_until),
            )
        )
    if mails.halted_at:
        notes.append(_("Halted by a person."))
    if mails.for_person:
        notes.append(
            ngettext("%(n)s mail needs a decision.", "%(n)s mails need a decision.", mails.for_person)
        )
    href = url_for("treasurer.dispatch.index") if holds("invoice.read") else None
    return text, " ".join(notes), href


def _disk(state: SystemState) -> str:
    return _("%(free)s of %(total)s free", free=_size(state.disk.free), total=_size(state.disk.total))


def _task(task: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of the query
    word, tone, icon = _STATES[task.state]
    outcome = task.outcome
    if "error" in outcome:
        result = str(outcome["error"])
    elif task.name == BACKUP:
        result = str(outcome.get("file", ""))
    elif task.name == FORGET:
        count = sum(int(each) for each in outcome.values())
        result = ngettext("%(n)s detail deleted", "%(n)s details deleted", count)
    else:
        found = int(outcome.get("findings", 0)) + int(outcome.get("differences", 0))
        result = ngettext("%(n)s deviation", "%(n)s deviations", found) if found else _("everything fits")
    return {
        "day": task.day, "title": _(TASKS.get(task.name, task.name)), "word": _(word), "tone": tone, "icon": icon,
        "finished_at": task.finished_at, "result": result if task.finished_at else "",
    }  # fmt: skip


def _size(count: int) -> str:
    """Return a number of bytes in whole MB or GB, at least one."""
    megabytes = max(1, count // _KILO**2)
    return f"{megabytes} MB" if megabytes < 10 * _KILO else f"{megabytes // _KILO} GB"
