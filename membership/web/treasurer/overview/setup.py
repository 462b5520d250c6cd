"""The set-up list before the first billing run: its steps, which of them are done, and what comes next.

Source: `ux.md` 6.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import request, url_for

from membership.domain.errors import N_
from membership.persistence.db import Session
from membership.persistence.queries.overview import find_standing
from membership.services.association import SetupStep, setup_progress
from membership.web.language import _, ngettext
from membership.web.sessions import holds, operator

Item = dict[str, Any]

_STEPS: Final = {
    "association": (N_("Association"), N_("Name, address and board: they stand on every invoice."), "home"),
    "look": (N_("Logo and colour"), N_("Pages and invoices then look like the association."), "eye"),
    "bank": (N_("Bank account"), N_("Members pay to it; the QR code on the invoice holds it."), "bank"),
    "sepa": (N_("SEPA direct debit"), N_("Only if you collect dues from the members' accounts."), "card"),
    "schedule": (N_("Fee schedule"), N_("From a template, with your own amounts."), "tag"),
    "invoices": (
        N_("Invoices"),
        N_("Who signs, who answers questions, and the form of the numbers."),
        "document",
    ),
    "mail": (
        N_("E-mail"),
        N_("The server that sends the invoices; done when a test mail gets through."),
        "mail",
    ),
    "members": (N_("Members"), N_("From your Excel or CSV list, one company per row."), "people"),
    "second_factor": (
        N_("Second factor of your account"),
        N_("Your password alone starts no billing run."),
        "shield",
    ),
    "users": (N_("Invite users"), N_("Board, office or auditors, each with their own rights."), "user"),
}
"""Key of a step -> its title, what it is for, its icon."""

_STEP_ACTIONS: Final = {
    "association": N_("Enter"),
    "look": N_("Choose"),
    "bank": N_("Enter"),
    "sepa": N_("Enter"),
    "schedule": N_("Choose"),
    "invoices": N_("Enter"),
    "mail": N_("Set up"),
    "members": N_("Import members (action)"),
    "second_factor": N_("Set up"),
    "users": N_("Invite"),
}
_FOR_WHOM: Final = {"mail": "settings.operate", "users": "users.manage", "second_factor": "billing.release"}
"""Steps that only those do who hold an action; others see how far they are."""


def steps_of(session: Session) -> list[SetupStep]:
    """Return the steps of the first start for those who do them; the demonstration asks no second factor, no mail."""
    if not holds("settings.write"):
        return []
    is_asked = not operator().is_demo
    return [step for step in setup_progress(session) if is_asked or step.key not in {"second_factor", "mail"}]


def items(steps: Sequence[SetupStep]) -> list[Item]:
    """Return the eight tasks, each with its state; each leads to its page, done or not."""
    return [_item(step) for step in steps if not step.is_beside]


def beside(steps: Sequence[SetupStep]) -> list[Item]:
    """Return what belongs to the first run beside the eight tasks; the run itself ends it."""
    is_ready = all(step.is_done for step in steps if step.is_needed_for_run)
    return [
        *(_item(step) for step in steps if step.is_beside),
        {
            "icon": "running",
            "tone": "brand",
            "title": _("First billing run"),
            "text": _ready(steps)
            if is_ready
            else _(
                "As soon as association, bank account, members, fee schedule and your second factor are done."
            ),
            "href": _start_address() if is_ready else None,
            "action": _("Start"),
        },
    ]


def _ready(steps: Sequence[SetupStep]) -> str:
    if any(step.key == "mail" and not step.is_done for step in steps):
        return _("You can start. Without a mail server you print the invoices.")
    return _("Everything is ready.")


def _item(step: SetupStep) -> Item:
    title, text, icon = _STEPS[step.key]
    may_do = _is_mine(step)
    return {
        "icon": "tick" if step.is_done else icon,
        "tone": "ok" if step.is_done else "brand",
        "title": _(title),
        "text": _(step.missing or text) if may_do or step.is_done else _("The administration does this."),
        "status": "task_done" if step.is_done else "optional" if step.is_optional else "to_do",
        "href": url_for(step.endpoint) if may_do else None,
        "action": _("Change (action)") if step.is_done else _(_STEP_ACTIONS[step.key]),
    }


def _is_mine(step: SetupStep) -> bool:
    return holds(_FOR_WHOM.get(step.key, "settings.write"))


def progress(steps: Sequence[SetupStep]) -> str:
    """Return how many of the tasks are done, and how many of the others can wait."""
    counted = [step for step in steps if not step.is_beside]
    done = _(
        "Set-up: %(done)s of %(all)s done",
        done=str(sum(step.is_done for step in counted)),
        all=str(len(counted)),
    )
    waiting = sum(step.is_optional and not step.is_done for step in counted)
    if not waiting:
        return done
    return f"{done}, {ngettext('%(n)s can wait', '%(n)s can wait', waiting)}"


def is_all_done(steps: Sequence[SetupStep]) -> bool:
    """Return whether nothing is left but what can wait."""
    return _next(steps) is None


def next_step(steps: Sequence[SetupStep]) -> Mapping[str, str] | None:
    """Return the primary action of the set-up: the first step that is open and this person's, else the run."""
    step = _next([step for step in steps if _is_mine(step)])
    if step is not None:
        return {
            "href": url_for(step.endpoint),
            "label": _("Next: %(step)s", step=_(_STEPS[step.key][0])),
        }
    start = _start_address()
    is_ready = all(step.is_done for step in steps if step.is_needed_for_run)
    return {"href": start, "label": _("Start first billing run")} if start and is_ready else None


def _next(steps: Sequence[SetupStep]) -> SetupStep | None:
    return next((step for step in steps if not step.is_done and not step.is_optional), None)


def _start_address() -> str | None:
    return url_for("treasurer.billing.start") if holds("billing.release") else None


def onward(session: Session) -> Mapping[str, str] | None:
    """Return the way on from a step that was just saved; None for others and once the first invoice is out.

    None as well while the step of the page itself is still open: it is this page that leads on.
    """
    steps = steps_of(session)
    if not steps or find_standing(session).has_invoices:
        return None
    step = next_step(steps)
    return None if step is not None and step["href"] == request.path else step


def missing(steps: Sequence[SetupStep]) -> list[Item]:
    """Return the steps of this person that are still open once the first run is done, as work that waits."""
    found = []
    for step in steps:
        if step.is_done or step.is_optional or not _is_mine(step):
            continue
        title, text, icon = _STEPS[step.key]
        found.append(
            {
                "icon": icon,
                "tone": "plan",
                "title": _("Still missing: %(step)s", step=_(title)),
                "text": _(text),
                "href": url_for(step.endpoint),
                "action": _(_STEP_ACTIONS[step.key]),
            }
        )
    return found
