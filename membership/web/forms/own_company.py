"""Forms by which a company changes its own data, asks for an erasure, and gives notice of leaving."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from wtforms import BooleanField, EmailField, HiddenField, RadioField, StringField, TelField, TextAreaField
from wtforms.validators import Optional

from membership.domain.companies import SECTION_FIELDS, Section
from membership.domain.errors import N_
from membership.domain.member_fields import LINE, PAYMENT_WORDS
from membership.web.forms.company import COUNTRY_OF_COMPANY, LABELS, REGISTER_EXAMPLE
from membership.web.forms.form import AtMost, Form, NotBlank, Required, choice
from membership.web.forms.opened import OpenedForm
from membership.web.language import _

_LINE: Final = [Optional(), AtMost(LINE)]


class OwnDataForm(OpenedForm):
    """A section of a company's data."""

    def changes(self) -> dict[str, object]:
        """Return what was changed since the form was opened."""
        return {name: self[name].data or "" for name in self.changed_names()}


class DetailsForm(OwnDataForm):
    """The company itself; a new name waits for approval."""

    labels = {name: LABELS[name] for name in SECTION_FIELDS[Section.COMPANY]}
    name = StringField(
        LABELS["name"],
        [NotBlank(N_("Please enter the name of the company.")), AtMost(LINE)],
        description=N_("As in the register. The association approves a new name before it counts."),
    )
    register_entry = StringField(LABELS["register_entry"], _LINE, description=REGISTER_EXAMPLE)
    tax_number = StringField(LABELS["tax_number"], _LINE)
    vat_id = StringField(LABELS["vat_id"], _LINE)
    phone = TelField(LABELS["phone"], _LINE)


class AddressForm(OwnDataForm):
    """Where invoices go, and in which language."""

    labels = {name: LABELS[name] for name in SECTION_FIELDS[Section.ADDRESS]}
    address_extra = StringField(
        LABELS["address_extra"], _LINE, description=N_("For example a department: it stands below the name.")
    )
    street = StringField(LABELS["street"], [NotBlank(N_("Please enter street and number.")), AtMost(LINE)])
    postcode = StringField(LABELS["postcode"], [NotBlank(N_("Please enter the postcode.")), AtMost(LINE)])
    city = StringField(LABELS["city"], [NotBlank(N_("Please enter the city.")), AtMost(LINE)])
    country = StringField(LABELS["country"], _LINE, description=N_("DE, or a country such as Österreich."))
    invoice_name = StringField(
        LABELS["invoice_name"],
        _LINE,
        description=N_("Only for another address: it stands below the name of your company."),
    )
    invoice_extra = StringField(LABELS["invoice_extra"], _LINE)
    invoice_street = StringField(LABELS["invoice_street"], _LINE)
    invoice_postcode = StringField(LABELS["invoice_postcode"], _LINE)
    invoice_city = StringField(LABELS["invoice_city"], _LINE)
    invoice_country = StringField(LABELS["invoice_country"], _LINE, description=COUNTRY_OF_COMPANY)
    invoice_email = EmailField(
        LABELS["invoice_email"], _LINE, description=N_("Invoices go there; a contact can have another one.")
    )
    cost_centre = StringField(LABELS["cost_centre"], _LINE)
    language = RadioField(
        LABELS["language"], choices=[choice("de", N_("German")), choice("en", N_("English"))], default="de"
    )


class PaymentForm(OwnDataForm):
    """How a company pays; the choices are those that are offered now."""

    labels = {name: LABELS[name] for name in SECTION_FIELDS[Section.PAYMENT]}
    payment_method = RadioField(
        LABELS["payment_method"],
        [Required(N_("Please choose one of the options."))],
        description=N_(
            "It decides what stands first with your next invoice. Each invoice can be paid in any of the ways."
        ),
    )

    def changes(self) -> dict[str, Any]:
        """Return what was chosen, also where the office had kept the same way before."""
        return self.typed()

    def offer(self, ways: Collection[str]) -> None:
        """Let only these ways be chosen."""
        self.payment_method.choices = [
            choice(way, _(name)) for way, name in PAYMENT_WORDS.items() if way in ways
        ]


FORMS: Final[dict[Section, type[OwnDataForm]]] = {
    Section.COMPANY: DetailsForm,
    Section.ADDRESS: AddressForm,
    Section.PAYMENT: PaymentForm,
}


class LeaveForm(Form):
    """The notice itself, with the last day that the page has named (`seen`)."""

    seen = HiddenField()
    agrees = BooleanField(
        N_("I give notice for the company."),
        [Required(N_("Please tick that you give notice; without that nothing happens."))],
    )


class ErasureForm(Form):
    """What is to be erased."""

    text = TextAreaField(
        N_("What is to be erased"),
        [NotBlank(N_("Please write what is to be erased.")), AtMost(LINE)],
        description=N_("For example the data of a person who has left."),
    )


class AnswerForm(Form):
    """What a company reads about its request."""

    answer = StringField(N_("Answer to the company"), _LINE)
