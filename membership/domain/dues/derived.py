"""The size that counts where an order adds sizes, takes the mean of years, or rounds.

Source: DUE-7 (exact, no rounding but the one that the order asks for), DUE-34.
"""

from __future__ import annotations

from fractions import Fraction

from membership.domain.dues.doubts import DUE_34
from membership.domain.dues.errors import Undecided
from membership.domain.dues.facts import Classes
from membership.domain.dues.schedule.bases import Basis
from membership.domain.dues.schedule.derived import SizeRounding
from membership.domain.dues.words import added, basis_title, basis_words
from membership.domain.money import rounded
from membership.domain.phrases import Phrase, phrase

_YEAR_DIGITS = 4


def mean_of_years(basis: Basis, values: Classes) -> tuple[Fraction, Phrase]:
    """Return the mean of the newest years and how it came about; refuses fewer years than the order asks for."""
    derived = basis.derived
    assert derived is not None, basis
    strange = next((name for name in values if not (name.isdecimal() and len(name) == _YEAR_DIGITS)), None)
    if strange is not None:
        raise Undecided(
            "DUE-7",
            phrase(
                "The %(basis)s is asked for per year, and “%(name)s” is no year.",
                basis=basis_title(basis),
                name=strange,
            ),
        )
    newest = sorted(values, reverse=True)[: derived.years]
    if not newest or (len(newest) < derived.years and not derived.allows_fewer_years):
        raise Undecided(
            DUE_34,
            phrase(
                "The %(basis)s of %(n)s years is needed, and only %(known)s are known.",
                basis=basis_title(basis),
                n=derived.years,
                known=len(newest),
            ),
        )
    total = sum((values[name] for name in newest), Fraction(0))
    years = added([phrase("%(value)s (%(name)s)", value=values[name], name=name) for name in newest[::-1]])
    return total / len(newest), phrase("the mean of %(years)s", years=years)


def refuse_one_number(basis: Basis) -> None:
    """Refuse one number where the order takes the mean of several years: of which year it is, nobody knows."""
    assert basis.derived is not None, basis
    raise Undecided(
        DUE_34,
        phrase(
            "The %(basis)s is needed for each of %(n)s years, not as one number.",
            basis=basis_title(basis),
            n=basis.derived.years,
        ),
    )


def sum_words(factor: Fraction, text: Phrase) -> Phrase:
    """Return one summand in words."""
    return text if factor == 1 else phrase("%(factor)s × %(text)s", factor=factor, text=text)


def rounded_size(exact: Fraction, rounding: SizeRounding) -> Fraction:
    """Return a size rounded to the step that the order asks for."""
    return rounded(exact / rounding.step, Fraction(1), rounding.direction) * rounding.step


def rounding_note(basis: Basis, before: Phrase, value: Fraction) -> Phrase:
    """Return what a step says about a size that was rounded."""
    return phrase("%(before)s, rounded: %(value)s", before=before, value=basis_words(basis, value))
