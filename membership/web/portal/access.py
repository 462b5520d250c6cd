"""Who has access to a company's pages: the company invites, changes and ends it.

Source: `ux.md` 7 "Access"; MEM-15; SEC-19.
"""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.companies import HasAccess, InvitedOften, LastCompanyAdmin
from membership.domain.errors import DomainError
from membership.domain.page_address import is_only_here
from membership.domain.policy import Role
from membership.domain.users import EmailWrong, NameWrong
from membership.persistence.db import write
from membership.persistence.queries import companies as queries
from membership.services import companies, tokens
from membership.web import sessions
from membership.web.access import current_actor, policy
from membership.web.association import association
from membership.web.forms.colleagues import ROLE_CHOICES, ROLE_HINTS, ColleagueForm, RoleForm
from membership.web.forms.form import Form
from membership.web.language import _, words
from membership.web.limits import few_attempts
from membership.web.outdated import still_holds
from membership.web.portal.companies import own_running, page

blueprint = Blueprint("access", __name__, url_prefix="/company/access")
_ROLE_NAMES = {each.value: each.label for each in ROLE_CHOICES}


@blueprint.get("")
@policy("portal.users")
def index() -> ResponseReturnValue:
    """Show who has access and who is invited."""
    shown = own_running("portal.users")
    return page(
        "portal/access/index.html",
        shown,
        people=queries.list_people(shown.session, shown.company.id),
        invitations=queries.list_invitations(shown.session, shown.company.id),
        role_names=_ROLE_NAMES,
        role_hints=ROLE_HINTS,
        me=current_user.signed_in.user_id,
        now=sessions.moment(),
    )


@blueprint.route("/invite", methods=["GET", "POST"])
@policy("portal.users", fresh=True)
@few_attempts(10)
def invite() -> ResponseReturnValue:
    """Invite a person by mail; where no mail goes out the link is shown once."""
    shown = own_running("portal.users")
    form = ColleagueForm(data={"language": words().language})
    if form.validate_on_submit():
        secret = "" if association().mails_links else _secret()
        try:
            write(
                current_actor(), companies.invite_colleague, shown.company.number, email=str(form.email.data),
                name=form.name.data or "", role=Role(form.role.data), language=str(form.language.data), secret=secret,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, _place(error))
        else:
            if secret:
                address = sessions.operator().base_url.rstrip("/") + url_for("account.join", secret=secret)
                return page(
                    "portal/access/link.html",
                    shown,
                    address=address,
                    email=form.email.data,
                    is_only_here=is_only_here(address),
                )
            sessions.notice("ok", _("The invitation to %(email)s is on its way.", email=form.email.data))
            return redirect(url_for(".index"), code=303)
    hints = {role: _(hint) for role, hint in ROLE_HINTS.items()}
    return page("portal/access/invite.html", shown, form=form, hints=hints), 422 if form.errors else 200


@blueprint.route("/<int:user_id>/role", methods=["GET", "POST"])
@policy("portal.users", fresh=True)
def role(user_id: int) -> ResponseReturnValue:
    """Change what a person may do for the company; their sessions end."""
    shown = own_running("portal.users")
    person = queries.get_person(shown.session, shown.company.id, user_id)
    form = RoleForm(data={"role": str(person.role), "seen": _(_ROLE_NAMES[person.role])})
    if form.validate_on_submit() and still_holds(form, _(_ROLE_NAMES[person.role])):
        try:
            write(current_actor(), companies.change_role, shown.company.number, user_id, Role(form.role.data))
        except LastCompanyAdmin as error:
            form.refuse(error, "role")
        else:
            return _done(user_id, _("The access of %(name)s is changed.", name=person.name))
    hints = {name: _(hint) for name, hint in ROLE_HINTS.items()}
    shown_page = page("portal/access/role.html", shown, form=form, hints=hints, person=person)
    return shown_page, 422 if form.errors else 200


@blueprint.route("/<int:user_id>/end", methods=["GET", "POST"])
@policy("portal.users", fresh=True)
def end(user_id: int) -> ResponseReturnValue:
    """Ask, then end the access of a person to the company's pages."""
    shown = own_running("portal.users")
    person = queries.get_person(shown.session, shown.company.id, user_id)
    form = Form()
    if form.validate_on_submit():
        try:
            write(current_actor(), companies.end_access, shown.company.number, user_id)
        except LastCompanyAdmin as error:
            form.refuse(error)
        else:
            return _done(user_id, _("%(name)s has no access any more.", name=person.name))
    is_me = user_id == current_user.signed_in.user_id
    shown_page = page("portal/access/end.html", shown, form=form, person=person, is_me=is_me)
    return shown_page, 422 if form.errors else 200


@blueprint.post("/invitations/<int:invitation_id>/withdraw")
@policy("portal.users")
def withdraw(invitation_id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    shown = own_running("portal.users")
    if write(current_actor(), companies.withdraw_invitation, shown.company.number, invitation_id):
        sessions.notice("ok", _("The invitation is taken back. Its link does not work any more."))
    else:
        text = _("The invitation was accepted or had ended before. Who has access now stands below.")
        sessions.notice("warning", text)
    return redirect(url_for(".index"), code=303)


def _done(user_id: int, text: str) -> ResponseReturnValue:
    """Lead on; who changed their own access has no session any more."""
    if user_id == current_user.signed_in.user_id:
        return redirect(url_for("account.sign_in"), code=303)
    sessions.notice("ok", text)
    return redirect(url_for(".index"), code=303)


def _secret() -> str:
    key = current_app.extensions["membership_keys"].session
    return tokens.new_secret(key, request.form.get("form_token"))


def _place(error: DomainError) -> str | None:
    if isinstance(error, NameWrong):
        return "name"
    return "email" if isinstance(error, EmailWrong | HasAccess | InvitedOften) else None
