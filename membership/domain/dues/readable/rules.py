"""What holds for all members in words: bases, joining, leaving, no declaration, groups, rounding, due date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from membership.domain.dues.document import NEW_YEAR, MonthDay
from membership.domain.dues.readable.conditions import cohort_words, percent_of
from membership.domain.dues.readable.derived import derived_words
from membership.domain.dues.readable.options import day_words, doubt_words, due_words, listed, rounding_words
from membership.domain.dues.schedule.bases import Basis
from membership.domain.dues.schedule.choices import (
    CreditRest,
    GroupMode,
    Join,
    Leave,
    Missing,
    RelevantDay,
    SeveralCategories,
)
from membership.domain.dues.schedule.form import (
    Declaration,
    FeeSchedule,
    Group,
    JoinShare,
    Prorata,
    Resolution,
    Rounding,
)
from membership.domain.dues.words import basis_title, class_words, euros
from membership.domain.phrases import Phrase, phrase


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it is about, and what it says."""

    label: Phrase
    text: Phrase


def rules_of(schedule: FeeSchedule) -> Iterator[Rule]:
    """Yield the rules of a schedule that hold for all its categories."""
    if schedule.cohort is not None:
        yield Rule(phrase("For whom"), cohort_words(schedule.cohort))
    for basis in schedule.bases.described.values():
        yield Rule(_measured_by(basis), _basis_words(basis))
    if schedule.periods in _PERIODS:
        yield Rule(phrase("Period"), _PERIODS[schedule.periods])
    if schedule.follows_joining:
        yield Rule(phrase("Dues year"), phrase("It begins for each member on the day it joined."))
    elif schedule.starts != NEW_YEAR:
        yield Rule(phrase("Dues year"), phrase("It begins on %(day)s.", day=day_words(schedule.starts)))
    if not schedule.follows_joining:
        yield Rule(phrase("Joining during the year"), _join_words(schedule.prorata))
    yield Rule(phrase("Leaving during the year"), _LEAVE[schedule.prorata.leave])
    yield Rule(phrase("No size declared"), _missing_words(schedule.declaration))
    yield from _together_rules(schedule)
    if schedule.rounding != Rounding():
        yield Rule(phrase("Rounding"), rounding_words(schedule.rounding))
    if schedule.due is not None:
        yield Rule(phrase("Due date"), due_words(schedule.due))
    if schedule.resolution is not None:
        yield Rule(phrase("Resolution"), resolution_words(schedule.resolution))


_PERIODS = {
    2: phrase("The amounts are for half a year; an invoice bills two of them."),
    4: phrase("The amounts are quarterly; an invoice bills four quarters."),
    12: phrase("The amounts are monthly; an invoice bills twelve months."),
}


def _together_rules(schedule: FeeSchedule) -> Iterator[Rule]:
    if schedule.group.mode is not GroupMode.NONE:
        yield Rule(phrase("Companies of one group"), _group_words(schedule.group))
    if schedule.several_categories is not None:
        yield Rule(phrase("Members in several categories"), _SEVERAL_CATEGORIES[schedule.several_categories])
    if schedule.credit_rest is not None:
        yield Rule(phrase("Credit above the dues"), _CREDIT_RESTS[schedule.credit_rest])


def _measured_by(basis: Basis) -> Phrase:
    return phrase("Measured by") if not basis.label else phrase("Measured by %(label)s", label=basis.label)


def _basis_words(basis: Basis) -> Phrase:
    text = phrase("%(basis)s, %(reference)s", basis=basis_title(basis), reference=_reference(basis))
    if basis.weights:
        classes = listed(
            [
                phrase("%(name)s × %(weight)s", name=class_words(code), weight=weight)
                for code, weight in basis.weights.items()
            ]
        )
        text = phrase("%(text)s; weighted: %(classes)s", text=text, classes=classes)
    if basis.exclude:
        classes = listed([class_words(code) for code in sorted(basis.exclude)])
        text = phrase("%(text)s; not counted: %(classes)s", text=text, classes=classes)
    if basis.region != "all":
        text = phrase("%(text)s; %(region)s", text=text, region=_REGIONS[basis.region])
    for more in derived_words(basis.derived):
        text = phrase("%(text)s; %(more)s", text=text, more=more)
    return text


_REGIONS = {
    "region": phrase("only in the association's region"),
    "site": phrase("only at the site"),
}
_REFERENCES = {
    "": phrase("without a day of reference"),
    "prev_year:average": phrase("average of the year before"),
    "prev_year:total": phrase("total of the year before"),
    "dues_year:total": phrase("total of the dues year"),
    "dues_year:average": phrase("average of the dues year"),
    "year_before_last:average": phrase("average of the year before last"),
    "year_before_last:total": phrase("total of the year before last"),
    "joining": phrase("on the day of joining"),
    "due_date": phrase("on the due date"),
}


def _reference(basis: Basis) -> Phrase:
    known = _REFERENCES.get(basis.reference)
    if known is not None:
        return known
    year, _, day = basis.reference.partition(":")
    month, _, number = day.partition("-")
    text = day_words(MonthDay(int(month), int(number)))
    if year == "prev_year":
        return phrase("as of %(day)s of the year before", day=text)
    if year == "year_before_last":
        return phrase("as of %(day)s of the year before last", day=text)
    return phrase("as of %(day)s of the dues year", day=text)


