"""Forms of the fee schedule pages; what a schedule must be like says `domain/dues/schedule`."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import DateField, IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional, Regexp

from membership.domain.dues.drafts import Details
from membership.domain.dues.editing.numbers import parse_day_of_year
from membership.domain.errors import N_, DomainError
from membership.web.forms.form import AtMost, Form, Required, choice

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_MOST_DAYS = 366
_DAYS = N_("A number of days from 0 to 366.")


def _year_field() -> IntegerField:
    return IntegerField(
        N_("First dues year"),
        [
            InputRequired(N_("Please enter a year.")),
            NumberRange(_FIRST_YEAR, _LAST_YEAR, N_("A year from 2000 to 2100.")),
        ],
    )


def _code_field() -> StringField:
    return StringField(
        N_("Short name"),
        [
            Required(N_("Please enter a short name.")),
            AtMost(40),
            Regexp(
                r"^[A-Za-z0-9ÄÖÜäöüß._-]+$",
                message=N_("A short name has letters, digits, dots and hyphens only."),
            ),
        ],
        description=N_("Every version has its own, like BO-2027."),
    )


class DetailsForm(Form):
    """What the association says about its own order: name, year, resolution, due date."""

    name = StringField(
        N_("Name"),
        [Required(N_("Please enter a name.")), AtMost(140)],
        description=N_("It stands on the invoice, like “Beitragsordnung 2027”."),
    )
    year = _year_field()
    organ = RadioField(
        N_("Resolved by"), choices=[choice("MV", N_("members' assembly")), choice("board", N_("board"))]
    )
    resolved_on = DateField(
        N_("Day of the resolution"),
        [Optional()],
        description=N_(
            "Leave it empty while nothing is resolved. It is needed to put the schedule into force."
        ),
    )
    item = StringField(N_("Item of the agenda"), [Optional(), AtMost(40)])
    due_rule = RadioField(
        N_("When are dues due?"),
        choices=[
            choice("fixed_day", N_("On a fixed day of the year")),
            choice("days_after_invoice", N_("Some days after the date of the invoice")),
        ],
    )
    due_day = StringField(
        N_("Day of the year"), [Optional(), AtMost(12)], description=N_("Like 31.01., with a fixed day only.")
    )
    due_days = IntegerField(
        N_("Days after the invoice"),
        [InputRequired(_DAYS), NumberRange(0, _MOST_DAYS, _DAYS)],
        description=N_("With a fixed day they count for new members and later invoices."),
    )

    def show(self, details: Details) -> None:
        """Fill the fields with what is there."""
        self.name.data, self.year.data = details.name, details.year
        self.organ.data, self.resolved_on.data = details.organ, details.resolved_on
        self.item.data, self.due_days.data = details.item, details.due_days
        day = details.due_day
        self.due_rule.data = "days_after_invoice" if day is None else "fixed_day"
        self.due_day.data = "" if day is None else f"{day.day:02d}.{day.month:02d}."

    def details(self, code: str) -> Details | None:
        """Return what was entered for a version; None when the day cannot be read, as its field then says."""
        day = None
        if self.due_rule.data == "fixed_day":
            try:
                day = parse_day_of_year(self.due_day.data or "")
            except DomainError as error:
                self.refuse(error, "due_day")
                return None
        return Details(
            code=code,
            name=str(self.name.data).strip(),
            year=int(self.year.data or 0),
            organ=str(self.organ.data),
            resolved_on=self.resolved_on.data,
            item=(self.item.data or "").strip(),
            due_day=day,
            due_days=int(self.due_days.data or 0),
        )


class NewDraftForm(DetailsForm):
    """The details of a new draft, with a short name of its own."""

    code = _code_field()

    def show(self, details: Details) -> None:
        """Fill the fields with what is there."""
        super().show(details)
        self.code.data = details.code


class UploadForm(Form):
    """A fee schedule as a file in the stored form."""

    file = FileField(
        N_("File"), description=N_("A fee schedule that this program gave out (JSON), at most 1 MB.")
    )


class RaiseForm(Form):
    """By how much the amounts of a version are raised, and how each is rounded."""

    percent = StringField(
        N_("Rise in percent"),
        [Required(N_("Please enter a percentage.")), AtMost(12)],
        description=N_("Like 3 or 2.5."),
    )
    step = RadioField(
        N_("Round each amount to"),
        choices=[
            choice("0.01", N_("1 cent")), choice("1", N_("1 euro")), choice("5", N_("5 euros")),
            choice("10", N_("10 euros")), choice("50", N_("50 euros")),
        ],
        default="1",
    )  # fmt: skip
    direction = RadioField(
        N_("In which direction?"),
        choices=[
            choice("nearest", N_("To the nearest")), choice("up", N_("Always up")), choice("down", N_("Always down")),
        ],
        default="nearest",
    )  # fmt: skip
    code = _code_field()
    year = _year_field()
