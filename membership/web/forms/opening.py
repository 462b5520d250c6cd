"""The form of a list of open amounts."""

from __future__ import annotations

from wtforms import FileField

from membership.domain.errors import N_
from membership.web.forms.form import Form


class OpeningForm(Form):
    """A list of what members still owed."""

    file = FileField(
        N_("List of open amounts"),
        description=N_(
            "XLSX or CSV with the columns member number, invoice number, date and amount; if you have them, due on and"
            " dues year."
        ),
    )
