"""The yearly run: planned, looked at, released, and worked off one invoice at a time.

A run is a row with one row per member. Source: `reliability.md` 5.7 (29, 30), `ux.md` 6.6.
"""

from membership.services.billing.issuing import (
    AlreadyBilled,
    ItemNotIssued,
    Lane,
    LaneTaken,
    bill_of,
    facts_of_run,
    fail_item,
    issue_next,
    leave_lane,
    take_lane,
)
from membership.services.billing.planning import (
    LevyOfOtherYear,
    NoSchedule,
    RunChanged,
    RunNotOpen,
    bill_item,
    change_run,
    confirm_items,
    discard_run,
    hold_item,
    plan_run,
    refresh_run,
)
from membership.services.billing.releasing import (
    NothingToBill,
    OtherRunOpen,
    RunTooOld,
    pause_run,
    release_run,
    resume_run,
)

__all__ = [
    "AlreadyBilled",
    "ItemNotIssued",
    "Lane",
    "LaneTaken",
    "LevyOfOtherYear",
    "NoSchedule",
    "NothingToBill",
    "OtherRunOpen",
    "RunChanged",
    "RunNotOpen",
    "RunTooOld",
    "bill_item",
    "bill_of",
    "change_run",
    "confirm_items",
    "discard_run",
    "facts_of_run",
    "fail_item",
    "hold_item",
    "issue_next",
    "leave_lane",
    "pause_run",
    "plan_run",
    "refresh_run",
    "release_run",
    "resume_run",
    "take_lane",
]
