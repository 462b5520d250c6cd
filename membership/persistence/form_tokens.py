"""Form tokens: the same form sent twice gives the first result once more (`reliability.md` 28)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from membership.domain.approvals import Waiting
from membership.domain.errors import N_, Conflict
from membership.domain.policy import Actor
from membership.persistence.models.chain import FormResult

_WAITING: Final = "waiting_for_approval"


class TokenReused(Conflict):
    """A form token came a second time with other content."""

    message = N_("This form was sent before with other content. Please open the page again.")
    code = "token_reused"


@dataclass(frozen=True, slots=True)
class FirstResult:
    """What a form gave the first time: a plain value."""

    value: Any


def fingerprint(use_case: str, args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    """Return the hash of what a form asks for; the day it is asked on does not count."""
    named = sorted((name, value) for name, value in kwargs.items() if name != "today")
    return sha256(f"{use_case}|{args!r}|{named!r}".encode()).hexdigest()


def first_result(session: Session, actor: Actor, asked: str) -> FirstResult | None:
    """Claim this actor's form token and return None, or return what it gave before.

    Of two at once the second waits for the first one's commit. Raises `TokenReused` when the content differs.
    """
    values = {"actor_key": actor.key, "token": actor.form_token, "fingerprint": asked, "at": actor.at}
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    claim = make(FormResult).values(**values).on_conflict_do_nothing().returning(FormResult.id)
    if session.execute(claim).first() is not None:
        return None
    found = session.execute(
        select(FormResult.fingerprint, FormResult.result).where(
            FormResult.actor_key == actor.key, FormResult.token == actor.form_token
        )
    ).one()
    if found.fingerprint != asked:
        raise TokenReused
    return FirstResult(_meant(found.result))


def find_result(session: Session, actor: Actor, *, asked: str | None = None) -> FirstResult | None:
    """Return what this actor's form gave before; None for a form that is new. For pages that ask before they act.

    With `asked` a form of other content counts as new.
    """
    if not actor.form_token:
        return None
    found = session.execute(
        select(FormResult.result, FormResult.fingerprint).where(
            FormResult.actor_key == actor.key, FormResult.token == actor.form_token
        )
    ).first()
    is_mine = found is not None and asked in {None, found.fingerprint}
    return FirstResult(_meant(found.result)) if found is not None and is_mine else None


def keep_result(session: Session, actor: Actor, result: object) -> None:
    """Keep the result for the claimed token: a plain value (an id, a text), or what waits for a second person."""
    if isinstance(result, Waiting):
        result = {_WAITING: result.approval}
    mine = (FormResult.actor_key == actor.key, FormResult.token == actor.form_token)
    session.execute(update(FormResult).where(*mine).values(result=result))


def _meant(result: object) -> object:
    """Return a result as the use case gave it: what waits for a second person was kept under its own word."""
    return Waiting(result[_WAITING]) if isinstance(result, dict) and result.keys() == {_WAITING} else result


def purge_results(session: Session, *, before: datetime) -> int:
    """Forget the results of forms sent before a moment and return how many there were."""
    rows = session.execute(delete(FormResult).where(FormResult.at < before).returning(FormResult.id)).all()
    return len(rows)
