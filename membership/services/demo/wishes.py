"""What the companies of the demonstration ask for in the member area: a new name that waits, a colleague invited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from membership.domain.companies import Section
from membership.domain.policy import Actor, Role
from membership.persistence.db import actor_of, write
from membership.persistence.queries.members import get_member
from membership.persistence.queries.users import find_actor
from membership.services import companies, tokens
from membership.services.companies.people import invite_colleague


def ask(at: Callable[[Actor, date], Actor], setup: Actor, mail: str, number: str, *, today: date) -> None:
    """Let the person with this mail address ask for a new name of its company and invite a colleague."""
    write(at(setup, today), _ask, mail, number)


def _ask(session: Session, mail: str, number: str) -> None:
    acting = actor_of(session)
    name = get_member(session, number).name
    person = find_actor(session, mail, at=acting.at, request_id=acting.request_id)
    session.info["actor"] = person.because("demo")
    wish = {"name": f"{name} & Co. KG"}
    companies.change_own_data(session, number, Section.COMPANY, wish)
    invite_colleague(
        session, number, email="kollege@mitglied.example", name="Jonas Brandt", role=Role.COMPANY_USER,
        language="de", secret=tokens.new_secret(),
    )  # fmt: skip
