"""The clock: the moment in UTC and the day in the association's zone. Only web, cli and jobs ask it.

`MEMBERSHIP_TODAY` (a date) sets the day for tests and the demonstration; `app.py` refuses it on other data.
Source: `reliability.md` 5.12 no. 62, `decisions.md` 27.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Europe/Berlin"


def now(zone: str = DEFAULT_ZONE) -> datetime:
    """Return the present moment, aware, in UTC; on the day `MEMBERSHIP_TODAY` when that is set."""
    moment = datetime.now(UTC)
    pinned = os.environ.get("MEMBERSHIP_TODAY")
    if not pinned:
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    return datetime.combine(date.fromisoformat(pinned), local.timetz()).astimezone(UTC)


def day_of(moment: datetime, zone: str = DEFAULT_ZONE) -> date:
    """Return the calendar day of a moment in the association's zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def today(zone: str = DEFAULT_ZONE) -> date:
    """Return the calendar day in the association's zone."""
    return day_of(now(zone), zone)


def ticks() -> float:
    """Return seconds that only go forward and also count while the machine or the process sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
