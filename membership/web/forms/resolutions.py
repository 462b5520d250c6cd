"""Forms of resolutions: shape of the input, no rules."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.domain.resolutions import ASSEMBLY, ORGAN_WORDS
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, NotBlank, Required, choice


class ResolutionFileForm(Form):
    """The PDF of a resolution whose organ and day are known."""

    file = FileField(
        N_("Resolution as PDF"), [Required(N_("Please choose a file."))],
        description=N_("The signed minutes or the part of them with this resolution, at most 5 MB."),
    )  # fmt: skip


class ResolutionForm(Form):
    """A resolution with its words and, where there is one, its PDF."""

    organ = RadioField(
        N_("Resolved by"),
        choices=[choice(code, name) for code, name in ORGAN_WORDS.items()],
        default=ASSEMBLY,
    )
    decided_on = DayField(N_("Day of the resolution"), [Required(N_("Please enter a date."))])
    item = StringField(N_("Item on the agenda"), [Optional(), AtMost(20)])
    text = TextAreaField(
        N_("Words of the resolution"), [NotBlank(N_("Please enter what was resolved.")), AtMost(500)]
    )
    file = FileField(N_("Resolution as PDF"), description=N_("At most 5 MB. It can follow later."))
