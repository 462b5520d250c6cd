"""What a member owes for the dues year of an invoice by the facts of today, for an invoice that follows another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from invoices.document import Reference
from membership.domain.dues.assessment import Assessment, Refusal
from membership.domain.dues.deadlines import due_date, last_due
from membership.domain.dues.schedule import FeeSchedule
from membership.domain.errors import N_, DomainError
from membership.domain.invoicing import BilledPart, InvoiceKind, billed_part, billed_parts
from membership.persistence.queries import members as member_queries
from membership.persistence.queries.invoicing import InvoiceView, billing_contact
from membership.persistence.queries.order_numbers import order_number_for
from membership.services import dues, invoicing


class NotDecided(DomainError):
    """By the facts of today nobody can say what the member owes."""

    message = N_("What %(member)s owes for %(year)s cannot be worked out: %(why)s")
    code = "not_decided"


class NoMemberThen(DomainError):
    """The company is no member in the dues year any more."""

    message = N_(
        "%(member)s is no member in %(year)s by what is recorded today; there is nothing to invoice."
    )
    code = "no_member_then"


class NotDues(DomainError):
    """The invoice does not bill the dues of a year, so they cannot be worked out anew for it."""

    message = N_("%(number)s is no invoice of yearly dues. Cancel or correct it by its amount.")
    code = "not_dues"


class PartsDiffer(DomainError):
    """Today the dues would be billed on other papers than then: taxed and untaxed apart, or together."""

    message = N_(
        "By today's facts the dues of %(member)s are split over other papers. Cancel %(number)s and start a billing"
        " run."
    )
    code = "parts_differ"


@dataclass(frozen=True, slots=True)
class Reassessed:
    """What the paper of an invoice would bill today."""

    view: InvoiceView
    assessment: Assessment
    part: BilledPart
    schedule: FeeSchedule
    period_from: date
    period_to: date
    is_new: bool

    def bill(
        self,
        session: Session,
        *,
        today: date,
        kind: InvoiceKind = InvoiceKind.INVOICE,
        fee: str = invoicing.FEE,
        assessment: Assessment | None = None,
    ) -> invoicing.Bill:
        """Return what an invoice of today is made of that follows the one looked at; without lines, all of them."""
        found = assessment or self.assessment
        member, original = self.view.member, self.view.invoice
        usual = due_date(
            self.schedule, found.category, year=original.dues_year, issued_on=today, is_new_member=self.is_new
        )
        return invoicing.Bill(
            member=member,
            contact=billing_contact(session, member.id),
            assessment=found,
            part=billed_part(found.lines, self.part.tax_part),
            dues_year=original.dues_year,
            order_number=order_number_for(session, member, original.dues_year),
            period_from=self.period_from if fee == invoicing.FEE else original.period_from,
            period_to=self.period_to,
            issued_on=today,
            due_on=max(today, last_due(found, usual)),
            schedule_name=self.schedule.name,
            resolved_on=self.schedule.resolution.on if self.schedule.resolution else None,
            fee=fee,
            kind=kind,
            replaces_id=original.id,
            refers_to=Reference(number=original.number, issued_on=original.issued_on),
        )


def reassess(session: Session, view: InvoiceView) -> Reassessed:
    """Return what the member owes by today's facts, of the part that the invoice billed.

    Raises `NotDues`, `NoMemberThen`, `NotDecided` or `PartsDiffer`.
    """
    invoice, member = view.invoice, view.member
    if invoice.fee != invoicing.FEE:
        raise NotDues(number=invoice.number)
    together = member_queries.list_group_members(session, member.id)
    schedules = dues.billing_schedules(session)
    found = dues.assess(session, invoice.dues_year, schedules=schedules, member_ids={member.id, *together})
    each = next((one for one in found if one.facts.id == member.id), None)
    if each is None:
        raise NoMemberThen(member=member.number, year=str(invoice.dues_year))
    if isinstance(each.result, Refusal):
        raise NotDecided(member=member.number, year=str(invoice.dues_year), why=each.result.text)
    result = each.result
    part = next((part for part in billed_parts(result.lines) if str(part.tax_part) == invoice.tax_part), None)
    if part is None:
        raise PartsDiffer(member=member.number, number=invoice.number)
    schedule = next(one for one in schedules if one.code == result.schedule)
    return Reassessed(view, result, part, schedule, each.period_from, each.period_to, each.is_new)
