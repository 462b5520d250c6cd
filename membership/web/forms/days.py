"""A field for a day as people type it: 16.02.2027, 16.2.27, 160227, heute. Source: `ux.md` 4 "Formats"."""

from __future__ import annotations

from datetime import date
from typing import Final

from wtforms import StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from membership.domain.errors import N_, InputError
from membership.domain.reports.tables import typed_day
from membership.web.frame import today
from membership.web.language import day_to_type

_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2999
_YEAR_WRONG: Final = N_("The year of this day is surely mistyped. Please check it.")


class DayField(StringField):
    """A typed day; `day` is what was read, None for an empty field. Takes a `date` as its first value."""

    day: date | None = None

    def process_data(self, value: object) -> None:
        """Show a day as it can be typed."""
        self.day = value if isinstance(value, date) else None
        self.data = day_to_type(value) if isinstance(value, date) else str(value or "")

    def pre_validate(self, _form: BaseForm) -> None:
        """Read the day; refuse what is none, and years that cannot be meant."""
        text = (self.data or "").strip()
        if not text:
            self.day = None
            return
        try:
            self.day = typed_day(text, today=today())
        except InputError as error:
            raise ValidationError(error) from error  # type: ignore[arg-type]  # `Form` words it
        if not _FIRST_YEAR <= self.day.year <= _LAST_YEAR:
            raise ValidationError(_YEAR_WRONG)
