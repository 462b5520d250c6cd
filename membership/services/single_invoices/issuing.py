"""A single invoice is worked out, shown as a draft, and issued: number, entry and open item in one transaction.

Source: INV-03 to INV-06, INV-12, D-INV-15a; `ux.md` 6.7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from invoices import pdf
from invoices.document import Document
from membership.domain.billing import RunWarning, change_warning
from membership.domain.dues.assessment import Assessment, Refusal
from membership.domain.dues.deadlines import due_date, last_due
from membership.domain.dues.year import DuesYear
from membership.domain.errors import N_, Conflict, DomainError
from membership.domain.invoicing import BilledPart, billed_parts
from membership.domain.policy import require
from membership.domain.single_invoices import FREE, DraftKind, due_day, free_assessment
from membership.persistence import chain
from membership.persistence.db import actor_of
from membership.persistence.queries import members as member_queries
from membership.persistence.queries.drafts import (
    DraftView,
    find_category_on,
    find_standing_invoice,
    list_numbers,
)
from membership.persistence.queries.invoicing import billed_members, billing_contact
from membership.persistence.queries.members.rows import get_member
from membership.persistence.queries.order_numbers import order_number_for
from membership.persistence.queries.settings import find_logo, get_settings
from membership.services import dispatch, dues, invoicing
from membership.services.billing import AlreadyBilled
from membership.services.corrections.reassessing import NoMemberThen, NotDecided
from membership.services.single_invoices.drafting import lines_of, open_draft


class NothingOwedThen(DomainError):
    """The member owes nothing for the year."""

    message = N_("%(member)s owes nothing for %(year)s by the fee schedule; there is nothing to invoice.")
    code = "nothing_owed_then"


class ChangeUnconfirmed(Conflict):
    """The invoice bills much more or less than the year before, and nobody said that this is right (D-INV-15a)."""

    message = N_("This is %(change)s. Please confirm that it is right.")
    code = "change_unconfirmed"


class AmountChanged(Conflict):
    """The draft, or what the member owes, is no longer what the person saw."""

    message = N_("What this invoice says changed in the meantime. Please look at it again.")
    code = "amount_changed"


@dataclass(frozen=True, slots=True)
class Billed:
    """What a draft comes to: one bill, two where the tax of the dues is split; and what stands out about it."""

    bills: tuple[invoicing.Bill, ...]
    warning: RunWarning | None = None

    @property
    def gross_cents(self) -> int:
        """Return what all of it comes to."""
        return sum(bill.part.gross_cents for bill in self.bills)


def worked_out(session: Session, view: DraftView, *, today: date) -> Billed:
    """Return what a draft would bill if it were issued today.

    Raises what stands in the way: `AlreadyBilled`, `NoMemberThen`, `NotDecided`, `NothingOwedThen`, a line or due date
    that cannot be.
    """
    if view.draft.kind is DraftKind.DUES:
        return _dues(session, view, today=today)
    return Billed((_items(session, view, today=today),))


def _items(session: Session, view: DraftView, *, today: date) -> invoicing.Bill:
    draft, member = view.draft, view.member
    category = find_category_on(session, member.id, today)
    assessment = free_assessment(member.number, draft.dues_year, category, lines_of(draft))
    (part,) = billed_parts(assessment.lines)
    year = DuesYear(draft.dues_year)
    days = get_settings(session).number("invoice.term_days")
    return replace(
        _bill(session, view, assessment, part, today=today),
        period_from=year.first,
        period_to=year.last,
        due_on=due_day(draft.due_on, usual=today + timedelta(days=days), issued_on=today),
        fee=f"{FREE}:{draft.id}",
        subject=draft.title,
    )


def _dues(session: Session, view: DraftView, *, today: date) -> Billed:
    draft, member = view.draft, view.member
    year = str(draft.dues_year)
    standing = find_standing_invoice(session, member.id, invoicing.FEE, dues_year=draft.dues_year)
    if standing is not None:
        raise AlreadyBilled(member=member.number, invoice=standing)
    schedules = dues.billing_schedules(session)
    together = member_queries.list_group_members(session, member.id)
    found = dues.assess(session, draft.dues_year, schedules=schedules, member_ids={member.id, *together})
    each = next((one for one in found if one.facts.id == member.id), None)
    if each is None:
        raise NoMemberThen(member=member.number, year=year)
    result = each.result
    if isinstance(result, Refusal):
        raise NotDecided(member=member.number, year=year, why=result.text)
    if result.gross.cents <= 0:
        raise NothingOwedThen(member=member.number, year=year)
    schedule = next(one for one in schedules if one.code == result.schedule)
    usual = due_date(
        schedule, result.category, year=draft.dues_year, issued_on=today, is_new_member=each.is_new
    )
    bills = [
        replace(
            _bill(session, view, result, part, today=today),
            period_from=each.period_from,
            period_to=each.period_to,
            due_on=due_day(draft.due_on, usual=last_due(result, usual), issued_on=today),
            schedule_name=schedule.name,
            resolved_on=schedule.resolution.on if schedule.resolution else None,
        )
        for part in billed_parts(result.lines)
    ]
    before = billed_members(session, draft.dues_year - 1).get(member.id, each.facts.previous_cents)
    limit = get_settings(session).number("billing.confirm_change_percent")
    change = None if each.is_new else change_warning(result.gross.cents, before, limit_percent=limit)
    return Billed(tuple(bills), change)


def _bill(
    session: Session, view: DraftView, assessment: Assessment, part: BilledPart, *, today: date
) -> invoicing.Bill:
    draft, member = view.draft, view.member
    return invoicing.Bill(
        member=member,
        contact=billing_contact(session, member.id),
        assessment=assessment,
        part=part,
        dues_year=draft.dues_year,
        order_number=order_number_for(session, member, draft.dues_year),
        period_from=today,
        period_to=today,
        issued_on=today,
        due_on=today,
        schedule_name="",
        text=draft.text,
    )


def preview_documents(
    session: Session, view: DraftView, *, today: date, base_url: str
) -> tuple[Document, ...]:
    """Return the papers of a draft as they would be, without a number."""
    settings, logo = get_settings(session), find_logo(session)
    papers = []
    for bill in worked_out(session, view, today=today).bills:
        paid = invoicing.with_debit(session, bill, settings)
        paper = invoicing.document_of(paid, settings, base_url=base_url, number=None)
        if logo is not None:
            paper = replace(paper, issuer=replace(paper.issuer, logo=logo[0]))
        papers.append(paper)
    return tuple(papers)


def preview_pdf(session: Session, view: DraftView, *, part: int, today: date, base_url: str) -> bytes:
    """Return one paper of a draft as PDF, marked as a draft; `part` counts from 0 and wraps."""
    papers = preview_documents(session, view, today=today, base_url=base_url)
    return pdf.render(papers[part % len(papers)])


def issue_draft(
    session: Session,
    draft_id: int,
    *,
    version: int,
    cents: int,
    today: date,
    base_url: str,
    confirmed: bool = False,
    sends: bool = False,
) -> list[str]:
    """Issue a draft as it was seen and return the numbers; with `sends` they are handed over for sending at once.

    Raises `AmountChanged` when it comes to something else by now, `ChangeUnconfirmed`, and what `worked_out` raises.
    """
    require(actor_of(session), "invoice.issue")
    view = open_draft(session, draft_id)
    get_member(session, view.member.number, lock=True)
    invoicing.require_complete(get_settings(session))
    found = worked_out(session, view, today=today)
    if view.draft.version != version or found.gross_cents != cents:
        raise AmountChanged
    if found.warning is not None and not confirmed:
        raise ChangeUnconfirmed(change=found.warning.text)
    stationery = invoicing.get_stationery(session, base_url=base_url)
    ids = [invoicing.issue(session, bill, stationery, today=today) for bill in found.bills]
    view.draft.invoice_id = ids[0]
    numbers = list_numbers(session, ids)
    for number in numbers:
        chain.note(session, "draft.issue", "invoice", number, member_id=view.member.id)
    if sends:
        dispatch.send_invoices(session, numbers)
    return numbers
