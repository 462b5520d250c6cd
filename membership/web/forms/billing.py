"""Forms of the billing run pages: year and date of a run, its text, one correction."""

from __future__ import annotations

from datetime import datetime

from wtforms import DateField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from membership.domain.errors import N_, InputError
from membership.domain.member_fields import LINE
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, Required, SeenForm, choice

_FIRST_YEAR, _LAST_YEAR = 2000, 2100


class SendingTimeWrong(InputError):
    """Day or time of the sending is missing or none."""

    message = N_("Please enter the day and the time of sending, such as 14.01.2027 and 08:00.")
    code = "sending_time"


class SendingTimeOver(InputError):
    """The sending would lie in the past."""

    message = N_("This time is over. Choose a later one, or send as soon as the invoices are made.")
    code = "sending_time_over"


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


class DatesForm(SeenForm):
    """The date of the invoices and the text on them."""

    issued_on = StartForm.issued_on
    text = TextAreaField(
        N_("Text on the invoice"),
        [Optional(), AtMost(1000)],
        description=N_("It stands above the lines. Empty means the usual sentence."),
    )


NOW, LATER_ON = "now", "at"


class ReleaseForm(Form):
    """When the invoices of a run go out."""

    when = RadioField(
        N_("When to send?"),
        choices=[
            choice(NOW, N_("Right away")),
            choice(LATER_ON, N_("Later")),
        ],
        default=NOW,
    )
    send_on = DayField(N_("Day of sending"), description=N_("Needed for a later time."))
    send_time = StringField(N_("Time of sending"), [AtMost(5)], default="08:00")

    def send_at(self, now: datetime) -> datetime | None:
        """Return the later moment that was chosen, in the time zone of `now`; None for at once.

        Raises `SendingTimeWrong` for a day that is missing, a time that is none, and a moment that is over.
        """
        if self.when.data != LATER_ON:
            return None
        try:
            time = datetime.strptime((self.send_time.data or "").strip(), "%H:%M").time()  # noqa: DTZ007 - a time of day
        except ValueError as error:
            raise SendingTimeWrong from error
        if self.send_on.day is None:
            raise SendingTimeWrong
        moment = datetime.combine(self.send_on.day, time, tzinfo=now.tzinfo)
        if moment <= now:
            raise SendingTimeOver
        return moment


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
