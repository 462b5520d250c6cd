"""The base of all forms: labels, hints and errors are message ids and are worded in the language of the page.

A form says what shape the input has; rules stand in `domain/`. A view catches a `DomainError` that belongs to a field
and hangs it there: `form.refuse(error, "iban")`.
"""

from __future__ import annotations

from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # its types are older than it
from wtforms.validators import InputRequired, Length, StopValidation

from membership.domain.errors import N_, DomainError
from membership.domain.phrases import Phrase
from membership.web.language import words


def choice(value: str, label: str) -> Any:  # noqa: ANN401 - the types of WTForms do not know its SelectChoice yet
    """Return one option of a select or radio field; the label is a message id or a name."""
    return SelectChoice(value, label)


_OWN_WORDS: Final = {
    "Not a valid integer value.": N_("Please enter a whole number in digits."),
    "Not a valid date value.": N_("Please enter a date."),
    "Not a valid choice.": N_("Please choose one of the options."),
}
"""What WTForms says when a value cannot be read -> what we say."""


class _Messages:
    """WTForms' own messages, in our words."""

    def gettext(self, message: str) -> str:
        return words().text(_OWN_WORDS.get(message, message))

    def ngettext(self, one: str, many: str, n: int) -> str:
        return words().text(one if n == 1 else many)


class Form(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A form of the product."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # flask-wtf has no types
        """Messages come from the catalogue, not from flask-babel."""

        def get_translations(self, _form: object) -> _Messages:
            """Return the catalogue."""
            return _Messages()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - what WTForms takes
        super().__init__(*args, **kwargs)
        for field in self:
            field.label.text = words().text(field.label.text)
            field.description = words().text(field.description) if field.description else ""
            if isinstance(field, SelectField | SelectMultipleField) and field.choices:
                known: Any = field.choices
                field.choices = [choice(each.value, words().text(each.label)) for each in known]

    def validate(self, *args: Any, **kwargs: Any) -> bool:  # noqa: ANN401 - what WTForms takes
        """Return whether all fields hold; errors are worded."""
        is_valid = bool(super().validate(*args, **kwargs))
        for field in self:
            field.errors = [_worded(error) for error in field.errors]
        return is_valid

    def refuse(self, error: DomainError, name: str | None = None) -> None:
        """Hang the sentence of a refusal at a field, or above the form."""
        sentence = words().error(error)
        if name is None:
            self.form_errors.append(sentence)
        else:
            field: Field = self[name]
            field.errors = [*field.errors, sentence]


class SeenForm(Form):
    """A form that carries what its page showed, so that a change in the meantime is noticed (`web/outdated.py`)."""

    seen = HiddenField()


class Required(InputRequired):
    """A field that must be filled in; the message says what is wanted."""

    def __init__(self, message: str = N_("Please fill this in.")) -> None:
        super().__init__(message)


class NotBlank(Required):
    """A field that must hold more than blanks."""

    def __call__(self, form: Any, field: Any) -> None:  # noqa: ANN401 - what WTForms gives
        """Stop when nothing, or nothing but blanks, was typed."""
        super().__call__(form, field)
        if isinstance(field.data, str) and not field.data.strip():
            field.errors[:] = []
            raise StopValidation(self.message or "")


class AtMost(Length):
    """A text of at most so many characters."""

    def __init__(self, longest: int) -> None:
        super().__init__(max=longest, message=N_("This text is too long."))


def _worded(error: object) -> str:
    if isinstance(error, DomainError):
        return words().error(error)
    if isinstance(error, Phrase):
        return words().value(error)
    return words().text(str(error))
