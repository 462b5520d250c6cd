"""Users: who may sign in with which rights; invitations, resets and links are shown once.

Source: `ux.md` 9 "Users"; `decisions.md` 35; INV-20, INV-21, SEC-09.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.errors import N_, DomainError
from membership.domain.page_address import is_only_here
from membership.domain.policy import ACTIONS, Role
from membership.domain.users import CompanyUnknown, EmailWrong, NameWrong, RoleEnded
from membership.persistence.db import write
from membership.persistence.queries.search import search_members
from membership.persistence.queries.users import (
    HANDLE,
    SessionLine,
    UserLine,
    get_user,
    list_sessions,
    list_users,
)
from membership.services import second_factor, tokens, users
from membership.services import sessions as rows
from membership.services.users import Roles
from membership.web import sessions
from membership.web.access import current_actor, offered_actions, policy, read
from membership.web.forms.users import PORTAL_ROLES, STAFF_ROLES, InviteForm, RightsForm
from membership.web.frame import today
from membership.web.language import _
from membership.web.outdated import still_holds

blueprint = Blueprint("users", __name__, url_prefix="/users")

ACTION_NAMES: Final = {
    "overview.read": N_("open the overview"),
    "member.read": N_("read members"),
    "member.write": N_("add and change members"),
    "member.import": N_("import members"),
    "member.dues": N_("set agreed amounts and decisions in individual cases"),
    "declaration.read": N_("read declarations"),
    "declaration.write": N_("ask for declarations, enter and take them over"),
    "schedule.read": N_("read the fee schedule"),
    "schedule.write": N_("change the fee schedule and put it into force"),
    "billing.read": N_("look at billing runs"),
    "billing.release": N_("prepare and release billing runs"),
    "invoice.read": N_("read invoices"),
    "invoice.issue": N_("issue invoices"),
    "invoice.send": N_("send invoices"),
    "invoice.correct": N_("correct and cancel invoices"),
    "claim.change": N_("defer, waive and write off what is owed"),
    "bank.read": N_("read bank statements"),
    "bank.write": N_("take in bank statements and match their entries"),
    "mandate.read": N_("see direct debit mandates"),
    "mandate.write": N_("take down and end direct debit mandates"),
    "collection.read": N_("see collections"),
    "collection.write": N_("make direct debit files"),
    "payment.read": N_("read payments"),
    "payment.record": N_("record and match payments"),
    "online.read": N_("see online payments and what Stripe reports"),
    "online.write": N_("settle what Stripe reports"),
    "report.read": N_("open and export reports"),
    "report.members": N_("export member lists"),
    "year.close": N_("close a year of the books and ask for its reopening"),
    "year.approve": N_("approve the closing and reopening of a year"),
    "approval.read": N_("see what waits for approval"),
    "approval.submit": N_("withdraw what was submitted for approval"),
    "approval.decide": N_("approve or return what somebody else submitted"),
    "audit.read": N_("read the audit log"),
    "settings.read": N_("read settings"),
    "settings.write": N_("change settings"),
    "settings.operate": N_("change settings of the operation"),
    "system.read": N_("see how the installation stands"),
    "users.read": N_("read users"),
    "users.manage": N_("invite users and change their rights"),
    "portal.read": N_("see invoices and dues of one’s own company"),
    "portal.declare": N_("declare for one’s own company"),
    "portal.edit": N_("change the data of one’s own company"),
    "portal.pay": N_("pay invoices of one’s own company online"),
    "portal.users": N_("manage contacts and users of one’s own company"),
}
"""Action -> its words in the table of roles; one without words is shown by its name."""

_IN_ADDRESS: Final = ("email", "name", "companies", "portal_role", "language")
"""The fields of an invitation that an address may fill in; staff roles are always chosen by hand."""

ROLE_NAMES = {role: name for role, name, _text in STAFF_ROLES} | dict(PORTAL_ROLES)


@blueprint.get("")
@policy("users.read")
def index() -> ResponseReturnValue:
    """List everybody with an account."""
    return render_template("treasurer/users/index.html", people=list_users(read()), role_names=ROLE_NAMES)


@blueprint.get("/roles")
@policy("users.read")
def roles() -> ResponseReturnValue:
    """Show the table of roles and what they may, as the program uses it; what no page offers yet is not promised."""
    offered = offered_actions(current_app)
    return render_template(
        "treasurer/users/roles.html",
        actions={action: holders for action, holders in ACTIONS.items() if action in offered},
        action_names=ACTION_NAMES,
        role_names=ROLE_NAMES,
        roles=list(Role),
    )


@blueprint.route("/invite", methods=["GET", "POST"])
@policy("users.manage", fresh=True)
def invite() -> ResponseReturnValue:
    """Invite somebody; the link is shown once. A contact of a member comes with the fields in the address."""
    form = InviteForm(data=_asked())
    if form.validate_on_submit():
        secret = _secret()
        try:
            user_id = write(
                current_actor(), users.invite,
                email=str(form.email.data), name=form.name.data or "", secret=secret,
                roles=_chosen(form), companies=_companies(form), language=str(form.language.data),
            )  # fmt: skip
        except DomainError as error:
            _refuse(form, error)
        else:
            return _link_page(user_id, "account.invitation", secret)
    hints = {role: _(text) for role, _name, text in STAFF_ROLES}
    page = render_template("treasurer/users/invite.html", form=form, hints=hints)
    return page, 422 if form.errors else 200


@blueprint.get("/<int:user_id>")
@policy("users.read")
def show(user_id: int) -> ResponseReturnValue:
    """Show one person."""
    person = get_user(read(), user_id)
    return render_template(
        "treasurer/users/show.html",
        person=person,
        role_names=ROLE_NAMES,
        is_me=user_id == current_user.signed_in.user_id,
        open_sessions=_open_sessions(person) if sessions.holds("users.manage") else [],
        today=today(),
    )


@blueprint.route("/<int:user_id>/rights", methods=["GET", "POST"])
@policy("users.manage", fresh=True)
def rights(user_id: int) -> ResponseReturnValue:
    """Change the roles and companies of a person; open sessions end."""
    person = get_user(read(), user_id)
    now = _rights_in_words(person)
    form = RightsForm(data={**_present(person), "seen": now})
    if form.validate_on_submit() and still_holds(form, now):
        try:
            write(
                current_actor(), users.change_rights, user_id,
                roles=_chosen(form), companies=_companies(form, person),
            )  # fmt: skip
        except DomainError as error:
            _refuse(form, error)
        else:
            sessions.notice("ok", _("The rights of %(name)s are changed.", name=person.name))
            return redirect(url_for(".show", user_id=user_id), code=303)
    hints = {role: _(text) for role, _name, text in STAFF_ROLES}
    page = render_template("treasurer/users/rights.html", form=form, person=person, hints=hints)
    return page, 422 if form.errors else 200


@blueprint.post("/<int:user_id>/invitation")
@policy("users.manage", fresh=True)
def renew_invitation(user_id: int) -> ResponseReturnValue:
    """Make a new invitation link and show it once."""
    secret = _secret()
    write(current_actor(), users.renew_invitation, user_id, secret=secret)
    return _link_page(user_id, "account.invitation", secret)


@blueprint.post("/<int:user_id>/reset")
@policy("users.manage", fresh=True)
def offer_reset(user_id: int) -> ResponseReturnValue:
    """Make a link for a new password and show it once."""
    secret = _secret()
    write(current_actor(), users.offer_reset, user_id, secret=secret)
    return _link_page(user_id, "account.reset", secret)


@blueprint.post("/<int:user_id>/link")
@policy("users.manage", fresh=True)
def offer_link(user_id: int) -> ResponseReturnValue:
    """Make a sign-in link for a person of the member area and show it once."""
    secret = _secret()
    write(current_actor(), users.offer_sign_in_link, user_id, secret=secret)
    return _link_page(user_id, "account.link", secret)


@blueprint.post("/<int:user_id>/second-factor")
@policy("users.manage", fresh=True)
def reset_second_factor(user_id: int) -> ResponseReturnValue:
    """Take a person's second factor away, for a lost telephone."""
    write(current_actor(), second_factor.switch_off, user_id)
    return _back(user_id, _("The second factor is taken away. The person can set up a new one."))


