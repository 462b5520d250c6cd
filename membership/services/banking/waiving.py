"""What remains of documents that a bank entry does not pay in full: given up with it, or asked of a second person.

Source: PAY-3, D-INV-16, MEM-18; `ux.md` 6.9 “Kleindifferenz”.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy.orm import Session

from invoices.formats import Language
from membership.domain.approvals import Action, Waiting
from membership.domain.banking.statements import Part, RestTooHigh
from membership.domain.money import Money
from membership.domain.phrases import phrase
from membership.persistence.models.bank import BankDecision
from membership.persistence.queries import approvals as approval_queries
from membership.persistence.queries import corrections as correction_queries
from membership.persistence.queries import payments as payment_queries
from membership.persistence.queries.settings import get_settings
from membership.services import approvals, corrections
from membership.wording import Wording


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why, and by whose resolution, the remainder of a document is given up (D-INV-16)."""

    reason: str
    resolution: str


def waive_rests(session: Session, parts: Sequence[Part], waiver: Waiver | None, *, today: date) -> list[int]:
    """Give up what is still open of the documents and return the decisions (item events) by which that was done.

    Without a reason it is a small difference: up to the limit of the settings, `RestTooHigh` above it. What waits for a
    second person stays open until then and is no part of the decision about the entry.
    """
    events = []
    for reference in dict.fromkeys(part.reference.strip().upper() for part in parts):
        item_id, _member, open_cents = payment_queries.item_of(session, reference)
        if not open_cents:
            continue
        why = waiver or _small(session, reference, open_cents)
        waived = corrections.waive(
            session, reference, open_cents, reason=why.reason, resolution=why.resolution, today=today
        )
        if isinstance(waived, Waiting):
            continue
        events.append(correction_queries.list_standing_losses(session, item_id)[0].id)
    return events


def _small(session: Session, reference: str, open_cents: int) -> Waiver:
    """Return why a small difference is closed: the setting says so; its words are those of the association."""
    settings = get_settings(session)
    limit = settings.number("payment.tolerance_cents")
    if open_cents > limit:
        raise RestTooHigh(document=reference, rest=Money(open_cents), limit=Money(limit))
    words = Wording(cast("Language", settings.text("association.language")))
    return Waiver(
        words.text("Small difference of a bank transfer"),
        words.text("Setting: small differences up to %(limit)s", limit=Money(limit)),
    )


def waiting_waivers(session: Session, decision: BankDecision) -> list[int]:
    """Return the waivers that were asked for together with a decision about an entry and still wait."""
    found = approval_queries.list_open_at(session, Action.CLAIM, actor_key=decision.actor_key, at=decision.at)
    return [line.approval.id for line in found]


def drop_waiting(session: Session, decision: BankDecision) -> None:
    """Let what waits of a decision not be done any more: the entry is open again."""
    for approval_id in waiting_waivers(session, decision):
        approvals.outdate(session, approval_id, why=phrase("The match of the bank entry was taken back."))
