"""The set-up list before the first billing run: its steps, which of them are done, and what comes next.

Source: `ux.md` 6.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import url_for

from membership.domain.errors import N_
from membership.persistence.db import Session
from membership.persistence.queries.overview import find_standing
from membership.services.association import SetupStep, setup_progress
from membership.web.language import _
from membership.web.sessions import holds, operator

Item = dict[str, Any]

_STEPS: Final = {
    "association": (N_("Name and address of the association"), N_("They stand on every invoice."), "pen"),
    "look": (N_("Logo and colour"), N_("Pages and invoices then look like the association."), "eye"),
    "bank": (N_("Bank account"), N_("Members pay to it; the QR code on the invoice holds it."), "bank"),
    "schedule": (N_("Fee schedule"), N_("From an example, or as a file."), "tag"),
    "invoices": (
        N_("Invoices and numbers"),
        N_("Contact, signature and the form of the numbers."),
        "document",
    ),
    "members": (N_("Member list"), N_("An Excel or CSV file with one company per row."), "people"),
    "second_factor": (
        N_("Second factor of your account"),
        N_("Your password alone starts no billing run."),
        "shield",
    ),
}
"""Key of a step -> its title, what it is for, its icon."""

_STEP_ACTIONS: Final = {
    "association": N_("Enter"),
    "look": N_("Choose"),
    "bank": N_("Enter"),
    "schedule": N_("Choose"),
    "invoices": N_("Enter"),
    "members": N_("Import members (action)"),
    "second_factor": N_("Set up"),
}


def steps_of(session: Session) -> list[SetupStep]:
    """Return the steps of the first start for those who do them; the demonstration asks no second factor."""
    if not holds("settings.write"):
        return []
    is_asked = not operator().is_demo
    return [step for step in setup_progress(session) if is_asked or step.key != "second_factor"]


def items(steps: Sequence[SetupStep]) -> list[Item]:
    """Return the set-up list: what is done carries a tick, what is not leads to its page; the first run ends it."""
    listed: list[Item] = []
    for step in steps:
        title, text, icon = _STEPS[step.key]
        listed.append(
            {
                "icon": "tick" if step.is_done else icon,
                "tone": "ok" if step.is_done else "brand",
                "title": _("%(step)s (optional)", step=_(title)) if step.is_optional else _(title),
                "text": _("Done") if step.is_done else _(text),
                "href": url_for(step.endpoint),
                "action": _("Change (action)") if step.is_done else _(_STEP_ACTIONS[step.key]),
            }
        )
    is_ready = _next(steps) is None
    listed.append(
        {
            "icon": "running",
            "tone": "brand",
            "title": _("First billing run"),
            "text": _("Everything is ready.") if is_ready else _("As soon as the steps above are done."),
            "href": _start_address() if is_ready else None,
            "action": _("Start"),
        }
    )
    return listed


def progress(steps: Sequence[SetupStep]) -> str:
    """Return how much of the set-up is done; what is optional does not count."""
    needed = [step for step in steps if not step.is_optional]
    return _(
        "Set-up: %(done)s of %(all)s done",
        done=str(sum(step.is_done for step in needed)),
        all=str(len(needed)),
    )


def next_step(steps: Sequence[SetupStep]) -> Mapping[str, str] | None:
    """Return the primary action of the set-up: the first step that is open, else the run."""
    step = _next(steps)
    if step is not None:
        return {
            "href": url_for(step.endpoint),
            "label": _("Next: %(step)s", step=_(_STEPS[step.key][0])),
        }
    start = _start_address()
    return {"href": start, "label": _("Start first billing run")} if start else None


def _next(steps: Sequence[SetupStep]) -> SetupStep | None:
    return next((step for step in steps if not step.is_done and not step.is_optional), None)


def _start_address() -> str | None:
    return url_for("treasurer.billing.start") if holds("billing.release") else None


def onward(session: Session) -> Mapping[str, str] | None:
    """Return the way on from a step that was just saved; None for others and once the first invoice is out."""
    steps = steps_of(session)
    return next_step(steps) if steps and not find_standing(session).has_invoices else None


def missing(steps: Sequence[SetupStep]) -> list[Item]:
    """Return the steps that are still open once the first run is done, as work that waits."""
    found = []
    for step in steps:
        if step.is_done or step.is_optional:
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
