"""What the treasurer sees of a request: sizes in words, the change of class and dues, what is odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from membership.domain.declarations.plausibility import ODDITY_WORDS, Oddity
from membership.domain.declarations.questions import Answer, weighted
from membership.domain.declarations.states import STATE_WORDS, WAITING, WAY_WORDS, DeclarationState
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.bases import Basis, default_basis
from membership.domain.dues.words import basis_words, class_words
from membership.persistence.db import Session
from membership.persistence.queries.declarations import RequestView
from membership.services import declarations
from membership.services.declarations.mails import otherwise
from membership.services.dues import known_sizes
from membership.web.language import _, words


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the status page."""

    view: RequestView
    before: str
    declared: str
    class_change: str
    cents: int | None
    more_cents: int | None
    declared_by: str
    state: DeclarationState
    oddities: tuple[str, ...]

    @property
    def can_accept(self) -> bool:
        """Return whether there is a declaration to take over."""
        return self.state in WAITING


def bases_of(session: Session, year: int) -> Mapping[str, Basis]:
    """Return the sizes of the schedules of a year by name."""
    return known_sizes(session, year)


def row_of(
    view: RequestView, bases: Mapping[str, Basis], known: Mapping[str, Answer] = MappingProxyType({})
) -> Row:
    """Return a request as a line; `known` is the last known size of a member that has not declared."""
    version = view.version
    if version is None:
        decision = view.decision
        answers = declarations.answers_from(decision.answers) if decision else {}
        return Row(view, numbers(known, bases), numbers(answers, bases), "", None, None, "", view.state, ())
    before, now = declarations.outcome_from(version.before), declarations.outcome_from(version.expected)
    old, new = declarations.band_of(before), declarations.band_of(now)
    return Row(
        view=view,
        before=numbers(declarations.answers_from(version.known), bases),
        declared=numbers(declarations.answers_from(version.answers), bases),
        class_change=_class_change(old, new),
        cents=now.cents,
        more_cents=None if before.cents is None or now.cents is None else now.cents - before.cents,
        declared_by=view.request.declared_by or _(WAY_WORDS[version.way]),
        state=view.state,
        oddities=tuple(_(ODDITY_WORDS[Oddity(each)]) for each in version.oddities),
    )


def rows_of(session: Session, found: Any, views: Sequence[RequestView]) -> list[Row]:  # noqa: ANN401 - a row
    """Return requests as lines; of those that have not declared the last known size is looked up."""
    bases = bases_of(session, found.dues_year)
    silent = {view.member.id for view in views if view.version is None}
    asked = (
        declarations.asked_of_all(
            session, found.dues_year, turnover_class=turnover_class(found), member_ids=silent
        )
        if silent
        else {}
    )
    return [
        row_of(view, bases, asked[view.member.id].known if view.member.id in asked else {}) for view in views
    ]


def _class_change(old: Any, new: Any) -> str:  # noqa: ANN401 - phrases, or nothing
    if old is None or new is None or words().value(old) == words().value(new):
        return words().value(new) if new is not None else ""
    return f"{words().value(old)} → {words().value(new)}"


def numbers(answers: Mapping[str, Answer], bases: Mapping[str, Basis]) -> str:
    """Return sizes as numbers alone where there is one, else each with its unit."""
    sizes = [(bases.get(name) or default_basis(name), answer) for name, answer in answers.items()]
    if len(sizes) == 1:
        basis, answer = sizes[0]
        return words().value(weighted(basis, answer))
    return ", ".join(words().value(basis_words(basis, weighted(basis, answer))) for basis, answer in sizes)


def sizes_in_words(answers: Mapping[str, Answer], bases: Mapping[str, Basis]) -> list[str]:
    """Return each size with its unit; heads by class beside what they come to."""
    lines = []
    for name, answer in answers.items():
        basis = bases.get(name) or default_basis(name)
        text = words().value(basis_words(basis, weighted(basis, answer)))
        if isinstance(answer, Mapping):
            heads = ", ".join(
                f"{words().value(class_words(code))}: {words().value(Fraction(count))}"
                for code, count in answer.items()
            )
            text = f"{text} ({heads})"
        lines.append(text)
    return lines


def state_words(state: DeclarationState) -> str:
    """Return the word of a state."""
    return _(STATE_WORDS[state])


def turnover_class(found: Any) -> bool:  # noqa: ANN401 - a row
    """Return whether members of a round choose a turnover class."""
    return bool(found.asks.get("turnover_class"))


def silence_words(schedule: FeeSchedule | None) -> str:
    """Return what counts when a member says nothing."""
    return otherwise(schedule.declaration, words()) if schedule is not None else ""


def declared_words(session: Session, year: int, view: RequestView) -> str:
    """Return what a member declared, or what counts instead, with its unit; empty while there is nothing."""
    stored = view.version.answers if view.version else view.decision.answers if view.decision else {}
    return ", ".join(sizes_in_words(declarations.answers_from(stored), bases_of(session, year)))
