"""The form of the settings page that says what a second person must approve."""

from __future__ import annotations

from wtforms import BooleanField, StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from membership.domain.approvals import ACTION_WORDS, SHOWN_WORDS, Action
from membership.domain.errors import N_, InputError
from membership.domain.money import Money, decimal_text, parse_amount
from membership.web.forms.settings import SettingsForm
from membership.web.language import words


class CentsField(StringField):
    """An amount of money whose data are whole cents; None for what is no amount."""

    data: int | None  # type: ignore[assignment]  # its own data are a text

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            self.data = parse_amount(valuelist[0]) if valuelist and valuelist[0].strip() else None
        except InputError:
            self.data = None

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is not clearly one amount of 0 or more."""
        del form
        try:
            cents = parse_amount(str(self.raw_data[0]) if self.raw_data else "")
        except InputError as error:
            raise ValidationError(error) from error  # type: ignore[arg-type]  # `Form` words it
        if cents < 0:
            raise ValidationError(N_("Please enter an amount of 0.00 or more."))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else decimal_text(self.data).replace(".", ",")


class ApprovalsForm(SettingsForm):
    """What a second person must approve, and up to which amount nobody is asked."""

    keys = {
        name: f"approval.{name}"
        for name in (
            "bank", "collection", "refund", "payee", "claim", "claim_limit_cents", "schedule", "run", "correction",
            "correction_limit_cents",
        )
    }  # fmt: skip

    bank = BooleanField(ACTION_WORDS[Action.BANK])
    collection = BooleanField(ACTION_WORDS[Action.COLLECTION])
    refund = BooleanField(ACTION_WORDS[Action.REFUND])
    payee = BooleanField(ACTION_WORDS[Action.PAYEE])
    claim = BooleanField(ACTION_WORDS[Action.CLAIM])
    claim_limit_cents = CentsField(
        SHOWN_WORDS["approval.claim_limit_cents"],
        description=N_("What is given up of one invoice counts together."),
    )
    schedule = BooleanField(ACTION_WORDS[Action.SCHEDULE])
    run = BooleanField(ACTION_WORDS[Action.RUN])
    correction = BooleanField(ACTION_WORDS[Action.CORRECTION])
    correction_limit_cents = CentsField(SHOWN_WORDS["approval.correction_limit_cents"])

    def worded(self, name: str, text: str) -> str:
        """Return the text of a field as a person reads it, cents as an amount."""
        if isinstance(self[name], CentsField) and text.isdigit():
            return words().value(Money(int(text)))
        return super().worded(name, text)
