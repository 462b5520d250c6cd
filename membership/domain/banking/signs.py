"""Signs and counter-signs in words. Source: `ux.md` 6.9."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from membership.domain.banking.facts import Reason, Rule
from membership.domain.errors import N_
from membership.domain.money import Money
from membership.domain.phrases import Phrase, phrase

POINTS: Final = {
    Rule.REFERENCE: 100, Rule.NUMBER: 90, Rule.COLLECTION: 100, Rule.MEMBER: 50, Rule.IBAN: 50, Rule.NAME: 25,
    Rule.AMOUNT: 30, Rule.SUM: 20, Rule.UNIQUE: 15, Rule.SIMILAR: 40, Rule.MANDATE: 50, Rule.HABIT: 15,
    Rule.BLOCK_SUM: 60, Rule.REFUND: 100, Rule.PAYOUT: 60,
}  # fmt: skip
_TEXTS: Final = {
    Rule.REFERENCE: N_("Payment reference found"),
    Rule.NUMBER: N_("Invoice number found"),
    Rule.COLLECTION: N_("Own direct debit"),
    Rule.MEMBER: N_("Member number found"),
    Rule.IBAN: N_("IBAN known"),
    Rule.NAME: N_("Similar name"),
    Rule.AMOUNT: N_("The amount fits exactly"),
    Rule.SUM: N_("The sum of several invoices fits"),
    Rule.UNIQUE: N_("No other open invoice has this amount"),
    Rule.MANDATE: N_("Mandate reference fits"),
    Rule.HABIT: N_("As in earlier years"),
    Rule.BLOCK_SUM: N_("Sum and day of a collection fit"),
    Rule.REFUND: N_("Own refund"),
    Rule.PAYOUT: N_("Payout of Stripe announced"),
}
SEVERAL: Final = N_("%(count)s possible members")
NEW_PAYER: Final = Phrase(N_("New payer"))
ALREADY_PAID: Final = Phrase(N_("The invoice is paid already"))
OTHER_MEMBER: Final = Phrase(N_("The payer looks like another member"))
REFUND: Final = Phrase(N_("The text speaks of a refund"))
OTHER_YEAR: Final = N_("The text names the year %(year)s")


def reasons_of(rules: Iterable[Rule], *, similar: str = "") -> tuple[Reason, ...]:
    """Return the rules with their words, the strongest first; `similar` is the number that was nearly typed."""
    return tuple(
        Reason(
            rule,
            phrase("Similar number: %(number)s", number=similar)
            if rule is Rule.SIMILAR
            else Phrase(_TEXTS[rule]),
        )
        for rule in sorted(rules, key=lambda rule: (-POINTS[rule], rule))
    )


def amount_doubt(paid: int, owed: int) -> Phrase | None:
    """Return how far an amount is from what is owed, None when it is not."""
    if paid < owed:
        return phrase("The amount is %(amount)s too low", amount=Money(owed - paid))
    return phrase("The amount is %(amount)s too high", amount=Money(paid - owed)) if paid > owed else None