@blueprint.post("/<int:user_id>/sessions")
@policy("users.manage")
def end_sessions(user_id: int) -> ResponseReturnValue:
    """End all sessions of a person."""
    write(current_actor(), users.end_sessions, user_id)
    if user_id == current_user.signed_in.user_id:
        return redirect(url_for("account.sign_in"), code=303)
    return _back(user_id, _("The person is signed out everywhere."))


@blueprint.post("/<int:user_id>/sessions/<handle>/end")
@policy("users.manage")
def end_session(user_id: int, handle: str) -> ResponseReturnValue:
    """End one session of a person."""
    write(current_actor(), rows.end_one, user_id, handle)
    if handle == current_user.signed_in.id_hash[:HANDLE]:
        return redirect(url_for("account.sign_in"), code=303)
    return _back(user_id, _("That browser is signed out."))


@blueprint.post("/<int:user_id>/deactivate")
@policy("users.manage")
def deactivate(user_id: int) -> ResponseReturnValue:
    """Block an account."""
    write(current_actor(), users.deactivate, user_id)
    if user_id == current_user.signed_in.user_id:
        return redirect(url_for("account.sign_in"), code=303)
    undo = {"href": url_for(".activate", user_id=user_id), "label": _("Undo")}
    return _back(user_id, _("The account is deactivated."), undo)


