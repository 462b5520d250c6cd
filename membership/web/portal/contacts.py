"""The contacts of a company, added, changed and ended by the company itself.

Source: `ux.md` 7 "Company data"; MEM-14, MEM-16.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from membership.domain.companies import LastCompanyAdmin
from membership.domain.errors import DomainError
from membership.domain.member_fields import FUNCTION_WORDS, FieldWrong
from membership.persistence.db import write
from membership.persistence.queries.members import get_contact
from membership.services import companies, members
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.checking import Asked, asked, run_step
from membership.web.forms.contacts import LABELS, ContactForm
from membership.web.forms.form import Form
from membership.web.forms.opened import as_text, versions
from membership.web.frame import today
from membership.web.language import _
from membership.web.portal.companies import Own, own_running, page

blueprint = Blueprint("contacts", __name__, url_prefix="/company/contacts")


@blueprint.route("/new", methods=["GET", "POST"])
@policy("portal.users")
def add() -> ResponseReturnValue:
    """Add a contact: fill in, check, save."""
    shown = own_running("portal.users")
    form = ContactForm()
    if form.validate_on_submit() and asked() is not Asked.EDIT:
        try:
            run_step(companies.add_contact, shown.company.number, form.given())
        except DomainError as error:
            _refuse(form, error)
        else:
            if asked() is Asked.SAVE:
                return _saved(_("%(name)s is added.", name=form.name.data or form.email.data))
            return _check(shown, form, None)
    return _page(shown, form, None), 422 if form.errors else 200


@blueprint.route("/<int:contact_id>", methods=["GET", "POST"])
@policy("portal.users")
def edit(contact_id: int) -> ResponseReturnValue:
    """Change a contact: fill in, check, save."""
    shown = own_running("portal.users")
    contact = get_contact(shown.session, shown.company.id, contact_id)
    form = ContactForm(obj=contact)
    if not form.is_submitted():
        form.keep_opened(_texts(contact))
    elif form.validate() and asked() is not Asked.EDIT:
        changes, opened = form.changes(), form.opened_fields()
        try:
            run_step(companies.change_contact, shown.company.number, contact_id, changes, opened=opened)
        except members.MemberChanged:
            return _ask(shown, contact_id, form)
        except DomainError as error:
            _refuse(form, error)
        else:
            if asked() is Asked.SAVE:
                return _saved(_("Saved."))
            return _check(shown, form, get_contact(read(), shown.company.id, contact_id))
    return _page(shown, form, get_contact(read(), shown.company.id, contact_id)), 422 if form.errors else 200


@blueprint.route("/<int:contact_id>/end", methods=["GET", "POST"])
@policy("portal.users", fresh=True)
def end(contact_id: int) -> ResponseReturnValue:
    """Ask, then end a contact who left the company, and with it their access."""
    shown = own_running("portal.users")
    contact = get_contact(shown.session, shown.company.id, contact_id)
    name, access = contact.name or contact.email, companies.access_of(shown.session, contact)
    form = Form()
    if form.validate_on_submit():
        try:
            write(current_actor(), companies.end_person, shown.company.number, contact_id, today=today())
        except LastCompanyAdmin as error:
            form.refuse(error)
        else:
            if access is not None and access == current_actor(with_form_token=False).user_id:
                return redirect(url_for("account.sign_in"), code=303)
            return _saved(_("%(name)s is a former contact now.", name=name))
    shown_page = page("portal/contacts/end.html", shown, form=form, name=name, has_access=access is not None)
    return shown_page, 422 if form.errors else 200


def _saved(text: str) -> ResponseReturnValue:
    sessions.notice("ok", text)
    return redirect(url_for("portal.company.index"), code=303)


def _texts(contact: Any) -> dict[str, str]:  # noqa: ANN401 - a row
    return {name: as_text(getattr(contact, name)) for name in LABELS}


def _refuse(form: ContactForm, error: DomainError) -> None:
    form.refuse(error, error.field if isinstance(error, FieldWrong) else "name")


def _page(shown: Own, form: ContactForm, contact: Any, **more: object) -> str:  # noqa: ANN401 - a row
    return page("portal/contacts/edit.html", shown, form=form, contact=contact, **more)


def _check(shown: Own, form: ContactForm, contact: Any) -> str:  # noqa: ANN401 - a row
    """Return the page that shows what is about to be saved."""
    given = {name: as_text(form[name].data) for name in LABELS}
    given["functions"] = ", ".join(_(FUNCTION_WORDS[word]) for word in form.functions.data or [])
    rows = [{"label": _(label), "value": given[name] or "–"} for name, label in LABELS.items()]
    return page("portal/contacts/check.html", shown, form=form, contact=contact, rows=rows)


def _ask(shown: Own, contact_id: int, sent: ContactForm) -> ResponseReturnValue:
    """Show what is saved now beside what was typed; the fields hold what both changed, together."""
    contact = get_contact(read(), shown.company.id, contact_id)
    theirs, changed = _texts(contact), set(sent.changed_names())
    kept = {name: sent[name].data if name in changed else getattr(contact, name) for name in LABELS}
    form = ContactForm(formdata=None, data=kept)
    form.keep_opened(theirs)
    both = versions(LABELS, theirs=theirs, mine=sent.typed())
    return _page(shown, form, contact, versions=both), 409
