"""The mailbox for mails that come back: its settings and its sealed password.

Source: `decisions.md` 28; `domain.md` INV-18; SEC-67.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from membership.domain.bounces import Mailbox
from membership.domain.mail import Security
from membership.domain.policy import require
from membership.persistence.db import actor_of
from membership.persistence.models.dispatch import MailboxMark
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import settings
from membership.services.mail_server import find_password, keep_password, require_protected

PASSWORD: Final = "mail.bounce_password"  # noqa: S105 - the name of the setting


def is_set_up(values: AssociationSettings) -> bool:
    """Return whether there is a mailbox to read."""
    return bool(values.text("mail.bounce_host") and values.text("mail.bounce_user"))


def find_mailbox(session: Session) -> Mailbox | None:
    """Return the mailbox with its password, for the worker; None while there is none."""
    values = get_settings(session)
    if not is_set_up(values):
        return None
    return Mailbox(
        host=values.text("mail.bounce_host"),
        port=values.number("mail.bounce_port"),
        security=Security(values.text("mail.bounce_security")),
        user=values.text("mail.bounce_user"),
        password=find_password(session, PASSWORD),
        folder=values.text("mail.bounce_folder"),
    )


def change_mailbox(
    session: Session,
    changes: Mapping[str, object],
    *,
    password: str | None = None,
    seen: Mapping[str, object] | None = None,
) -> list[str]:
    """Change the mailbox and return the keys that are different now; what last went wrong with it counts no more.

    `password` None keeps the present one, empty removes it. Raises what `change_settings` raises, and
    `PasswordUnprotected`.
    """
    require(actor_of(session), "settings.operate")
    changed = settings.change_free_settings(session, changes, seen=seen)
    if password is not None:
        keep_password(session, PASSWORD, password)
        changed = [*changed, PASSWORD]
    require_protected(session, "mail.bounce_")
    if changed:
        session.execute(update(MailboxMark).where(MailboxMark.id == 1).values(failed_at=None, reason=""))
    return changed
