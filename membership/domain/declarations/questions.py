"""What one member is asked, and what was typed: whole heads, sizes with two decimals, heads per class.

Source: DUE-6, DUE-7, DUE-27; `ux.md` 7 "Declaration".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from membership.domain.dues.editing.sizes import CLASSES
from membership.domain.dues.facts import Classes
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.bases import Basis
from membership.domain.dues.schedule.form import FlatBands, Row
from membership.domain.dues.sizes import sizes_needed
from membership.domain.dues.words import band_label
from membership.domain.errors import N_, InputError
from membership.domain.phrases import Phrase
from membership.domain.reference_days import reference_day
from membership.domain.typed_numbers import exact_number, typed_number

Answer = Fraction | Classes

TURNOVER: Final = "turnover_eur"
_WHOLE: Final = frozenset({"headcount", "sites", "inhabitants"})
_LARGEST: Final[Mapping[str, int]] = {
    "headcount": 3_000_000, "fte": 3_000_000, "sites": 100_000, "inhabitants": 100_000_000,
    "area_m2": 10**10,
}  # fmt: skip
_LARGEST_OTHER: Final = 10**13
_JOINING: Final = "joining"


class AnswerMissing(InputError):
    """Nothing was typed."""

    message = N_("Please enter a number. If there is none, enter 0.")
    code = "declaration_missing"


class NotWhole(InputError):
    """A half person, site or inhabitant."""

    message = N_("“%(text)s” is no whole number. Here whole numbers count, for example 12 or 13.")
    code = "declaration_not_whole"


class TooLarge(InputError):
    """A number that no company has."""

    message = N_("%(number)s is more than there can be; at most %(most)s. Please check the digits.")
    code = "declaration_too_large"


class ClassUnknown(InputError):
    """A class of working time that the schedule does not have."""

    message = N_("The fee schedule has no class “%(name)s”. There are: %(known)s.")
    code = "declaration_class"


class BasisNotAsked(InputError):
    """An answer to what was not asked."""

    message = N_("%(member)s is not asked for “%(name)s”. Asked for: %(known)s.")
    code = "declaration_basis"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the size, its day, and the classes of working time with their weights where heads are weighed.

    `bands`: dues classes to choose among instead of typing an amount, each with the value that stands for it.
    """

    basis: Basis
    as_of: date
    bands: tuple[tuple[Fraction, Phrase], ...] = ()

    @property
    def name(self) -> str:
        """Return the name of the size."""
        return self.basis.name

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the classes that are asked for, those that count nothing left out; of a mean its years."""
        years = years_of(self.basis)
        if years:
            return tuple(str(self.as_of.year - ago) for ago in range(years))
        counted = [code for code in self.basis.weights or () if code not in self.basis.exclude]
        return tuple(sorted(counted, key=_class_order))

    def is_chosen(self, answer: Answer) -> bool:
        """Return whether an answer is a class that was chosen: the number that stands for it was never counted."""
        return any(answer == value for value, _label in self.bands)

    @property
    def is_whole(self) -> bool:
        """Return whether the answer is a whole number."""
        return self.name in _WHOLE


def _class_order(code: str) -> tuple[int, str]:
    return CLASSES.index(code) if code in CLASSES else len(CLASSES), code


def years_of(basis: Basis) -> int:
    """Return of how many years the mean counts, 0 where one value counts."""
    return basis.derived.years if basis.derived is not None else 0


def questions_for(
    schedule: FeeSchedule, category: str, year: int, *, start: date | None, turnover_class: bool = False
) -> tuple[Question, ...]:
    """Return what a member of a category is asked for a dues year; nothing where its dues rest on no size."""
    found = []
    for name in sorted(sizes_needed(schedule, category), key=_order):
        basis = schedule.bases[name]
        day = start if basis.reference == _JOINING and start is not None else reference_day(basis, year)
        bands = _bands(schedule, category, basis) if turnover_class and name == TURNOVER else ()
        found.append(Question(basis, day, bands))
    return tuple(found)


def _order(name: str) -> tuple[bool, str]:
    return name not in {"headcount", "fte"}, name


def _bands(schedule: FeeSchedule, category: str, basis: Basis) -> tuple[tuple[Fraction, Phrase], ...]:
    """Return the rows of a flat table as choices, each with a value that lies in the row."""
    method = schedule.categories[category].method
    if not isinstance(method, FlatBands) or method.basis != basis.name or any(r.rate for r in method.rows):
        return ()
    rows = method.rows
    return tuple(
        (_inside(rows, place), band_label(rows, place, in_units=basis.discrete))
        for place, row in enumerate(rows)
    )


def _inside(rows: Sequence[Row], place: int) -> Fraction:
    """Return a value that lies in a row: its smallest one, but never 0, which would say that there is none."""
    row = rows[place]
    if row.start + row.exclusive > 0:
        return row.start + row.exclusive
    following = rows[place + 1].start if place + 1 < len(rows) else None
    return Fraction(1) if following is None or following > 1 else following / 2


def read_answer(question: Question, text: str) -> Fraction:
    """Return the number that was typed for a question.

    Raises `AnswerMissing`, `NumberWrong`, `NotWhole` or `TooLarge`.
    """
    if not text.strip():
        raise AnswerMissing
    number = typed_number(text)
    if question.is_whole and number.denominator != 1:
        raise NotWhole(text=text.strip())
    return _checked(question, number)


def read_classes(question: Question, texts: Mapping[str, str]) -> dict[str, Fraction]:
    """Return heads per class; an empty field is 0, but not all of them. Heads are whole whatever they weigh."""
    if not any(text.strip() for text in texts.values()):
        raise AnswerMissing
    unknown = next((code for code in texts if code not in question.classes), None)
    if unknown is not None:
        raise ClassUnknown(name=unknown, known=", ".join(question.classes))
    heads = {}
    for code in question.classes:
        text = texts.get(code, "").strip() or "0"
        number = typed_number(text)
        if number.denominator != 1 and (question.is_whole or not years_of(question.basis)):
            raise NotWhole(text=text)
        heads[code] = _checked(question, number)
    return heads


def _checked(question: Question, number: Fraction) -> Fraction:
    most = _LARGEST.get(question.name, _LARGEST_OTHER)
    if number > most:
        raise TooLarge(number=number, most=most)
    return number


def weighted(basis: Basis, answer: Answer) -> Fraction:
    """Return the size that an answer comes to: exact, with the weights of the schedule (DUE-7)."""
    if isinstance(answer, Fraction):
        return answer
    if years_of(basis):
        return sum(answer.values(), Fraction(0)) / max(len(answer), 1)
    weights = basis.weights
    counted = ((code, heads) for code, heads in answer.items() if code not in basis.exclude)
    return sum(
        (heads * (weights.get(code, Fraction(0)) if weights else 1) for code, heads in counted), Fraction(0)
    )


def stored_answer(answer: Answer, text_of: Any) -> Any:  # noqa: ANN401 - JSON, and the column's own way to write a number
    """Return an answer as it is kept: a number as text, or heads per class as texts."""
    if isinstance(answer, Fraction):
        return text_of(answer)
    return {code: text_of(heads) for code, heads in answer.items()}


def answer_of(stored: Any) -> Answer:  # noqa: ANN401 - JSON
    """Return a kept answer again."""
    if isinstance(stored, str):
        return exact_number(stored)
    return {code: exact_number(heads) for code, heads in stored.items()}
