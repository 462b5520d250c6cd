"""Forms of corrections: taking an invoice back in full or in part, giving a claim up, putting it off."""

from __future__ import annotations

from datetime import date
from typing import Final

from wtforms import Field, HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from membership.domain.claims import MOST_INSTALMENTS
from membership.domain.corrections import CAUSE_NAMES, Cause, PaidMoney, Reason
from membership.domain.dues.year import months_later
from membership.domain.errors import N_
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, NotBlank, Required, SeenForm, choice
from membership.web.forms.payments import check_amount
from membership.web.language import words

PAID_NAMES: Final = {
    PaidMoney.CREDIT: N_("Keep as credit balance"),
    PaidMoney.SETTLE: N_("Settle other open invoices of the member with it, the rest is a credit balance"),
}
FOLLOW_NAMES: Final = {
    "none": N_("Cancel only"),
    "reissue": N_("Cancel and issue a new invoice by today's facts"),
    "replace": N_("One corrected invoice that takes the place of the old one"),
}
_CAUSES: Final = (Cause.WRONG_AMOUNT, Cause.WRONG_RECIPIENT, Cause.LEFT, Cause.LATE_SIZE, Cause.OTHER)


CHANGED: Final = N_("The invoice changed in the meantime. Please look at what happens now.")


def _paid_field() -> RadioField:
    return RadioField(
        N_("What has been paid"),
        choices=[choice(str(key), name) for key, name in PAID_NAMES.items()],
        default=str(PaidMoney.CREDIT),
    )


def check_words(form: Form, field: Field) -> None:
    """Ask for words where the reason is another one."""
    if form["cause"].data == Cause.OTHER and not str(field.data or "").strip():
        raise ValidationError(N_("Please say why."))


class ReasonForm(Form):
    """Why an invoice is corrected."""

    cause = SelectField(N_("Reason"), choices=[choice(str(cause), CAUSE_NAMES[cause]) for cause in _CAUSES])
    words = StringField(
        N_("In your own words"),
        [AtMost(200), check_words],
        description=N_("It stands in the audit log, not on the paper. Needed for another reason."),
    )

    @property
    def reason(self) -> Reason:
        """Return the reason; the form has been validated."""
        return Reason(Cause(self.cause.data), str(self.words.data or "").strip())


class _PaidForm(ReasonForm):
    """What becomes of money that was paid."""

    paid = _paid_field()


class CancelForm(_PaidForm):
    """Taking an invoice back, with or without one that follows; `seen` is what the page had shown."""

    follow = RadioField(
        N_("What follows"),
        choices=[choice(key, name) for key, name in FOLLOW_NAMES.items()],
        default="none",
    )
    seen = HiddenField()

    def offer_cancelling_only(self) -> None:
        """Offer nothing that follows, because nothing can."""
        self.follow.choices = [choice("none", words().text(FOLLOW_NAMES["none"]))]

    def ask_again(self, seen: str) -> None:
        """Say that the invoice changed, and show the form as it is asked now."""
        self.form_errors.append(words().text(CHANGED))
        self.seen.data = seen


class CorrectForm(_PaidForm):
    """Taking an amount off an invoice; `seen` names the effect that the page has read back."""

    amount = StringField(
        N_("Amount to take off"), [Required(N_("Please enter an amount.")), AtMost(20), check_amount]
    )
    seen = HiddenField()


class AdjustForm(Form):
    """Bringing an invoice to today's size; `seen` is the difference that the page had shown."""

    words = StringField(N_("In your own words"), [Optional(), AtMost(200)])
    paid = _paid_field()
    seen = HiddenField()


class DecisionForm(SeenForm):
    """Reason and resolution of a decision about a claim."""

    reason = StringField(
        N_("Reason"),
        [NotBlank(N_("Please say why.")), AtMost(200)],
        description=N_("It stands in the audit log."),
    )
    resolution = StringField(
        N_("Decided by"),
        [AtMost(200)],
        description=N_("Organ and date, for example “Board, 12 March 2027”."),
    )


class WriteOffForm(DecisionForm):
    """Giving up all that is open; whoever decided it is named."""

    resolution = StringField(
        N_("Decided by"),
        [NotBlank(N_("Please say who decided this.")), AtMost(200)],
        description=N_("Organ and date, for example “Board, 12 March 2027”. Giving up dues needs its power."),
    )


class WaiveForm(WriteOffForm):
    """Giving up a part."""

    amount = StringField(
        N_("Amount to waive"), [Required(N_("Please enter an amount.")), AtMost(20), check_amount]
    )


class NoteForm(Form):
    """A word in the history of an invoice."""

    note = StringField(N_("Note (invoice)"), [NotBlank(N_("Please write something.")), AtMost(500)])


class DeferForm(DecisionForm):
    """A later day."""

    until = DayField(N_("Due on"), [Required(N_("Please enter a date.")), AtMost(20)])


class PlanForm(DecisionForm):
    """Equal parts, one a month; `seen` names the plan that the page has read back."""

    parts = IntegerField(
        N_("Number of instalments"),
        [
            InputRequired(N_("Please enter a whole number in digits.")),
            NumberRange(2, MOST_INSTALMENTS, N_("A number from 2 to 36.")),
        ],
        default=3,
    )
    first_on = DayField(N_("First instalment on"), [Required(N_("Please enter a date.")), AtMost(20)])

    @property
    def days(self) -> list[date]:
        """Return the days of the plan, a month apart; the form has been validated."""
        first = self.first_on.day
        assert first is not None, self.first_on.data
        return [months_later(first, place) for place in range(self.parts.data or 0)]


class ReopenForm(SeenForm):
    """Why a claim that was given up is open again."""

    reason = StringField(N_("Reason"), [NotBlank(N_("Please say why.")), AtMost(200)])
