"""Forms of the bank pages: a statement to take in, what is no dues, splitting, taking back."""

from __future__ import annotations

from typing import Final

from wtforms import (
    BooleanField,
    EmailField,
    FileField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from membership.domain.banking.statements import CATEGORY_NAMES
from membership.domain.errors import N_
from membership.web.forms.form import AtMost, Form, NotBlank, Required, choice
from membership.web.forms.payments import check_amount, check_reason

_NO_REASON: Final = N_("Please say why, for example “wrong member”.")
ROWS: Final = 6


class StatementForm(Form):
    """A bank file, and the account of a list that names none."""

    file = FileField(
        N_("Bank file"),
        description=N_(
            "CAMT (XML, also in a ZIP), MT940 or the CSV list of your bank. Nothing is booked twice."
        ),
    )
    account = SelectField(N_("Bank account"), description=N_("Only for lists that name no account."))


class AcceptForm(Form):
    """Why a statement is taken in although it does not add up."""

    accepted = StringField(
        N_("Reason"),
        [Required(N_("Please say why the statement is taken in nevertheless.")), AtMost(200), check_reason],
        description=N_("It stands beside the statement and in the audit log."),
    )


class CategoryForm(Form):
    """What an entry is that is no dues."""

    category = SelectField(
        N_("What is it?"), choices=[choice(str(key), name) for key, name in CATEGORY_NAMES.items()]
    )
    always = BooleanField(N_("From now on always for this account or name"))


class UndoForm(Form):
    """Why a decision about an entry is taken back."""

    reason = StringField(N_("Reason"), [Required(_NO_REASON), AtMost(200), check_reason])


class ReturnsForm(Form):
    """What the bank took for returns that it shows as one sum, and who bears it."""

    amount_fee = StringField(
        N_("Fee of the bank"), [Optional(), AtMost(20), check_amount],
        description=N_("For all of them together; it is divided evenly. Empty: none."),
    )  # fmt: skip
    is_fee_of_members = BooleanField(N_("Charge the fee of the bank to the members"))


class QuestionForm(Form):
    """Who is asked about an entry, and what."""

    member = StringField(
        N_("Member number"), [NotBlank(N_("Please enter the member number.")), AtMost(30)],
        description=N_("Of the member that paid, or for which somebody paid."),
    )  # fmt: skip
    email = EmailField(
        N_("Mail address"), [Optional(), AtMost(254)],
        description=N_("Empty: who gets the invoices of the member. Enter that of the payer if it is somebody else."),
    )  # fmt: skip
    question = TextAreaField(
        N_("Question"), [NotBlank(N_("Please enter what you want to know.")), AtMost(1000)]
    )


class SplitForm(Form):
    """Which documents an entry settles with how much; what is left becomes the credit balance of a member.

    `step` is how often the entry was decided when the page was shown.
    """

    credit_to = StringField(
        N_("Credit balance for"),
        [Optional(), AtMost(20)],
        description=N_("Number of the member that gets what is left over. Empty: the first of the invoices."),
    )
    waives = BooleanField(N_("Waive what remains open of these invoices"))
    reason = StringField(N_("Reason of the waiver"), [Optional(), AtMost(200)])
    resolution = StringField(
        N_("Resolution"), [Optional(), AtMost(200)], description=N_("Who decided it, and when.")
    )
    remembers = BooleanField(N_("Remember the account for this member"), default=True)
    opened = HiddenField()


for _row in range(1, ROWS + 1):
    setattr(SplitForm, f"number_{_row}", StringField(N_("Invoice"), [Optional(), AtMost(40)]))
    setattr(SplitForm, f"amount_{_row}", StringField(N_("Amount"), [Optional(), AtMost(20), check_amount]))
