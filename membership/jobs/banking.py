"""Sure matches are posted in units of many; what stands in the way of one never hides the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Final

from membership.domain.errors import DomainError
from membership.domain.policy import Actor
from membership.persistence.db import read_as, rehearse, write
from membership.services.banking.matching import Match, match_open, may_post_alone, post_sure

_UNIT: Final = 50


def post_all_sure(
    actor: Actor, *, today: date, account_id: int | None = None, progress: Callable[[int], None] | None = None,
    is_asked: bool = False,
) -> list[int]:  # fmt: skip
    """Match all open lines, post what is sure or ruled, and return the lines that were decided.

    What is sure waits for a person where the settings say so, unless one asked for it just now; what a rule names is
    decided in any case. A unit that cannot be posted is tried again line by line; a line that is refused stays open.
    """
    done: list[int] = []
    for unit in _units(_sure(actor, today=today, account_id=account_id, is_asked=is_asked)):
        done += _posted(actor, unit, today=today)
        if progress is not None:
            progress(len(done))
    return done


def foresee_all_sure(actor: Actor, *, today: date, is_asked: bool = False) -> list[int]:
    """Return the lines that `post_all_sure` would decide; nothing changes."""
    done: list[int] = []
    for match in _sure(actor, today=today, account_id=None, is_asked=is_asked):
        with suppress(DomainError):
            done += rehearse(replace(actor, form_token=None), post_sure, [match], today=today)
    return done


def _sure(actor: Actor, *, today: date, account_id: int | None, is_asked: bool) -> list[Match]:
    session = read_as(actor)
    posts = is_asked or may_post_alone(session)
    found = match_open(session, today=today, account_id=account_id)
    return [match for match in found if (posts if match.is_sure else match.category is not None)]


def _posted(actor: Actor, unit: Sequence[Match], *, today: date) -> list[int]:
    try:
        return write(replace(actor, form_token=None), post_sure, unit, today=today)
    except DomainError:
        if len(unit) == 1:
            return []
    return [line_id for match in unit for line_id in _posted(actor, [match], today=today)]


def _units(found: Sequence[Match]) -> Iterator[Sequence[Match]]:
    for start in range(0, len(found), _UNIT):
        yield found[start : start + _UNIT]
