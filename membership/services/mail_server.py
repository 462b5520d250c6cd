"""The mail server: its settings, its sealed password, and a test that says in plain words what is wrong.

Source: `ux.md` 6.1 no. 7; `architecture.md` "Configuration"; SEC-67.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from membership.domain.dispatch import DispatchState
from membership.domain.errors import N_, DomainError
from membership.domain.mail import MailServer, Security
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of
from membership.persistence.models.dispatch import Dispatch, MailLane, SealedSetting
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import settings

PASSWORD: Final = "mail.password"  # noqa: S105 - the name of the setting
_TABLE, _COLUMN = "sealed_settings", "sealed"


class PasswordUnprotected(DomainError):
    """A password would travel in the clear."""

    message = N_("A password is not sent without encryption. Choose STARTTLS or TLS.")
    code = "password_unprotected"


class MailServerMissing(DomainError):
    """There is no mail server to send with."""

    message = N_("No mail server is set up. Enter server and sender in the settings first.")
    code = "mail_server_missing"


def is_set_up(values: AssociationSettings) -> bool:
    """Return whether mail can be sent at all."""
    return values.can_send_mail


def has_password(session: Session, key: str = PASSWORD) -> bool:
    """Return whether a password is kept, that of the mail server or of another setting."""
    return session.execute(select(SealedSetting.key).where(SealedSetting.key == key)).first() is not None


def find_password(session: Session, key: str = PASSWORD) -> str:
    """Return a password that is kept; empty while there is none."""
    sealed = session.execute(
        select(SealedSetting.sealed).where(SealedSetting.key == key)
    ).scalar_one_or_none()
    return "" if sealed is None else crypto.unseal(session, sealed, table=_TABLE, column=_COLUMN, uid=key)


def is_proven(session: Session) -> bool:
    """Return whether the present mail server has taken a mail of ours: a test, or one to a member."""
    tested = select(exists().where(MailLane.tested_at.is_not(None)))
    sent = select(exists().where(Dispatch.state == DispatchState.SENT))
    return bool(session.execute(select(or_(tested.scalar_subquery(), sent.scalar_subquery()))).scalar_one())


def note_test(session: Session) -> None:
    """Keep that a test mail got through; the set-up list asks for it (`ux.md` 6.1 no. 7)."""
    require(actor_of(session), "settings.operate")
    session.execute(update(MailLane).where(MailLane.id == 1).values(tested_at=actor_of(session).at))
    chain.note(session, "settings.mail_tested", "settings", "mail.host")


def find_server(session: Session) -> MailServer | None:
    """Return the mail server with its password, for the worker; None while there is none."""
    values = get_settings(session)
    if not is_set_up(values):
        return None
    return MailServer(
        host=values.text("mail.host"),
        port=values.number("mail.port"),
        security=Security(values.text("mail.security")),
        sender=values.text("mail.sender"),
        sender_name=values.text("mail.sender_name") or values.full_name,
        user=values.text("mail.user"),
        password=find_password(session),
        reply_to=values.text("mail.reply_to") or values.text("association.email"),
    )


def change_mail_server(
    session: Session,
    changes: Mapping[str, object],
    *,
    password: str | None = None,
    seen: Mapping[str, object] | None = None,
) -> list[str]:
    """Change the mail server and let waiting mails be tried at once; return the keys that are different now.

    `password` None keeps the present one, empty removes it. It leaves no trace but that it was changed.
    Raises what `change_settings` raises, and `PasswordUnprotected`.
    """
    require(actor_of(session), "settings.operate")
    changed = settings.change_free_settings(session, changes, seen=seen)
    if password is not None:
        keep_password(session, PASSWORD, password)
        changed = [*changed, PASSWORD]
    require_protected(session, "mail.")
    if password is not None:
        settings.try_mail_anew(session)
    return changed


def keep_password(session: Session, key: str, password: str) -> None:
    """Keep a password sealed in place of the present one; an empty one takes it away."""
    require(actor_of(session), "settings.operate")
    session.execute(delete(SealedSetting).where(SealedSetting.key == key))
    if password:
        sealed = crypto.seal(session, password, table=_TABLE, column=_COLUMN, uid=key)
        session.add(SealedSetting(key=key, sealed=sealed, changed_at=actor_of(session).at))
    session.flush()
    chain.note(session, "settings.mail_password", "settings", key)


def require_protected(session: Session, prefix: str) -> None:
    """Raise `PasswordUnprotected` when the settings of a server would let a password travel in the clear."""
    values = get_settings(session)
    is_open = values.text(f"{prefix}security") == Security.NONE and not is_this_machine(
        values.text(f"{prefix}host")
    )
    if is_open and values.text(f"{prefix}user"):
        raise PasswordUnprotected


def is_this_machine(host: str) -> bool:
    """Return whether a host is the machine the program runs on."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
