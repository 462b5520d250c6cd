"""A fee schedule in plain sentences and tables, for a treasurer who never saw the stored form.

Pages and commands show the same: `readable(schedule)` gives phrases, the wording is an argument of whoever shows them.
Source: `ux.md` 6.5, `decisions.md` 39.
"""

from __future__ import annotations

from membership.domain.dues.readable.text import (
    CategoryText,
    Passage,
    Rule,
    ScheduleText,
    TableRow,
    in_order,
    readable,
)

__all__ = ["CategoryText", "Passage", "Rule", "ScheduleText", "TableRow", "in_order", "readable"]
