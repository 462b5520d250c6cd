"""Forms of the association's further accounts."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.domain.money import parse_amount
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, NotBlank, Required, SeenForm
from membership.web.forms.payments import check_amount
from membership.web.forms.settings import HOLDER_LENGTH


class OpeningForm(SeenForm):
    """What an account is called, and what lay on it when the books began."""

    account_label = StringField(
        N_("What you call it"), [Optional(), AtMost(60)], description=N_("For example: savings account.")
    )
    opened_on = DayField(
        N_("Day of the opening balance"), description=N_("The first day whose lines you want to keep here.")
    )
    opening = StringField(
        N_("Balance at the beginning of this day"),
        [Optional(), AtMost(20), check_amount],
        description=N_("It stands on the bank statement. Empty: not known yet."),
    )

    def cents(self) -> int | None:
        """Return the typed balance; None for an empty field. The form has been validated."""
        typed = (self.opening.data or "").strip()
        return parse_amount(typed) if typed else None

    def label_text(self) -> str:
        """Return what the account is called."""
        return (self.account_label.data or "").strip()


class AccountForm(OpeningForm):
    """A further account."""

    iban = StringField(N_("IBAN"), [Required(N_("Please enter the IBAN.")), AtMost(42)])
    holder = StringField(
        N_("Account holder"), [NotBlank(N_("Please enter the account holder.")), AtMost(HOLDER_LENGTH)]
    )
