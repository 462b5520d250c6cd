"""Tokens for one purpose, one account, once, until their end; kept as hashes.

The secret is made outside the unit of work (`new_secret`) and never stored or logged. Source: INV-28, INV-29, SEC-25.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from membership.domain.errors import N_, NotFound
from membership.persistence import crypto
from membership.persistence.db import actor_of, changed_one
from membership.persistence.models.users import OneTimeToken


class Purpose(StrEnum):
    """What a token is good for."""

    FIRST_ADMIN = "first_admin"
    INVITATION = "invitation"
    RESET = "reset"
    SIGN_IN_LINK = "sign_in_link"


LIVES: Final = {
    Purpose.FIRST_ADMIN: timedelta(hours=24),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.RESET: timedelta(minutes=30),
    Purpose.SIGN_IN_LINK: timedelta(minutes=15),
}
_SIGNS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class TokenUsed(NotFound):
    """A link or code does not work (any more); the text is the same whatever the reason."""

    message = N_("This link does not work any more. Please ask the administration for a new one.")
    code = "token_used"


class CodeWrong(TokenUsed):
    """The one-time code of the first administrator does not work (any more)."""

    message = N_(
        "This code does not work. Please copy it from the output of the server once more. It is good for 24 hours; "
        "a new start of the server prints a new one, and only the newest works."
    )
    code = "code_wrong"


def new_secret(key: bytes = b"", form_token: str | None = None) -> str:
    """Return a secret of 256 bits; for a form the same one when the form is sent twice (keyed hash of its token)."""
    if key and form_token:
        return hmac.new(key, b"one-time|" + form_token.encode(), sha256).hexdigest()
    return secrets.token_hex(32)


def new_code(groups: int = 4) -> str:
    """Return a code that people can type: groups of four capitals and digits, 20 bits each."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(groups))


def tidy_code(typed: str) -> str:
    """Return a typed code as `new_code` made it: capitals in groups of four, whatever stands between them."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    return "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))


def issue(session: Session, secret: str, *, purpose: Purpose, user_id: int | None) -> None:
    """Keep a new token; older ones for the same purpose and account end."""
    at = actor_of(session).at
    withdraw(session, user_id=user_id, purpose=purpose)
    session.execute(
        insert(OneTimeToken),
        {
            "token_hash": crypto.session_hash(session, secret), "purpose": purpose, "user_id": user_id,
            "created_at": at, "expires_at": at + LIVES[purpose], "used_at": None,
        },
    )  # fmt: skip


def withdraw(session: Session, *, user_id: int | None, purpose: Purpose | None = None) -> None:
    """End the open tokens of an account, of one purpose or of all."""
    statement = update(OneTimeToken).where(
        OneTimeToken.user_id.is_(None) if user_id is None else OneTimeToken.user_id == user_id,
        OneTimeToken.used_at.is_(None),
    )
    if purpose:
        statement = statement.where(OneTimeToken.purpose == purpose)
    session.execute(statement.values(used_at=actor_of(session).at))


def use(session: Session, secret: str, *, purpose: Purpose) -> int | None:
    """Use a token up and return its account; raise `TokenUsed` when it does not work (any more)."""
    at = actor_of(session).at
    hashed = crypto.session_hash(session, secret)
    fits = (OneTimeToken.token_hash == hashed, OneTimeToken.purpose == purpose)
    taken = changed_one(
        session,
        update(OneTimeToken)
        .where(*fits, OneTimeToken.used_at.is_(None), OneTimeToken.expires_at > at)
        .values(used_at=at),
    )
    if not taken:
        raise TokenUsed
    return session.execute(select(OneTimeToken.user_id).where(*fits)).scalar_one()
