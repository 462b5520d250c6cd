"""Forms of the member's pages."""

from __future__ import annotations

from wtforms import SelectField, StringField
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.domain.member_fields import LINE
from membership.web.forms.form import AtMost, Form


class OrderNumberForm(Form):
    """The order number that the invoice of a dues year is to name."""

    year = SelectField(N_("Dues year"))
    order_number = StringField(
        N_("Order number"),
        [Optional(), AtMost(LINE)],
        description=N_("It stands on the invoice of this dues year. Empty takes it back."),
    )