_JOIN = {
    Join.NONE: phrase("The order does not say; those who join during the year are refused."),
    Join.FULL: phrase("The whole year is owed."),
    Join.QUARTER: phrase("By quarters: the quarter of joining counts in full."),
    Join.QUARTER_NEXT: phrase("By quarters: from the quarter after joining."),
    Join.MONTH_INCL: phrase("By months: the month of joining counts in full."),
    Join.MONTH_NEXT: phrase("By months: from the month after joining."),
    Join.MONTH_FULL: phrase("By full months: the month of joining counts only from its first day."),
    Join.DAY: phrase("By days: from the day of joining."),
}


def _join_words(rule: Prorata) -> Phrase:
    if rule.join is Join.HALF:
        text = phrase(
            "Up to %(day)s the whole year is owed, after it half of it.", day=day_words(rule.cutoff)
        )
    elif rule.join is Join.TABLE:
        text = listed([_share_words(row) for row in rule.shares])
    else:
        text = _JOIN[rule.join]
    if rule.counts_until < _LONGEST_MONTH:
        text = phrase(
            "By months: the month of joining counts for who joins up to its day %(n)s.", n=rule.counts_until
        )
    if rule.day is RelevantDay.DECISION:
        text = phrase("%(text)s The day of the decision on the admission counts.", text=text)
    for doubt in doubt_words(rule.doubt):
        text = phrase("%(text)s %(more)s", text=text, more=doubt)
    return text


def _share_words(row: JoinShare) -> Phrase:
    if row.open:
        return phrase("until %(day)s not decided (%(reason)s)", day=day_words(row.until), reason=row.open)
    return phrase("until %(day)s %(percent)s %%", day=day_words(row.until), percent=percent_of(row.share))


_LONGEST_MONTH = 31
_LEAVE = {
    Leave.NO_REFUND: phrase("Nothing is paid back."),
    Leave.MONTH: phrase("By months: the months after leaving are not owed."),
    Leave.QUARTER: phrase("By quarters: the quarters after leaving are not owed."),
    Leave.HALF: phrase("By half-years: who leaves in the first half owes half of the year."),
    Leave.DAY: phrase("By days: the days after leaving are not owed."),
}
_MISSING = {
    Missing.CARRY_OVER: phrase("The last value counts; the invoice says “estimated”."),
    Missing.NEXT_BAND: phrase("The next higher row of the table counts; the invoice says “estimated”."),
    Missing.HIGHEST_ROW: phrase("The highest row of the table counts; the invoice says “estimated”."),
    Missing.ESTIMATE: phrase("The association estimates the value; the invoice says “estimated”."),
    Missing.BLOCK: phrase("No dues are worked out until a value is there."),
}


_SEVERAL_CATEGORIES = {
    SeveralCategories.HIGHEST: phrase("The highest dues count."),
    SeveralCategories.SUM: phrase("The dues of all categories are added up."),
}
_CREDIT_RESTS = {
    CreditRest.REFUND: phrase("It is refunded."),
    CreditRest.CARRY: phrase("It counts in the next year."),
    CreditRest.LAPSES: phrase("It lapses."),
}


def _missing_words(declaration: Declaration) -> Phrase:
    text = _without_declaration(declaration)
    if declaration.ignores_late_decrease:
        return phrase("%(text)s A lower value after the deadline does not count this year.", text=text)
    return text


def _without_declaration(declaration: Declaration) -> Phrase:
    if declaration.plus_share:
        return phrase(
            "The last value plus %(percent)s %% counts; the invoice says “estimated”.",
            percent=percent_of(declaration.plus_share),
        )
    return _MISSING[declaration.missing]


def _group_words(group: Group) -> Phrase:
    if group.mode is GroupMode.AGGREGATE:
        return phrase("The sizes are added up; the leading company pays, the others are free.")
    if group.mode is GroupMode.CAP:
        return phrase("Together they pay at most %(amount)s.", amount=euros(group.cap))
    if group.further_amount is not None:
        return phrase(
            "The company with the highest dues pays in full, each further one %(amount)s.",
            amount=euros(group.further_amount),
        )
    return phrase(
        "The company with the highest dues pays in full, each further one %(percent)s %%.",
        percent=percent_of(group.further_share),
    )


def resolution_words(resolution: Resolution) -> Phrase:
    """Return who resolved the schedule, and when."""
    organ = _ORGANS.get(resolution.organ) or phrase("%(text)s", text=resolution.organ)
    if resolution.on is None:
        return phrase("%(organ)s, day not known", organ=organ)
    if resolution.item:
        return phrase(
            "%(organ)s of %(day)s, item %(item)s", organ=organ, day=resolution.on, item=resolution.item
        )
    return phrase("%(organ)s of %(day)s", organ=organ, day=resolution.on)


_ORGANS = {"MV": phrase("members' assembly"), "board": phrase("board")}
