"""The association's logo and colour, and what is still to be set up.

Source: `ux.md` 6.1, 9; INV-22.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from membership.domain.colours import require_readable
from membership.domain.policy import require
from membership.gateways.pictures import as_png
from membership.persistence import chain
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.dues import FeeScheduleVersion, ScheduleState
from membership.persistence.models.members import Member
from membership.persistence.models.settings import Logo
from membership.persistence.models.users import User
from membership.persistence.queries.settings import get_settings
from membership.services.settings import change_settings


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step of the first start; `endpoint` is the page that does it."""

    key: str
    is_done: bool
    is_optional: bool
    endpoint: str


def change_look(
    session: Session, *, colour: str | None, logo: bytes | None, seen: Mapping[str, object] | None = None
) -> list[str]:
    """Change the brand colour (white must be readable on it) and the logo, each when one is given.

    `seen` are settings that must still stand; raises `SettingsChanged` when one does not.
    """
    require(actor_of(session), "settings.write")
    changed: list[str] = []
    if colour is not None:
        require_readable(colour)
        changed = change_settings(session, {"association.brand_colour": colour}, seen=seen)
    if logo is not None:
        _keep_logo(session, as_png(logo))
        changed.append("logo")
    return changed


def remove_logo(session: Session) -> None:
    """Take the logo away; the mark with initials takes its place."""
    require(actor_of(session), "settings.write")
    session.execute(update(Logo).values(is_current=False))
    chain.note(session, "settings.remove_logo", "settings", "logo")


def setup_progress(session: Session) -> list[SetupStep]:
    """Return the steps of the first start in order, each with whether it is done (`ux.md` 6.1).

    Members come before the fee schedule, so that it shows what it means for them before it comes into force.
    """
    values = get_settings(session)
    in_force = select(exists().where(FeeScheduleVersion.state == ScheduleState.IN_FORCE))
    members = select(exists().where(Member.id.is_not(None)))
    named = all(values.text(f"association.{key}") for key in ("name", "street", "postcode", "city"))
    signed = bool(values.text("invoice.contact_name") or values.text("invoice.signatory_name"))
    has_schedule = bool(session.execute(in_force).scalar_one())
    has_members = bool(session.execute(members).scalar_one())
    pages = "treasurer.settings"
    return [
        SetupStep("association", named, is_optional=False, endpoint=f"{pages}.association_data"),
        SetupStep("look", bool(values.logo_sha256), is_optional=True, endpoint=f"{pages}.look"),
        SetupStep("bank", bool(values.text("bank.iban")), is_optional=False, endpoint=f"{pages}.bank"),
        SetupStep("invoices", signed, is_optional=False, endpoint=f"{pages}.invoices"),
        SetupStep("members", has_members, is_optional=False, endpoint="treasurer.members.import_file"),
        SetupStep("schedule", has_schedule, is_optional=False, endpoint="treasurer.schedules.index"),
        SetupStep(
            "second_factor", _is_proven(session), is_optional=False, endpoint="account.set_up_second_factor"
        ),
    ]


def _is_proven(session: Session) -> bool:
    """Return whether the person who asks has a second factor; a job needs none."""
    user_id = actor_of(session).user_id
    if user_id is None:
        return True
    sealed = select(exists().where(User.id == user_id, User.totp_sealed.is_not(None)))
    return bool(session.execute(sealed).scalar_one())


def _keep_logo(session: Session, png: bytes) -> None:
    digest = sha256(png).hexdigest()
    session.execute(update(Logo).values(is_current=False))
    insert_missing(
        session, Logo, {"media_type": "image/png", "content": png, "sha256": digest, "is_current": False}
    )
    session.execute(update(Logo).where(Logo.sha256 == digest).values(is_current=True))
    chain.note(session, "settings.logo", "settings", "logo", facts={"sha256": digest})
