"""Forms of how a membership goes on and ends; `seen` names the effect that the page has read back."""

from __future__ import annotations

from typing import Final

from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.domain.member_fields import LINE
from membership.domain.member_words import CAUSE_WORDS
from membership.domain.members import EndCause
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, Required, choice

_DAY: Final = [Required(N_("Please enter a date.")), AtMost(20)]
_NOTE: Final = [Optional(), AtMost(LINE)]


class NoticeForm(Form):
    """When a notice was received, and the last day when it is not the first possible one."""

    received_on = DayField(
        N_("Notice received on"), _DAY, description=N_("The day it reached the association, not its date.")
    )
    end = DayField(
        N_("Last day of the membership"),
        [Optional(), AtMost(20)],
        description=N_("Empty means the first possible one: three months to the end of a year."),
    )
    note = StringField(N_("Note"), _NOTE)
    seen = HiddenField()


class EndForm(Form):
    """The end of a membership for another cause."""

    cause = RadioField(
        N_("Why it ends"),
        [Required(N_("Please choose why it ends."))],
        choices=[
            choice(str(cause), text) for cause, text in CAUSE_WORDS.items() if cause is not EndCause.NOTICE
        ],
    )
    on = DayField(N_("Last day of the membership"), _DAY)
    note = StringField(N_("Note"), _NOTE, description=N_("For example the day of the resolution."))
    seen = HiddenField()


class SuspendForm(Form):
    """Since when the rights of a member rest, and why."""

    since = DayField(N_("Suspended since"), _DAY)
    note = StringField(N_("Reason"), [Required(N_("Please say why.")), AtMost(LINE)])


class AcceptForm(Form):
    """The first day of a new member."""

    start = DayField(N_("First day of the membership"), _DAY)
    decided_on = DayField(N_("Admission decided on"), [Optional(), AtMost(20)])
    seen = HiddenField()
