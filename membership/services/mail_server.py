"""The mail server: its settings, its sealed password, and a test that says in plain words what is wrong.

Source: `ux.md` 6.1 no. 7; `architecture.md` "Configuration"; SEC-67.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from membership.domain.errors import N_, DomainError
from membership.domain.mail import MailServer, Security
from membership.domain.policy import require
from membership.persistence import chain, crypto
from membership.persistence.db import actor_of
from membership.persistence.models.dispatch import MailLane, SealedSetting
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
    return bool(values.text("mail.host") and values.text("mail.sender"))


def has_password(session: Session) -> bool:
    """Return whether a password is kept."""
    return session.execute(select(SealedSetting.key).where(SealedSetting.key == PASSWORD)).first() is not None


def find_server(session: Session) -> MailServer | None:
    """Return the mail server with its password, for the worker; None while there is none."""
    values = get_settings(session)
    if not is_set_up(values):
        return None
    sealed = session.execute(
        select(SealedSetting.sealed).where(SealedSetting.key == PASSWORD)
    ).scalar_one_or_none()
    return MailServer(
        host=values.text("mail.host"),
        port=values.number("mail.port"),
        security=Security(values.text("mail.security")),
        sender=values.text("mail.sender"),
        sender_name=values.text("mail.sender_name") or values.full_name,
        user=values.text("mail.user"),
        password=""
        if sealed is None
        else crypto.unseal(session, sealed, table=_TABLE, column=_COLUMN, uid=PASSWORD),
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
    at = actor_of(session).at
    changed = settings.change_settings(session, changes, seen=seen)
    if password is not None:
        _keep_password(session, password, at)
        changed = [*changed, PASSWORD]
        chain.note(session, "settings.mail_password", "settings", PASSWORD)
    values = get_settings(session)
    is_open = values.text("mail.security") == Security.NONE and not is_this_machine(values.text("mail.host"))
    if is_open and values.text("mail.user"):
        raise PasswordUnprotected
    if changed:
        session.execute(
            update(MailLane).where(MailLane.id == 1).values(not_before=None, failures=0, reason="", answer="")
        )
    return changed


def _keep_password(session: Session, password: str, at: datetime) -> None:
    session.execute(delete(SealedSetting).where(SealedSetting.key == PASSWORD))
    if password:
        sealed = crypto.seal(session, password, table=_TABLE, column=_COLUMN, uid=PASSWORD)
        session.add(SealedSetting(key=PASSWORD, sealed=sealed, changed_at=at))
    session.flush()


def is_this_machine(host: str) -> bool:
    """Return whether a host is the machine the program runs on."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
