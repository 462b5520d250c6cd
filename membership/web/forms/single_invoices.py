"""Forms of a single invoice: for what and which year, then its words and lines."""

from __future__ import annotations

from typing import Final

from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from membership.domain.dues.assessment import LineKind
from membership.domain.errors import N_
from membership.domain.money import parse_amount
from membership.domain.single_invoices import KIND_NAMES, MOST_LINES, VAT_NAMES, DraftKind, FreeLine, Vat
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, choice
from membership.web.forms.payments import check_amount

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
SPARE_LINES: Final = 3
"""So many empty lines stand below those that are written."""


def _year_field() -> IntegerField:
    return IntegerField(
        N_("Dues year"),
        [
            InputRequired(N_("Please enter a year.")),
            NumberRange(_FIRST_YEAR, _LAST_YEAR, N_("A year from 2000 to 2100.")),
        ],
    )


class StartSingleForm(Form):
    """What a single invoice is for."""

    kind = RadioField(
        N_("What is billed"),
        choices=[
            choice(str(DraftKind.DUES), N_("The dues of a year")),
            choice(str(DraftKind.ITEMS), N_("Something else")),
        ],
        default=str(DraftKind.DUES),
    )
    year = _year_field()


class DraftForm(Form):
    """The words of a draft; `version` names the state that was opened."""

    version = HiddenField()
    year = _year_field()
    due_on = DayField(N_("Due on"), description=N_("Empty means the usual day."))
    text = TextAreaField(
        N_("Text on the invoice"),
        [Optional(), AtMost(1000)],
        description=N_("It stands above the lines. Empty means the usual sentence."),
    )


class ItemsForm(DraftForm):
    """A draft with lines of its own: `rows` fields of each kind, numbered from 0."""

    title = StringField(
        N_("Heading"), [Optional(), AtMost(100)], description=N_("For example: Exhibition stand in May")
    )
    rows = 0

    def lines(self) -> list[FreeLine]:
        """Return the lines that hold anything; the form has been validated."""
        found = []
        for row in range(self.rows):
            text, amount = (self[f"{name}_{row}"].data or "" for name in ("text", "amount"))
            if text.strip() or amount.strip():
                found.append(
                    FreeLine(
                        text.strip(),
                        parse_amount(amount) if amount.strip() else 0,
                        LineKind(self[f"kind_{row}"].data),
                        Vat(self[f"vat_{row}"].data),
                    )
                )
        return found


def items_form(rows: int) -> type[ItemsForm]:
    """Return the form with so many lines."""
    fields: dict[str, object] = {"rows": min(rows, MOST_LINES)}
    for row in range(min(rows, MOST_LINES)):
        fields[f"text_{row}"] = StringField(N_("What is billed"), [Optional(), AtMost(200)])
        fields[f"amount_{row}"] = StringField(N_("Amount before VAT"), [Optional(), AtMost(20), check_amount])
        fields[f"kind_{row}"] = SelectField(
            N_("Kind"), choices=[choice(str(kind), name) for kind, name in KIND_NAMES.items()]
        )
        fields[f"vat_{row}"] = SelectField(
            N_("VAT"), choices=[choice(str(vat), name) for vat, name in VAT_NAMES.items()]
        )
    return type("RowsForm", (ItemsForm,), fields)
