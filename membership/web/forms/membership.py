"""Forms of how a membership begins, goes on and ends; `seen` names the effect that the page has read back."""

from __future__ import annotations

from typing import Final

from wtforms import BooleanField, HiddenField, RadioField, StringField
from wtforms.validators import Optional, ValidationError

from membership.domain.errors import N_
from membership.domain.member_fields import LINE
from membership.domain.member_words import CAUSE_WORDS, SUCCESSION_WORDS
from membership.domain.members import EndCause
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, Required, SeenForm, choice
from membership.web.frame import today

_DAY: Final = [Required(N_("Please enter a date.")), AtMost(20)]
_NOTE: Final = [Optional(), AtMost(LINE)]


class NoticeForm(Form):
    """When a notice was received, and the last day when it is not the first possible one."""

    received_on = DayField(
        N_("Notice received on"), _DAY, description=N_("The day it reached the association, not its date.")
    )
    end = DayField(N_("Last day of the membership"), [Optional(), AtMost(20)])
    note = StringField(N_("Note"), _NOTE)
    seen = HiddenField()


class EndForm(Form):
    """The end of a membership for another cause, and the member that follows it."""

    cause = RadioField(
        N_("Why it ends"),
        [Required(N_("Please choose why it ends."))],
        choices=[
            choice(str(cause), text) for cause, text in CAUSE_WORDS.items() if cause is not EndCause.NOTICE
        ],
    )
    on = DayField(N_("Last day of the membership"), _DAY)
    successor = StringField(
        N_("Member number of the successor"),
        [Optional(), AtMost(40)],
        description=N_(
            "Only when another member follows this one. Open items and mandate do not move to it."
        ),
    )
    succession = RadioField(
        N_("How it follows"),
        choices=[choice(str(kind), text) for kind, text in SUCCESSION_WORDS.items()],
        default="merger",
    )
    note = StringField(N_("Note"), _NOTE, description=N_("For example the day of the resolution."))
    seen = HiddenField()


class HoldForm(Form):
    """Since when a state holds that dates cannot say, and why."""

    since = DayField(N_("Since"), _DAY)
    note = StringField(N_("Reason"), [Required(N_("Please say why.")), AtMost(LINE)])


class DecisionForm(Form):
    """What was decided about an application, by whom, and where that is written down (MEM-2)."""

    decided_on = DayField(N_("Decided on"), [Optional(), AtMost(20)])
    organ = StringField(
        N_("Who decided"), _NOTE, description=N_("The board, unless the statutes say otherwise.")
    )
    minutes = StringField(
        N_("Minutes"), _NOTE, description=N_("Where it is written down, and the vote: minutes 3/2027, 5 : 0.")
    )


class AcceptForm(DecisionForm):
    """The first day of a new member, and the decision."""

    start = DayField(
        N_("First day of the membership"),
        _DAY,
        description=N_("As the decision says; without a word in it, the day of the decision."),
    )
    bills = BooleanField(N_("Write and send the first invoice"))
    seen = HiddenField()


class InsolvencyForm(SeenForm):
    """Proceedings over the assets of a member (MEM-11)."""

    opened_on = DayField(N_("Opened on"), _DAY)
    court = StringField(N_("Insolvency court"), _NOTE)
    file_number = StringField(N_("File number"), _NOTE)
    administrator = StringField(N_("Administrator"), _NOTE)
    note = StringField(N_("Note"), _NOTE)


class CloseForm(Form):
    """When proceedings were closed."""

    closed_on = DayField(N_("Closed on"), _DAY)


class RangeForm(Form):
    """The days of a running account; it stands in the address and changes nothing."""

    class Meta(Form.Meta):
        """An address that only shows something needs no protection."""

        csrf = False

    since = DayField(N_("From"), [Optional(), AtMost(20)], description=N_("Empty means from the beginning."))
    until = DayField(N_("Until"), [Optional(), AtMost(20)], description=N_("Empty means up to today."))

    def validate_until(self, field: DayField) -> None:
        """Refuse a range that ends before it begins, or in the future."""
        if field.day and field.day > today():
            raise ValidationError(N_("This day is still to come. Enter today or an earlier day."))
        if field.day and self.since.day and field.day < self.since.day:
            raise ValidationError(N_("The range ends before it begins. Enter a later day."))
