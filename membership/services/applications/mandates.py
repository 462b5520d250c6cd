"""A direct debit mandate inside an application: agreed to in the form, taken down when the company is admitted.

Nothing is collected by it before, and no reference is given. The address of who agrees is proven by the link of the
mail, so it is offered only where mails can be sent. Source: SEPA-3; MEM-1; INV-22; SEC-77.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from membership.domain.applications import Consent
from membership.domain.direct_debits.mandates import DebtorNameWrong
from membership.domain.errors import InputError
from membership.domain.member_fields import FieldWrong
from membership.domain.members import hidden_iban
from membership.domain.phrases import Phrase
from membership.persistence import crypto
from membership.persistence.models.applications import Application
from membership.persistence.queries.members import get_member
from membership.persistence.queries.settings import AssociationSettings, get_settings
from membership.services import direct_debits
from membership.services.applications.offering import terms_of

KIND: Final = "mandate"
_TABLE, _COLUMN = "applications", "iban_sealed"


def offers_mandate(settings: AssociationSettings) -> bool:
    """Return whether the form takes a mandate: the association collects, and its mails prove whose an address is."""
    return bool(settings.text("bank.creditor_id")) and settings.can_send_mail


def terms_with(session: Session, language: str, *, today: date, iban: str) -> tuple[Consent, ...]:
    """Return what an applicant agrees to, with the mandate where an account is given and one is offered."""
    terms = terms_of(session, language, today=today)
    if not iban or not offers_mandate(get_settings(session)):
        return terms
    text = direct_debits.consent_text(session, language)
    return (*terms, Consent(KIND, text.whole, text.version))


def account_problem(kept: Mapping[str, Any]) -> FieldWrong | None:
    """Return what is wrong with the account of an application, for its field; None without an account too."""
    if not kept["iban"]:
        return None
    try:
        direct_debits.check_account(kept["iban"], name=kept["iban_holder"] or kept["name"], place=kept)
    except DebtorNameWrong as error:
        return _at("iban_holder", error)
    except InputError as error:
        return _at("iban", error)
    return None


def _at(field: str, error: InputError) -> FieldWrong:
    return FieldWrong(field, Phrase(error.message, {name: str(said) for name, said in error.values.items()}))


def keep_account(session: Session, application: Application, iban: str) -> None:
    """Keep the account of a mandate that was agreed to, encrypted; what may be shown of it stands in the data."""
    application.iban_sealed = crypto.seal(
        session, iban, table=_TABLE, column=_COLUMN, uid=application.reference
    )
    application.data = {**application.data, "iban_shown": hidden_iban(iban)}


def forget_account(application: Application) -> None:
    """Forget the account: the application is decided, or taken back."""
    application.iban_sealed = None


def agreed_mandate(session: Session, application: Application) -> Consent | None:
    """Return the mandate that was agreed to and still holds; None when the association has another creditor ID by now.

    Also None for an address that nobody confirmed: then nothing proves who agreed.
    """
    if application.iban_sealed is None or application.confirmed_at is None:
        return None
    found = next((Consent(**each) for each in application.terms if each["kind"] == KIND), None)
    if found is None or found.text.split("\n\n")[1] != get_settings(session).text("bank.creditor_id"):
        return None
    return found


def take_mandate(session: Session, application: Application, number: str, *, today: date) -> str:
    """Take the mandate of an application down for the member it became and return its reference; empty for none.

    The newest consent counts: an active mandate of a company that returns ends with it.
    """
    agreed = agreed_mandate(session, application)
    sealed, confirmed = application.iban_sealed, application.confirmed_at
    forget_account(application)
    member = get_member(session, number, lock=True)
    if agreed is None or sealed is None or confirmed is None:
        return ""
    active = direct_debits.find_active(session, member.id, today=today)
    if active is not None:
        direct_debits.end_mandate(session, active, on=today, reason=application.reference)
    data = application.data
    who = f"{data['signatory_name']} ({data['email']})"
    given = direct_debits.Given(
        iban=crypto.unseal(session, sealed, table=_TABLE, column=_COLUMN, uid=application.reference),
        holder=data["iban_holder"] or data["name"],
        signatory=data["signatory_name"],
        signed_on=min(confirmed.date(), today),
        text=agreed.text,
        proof=f"{application.submitted_at.isoformat()}, {who}, {agreed.version}; {application.reference},"
        f" {confirmed.isoformat()}",
    )
    return direct_debits.take_given(session, member, given, today=today).reference
