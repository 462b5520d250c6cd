"""The board has decided: an applicant becomes a member in one step, or the application is turned down.

One unit of work makes the member with its number, the period, category and sizes, its people, the first invoice with
the admission fee, the invitation to the member area, and the mail that says so: all of it or nothing.

Source: `domain.md` MEM-1 to MEM-5; `ux.md` 6.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from membership.domain.applications import COMPANY, ApplicationState, ApplicationStateWrong, LooksKnown
from membership.domain.companies import HasAccess
from membership.domain.declarations.questions import answer_of
from membership.domain.dues.assessment import Result
from membership.domain.errors import N_, NotFound
from membership.domain.member_fields import INVOICE_ADDRESS, NOTE, FieldWrong, checked_fields, tidy_line
from membership.domain.member_lists import Function
from membership.domain.members import FORMER, MemberState, state_on
from membership.domain.policy import Role, require
from membership.domain.single_invoices import DraftKind
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.models.applications import Application
from membership.persistence.models.members import Member
from membership.persistence.queries import applications as queries
from membership.persistence.queries import members as member_queries
from membership.persistence.queries.drafts import get_draft
from membership.persistence.queries.settings import get_settings
from membership.services import companies, members, single_invoices
from membership.services.applications import links, mails, mandates
from membership.services.corrections.reassessing import NotDecided
from membership.services.members.effects import dues_of
from membership.services.members.records import WRITE
from membership.wording import Wording

_CAN_RETURN: Final = FORMER | {MemberState.PROSPECT, MemberState.APPLIED, MemberState.REJECTED}
_FUNCTIONS: Final = (str(Function.REPRESENTATIVE), str(Function.MAIN))
_NOTED: Final[Mapping[str, str]] = {
    "group_name": N_("Company group"),
    "message": N_("Message"),
}
"""What an applicant says that has no field of its own -> its label in the note of the member."""
_NUMBERS: Final[Mapping[str, str]] = {"tax_number": N_("Tax number"), "vat_id": N_("VAT ID")}
_WANTS_DEBIT: Final = N_("Wants to give a SEPA direct debit mandate.")


@dataclass(frozen=True, slots=True)
class Admission:
    """What was decided, and what is done with it at once.

    Args:
        start: the first day of the membership (MEM-3).
        decided_on: the day of the resolution.
        organ: who decided.
        minutes: where it is written down, and the vote.
        bills: write and send the first invoice, where anything is owed.
        bills_cents: what it was shown to come to; None takes whatever it comes to.
    """

    start: date
    decided_on: date | None
    organ: str = ""
    minutes: str = ""
    bills: bool = False
    bills_cents: int | None = None


def admit_member(
    session: Session, number: str, admission: Admission, *, today: date, base_url: str
) -> dict[str, Any]:
    """Turn an applicant into a member, or let a former one return, and write the first invoice if it is wanted.

    Returns `member` and the numbers of the `invoices`. Raises what `accept_member` and `issue_draft` refuse, among
    them `AmountChanged` when the invoice comes to something else than was shown.
    """
    require(actor_of(session), WRITE)
    members.accept_member(
        session, number, start=admission.start, decided_on=admission.decided_on, today=today,
        organ=admission.organ, minutes=admission.minutes,
    )  # fmt: skip
    invoices = _first_invoice(session, number, admission, today=today, base_url=base_url)
    return {"member": number, "invoices": invoices}


def _first_invoice(
    session: Session, number: str, admission: Admission, *, today: date, base_url: str
) -> list[str]:
    """Write the first invoice and return its numbers; none where nothing is owed or decided, or none is wanted."""
    if not admission.bills:
        return []
    draft = single_invoices.start_draft(session, number, DraftKind.DUES, dues_year=admission.start.year)
    cents = admission.bills_cents
    try:
        found = single_invoices.worked_out(session, get_draft(session, draft), today=today)
    except (single_invoices.NothingOwedThen, NotDecided):
        if cents:
            raise
        single_invoices.discard_draft(session, draft)
        return []
    return single_invoices.issue_draft(
        session, draft, version=1, cents=found.gross_cents if cents is None else cents, today=today,
        base_url=base_url, confirmed=True, sends=True,
    )  # fmt: skip


def accept(
    session: Session,
    reference: str,
    admission: Admission,
    *,
    category: str,
    today: date,
    base_url: str,
    into: str = "",
    is_another: bool = False,
    tells: bool = True,
    invites: bool = True,
) -> dict[str, Any]:
    """Make a member of an application and return what `admit_member` returns, and the reference of its `mandate`.

    Args:
        session: the session of the unit of work.
        reference: that of the application.
        admission: what was decided.
        category: code of the category, as a rule the one that was wished.
        today: the day it is done on.
        base_url: the address of the pages, for the invoice.
        into: number of the former member that the company is: it returns, with a new period (MEM-5).
        is_another: take it in although a company of this name is in the books.
        tells: write to the applicant.
        invites: invite who signed to the member area, to manage the company there.

    Raises `ApplicationStateWrong`, `LooksKnown`.
    """
    application = _waiting(session, reference)
    same = member_queries.list_same_company(session, application.data["name"])
    if same and not is_another and not into:
        raise LooksKnown(name=same[0].name, number=same[0].number)
    number = _number_for(session, application, category, into=into, start=admission.start, today=today)
    mandate = mandates.take_mandate(session, application, number, today=today)
    found = admit_member(session, number, admission, today=today, base_url=base_url)
    member = member_queries.get_member(session, number)
    application.state, application.member_id = ApplicationState.ACCEPTED, member.id
    _decide(session, application, admission.decided_on, admission.organ, admission.minutes)
    _note(session, application, "application.accept", member=number)
    is_invited = invites and _invite(session, number, application)
    if tells:
        mails.put(
            session, mails.ACCEPTED, application, is_billed=bool(found["invoices"]), is_invited=is_invited,
            mandate=mandate,
        )  # fmt: skip
    return {**found, "mandate": mandate or None}


def _invite(session: Session, number: str, application: Application) -> bool:
    """Invite who signed to manage the company in the member area; who has access already is not: return which."""
    data = application.data
    with suppress(HasAccess):
        companies.invite_colleague(
            session, number, email=data["email"], name=data["signatory_name"], role=Role.COMPANY_ADMIN,
            language=application.language,
        )  # fmt: skip
        return True
    return False


def try_acceptance(
    session: Session,
    reference: str,
    *,
    start: date,
    category: str,
    decided_on: date | None,
    today: date,
    into: str = "",
) -> Result | None:
    """Admit a company and return what it owes for the year of its first day; run it by `rehearse`."""
    application = _waiting(session, reference)
    number = _number_for(session, application, category, into=into, start=start, today=today)
    members.accept_member(session, number, start=start, decided_on=decided_on, today=today)
    return dues_of(session, number, year=start.year)


def list_returning(session: Session, application: Application, *, today: date) -> list[Member]:
    """Return the members that an application may be about and that are none today: each could return."""
    return [
        each
        for each in queries.list_known_companies(session, application)
        if state_on(member_queries.list_periods(session, each.id), today) in _CAN_RETURN
    ]


def _number_for(
    session: Session, application: Application, category: str, *, into: str, start: date, today: date
) -> str:
    """Return the number of the member that an application speaks of, new or one that returns, not yet admitted."""
    data = application.data
    fields: dict[str, object] = {name: data[name] for name in COMPANY}
    wrong = _wrong_numbers(fields)
    fields |= dict.fromkeys(wrong, "")
    fields["invoice_email"] = data["invoice_email"] or data["email"]
    sizes = {
        name: (answer_of(each["answer"]), date.fromisoformat(each["as_of"]))
        for name, each in application.sizes.items()
    }
    has_mandate = mandates.agreed_mandate(session, application) is not None
    note = "\n".join(
        _noted(session, data, more=wrong, wants_debit=data["payment"] == "direct_debit" and not has_mandate)
    )
    if into:
        number = _returning(session, application, into, today=today)
        old = member_queries.get_member(session, number).note or ""
        said = {name: value for name, value in fields.items() if value}
        if said.keys() & set(INVOICE_ADDRESS):
            said |= {name: fields[name] for name in INVOICE_ADDRESS}
        members.change_member(session, number, {**said, "note": f"{old}\n{note}".strip()[:NOTE]})
        members.set_category(session, number, category, valid_from=start)
        for basis, (value, as_of) in sizes.items():
            members.record_basis_value(session, number, basis, value, as_of=as_of)
    else:
        number = members.take_in_member(
            session, {**fields, "note": note[:NOTE]}, category=category, state=MemberState.APPLIED, sizes=sizes,
            may_exist=True,
        )  # fmt: skip
    person = {"name": data["signatory_name"], "email": data["email"], "phone": data["phone"]}
    members.add_contact(session, number, {**person, "functions": list(_FUNCTIONS)})
    return number


def _returning(session: Session, application: Application, number: str, *, today: date) -> str:
    """Return the number of a member that may return by this application; raise `NotFound` for any other."""
    found = member_queries.get_member(session, number)
    if found.id not in {each.id for each in list_returning(session, application, today=today)}:
        raise NotFound(what="member", key=number)
    return found.number


def _wrong_numbers(fields: Mapping[str, object]) -> dict[str, str]:
    """Return the numbers that are none, with their labels: older applications held what was written."""
    wrong = {}
    for name, label in _NUMBERS.items():
        try:
            checked_fields({name: fields[name]})
        except FieldWrong:
            wrong[name] = label
    return wrong


def _noted(
    session: Session, data: Mapping[str, Any], *, more: Mapping[str, str], wants_debit: bool
) -> list[str]:
    """Return what has no field of its own (and `more`), in the language of the association."""
    language = get_settings(session).text("association.language")
    words = Wording("en" if language == "en" else "de")
    lines = [f"{words.text(label)}: {data[name]}" for name, label in {**_NOTED, **more}.items() if data[name]]
    return [*lines, words.text(_WANTS_DEBIT)] if wants_debit else lines


def reject(
    session: Session, reference: str, *, decided_on: date, organ: str = "", minutes: str = "", tells: bool
) -> None:
    """Turn an application down; no reason is needed (MEM-2)."""
    application = _waiting(session, reference)
    application.state = ApplicationState.REJECTED
    mandates.forget_account(application)
    _decide(session, application, decided_on, organ, minutes)
    _note(session, application, "application.reject")
    if tells:
        mails.put(session, mails.REJECTED, application)


def make_link(session: Session, reference: str, *, secret: str) -> None:
    """Make a link of an application for a person to pass on, where the mail got lost."""
    require(actor_of(session), WRITE)
    application = queries.get_application(session, reference, lock=True)
    links.add_link(session, secret, application=application, dispatch_id=None)
    _note(session, application, "application.link")


def withdraw(session: Session, reference: str) -> None:
    """Note that the applicant has taken the application back, by letter or telephone; also one that is no real one."""
    application = _waiting(session, reference, ApplicationState.UNCONFIRMED)
    application.state, application.ended_at = ApplicationState.WITHDRAWN, actor_of(session).at
    mandates.forget_account(application)
    _note(session, application, "application.withdraw", by="office")


def _waiting(session: Session, reference: str, *also: ApplicationState) -> Application:
    require(actor_of(session), WRITE)
    application = queries.get_application(session, reference, lock=True)
    if application.state not in {ApplicationState.WAITING, *also}:
        raise ApplicationStateWrong(reference=application.reference, state=mails.state_words(application))
    return application


def _decide(
    session: Session, application: Application, decided_on: date | None, organ: str, minutes: str
) -> None:
    application.decided_on, application.ended_at = decided_on, actor_of(session).at
    application.organ, application.minutes = tidy_line("organ", organ), tidy_line("minutes", minutes)


def _note(session: Session, application: Application, action: str, **facts: object) -> None:
    session.flush()
    chain.note(
        session, action, "application", application.reference, member_id=application.member_id, facts=facts
    )
