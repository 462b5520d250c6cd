"""The confirmation of what was paid for a document, made when it is asked for: each payment, and what is still open.

Source: `ux.md` 7 "Invoices" (receipt), 14 "Receipt".
"""

from __future__ import annotations

from datetime import date
from typing import cast

from sqlalchemy.orm import Session

from invoices import formats
from invoices.confirmation import Confirmation, render
from invoices.formats import Language
from membership.domain.errors import N_, NotFound
from membership.domain.money import Money
from membership.domain.payments import METHOD_WORDS, Method
from membership.persistence.queries import payments as queries
from membership.persistence.queries.member_account import get_record
from membership.persistence.queries.settings import get_settings
from membership.wording import Wording


def payment_confirmation(session: Session, reference: str, *, today: date) -> bytes:
    """Return the PDF about the payments for a document, in the member's language; raise `NotFound` without any."""
    item = queries.get_open_item(session, reference)
    settled = queries.list_settlements(session, reference)
    if not settled:
        raise NotFound(what="payment", key=reference)
    member = get_record(session, item.member_id)
    words = Wording(cast("Language", member.language))
    paid = [
        (
            _day(words, received_on),
            f"{words.value(Money(cents))} ({words.text(METHOD_WORDS[Method(method)])})",
        )
        for received_on, method, cents in settled
    ]
    rest = words.text(N_("The document is paid in full."))
    if item.open_cents:
        rest = words.text(N_("%(amount)s remain open."), amount=Money(item.open_cents))
    return render(
        Confirmation(
            language=words.language,
            day=today,
            issuer=get_settings(session).full_name,
            title=words.text(N_("Confirmation of payment")),
            rows=(
                (words.text(N_("Member")), f"{member.name} ({member.number})"),
                (words.text(N_("Document")), item.reference),
                (words.text(N_("Amount")), words.value(Money(item.original_cents - item.credited_cents))),
                *paid,
            ),
            text=(rest, words.text(N_("This is no invoice; the invoice itself stays valid as it is."))),
            foot=f"{item.reference}, {formats.short_date(today, words.language)}",
        )
    )


def _day(words: Wording, day: date) -> str:
    return words.text(N_("Received on %(day)s"), day=formats.short_date(day, words.language))
