"""Forms of an application for membership: what a company fills in, and what the office decides.

Source: `domain.md` MEM-1, MEM-2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import Optional

from membership.domain.applications import PAYMENT_WISHES
from membership.domain.errors import N_
from membership.domain.member_fields import BEFORE_INVOICE, INVOICE_ADDRESS, LINE, NOTE
from membership.domain.users import LONGEST_NAME
from membership.web.forms.company import BELOW_COMPANY, COUNTRY_OF_COMPANY, LABELS, REGISTER_EXAMPLE
from membership.web.forms.form import AtMost, Form, choice
from membership.web.forms.membership import AcceptForm, DecisionForm

SIZE: Final = "size-"
"""Begins the names of the fields of sizes: `size-headcount`, `size-fte-over_30h`."""
MANDATE_AT_ONCE: Final = N_(
    "With it you give the mandate right here; you read its text on the next page. It counts when you are admitted."
)
EMPTY_HOLDER: Final = N_("Empty means the company.")
AGREE: Final = "agree-"
"""Begins the names of the boxes by which an applicant agrees."""
_LINE: Final = [Optional(), AtMost(LINE)]
_NOTE: Final = [Optional(), AtMost(NOTE)]
_SIZE: Final = [Optional(), AtMost(20)]


class CompanyDetails(Form):
    """What a company says about itself; the sizes that its dues rest on are added by `application_form`."""

    name = StringField(N_("Company"), _LINE, description=N_("As it stands in the register."))
    legal_form = StringField(N_("Legal form"), _LINE)
    register_entry = StringField(
        N_("Register entry"),
        _LINE,
        description=REGISTER_EXAMPLE,
    )
    vat_id = StringField(N_("VAT ID"), _LINE, description=N_("Or the tax number: one of both is needed."))
    tax_number = StringField(N_("Tax number"), _LINE)
    street = StringField(N_("Street and number"), _LINE)
    address_extra = StringField(N_("Address line"), _LINE)
    postcode = StringField(N_("Postcode"), _LINE)
    city = StringField(N_("City"), _LINE)
    country = StringField(N_("Country"), _LINE, description=N_("DE, or a country such as Österreich."))
    group_name = StringField(
        N_("Company group"), _LINE, description=N_("If a company of your group is a member already, name it.")
    )
    category = RadioField(N_("Kind of membership"), validators=[Optional()])
    invoice_email = EmailField(
        N_("E-mail for invoices"), _LINE, description=N_("Empty means the address of the person who signs.")
    )
    invoice_name = StringField(LABELS["invoice_name"], _LINE, description=BELOW_COMPANY)
    invoice_extra = StringField(LABELS["invoice_extra"], _LINE)
    invoice_street = StringField(LABELS["invoice_street"], _LINE)
    invoice_postcode = StringField(LABELS["invoice_postcode"], _LINE)
    invoice_city = StringField(LABELS["invoice_city"], _LINE)
    invoice_country = StringField(LABELS["invoice_country"], _LINE, description=COUNTRY_OF_COMPANY)
    order_number = StringField(
        N_("Order number"), _LINE, description=N_("If your accounts department wants one on each invoice.")
    )
    asks_number = BooleanField(N_("Please ask us for a new order number before each invoice"))
    leitweg_id = StringField(N_("Leitweg-ID"), _LINE, description=N_("Only for public authorities."))
    payment = RadioField(
        N_("How you want to pay"),
        choices=[choice(code, name) for code, name in PAYMENT_WISHES.items()],
        default="transfer",
    )
    iban = StringField(LABELS["iban"], [Optional(), AtMost(42)], description=MANDATE_AT_ONCE)
    iban_holder = StringField(LABELS["iban_holder"], [Optional(), AtMost(70)], description=EMPTY_HOLDER)
    signatory_name = StringField(N_("First and last name"), [Optional(), AtMost(LONGEST_NAME)])
    signatory_function = StringField(N_("Function in the company"), _LINE)
    email = EmailField(
        N_("E-mail"), _LINE, description=N_("We send a link there; by it you confirm the application.")
    )
    phone = TelField(N_("Phone"), _LINE)
    message = TextAreaField(N_("Message to the association"), _NOTE)

    def company(self, language: str) -> dict[str, str]:
        """Return what was typed, as the service takes it."""
        found = {name: str(self[name].data or "") for name in _TYPED}
        return {
            **found,
            "order_wish": BEFORE_INVOICE if self.asks_number.data else "none",
            "language": language,
        }


_TYPED: Final = (
    "name", "legal_form", "register_entry", "vat_id", "tax_number", "street", "address_extra", "postcode", "city",
    "country", "group_name", "invoice_email", *INVOICE_ADDRESS, "order_number", "leitweg_id", "payment",
    "iban", "iban_holder", "signatory_name", "signatory_function", "email", "phone", "message",
)  # fmt: skip


def application_form(sizes: Mapping[str, str], terms: Mapping[str, str]) -> type[CompanyDetails]:
    """Return the form with a field for each size and a box for each thing to agree to: name -> label."""
    fields: dict[str, Any] = {f"{SIZE}{name}": StringField(label, _SIZE) for name, label in sizes.items()}
    fields |= {f"{AGREE}{kind}": BooleanField(text) for kind, text in terms.items()}
    return type("ApplicationForm", (CompanyDetails,), fields)


class AdmitForm(AcceptForm):
    """The decision to admit, and what is done with it at once."""

    category = SelectField(N_("Category"))
    into = RadioField(N_("Which company it is"), validators=[Optional()])
    tells = BooleanField(N_("Write to the applicant"))
    invites = BooleanField(N_("Invite who signed to the member area"))


class RejectForm(DecisionForm):
    """The decision to turn down."""

    tells = BooleanField(N_("Write to the applicant"))
