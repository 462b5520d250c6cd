"""The form of a special levy: what was resolved, and what each member pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wtforms import IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from membership.domain.errors import N_
from membership.domain.member_fields import LINE
from membership.domain.money import decimal_text
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, Required, choice
from membership.web.forms.payments import cents_of, check_amount

AMOUNT, PERCENT, CATEGORIES = "amount", "percent", "by_category"
_BY_CATEGORY: Final = "category_"


class LevyForm(Form):
    """What was resolved; a field for each category comes with `levy_form`."""

    title = StringField(N_("Title of the levy"), [Required(N_("Please enter a title.")), AtMost(LINE)])
    code = StringField(
        N_("Code of the levy"),
        [Required(N_("Please enter a code.")), AtMost(20)],
        description=N_("A short word for lists and commands, such as DACH-2027."),
    )
    year = IntegerField(
        N_("Dues year"),
        [InputRequired(N_("Please enter a year.")), NumberRange(2000, 2100, N_("A year from 2000 to 2100."))],
    )
    due_on = DayField(N_("Due on"), [Required(N_("Please enter a date."))])
    organ = StringField(
        N_("Resolved by"),
        [Required(N_("Please enter who resolved it.")), AtMost(LINE)],
        description=N_("The statutes must allow a levy and name its upper limit."),
    )
    resolved_on = DayField(N_("Day of the resolution"), [Required(N_("Please enter a date."))])
    way = RadioField(
        N_("What does each member pay?"),
        choices=[
            choice(AMOUNT, N_("The same amount")),
            choice(PERCENT, N_("A part of its annual dues")),
            choice(CATEGORIES, N_("An amount by its category")),
        ],
        default=AMOUNT,
    )
    amount = StringField(N_("Amount a member"), [Optional(), check_amount])
    percent = StringField(N_("Percent of the annual dues"), [Optional(), AtMost(12)])

    def validate_percent(self, field: StringField) -> None:
        """Refuse what is no plain number; the rule says how large it may be."""
        text = str(field.data).strip().replace(",", ".")
        if text and not text.replace(".", "", 1).isdecimal():
            raise ValidationError(N_("Please enter a number such as 7,5."))

    def category_fields(self) -> list[Any]:
        """Return the fields of the categories."""
        return [field for field in self if field.name.startswith(_BY_CATEGORY)]

    def document(self) -> dict[str, Any]:
        """Return what was typed as the document of a levy (`interfaces.md` "levy put")."""
        document: dict[str, Any] = {
            "code": str(self.code.data).strip(),
            "title": self.title.data,
            "year": self.year.data,
            "due": self.due_on.day.isoformat() if self.due_on.day else None,
            "resolution": {
                "organ": self.organ.data,
                "date": self.resolved_on.day.isoformat() if self.resolved_on.day else None,
            },
        }
        if self.way.data == AMOUNT:
            document[AMOUNT] = decimal_text(cents_of(self.amount))
        elif self.way.data == PERCENT:
            document[PERCENT] = str(self.percent.data or "0").strip().replace(",", ".")
        else:
            document[CATEGORIES] = {
                field.render_kw["data-code"]: decimal_text(cents_of(field))
                for field in self.category_fields()
                if field.data
            }
        return document


FIELDS: Final = {
    "/amount": "amount", "/percent": "percent", "/code": "code", "/title": "title", "/year": "year", "/due": "due_on",
    "/resolution/date": "resolved_on", "/resolution/organ": "organ", "/by_category": "way",
}  # fmt: skip
"""Place in the document -> the field where its sentence stands."""


def levy_form(categories: Mapping[str, str]) -> type[LevyForm]:
    """Return the form with a field for each category: code -> name."""
    fields = {
        f"{_BY_CATEGORY}{place}": StringField(name, [Optional(), check_amount], render_kw={"data-code": code})
        for place, (code, name) in enumerate(sorted(categories.items()))
    }
    return type("LevyFormOfCategories", (LevyForm,), fields)
