"""Settings of the association: an index of cards, and one page for each group.

Source: `ux.md` 6.1, 9 "Settings".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.colours import ColourTooLight, ColourWrong
from membership.domain.errors import N_, DomainError, InputError
from membership.domain.settings import BicContradicts, SettingWrong
from membership.jobs.dispatch import TestMail, send_test
from membership.jobs.engine import post_of, wake
from membership.persistence.db import write
from membership.services import association
from membership.services.mail_server import (
    PasswordUnprotected,
    change_mail_server,
    has_password,
    is_set_up,
)
from membership.services.settings import SettingsChanged, change_settings
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings, fresh_settings
from membership.web.forms.opened import as_text, versions
from membership.web.forms.settings import (
    HOLDER_LENGTH,
    AssociationForm,
    BankForm,
    InvoicesForm,
    LookForm,
    MailServerForm,
    PagesForm,
    SettingsForm,
)
from membership.web.language import _, words
from membership.web.limits import few_attempts
from membership.web.treasurer import setting_words
from membership.web.treasurer.audit_words import CHANGE_WORDS, OBJECT_WORDS
from membership.web.treasurer.overview import setup

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


class DoesNotFit(InputError):
    """What was typed cannot be the value of this field."""

    message = N_("“%(value)s” does not fit here: %(expected)s")
    code = "setting_wrong"


SAVED: Final = N_("The settings are saved.")


CHANGE_WORDS["settings"] = setting_words.changes
OBJECT_WORDS["settings"] = setting_words.OBJECTS


@blueprint.get("")
@policy("settings.read")
def index() -> ResponseReturnValue:
    """Show every group of settings with its present value in one line."""
    return render_template("treasurer/settings/index.html", values=association_settings())


@blueprint.get("/association")
@policy("settings.read")
def association_data() -> ResponseReturnValue:
    """Show name, address and legal data, as a form for those who may change them."""
    return _show("association", _opened(AssociationForm))


@blueprint.post("/association")
@policy("settings.write")
def save_association() -> ResponseReturnValue:
    """Save name, address and legal data."""
    return _save("association", AssociationForm())


@blueprint.get("/invoices")
@policy("settings.read")
def invoices() -> ResponseReturnValue:
    """Show numbers and texts of invoices."""
    return _show("invoices", _opened(InvoicesForm))


@blueprint.post("/invoices")
@policy("settings.write")
def save_invoices() -> ResponseReturnValue:
    """Save numbers and texts of invoices."""
    return _save("invoices", InvoicesForm())


@blueprint.get("/pages")
@policy("settings.read")
def pages() -> ResponseReturnValue:
    """Show language, member area, second factor, imprint and privacy."""
    return _show("pages", _opened(PagesForm))


@blueprint.post("/pages")
@policy("settings.write")
def save_pages() -> ResponseReturnValue:
    """Save language, member area, second factor, imprint and privacy."""
    return _save("pages", PagesForm())


@blueprint.get("/bank")
@policy("settings.read")
def bank() -> ResponseReturnValue:
    """Show the account that dues are paid to; its holder is the association as a rule."""
    form = _opened(BankForm)
    form["holder"].data = form["holder"].data or association_settings().full_name[:HOLDER_LENGTH]
    return _show("bank", form)


@blueprint.post("/bank")
@policy("settings.write", fresh=True)
def save_bank() -> ResponseReturnValue:
    """Save the account; BIC and name of the bank are filled in."""
    return _save("bank", BankForm(), saved=_("The bank account is saved."))


@blueprint.get("/mail")
@policy("settings.read")
def mail() -> ResponseReturnValue:
    """Show the mail server, as a form for those who run it."""
    return _show("mail", _opened(MailServerForm))


@blueprint.post("/mail")
@policy("settings.operate")
def save_mail() -> ResponseReturnValue:
    """Save the mail server; an empty password stays as it is, unless the user name is gone too."""
    form = MailServerForm()
    password = form.password.data or (None if (form.user.data or "").strip() else "")
    return _save("mail", form, change=partial(_change_mail_server, password))


def _change_mail_server(password: str | None, form: SettingsForm) -> None:
    actor = current_actor(with_form_token=False)
    write(actor, change_mail_server, _changes(form), password=password, seen=_seen(form))
    wake()


@blueprint.post("/mail/test")
@policy("settings.operate")
@few_attempts(10)
def test_mail() -> ResponseReturnValue:
    """Send a mail to the person who asks and show what the mail server said."""
    tested = send_test(current_actor(), post_of(current_app), address=current_user.signed_in.email)
    return _show("mail", _opened(MailServerForm), tested=tested)


@blueprint.get("/look")
@policy("settings.read")
def look() -> ResponseReturnValue:
    """Show logo and colour."""
    return _show("look", _opened(LookForm))


@blueprint.post("/look")
@policy("settings.write", takes_files=True)
def save_look() -> ResponseReturnValue:
    """Save logo and colour."""
    form = LookForm()
    if not form.validate_on_submit():
        return _show("look", form, status=422)
    logo = form.logo.data.read() if form.logo.data and form.logo.data.filename else None
    colour = str(form.brand_colour.data).strip().upper() if form.changed_names() else None
    if colour and form.is_outdated(_texts(_present(form.keys))):
        return _ask("look", form)
    try:
        write(current_actor(), association.change_look, colour=colour, logo=logo, seen=_seen(form))
    except SettingsChanged:
        return _ask("look", form)
    except DomainError as error:
        form.refuse(error, "brand_colour" if isinstance(error, ColourWrong | ColourTooLight) else "logo")
        return _show("look", form, status=422)
    sessions.notice("ok", _("Logo and colour are saved."), onward=setup.onward(read()))
    return redirect(url_for(".look"), code=303)


@blueprint.post("/look/remove-logo")
@policy("settings.write")
def remove_logo() -> ResponseReturnValue:
    """Take the logo away."""
    write(current_actor(), association.remove_logo)
    sessions.notice("ok", _("The logo is removed."))
    return redirect(url_for(".look"), code=303)


def _present(keys: Mapping[str, str]) -> dict[str, object]:
    values = association_settings().values
    return {name: values[key] for name, key in keys.items()}


def _texts(present: Mapping[str, object]) -> dict[str, str]:
    return {name: as_text(value) for name, value in present.items()}


def _opened(kind: type[SettingsForm]) -> SettingsForm:
    """Return a page's form with what is saved; it keeps that to notice later what somebody else changed."""
    present = _present(kind.keys)
    form = kind(formdata=None, data=present)
    form.keep_opened(_texts(present))
    return form


