"""Forms of what is kept beside a member: a note, and a file with its title."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField

from membership.domain.errors import N_
from membership.domain.member_fields import LINE
from membership.web.forms.form import AtMost, Form, NotBlank, Required


class NoteForm(Form):
    """A note about a member."""

    text = TextAreaField(
        N_("New note"), [NotBlank(N_("Please write something.")), AtMost(2000)],
        description=N_("Only the staff reads it. Author and day stand beside it."),
    )  # fmt: skip


class MemberFileForm(Form):
    """A file about a member."""

    title = StringField(
        N_("What is it?"), [NotBlank(N_("Please say what the file is.")), AtMost(LINE)],
        description=N_("For example: form of application."),
    )  # fmt: skip
    file = FileField(
        N_("File"), [Required(N_("Please choose a file."))],
        description=N_("PDF, PNG or JPEG, at most 5 MB. It is kept encrypted."),
    )  # fmt: skip
