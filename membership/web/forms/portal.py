"""Forms of the member's pages."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.domain.member_fields import LINE
from membership.web.forms.form import AtMost, Form, NotBlank, Required


class OrderNumberForm(Form):
    """The order number that the invoice of a dues year is to name."""

    year = SelectField(N_("Dues year"))
    order_number = StringField(
        N_("Order number"),
        [Optional(), AtMost(LINE)],
        description=N_("It stands on the invoice of this dues year. Empty takes it back."),
    )


class ConsentForm(Form):
    """The account to be debited, and the consent to the text that the page showed (`version`)."""

    version = HiddenField()
    iban = StringField(N_("IBAN"), [NotBlank(N_("Please enter the IBAN.")), AtMost(42)])
    holder = StringField(N_("Account holder"), [NotBlank(N_("Please enter the account holder.")), AtMost(70)])
    agrees = BooleanField(
        N_("I agree to this mandate for the company."),
        [Required(N_("Please tick that you agree; without that there is no mandate."))],
    )
