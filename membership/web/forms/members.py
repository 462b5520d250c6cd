"""Forms of the member pages: the file of an import."""

from __future__ import annotations

from flask_wtf.file import FileField

from membership.domain.errors import N_
from membership.web.forms.form import Form


class ImportForm(Form):
    """A member list as the office keeps it."""

    file = FileField(
        N_("Member list"), description=N_("Excel (XLSX) or CSV, at most 16 MB. Headings are recognised.")
    )
