"""What a member is asked, what was known before, and what the dues would be by an answer.

The calculation is that of the billing run; only the sizes are the ones declared. Source: `ux.md` 7 "Declaration".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.declarations.plausibility import Measured, Outcome
from membership.domain.declarations.questions import (
    Answer,
    Question,
    answer_of,
    questions_for,
    stored_answer,
    weighted,
)
from membership.domain.dues.assessment import DUES_KINDS, Assessment
from membership.domain.dues.errors import Undecided
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.choices import Missing
from membership.domain.dues.stored import phrase_of, stored_phrase
from membership.domain.dues.versions import schedule_for
from membership.domain.dues.year import DuesYear
from membership.domain.reference_days import Standing, counting_day
from membership.persistence.columns import exact_text
from membership.persistence.models.members import BasisValue, Origin
from membership.persistence.queries import members as member_queries
from membership.persistence.queries.dues import MemberFacts, exact
from membership.services import dues


@dataclass(frozen=True, slots=True)
class Asked:
    """What one member is asked for a dues year: its schedule, its questions, and the sizes known before.

    `counting`: the sizes that are recorded for this dues year already.
    """

    facts: MemberFacts
    category: str
    schedule: FeeSchedule
    questions: tuple[Question, ...]
    known: Mapping[str, Answer]
    counting: Mapping[str, Answer]

    @property
    def in_silence(self) -> dict[str, Answer]:
        """Return what counts when the member says nothing: what counts already, else the last known sizes."""
        return {**self.known, **self.counting}

    @property
    def is_enough(self) -> bool:
        """Return whether something can count in silence: known sizes, or the highest row of the fee schedule."""
        if self.schedule.declaration.missing is Missing.HIGHEST_ROW:
            return True
        return all(question.name in self.in_silence for question in self.questions)

    def question(self, name: str) -> Question | None:
        """Return the question for a size, if it is asked."""
        return next((each for each in self.questions if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Expected:
    """The dues by the sizes known before, and by those that are declared."""

    before: Outcome
    now: Outcome
    assessment: Assessment | None = None


def asked_of_all(
    session: Session, year: int, *, turnover_class: bool, member_ids: set[int] | None = None
) -> dict[int, Asked]:
    """Return member id -> what it is asked; members whose dues no schedule decides are left out."""
    schedules, dues_year = dues.billing_schedules(session), DuesYear(year)
    found: dict[int, Asked] = {}
    for facts in dues.read_facts(session, year, member_ids=member_ids).members:
        period = dues.billed_period(facts.periods, dues_year)
        if period is None or facts.category is None:
            continue
        known = dues.facts_of(facts, period, dues_year, schedules=schedules)
        try:
            schedule = schedule_for(schedules, known)
        except Undecided:
            continue
        questions = questions_for(
            schedule, facts.category, year, start=period.start, turnover_class=turnover_class
        )
        counting = _counting(facts, questions, dues_year, start=period.start)
        found[facts.id] = Asked(
            facts, facts.category, schedule, questions, _known(facts, questions), counting
        )
    return found


def asked_of(session: Session, year: int, member_id: int, *, turnover_class: bool) -> Asked | None:
    """Return what one member is asked; None when its dues rest on no schedule any more."""
    found = asked_of_all(session, year, turnover_class=turnover_class, member_ids={member_id})
    return found.get(member_id)


def _known(facts: MemberFacts, questions: tuple[Question, ...]) -> dict[str, Answer]:
    """Return the newest size before the day that is asked for, else that of the day, of each question."""
    found: dict[str, Answer] = {}
    for question in questions:
        values = [each for each in facts.sizes.get(question.name, []) if each.as_of <= question.as_of]
        before = [each for each in values if each.as_of < question.as_of]
        if values:
            found[question.name] = exact((before or values)[-1])
    return found


def _counting(
    facts: MemberFacts, questions: tuple[Question, ...], year: DuesYear, *, start: date | None
) -> dict[str, Answer]:
    """Return the sizes that count for the dues year as it is, not in place of a declaration."""
    found: dict[str, Answer] = {}
    for question in questions:
        by_day = {each.as_of: each for each in facts.sizes.get(question.name, [])}
        counted = counting_day(by_day, basis=question.basis, year=year, start=start)
        if counted is not None and counted.standing is Standing.DECLARED:
            found[question.name] = exact(by_day[counted.day])
    return found


def measured(asked: Asked, answers: Mapping[str, Answer]) -> list[Measured]:
    """Return the sizes before and now by which a declaration is odd or not; a chosen class is no number to compare."""
    return [
        Measured(
            weighted(question.basis, asked.known[question.name]) if question.name in asked.known else None,
            weighted(question.basis, answers[question.name]),
        )
        for question in asked.questions
        if not question.is_chosen(answers[question.name])
    ]


def too_late(asked: Asked, answers: Mapping[str, Answer]) -> frozenset[str]:
    """Return the sizes that do not count when they are declared after the deadline: lower than what counts (DUE-40)."""
    rule = asked.schedule.declaration
    if not rule.ignores_late_decrease:
        return frozenset()
    standing = asked.in_silence if rule.missing is Missing.CARRY_OVER else asked.counting
    return frozenset(
        question.name
        for question in asked.questions
        if question.name in standing
        and question.name in answers
        and weighted(question.basis, answers[question.name])
        < weighted(question.basis, standing[question.name])
    )


def expected(session: Session, year: int, asked: Asked, answers: Mapping[str, Answer]) -> Expected:
    """Return what the dues come to before and now."""
    now = _worked_out(session, year, asked, answers)
    is_known = all(question.name in asked.known for question in asked.questions)
    before = _worked_out(session, year, asked, asked.known) if is_known else None
    return Expected(outcome_of(before), outcome_of(now), now)


def _worked_out(
    session: Session, year: int, asked: Asked, answers: Mapping[str, Answer]
) -> Assessment | None:
    """Return the assessment of the member as if these sizes had been recorded; None when nothing is decided."""
    member_id = asked.facts.id
    together = {member_id, *member_queries.list_group_members(session, member_id)}
    read = dues.read_facts(session, year, member_ids=together)
    members = [_with(each, asked, answers) if each.id == member_id else each for each in read.members]
    found = dues.assess(
        session,
        year,
        schedules=dues.billing_schedules(session),
        member_ids=together,
        known_facts=dues.KnownFacts(members),
    )
    result = next((each.result for each in found if each.facts.id == member_id), None)
    return result if isinstance(result, Assessment) else None


def _with(facts: MemberFacts, asked: Asked, answers: Mapping[str, Answer]) -> MemberFacts:
    sizes = dict(facts.sizes)
    for name, answer in answers.items():
        question = asked.question(name)
        if question is None:
            continue
        others = [each for each in sizes.get(name, []) if each.as_of != question.as_of]
        sizes[name] = sorted([*others, _value(name, question.as_of, answer)], key=lambda each: each.as_of)
    return replace(facts, sizes=sizes)


def _value(name: str, as_of: date, answer: Answer) -> BasisValue:
    """Return a size that is kept nowhere."""
    is_by_class = isinstance(answer, Mapping)
    return BasisValue(
        basis=name,
        as_of=as_of,
        value=None if is_by_class else answer,
        classes=stored_answer(answer, exact_text) if is_by_class else None,
        origin=Origin.DECLARED,
    )


def outcome_of(assessment: Assessment | None) -> Outcome:
    """Return what an assessment comes to, tax included, without admission fee, levies and credit."""
    if assessment is None:
        return Outcome()
    cents = sum((line.amount + line.tax_amount).cents for line in assessment.lines if line.kind in DUES_KINDS)
    band = assessment.band
    return Outcome(cents, band.row if band else None, stored_phrase(band.label) if band else None)


def stored_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as it is kept."""
    return {"cents": outcome.cents, "row": outcome.row, "band": outcome.band}


def outcome_from(stored: Any) -> Outcome:  # noqa: ANN401 - JSON
    """Return a kept outcome again."""
    return Outcome(stored["cents"], stored["row"], stored["band"])


def band_of(outcome: Outcome) -> Any:  # noqa: ANN401 - a phrase, or nothing
    """Return the dues class as a phrase; None where there is none."""
    return phrase_of(outcome.band) if outcome.band else None


def stored_answers(asked: Asked, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Return answers as they are kept, each with its day."""
    found: dict[str, Any] = {}
    for name, answer in answers.items():
        question = asked.question(name)
        assert question is not None, name
        key = "classes" if isinstance(answer, Mapping) else "value"
        found[name] = {"as_of": question.as_of.isoformat(), key: stored_answer(answer, exact_text)}
    return found


def answers_from(stored: Mapping[str, Any]) -> dict[str, Answer]:
    """Return kept answers again."""
    return {name: answer_of(each.get("classes") or each["value"]) for name, each in stored.items()}
