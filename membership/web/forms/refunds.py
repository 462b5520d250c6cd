"""Forms of refunds: whose credit balance, how much, to which account; why a file is withdrawn."""

from __future__ import annotations

from typing import Final

from wtforms import RadioField, StringField
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, NotBlank, Required
from membership.web.forms.payments import check_amount

OTHER: Final = "other"


class RefundForm(Form):
    """A refund; `account` is a bank entry by which the member paid, or another account that is typed."""

    member = StringField(N_("Member number"), [NotBlank(N_("Please enter the member number.")), AtMost(30)])
    amount = StringField(N_("Amount"), [Required(N_("Please enter the amount.")), check_amount])
    account = RadioField(N_("Bank account"), [Required(N_("Please choose the account."))])
    iban = StringField(
        N_("IBAN of another account"),
        [Optional(), AtMost(42)],
        description=N_("Only when the money is to go to an account that never paid for this member."),
    )
    holder = StringField(
        N_("Account holder"),
        [Optional(), AtMost(70)],
        description=N_("Empty: the name that stands beside the account, else the member."),
    )
    bic = StringField(
        N_("BIC"), [Optional(), AtMost(11)], description=N_("Only for an account outside the EEA.")
    )
    purpose = StringField(
        N_("Text for the recipient"),
        [Optional(), AtMost(90)],
        description=N_("The numbers of the refund and of the member are added."),
    )


class FileDayForm(Form):
    """On which day the bank is to carry the file out."""

    on = DayField(N_("To be carried out on"), [Optional()], description=N_("Empty: the next bank day."))


class WithdrawForm(Form):
    """Why a refund, or a file, is withdrawn."""

    reason = StringField(N_("Reason"), [Optional(), AtMost(200)])
