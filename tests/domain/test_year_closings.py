"""The years of the books: which state follows from its steps, which days take an entry, when a year can be closed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from membership.domain.closings import (
    Check,
    ClosingKind,
    PeriodClosed,
    YearState,
    YearWrong,
    is_ready,
    last_day,
    require_open,
    state_of,
)
from membership.domain.phrases import phrase

ASKED, CLOSED, BACK, AGAIN, RETURNED = (
    ClosingKind.CLOSE_ASKED,
    ClosingKind.CLOSED,
    ClosingKind.REOPEN_ASKED,
    ClosingKind.REOPENED,
    ClosingKind.RETURNED,
)


@pytest.mark.parametrize(
    ("steps", "state", "is_closed", "is_asked"),
    [
        ([], YearState.OPEN, False, False),
        ([ASKED], YearState.CLOSE_ASKED, False, True),
        ([ASKED, RETURNED], YearState.OPEN, False, False),
        ([ASKED, CLOSED], YearState.CLOSED, True, False),
        ([CLOSED, BACK], YearState.REOPEN_ASKED, True, True),
        ([CLOSED, BACK, RETURNED], YearState.CLOSED, True, False),
        ([CLOSED, BACK, AGAIN], YearState.OPEN, False, False),
        ([CLOSED, BACK, AGAIN, ASKED, RETURNED], YearState.OPEN, False, False),
    ],
)
def test_the_state_of_a_year_follows_from_its_steps(steps, state, is_closed, is_asked):
    found = state_of(steps)
    assert (found, found.is_closed, found.is_asked) == (state, is_closed, is_asked)


def test_inv_23_a_day_is_open_from_the_day_after_the_last_that_is_closed():
    last = date(2026, 12, 31)
    require_open(last, closed_through=None)
    require_open(last + timedelta(days=1), closed_through=last)
    for day in (last, last - timedelta(days=400)):
        with pytest.raises(PeriodClosed) as refused:
            require_open(day, closed_through=last)
        assert refused.value.values == {"day": day}


@pytest.mark.parametrize("year", [1989, 3000, 26, 0, -1])
def test_what_cannot_be_a_year_of_the_books_is_refused(year):
    with pytest.raises(YearWrong, match=str(year)):
        last_day(year)


@pytest.mark.parametrize("year", [1990, 2027, 2999])
def test_the_books_of_a_year_end_with_it(year):
    assert last_day(year) == date(year, 12, 31)


def test_a_year_is_ready_when_all_that_is_needed_holds():
    good, bad = (Check("runs", ok=ok, evidence=phrase("x")) for ok in (True, False))
    seen = Check("credits", ok=False, evidence=phrase("x"), is_needed=False)
    assert is_ready([good, seen])
    assert not is_ready([good, bad])
    assert not is_ready([bad])
