"""Companies of the demonstration that pay online: some of the last dues year, most of it paid out to the bank.

Nothing is asked of Stripe: the payments are booked from what Stripe would report.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from membership.domain.online_payments.attempts import Offer, Way
from membership.domain.online_payments.pictures import Movement, Paid, Payout
from membership.domain.policy import Actor, Role
from membership.persistence.db import read_as, write
from membership.persistence.queries.invoicing import InvoiceView
from membership.persistence.queries.online_payments import get_attempt
from membership.services import online_payments
from membership.services.demo.statements import Move

EACH: Final = 11
"""Of so many companies one pays online."""
_MOST: Final = 6
_KEPT: Final = 2
"""The last of them still lie at Stripe."""
_OFFER: Final = Offer((Way.CARD, Way.SEPA_DEBIT), 1_000_000)
_IBAN: Final = "IE29AIBK93115212345678"
Wish = tuple[date, int, int, InvoiceView]
At = Callable[[Actor, date], Actor]


def chosen(wanted: Sequence[Wish], *, apart: Sequence[str]) -> list[Wish]:
    """Return those of the payments that come online: whole ones, a few, and none of the named companies."""
    whole = [each for each in wanted if each[2] == each[3].open_cents and each[3].member.number not in apart]
    return whole[EACH // 2 :: EACH][:_MOST]


def pay(at: At, treasurer: Actor, wanted: Sequence[Wish], *, until: date) -> list[Move]:
    """Pay these invoices online and return what the bank shows of it: one payout, when its day has come."""
    moves = [
        _paid(at(treasurer, on), view, on, number) for number, (on, _id, _cents, view) in enumerate(wanted)
    ]
    sent = moves[: max(len(moves) - _KEPT, 0)]
    arrives = max((each.on for each in sent), default=until) + timedelta(days=3)
    if not sent or arrives > until:
        return []
    cents = sum(each.cents - each.fee_cents for each in sent)
    payout = Payout(
        f"po_{arrives:%Y%m%d}demo", cents, "eur", "paid", arrives, is_live=False, movements=tuple(sent)
    )
    write(at(treasurer, arrives), online_payments.keep_payout, payout)
    return [Move(arrives, cents, "STRIPE PAYMENTS EUROPE LTD", _IBAN, f"STRIPE PAYOUT {payout.id}")]


def _paid(treasurer: Actor, view: InvoiceView, on: date, number: int) -> Movement:
    way = Way.SEPA_DEBIT if number % 3 == 1 else Way.CARD
    payer = replace(treasurer, roles=frozenset(), companies=((view.member.id, Role.COMPANY_USER),))
    uid = write(
        payer, online_payments.start_attempt, view.member.id, [view.invoice.number], way, offer=_OFFER,
        is_live=False, base_url="", language="de", today=on,
    )  # fmt: skip
    cents = get_attempt(read_as(treasurer), uid).attempt.cents
    fee = 35 if way is Way.SEPA_DEBIT else cents * 15 // 1000 + 25
    charge = f"ch_{view.invoice.number.replace('-', '')}demo"
    movement = Movement(f"txn_{charge[3:]}", "charge", charge, cents, fee, "eur", on)
    paid = Paid(
        f"pi_{charge[3:]}", uid, "succeeded", cents, "eur", is_live=False, charge_id=charge, charged_on=on,
        movement=movement, way=str(way),
    )  # fmt: skip
    write(treasurer, online_payments.follow, uid, page=None, paid=paid, today=on)
    return movement
