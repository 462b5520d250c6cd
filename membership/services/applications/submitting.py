"""What an applicant does: sends the form, confirms the address, takes the application back.

Nobody is signed in: the form is open to all while the association takes applications, the rest goes by the link.
The answer is the same whatever is known about the company already. Source: MEM-1, SEC-19, SEC-26.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from membership.domain.applications import (
    MAILS_TO_ONE,
    MOST_UNCONFIRMED,
    ApplicationsClosed,
    ApplicationState,
    ApplicationStateWrong,
    CategoryMissing,
    TermsChanged,
    TooManyApplications,
    read_application,
    terms_version,
)
from membership.domain.declarations.questions import Answer, AnswerMissing, stored_answer
from membership.domain.member_fields import FieldWrong
from membership.domain.member_lists.company_names import company_key
from membership.domain.phrases import Phrase, phrase
from membership.domain.policy import Role
from membership.domain.users import EmailWrong
from membership.persistence import chain
from membership.persistence.columns import exact_text
from membership.persistence.db import actor_of, guard
from membership.persistence.models.applications import Application
from membership.persistence.queries import applications as queries
from membership.persistence.queries.settings import get_settings
from membership.services import security_notices, staff_mail, tokens, users
from membership.services.applications import mails, mandates
from membership.services.applications.links import find_by_link
from membership.services.applications.offering import expected_dues, find_offer, is_open

GUARD = "applications"
_DAY = timedelta(days=1)


def submit(
    session: Session,
    typed: Mapping[str, str],
    *,
    category: str,
    sizes: Mapping[str, Answer],
    terms: str,
    today: date,
) -> str:
    """Take an application in and return its reference; a mail to the applicant asks to confirm the address.

    Without a mail server nobody can confirm, and the application counts at once. `terms` names the terms that the
    form showed. Raises `ApplicationsClosed`, `FieldWrong`, `CategoryMissing`, `AnswerMissing`, `TermsChanged`,
    `TooManyApplications`.
    """
    settings = get_settings(session)
    if not is_open(settings):
        raise ApplicationsClosed
    guard(session, GUARD)
    kept, problems = read_typed(typed)
    if problems:
        raise problems[0]
    offer = find_offer(session, today=today)
    if offer.kind(category) is None:
        raise CategoryMissing
    iban = kept.pop("iban") if mandates.offers_mandate(settings) else ""
    kept.pop("iban", None)
    agreed = mandates.terms_with(session, str(kept["language"]), today=today, iban=iban)
    if terms_version(agreed) != terms:
        raise TermsChanged
    at = actor_of(session).at
    if queries.count_unconfirmed(session, since=at - _DAY) >= MOST_UNCONFIRMED:
        raise TooManyApplications
    asked = {each.name: each for each in offer.asked(category)}
    if asked.keys() - sizes.keys():
        raise AnswerMissing
    answers = {name: sizes[name] for name in asked}
    found = expected_dues(session, category, answers, today=today)
    email_key = str(kept["email"]).casefold()
    is_enough = queries.count_unconfirmed(session, since=at - _DAY, email_key=email_key) >= MAILS_TO_ONE
    application = Application(
        reference=tokens.new_code(2),
        state=ApplicationState.UNCONFIRMED if settings.can_send_mail else ApplicationState.WAITING,
        language=str(kept["language"]),
        data=kept,
        category=category,
        sizes={name: _stored(answer, asked[name].as_of) for name, answer in answers.items()},
        terms=[each.as_json() for each in agreed],
        expected=found.as_json() if found else None,
        name_key=company_key(str(kept["name"])),
        email_key=email_key,
        submitted_at=at,
        organ="",
        minutes="",
    )
    if iban:
        mandates.keep_account(session, application, iban)
    session.add(application)
    session.flush()
    _note(session, application, "application.submit", terms=terms)
    if not is_enough:
        mails.put(session, mails.CONFIRM, application)
    return application.reference


def read_typed(typed: Mapping[str, str]) -> tuple[dict[str, Any], list[FieldWrong]]:
    """Return what `read_application` returns; people are invited to the addresses, so they follow the rule for that."""
    kept, problems = read_application(typed)
    for name in ("email", "invoice_email"):
        if not kept[name]:
            continue
        try:
            users.tidy_email(kept[name])
        except EmailWrong:
            problems.append(FieldWrong(name, phrase("This is not an e-mail address.")))
    found = mandates.account_problem(kept)
    if found is not None:
        problems.append(found)
    return kept, problems


def _stored(answer: Answer, as_of: date) -> dict[str, Any]:
    return {"as_of": as_of.isoformat(), "answer": stored_answer(answer, exact_text)}


def confirm(session: Session, secret: str) -> bool:
    """Let an application count, by the link that came to its address; return whether that is new."""
    application = _opened(session, secret)
    if application.state is not ApplicationState.UNCONFIRMED:
        return False
    application.state, application.confirmed_at = ApplicationState.WAITING, actor_of(session).at
    session.flush()
    _note(session, application, "application.confirm")
    mails.put(session, mails.RECEIVED, application)
    text = phrase(
        "An application for membership waits for a decision: %(reference)s.", reference=application.reference
    )
    _tell(session, text, key=f"application:{application.reference}")
    return True


def _tell(session: Session, text: Phrase, *, key: str) -> None:
    people = security_notices.holders(session, Role.TREASURER, Role.OFFICE)
    staff_mail.put_approval(session, people, text, key=key)


def withdraw_by_link(session: Session, secret: str) -> bool:
    """Take an application back, by the applicant, and tell who looks after it; return whether that is new."""
    application = _opened(session, secret)
    if application.state is ApplicationState.WITHDRAWN:
        return False
    if application.state not in {ApplicationState.UNCONFIRMED, ApplicationState.WAITING}:
        raise ApplicationStateWrong(reference=application.reference, state=mails.state_words(application))
    was_waiting = application.state is ApplicationState.WAITING
    application.state, application.ended_at = ApplicationState.WITHDRAWN, actor_of(session).at
    mandates.forget_account(application)
    session.flush()
    _note(session, application, "application.withdraw", by="applicant")
    if was_waiting:
        text = phrase(
            "An application for membership was withdrawn: %(reference)s.", reference=application.reference
        )
        _tell(session, text, key=f"application-withdrawn:{application.reference}")
    return True


def _opened(session: Session, secret: str) -> Application:
    found = find_by_link(session, secret, at=actor_of(session).at)
    return queries.get_application(session, found.reference, lock=True)


def _note(session: Session, application: Application, action: str, **facts: object) -> None:
    chain.note(session, action, "application", application.reference, facts=facts)
