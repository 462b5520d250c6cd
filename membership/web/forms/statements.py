"""The form of the settings about bank statements: what is posted without a person, and small differences."""

from __future__ import annotations

from wtforms import BooleanField

from membership.domain.errors import N_
from membership.domain.money import Money
from membership.web.forms.second_person import CentsField
from membership.web.forms.settings import SettingsForm
from membership.web.language import words


class StatementsForm(SettingsForm):
    """What becomes of the entries of a bank statement."""

    keys = {
        "post_sure": "bank.post_sure", "tolerance_cents": "payment.tolerance_cents",
        "confirm_by_mail": "payment.confirm_by_mail",
    }  # fmt: skip

    post_sure = BooleanField(
        N_("Post sure matches at once"),
        description=N_("From the second statement on. Otherwise a person posts their list each time."),
    )
    tolerance_cents = CentsField(
        N_("Small difference up to"),
        description=N_("So much less than the invoice is closed with one key. At most 100.00 €."),
    )
    confirm_by_mail = BooleanField(
        N_("Confirm payments by mail"),
        description=N_(
            "Who gets the invoices hears of each payment an hour after it was posted, with the confirmation attached:"
            " transfers and what is recorded by hand. Debits are announced before; online payments are confirmed"
            " anyway."
        ),
    )

    def worded(self, name: str, text: str) -> str:
        """Return the text of a field as a person reads it, cents as an amount."""
        if name == "tolerance_cents" and text.isdigit():
            return words().value(Money(int(text)))
        return super().worded(name, text)
