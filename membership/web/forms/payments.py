"""Forms of payments: recording one, taking one back."""

from __future__ import annotations

from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from membership.domain.errors import N_
from membership.domain.payments import Method
from membership.web.forms.form import AtMost, Form, Required, choice

METHOD_NAMES = {
    Method.TRANSFER: N_("Bank transfer"),
    Method.CASH: N_("Cash"),
    Method.CARD: N_("Card"),
    Method.OFFSET: N_("Offset"),
}


class PaymentForm(Form):
    """What was received, when and how."""

    received_on = DateField(N_("Received on"), [InputRequired(N_("Please enter a date."))])
    amount = StringField(
        N_("Amount received"),
        [Required(N_("Please enter an amount.")), AtMost(20)],
        description=N_("Less leaves the rest open, more becomes a credit balance."),
    )
    method = SelectField(N_("How it came"), choices=[choice(key, name) for key, name in METHOD_NAMES.items()])
    note = StringField(N_("Note"), [Optional(), AtMost(200)])


class ReversalForm(Form):
    """Why a payment is taken back."""

    reason = StringField(N_("Reason for taking it back"), [Required(N_("Please say why.")), AtMost(200)])
