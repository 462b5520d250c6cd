"""A member gives a mandate in its area, with its consent kept word for word, and takes it back.

Source: `ux.md` 7 "Direct debit"; SEPA-3; INV-22.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from invoices.formats import Language
from invoices.mandate import consent
from membership.domain.direct_debits.mandates import MandateState, Scheme
from membership.domain.errors import N_, Conflict, DomainError
from membership.domain.notices import Kind
from membership.domain.policy import Role, require
from membership.persistence.db import actor_of
from membership.persistence.models.members import Member
from membership.persistence.models.users import User, UserCompany
from membership.persistence.queries.direct_debits import collections
from membership.persistence.queries.direct_debits import mandates as queries
from membership.persistence.queries.direct_debits.mandates import MandateView
from membership.persistence.queries.members.rows import get_member
from membership.persistence.queries.settings import get_settings
from membership.services import security_notices
from membership.services.direct_debits import documents
from membership.services.direct_debits.mandates import Draft, end_mandate, take_down

GIVE: Final = "portal.edit"
ONLINE: Final = "online"


class ConsentOutdated(Conflict):
    """The text was changed while somebody read it."""

    message = N_("The text of the mandate was changed in the meantime. Please read it again.")
    code = "consent_outdated"


class MandateThere(Conflict):
    """The member is debited by an active mandate already."""

    message = N_("There is an active mandate already: %(reference)s. Revoke it first.")
    code = "mandate_there"


class CollectsNothing(DomainError):
    """The association collects no dues."""

    message = N_("The association does not collect by direct debit.")
    code = "collects_nothing"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a debtor agrees to; `version` tells this wording from every other."""

    language: str
    creditor: str
    creditor_id: str
    paragraphs: tuple[str, ...]

    @property
    def whole(self) -> str:
        """Return all that is agreed to as one text: creditor, its ID, and the paragraphs."""
        return "\n\n".join((self.creditor, self.creditor_id, *self.paragraphs))

    @property
    def version(self) -> str:
        """Return the version of the text: the beginning of its hash."""
        whole = "\n".join((self.language, self.creditor, self.creditor_id, *self.paragraphs))
        return sha256(whole.encode()).hexdigest()[:12]


def consent_text(session: Session, language: str) -> Consent:
    """Return the text that a member agrees to today; raise `CollectsNothing` without a creditor ID."""
    settings = get_settings(session)
    if not settings.text("bank.creditor_id"):
        raise CollectsNothing
    said = consent(cast("Language", language), creditor=settings.full_name)
    return Consent(language, settings.full_name, settings.text("bank.creditor_id"), said)


def find_active(session: Session, member_id: int, *, today: date) -> MandateView | None:
    """Return the mandate by which a member is debited, None when there is none."""
    found = queries.best_of(queries.list_mandates(session, member_ids=[member_id]), on=today).get(member_id)
    return found if found is not None and found.state_on(today) is MandateState.ACTIVE else None


def give_consent(
    session: Session, member_number: str, *, iban: str, holder: str, language: str, version: str, today: date
) -> str:
    """Take a core mandate down that a person of the member agrees to, keep the consent, and return the reference.

    What is kept: the text with its version, the moment, the person. The people of the company are told.

    Raises `ConsentOutdated`, `MandateThere`, `CollectsNothing`, and what `add_mandate` refuses of an account.
    """
    actor = actor_of(session)
    member = get_member(session, member_number, lock=True)
    require(actor, GIVE, member_id=member.id)
    text = consent_text(session, language)
    if version != text.version:
        raise ConsentOutdated
    given = Given(
        iban=iban, holder=holder, signatory=actor.name, signed_on=today, text=text.whole,
        proof=f"{actor.at.isoformat()}, {actor.name} ({actor.key}), {text.version}",
    )  # fmt: skip
    view = take_given(session, member, given, today=today)
    _tell(session, member.id, Kind.MANDATE_GIVEN, reference=view.reference, account=view.terms.iban_shown)
    return view.reference


@dataclass(frozen=True, slots=True)
class Given:
    """A mandate that somebody agreed to online.

    Args:
        iban: the account to be debited.
        holder: its holder.
        signatory: who agreed.
        signed_on: the day of that.
        text: what was agreed to, as `Consent.whole`.
        proof: who agreed when, to which version, and what shows it.
    """

    iban: str
    holder: str
    signatory: str
    signed_on: date
    text: str
    proof: str


def take_given(session: Session, member: Member, given: Given, *, today: date) -> MandateView:
    """Take a core mandate down that was agreed to online, keep the consent, and return the mandate.

    Who asks for it was asked before; the member is locked. Raises `MandateThere` and what `add_mandate` refuses.
    """
    active = find_active(session, member.id, today=today)
    if active is not None:
        raise MandateThere(reference=active.reference)
    draft = Draft(
        scheme=Scheme.CORE, name=given.holder, iban=given.iban, signed_on=given.signed_on, signatory=given.signatory,
        origin=ONLINE,
    )  # fmt: skip
    view = queries.get_mandate(session, take_down(session, member, draft, today=today))
    account = f"{view.terms.name}, {view.terms.iban_shown}"
    record = f"{view.reference}\n\n{given.text}\n\n{account}\n\n{given.proof}\n"
    documents.keep(
        session, view, record.encode(), kind=documents.CONSENT, media_type="text/plain",
        file_name=f"{view.reference}.txt",
    )  # fmt: skip
    return view


def revoke_consent(session: Session, member_number: str, *, today: date) -> list[str]:
    """End the mandate by which a member is debited and return the documents of which a debit is under way.

    Nothing happens where there is no active mandate. Raises `NotFound` for a foreign member.
    """
    actor = actor_of(session)
    member = get_member(session, member_number, lock=True)
    require(actor, GIVE, member_id=member.id)
    active = find_active(session, member.id, today=today)
    if active is None:
        return []
    held = collections.list_debited(session, active.row.id)
    end_mandate(session, active, on=today, reason="")
    account = active.terms.iban_shown
    _tell(session, member.id, Kind.MANDATE_REVOKED, reference=active.reference, account=account)
    return held


def _tell(session: Session, member_id: int, kind: Kind, **facts: object) -> None:
    admins = select(UserCompany.user_id).where(
        UserCompany.member_id == member_id, UserCompany.role == Role.COMPANY_ADMIN
    )
    people = select(User.id).where(User.id.in_(admins), User.is_active.is_(True))
    name = actor_of(session).name
    security_notices.tell(session, session.execute(people).scalars(), kind, name=name, **facts)
