"""Forms of mandates and collections: shape of the input, no rules."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import RadioField, StringField
from wtforms.validators import Optional

from membership.domain.direct_debits.mandates import RECURRENCE_WORDS, SCHEME_WORDS
from membership.domain.errors import N_
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Form, NotBlank, Required, SeenForm, choice

_LINE = [Optional(), AtMost(70)]


class MandateForm(Form):
    """A new mandate; what is left empty comes from the member."""

    member = StringField(N_("Member number"), [NotBlank(N_("Please enter the member number.")), AtMost(30)])
    iban = StringField(
        N_("IBAN"),
        [Optional(), AtMost(42)],
        description=N_("Empty: the account that is known of the member."),
    )
    holder = StringField(N_("Account holder"), _LINE, description=N_("Empty: the member."))
    bic = StringField(
        N_("BIC"), [Optional(), AtMost(11)], description=N_("Only for an account outside the EEA.")
    )
    scheme = RadioField(
        N_("Kind of direct debit"), choices=[choice(str(key), name) for key, name in SCHEME_WORDS.items()]
    )
    recurrence = RadioField(
        N_("The mandate is given"), choices=[choice(str(key), name) for key, name in RECURRENCE_WORDS.items()]
    )
    signed_on = DayField(
        N_("Signed on"),
        description=N_("Empty: the form is still to be signed; it can be printed afterwards."),
    )
    place = StringField(N_("Place of the signature"), _LINE)
    signatory = StringField(N_("Signed by"), _LINE)


class AmendForm(SeenForm):
    """Another account, holder or reference of a mandate; what is left empty stays."""

    iban = StringField(
        N_("New IBAN"), [Optional(), AtMost(42)], description=N_("Empty: the account stays the same.")
    )
    holder = StringField(N_("Account holder"), [NotBlank(N_("Please enter the account holder.")), AtMost(70)])
    bic = StringField(
        N_("BIC"), [Optional(), AtMost(11)], description=N_("Only for an account outside the EEA.")
    )
    reference = StringField(
        N_("New mandate reference"),
        [Optional(), AtMost(35)],
        description=N_("Empty: the reference stays the same."),
    )


class ReasonForm(Form):
    """Why a mandate is blocked or free again."""

    reason = StringField(N_("Reason"), [NotBlank(N_("Please enter the reason.")), AtMost(200)])


class SignatureForm(Form):
    """A mandate that came back signed."""

    signed_on = DayField(N_("Signed on"), [Required(N_("Please enter the day of the signature."))])
    place = StringField(N_("Place of the signature"), _LINE)
    signatory = StringField(N_("Signed by"), _LINE)


class DocumentForm(Form):
    """The signed form as a file."""

    file = FileField(
        N_("Signed mandate"), [Required(N_("Please choose a file."))],
        description=N_("PDF, PNG or JPEG, at most 5 MB. It is kept encrypted."),
    )  # fmt: skip


class DayForm(Form):
    """The due day of a collection."""

    day = DayField(N_("Day of the direct debit"), [Required(N_("Please enter the day."))])
