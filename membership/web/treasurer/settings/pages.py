"""Settings of the association: an index of cards, and one page for each group.

Source: `ux.md` 6.1, 9 "Settings".
"""

from __future__ import annotations

from functools import partial

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.colours import ColourTooLight, ColourWrong
from membership.domain.errors import DomainError
from membership.jobs.bounces import try_mailbox
from membership.jobs.dispatch import send_test
from membership.jobs.engine import post_of, wake
from membership.persistence.db import write
from membership.persistence.queries.bank import list_accounts
from membership.services import association
from membership.services import mailbox as mailbox_service
from membership.services.bounces import get_mark
from membership.services.mail_server import (
    change_mail_server,
    has_password,
    is_proven,
    is_set_up,
)
from membership.services.mailbox import change_mailbox
from membership.services.settings import SettingsChanged
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings
from membership.web.forms.settings import (
    HOLDER_LENGTH,
    AssociationForm,
    BankForm,
    DirectDebitForm,
    InvoicesForm,
    LookForm,
    MailboxForm,
    MailServerForm,
    PagesForm,
    SettingsForm,
)
from membership.web.language import _
from membership.web.limits import few_attempts
from membership.web.treasurer import setting_words
from membership.web.treasurer.audit_words import CHANGE_WORDS, OBJECT_WORDS
from membership.web.treasurer.overview import setup
from membership.web.treasurer.settings import previews
from membership.web.treasurer.settings.blueprint import blueprint
from membership.web.treasurer.settings.saving import (
    BESIDE,
    ask,
    changed_values,
    opened,
    present_values,
    save,
    seen,
    show,
    texts,
)
from membership.web.waiting import waiting_at

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
    return show("association", opened(AssociationForm))


@blueprint.post("/association")
@policy("settings.write")
def save_association() -> ResponseReturnValue:
    """Save name, address and legal data."""
    return save("association", AssociationForm())


@blueprint.get("/invoices")
@policy("settings.read")
def invoices() -> ResponseReturnValue:
    """Show numbers and texts of invoices; until somebody is named, the person who asks signs and answers."""
    form = opened(InvoicesForm)
    if not form["contact_name"].data and not form["signatory_name"].data:
        form["contact_name"].data = form["signatory_name"].data = current_user.name
    return show("invoices", form)


@blueprint.post("/invoices")
@policy("settings.write")
def save_invoices() -> ResponseReturnValue:
    """Save numbers and texts of invoices."""
    return save("invoices", InvoicesForm())


@blueprint.get("/pages")
@policy("settings.read")
def pages() -> ResponseReturnValue:
    """Show language, member area, second factor, imprint and privacy."""
    return show("pages", opened(PagesForm))


@blueprint.post("/pages")
@policy("settings.write")
def save_pages() -> ResponseReturnValue:
    """Save language, member area, second factor, imprint and privacy."""
    return save("pages", PagesForm())


@blueprint.get("/bank")
@policy("settings.read")
def bank() -> ResponseReturnValue:
    """Show the account that dues are paid to; its holder is the association as a rule."""
    form = opened(BankForm)
    form["holder"].data = form["holder"].data or association_settings().full_name[:HOLDER_LENGTH]
    return show("bank", form)


@blueprint.post("/bank")
@policy("settings.write", fresh=True)
def save_bank() -> ResponseReturnValue:
    """Save the account; BIC and name of the bank are filled in."""
    return save("bank", BankForm(), saved=_("The bank account is saved."))


@blueprint.get("/direct-debit")
@policy("settings.read")
def direct_debit() -> ResponseReturnValue:
    """Show creditor ID and terms of direct debits."""
    return show("direct_debit", opened(DirectDebitForm))


@blueprint.post("/direct-debit")
@policy("settings.write", fresh=True)
def save_direct_debit() -> ResponseReturnValue:
    """Save creditor ID and terms of direct debits."""
    return save("direct_debit", DirectDebitForm())


@blueprint.get("/mail")
@policy("settings.read")
def mail() -> ResponseReturnValue:
    """Show the mail server, as a form for those who run it; its sender is the association as a rule."""
    form = opened(MailServerForm)
    form["sender"].data = form["sender"].data or association_settings().text("association.email")
    return show("mail", form)


@blueprint.post("/mail")
@policy("settings.operate")
def save_mail() -> ResponseReturnValue:
    """Save the mail server; an empty password stays as it is, unless the user name is gone too."""
    form = MailServerForm()
    password = form.password.data or (None if (form.user.data or "").strip() else "")
    saved = (
        _("The mail server is saved. Now send the test mail at the end of this page.")
        if form.host.data
        else ""
    )
    return save("mail", form, saved=saved, change=partial(_change_mail_server, password))


