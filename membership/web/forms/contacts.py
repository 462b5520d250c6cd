"""The form of a person of a member, with the functions of MEM-14."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wtforms import EmailField, SelectMultipleField, StringField, TelField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from membership.domain.errors import N_
from membership.domain.member_fields import FUNCTION_WORDS, LINE
from membership.web.forms.form import AtMost, choice
from membership.web.forms.opened import OpenedForm

LABELS: Final = {
    "name": N_("Name"),
    "salutation": N_("Salutation"),
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "functions": N_("Functions"),
}
"""Field of a contact -> its label, in the order of the form."""

_LINE: Final = [Optional(), AtMost(LINE)]


class ContactForm(OpenedForm):
    """A person; a name or a mail address is enough."""

    labels = LABELS
    name = StringField(LABELS["name"], _LINE)
    salutation = StringField(LABELS["salutation"], _LINE, description=N_("For example Frau or Herr."))
    email = EmailField(LABELS["email"], _LINE)
    phone = TelField(LABELS["phone"], _LINE)
    functions = SelectMultipleField(
        LABELS["functions"],
        choices=[choice(str(function), text) for function, text in FUNCTION_WORDS.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def given(self) -> dict[str, object]:
        """Return the whole person as the service takes it."""
        return {name: self[name].data for name in LABELS}

    def changes(self) -> dict[str, object]:
        """Return what was changed since the form was opened."""
        return {name: self[name].data for name in self.changed_names()}

    def opened_fields(self) -> Mapping[str, object]:
        """Return what the person was when the form was opened, as it is kept."""
        known = self.opened_values()
        functions = [word for word in known.get("functions", "").split(", ") if word]
        return {name: functions if name == "functions" else known.get(name, "") for name in LABELS}
