"""Mails that people ask for before they are signed in: a link that signs in, or one for a new password.

Whether there is an account is told by the mail alone (SEC-19). The link is made when its mail goes out, so that its
minutes count from then. Source: `ux.md` 7 "Access", 14 "sign-in link"; `decisions.md` 33; SEC-25 to SEC-27, SEC-32.
"""

from __future__ import annotations

from typing import Final, cast

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from invoices.formats import Language
from membership.domain.mail_texts import MailWords, filled
from membership.domain.policy import require
from membership.persistence.db import actor_of
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.models.users import User, UserRole
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import staff_mail, tokens
from membership.services.mail_texts import get_text
from membership.services.salutations import salutation
from membership.services.tokens import Purpose
from membership.wording import Wording

SIGN_IN_LINK: Final = "sign_in_link"
PASSWORD_RESET: Final = "password_reset"  # noqa: S105 - the name of a text
PURPOSES: Final = {SIGN_IN_LINK: Purpose.SIGN_IN_LINK, PASSWORD_RESET: Purpose.RESET}
"""Kind of mail -> what its link is for."""
KINDS: Final = frozenset(PURPOSES)
_MINUTES: Final = 5
"""A person gets one mail of a kind in so many minutes, however often somebody asks."""


def put_link(session: Session, email: str, *, wants_password: bool) -> None:
    """Put a link to the person of a mail address; to an address without an account none goes, and nothing says so.

    Staff sign in with their password and second factor only, so they get the link for a new password (SEC-32).
    """
    user = session.execute(
        select(User).where(User.email == email.strip().casefold(), User.is_active.is_(True))
    ).scalar_one_or_none()
    if user is None or user.password_hash is None or not get_settings(session).can_send_mail:
        return
    kind = PASSWORD_RESET if wants_password or _is_staff(session, user.id) else SIGN_IN_LINK
    at = actor_of(session).at
    slot = f"{at:%Y%m%d%H}{at.minute // _MINUTES}"
    staff_mail.put_mail(
        session, kind, f"{kind}:{user.id}:{slot}", facts={"user": user.id}, recipient=user.email,
        name="" if user.name == user.email else user.name, language=user.language,
    )  # fmt: skip


def _is_staff(session: Session, user_id: int) -> bool:
    return bool(session.execute(select(exists().where(UserRole.user_id == user_id))).scalar_one())


def add_link(session: Session, secret: str, dispatch: Dispatch) -> None:
    """Keep the link of such a mail; older ones of the person for the same purpose end.

    Raises when the account was closed meanwhile, or became one of staff: then the mail is not sent.
    """
    require(actor_of(session), "invoice.send")
    user_id = int(dispatch.facts["user"])
    is_active = session.execute(select(User.is_active).where(User.id == user_id)).scalar_one()
    if not is_active or (dispatch.kind == SIGN_IN_LINK and _is_staff(session, user_id)):
        raise tokens.TokenUsed
    tokens.issue(session, secret, purpose=PURPOSES[dispatch.kind], user_id=user_id)


def words_of(session: Session, dispatch: Dispatch) -> MailWords:
    """Return the words of such a mail without the signature."""
    language = cast("Language", dispatch.language)
    values = _values(get_settings(session), dispatch.kind, dispatch.recipient_name, language)
    return filled(get_text(session, dispatch.kind, language), values, language=language)


def example_values(session: Session, *, language: Language) -> dict[str, str]:
    """Return invented values, for the page of a text."""
    return _values(get_settings(session), SIGN_IN_LINK, "Maren Brandt", language)


def _values(settings: AssociationSettings, kind: str, name: str, language: Language) -> dict[str, str]:
    reachable = (settings.text("association.phone"), settings.text("association.email"))
    return {
        "anrede": salutation(name, "", Wording(language)).rstrip(","),
        "verein": settings.full_name,
        "kontakt": ", ".join(filter(None, reachable)) or settings.full_name,
        "minuten": str(int(tokens.LIVES[PURPOSES[kind]].total_seconds()) // 60),
    }
