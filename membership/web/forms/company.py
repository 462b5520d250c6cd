"""Forms of a member's own data: changing them, and taking a new member in.

Source: MEM-1, INV-27.
"""

from __future__ import annotations

from typing import Final

from wtforms import (
    BooleanField,
    EmailField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.domain.member_fields import FORMAT_WORDS, LINE, NOTE, ORDER_WORDS, PAYMENT_WORDS, WAY_WORDS
from membership.domain.members import STATE_WORDS, MemberState
from membership.web.forms.days import DayField
from membership.web.forms.form import AtMost, Required, choice
from membership.web.forms.opened import OpenedForm

LABELS: Final = {
    "name": N_("Company"),
    "legal_form": N_("Legal form"),
    "founded_on": N_("Founded on"),
    "register_entry": N_("Register entry"),
    "tax_number": N_("Tax number"),
    "vat_id": N_("VAT ID"),
    "address_extra": N_("Address line"),
    "street": N_("Street and number"),
    "postcode": N_("Postcode"),
    "city": N_("City"),
    "country": N_("Country"),
    "invoice_email": N_("E-mail for invoices"),
    "invoice_name": N_("Invoice address: name"),
    "invoice_extra": N_("Invoice address: address line"),
    "invoice_street": N_("Invoice address: street"),
    "invoice_postcode": N_("Invoice address: postcode"),
    "invoice_city": N_("Invoice address: city"),
    "invoice_country": N_("Invoice address: country"),
    "phone": N_("Phone"),
    "order_number": N_("Order number"),
    "cost_centre": N_("Cost centre"),
    "order_wish": N_("Order number before the invoice"),
    "invoice_way": N_("How invoices are sent"),
    "leitweg_id": N_("Leitweg-ID"),
    "invoice_format": N_("Form of the e-invoice"),
    "language": N_("Language of invoices"),
    "payment_method": N_("Payment method"),
    "iban": N_("IBAN"),
    "iban_holder": N_("Account holder"),
    "attributes": N_("Tags"),
    "note": N_("Internal note"),
}
"""Field of a member -> its label, in the order of the form."""

BELOW_COMPANY: Final = N_("It stands below the name of the company, which stays the first line.")
COUNTRY_OF_COMPANY: Final = N_("Empty means the country of the company.")
REGISTER_EXAMPLE: Final = N_("Court and number, such as Amtsgericht Bremen, HRB 12345.")
_LINE: Final = [Optional(), AtMost(LINE)]


class CompanyForm(OpenedForm):
    """All that can be changed about a company; of a known IBAN only its end is shown."""

    labels = LABELS

    name = StringField(LABELS["name"], [Required(N_("Please enter the name of the company.")), AtMost(LINE)])
    legal_form = StringField(
        LABELS["legal_form"], _LINE, description=N_("Leave it empty and it is read from the name.")
    )
    founded_on = DayField(
        LABELS["founded_on"],
        [Optional(), AtMost(20)],
        description=N_("It counts for discounts of start-ups."),
    )
    register_entry = StringField(LABELS["register_entry"], _LINE, description=REGISTER_EXAMPLE)
    tax_number = StringField(LABELS["tax_number"], _LINE)
    vat_id = StringField(LABELS["vat_id"], _LINE)
    address_extra = StringField(
        LABELS["address_extra"], _LINE, description=N_("For example a department: it stands below the name.")
    )
    street = StringField(LABELS["street"], _LINE)
    postcode = StringField(LABELS["postcode"], _LINE)
    city = StringField(LABELS["city"], _LINE)
    country = StringField(LABELS["country"], _LINE, description=N_("DE, or a country such as Österreich."))
    invoice_email = EmailField(
        LABELS["invoice_email"], _LINE, description=N_("Invoices go there; a contact can have another one.")
    )
    invoice_name = StringField(LABELS["invoice_name"], _LINE, description=BELOW_COMPANY)
    invoice_extra = StringField(LABELS["invoice_extra"], _LINE)
    invoice_street = StringField(LABELS["invoice_street"], _LINE)
    invoice_postcode = StringField(LABELS["invoice_postcode"], _LINE)
    invoice_city = StringField(LABELS["invoice_city"], _LINE)
    invoice_country = StringField(LABELS["invoice_country"], _LINE, description=COUNTRY_OF_COMPANY)
    phone = TelField(LABELS["phone"], _LINE)
    order_number = StringField(LABELS["order_number"], _LINE, description=N_("It stands on every invoice."))
    cost_centre = StringField(
        LABELS["cost_centre"],
        _LINE,
        description=N_(
            "It stands on every invoice; the member's software finds it as the buyer's reference."
        ),
    )
    order_wish = RadioField(
        LABELS["order_wish"],
        choices=[choice(code, name) for code, name in ORDER_WORDS.items()],
        default="none",
        description=N_("Who asks waits in the billing run until the number for the dues year is entered."),
    )
    invoice_way = RadioField(
        LABELS["invoice_way"],
        choices=[choice(code, name) for code, name in WAY_WORDS.items()],
        default="mail",
        description=N_("Paper goes by post, even if mail addresses are known."),
    )
    leitweg_id = StringField(
        LABELS["leitweg_id"],
        _LINE,
        description=N_("Only for public authorities; they always get an XRechnung too."),
    )
    invoice_format = RadioField(
        LABELS["invoice_format"],
        choices=[choice(code, name) for code, name in FORMAT_WORDS.items()],
        default="zugferd",
    )
    language = RadioField(
        LABELS["language"], choices=[choice("de", N_("German")), choice("en", N_("English"))], default="de"
    )
    payment_method = RadioField(
        LABELS["payment_method"],
        choices=[choice(code, name) for code, name in PAYMENT_WORDS.items()],
        default="transfer",
    )
    iban = StringField(LABELS["iban"], _LINE)
    forget_iban = BooleanField(N_("Forget the known IBAN"))
    iban_holder = StringField(
        LABELS["iban_holder"], _LINE, description=N_("Only if it is not the company itself.")
    )
    attributes = StringField(
        LABELS["attributes"],
        [Optional(), AtMost(1000)],
        description=N_("Words for discounts and lists, separated by commas."),
    )
    note = TextAreaField(
        LABELS["note"], [Optional(), AtMost(NOTE)], description=N_("Only the office and the board see it.")
    )

    def changes(self) -> dict[str, object]:
        """Return what was changed since the form was opened, as the service takes it."""
        typed = self.typed()
        found = {name: self._value(name, typed[name]) for name in self.changed_names() if name != "iban"}
        if typed["iban"] or self.forget_iban.data:
            found["iban"] = typed["iban"]
        return found

    def given(self) -> dict[str, object]:
        """Return everything that was filled in, for a new member."""
        return {name: self._value(name, text) for name, text in self.typed().items() if text}

    def _value(self, name: str, text: str) -> object:
        return self.founded_on.day if name == "founded_on" else text


class NewMemberForm(CompanyForm):
    """A company and its membership: number, category, beginning, and the size its dues rest on."""

    number = StringField(N_("Member number"), [Optional(), AtMost(40)])
    state = RadioField(
        N_("Status"),
        choices=[
            choice(str(state), STATE_WORDS[state])
            for state in (MemberState.ACTIVE, MemberState.APPLIED, MemberState.PROSPECT)
        ],
        default=str(MemberState.ACTIVE),
    )
    start = DayField(
        N_("Member since"),
        [Optional(), AtMost(20)],
        description=N_("The first day of the membership. Empty means since the beginning."),
    )
    decided_on = DayField(N_("Admission decided on"), [Optional(), AtMost(20)])
    category = SelectField(N_("Category"))
    size = StringField(N_("Number of employees"), [Optional(), AtMost(20)])
    size_on = DayField(N_("Reference day of this number"), [Optional(), AtMost(20)])
