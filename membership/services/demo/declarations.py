"""The declarations of the demonstration: a round for the coming year, of which about two thirds are in."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from membership.domain.declarations.campaigns import Dates
from membership.domain.declarations.states import DeclarationState
from membership.domain.dispatch import DispatchState
from membership.domain.policy import Actor, Job
from membership.persistence.db import actor_of, read_as, write
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.queries import declarations as queries
from membership.services import declarations, tokens
from membership.services.declarations import Declared
from membership.services.demo.story import SEED

OPENS: Final = (10, 1)
_SHARE: Final = 66
"""So many of a hundred have declared."""
_WAITING: Final = 9
"""So many came in after the treasurer looked last."""
_SILENT: Final = frozenset({"M0001"})
"""The company whose person shows the member area: it is asked there."""
_ZONE: Final = "Europe/Berlin"
_NAMES: Final = ("Eva Holm", "Tjark Janssen", "Meike Folkerts", "Jonas Behn", "Silke Renken", "Arne Poppinga")


def ask(at: Callable[[Actor, date], Actor], treasurer: Actor, year: int, *, today: date) -> int:
    """Open the round of a dues year on 1 October before, let members declare, take most over; return how many did.

    Before that day there is no round.
    """
    opened_on = date(year - 1, *OPENS)
    if today <= opened_on:
        return 0
    dates = Dates(date(year - 1, 11, 30), date(year, 3, 31))
    moment = at(treasurer, opened_on)
    asks = {"evidence": False, "turnover_class": False}
    write(moment, declarations.open_round, year, dates=dates, asks=asks, reminds=True, today=opened_on)
    write(moment, _sent)
    numbers = [view.member.number for view in _requests(moment, year)]
    chance = random.Random(SEED + year)  # noqa: S311 - invented data, the same each time
    declared = [each for each in numbers if each not in _SILENT and chance.randrange(100) < _SHARE]
    last = min(today, dates.deadline)
    for place, number in enumerate(declared):
        day = opened_on + timedelta(days=place * max((last - opened_on).days, 1) // max(len(declared), 1))
        _declare(at, treasurer, year, number, day, chance=chance)
        if place == len(declared) - _WAITING:
            write(at(treasurer, day), declarations.accept_all, year)
    done = at(treasurer, last)
    waiting = [view for view in _requests(done, year) if view.state is DeclarationState.TO_REVIEW]
    if waiting:
        write(
            done,
            declarations.query,
            year,
            waiting[0].member.number,
            "Sind die Auszubildenden mitgezählt?",
            today=done.at.date(),
        )
        write(done, _sent)
    return len(declared)


def _requests(actor: Actor, year: int) -> Sequence[queries.RequestView]:
    session = read_as(actor)
    return queries.list_requests(session, queries.get_round(session, year).id)


def _sent(session: Session) -> None:
    """Let the mails of the round count as sent: the demonstration sends nothing."""
    kinds = ("declaration", "declaration_query")
    statement = update(Dispatch).where(Dispatch.kind.in_(kinds), Dispatch.state == DispatchState.NEW)
    session.execute(statement.values(state=DispatchState.SENT, sent_at=actor_of(session).at, attempts=1))


def _declare(
    at: Callable[[Actor, date], Actor],
    treasurer: Actor,
    year: int,
    number: str,
    day: date,
    *,
    chance: random.Random,
) -> None:
    """Let a member declare by its link: most about the same, a few much more or less."""
    secret = tokens.new_secret()
    moment = at(treasurer, day)
    write(moment, declarations.make_link, year, number, secret=secret, zone=_ZONE)
    visitor = replace(moment, name="link", user_id=None, job=Job.SIGN_IN, roles=frozenset())
    link = declarations.find_link(read_as(visitor), secret, at=visitor.at)
    opened = declarations.open_request(read_as(visitor), link.request_id)
    answers = {}
    for question in opened.asked.questions:
        known = opened.asked.known.get(question.name, Fraction(20))
        size = known if isinstance(known, Fraction) else sum(known.values(), Fraction(0))
        percent = chance.choice((150, 60)) if chance.randrange(12) == 0 else 100 + chance.randrange(-3, 9)
        answers[question.name] = Fraction(max(1, int(size * percent / 100)))
    said = Declared(answers, name=opened.contact.name or chance.choice(_NAMES))
    write(visitor, declarations.declare_by_link, secret, said, today=day)
