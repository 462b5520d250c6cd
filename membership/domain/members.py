"""Members: the state of a membership on a day, numbers, notice, and who is billed.

Source: `domain.md` 3 (MEM-1 to MEM-13), `ux.md` 5.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from membership.domain.dues.year import DuesYear, months_later
from membership.domain.errors import N_, Conflict, DomainError, InputError
from membership.domain.member_lists import company_key

FIRST_DAY: Final = date(1900, 1, 1)
"""From when a fact counts that has no day: from the beginning."""
MONTHS_OF_ACCESS: Final = 12
"""How long a former member looks at its own invoices."""


class MemberState(StrEnum):
    """What a membership is on a day; the words are those of `ux.md` 5.2."""

    PROSPECT = "prospect"
    APPLIED = "applied"
    REJECTED = "rejected"
    MERGED = "merged"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    NOTICE_GIVEN = "notice_given"
    EXCLUSION_PENDING = "exclusion_pending"
    ENDED = "ended"
    SUCCEEDED = "succeeded"


NEVER_MEMBERS: Final = frozenset(
    {MemberState.PROSPECT, MemberState.APPLIED, MemberState.REJECTED, MemberState.MERGED}
)
"""States of a period that never was a membership: no dues run, no vote (`domain.md` 3.1).
A merged one is a second record of a company that is a member with another one."""

MEMBERS_TODAY: Final = frozenset(
    {
        MemberState.ACTIVE,
        MemberState.SUSPENDED,
        MemberState.NOTICE_GIVEN,
        MemberState.EXCLUSION_PENDING,
    }
)
RUNNING: Final = frozenset({MemberState.ACCEPTED, MemberState.ACTIVE, MemberState.NOTICE_GIVEN})
"""States in which a company changes its data and its people itself; in all others it reads and pays its own invoices
(`domain.md` 3.1, column "Portal")."""
FORMER: Final = frozenset({MemberState.ENDED, MemberState.SUCCEEDED})
KEPT_AS_THEY_ARE: Final = frozenset({MemberState.SUSPENDED, MemberState.EXCLUSION_PENDING})
"""States that dates cannot say: they are kept with the period and hold while it runs."""

STATE_WORDS: Final[dict[MemberState, str]] = {
    MemberState.PROSPECT: N_("Prospect"),
    MemberState.APPLIED: N_("Applied"),
    MemberState.REJECTED: N_("Rejected"),
    MemberState.MERGED: N_("Merged"),
    MemberState.ACCEPTED: N_("Joining"),
    MemberState.ACTIVE: N_("Active"),
    MemberState.SUSPENDED: N_("Suspended"),
    MemberState.NOTICE_GIVEN: N_("Leaving"),
    MemberState.EXCLUSION_PENDING: N_("Exclusion pending"),
    MemberState.ENDED: N_("Former"),
    MemberState.SUCCEEDED: N_("Former"),
}


class EndCause(StrEnum):
    """Why a membership ended (MEM-6 to MEM-13)."""

    NOTICE = "notice"
    EXCLUSION = "exclusion"
    INSOLVENCY = "insolvency"
    MERGER = "merger"
    DISSOLUTION = "dissolution"


class Period(Protocol):
    """A period of membership: its kept state, and its first and last day where they are known."""

    @property
    def state(self) -> str:
        """Return the kept state."""

    @property
    def start(self) -> date | None:
        """Return the first day; None means since the beginning."""

    @property
    def end(self) -> date | None:
        """Return the last day; None means without end."""


P = TypeVar("P", bound=Period)


class NumberWrong(InputError):
    """A member number has signs that an address or a bank statement does not take."""

    message = N_(
        "“%(number)s” cannot be a member number. It has at most 20 capital letters and digits; "
        "between them single hyphens, dots, slashes or underscores."
    )
    code = "member_number"


class NumberTaken(Conflict):
    """Another member has the number, or had it: numbers are never given twice (MEM-4)."""

    message = N_("The member number %(number)s is taken. Numbers are never given twice.")
    code = "number_taken"


class MemberExists(Conflict):
    """A company of this name is in the books already."""

    message = N_("%(name)s exists already (%(number)s).")
    code = "member_exists"


class StateWrong(Conflict):
    """The step does not fit the present state of the membership."""

    message = N_("%(number)s is %(state)s today; this step is not possible.")
    code = "member_state"


class MembershipStopped(DomainError):
    """A company whose membership does not run changes nothing itself."""

    message = N_(
        "The membership of %(company)s does not run. Invoices can be read and paid; the association changes all else."
    )
    code = "membership_stopped"


class PeriodWrong(InputError):
    """A membership would end before it begins."""

    message = N_("The membership would end on %(end)s, before it begins on %(start)s.")
    code = "period"


class ReturnTooEarly(InputError):
    """A company would come back before its last membership has ended (MEM-5)."""

    message = N_("The last membership ended on %(end)s. The new one begins after that day.")
    code = "return_too_early"


class SuccessorWrong(InputError):
    """A company cannot be its own successor."""

    message = N_("%(number)s is the member itself. Enter the number of the company that follows it.")
    code = "successor"


class NoticeWrong(InputError):
    """A notice cannot have been received after today."""

    message = N_("The notice cannot have been received on %(day)s: that day is still to come.")
    code = "notice_day"


def period_on(periods: Iterable[P], day: date) -> P | None:
    """Return the period that counts on a day: the one that runs, else the next to come, else the last that ended."""
    ordered = sorted(periods, key=lambda period: period.start or FIRST_DAY)
    running = [period for period in ordered if _runs(period, day)]
    if running:
        return running[-1]
    coming = [period for period in ordered if (period.start or FIRST_DAY) > day]
    if coming:
        return coming[0]
    return ordered[-1] if ordered else None


def _runs(period: Period, day: date) -> bool:
    return (period.start or FIRST_DAY) <= day and (period.end is None or period.end >= day)


def state_on(periods: Iterable[Period], day: date) -> MemberState:
    """Return the state on a day; a company without any period is a prospect."""
    period = period_on(periods, day)
    return MemberState.PROSPECT if period is None else state_of(period, day)


def state_of(period: Period, day: date) -> MemberState:
    """Return the state of one period on a day: what is kept, else what its dates say."""
    kept = MemberState(period.state)
    if kept in NEVER_MEMBERS:
        return kept
    if period.start is not None and period.start > day:
        return MemberState.ACCEPTED
    if period.end is not None and period.end < day:
        return MemberState.SUCCEEDED if kept is MemberState.SUCCEEDED else MemberState.ENDED
    if kept in KEPT_AS_THEY_ARE:
        return kept
    return MemberState.ACTIVE if period.end is None else MemberState.NOTICE_GIVEN


def is_running(periods: Iterable[Period], day: date) -> bool:
    """Return whether a company changes its data and its people itself on a day."""
    return state_on(periods, day) in RUNNING


def is_billed_in(period: Period, year: DuesYear) -> bool:
    """Return whether a period owes dues for a year (`domain.md` 3.1, column "Dues run?"; MEM-8)."""
    if MemberState(period.state) in NEVER_MEMBERS:
        return False
    begins_later = period.start is not None and period.start > year.last
    ended_before = period.end is not None and period.end < year.first
    return not begins_later and not ended_before


# --- numbers --------------------------------------------------------------------------------------------------

_NUMBER: Final = re.compile(r"[A-Z0-9ÄÖÜ]+(?:[./_-][A-Z0-9ÄÖÜ]+)*")
_LONGEST_NUMBER: Final = 20
_PATTERN: Final = re.compile(r"\{(N+)\}")
_RUNNING: Final = re.compile(r"(.*?)([0-9]+)([^0-9]*)", re.DOTALL)


def tidy_number(text: str) -> str:
    """Return a member number as it is kept: capitals, no blanks; raise `NumberWrong` for other signs."""
    number = "".join(text.split()).upper()
    if len(number) > _LONGEST_NUMBER or not _NUMBER.fullmatch(number):
        raise NumberWrong(number=text[:40])
    return number


def next_number(pattern: str, used: Iterable[str]) -> str:
    """Return the next number of a pattern such as `M{NNNN}`: one more than the highest ever used (MEM-4).

    Where numbers came with a list and none of them is of the pattern, their own form goes on: after 125 comes 126.
    """
    hole = _PATTERN.search(pattern)
    assert hole is not None, pattern
    known = list(used)
    before, after, width = pattern[: hole.start()], pattern[hole.end() :], len(hole[1])
    fits = re.compile(rf"{re.escape(before)}([0-9]+){re.escape(after)}")
    running = [match[1] for number in known if (match := fits.fullmatch(number))]
    if not running and (forms := _forms(known)):
        before, after = max(forms, key=lambda form: (len(forms[form]), form))
        running = forms[before, after]
        width = max(map(len, running))
    return f"{before}{max(map(int, running), default=0) + 1:0{width}d}{after}"


def _forms(used: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """Return what stands before and behind the last digits of numbers -> these digits."""
    forms: dict[tuple[str, str], list[str]] = {}
    for number in used:
        if match := _RUNNING.fullmatch(number):
            forms.setdefault((match[1], match[3]), []).append(match[2])
    return forms


# --- leaving --------------------------------------------------------------------------------------------------


class NoticeTo(StrEnum):
    """The days on which a membership can end by notice (MEM-6)."""

    YEAR_END = "year_end"
    HALF_YEAR = "half_year"
    QUARTER = "quarter"
    MONTH = "month"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """How long before which day a notice must be received. Source: § 39 BGB, MEM-6."""

    months: int = 3
    to: NoticeTo = NoticeTo.YEAR_END


_ENDS: Final[dict[NoticeTo, Sequence[int]]] = {
    NoticeTo.YEAR_END: (12,),
    NoticeTo.HALF_YEAR: (6, 12),
    NoticeTo.QUARTER: (3, 6, 9, 12),
    NoticeTo.MONTH: range(1, 13),
}


def possible_end(received_on: date, rule: NoticeRule) -> date:
    """Return the first possible end whose distance from the receipt is at least the notice period.

    With three months to the year's end, a notice received on 30 September ends the membership on 31 December,
    one received on 1 October a year later. Source: MEM-7, §§ 187, 188 BGB.
    """
    earliest = months_later(received_on, rule.months)
    if rule.to is NoticeTo.ANY:
        return earliest
    ends = (_last_day(year, month) for year in (earliest.year, earliest.year + 1) for month in _ENDS[rule.to])
    return next(end for end in ends if end >= earliest)


def first_end_with_access(today: date) -> date:
    """Return the earliest end of a membership whose company still looks at its own invoices: twelve months back.

    Source: `domain.md` 3.1, state "ended".
    """
    return months_later(today, -MONTHS_OF_ACCESS)


def _last_day(year: int, month: int) -> date:
    first_after = date(year + month // 12, month % 12 + 1, 1)
    return first_after - timedelta(days=1)


# --- rare events ----------------------------------------------------------------------------------------------


class SuccessionKind(StrEnum):
    """How another company follows a member (MEM-12); a new name or legal form is no succession."""

    MERGER = "merger"
    ASSET_DEAL = "asset_deal"
    GROUP = "group"


def split_at(day: date, items: Iterable[tuple[date, int]]) -> tuple[int, int]:
    """Return what of open items (due on, cents) was due before a day, and what later (MEM-11)."""
    before = after = 0
    for due_on, cents in items:
        if due_on < day:
            before += cents
        else:
            after += cents
    return before, after


# --- texts ----------------------------------------------------------------------------------------------------

IBAN_TAIL: Final = 4


def hidden_iban(iban: str) -> str:
    """Return an IBAN as pages and lists show it: country and the last four characters (`interfaces.md`)."""
    return f"{iban[:2]}•• •••• {iban[-IBAN_TAIL:]}"


def same_company(name: str, postcode: str) -> tuple[str, str]:
    """Return what two spellings of one member have in common: the key of the name, and the postcode."""
    return company_key(name), "".join(postcode.split()).upper()
