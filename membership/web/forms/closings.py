"""The form of a step that needs a reason: reopening a year, giving a request back."""

from __future__ import annotations

from wtforms import TextAreaField

from membership.domain.errors import N_
from membership.web.forms.form import AtMost, Form, NotBlank


class ReasonForm(Form):
    """Why a year is reopened, or a request returned."""

    reason = TextAreaField(
        N_("Reason"), [NotBlank(N_("Please say why. The reason stands in the log for ever.")), AtMost(200)]
    )
