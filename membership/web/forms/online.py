"""The form of the settings page about paying online."""

from __future__ import annotations

from wtforms import BooleanField

from membership.domain.errors import N_
from membership.domain.money import Money
from membership.web.forms.second_person import CentsField
from membership.web.forms.settings import SettingsForm
from membership.web.language import words


class OnlineForm(SettingsForm):
    """Which ways of paying online are offered."""

    keys = {"card": "online.card", "sepa_debit": "online.sepa_debit", "limit": "online.sepa_limit_cents"}

    card = BooleanField(N_("Offer payment by card"))
    sepa_debit = BooleanField(N_("Offer SEPA direct debit online"))
    limit = CentsField(
        N_("Largest SEPA direct debit online"),
        description=N_(
            "Stripe carries at most 10,000.00 € a debit, new accounts less. Above it only the card is offered."
        ),
    )

    def worded(self, name: str, text: str) -> str:
        """Return the text of a field as a person reads it, cents as an amount."""
        if isinstance(self[name], CentsField) and text.isdigit():
            return words().value(Money(int(text)))
        return super().worded(name, text)
