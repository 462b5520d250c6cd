"""Which ways of paying online a page offers, and what is under way for a document: for portal and invoice link alike.

Source: `ux.md` 7 “Pay”; STR-2, STR-3; FI-37.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import current_app, url_for
from wtforms import RadioField

from membership.domain.errors import N_
from membership.domain.money import Money
from membership.domain.online_payments.attempts import Offer, Owed, Way
from membership.persistence.db import Session
from membership.persistence.queries import online_payments as queries
from membership.services.online_payments import offer_of
from membership.web.association import association_settings
from membership.web.forms.form import Form, Required, choice
from membership.web.language import _, words

WAY_WORDS: Final = {Way.CARD: N_("Credit or debit card"), Way.SEPA_DEBIT: N_("SEPA direct debit")}
WAY_HINTS: Final = {
    Way.CARD: N_("Paid at once."),
    Way.SEPA_DEBIT: N_("Your bank needs some days, at most 14 bank days, to confirm it."),
}


@dataclass(frozen=True, slots=True)
class Online:
    """What a page says about paying a document online.

    Args:
        pay: the address of the pay page; None where it cannot be paid online now.
        is_pending: money is on its way.
        words: the sentence about what is under way; empty without.
        result: the page of the payment that is under way.
    """

    pay: str | None = None
    is_pending: bool = False
    words: str = ""
    result: str | None = None


NOTHING: Final = Online()


def offer() -> Offer:
    """Return which ways are offered now; the key alone decides whether any is, no question is asked for that."""
    is_on = bool(current_app.extensions["membership"].stripe_key)
    return offer_of(association_settings(), is_on=is_on)


def online_of(
    session: Session,
    open_cents: Mapping[str, int],
    addresses: Mapping[str, str],
    *,
    expected: Collection[str],
) -> dict[str, Online]:
    """Return what a page says of each document.

    Args:
        session: the session to read with.
        open_cents: number of a document -> what is open of it.
        addresses: number of a document -> its pay page.
        expected: the documents that the association collects by direct debit itself: there is nothing to pay.
    """
    if not open_cents:
        return {}
    held = queries.held_states(session, list(open_cents))
    offered = offer()
    return {
        number: _online(number, cents, held, expected, offered, addresses.get(number, ""))
        for number, cents in open_cents.items()
    }


def _online(
    number: str,
    cents: int,
    held: Mapping[str, tuple[str, str]],
    expected: Collection[str],
    offered: Offer,
    address: str,
) -> Online:
    state, uid = held.get(number, ("", ""))
    if state == "pending":
        return Online(
            is_pending=True,
            words=_("Your bank has not confirmed the payment yet. Please do not pay again."),
            result=url_for("online_payment.show", uid=uid),
        )
    if number in expected or cents <= 0 or not offered.ways_for(cents):
        return NOTHING
    if state == "asked":
        return Online(words=_("A payment is being checked."), result=url_for("online_payment.show", uid=uid))
    return Online(pay=address)


class PayForm(Form):
    """How to pay; the amount is never a field (SEC-71)."""

    way = RadioField(N_("How do you want to pay?"), [Required(N_("Please choose one of the options."))])


def pay_form(offered: Sequence[Way], *, last: Way | None = None) -> PayForm:
    """Return the form with the ways that can carry the amount; chosen is the way used last, else the first one."""
    first = last if last in offered else next(iter(offered), None)
    form = PayForm(data={"way": str(first)} if first else {})
    form.way.choices = [choice(str(way), words().text(WAY_WORDS[way])) for way in offered]
    return form


def hints(offered: Sequence[Way]) -> dict[str, str]:
    """Return what stands below each way."""
    return {str(way): words().text(WAY_HINTS[way]) for way in offered}


def limit_words(owed: Sequence[Owed]) -> str:
    """Return why the direct debit is not offered for an amount, if that is so (STR-3)."""
    found = offer()
    cents = sum(each.cents for each in owed)
    is_over = Way.SEPA_DEBIT in found.ways and Way.SEPA_DEBIT not in found.ways_for(cents)
    if not is_over or not found.ways_for(cents):
        return ""
    return _(
        "By SEPA direct debit at most %(limit)s can be paid online.", limit=Money(found.debit_limit_cents)
    )
