"""The second factor: six digits of an authenticator app (TOTP, once per time step) or a recovery code (once).

Source: RFC 6238; `reliability.md` 50, SEC-29, SEC-30, SEC-33.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

import pyotp
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from membership.domain.errors import N_, InputError, NotFound
from membership.domain.notices import Kind
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of, changed_one
from membership.persistence.models.users import RecoveryCode, User
from membership.services import security_notices, sessions, sign_in

STEP_SECONDS: Final = 30
_SECRET_BYTES: Final = 20
_CODES: Final = 10
_SIGNS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class CodeWrong(InputError):
    """The six digits do not fit."""

    message = N_("This code does not fit. Please type the six digits that your app shows now.")
    code = "second_factor_wrong"


def pending_secret(key: bytes, id_hash: str) -> str:
    """Return the secret that a session is offered before it is confirmed; nothing has to be kept for it."""
    digest = hmac.new(key, b"totp|" + id_hash.encode(), sha256).digest()
    return base64.b32encode(digest[:_SECRET_BYTES]).decode()


def address_of(secret: str, *, email: str, issuer: str) -> str:
    """Return the `otpauth:` address that the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def new_recovery_codes() -> list[str]:
    """Return ten codes that replace the second factor, each once."""
    return [
        "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3)) for _ in range(_CODES)
    ]


def matching_step(secret: str, code: str, *, at: datetime) -> int | None:
    """Return the time step whose code this is: the present one, or the one before or after."""
    typed = code.replace(" ", "")
    now = int(at.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(totp.at(step * STEP_SECONDS).encode(), typed.encode()):
            return step
    return None


def set_up(
    session: Session, *, secret: str, code: str, recovery_codes: Sequence[str], id_hash: str, replaces: str
) -> None:
    """Switch the second factor on for the acting person, after the first right code; the session gets a new id."""
    actor = actor_of(session)
    assert actor.user_id is not None, actor
    step = matching_step(secret, code, at=actor.at)
    if step is None:
        raise CodeWrong
    uid = session.execute(select(User.uid).where(User.id == actor.user_id)).scalar_one()
    sealed = crypto.seal(session, secret, table="users", column="totp_sealed", uid=uid)
    session.execute(
        update(User).where(User.id == actor.user_id).values(totp_sealed=sealed, totp_last_step=step)
    )
    _keep_codes(session, actor.user_id, recovery_codes)
    sessions.end_all(session, actor.user_id, but=replaces)
    sessions.open_session(session, actor.user_id, id_hash=id_hash, has_second_factor=True, replaces=replaces)
    security_notices.tell(session, [actor.user_id], Kind.SECOND_FACTOR_ON)
    chain.note(session, "user.second_factor_on", "user", actor.user_id)


def renew_recovery_codes(session: Session, codes: Sequence[str]) -> None:
    """Replace the acting person's recovery codes."""
    actor = actor_of(session)
    assert actor.user_id is not None, actor
    _keep_codes(session, actor.user_id, codes)
    security_notices.tell(session, [actor.user_id], Kind.RECOVERY_CODES)
    chain.note(session, "user.recovery_codes", "user", actor.user_id)


def switch_off(session: Session, user_id: int) -> None:
    """Take the second factor away (a lost telephone); all sessions of the person end."""
    actor = actor_of(session)
    if actor.user_id != user_id:
        require(actor, "users.manage")
    changed = changed_one(
        session, update(User).where(User.id == user_id).values(totp_sealed=None, totp_last_step=None)
    )
    if not changed:
        raise NotFound(what="person", key=user_id)
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    sessions.end_all(session, user_id)
    security_notices.tell(session, [user_id], Kind.SECOND_FACTOR_OFF)
    chain.note(session, "user.second_factor_off", "user", user_id)


def take_code(session: Session, user_id: int, *, code: str, id_hash: str, replaces: str) -> bool:
    """Check the second step of signing in and return whether it succeeded; then the session gets a new id."""
    subject = crypto.search_key(session, f"second-factor|{user_id}")
    sign_in.require_no_wait(session, subject, at=actor_of(session).at)
    if not (_takes_digits(session, user_id, code) or _takes_recovery_code(session, user_id, code)):
        sign_in.record_failure(session, subject, what=f"second factor of person {user_id}")
        return False
    sign_in.forget_failures(session, subject)
    sign_in.sign_in(session, user_id, id_hash=id_hash, has_second_factor=True, replaces=replaces)
    return True


def _takes_digits(session: Session, user_id: int, code: str) -> bool:
    user = session.execute(select(User.uid, User.totp_sealed).where(User.id == user_id)).one()
    if user.totp_sealed is None:
        return False
    secret = crypto.unseal(session, user.totp_sealed, table="users", column="totp_sealed", uid=user.uid)
    step = matching_step(secret, code, at=actor_of(session).at)
    if step is None:
        return False
    unused = User.totp_last_step.is_(None) | (User.totp_last_step < step)
    return changed_one(session, update(User).where(User.id == user_id, unused).values(totp_last_step=step))


def _takes_recovery_code(session: Session, user_id: int, code: str) -> bool:
    return changed_one(
        session,
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == _code_hash(session, user_id, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=actor_of(session).at),
    )


def _keep_codes(session: Session, user_id: int, codes: Sequence[str]) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.execute(
        insert(RecoveryCode),
        [
            {"user_id": user_id, "code_hash": _code_hash(session, user_id, code), "used_at": None}
            for code in codes
        ],
    )


def _code_hash(session: Session, user_id: int, code: str) -> str:
    typed = code.upper().replace("-", "").replace(" ", "")
    return crypto.search_key(session, f"recovery|{user_id}|{typed}")
