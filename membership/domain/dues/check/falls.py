"""Dues of several parts together that fall although the size rises: found by working them out at every bound.

Source: `domain.md` DUE-31 “non-monotonic result”; tables on their own are looked at row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Final

from membership.domain.dues.assessment import Assessment
from membership.domain.dues.check.finding import Finding, below
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import Facts
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.form import Category, FlatBands, MarginalBands, Method, Several
from membership.domain.dues.schedule.when import When
from membership.domain.dues.sizes import sizes_needed
from membership.domain.dues.words import basis_words, euros
from membership.domain.phrases import phrase

_YEAR: Final = 2027
_JOINED: Final = date(2001, 1, 1)
_CENTS: Final = 100
_UNIT: Final = Fraction(1)


def falls(category: Category, schedule: FeeSchedule) -> Iterator[Finding]:
    """Yield where the dues of a category fall because one of its parts takes the place of another.

    Only one that rests on a single size can be looked at.
    """
    names = sizes_needed(schedule, category.code)
    method = category.method
    if len(names) != 1 or not isinstance(method, Several) or not any(part.when for part in method.parts):
        return
    [name] = names
    always = replace(schedule, valid_from=date.min, valid_to=None, cohort=None)
    sizes = sorted({size for bound in _bounds(method) for size in (bound - _UNIT, bound, bound + _UNIT)})
    amounts = [
        (size, amount)
        for size in sizes
        if size >= 0 and (amount := _amount(category, always, name, size)) is not None
    ]
    for (_, before), (size, after) in pairwise(amounts):
        if after < before:
            text = phrase(
                "At %(value)s the dues fall from %(before)s to %(after)s.",
                value=basis_words(schedule.bases[name], size),
                before=euros(before),
                after=euros(after),
            )
            yield Finding(f"{below('/categories', category.code)}/parts", text)


def _amount(category: Category, schedule: FeeSchedule, name: str, size: Fraction) -> Fraction | None:
    facts = Facts("check", _YEAR, category.code, start=_JOINED, basis={name: size})
    [result] = explain([schedule], [facts])
    return Fraction(result.dues.cents, _CENTS) if isinstance(result, Assessment) else None


def _bounds(method: Method) -> Iterator[Fraction]:
    if isinstance(method, FlatBands | MarginalBands):
        yield from (row.start + method.allowance for row in method.rows)
    elif isinstance(method, Several):
        for part in method.parts:
            yield from _bounds(part.method)
            yield from _asked(part.when)


def _asked(when: When | None) -> Iterator[Fraction]:
    basis = None if when is None else when.basis
    if basis is not None:
        yield from (bound for bound in (basis.start, basis.below) if bound is not None)
    if when is not None and when.headcount_below is not None:
        yield when.headcount_below
    for one in () if when is None else when.any:
        yield from _asked(one)
