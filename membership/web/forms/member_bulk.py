"""Forms of a change for more than one member; `seen` names the effect that the page has read back."""

from __future__ import annotations

from wtforms import HiddenField, SelectField, StringField

from membership.domain.errors import N_
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, Required, SeenForm


class BulkCategoryForm(Form):
    """A category from a day on."""

    category = SelectField(N_("Category"))
    valid_from = DayField(N_("Valid from"), [Required(N_("Please enter a date.")), AtMost(20)])
    seen = HiddenField()


class BulkTagForm(Form):
    """One tag."""

    tag = StringField(
        N_("Tag"),
        [Required(N_("Please enter a tag.")), AtMost(40)],
        description=N_("A word for lists; a fee schedule may give a discount for it."),
    )
    seen = HiddenField()


class MergeForm(SeenForm):
    """The number of the record that goes into another one."""

    other = StringField(
        N_("Member number of the duplicate"),
        [Required(N_("Please enter the number of the duplicate.")), AtMost(40)],
        description=N_("This record goes; the one of this page stays."),
    )
