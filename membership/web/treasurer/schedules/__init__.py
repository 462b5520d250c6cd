"""Fee schedules: chosen from the examples or uploaded, shown in words, tried on all members, put into force.

Source: `ux.md` 6.5, DUE-31, DUE-32.
"""

from __future__ import annotations

from membership.web.treasurer.schedules import (
    comparing,
    drafts,
    effects,
    general,
    raising,
    resolution,
    rules,
    versions,
)
from membership.web.treasurer.schedules.blueprint import blueprint

__all__ = [
    "blueprint",
    "comparing",
    "drafts",
    "effects",
    "general",
    "raising",
    "resolution",
    "rules",
    "versions",
]
