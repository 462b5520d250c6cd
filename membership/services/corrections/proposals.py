"""What a second person is shown of a cancellation or correction, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping

from membership.domain.approvals import Action, Proposal
from membership.domain.corrections import CAUSE_NAMES, Reason
from membership.domain.errors import N_
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase
from membership.persistence.queries.invoicing import InvoiceView

_NONE: Mapping[str, object] = {}


def cancelling(
    view: InvoiceView, step: str, cents: int, *, reason: Reason, more: Mapping[str, object] = _NONE
) -> Proposal:
    """Return the proposal to take so much of an invoice back; less than 0 is asked for by a supplement.

    Args:
        view: the invoice as it stands.
        step: the use case that does it.
        cents: what is taken back, with tax.
        reason: why.
        more: its further arguments.
    """
    number, member, standing = view.invoice.number, view.member, view.standing
    return Proposal(
        Action.CORRECTION,
        step,
        "invoice",
        number,
        _title(step, number, cents),
        {"number": number, "cause": str(reason.cause), "words": reason.words, **more},
        shown=(
            (N_("Member"), f"{member.name} ({member.number})"),
            (N_("Counts until now"), Money(standing.counted_cents)),
            (N_("Paid"), Money(standing.paid_cents)),
            (N_("Open"), Money(view.open_cents)),
            (N_("Taken back"), Money(cents)),
            (N_("Reason"), Phrase(CAUSE_NAMES[reason.cause])),
            (N_("Words for the document"), reason.words or "–"),
        ),
        rests_on={
            "counted": standing.counted_cents,
            "paid": standing.paid_cents,
            "open": view.open_cents,
            "given_up": standing.waived_cents + standing.written_off_cents,
        },
        cents=cents,
        member_id=view.invoice.member_id,
    )


def _title(step: str, number: str, cents: int) -> Phrase:
    if step == "cancel_invoice":
        return phrase("Cancel %(number)s", number=number)
    if step == "reissue_invoice":
        return phrase("Cancel %(number)s and issue a new invoice", number=number)
    if step == "replace_invoice":
        return phrase("Replace %(number)s by a corrected invoice", number=number)
    if cents < 0:
        return phrase("Ask for %(amount)s more on %(number)s", amount=Money(-cents), number=number)
    return phrase("Take %(amount)s off %(number)s", amount=Money(cents), number=number)
