"""Forms of a member that declares: one question, the contact, the file, and the last look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wtforms import FileField, RadioField, StringField, TextAreaField
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.domain.member_fields import LINE
from membership.web.forms.form import AtMost, Form

CLASS: Final = "class_"
"""Begins the names of the fields for heads of one class."""
_CHECKS: Final = [Optional(), AtMost(20)]


class NumberForm(Form):
    """One number."""

    answer = StringField(N_("Number"), _CHECKS)


class BandForm(Form):
    """One dues class instead of an amount."""

    answer = RadioField(N_("Which class"), validators=[Optional()])


def classes_form(classes: Mapping[str, str]) -> type[Form]:
    """Return the form with a field for each class, code -> name."""
    fields = {f"{CLASS}{code}": StringField(name, _CHECKS) for code, name in classes.items()}
    return type("ClassesForm", (Form,), fields)


class ContactForm(Form):
    """Who answers for the company."""

    name = StringField(N_("Name"), [Optional(), AtMost(LINE)])
    email = StringField(N_("E-mail"), [Optional(), AtMost(254)])


class EvidenceForm(Form):
    """A file that proves the number."""

    file = FileField(N_("File"), description=N_("A PDF, or a picture as PNG or JPEG, of at most 5 MB."))


class SubmitForm(Form):
    """The last look: a remark, and who confirms it where nobody is known."""

    comment = TextAreaField(N_("Remark"), [Optional(), AtMost(1000)])
