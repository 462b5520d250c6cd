"""Forms of payments: recording one, using what is free of one, taking one back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from wtforms import Field, HiddenField, SelectField, StringField
from wtforms.validators import Optional, ValidationError

from membership.domain.errors import N_, InputError
from membership.domain.money import parse_amount
from membership.domain.payments import BY_HAND, METHOD_WORDS, Owed, ReceivedInFuture
from membership.domain.reports.tables import typed_day
from membership.web.forms.form import AtMost, Form, Required, choice
from membership.web.frame import today

_OLDEST: Final = date(2000, 1, 1)


def cents_of(field: Field) -> int:
    """Return the cents that were typed; a field that was left empty is 0. The form has been validated."""
    return parse_amount(str(field.data)) if field.data else 0


def day_of(field: Field) -> date:
    """Return the day that was typed."""
    return typed_day(str(field.data), today=today())


def check_amount(_form: object, field: Field) -> None:
    """Refuse what is not clearly one amount."""
    try:
        parse_amount(str(field.data))
    except InputError as error:
        raise ValidationError(error) from error  # type: ignore[arg-type]  # `Form` words it


def check_received_on(_form: object, field: Field) -> None:
    """Refuse what is not a day, a day that has not come, and a year that is surely mistyped."""
    try:
        day = day_of(field)
    except InputError as error:
        raise ValidationError(error) from error  # type: ignore[arg-type]  # `Form` words it
    if day > today():
        raise ValidationError(ReceivedInFuture(day=day))  # type: ignore[arg-type]  # `Form` words it
    if day < _OLDEST:
        raise ValidationError(N_("This day lies before the year 2000. Please check the year."))


class PaymentForm(Form):
    """What was received, when and how; `seen` names the effect that the page has read back."""

    received_on = StringField(
        N_("Received on"), [Required(N_("Please enter a date.")), AtMost(20), check_received_on]
    )
    amount = StringField(
        N_("Amount received"),
        [Required(N_("Please enter an amount.")), AtMost(20), check_amount],
        description=N_("Less leaves the rest open, more becomes a credit balance."),
    )
    method = SelectField(N_("How it came"), choices=[choice(str(key), METHOD_WORDS[key]) for key in BY_HAND])
    note = StringField(N_("Note"), [Optional(), AtMost(200)])
    seen = HiddenField()


def payment_form(owed: Sequence[Owed]) -> type[PaymentForm]:
    """Return the form with one more field for each open item, for a payment that is split by hand."""
    checks = [Optional(), AtMost(20), check_amount]
    return type(
        "SplitPaymentForm",
        (PaymentForm,),
        {share_name(item): StringField(item.reference, checks) for item in owed},
    )


def share_name(item: Owed) -> str:
    """Return the name of the field of an open item."""
    return f"share_{item.id}"


class ShareForm(Form):
    """A part of what is free of a payment for one document."""

    document = SelectField(N_("Invoice"), [Required(N_("Please choose an invoice."))])
    amount = StringField(N_("Amount"), [Required(N_("Please enter an amount.")), AtMost(20), check_amount])


_NO_REASON: Final = N_("Please say why, for example “wrong member”.")


def check_reason(_form: object, field: Field) -> None:
    """Refuse blanks."""
    if not str(field.data).strip():
        raise ValidationError(_NO_REASON)


class ReversalForm(Form):
    """Why a payment is taken back."""

    reason = StringField(
        N_("Reason"),
        [Required(_NO_REASON), AtMost(200), check_reason],
        description=N_("It stands in the audit log and in the books."),
    )
