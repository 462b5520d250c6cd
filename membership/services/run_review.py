"""Looking at a draft run and putting it right in place: a sample PDF, a size, a category, an amount, an address.

Each correction changes the member and works out the run anew in the same unit of work.
Source: `ux.md` 6.6 (2, 3).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from invoices import pdf
from invoices.numbering import Pattern
from membership.domain.approvals import Waiting
from membership.domain.billing import RUN_WORDS, RunState
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.dues.schedule.bases import Basis
from membership.domain.dues.stored import phrase_of
from membership.domain.errors import N_, Conflict, InputError, NotFound
from membership.domain.policy import require
from membership.domain.reference_days import reference_day
from membership.domain.run_review import count_unconfirmed, missing_basis, sums_of
from membership.persistence.db import actor_of
from membership.persistence.models.billing import BillingRun, RunItem
from membership.persistence.models.members import Member
from membership.persistence.queries import billing as queries
from membership.persistence.queries import invoicing as invoice_queries
from membership.persistence.queries.run_items import find_item, list_lines
from membership.persistence.queries.settings import find_logo, get_settings
from membership.services import billing, dues, invoicing
from membership.services.members.facts import record_basis_value, set_agreed_amount, set_category
from membership.services.members.orders import set_order_number
from membership.services.members.records import change_member


class NothingMissing(Conflict):
    """The size was entered in the meantime, or the schedule misses something else."""

    message = N_("Nothing is missing for member %(number)s any more. Please look at the list again.")
    code = "nothing_missing"


class AgreedTooLow(InputError):
    """The amount would not be billed: the fee schedule asks for more."""

    message = N_("%(problem)s Please check the amount.")
    code = "agreed_too_low"


class ChangesUnconfirmed(Conflict):
    """Large changes wait for somebody to look at them (D-INV-15a)."""

    message = N_("Large changes that are not confirmed yet: %(n)s. Confirm them or hold these members back.")
    code = "changes_unconfirmed"


def release_seen(
    session: Session,
    run_id: int,
    *,
    documents: int,
    cents: int,
    today: date,
    sends: bool = False,
    send_at: datetime | None = None,
) -> int | Waiting:
    """Release a run as it was seen like `release_run`; a released one stays as it is.

    Raises `RunChanged` when the draft has other figures by now or would get others, `ChangesUnconfirmed` while large
    changes are open, `IssueDateWrong` when the date is no longer possible.
    """
    require(actor_of(session), "billing.release")
    run = queries.get_run(session, run_id, lock=True)
    if run.state is RunState.DRAFT:
        lines = list_lines(session, run_id)
        sums = sums_of(lines)
        if (sums.documents, sums.total_cents) != (documents, cents):
            raise billing.RunChanged
        unconfirmed = count_unconfirmed(lines)
        if unconfirmed:
            raise ChangesUnconfirmed(n=unconfirmed)
    return billing.release_run(session, run_id, today=today, sends=sends, send_at=send_at)


def draft_bill(session: Session, run_id: int, item_id: int) -> invoicing.Bill:
    """Return what the invoice of an item would say, with the debit that it would announce."""
    run = queries.get_run(session, run_id)
    item = queries.get_item(session, item_id)
    if item.run_id != run.id or not item.assessment:
        raise NotFound(what="run item", key=item_id)
    member = session.get_one(Member, item.member_id)
    bill = billing.bill_of(session, billing.facts_of_run(session, run), item, member=member)
    return invoicing.with_debit(session, bill, get_settings(session))


def draft_pdf(session: Session, run_id: int, item_id: int, *, base_url: str) -> bytes:
    """Return the invoice of an item as it would be, without a number and marked as a draft."""
    bill, settings = draft_bill(session, run_id, item_id), get_settings(session)
    document = invoicing.document_of(bill, settings, base_url=base_url, number=None)
    logo = find_logo(session)
    if logo is not None:
        document = replace(document, issuer=replace(document.issuer, logo=logo[0]))
    return pdf.render(document)


def number_range(session: Session, issued_on: date, documents: int) -> tuple[str, str]:
    """Return the first and the last number that so many invoices would get now."""
    settings = get_settings(session)
    series = invoice_queries.find_series(session, invoicing.SERIES, issued_on.year)
    first = series.last + 1 if series else settings.number("invoice.first_number")
    pattern = Pattern(settings.text("invoice.pattern"))
    return pattern.number(issued_on.year, first), pattern.number(
        issued_on.year, first + max(documents, 1) - 1
    )


def size_of(session: Session, run: BillingRun, item: RunItem) -> tuple[Basis, date]:
    """Return the size that the item misses, or that it was worked out with, and the day of which it counts."""
    reason = phrase_of(item.reason_text) if item.reason_text else None
    for schedule in _schedules(session, run.dues_year, item.category):
        basis = missing_basis(schedule, reason) or _basis_used(schedule, item)
        if basis is not None:
            return basis, reference_day(basis, run.dues_year)
    raise NothingMissing(number=session.get_one(Member, item.member_id).number)


def _schedules(session: Session, year: int, category: str) -> list[FeeSchedule]:
    """Return the versions that know the category, the one that is newest in the dues year first."""
    known = [schedule for schedule in dues.billing_schedules(session) if category in schedule.categories]
    return sorted(known, key=lambda each: (each.valid_from.year <= year, each.valid_from), reverse=True)


def _basis_used(schedule: FeeSchedule, item: RunItem) -> Basis | None:
    used = item.assessment["bases"] if item.assessment else []
    return schedule.bases[used[0]["name"]] if used else None


def enter_size(session: Session, run_id: int, member_id: int, *, value: Fraction) -> None:
    """Record the size of a member for the dues year and work out the run anew."""
    require(actor_of(session), "billing.release")
    run, item = _open(session, run_id, member_id)
    basis, as_of = size_of(session, run, item)
    number = session.get_one(Member, member_id).number
    record_basis_value(session, number, basis.name, value, as_of=as_of)
    billing.refresh_run(session, run_id)


def choose_category(session: Session, run_id: int, member_id: int, *, code: str) -> None:
    """Put a member without a category into one from its first day in the dues year on."""
    require(actor_of(session), "billing.release")
    _run, item = _open(session, run_id, member_id)
    number = session.get_one(Member, member_id).number
    set_category(session, number, code, valid_from=item.period_from)
    billing.refresh_run(session, run_id)


def agree_amount(session: Session, run_id: int, member_id: int, *, cents: int, reason: str) -> None:
    """Record the amount agreed with a member from the dues year on; one below the minimum is refused."""
    require(actor_of(session), "billing.release")
    run, _item = _open(session, run_id, member_id)
    number = session.get_one(Member, member_id).number
    set_agreed_amount(session, number, cents, from_year=run.dues_year, reason=reason)
    problem = dues.agreed_too_low(session, member_id, year=run.dues_year)
    if problem is not None:
        raise AgreedTooLow(problem=problem)
    billing.refresh_run(session, run_id)


def enter_email(session: Session, run_id: int, member_id: int, *, email: str) -> None:
    """Record the address to which the invoices of a member go."""
    require(actor_of(session), "billing.release")
    _open(session, run_id, member_id)
    change_member(session, session.get_one(Member, member_id).number, {"invoice_email": email})
    billing.refresh_run(session, run_id)


class OrderNumberMissing(InputError):
    """Nothing was entered where a member waits for its order number."""

    message = N_("Please enter the order number, or bill the member without one.")
    code = "order_number_missing"


def enter_order_number(session: Session, run_id: int, member_id: int, *, order_number: str) -> None:
    """Record the order number of a member for the dues year; the run is worked out anew and bills it."""
    require(actor_of(session), "billing.release")
    run, _item = _open(session, run_id, member_id)
    if not order_number.strip():
        raise OrderNumberMissing
    set_order_number(session, session.get_one(Member, member_id).number, order_number, year=run.dues_year)
    billing.refresh_run(session, run_id)


def _open(session: Session, run_id: int, member_id: int) -> tuple[BillingRun, RunItem]:
    """Return a draft, locked, and the item of a member; the run is locked before the member (`reliability.md` 5.1)."""
    run = queries.get_run(session, run_id, lock=True)
    if run.state is not RunState.DRAFT:
        raise billing.RunNotOpen(state=RUN_WORDS[run.state])
    item = find_item(session, run_id, member_id)
    if item is not None:
        return run, item
    raise NotFound(what="member", key=member_id)
