"""Pages behind a code or link: the first administrator, an invitation, a new password, a sign-in link.

Opening a link changes nothing; only the form behind it uses it up, so that a mail scanner cannot (SEC-26).
Source: `ux.md` 6.1, 7 "Access"; SEC-15, SEC-25 to SEC-27; INV-29.
"""

from __future__ import annotations

from functools import partial

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.companies import Way
from membership.domain.errors import DomainError
from membership.domain.passwords import require_good
from membership.domain.users import EmailWrong, NameWrong
from membership.persistence.db import write
from membership.persistence.queries.companies import find_open_invitation
from membership.persistence.queries.users import TokenOwner, find_token_owner, has_open_token, has_users
from membership.services import companies, passwords, sign_in, tokens, users
from membership.services import sessions as rows
from membership.services.tokens import Purpose, TokenUsed
from membership.web import sessions
from membership.web.access import policy
from membership.web.account.blueprint import blueprint
from membership.web.account.signing_in import doorkeeper, doorkeeper_session, finish
from membership.web.association import association
from membership.web.forms.account import (
    SHORT_HINT,
    InvitationForm,
    PasswordForm,
    SetupForm,
    WithoutPasswordForm,
)
from membership.web.forms.form import Form
from membership.web.language import _
from membership.web.limits import few_attempts, few_failures


@blueprint.route("/setup", methods=["GET", "POST"])
@policy("public")
@few_failures
@few_attempts(10)
def setup() -> ResponseReturnValue:
    """Make the first administrator by the one-time code; there is no such page without a code or afterwards."""
    if not is_setup_open():
        abort(404)
    form = SetupForm()
    if not form.is_submitted() and request.args.get("code"):
        form.code.data = request.args["code"]
    if not form.validate_on_submit():
        return render_template("account/setup.html", form=form), 422 if form.is_submitted() else 200
    email, password = str(form.email.data), str(form.password.data)
    try:
        require_good(password, email=email)
        user_id = write(
            doorkeeper(), users.create_first_admin,
            code=str(form.code.data), email=email, name=str(form.name.data),
            language=str(form.language.data), password_hash=passwords.hash_password(password),
        )  # fmt: skip
    except users.SetupClosed:
        abort(404)
    except TokenUsed as error:
        form.refuse(error, "code")
        return render_template("account/setup.html", form=form), 404
    except DomainError as error:
        form.refuse(error, _place(error))
        return render_template("account/setup.html", form=form), 422
    return _sign_in(user_id, to=url_for(".set_up_second_factor"))


@blueprint.route("/invitation/<secret>", methods=["GET", "POST"])
@policy("public")
@few_attempts(20)
def invitation(secret: str) -> ResponseReturnValue:
    """Let an invited person choose name and password; in the member area a link by mail does instead of one."""
    owner = _owner(secret, Purpose.INVITATION)
    if owner is None:
        return _no_longer()
    form = _invitation_form(owner.name, may_do_without=not owner.is_staff)
    if not form.validate_on_submit():
        return _page("invitation", form, owner), 422 if form.is_submitted() else 200
    try:
        user_id = write(
            doorkeeper(), users.accept_invitation,
            secret=secret, name=str(form.name.data), language=str(form.language.data),
            password_hash=_hash_of(form, email=owner.email),
        )  # fmt: skip
    except TokenUsed:
        return _no_longer()
    except DomainError as error:
        form.refuse(error, _place(error))
        return _page("invitation", form, owner), 422
    return _sign_in(user_id)


@blueprint.route("/join/<secret>", methods=["GET", "POST"])
@policy("public")
@few_attempts(20)
def join(secret: str) -> ResponseReturnValue:
    """Let an invited person act for a company: by one click with an account, else with a name and a password.

    A link that was not mailed offers both ways to everybody but the owner of the account, who is signed in: its page
    does not say whether there is an account.
    """
    asked = find_open_invitation(doorkeeper_session(), secret, at=sessions.moment())
    is_mailed = asked is not None and asked.invitation.is_mailed
    if asked is None or (is_mailed and asked.way is Way.CLOSED):
        return _no_longer()
    email, name = asked.invitation.email, asked.invitation.name
    signed_in = current_user.signed_in.user_id if current_user.is_authenticated else None
    is_one_click = asked.way is Way.ONE_CLICK or (asked.way is Way.SIGNED_IN and asked.user_id == signed_in)
    form = Form() if is_one_click else _invitation_form(name, may_do_without=is_mailed)
    shown = partial(
        render_template, "account/join.html", form=form, company=asked.company, owner=email,
        may_sign_in=not (is_mailed or is_one_click),
    )  # fmt: skip
    if not form.validate_on_submit():
        return shown(), 422 if form.is_submitted() else 200
    person = None
    try:
        if isinstance(form, InvitationForm):
            given = {"name": str(form.name.data), "language": str(form.language.data)}
            person = {**given, "password_hash": _hash_of(form, email=email)}
        user_id = write(doorkeeper(), companies.accept, secret=secret, person=person, signed_in=signed_in)
    except TokenUsed:
        return _no_longer()
    except DomainError as error:
        form.refuse(error, _place(error))
        return shown(), 422
    if person is not None:
        return _sign_in(user_id)
    sessions.notice("ok", _("You act for %(company)s now. Sign in to see its pages.", company=asked.company))
    return redirect(url_for(".sign_in"), code=303)