def _change_mail_server(password: str | None, form: SettingsForm) -> None:
    actor = current_actor(with_form_token=False)
    write(actor, change_mail_server, changed_values(form), password=password, seen=seen(form))
    wake()


@blueprint.post("/mail/test")
@policy("settings.operate")
@few_attempts(10)
def test_mail() -> ResponseReturnValue:
    """Send a mail to the person who asks and show what the mail server said."""
    tested = send_test(current_actor(), post_of(current_app), address=current_user.signed_in.email)
    return show("mail", opened(MailServerForm), tested=tested)


@blueprint.get("/mailbox")
@policy("settings.read")
def mailbox() -> ResponseReturnValue:
    """Show the mailbox for mails that come back, as a form for those who run it."""
    return show("mailbox", opened(MailboxForm))


@blueprint.post("/mailbox")
@policy("settings.operate")
def save_mailbox() -> ResponseReturnValue:
    """Save the mailbox; an empty password stays as it is, unless the user name is gone too."""
    form = MailboxForm()
    password = form.password.data or (None if (form.user.data or "").strip() else "")
    return save("mailbox", form, change=partial(_change_mailbox, password))


def _change_mailbox(password: str | None, form: SettingsForm) -> None:
    actor = current_actor(with_form_token=False)
    write(actor, change_mailbox, changed_values(form), password=password, seen=seen(form))


@blueprint.post("/mailbox/test")
@policy("settings.operate")
@few_attempts(10)
def test_mailbox() -> ResponseReturnValue:
    """Open the mailbox and say whether it can be read; the server's own words are not shown (SEC-67)."""
    tried = try_mailbox(current_app, current_actor())
    return show("mailbox", opened(MailboxForm), tried=tried)


@blueprint.get("/look")
@policy("settings.read")
def look() -> ResponseReturnValue:
    """Show logo and colour."""
    return show("look", opened(LookForm))


@blueprint.post("/look")
@policy("settings.write", takes_files=True)
def save_look() -> ResponseReturnValue:
    """Save logo and colour."""
    form = LookForm()
    if not form.validate_on_submit():
        return show("look", form, status=422)
    logo = form.logo.data.read() if form.logo.data and form.logo.data.filename else None
    colour = str(form.brand_colour.data).strip().upper() if form.changed_names() else None
    if colour and form.is_outdated(texts(present_values(form.keys))):
        return ask("look", form)
    try:
        write(current_actor(), association.change_look, colour=colour, logo=logo, seen=seen(form))
    except SettingsChanged:
        return ask("look", form)
    except DomainError as error:
        form.refuse(error, "brand_colour" if isinstance(error, ColourWrong | ColourTooLight) else "logo")
        return show("look", form, status=422)
    sessions.notice("ok", _("Logo and colour are saved."), onward=setup.onward(read()))
    return redirect(url_for(".look"), code=303)


@blueprint.post("/look/remove-logo")
@policy("settings.write")
def remove_logo() -> ResponseReturnValue:
    """Take the logo away."""
    write(current_actor(), association.remove_logo)
    sessions.notice("ok", _("The logo is removed."))
    return redirect(url_for(".look"), code=303)


def _missing_number() -> str:
    """Return what the association's data still lack before there can be an invoice."""
    steps = {step.key: step for step in setup.steps_of(read())}
    return _(steps["association"].missing) if "association" in steps and steps["association"].missing else ""


def _of_mail(_form: SettingsForm) -> dict[str, object]:
    """Return what the page of the mail server shows beside its settings."""
    return {
        "has_password": has_password(read()),
        "is_set_up": is_set_up(association_settings()),
        "address": current_user.signed_in.email,
        "is_demo": sessions.operator().is_demo,
        "is_proven": is_proven(read()),
        "onward": setup.onward(read()),
    }


def _of_mailbox(_form: SettingsForm) -> dict[str, object]:
    """Return what the page of the mailbox shows beside its settings."""
    return {
        "has_password": has_password(read(), mailbox_service.PASSWORD),
        "is_set_up": mailbox_service.is_set_up(association_settings()),
        "mark": get_mark(read()),
        "is_demo": sessions.operator().is_demo,
    }


BESIDE.update(
    {
        "mail": _of_mail,
        "mailbox": _of_mailbox,
        "association": lambda form: {**previews.of_association(form.typed()), "missing": _missing_number()},
        "look": lambda form: {**previews.of_look(form.typed()), **previews.of_association({})},
        "bank": lambda form: {
            **previews.of_bank(form.typed()),
            "accounts": list_accounts(read()),
            "awaited": waiting_at(read(), "settings", "bank.iban"),
        },
        "invoices": lambda form: previews.of_invoices(form.typed()),
    }
)
