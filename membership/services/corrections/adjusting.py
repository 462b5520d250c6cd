"""A size that was reported late: the difference is credited, or asked for by a supplementary invoice.

Source: DUE-29 (allowed until the day the fee schedule names), D-INV-14 (b).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from membership.domain.approvals import Go, Waiting
from membership.domain.corrections import Cause, PaidMoney, Reason, gross_of, with_gross
from membership.domain.dues.assessment import Assessment, Line, LineKind
from membership.domain.dues.deadlines import last_correction
from membership.domain.dues.stored import from_stored
from membership.domain.errors import N_, DomainError
from membership.domain.phrases import phrase
from membership.domain.policy import require
from membership.persistence.db import actor_of
from membership.persistence.models.invoicing import Invoice
from membership.persistence.queries import corrections as queries
from membership.persistence.queries.invoicing import InvoiceView, get_invoice
from membership.services import invoicing
from membership.services.approvals import require_second
from membership.services.corrections.cancelling import (
    after_credit,
    credit_part,
    note_correction,
    part_to_correct,
    require_standing,
)
from membership.services.corrections.money import claimed
from membership.services.corrections.proposals import cancelling
from membership.services.corrections.reassessing import Reassessed, reassess

SUPPLEMENT = f"{invoicing.FEE}:supplement"


class NothingChanged(DomainError):
    """By today's facts the member owes what was billed."""

    message = N_(
        "By today's facts %(member)s owes for %(year)s what was invoiced. There is nothing to correct."
    )
    code = "nothing_changed"


class TooLateToAdjust(DomainError):
    """The fee schedule lets sizes be corrected until a day that has passed."""

    message = N_(
        "The fee schedule allowed corrections of sizes until %(day)s. After that the invoice stands."
    )
    code = "too_late_to_adjust"


class LateDecrease(DomainError):
    """The fee schedule does not let a lower size that was reported late count for this year (DUE-40)."""

    message = N_("By the fee schedule a lower size that is reported late does not count for this dues year.")
    code = "late_decrease"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What was billed for the dues year, and what it would be today; amounts with tax."""

    found: Reassessed
    before: Assessment
    billed_cents: int

    @property
    def owed_cents(self) -> int:
        """Return what the part of the invoice would be today."""
        return self.found.part.gross_cents

    @property
    def more_cents(self) -> int:
        """Return how much more is owed than billed; less than 0 is to be credited."""
        return self.owed_cents - self.billed_cents


def adjustment(session: Session, view: InvoiceView, *, today: date) -> Adjustment:
    """Return what a correction by today's facts would be; raise when there is none, or when it is too late."""
    require_standing(session, view)
    found = reassess(session, view)
    last_day = last_correction(found.schedule, view.invoice.dues_year)
    if last_day is not None and today > last_day:
        raise TooLateToAdjust(day=last_day)
    result = Adjustment(found, from_stored(view.invoice.assessment), _billed(session, view))
    if result.more_cents < 0 and found.schedule.declaration.ignores_late_decrease:
        raise LateDecrease
    if not result.more_cents:
        raise NothingChanged(member=view.member.number, year=str(view.invoice.dues_year))
    return result


def _billed(session: Session, view: InvoiceView) -> int:
    """Return what an invoice and its supplements count after their corrections."""
    added = [
        get_invoice(session, one.number).standing.counted_cents
        for one in queries.list_followers(session, view.invoice.id)
        if one.fee == SUPPLEMENT
    ]
    return view.standing.counted_cents + sum(added)


def adjust_invoice(
    session: Session,
    number: str,
    *,
    words: str = "",
    paid: PaidMoney = PaidMoney.CREDIT,
    today: date,
    base_url: str,
) -> str | Waiting:
    """Bring what was billed to what is owed by today's facts; return the number of the document, or what waits."""
    require(actor_of(session), "invoice.correct")
    view = claimed(session, number)
    found = adjustment(session, view, today=today)
    reason = Reason(Cause.LATE_SIZE, words)
    lines = part_to_correct(session, view, -found.more_cents) if found.more_cents < 0 else ()
    more = {"words": words, "paid": str(paid)}
    go = require_second(
        session, cancelling(view, "adjust_invoice", -found.more_cents, reason=reason, more=more)
    )
    if isinstance(go, Waiting):
        return go
    if found.more_cents > 0:
        return _supplement(session, view, found, go, reason=reason, today=today, base_url=base_url).number
    credit = credit_part(session, view, lines, go, reason=reason, today=today)
    after_credit(session, view, credit, paid=paid, today=today)
    return credit.number


def _supplement(
    session: Session,
    view: InvoiceView,
    found: Adjustment,
    go: Go,
    *,
    reason: Reason,
    today: date,
    base_url: str,
) -> Invoice:
    line = _line(found)
    assessment = found.found.assessment._replace(lines=(line,))
    bill = found.found.bill(session, today=today, fee=SUPPLEMENT, assessment=assessment)
    generation = 1 + queries.count_same(
        session,
        view.invoice.member_id,
        SUPPLEMENT,
        tax_part=view.invoice.tax_part,
        period_from=view.invoice.period_from,
    )
    stationery = invoicing.get_stationery(session, base_url=base_url)
    bill = replace(bill, generation=generation)
    issued = session.get_one(Invoice, invoicing.issue(session, bill, stationery, today=today))
    note_correction(
        session, "invoice.supplement", view, gross_of([line]), go, document=issued.number, reason=reason
    )
    return issued


def _line(found: Adjustment) -> Line:
    """Return one line over what is missing, taxed as the dues are."""
    dues = next(line for line in found.found.part.lines if line.kind in {LineKind.DUES, LineKind.SERVICE_FEE})
    text = phrase("Membership dues %(year)s, supplement", year=str(found.found.view.invoice.dues_year))
    return with_gross(dues, found.more_cents)._replace(text=text, due=None)
