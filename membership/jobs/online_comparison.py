"""Once a day the provider's list is compared with the books: what was missed is booked, what differs is shown.

Source: `reliability.md` 38, FI-42; `interfaces.md` “payments reconcile”.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from membership import clock
from membership.domain.errors import DomainError
from membership.domain.money import decimal_text
from membership.domain.online_payments.attempts import UNDECIDED, AttemptState
from membership.domain.online_payments.comparison import Missing, absent, is_shown_later, names_in, uncovered
from membership.domain.online_payments.events import EventState, ObjectMissing, ProviderAway, Subject
from membership.domain.online_payments.pictures import Look, Movement
from membership.jobs.online_attempts import Desk, find_uid, follow_intent, look_up, worker
from membership.jobs.online_payments import work_payout
from membership.persistence.db import db, read_as, write
from membership.persistence.queries import online_payments as queries
from membership.services import online_payments as services

DAYS: Final = 14
"""How far back the list is read; older changes come with their events, or with `--since`."""
_NO_MONEY: Final = UNDECIDED | {AttemptState.FAILED}
"""States in which a debit moves the balance at the provider, but no money came."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between the provider's list and the books."""

    object_id: str
    look: Look
    detail: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison came to: movements read, changes booked because of it, and what still differs."""

    movements: int
    booked: int
    differences: tuple[Difference, ...]


class _Asked(NamedTuple):
    """What the provider said about a movement: the attempt it belongs to; empty when to none of ours."""

    movement: Movement
    uid: str | None = None
    booked: int = 0
    look: Look | None = None


def compare(desk: Desk, *, since: date | None = None) -> Compared:
    """Compare the provider's list with the books, book what is missing, and keep what differs for a person.

    Raises `ProviderAway` when the list cannot be read.
    """
    begins, movements = _listed(desk, since)
    booked = _settle_undecided(desk)
    asked = {each.movement.id: _catch_up(desk, each) for each in _missing(movements)}
    found = _differences(desk, begins, movements, asked)
    for each in [*found, *_deadlines(asked)]:
        write(
            worker(), services.note_difference, each.object_id, look=each.look, object_id=each.object_id,
            detail=each.detail, is_live=desk.provider.is_live,
        )  # fmt: skip
    differ = [each.object_id for each in found]
    write(worker(), services.settle_covered, shown=sorted(names_in(movements)), differ=differ)
    return Compared(len(movements), booked + sum(each.booked for each in asked.values()), tuple(found))


def foresee(desk: Desk, *, since: date | None = None) -> Compared:
    """Return what differs now; nothing is booked or kept."""
    begins, movements = _listed(desk, since)
    asked = {each.movement.id: _catch_up(desk, each, is_kept=False) for each in _missing(movements)}
    return Compared(len(movements), 0, tuple(_differences(desk, begins, movements, asked)))


def _listed(desk: Desk, since: date | None) -> tuple[date, list[Movement]]:
    begins = since or (desk.today - timedelta(days=DAYS))
    moment = clock.now() - (desk.today - begins + timedelta(days=1))
    db.session.rollback()
    return begins, desk.provider.list_movements(moment)


def _differences(
    desk: Desk, begins: date, movements: list[Movement], asked: Mapping[str, _Asked]
) -> list[Difference]:
    return [
        *(_difference(each, asked.get(each.movement.id)) for each in _differing(movements, asked)),
        *(
            Difference(object_id, Look.MISSING_THERE, kind)
            for object_id, kind, intent_id in _absent(desk, begins, movements)
            if not _is_shown_later(desk, object_id, intent_id)
        ),
    ]


def _absent(desk: Desk, begins: date, movements: list[Movement]) -> list[tuple[str, str, str]]:
    """Return (object, kind, payment at the provider) of what is booked and stands in no list."""
    session = read_as(worker())
    posted = queries.postings_between(session, begins + timedelta(days=1), desk.today)
    missing = absent(posted, movements)
    intents = queries.intents_of(session, {each.attempt_id for each in missing})
    found = [(each.object_id, str(each.kind), intents[each.attempt_id]) for each in missing]
    db.session.rollback()
    return found


def _is_shown_later(desk: Desk, object_id: str, intent_id: str) -> bool:
    try:
        return bool(intent_id) and is_shown_later(desk.provider.get_paid(intent_id), object_id)
    except ObjectMissing:
        return False


def _missing(movements: Iterable[Movement]) -> list[Missing]:
    known = list(movements)
    session = read_as(worker())
    posted = queries.posted_objects(session, {name for each in known for name in (each.id, each.source_id)})
    payouts = {row.payout_id for row in queries.list_payouts(session)}
    db.session.rollback()
    return uncovered(known, posted, payouts)


def _differing(movements: list[Movement], asked: Mapping[str, _Asked]) -> list[Missing]:
    """Return what is missing in the books and is no debit of ours that waits or failed: that is not booked."""
    missing = _missing(movements)
    session = read_as(worker())
    states = queries.states_of(session, {each.uid for each in asked.values() if each.uid})
    db.session.rollback()
    return [each for each in missing if not _is_no_money(each, asked.get(each.movement.id), states)]


def _is_no_money(missing: Missing, asked: _Asked | None, states: Mapping[str, AttemptState]) -> bool:
    if missing.subject is not Subject.CHARGE or asked is None or asked.uid is None or asked.look is not None:
        return False
    return states.get(asked.uid) in _NO_MONEY


def _difference(missing: Missing, asked: _Asked | None) -> Difference:
    movement = missing.movement
    look = Look.UNKNOWN if asked is not None and asked.uid == "" else Look.MISSING_HERE
    if asked is not None and asked.look is not None:
        look = asked.look
    return Difference(movement.source_id or movement.id, look, _words_of(movement))


def _words_of(movement: Movement) -> str:
    return f"{movement.kind} {movement.id} {decimal_text(movement.cents)}"


def _deadlines(asked: Mapping[str, _Asked]) -> list[Difference]:
    """Return the disputes that were booked just now and that a person may still answer."""
    return [
        Difference(each.movement.source_id, each.look, _words_of(each.movement))
        for each in asked.values()
        if each.look is Look.DEADLINE
    ]


def _catch_up(desk: Desk, missing: Missing, *, is_kept: bool = True) -> _Asked:
    """Fetch what a movement speaks of and book it; only look whose it is where nothing is to be kept."""
    try:
        if missing.subject is Subject.PAYOUT and is_kept:
            state, look, _detail, _uid = work_payout(desk, missing.movement.source_id)
            return _Asked(missing.movement, booked=int(state is EventState.DONE), look=look)
        return _asked_about_payment(desk, missing, is_kept=is_kept)
    except ProviderAway:
        raise
    except (ObjectMissing, DomainError):
        return _Asked(missing.movement)


def _asked_about_payment(desk: Desk, missing: Missing, *, is_kept: bool) -> _Asked:
    subject, movement = missing.subject, missing.movement
    if subject is None or subject is Subject.PAYOUT or not movement.source_id:
        return _Asked(movement)
    intent_id = desk.provider.find_intent(subject, movement.source_id)
    if not intent_id:
        return _Asked(movement, "")
    if not is_kept:
        paid = desk.provider.get_paid(intent_id)
        uid = find_uid(paid)
        return _Asked(movement, uid, look=Look.MISSING_HERE if uid and paid.is_paid else None)
    uid, followed = follow_intent(desk, intent_id)
    return _Asked(movement, uid, followed.booked, followed.look) if followed else _Asked(movement, uid)


def _settle_undecided(desk: Desk) -> int:
    """Ask about the attempts that are under way: a debit that failed moves no money and stands in no list."""
    booked = 0
    uids = queries.uids_in(read_as(worker()), {AttemptState.OPEN, AttemptState.PENDING})
    db.session.rollback()
    for uid in uids:
        try:
            followed = look_up(desk, uid)
        except ProviderAway:
            raise
        except DomainError:
            continue
        booked += followed.booked if followed is not None else 0
    return booked
