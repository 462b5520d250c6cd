"""Settings of the association: an index of cards, and one page for each group.

Source: `ux.md` 6.1, 9 "Settings".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.colours import ColourTooLight, ColourWrong
from membership.domain.errors import N_, DomainError, InputError
from membership.domain.settings import SettingWrong
from membership.persistence.db import write
from membership.services import association
from membership.services.settings import change_settings
from membership.web import sessions
from membership.web.access import current_actor, policy
from membership.web.association import association_settings
from membership.web.forms.form import Form
from membership.web.forms.settings import AssociationForm, BankForm, InvoicesForm, LookForm, PagesForm
from membership.web.language import _

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


class DoesNotFit(InputError):
    """What was typed cannot be the value of this field."""

    message = N_("“%(value)s” does not fit here: %(expected)s")
    code = "setting_wrong"


Fields = Mapping[str, str]
"""Field of the form -> key of the setting."""

_ASSOCIATION: Final[Fields] = {
    name: f"association.{name}"
    for name in (
        "name", "legal_form", "claim", "street", "postcode", "city", "country", "phone", "email", "web",
        "register_court", "register_number", "tax_number", "vat_id", "board_members",
    )
}  # fmt: skip
_INVOICES: Final[Fields] = {
    "pattern": "invoice.pattern", "first_number": "invoice.first_number", "term_days": "invoice.term_days",
    "vat_note": "invoice.vat_note", "contact_name": "invoice.contact_name",
    "signatory_name": "invoice.signatory_name", "signatory_function": "invoice.signatory_function",
    "show_calculation": "invoice.show_calculation", "remittance": "invoice.remittance",
    "member_pattern": "member.pattern",
}  # fmt: skip
_PAGES: Final[Fields] = {
    "language": "association.language", "help_name": "portal.help_name", "help_phone": "portal.help_phone",
    "help_email": "portal.help_email", "second_factor": "second_factor.staff",
    "imprint_text": "imprint.text", "privacy_text": "privacy.text",
}  # fmt: skip
_BANK: Final[Fields] = {
    "holder": "bank.holder",
    "iban": "bank.iban",
    "bic": "bank.bic",
    "bank_name": "bank.name",
}
SAVED: Final = N_("The settings are saved.")


@blueprint.get("")
@policy("settings.read")
def index() -> ResponseReturnValue:
    """Show every group of settings with its present value in one line."""
    return render_template("treasurer/settings/index.html", values=association_settings())


@blueprint.get("/association")
@policy("settings.read")
def association_data() -> ResponseReturnValue:
    """Show name, address and legal data, as a form for those who may change them."""
    return _show("association", AssociationForm(formdata=None, data=_present(_ASSOCIATION)))


@blueprint.post("/association")
@policy("settings.write")
def save_association() -> ResponseReturnValue:
    """Save name, address and legal data."""
    return _save("association", AssociationForm(), _ASSOCIATION)


@blueprint.get("/invoices")
@policy("settings.read")
def invoices() -> ResponseReturnValue:
    """Show numbers and texts of invoices."""
    return _show("invoices", InvoicesForm(formdata=None, data=_present(_INVOICES)))


@blueprint.post("/invoices")
@policy("settings.write")
def save_invoices() -> ResponseReturnValue:
    """Save numbers and texts of invoices."""
    return _save("invoices", InvoicesForm(), _INVOICES)


@blueprint.get("/pages")
@policy("settings.read")
def pages() -> ResponseReturnValue:
    """Show language, member area, second factor, imprint and privacy."""
    return _show("pages", PagesForm(formdata=None, data=_present(_PAGES)))


@blueprint.post("/pages")
@policy("settings.write")
def save_pages() -> ResponseReturnValue:
    """Save language, member area, second factor, imprint and privacy."""
    return _save("pages", PagesForm(), _PAGES)


@blueprint.get("/bank")
@policy("settings.read")
def bank() -> ResponseReturnValue:
    """Show the account that dues are paid to."""
    return _show("bank", BankForm(formdata=None, data=_present(_BANK)))


@blueprint.post("/bank")
@policy("settings.write")
def save_bank() -> ResponseReturnValue:
    """Save the account; BIC and name of the bank are filled in."""
    form = BankForm()
    if form.validate_on_submit():
        try:
            write(
                current_actor(), association.change_bank_account,
                holder=form.holder.data or "", iban=form.iban.data or "",
                bic=form.bic.data or "", name=form.bank_name.data or "",
            )  # fmt: skip
        except SettingWrong as error:
            _refuse(form, error, _BANK)
        else:
            sessions.notice("ok", _("The bank account is saved."))
            return redirect(url_for(".bank"), code=303)
    return _show("bank", form, status=422)


@blueprint.get("/look")
@policy("settings.read")
def look() -> ResponseReturnValue:
    """Show logo and colour."""
    colour = association_settings().text("association.brand_colour")
    return _show("look", LookForm(formdata=None, data={"brand_colour": colour}))


@blueprint.post("/look")
@policy("settings.write", takes_files=True)
def save_look() -> ResponseReturnValue:
    """Save logo and colour."""
    form = LookForm()
    if form.validate_on_submit():
        given = form.logo.data.read() if form.logo.data and form.logo.data.filename else None
        try:
            write(
                current_actor(), association.change_look,
                colour=str(form.brand_colour.data).strip().upper(), logo=given,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, "brand_colour" if isinstance(error, ColourWrong | ColourTooLight) else "logo")
        else:
            sessions.notice("ok", _("Logo and colour are saved."))
            return redirect(url_for(".look"), code=303)
    return _show("look", form, status=422)


@blueprint.post("/look/remove-logo")
@policy("settings.write")
def remove_logo() -> ResponseReturnValue:
    """Take the logo away."""
    write(current_actor(), association.remove_logo)
    sessions.notice("ok", _("The logo is removed."))
    return redirect(url_for(".look"), code=303)


def _present(fields: Fields) -> dict[str, object]:
    values = association_settings().values
    return {name: values[key] for name, key in fields.items()}


def _show(name: str, form: Form, *, status: int = 200) -> ResponseReturnValue:
    values = association_settings()
    return render_template(f"treasurer/settings/{name}.html", form=form, values=values), status


def _save(name: str, form: Form, fields: Fields) -> ResponseReturnValue:
    if form.validate_on_submit():
        given = {key: form[field].data for field, key in fields.items()}
        changes = {key: "" if value is None else value for key, value in given.items()}
        try:
            write(current_actor(), change_settings, changes)
        except SettingWrong as error:
            _refuse(form, error, fields)
        else:
            sessions.notice("ok", _(SAVED))
            endpoint = ".association_data" if name == "association" else f".{name}"
            return redirect(url_for(endpoint), code=303)
    return _show(name, form, status=422)


def _refuse(form: Form, error: SettingWrong, fields: Fields) -> None:
    """Say at its field what is wanted; the key of the setting is for commands."""
    name = next((field for field, key in fields.items() if key == error.values["key"]), None)
    if name is None:
        form.refuse(error)
    else:
        form.refuse(DoesNotFit(value=error.values["value"], expected=error.values["expected"]), name)
