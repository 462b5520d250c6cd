"""The people of a member: added, changed, ended, and taken back.

Source: `domain.md` MEM-14, MEM-16; `ux.md` 4 "Undo", "Two people at once".
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError
from membership.domain.member_fields import FieldWrong
from membership.persistence.db import write
from membership.persistence.queries.members import get_contact, get_member
from membership.services import companies, members
from membership.web.access import current_actor, policy, read
from membership.web.forms.contacts import LABELS, ContactForm
from membership.web.forms.form import Form
from membership.web.forms.opened import as_text, versions
from membership.web.frame import today
from membership.web.language import _
from membership.web.outdated import is_repeated
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.returning import back, to_record


@blueprint.route("/<member:number>/contacts/new", methods=["GET", "POST"])
@policy("member.write")
def add_contact(number: str) -> ResponseReturnValue:
    """Add a person."""
    member = get_member(read(), number)
    form = ContactForm()
    if form.validate_on_submit():
        try:
            contact_id = write(current_actor(), members.add_contact, member.number, form.given())
        except DomainError as error:
            _refuse(form, error)
        else:
            undo = url_for(".end_contact", number=member.number, contact_id=contact_id, keeps_access="yes")
            return to_record(
                member.number, _("%(name)s is added.", name=form.name.data or form.email.data), undo=undo
            )
    page = render_template("treasurer/members/contact.html", member=member, form=form, contact=None)
    return page, 422 if form.errors else 200


@blueprint.route("/<member:number>/contacts/<int:contact_id>/edit", methods=["GET", "POST"])
@policy("member.write")
def edit_contact(number: str, contact_id: int) -> ResponseReturnValue:
    """Change a person."""
    session = read()
    member = get_member(session, number)
    contact = get_contact(session, member.id, contact_id)
    form = ContactForm(obj=contact)
    if not form.is_submitted():
        form.keep_opened(_texts(contact))
    elif form.validate():
        try:
            write(
                current_actor(), members.change_contact, member.number, contact_id, form.changes(),
                opened=form.opened_fields(),
            )  # fmt: skip
        except members.MemberChanged:
            return _ask(number, contact_id, form)
        except DomainError as error:
            _refuse(form, error)
        else:
            return to_record(member.number, _("Saved."))
    page = render_template("treasurer/members/contact.html", member=member, form=form, contact=contact)
    return page, 422 if form.errors else 200


def _texts(contact: Any) -> dict[str, str]:  # noqa: ANN401 - a row
    return {name: as_text(getattr(contact, name)) for name in LABELS}


def _refuse(form: ContactForm, error: DomainError) -> None:
    form.refuse(error, error.field if isinstance(error, FieldWrong) else "name")


def _ask(number: str, contact_id: int, sent: ContactForm) -> ResponseReturnValue:
    """Show what is saved now beside what was typed; the fields hold what both changed, together."""
    session = read()
    member = get_member(session, number)
    contact = get_contact(session, member.id, contact_id)
    theirs, changed = _texts(contact), set(sent.changed_names())
    kept = {name: sent[name].data if name in changed else getattr(contact, name) for name in LABELS}
    form = ContactForm(formdata=None, data=kept)
    form.keep_opened(theirs)
    both = versions(LABELS, theirs=theirs, mine=sent.typed())
    page = render_template(
        "treasurer/members/contact.html", member=member, form=form, contact=contact, versions=both
    )
    return page, 409


@blueprint.post("/<member:number>/contacts/<int:contact_id>/end")
@policy("member.write")
def end_contact(number: str, contact_id: int) -> ResponseReturnValue:
    """End a person's place at the member, and with it the access to the member area.

    Who takes back that a contact was added takes no access away.
    """
    use_case = members.end_contact if "keeps_access" in request.args else companies.end_person
    had_access = write(current_actor(), use_case, number, contact_id, today=today())
    contact = _contact(number, contact_id)
    undo = url_for(".restore_contact", number=number, contact_id=contact_id)
    said = _("%(name)s is a former contact now.", name=contact.name or contact.email)
    if had_access:
        said = f"{said} {_('The access to the member area has ended too.')}"
    return to_record(number, said, undo=undo)


@blueprint.post("/<member:number>/contacts/<int:contact_id>/restore")
@policy("member.write")
def restore_contact(number: str, contact_id: int) -> ResponseReturnValue:
    """Take the end of a person's place back."""
    write(current_actor(), members.restore_contact, number, contact_id)
    contact = _contact(number, contact_id)
    return to_record(number, _("%(name)s is a contact again.", name=contact.name or contact.email))


@blueprint.route("/<member:number>/contacts/<int:contact_id>/erase", methods=["GET", "POST"])
@policy("member.write")
def erase_contact(number: str, contact_id: int) -> ResponseReturnValue:
    """Ask, then erase a former contact, also from the values of the audit log."""
    if is_repeated():
        return back(number)
    member = get_member(read(), number)
    contact = get_contact(read(), member.id, contact_id)
    form = Form()
    if form.validate_on_submit():
        write(current_actor(), companies.erase_person, member.number, contact_id)
        return to_record(
            member.number, _("The person is erased. Issued documents keep what is printed on them.")
        )
    return render_template("treasurer/members/contact_erase.html", member=member, contact=contact, form=form)


def _contact(number: str, contact_id: int) -> Any:  # noqa: ANN401 - a row
    session = read()
    return get_contact(session, get_member(session, number).id, contact_id)
