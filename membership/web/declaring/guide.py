"""Who is led through a request, where its steps lie, and what was typed so far.

The same pages stand behind the link of a mail and in the member area; a `Guide` says who reads and writes and where
the pages lie. Source: `ux.md` 7 "Declaration", journey E; prototypes `declare`, `declare-check`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, render_template, request

from membership.domain.declarations.campaigns import Dates, last_day
from membership.domain.declarations.questions import (
    Answer,
    answer_of,
)
from membership.domain.dues.schedule.bases import Basis
from membership.domain.dues.words import basis_title
from membership.domain.policy import Actor, Job
from membership.persistence.db import Session, read_as
from membership.services import declarations
from membership.services.declarations import Declared, Expected, OpenRequest
from membership.web import sessions
from membership.web.frame import today
from membership.web.language import words

EVIDENCE, CONTACT, CHECK, RECEIPT = "evidence", "contact", "check", "receipt"


def visitor() -> Actor:
    """Return who reads behind a link: nobody signed in; the link itself says what may be read."""
    return Actor(name="link", at=sessions.moment(), request_id=g.request_id, job=Job.SIGN_IN)


def size_title(basis: Basis) -> str:
    """Return the name of a size as it begins a line."""
    return titled(words().value(basis_title(basis)))


def titled(text: str) -> str:
    """Return a text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


@dataclass(slots=True)
class Guide(ABC):
    """Leads through one request: `frame` is the template around the pages."""

    opened: OpenRequest
    frame: str

    @property
    def session(self) -> Session:
        """Return the session to read schedules with, which people of a company may not."""
        return read_as(visitor())

    @abstractmethod
    def address(self, step: str) -> str:
        """Return where a step lies."""

    @abstractmethod
    def save(self, changes: Mapping[str, Any]) -> None:
        """Keep what was typed so far."""

    @abstractmethod
    def keep_file(self, content: bytes, file_name: str) -> None:
        """Keep a file."""

    @abstractmethod
    def declare(self, declared: Declared, outcome: Expected) -> None:
        """Send the declaration."""

    @property
    @abstractmethod
    def person(self) -> str:
        """Return who confirms the declaration; empty when that is not known yet."""

    def context(self) -> dict[str, Any]:
        """Return what the frame needs beside the page."""
        return {}

    @property
    def steps(self) -> list[str]:
        """Return the steps in their order: a known contact is only looked at again at the end."""
        found = [f"question/{place}" for place in range(1, 1 + len(self.opened.asked.questions))]
        if self.opened.round.asks.get("evidence"):
            found.append(EVIDENCE)
        if not self.opened.contact.name and not self.person:
            found.append(CONTACT)
        return [*found, CHECK]

    @property
    def answers(self) -> dict[str, Answer]:
        """Return what was typed, else what was declared before."""
        found: dict[str, Answer] = {}
        version = self.opened.view.version
        if version is not None:
            found = declarations.answers_from(version.answers)
        stored = self.opened.draft.get("answers", {})
        found |= {name: answer_of(each) for name, each in stored.items()}
        return {name: each for name, each in found.items() if self.opened.asked.question(name)}

    def after(self, step: str) -> str:
        """Return the address of the step that follows; who came back from the last look goes there again."""
        steps = self.steps
        if request.args.get("back") == CHECK or step not in steps:
            return self.address(CHECK)
        return self.address(steps[steps.index(step) + 1])

    def first_open(self) -> str | None:
        """Return the first step without which nothing can be sent."""
        answers = self.answers
        for place, question in enumerate(self.opened.asked.questions, start=1):
            if question.name not in answers:
                return f"question/{place}"
        return CONTACT if not self.person else None


def page(guide: Guide, name: str, step: str, **values: Any) -> str:  # noqa: ANN401 - what a template takes
    """Return a page of the guide."""
    steps, opened = guide.steps, guide.opened
    found = opened.round
    return render_template(
        f"declaration/{name}.html",
        frame=guide.frame,
        guide=guide,
        opened=opened,
        year=str(found.dues_year),
        company_name=opened.view.member.name,
        step_number=steps.index(step) + 1 if step in steps else None,
        step_count=len(steps),
        until=last_day(Dates(found.deadline, found.late_until))
        if today() > found.deadline
        else found.deadline,
        **guide.context(),
        **values,
    )
