"""Which sizes the dues of a category rest on."""

from __future__ import annotations

from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.bases import summands_of
from membership.domain.dues.schedule.form import (
    Agreed,
    AsCategory,
    FactorOf,
    FlatBands,
    MarginalBands,
    Method,
    Part,
    Several,
)


def sizes_needed(schedule: FeeSchedule, code: str) -> frozenset[str]:
    """Return the names of the sizes that a category needs, also by way of another one; unknown categories need none."""
    return frozenset(_of_category(schedule, code, set()))


def _of_category(schedule: FeeSchedule, code: str, seen: set[str]) -> set[str]:
    category = schedule.categories.get(code)
    if category is None or code in seen:
        return set()
    seen.add(code)
    names = _of_method(schedule, category.method, seen)
    if isinstance(category.minimum, AsCategory):
        names |= _of_category(schedule, category.minimum.category, seen)
    return names


def _declared(schedule: FeeSchedule, name: str) -> set[str]:
    """Return what is declared for a size: itself, or the sizes that it is the sum of."""
    return set(summands_of(schedule.bases[name])) or {name}


def _of_part(schedule: FeeSchedule, part: Part, seen: set[str]) -> set[str]:
    names = _of_method(schedule, part.method, seen)
    if isinstance(part.minimum, AsCategory):
        names |= _of_category(schedule, part.minimum.category, seen)
    return names


def _of_method(schedule: FeeSchedule, method: Method, seen: set[str]) -> set[str]:
    if isinstance(method, FlatBands | MarginalBands):
        return _declared(schedule, method.basis)
    if isinstance(method, FactorOf):
        return _of_category(schedule, method.category, seen)
    if isinstance(method, Agreed) and isinstance(method.minimum, AsCategory):
        return _of_category(schedule, method.minimum.category, seen)
    if isinstance(method, Several):
        return set().union(*(_of_part(schedule, part, seen) for part in method.parts))
    return set()
