"""The fee schedule: its stored form, read into typed parts (`read_schedule`, `FeeSchedule`).

`form.py` holds the parts, `reading.py` the whole document, the other files one piece of the form each.
"""

from __future__ import annotations

from membership.domain.dues.errors import ScheduleWrong
from membership.domain.dues.schedule.form import FeeSchedule
from membership.domain.dues.schedule.reading import read_schedule, read_schedules

__all__ = ["FeeSchedule", "ScheduleWrong", "read_schedule", "read_schedules"]
