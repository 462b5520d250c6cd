"""The association's logo and colour, and what is still to be set up.

Source: `ux.md` 6.1, 9; INV-22.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session

from membership.domain.colours import require_readable
from membership.domain.errors import N_
from membership.domain.policy import require
from membership.gateways.pictures import as_png
from membership.persistence import chain
from membership.persistence.db import actor_of, insert_missing
from membership.persistence.models.dues import FeeScheduleVersion, ScheduleState
from membership.persistence.models.members import Member
from membership.persistence.models.settings import Logo
from membership.persistence.models.users import User
from membership.persistence.queries.settings import get_settings
from membership.services import mail_server
from membership.services.settings import change_free_settings

NUMBER_MISSING: Final = N_(
    "The register number is still missing: an invoice without VAT names the association by it."
)


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step of the first start; `endpoint` is the page that does it.

    An invoice rests on what `is_needed_for_run`; a letter can be printed without a mail server. `is_beside` marks
    what is not among the eight of the list; `missing` says what a step that was begun still lacks.
    """

    key: str
    is_done: bool
    is_optional: bool
    endpoint: str
    is_needed_for_run: bool = False
    is_beside: bool = False
    missing: str = ""


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
        changed = change_free_settings(session, {"association.brand_colour": colour}, seen=seen)
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
    named = all(values.text(f"association.{key}") for key in ("name", "street", "postcode", "city"))
    numbered = bool(values.text("association.register_number") or values.text("association.vat_id"))
    signed = bool(values.text("invoice.contact_name") or values.text("invoice.signatory_name"))
    in_force = FeeScheduleVersion.state == ScheduleState.IN_FORCE
    schedules = "index" if _exists(session, FeeScheduleVersion.id.is_not(None)) else "new"
    others = User.id != (actor_of(session).user_id or 0)
    pages = "treasurer.settings"
    return [
        SetupStep(
            "association", named and numbered, is_optional=False, endpoint=f"{pages}.association_data",
            is_needed_for_run=True, missing=NUMBER_MISSING if named and not numbered else "",
        ),
        SetupStep("look", bool(values.logo_sha256), is_optional=True, endpoint=f"{pages}.look"),
        SetupStep(
            "bank", bool(values.text("bank.iban")), is_optional=False, endpoint=f"{pages}.bank", is_needed_for_run=True
        ),
        SetupStep("sepa", bool(values.text("bank.creditor_id")), is_optional=True, endpoint=f"{pages}.direct_debit"),
        SetupStep("invoices", signed, is_optional=False, endpoint=f"{pages}.invoices"),
        SetupStep("mail", mail_server.is_proven(session), is_optional=False, endpoint=f"{pages}.mail"),
        SetupStep(
            "members", _exists(session, Member.id.is_not(None)), is_optional=False,
            endpoint="treasurer.members.import_file", is_needed_for_run=True,
        ),
        SetupStep(
            "schedule", _exists(session, in_force), is_optional=False, endpoint=f"treasurer.schedules.{schedules}",
            is_needed_for_run=True,
        ),
        SetupStep(
            "second_factor", _is_proven(session), is_optional=False, endpoint="account.set_up_second_factor",
            is_needed_for_run=True, is_beside=True,
        ),
        SetupStep(
            "users", _exists(session, others), is_optional=True, endpoint="treasurer.users.invite", is_beside=True
        ),
    ]  # fmt: skip


def _exists(session: Session, condition: ColumnElement[bool]) -> bool:
    return bool(session.execute(select(exists().where(condition))).scalar_one())


def _is_proven(session: Session) -> bool:
    """Return whether the person who asks has a second factor; a job needs none."""
    user_id = actor_of(session).user_id
    if user_id is None:
        return True
    return _exists(session, and_(User.id == user_id, User.totp_sealed.is_not(None)))


def _keep_logo(session: Session, png: bytes) -> None:
    digest = sha256(png).hexdigest()
    session.execute(update(Logo).values(is_current=False))
    insert_missing(
        session, Logo, {"media_type": "image/png", "content": png, "sha256": digest, "is_current": False}
    )
    session.execute(update(Logo).where(Logo.sha256 == digest).values(is_current=True))
    chain.note(session, "settings.logo", "settings", "logo", facts={"sha256": digest})
