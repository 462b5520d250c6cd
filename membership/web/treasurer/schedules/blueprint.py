"""The blueprint of the fee schedule pages, and the words of their audit entries."""

from __future__ import annotations

from flask import Blueprint

from membership.domain.errors import N_
from membership.web.treasurer.audit import name_actions

blueprint = Blueprint("schedules", __name__, url_prefix="/schedules")
name_actions(
    {
        "schedule.import": N_("Fee schedule added as a draft"),
        "schedule.change": N_("Draft of a fee schedule changed"),
        "schedule.delete": N_("Draft of a fee schedule deleted"),
        "schedule.activate": N_("Fee schedule put into force"),
        "schedule.supersede": N_("Fee schedule followed by another"),
    }
)
