"""Forms of what the dues of a member rest on: size, category, group, agreed amount, decision in the individual case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from membership.domain.errors import N_
from membership.domain.member_fields import LINE
from membership.domain.member_words import ORIGIN_WORDS
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, Required, SeenForm, choice
from membership.web.forms.payments import check_amount

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_YEAR: Final = NumberRange(_FIRST_YEAR, _LAST_YEAR, N_("A year from 2000 to 2100."))
_DAY: Final = [Required(N_("Please enter a date.")), AtMost(20)]
CLASS: Final = "class_"
"""Begins the names of the fields for heads of one class."""


class SizeForm(Form):
    """A value with its reference day and where it comes from."""

    basis = SelectField(N_("Which size"))
    value = StringField(N_("Value"), [Optional(), AtMost(20)])
    as_of = DayField(
        N_("Reference day"), _DAY, description=N_("A value of the same day is replaced; others stay.")
    )
    origin = RadioField(
        N_("Where it comes from"),
        choices=[choice(str(origin), text) for origin, text in ORIGIN_WORDS.items()],
        default="declared",
    )
    note = StringField(N_("Note"), [Optional(), AtMost(LINE)])


def size_form(classes: Mapping[str, str]) -> type[SizeForm]:
    """Return the form with one more field for each class (code -> name) whose heads are counted apart."""
    checks = [Optional(), AtMost(20)]
    fields = {f"{CLASS}{code}": StringField(name, checks) for code, name in classes.items()}
    return type("SizeForm", (SizeForm,), fields)


class CategoryForm(SeenForm):
    """A category from a day on."""

    category = SelectField(N_("Category"))
    valid_from = DayField(
        N_("Valid from"),
        _DAY,
        description=N_("For the dues of a year the category on its last day counts."),
    )


class GroupForm(SeenForm):
    """A group of companies from a day on: a known one, a new one, or none."""

    group = SelectField(N_("Group of companies"))
    new_group = StringField(
        N_("Or a new group"),
        [Optional(), AtMost(LINE)],
        description=N_("This company then leads it."),
    )
    valid_from = DayField(
        N_("Valid from"),
        _DAY,
        description=N_("For the dues of a year the group on its first day counts."),
    )


class _YearsForm(Form):
    """For which dues years something holds, and why."""

    from_year = IntegerField(N_("First dues year"), [InputRequired(N_("Please enter a year.")), _YEAR])
    to_year = IntegerField(
        N_("Last dues year"), [Optional(), _YEAR], description=N_("Empty means until further notice.")
    )
    reason = StringField(
        N_("Reason"),
        [Required(N_("Please say why, for example with the day of the resolution.")), AtMost(LINE)],
        description=N_("It stands in the calculation and in the history."),
    )

    def first_year(self) -> int:
        """Return the first dues year that was typed; the form has been validated."""
        assert self.from_year.data is not None
        return self.from_year.data


class AgreedForm(_YearsForm):
    """An amount a year that was agreed with the member."""

    amount = StringField(
        N_("Amount a year"), [Required(N_("Please enter an amount.")), AtMost(20), check_amount]
    )


class DecisionForm(_YearsForm):
    """A decision in the individual case."""

    kind = RadioField(
        N_("What was decided"),
        choices=[
            choice("percent", N_("A share of the dues in percent")),
            choice("amount", N_("A fixed amount a year")),
            choice("waive", N_("No dues at all")),
        ],
        default="percent",
    )
    value = StringField(N_("Percent or amount"), [Optional(), AtMost(20)])
    organ = StringField(
        N_("Who decided"), [Optional(), AtMost(LINE)], description=N_("For example the board.")
    )
    decided_on = DayField(N_("Decided on"), [Optional(), AtMost(20)])


class LastYearForm(Form):
    """The last dues year in which something holds."""

    last_year = IntegerField(
        N_("Last dues year"),
        [InputRequired(N_("Please enter a year.")), _YEAR],
        description=N_("A year before the first one removes the entry: it then never counted."),
    )


class OrderNumberForm(SeenForm):
    """The order number for the invoice of a dues year."""

    year = IntegerField(N_("Dues year"), [InputRequired(N_("Please enter a year.")), _YEAR])
    order_number = StringField(
        N_("Order number"),
        [Optional(), AtMost(LINE)],
        description=N_("It stands on the invoice of this dues year. Empty takes it back."),
    )
