"""Conditions of a schedule in words: “membership year 1 to 2”, “the company is younger than 3 years”."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from membership.domain.dues.schedule.bases import default_basis
from membership.domain.dues.schedule.form import Cohort
from membership.domain.dues.schedule.when import BasisRange, When
from membership.domain.dues.words import basis_words
from membership.domain.phrases import Phrase, phrase

_HUNDRED = 100


def percent_of(share: Fraction) -> Fraction:
    """Return a share as percent."""
    return share * _HUNDRED


def condition_words(when: When) -> Phrase:
    """Return all that must hold, joined by “and”."""
    parts = [*_about_company(when), *_about_membership(when), *_about_size(when)]
    if when.any:
        parts.append(_one_of(when.any))
    if not parts:
        return phrase("for all")
    found = parts[0]
    for part in parts[1:]:
        found = phrase("%(one)s and %(other)s", one=found, other=part)
    return found


def _one_of(conditions: tuple[When, ...]) -> Phrase:
    found = condition_words(conditions[0])
    for other in conditions[1:]:
        found = phrase("%(one)s or %(other)s", one=found, other=condition_words(other))
    return phrase("one of these: %(conditions)s", conditions=found)


def _about_company(when: When) -> Iterator[Phrase]:
    if when.company_age_at_joining_below is not None:
        yield phrase(
            "the company is younger than %(n)s years when it joins", n=when.company_age_at_joining_below
        )
    if when.company_age_below is not None:
        yield phrase(
            "the company is younger than %(n)s years at the start of the dues year", n=when.company_age_below
        )
    if when.company_age_from is not None:
        yield phrase(
            "the company is at least %(n)s years old at the start of the dues year", n=when.company_age_from
        )
    if when.company_age_at_end_below is not None:
        yield phrase(
            "the company is younger than %(n)s years at the end of the dues year",
            n=when.company_age_at_end_below,
        )
    if when.company_age_at_end_from is not None:
        yield phrase(
            "the company is at least %(n)s years old at the end of the dues year",
            n=when.company_age_at_end_from,
        )
    if when.group_position_from is not None:
        yield phrase("from company %(n)s of a group on", n=when.group_position_from)


def _about_membership(when: When) -> Iterator[Phrase]:
    if when.membership_year_max is not None:
        yield phrase("up to membership year %(n)s", n=when.membership_year_max)
    if when.membership_year_from is not None:
        yield phrase("from membership year %(n)s on", n=when.membership_year_from)
    if when.membership_year is not None:
        yield phrase("in membership year %(n)s", n=when.membership_year)
    if when.joined_in_dues_year is not None:
        yield (
            phrase("in the year of joining")
            if when.joined_in_dues_year
            else phrase("after the year of joining")
        )
    if when.joined_from is not None:
        yield phrase("joined on %(day)s or later", day=when.joined_from)
    if when.joined_before is not None:
        yield phrase("joined before %(day)s", day=when.joined_before)
    if when.direct_debit is not None:
        yield phrase("with direct debit") if when.direct_debit else phrase("without direct debit")


def _about_size(when: When) -> Iterator[Phrase]:
    if when.attribute is not None:
        yield phrase("with the attribute “%(code)s”", code=when.attribute)
    if when.without_attribute is not None:
        yield phrase("without the attribute “%(code)s”", code=when.without_attribute)
    if when.headcount_below is not None:
        yield phrase("fewer than %(n)s employees", n=when.headcount_below)
    if when.basis is not None:
        yield from _range(when.basis)


def _range(asked: BasisRange) -> Iterator[Phrase]:
    basis = default_basis(asked.name)
    if asked.start is not None:
        yield phrase("from %(value)s on", value=basis_words(basis, asked.start))
    if asked.below is not None:
        yield phrase("below %(value)s", value=basis_words(basis, asked.below))


def cohort_words(cohort: Cohort) -> Phrase:
    """Return for whom a version counts."""
    if cohort.joined_from is not None and cohort.joined_before is not None:
        return phrase(
            "Only for members who joined from %(start)s until before %(end)s.",
            start=cohort.joined_from,
            end=cohort.joined_before,
        )
    if cohort.joined_from is not None:
        return phrase("Only for members who joined on %(day)s or later.", day=cohort.joined_from)
    assert cohort.joined_before is not None, cohort
    return phrase("Only for members who joined before %(day)s.", day=cohort.joined_before)