def _seen(form: SettingsForm) -> dict[str, object] | None:
    """Return the saved values that the form was opened with; None when it does not say it."""
    if not form.opened_values():
        return None
    return {form.keys[name]: value for name, value in _present(form.keys).items()}


def _show(
    name: str,
    form: SettingsForm,
    *,
    status: int = 200,
    both: list[dict[str, str]] | None = None,
    tested: TestMail | None = None,
) -> ResponseReturnValue:
    page = render_template(
        f"treasurer/settings/{name}.html",
        form=form,
        values=association_settings(),
        versions=both,
        tested=tested,
        **(_of_mail() if name == "mail" else {}),
        clash=words().text(SettingsChanged.message),
    )
    return page, status


def _of_mail() -> dict[str, object]:
    """Return what the page of the mail server shows beside its settings."""
    return {
        "has_password": has_password(read()),
        "is_set_up": is_set_up(association_settings()),
        "address": current_user.signed_in.email,
        "is_demo": sessions.operator().is_demo,
    }


def _change(form: SettingsForm) -> None:
    write(current_actor(), change_settings, _changes(form), seen=_seen(form))


def _save(
    name: str, form: SettingsForm, *, saved: str = "", change: Callable[[SettingsForm], None] = _change
) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return _show(name, form, status=422)
    changes = _changes(form)
    if changes and form.is_outdated(_texts(_present(form.keys))):
        return _ask(name, form)
    try:
        change(form)
    except SettingsChanged:
        return _ask(name, form)
    except PasswordUnprotected as error:
        form.refuse(error, "security")
        return _show(name, form, status=422)
    except (SettingWrong, BicContradicts) as error:
        form.refuse(_for_people(error), _field_of(error, form.keys))
        return _show(name, form, status=422)
    sessions.notice("ok", saved or _(SAVED), onward=setup.onward(read()))
    return redirect(url_for(".association_data" if name == "association" else f".{name}"), code=303)


def _for_people(error: DomainError) -> DomainError:
    """Return what is wanted without the key of the setting, which is for commands."""
    if not isinstance(error, SettingWrong):
        return error
    return DoesNotFit(value=error.values["value"], expected=error.values["expected"])


def _changes(form: SettingsForm) -> dict[str, object]:
    """Return what was changed since the form was opened; an emptied BIC or bank name is found by the IBAN again."""
    names = form.changed_names()
    if {"bic", "bank_name"} & set(names):
        names.append("iban")
    return {form.keys[name]: "" if form[name].data is None else form[name].data for name in names}


def _ask(name: str, sent: SettingsForm) -> ResponseReturnValue:
    """Show what is saved now beside what was typed; the fields hold what both changed, together."""
    fresh_settings()
    present, changed = _present(sent.keys), sent.changed_names()
    theirs, mine = _texts(present), sent.typed()
    form = type(sent)(
        formdata=None,
        data={each: sent[each].data if each in changed else present[each] for each in sent.keys},
    )
    form.keep_opened(theirs)
    worded = [{each: form.worded(each, text) for each, text in texts.items()} for texts in (theirs, mine)]
    both = versions(form.labels, theirs=worded[0], mine=worded[1])
    return _show(name, form, status=409, both=both)


def _field_of(error: DomainError, keys: Mapping[str, str]) -> str | None:
    if isinstance(error, BicContradicts):
        return "bic"
    return next((field for field, key in keys.items() if key == error.values["key"]), None)
