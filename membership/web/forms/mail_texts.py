"""The form of a text of a mail; what a text must be like says `domain/mail_texts.py`."""

from __future__ import annotations

from wtforms import StringField, TextAreaField

from membership.domain.errors import N_
from membership.web.forms.form import AtMost, NotBlank
from membership.web.forms.opened import OpenedForm


class TextForm(OpenedForm):
    """Subject and text of a mail."""

    labels = {"subject": N_("Subject"), "body": N_("Text")}
    subject = StringField(labels["subject"], [NotBlank(N_("Please enter a subject.")), AtMost(200)])
    body = TextAreaField(
        labels["body"], [NotBlank(N_("Please enter a text.")), AtMost(5000)], render_kw={"rows": 18}
    )
