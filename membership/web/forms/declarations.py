"""Forms of the treasurer's pages about declarations."""

from __future__ import annotations

from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.domain.member_fields import LINE
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, NotBlank, Required, SeenForm


class DatesForm(SeenForm):
    """When a round ends."""

    deadline = DayField(
        N_("Answer by"), [Required(N_("Please enter a date.")), AtMost(20)],
        description=N_("The links in the mails work until this day."),
    )  # fmt: skip
    late_until = DayField(
        N_("Late declarations until"), [Optional(), AtMost(20)],
        description=N_("Until this day a late declaration still leads to a correction of the invoice. Empty: none."),
    )  # fmt: skip


class RoundForm(DatesForm):
    """A new round: year, days, and what is asked."""

    year = SelectField(N_("Dues year"))
    evidence = BooleanField(N_("Ask for a proof (PDF or picture), which is never a must"))
    turnover_class = BooleanField(N_("Let members choose a turnover class instead of typing the amount"))
    reminds = BooleanField(N_("Remind by itself 14 and 3 days before and 7 days after"), default=True)


class QueryForm(Form):
    """What is asked back."""

    text = TextAreaField(
        N_("Your question"), [NotBlank(N_("Please write what you want to know from the member.")), AtMost(1000)],
        description=N_("It goes to the member by mail, with a link to its declaration."),
    )  # fmt: skip


class OfficeForm(Form):
    """What a member says on the telephone."""

    name = StringField(N_("Who said so"), [NotBlank(), AtMost(LINE)])
    comment = TextAreaField(N_("Remark"), [Optional(), AtMost(1000)])


class EstimateForm(Form):
    """Why an estimate is what it is."""

    reason = StringField(
        N_("What the estimate rests on"),
        [NotBlank(N_("Please say what the estimate rests on.")), AtMost(LINE)],
        description=N_("It stands beside the value in the member's record."),
    )
