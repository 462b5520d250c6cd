"""What the form offers: kinds of membership, the sizes they rest on, what is agreed to, and the dues that follow.

All of it comes from the fee schedule in force and the settings; nobody who reads it is known.
Source: MEM-1; `domain.md` 2.4; DUE-6.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from membership.domain.applications import Consent
from membership.domain.declarations.questions import Answer, Question
from membership.domain.dues.assessment import Assessment, Result
from membership.domain.dues.errors import Undecided
from membership.domain.dues.explain import explain
from membership.domain.dues.facts import Facts, Origin
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.form import Free
from membership.domain.dues.sizes import sizes_needed
from membership.domain.dues.stored import from_stored, to_stored
from membership.domain.dues.versions import schedule_for
from membership.domain.errors import N_
from membership.domain.reference_days import day_meant
from membership.persistence.queries.members import list_categories
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import dues
from membership.wording import Wording

_STATUTES: Final = N_("We apply for membership of %(association)s and accept its statutes.")
_STATUTES_OF: Final = N_("We apply for membership of %(association)s and accept its statutes: %(version)s.")
_SCHEDULE: Final = N_("We accept the fee schedule “%(name)s”.")
_SCHEDULE_OF: Final = N_("We accept the fee schedule “%(name)s”, resolved on %(day)s.")
_PRIVACY: Final = N_("We have read how our data are handled.")
_PRIVACY_OF: Final = N_("We have read how our data are handled (version: %(version)s).")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of membership that can be applied for, with the sizes that its dues rest on."""

    code: str
    names: Mapping[str, str]
    sizes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be applied for on a day."""

    kinds: tuple[Kind, ...]
    questions: tuple[Question, ...]

    def kind(self, code: str) -> Kind | None:
        """Return a kind of membership by its code."""
        return next((each for each in self.kinds if each.code == code), None)

    def asked(self, code: str) -> tuple[Question, ...]:
        """Return the questions that a kind of membership needs an answer to."""
        kind = self.kind(code)
        return tuple(each for each in self.questions if kind and each.name in kind.sizes)


@dataclass(frozen=True, slots=True)
class Expected:
    """The dues of a company that is admitted today: of the first year, and of a whole one."""

    first: Result
    whole: Result

    def as_json(self) -> dict[str, Any] | None:
        """Return it as it is kept; None where the schedule does not decide."""
        if not isinstance(self.first, Assessment):
            return None
        whole = self.whole.gross.cents if isinstance(self.whole, Assessment) else None
        return {"first": to_stored(self.first), "whole_cents": whole}


def shown_then(kept: Any) -> tuple[Assessment | None, int | None]:  # noqa: ANN401 - JSON
    """Return the dues that an applicant was shown: the first year, and the cents of a whole one."""
    return (from_stored(kept["first"]), kept["whole_cents"]) if kept else (None, None)


def is_open(settings: AssociationSettings) -> bool:
    """Return whether the association takes applications on its pages."""
    return settings.flag("application.open")


def find_offer(session: Session, *, today: date) -> Offer:
    """Return what can be applied for: the categories of the schedule for new members that somebody pays for.

    Whoever pays nothing, such as an honorary member, is asked by the association. While there is no schedule all
    categories are offered, without a size.
    """
    schedule = find_schedule(session, today=today)
    kinds: list[Kind] = []
    questions: dict[str, Question] = {}
    for row in list_categories(session):
        category = schedule.categories.get(row.code) if schedule else None
        if schedule and (category is None or isinstance(category.method, Free)):
            continue
        needed = _questions(schedule, row.code, today) if schedule else {}
        questions |= needed
        kinds.append(Kind(row.code, {"de": row.name_de, "en": row.name_en}, tuple(needed)))
    return Offer(tuple(kinds), tuple(questions.values()))


def find_schedule(session: Session, *, today: date) -> FeeSchedule | None:
    """Return the fee schedule for who becomes a member today (DUE-2), else one for all; None while there is none."""
    known = dues.schedules_of(session, today.year)
    with suppress(Undecided):
        return schedule_for(known, Facts(member="", year=today.year, category="", start=today))
    return next((each for each in known if each.cohort is None), None)


def _questions(schedule: FeeSchedule, code: str, today: date) -> dict[str, Question]:
    found = {}
    for name in sorted(sizes_needed(schedule, code)):
        basis = schedule.bases[name]
        found[name] = Question(basis, day_meant(basis, today))
    return found


def expected_dues(
    session: Session, category: str, sizes: Mapping[str, Answer], *, today: date
) -> Expected | None:
    """Return what a company of this category and these sizes would pay; None while there is no fee schedule."""
    schedules = dues.billing_schedules(session)
    if not schedules:
        return None
    known = Facts(
        member="",
        year=today.year,
        category=category,
        start=today,
        decided_on=today,
        basis=dict(sizes),
        origin=dict.fromkeys(sizes, Origin.DECLARED),
    )
    first = explain(schedules, [known])[0]
    own = find_schedule(session, today=today)
    for_all = [replace(own, cohort=None)] if own else schedules
    whole = explain(for_all, [known._replace(start=None, decided_on=None)])[0]
    return Expected(first, whole)


def terms_of(session: Session, language: str, *, today: date) -> tuple[Consent, ...]:
    """Return what an applicant agrees to today, word for word: statutes, fee schedule, privacy notice."""
    settings, words = get_settings(session), Wording("en" if language == "en" else "de")
    text = settings.text
    named = {"association": settings.full_name}
    statutes = text("application.statutes")
    said = text("application.consent") or (
        words.text(_STATUTES_OF, **named, version=statutes) if statutes else words.text(_STATUTES, **named)
    )
    found = [Consent("statutes", said, statutes, _address(text("application.statutes_address")))]
    schedule = find_schedule(session, today=today)
    if schedule is not None:
        found.append(_fee_schedule(schedule, words))
    version = text("application.privacy_version")
    said = words.text(_PRIVACY_OF, version=version) if version else words.text(_PRIVACY)
    return (*found, Consent("privacy", said, version, "/privacy"))


def _address(typed: str) -> str:
    return typed if not typed or "://" in typed else f"https://{typed}"


def _fee_schedule(schedule: FeeSchedule, words: Wording) -> Consent:
    resolved = schedule.resolution.on if schedule.resolution else None
    said = (
        words.text(_SCHEDULE_OF, name=schedule.name, day=resolved)
        if resolved
        else words.text(_SCHEDULE, name=schedule.name)
    )
    return Consent("schedule", said, schedule.code, "/application/fee-schedule")