@blueprint.post("/<int:user_id>/activate")
@policy("users.manage", fresh=True)
def activate(user_id: int) -> ResponseReturnValue:
    """Open a blocked account again."""
    write(current_actor(), users.activate, user_id)
    return _back(user_id, _("The account is active again."))


def _open_sessions(person: UserLine) -> list[SessionLine]:
    limits = sessions.operator()
    hours = limits.staff_hours if person.roles else limits.portal_hours
    return list_sessions(read(), person.id, since=sessions.moment() - timedelta(hours=hours))


def _asked() -> dict[str, object]:
    """Return what the address fills in, read like typed input; what the form would refuse is left out."""
    typed = InviteForm(formdata=request.args, meta={"csrf": False})
    names = [name for name in _IN_ADDRESS if name in request.args]
    return {name: typed[name].data for name in names if typed[name].validate(typed)}


def _refuse(form: RightsForm, error: DomainError) -> None:
    """Hang a refusal at its field; for a number that nobody has, name the members whose name or place fits."""
    form.refuse(error, _place(error))
    if not isinstance(error, CompanyUnknown) or not sessions.holds("member.read"):
        return
    found = search_members(read(), str(error.values["number"]))
    if found:
        named = "; ".join(f"{hit.number} {hit.name}" for hit in found)
        form.companies.errors = [*form.companies.errors, _("These members fit: %(found)s.", found=named)]


def _secret() -> str:
    key = current_app.extensions["membership_keys"].session
    return tokens.new_secret(key, request.form.get("form_token"))


def _link_page(user_id: int, endpoint: str, secret: str) -> ResponseReturnValue:
    address = sessions.operator().base_url.rstrip("/") + url_for(endpoint, secret=secret)
    person = get_user(read(), user_id)
    kind = endpoint.rsplit(".", 1)[1]
    return render_template(
        "treasurer/users/link.html",
        person=person,
        address=address,
        kind=kind,
        is_only_here=is_only_here(address),
    )


def _back(user_id: int, text: str, undo: Mapping[str, str] | None = None) -> ResponseReturnValue:
    sessions.notice("ok", text, undo)
    return redirect(url_for(".show", user_id=user_id), code=303)


def _chosen(form: RightsForm) -> Roles:
    return {Role(role): form.ends_on.data for role in form.roles.data or []}


def _companies(form: RightsForm, person: UserLine | None = None) -> dict[str, Role]:
    """Return number -> role; a company that was there keeps its role unless all had the same one before."""
    chosen = Role(form.portal_role.data)
    before = {line.number: line.role for line in person.companies} if person else {}
    if len(set(before.values())) > 1:
        return {number: before.get(number, chosen) for number in form.company_numbers()}
    return dict.fromkeys(form.company_numbers(), chosen)


def _present(person: UserLine) -> dict[str, object]:
    days = [day for day in person.roles.values() if day]
    return {
        "roles": [str(role) for role in person.roles],
        "ends_on": days[0] if days else None,
        "companies": ", ".join(line.number for line in person.companies),
        "portal_role": str(person.companies[0].role) if person.companies else "company_user",
    }


def _rights_in_words(person: UserLine) -> str:
    roles = [
        _("%(role)s until %(day)s", role=_(ROLE_NAMES[role]), day=day) if day else _(ROLE_NAMES[role])
        for role, day in sorted(person.roles.items())
    ]
    companies = [f"{_(ROLE_NAMES[line.role])} {line.number}" for line in person.companies]
    return ", ".join([*roles, *companies]) or _("no rights")


def _place(error: DomainError) -> str | None:
    if isinstance(error, EmailWrong):
        return "email"
    if isinstance(error, NameWrong):
        return "name"
    if isinstance(error, RoleEnded):
        return "ends_on"
    return "companies" if isinstance(error, CompanyUnknown) else None
