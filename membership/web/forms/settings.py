"""Forms of the settings pages; what a value must be like says `domain/settings.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    EmailField,
    IntegerField,
    PasswordField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields.core import UnboundField
from wtforms.validators import InputRequired, NumberRange, Optional

from membership.domain.errors import N_
from membership.domain.member_words import NOTICE_TO_WORDS
from membership.web.forms.account import LANGUAGE_CHOICES
from membership.web.forms.form import AtMost, NotBlank, Required, choice
from membership.web.forms.opened import OpenedForm
from membership.web.language import _

HOLDER_LENGTH: Final = 70
"""What a transfer and its QR code take of a name (EPC069-12)."""

_OPTIONAL = (Optional(), AtMost(140))
_NUMBER = InputRequired(N_("Please enter a whole number."))


class SettingsForm(OpenedForm):
    """A page of settings that knows what it was opened with: two people may have it open at once.

    `keys` names the setting that each field holds; a file holds none.
    """

    keys: ClassVar[Mapping[str, str]]

    def __init_subclass__(cls) -> None:
        """Take the labels from the fields; a file is no setting, and a password is never shown again."""
        super().__init_subclass__()
        cls.labels = {
            name: field.args[0]
            for name, field in vars(cls).items()
            if isinstance(field, UnboundField) and field.field_class not in {FileField, PasswordField}
        }

    def worded(self, name: str, text: str) -> str:
        """Return the text of a field as a person reads it: yes or no, and the words of a choice."""
        field = self[name]
        if isinstance(field, BooleanField):
            return _("Yes") if text else _("No")
        if isinstance(field, RadioField):
            return next((str(each[1]) for each in field.iter_choices() if str(each[0]) == text), text)
        return text


class AssociationForm(SettingsForm):
    """Name, address and legal data of the association."""

    keys = {
        name: f"association.{name}"
        for name in (
            "name", "legal_form", "claim", "street", "postcode", "city", "country", "phone", "email", "web",
            "register_court", "register_number", "tax_number", "vat_id", "board_members",
        )
    }  # fmt: skip

    name = StringField(N_("Name of the association"), [NotBlank(N_("Please enter the name.")), AtMost(140)])
    legal_form = StringField(N_("Legal form"), _OPTIONAL)
    claim = StringField(
        N_("Line below the name"), _OPTIONAL, description=N_("It stands in the letterhead of the invoices.")
    )
    street = StringField(N_("Street and number"), [NotBlank(N_("Please enter the street.")), AtMost(140)])
    postcode = StringField(N_("Postcode"), [NotBlank(N_("Please enter the postcode.")), AtMost(10)])
    city = StringField(N_("City"), [NotBlank(N_("Please enter the city.")), AtMost(140)])
    country = StringField(
        N_("Country"),
        [NotBlank(N_("Please enter the country.")), AtMost(40)],
        description=N_("A name or two letters: Deutschland, DE."),
    )
    phone = StringField(N_("Telephone"), _OPTIONAL)
    email = EmailField(N_("Mail address"), _OPTIONAL)
    web = StringField(N_("Web address"), _OPTIONAL)
    register_court = StringField(N_("Register court"), _OPTIONAL)
    register_number = StringField(
        N_("Register number"),
        _OPTIONAL,
        description=N_("Such as VR 1234. An e-invoice without VAT must name it."),
    )
    tax_number = StringField(N_("Tax number"), _OPTIONAL)
    vat_id = StringField(N_("VAT ID"), _OPTIONAL)
    board_members = StringField(
        N_("Board"),
        _OPTIONAL,
        description=N_("Names of those who represent the association, separated by commas."),
    )


class LookForm(SettingsForm):
    """Logo and colour."""

    keys = {"brand_colour": "association.brand_colour"}

    logo = FileField(N_("Logo"), description=N_("PNG or JPEG, at most 2 MB."))
    brand_colour = StringField(
        N_("Colour"),
        [Required(N_("Please enter a colour.")), AtMost(7)],
        description=N_("As # and six digits, like #0B5A6F. White text must be readable on it."),
    )


class BankForm(SettingsForm):
    """The account that dues are paid to."""

    keys = {"holder": "bank.holder", "iban": "bank.iban", "bic": "bank.bic", "bank_name": "bank.name"}

    holder = StringField(
        N_("Account holder"), [NotBlank(N_("Please enter the account holder.")), AtMost(HOLDER_LENGTH)]
    )
    iban = StringField(N_("IBAN"), [Required(N_("Please enter the IBAN.")), AtMost(42)])
    bic = StringField(
        N_("BIC"),
        _OPTIONAL,
        description=N_("Leave it empty: it is filled in from the IBAN of a German bank."),
    )
    bank_name = StringField(N_("Name of the bank"), _OPTIONAL)


class DirectDebitForm(SettingsForm):
    """What a direct debit needs of the association."""

    keys = {"creditor_id": "bank.creditor_id", "scheme": "sepa.scheme", "notice_days": "sepa.notice_days"}

    creditor_id = StringField(
        N_("Creditor ID"),
        [Optional(), AtMost(40)],
        description=N_(
            "18 characters, beginning with DE. The Bundesbank gives it out free of charge:"
            " www.glaeubiger-id.bundesbank.de."
        ),
    )
    scheme = RadioField(
        N_("Kind of direct debit"),
        choices=[
            choice("core", N_("Core direct debit")),
            choice("b2b", N_("B2B direct debit between companies")),
        ],
    )
    notice_days = IntegerField(
        N_("Notice before a debit"),
        [_NUMBER, NumberRange(1, 60, N_("A number from 1 to 60."))],
        description=N_("So long before it members learn day and amount; 14 days unless you agreed on fewer."),
    )


class InvoicesForm(SettingsForm):
    """Numbers and texts of invoices."""

    keys = {
        "pattern": "invoice.pattern", "correction_pattern": "invoice.correction_pattern",
        "first_number": "invoice.first_number", "term_days": "invoice.term_days",
        "vat_note": "invoice.vat_note", "contact_name": "invoice.contact_name",
        "signatory_name": "invoice.signatory_name", "signatory_function": "invoice.signatory_function",
        "show_calculation": "invoice.show_calculation", "remittance": "invoice.remittance",
        "member_pattern": "member.pattern",
    }  # fmt: skip

    pattern = StringField(
        N_("Pattern of invoice numbers"),
        [Required(N_("Please enter a pattern.")), AtMost(20)],
        description=N_("{JJJJ} is the year, {NNNN} the running number."),
    )
    correction_pattern = StringField(
        N_("Pattern of the numbers of cancellations and corrections"),
        [Required(N_("Please enter a pattern.")), AtMost(20)],
        description=N_("They have a series of their own; it must differ from that of the invoices."),
    )
    first_number = IntegerField(
        N_("First number"),
        [_NUMBER, NumberRange(1, 9_999_999, N_("A number from 1 to 9,999,999."))],
        description=N_("It counts until the first invoice of a year is issued."),
    )
    term_days = IntegerField(
        N_("Days until a single invoice is due"),
        [_NUMBER, NumberRange(0, 365, N_("A number from 0 to 365."))],
        description=N_("Dues follow the day named in the fee schedule."),
    )
    vat_note = StringField(
        N_("Note on VAT"), _OPTIONAL, description=N_("Please clarify this with your tax adviser.")
    )
    contact_name = StringField(N_("Contact for questions"), _OPTIONAL)
    signatory_name = StringField(N_("Signed by"), _OPTIONAL)
    signatory_function = StringField(N_("Function"), _OPTIONAL, description=N_("For example: treasurer."))
    show_calculation = BooleanField(N_("Print how the dues were worked out below the item"))
    remittance = RadioField(
        N_("Purpose of payment in the QR code"),
        choices=[
            choice("structured", N_("Reference number (RF), recognised by machine")),
            choice("text", N_("Text with invoice and member number")),
        ],
        description=N_(
            "With the reference number a payment is recognised without mistake; in the text people read what was paid."
        ),
    )
    member_pattern = StringField(
        N_("Pattern of member numbers"),
        [Required(N_("Please enter a pattern.")), AtMost(16)],
        description=N_("{NNNN} is the running number."),
    )


class MembershipForm(SettingsForm):
    """What the statutes say about leaving."""

    keys = {"notice_months": "membership.notice_months", "notice_to": "membership.notice_to"}

    notice_months = IntegerField(
        N_("Months of notice"),
        [_NUMBER, NumberRange(0, 24, N_("The law allows at most 24 months."))],
        description=N_("From the day on which the notice reaches the association."),
    )
    notice_to = RadioField(
        N_("The membership ends"), choices=[choice(str(to), text) for to, text in NOTICE_TO_WORDS.items()]
    )


class PagesForm(SettingsForm):
    """Language, member area, second factor, imprint and privacy."""

    keys = {
        "language": "association.language", "help_name": "portal.help_name", "help_phone": "portal.help_phone",
        "help_email": "portal.help_email", "second_factor": "second_factor.staff",
        "imprint_text": "imprint.text", "privacy_text": "privacy.text",
    }  # fmt: skip

    language = RadioField(N_("Language before signing in"), choices=LANGUAGE_CHOICES)
    help_name = StringField(N_("Who helps members"), _OPTIONAL)
    help_phone = StringField(N_("Telephone for members"), _OPTIONAL)
    help_email = EmailField(N_("Mail address for members"), _OPTIONAL)
    second_factor = BooleanField(
        N_("All staff need a second factor"),
        description=N_("Administrators and treasurers always need one once the first run is released."),
    )
    imprint_text = TextAreaField(N_("Further text of the imprint"), [Optional(), AtMost(2000)])
    privacy_text = TextAreaField(N_("Further text on privacy"), [Optional(), AtMost(2000)])


class MailServerForm(SettingsForm):
    """The mail server and in whose name it is used."""

    keys = {
        name: f"mail.{name}"
        for name in ("host", "port", "security", "user", "sender", "sender_name", "reply_to", "anchor_to")
    }

    host = StringField(
        N_("Mail server"), _OPTIONAL, description=N_("Its name, as your provider says it: mail.verein.de.")
    )
    port = IntegerField(
        N_("Port"),
        [_NUMBER, NumberRange(1, 65_535, N_("A number from 1 to 65,535."))],
        description=N_("587 with STARTTLS, 465 with TLS."),
    )
    security = RadioField(
        N_("Encryption"),
        choices=[
            choice("starttls", N_("STARTTLS")),
            choice("tls", N_("TLS")),
            choice("none", N_("none, for a server on this machine")),
        ],
    )
    user = StringField(N_("User name"), _OPTIONAL)
    password = PasswordField(
        N_("Password"),
        [Optional(), AtMost(200)],
        description=N_("It is kept encrypted and never shown again."),
    )
    sender = EmailField(
        N_("Sender's address"),
        _OPTIONAL,
        description=N_("Mails that cannot be delivered come back to it."),
    )
    sender_name = StringField(
        N_("Sender's name"), _OPTIONAL, description=N_("Empty: the name of the association.")
    )
    reply_to = EmailField(
        N_("Address for replies"),
        _OPTIONAL,
        description=N_("Somebody reads what arrives there. Empty: the association's mail address."),
    )
    anchor_to = StringField(
        N_("Who gets the proof of the books each day"),
        [Optional(), AtMost(300)],
        description=N_(
            "Addresses outside the association, such as the auditor’s, separated by commas: with what arrives there, a "
            "book that was rewritten is found. Empty: nobody."
        ),
    )


class MailboxForm(SettingsForm):
    """The mailbox for mails that come back."""

    keys = {name: f"mail.bounce_{name}" for name in ("host", "port", "security", "user", "folder")}

    host = StringField(
        N_("IMAP server"), _OPTIONAL, description=N_("Its name, as your provider says it: imap.verein.de.")
    )
    port = IntegerField(
        N_("Port"),
        [_NUMBER, NumberRange(1, 65_535, N_("A number from 1 to 65,535."))],
        description=N_("993 with TLS, 143 with STARTTLS."),
    )
    security = RadioField(
        N_("Encryption"),
        choices=[
            choice("tls", N_("TLS")),
            choice("starttls", N_("STARTTLS")),
            choice("none", N_("none, for a server on this machine")),
        ],
    )
    user = StringField(N_("User name"), _OPTIONAL)
    password = PasswordField(
        N_("Password"),
        [Optional(), AtMost(200)],
        description=N_("It is kept encrypted and never shown again."),
    )
    folder = StringField(
        N_("Folder"),
        [NotBlank(N_("Please enter the folder.")), AtMost(100)],
        description=N_("INBOX is the one where mail arrives."),
    )


FORMS: tuple[type[SettingsForm], ...] = (
    AssociationForm, LookForm, BankForm, DirectDebitForm, InvoicesForm, MembershipForm, PagesForm, MailServerForm,
    MailboxForm,
)  # fmt: skip
"""The forms of all pages of settings."""
