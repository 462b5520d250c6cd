"""Forms of the billing run pages: year and date of a run, its text, one correction."""

from __future__ import annotations

from wtforms import DateField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from membership.domain.errors import N_
from membership.domain.member_fields import LINE
from membership.web.forms.form import AtMost, Form, Required

_FIRST_YEAR, _LAST_YEAR = 2000, 2100


class StartForm(Form):
    """The dues year of a new run and the date of its invoices."""

    year = IntegerField(
        N_("Dues year"),
        [
            InputRequired(N_("Please enter a year.")),
            NumberRange(_FIRST_YEAR, _LAST_YEAR, N_("A year from 2000 to 2100.")),
        ],
    )
    issued_on = DateField(
        N_("Invoice date"),
        [InputRequired(N_("Please enter a date."))],
        description=N_("Today, or an earlier day that does not lie before the last invoice."),
    )


class DatesForm(Form):
    """The date of the invoices and the text on them."""

    issued_on = StartForm.issued_on
    text = TextAreaField(
        N_("Text on the invoice"),
        [Optional(), AtMost(1000)],
        description=N_("It stands above the lines. Empty means the usual sentence."),
    )


class SizeForm(Form):
    """A size that is missing."""

    value = StringField(N_("Value"), [Required(N_("Please enter a number.")), AtMost(20)])


class AgreedForm(Form):
    """An amount agreed with a member."""

    value = StringField(N_("Amount a year"), [Required(N_("Please enter an amount.")), AtMost(20)])
    reason = StringField(N_("Agreed by"), [Required(N_("Please say why.")), AtMost(200)])


class EmailForm(Form):
    """The address for the invoices of a member."""

    value = StringField(N_("E-mail address"), [Required(N_("Please enter an address.")), AtMost(254)])


class OrderForm(Form):
    """The order number of a member for the dues year of the run."""

    value = StringField(N_("Order number"), [Required(N_("Please enter the order number.")), AtMost(LINE)])


class CategoryForm(Form):
    """The category of a member that has none."""

    value = StringField(N_("Category"), [Required(N_("Please choose a category.")), AtMost(40)])
