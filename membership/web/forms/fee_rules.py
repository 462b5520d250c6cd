"""Forms of the fee schedule editor: the base of all of them, and the rule of a category.

Their fields are the texts of `membership.domain.dues.editing`; what is typed is read there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from wtforms import BooleanField, Field, FieldList, FormField, HiddenField, SelectField, StringField
from wtforms import Form as PlainForm

from membership.domain.dues.editing.discounts import CONDITIONS, MOST_LINES
from membership.domain.dues.editing.rows import MOST_ROWS
from membership.domain.errors import N_, DomainError
from membership.web.forms.form import Form, choice
from membership.web.language import words

METHODS: Final = {
    "FREE": N_("Free of dues"),
    "FIXED": N_("Fixed amount"),
    "BANDS_FLAT": N_("Table: one amount a row"),
    "BANDS_MARGINAL": N_("Base amount and a rate per unit"),
    "LOWER_OF": N_("The lower of several amounts"),
    "HIGHER_OF": N_("The higher of several amounts"),
    "SUM_OF": N_("The sum of several amounts"),
    "FACTOR_OF": N_("Share of another category"),
    "AGREED": N_("Agreed with each member"),
}
NOT_DECIDED: Final = ("open", N_("Not decided yet"))
JOINS: Final = {
    "none": N_("Not decided: those who join during the year are refused"),
    "FULL": N_("The whole year"),
    "HALF": N_("Half after a cut-off day"),
    "QUARTER": N_("By quarters, the one of joining included"),
    "QUARTER_NEXT": N_("By quarters, from the following one"),
    "MONTH_INCL": N_("By months, the one of joining included"),
    "MONTH_NEXT": N_("By months, from the following one"),
    "MONTH_FULL": N_("By full months"),
    "DAY": N_("By days"),
}
TABLE_OF_SHARES: Final = ("TABLE", N_("By a table of its own, as it stands in the file"))
DIRECTIONS: Final = (
    choice("nearest", N_("To the nearest")), choice("up", N_("Always up")), choice("down", N_("Always down")),
)  # fmt: skip
STEPS: Final = (
    choice("0.01", N_("1 cent")), choice("0.05", N_("5 cents")), choice("0.10", N_("10 cents")),
    choice("0.50", N_("50 cents")), choice("1", N_("1 euro")), choice("5", N_("5 euros")), choice("10", N_("10 euros")),
    choice("50", N_("50 euros")), choice("100", N_("100 euros")),
)  # fmt: skip
LIKE_SCHEDULE: Final = choice("", N_("As the schedule says"))


class Line(PlainForm):
    """One line of a list inside a form; its words are drawn by the page."""


class RowLine(Line):
    """One row of a table."""

    start = StringField()
    amount = StringField()
    rate = StringField()
    per = StringField()
    label = StringField()
    was = HiddenField()


class ConditionLine(Line):
    """What depends on up to two conditions; `kept`: it has words without a field, `gone`: it is to be taken out."""

    when_1 = StringField()
    value_1 = StringField()
    when_2 = StringField()
    value_2 = StringField()
    was = HiddenField()
    kept = HiddenField()
    gone = BooleanField()


class DiscountLine(ConditionLine):
    """A discount."""

    code = StringField()
    value = StringField()
    unit = StringField()
    exclusive = BooleanField()


class FactorLine(ConditionLine):
    """A factor on a condition."""

    factor = StringField()


class EditorForm(Form):
    """A form whose fields are texts that the domain reads."""

    def refuse_all(self, errors: Mapping[str, DomainError]) -> None:
        """Hang each sentence at its field, those without one above the form."""
        for name, error in errors.items():
            self.refuse_at(name, words().error(error))

    def refuse_at(self, name: str | None, sentence: str) -> None:
        """Hang a sentence at a field, also at one of a line in a list, else above the form."""
        field = next((field for field in self._leaves(self) if field.name == name), None)
        if field is None:
            self.form_errors.append(sentence)
            return
        field.errors = [*field.errors, sentence]
        outer = self[str(name).partition("-")[0]]
        if outer is not field:
            outer.errors = [*outer.errors, sentence]

    def _leaves(self, form: Any) -> Iterator[Field]:  # noqa: ANN401 - forms of two kinds
        for field in form:
            if isinstance(field, FieldList):
                for entry in field:
                    yield from self._leaves(entry.form)
            else:
                yield field


def listed(line: type[Line], most: int) -> FieldList[Any]:
    """Return a list of lines in a form."""
    return FieldList(FormField(line), max_entries=most)


def offer(field: SelectField, value: str, label: str) -> None:
    """Offer one more option; its label is a message id."""
    known: Any = field.choices
    field.choices = [*known, choice(value, words().text(label))]


def leave_out(field: SelectField, values: Collection[str]) -> None:
    """Offer these options no longer."""
    known: Any = field.choices
    field.choices = [each for each in known if each.value not in values]


class NewCategoryForm(EditorForm):
    """A category that gets a rule."""

    code = SelectField(N_("Category without a rule"))


class RuleForm(EditorForm):
    """The rule of a category or of a part of it."""

    method = SelectField(
        N_("How are the dues worked out?"), choices=[choice(*each) for each in METHODS.items()]
    )
    open = StringField(N_("What is not decided?"))
    amount = StringField(N_("Amount a year"))
    basis = SelectField(N_("Measured by"), validate_choice=False)
    base = StringField(N_("Base amount"))
    allowance = StringField(
        N_("Free of it"), description=N_("So many units are taken off before the row is looked up.")
    )
    started_units = BooleanField(N_("Started units count in full"))
    rows = listed(RowLine, MOST_ROWS)
    pasted = StringField(N_("Paste a table"))
    category = SelectField(N_("Other category"), validate_choice=False)
    factor = StringField(N_("Factor"), description=N_("1 is the whole dues, 0.5 or 1/2 is half of them."))
    factors = listed(FactorLine, MOST_LINES)
    minimum = StringField(N_("Minimum"))
    minimum_category = SelectField(N_("Minimum as in the category"), validate_choice=False)
    cap = StringField(N_("Maximum"))
    discounts = listed(DiscountLine, MOST_LINES)
    admission_fee = StringField(N_("Admission fee, once"), description=N_("Never for part of a year."))
    admission_percent = StringField(N_("Admission fee in percent of the annual dues"))
    admission_months = StringField(N_("Waived on return within so many months"))
    tax = SelectField(
        N_("Value added tax"),
        choices=[
            choice("O", N_("Not taxable")), choice("S", N_("Taxable")), choice("E", N_("Exempt")),
            choice("SPLIT", N_("A part of the dues is taxable")),
        ],
    )  # fmt: skip
    tax_rate = StringField(N_("Rate of tax"))
    tax_amounts = SelectField(
        N_("The amounts are"),
        choices=[choice("net", N_("without the tax")), choice("gross", N_("with the tax"))],
    )
    tax_reason = StringField(N_("Reason of the exemption"), description=N_("It stands on the invoice."))
    tax_percent = StringField(N_("Taxable part"))
    sites_percent = StringField(
        N_("Further sites pay"), description=N_("So much of their own dues; the largest site pays in full.")
    )
    max_rise = StringField(
        N_("Rise limit"), description=N_("By how many rows a member may rise in a year. Empty: no limit.")
    )
    rounding_step = SelectField(N_("Rounding"), choices=[LIKE_SCHEDULE, *STEPS])
    rounding_direction = SelectField(N_("In which direction?"), choices=list(DIRECTIONS))
    join = SelectField(
        N_("Joining during the year"), choices=[LIKE_SCHEDULE, *(choice(*each) for each in JOINS.items())]
    )
    cutoff = StringField(
        N_("Last day that pays in full"), description=N_("With half years only, like 30.06.")
    )


CONDITION_WORDS: Final = {"": N_("for all"), **{key: label for key, (label, _read) in CONDITIONS.items()}}
"""Condition of a discount -> its words in the list to choose from."""
