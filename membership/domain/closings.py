"""Closing a year: nothing more is booked up to its last day; who may ask for it, who decides, what is looked at before.

Years are closed and opened again in their order, so that what is closed is always the time up to one day.
Source: ACC-19, MEM-18; `ux.md` 8.3; INV-23.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from membership.domain.errors import N_, Conflict, DomainError, InputError
from membership.domain.phrases import Phrase


class ClosingKind(StrEnum):
    """A step in the life of a year."""

    CLOSE_ASKED = "close_asked"
    CLOSED = "closed"
    REOPEN_ASKED = "reopen_asked"
    REOPENED = "reopened"
    RETURNED = "returned"


class YearState(StrEnum):
    """Whether a year takes entries, and whether somebody must decide."""

    OPEN = "open"
    CLOSE_ASKED = "close_asked"
    CLOSED = "closed"
    REOPEN_ASKED = "reopen_asked"

    @property
    def is_closed(self) -> bool:
        """Return whether no entry is taken; a year stays closed until its reopening is approved."""
        return self in {YearState.CLOSED, YearState.REOPEN_ASKED}

    @property
    def is_asked(self) -> bool:
        """Return whether a second person must decide."""
        return self in {YearState.CLOSE_ASKED, YearState.REOPEN_ASKED}


class PeriodClosed(DomainError):
    """An entry was to be booked on a day of a closed year."""

    message = N_(
        "Nothing more can be booked on %(day)s: that year is closed. Take a day of an open year, or have the year "
        "reopened (Reports, Year end)."
    )
    code = "period_closed"


class YearWrong(InputError):
    """No year that the books could have."""

    message = N_("%(year)s is not a year. Please enter four digits, such as 2027.")
    code = "year_wrong"


class YearNotReady(DomainError):
    """Something must be done before the year can be closed."""

    message = N_("The year %(year)s cannot be closed yet. %(why)s")
    code = "year_not_ready"


class YearsOutOfOrder(DomainError):
    """A later year is closed, so this one cannot be opened alone."""

    message = N_(
        "The year %(year)s cannot be reopened alone: %(later)s is closed as well. Reopen that year first."
    )
    code = "years_out_of_order"


class YearStateOther(Conflict):
    """The year is not in the state that the step starts from."""

    message = N_("The year %(year)s has changed in the meantime. Please look at its present state.")
    code = "year_state"


class Check(NamedTuple):
    """One line of the list before a closing: what is looked at, whether it holds, and what was found.

    What need not hold has `is_needed` False: it is shown so that somebody looks at it.
    """

    key: str
    ok: bool
    evidence: Phrase
    is_needed: bool = True


CHECK_WORDS: Final = {
    "over": N_("The year is over"),
    "years_before": N_("Years before are closed"),
    "runs": N_("Billing runs are finished"),
    "documents": N_("PDFs are stored"),
    "open_items": N_("Open items"),
    "credits": N_("Credit balances"),
}
STATE_WORDS: Final = {
    YearState.OPEN: N_("Open for bookings"),
    YearState.CLOSE_ASKED: N_("Closing waits for approval"),
    YearState.CLOSED: N_("Closed"),
    YearState.REOPEN_ASKED: N_("Reopening waits for approval"),
}
FIRST_YEAR, LAST_YEAR = 1990, 2999


def last_day(year: int) -> date:
    """Return the last day of a year of the books; raise `YearWrong` for a year that cannot be meant."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearWrong(year=str(year))
    return date(year, 12, 31)


def require_open(day: date, *, closed_through: date | None) -> None:
    """Raise `PeriodClosed` for a day up to the last one that is closed."""
    if closed_through is not None and day <= closed_through:
        raise PeriodClosed(day=day)


def state_of(steps: Iterable[ClosingKind]) -> YearState:
    """Return the state of a year after all its steps, the oldest first."""
    state = YearState.OPEN
    for step in steps:
        state = _AFTER.get(step) or (YearState.CLOSED if state.is_closed else YearState.OPEN)
    return state


_AFTER = {
    ClosingKind.CLOSE_ASKED: YearState.CLOSE_ASKED,
    ClosingKind.CLOSED: YearState.CLOSED,
    ClosingKind.REOPEN_ASKED: YearState.REOPEN_ASKED,
    ClosingKind.REOPENED: YearState.OPEN,
}
"""What a step leads to; a request that is returned leaves the year as it was."""


def is_ready(checks: Sequence[Check]) -> bool:
    """Return whether everything that is needed holds."""
    return all(check.ok for check in checks if check.is_needed)