def _invitation_form(name: str, *, may_do_without: bool) -> InvitationForm:
    """Return the form of an invitation; a password may be left out only where a link by mail can take its place."""
    kind = WithoutPasswordForm if may_do_without and association().mails_links else InvitationForm
    return kind(data={"name": name})


def _hash_of(form: InvitationForm, *, email: str) -> str:
    password = str(form.password.data or "")
    if not password and isinstance(form, WithoutPasswordForm):
        return passwords.hash_of_none()
    require_good(password, email=email)
    return passwords.hash_password(password)


@blueprint.route("/reset/<secret>", methods=["GET", "POST"])
@policy("public")
@few_attempts(20)
def reset(secret: str) -> ResponseReturnValue:
    """Set a new password by a link; the second factor stays as it is."""
    owner = _owner(secret, Purpose.RESET)
    if owner is None:
        return _no_longer()
    form = PasswordForm()
    if owner.has_second_factor:
        form.password.description = SHORT_HINT
    if not form.validate_on_submit():
        return _page("reset", form, owner), 422 if form.is_submitted() else 200
    password = str(form.password.data)
    try:
        require_good(password, email=owner.email, has_second_factor=owner.has_second_factor)
        write(
            doorkeeper(),
            users.reset_password,
            secret=secret,
            password_hash=passwords.hash_password(password),
        )
    except TokenUsed:
        return _no_longer()
    except DomainError as error:
        form.refuse(error, "password")
        return _page("reset", form, owner), 422
    sessions.notice("ok", _("Your new password is set. You can sign in with it now."))
    return redirect(url_for(".sign_in"), code=303)


@blueprint.route("/link/<secret>", methods=["GET", "POST"])
@policy("public")
@few_attempts(20)
def link(secret: str) -> ResponseReturnValue:
    """Sign a person of the member area in by a link; one button stands between."""
    owner = _owner(secret, Purpose.SIGN_IN_LINK)
    if owner is None:
        return _no_longer()
    form = Form()
    if not form.validate_on_submit():
        return _page("link", form, owner)
    session_id = rows.new_id()
    try:
        write(
            doorkeeper(),
            sign_in.sign_in_by_link,
            secret=secret,
            id_hash=rows.hash_of(session_id),
            device=sessions.device(),
        )
    except TokenUsed:
        return _no_longer()
    return finish(session_id, to=None)


def is_setup_open() -> bool:
    """Return whether nobody has an account and the one-time code of the first administrator still works."""
    reading = doorkeeper_session()
    return not has_users(reading) and has_open_token(reading, Purpose.FIRST_ADMIN, at=sessions.moment())


def _owner(secret: str, purpose: Purpose) -> TokenOwner | None:
    return find_token_owner(doorkeeper_session(), secret, purpose=purpose, at=sessions.moment())


def _page(name: str, form: Form, owner: TokenOwner) -> str:
    return render_template(f"account/{name}.html", form=form, owner=owner.email)


def _no_longer() -> ResponseReturnValue:
    return render_template("account/link_ended.html", message=_(tokens.TokenUsed.message)), 404


def _place(error: DomainError) -> str | None:
    if isinstance(error, NameWrong):
        return "name"
    if isinstance(error, EmailWrong):
        return "email"
    return "password" if error.code.startswith("password") else None


def _sign_in(user_id: int, *, to: str | None = None) -> ResponseReturnValue:
    session_id = rows.new_id()
    write(
        doorkeeper(),
        sign_in.sign_in,
        user_id,
        id_hash=rows.hash_of(session_id),
        has_second_factor=False,
        device=sessions.device(),
    )
    return finish(session_id, to=to)
