"""Forms of the import of a member list: the file, how it is read, what its columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from flask_wtf.file import FileField
from wtforms import RadioField, SelectField
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.domain.member_lists import LABELS, ColumnMapping, Field, ListColumn
from membership.domain.tables import Table
from membership.web.forms.days import DayField
from membership.web.forms.form import Form, choice
from membership.web.language import _

LEFT_OUT: Final = "-"
"""The choice of a column that is not imported."""


class ImportForm(Form):
    """A member list as the office keeps it."""

    file = FileField(
        N_("Member list"),
        description=N_("Excel (XLSX) or CSV, at most 16 MB. Choose the file, or drag it onto this field."),
    )


class ReadingForm(Form):
    """How a file is read: the parts that this kind of file does not have are taken out by `reading_form`."""

    sheet = SelectField(N_("Sheet"))
    separator = SelectField(
        N_("Separator"),
        choices=[
            choice(";", N_("Semicolon ;")),
            choice(",", N_("Comma ,")),
            choice("\t", N_("Tab")),
            choice("|", N_("Vertical bar |")),
        ],
    )
    encoding = SelectField(
        N_("Encoding"),
        choices=[
            choice("utf-8", N_("Unicode (UTF-8)")),
            choice("cp1252", N_("Windows (Windows-1252)")),
            choice("utf-16-le", N_("Unicode text of Excel (UTF-16)")),
            choice("utf-16-be", N_("Unicode, other byte order (UTF-16 BE)")),
            choice("mac_roman", N_("Macintosh (Mac Roman)")),
            choice("cp850", N_("DOS (Codepage 850)")),
        ],
        description=N_("Change this when letters such as ä, ö and ü look wrong."),
    )
    head_row = SelectField(
        N_("Row with the headings"),
        description=N_("Everything below this row is read as members."),
    )


def reading_form(table: Table, heads: Sequence[tuple[str, str]], *, head_row: int) -> ReadingForm:
    """Return the form with the fields that apply to a file, set to how it is read at present."""
    present = {"sheet": table.sheet, "separator": table.separator, "encoding": table.encoding}
    form = ReadingForm(data={**present, "head_row": str(head_row)})
    form.head_row.choices = [choice(value, label) for value, label in heads]
    form.sheet.choices = [choice(name, name) for name in dict.fromkeys((*table.sheets, table.sheet))]
    if len(table.sheets) <= 1:
        del form.sheet
    if not table.encoding:
        del form.separator, form.encoding
    return form


class ColumnsForm(Form):
    """What happens with known members and with those without a category; `columns_form` adds the columns."""

    known = RadioField(
        N_("Members who are in the books already"),
        choices=[choice("update", N_("Bring up to date")), choice("skip", N_("Leave as they are"))],
        description=N_("They are recognised by the member number, else by name and postcode."),
    )
    category = SelectField(
        N_("Category of members for whom the list names none"),
        [Optional()],
        description=N_("The fee schedule works out the dues by category."),
    )
    sizes_on = DayField(
        N_("Day of which the sizes are"),
        [Optional()],
        description=N_(
            "The fee schedule asks for the size on a reference day, often 30.06. of the year before."
        ),
    )


def columns_form(
    mapping: ColumnMapping,
    *,
    categories: Mapping[str, str],
    known: str,
    category: str | None,
    sizes_on: date | None,
) -> ColumnsForm:
    """Return the form with one select a column, set to what the column means at present.

    `sizes_on` None: the list has no size without a year, and the form does not ask for the day.
    """
    fields = [choice(LEFT_OUT, N_("Do not import"))]
    fields += [choice(one.value, LABELS[one].message) for one in Field]
    selects = {column_field(column.index): SelectField(choices=fields) for column in mapping.columns}
    present = {column_field(column.index): _word(column) for column in mapping.columns}
    made: type[ColumnsForm] = type("ColumnsOfListForm", (ColumnsForm,), dict(selects))
    form = made(data={**present, "known": known, "category": category or "", "sizes_on": sizes_on})
    if sizes_on is None:
        del form.sizes_on
    form.category.choices = [
        choice("", _("Decide later")),
        *(choice(code, name) for code, name in categories.items()),
    ]
    return form


def _word(column: ListColumn) -> str:
    return column.field.value if column.field is not None and column.is_used else LEFT_OUT


def column_field(index: int) -> str:
    """Return the name of the select of a column."""
    return f"column_{index}"


def chosen_fields(form: ColumnsForm, mapping: ColumnMapping) -> dict[int, Field | None]:
    """Return column from 0 -> field as it was chosen. The form has been validated."""
    found = {column.index: str(form[column_field(column.index)].data) for column in mapping.columns}
    return {index: None if word == LEFT_OUT else Field(word) for index, word in found.items()}
