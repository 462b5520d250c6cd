"""One's own password, second factor, recovery codes and sessions; each change asks for the present password.

Source: `reliability.md` 50; SEC-22, SEC-33, SEC-35.
"""

from __future__ import annotations

import segno
from flask import current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from membership.domain.errors import DomainError
from membership.domain.passwords import PasswordNeedsFactor, require_enough_alone, require_good
from membership.domain.users import PasswordWrong
from membership.persistence.db import write
from membership.persistence.queries.users import HANDLE, find_password_hash
from membership.services import passwords, users
from membership.services import second_factor as factor
from membership.services import sessions as rows
from membership.services import sign_in as signing
from membership.web import sessions
from membership.web.access import current_actor, lacks_second_factor, policy, read
from membership.web.account.blueprint import blueprint
from membership.web.association import association
from membership.web.forms.account import (
    SHORT_HINT,
    ChangePasswordForm,
    KeptProofForm,
    ProofForm,
    SecondFactorForm,
)
from membership.web.language import _
from membership.web.limits import few_attempts
from membership.web.returning import kept_form, safe_path


@blueprint.route("/profile/password", methods=["GET", "POST"])
@policy("signed_in")
@few_attempts(10)
def password() -> ResponseReturnValue:
    """Change one's password; other sessions end."""
    form = ChangePasswordForm()
    if current_user.signed_in.is_second_factor_set_up:
        form.password.description = SHORT_HINT
    if form.validate_on_submit():
        person = current_user.signed_in
        chosen = str(form.password.data)
        session_id = rows.new_id()
        try:
            _prove(str(form.present.data))
            require_good(chosen, email=person.email, has_second_factor=person.is_second_factor_set_up)
            write(
                current_actor(with_form_token=False), users.change_password,
                password_hash=passwords.hash_password(chosen), id_hash=rows.hash_of(session_id),
                replaces=person.id_hash, has_second_factor=person.has_second_factor,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(
                error, "present" if isinstance(error, PasswordWrong | signing.Waiting) else "password"
            )
        else:
            sessions.notice_for(
                rows.hash_of(session_id), "ok", _("Your password is changed. Other browsers were signed out.")
            )
            response = make_response(redirect(url_for(".profile"), code=303))
            sessions.give_cookie(response, session_id)
            return response
    return _page("password", form=form), 422 if form.errors else 200


@blueprint.route("/profile/second-factor", methods=["GET", "POST"])
@policy("signed_in")
@few_attempts(10)
def set_up_second_factor() -> ResponseReturnValue:
    """Show the QR code of a new secret; its first code switches the second factor on and shows the recovery codes."""
    person = current_user.signed_in
    if person.is_second_factor_set_up:
        return redirect(url_for(".profile"))
    secret = factor.pending_secret(current_app.extensions["membership_keys"].session, person.id_hash)
    form = SecondFactorForm()
    if not form.is_submitted():
        form.next.data = safe_path(request.args.get("next")) or ""
    if form.validate_on_submit():
        session_id, codes = rows.new_id(), factor.new_recovery_codes()
        try:
            _prove(str(form.present.data))
            write(
                current_actor(with_form_token=False), factor.set_up,
                secret=secret, code=str(form.code.data), recovery_codes=codes,
                id_hash=rows.hash_of(session_id), replaces=person.id_hash,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, "present" if isinstance(error, PasswordWrong | signing.Waiting) else "code")
        else:
            response = make_response()
            sessions.give_cookie(response, session_id)
            onward = safe_path(form.next.data) or url_for("public.home")
            response.set_data(_page("recovery_codes", codes=codes, onward=onward, is_first=True))
            return response
    address = factor.address_of(secret, email=person.email, issuer=association().name)
    picture = segno.make(address, error="m").svg_inline(
        border=4, omitsize=True, title=_("QR code for your app")
    )
    page = _page(
        "set_up_second_factor",
        form=form,
        qr_code=Markup(picture),  # noqa: S704 - drawn by us from an address that segno has encoded
        secret=secret,
        later=url_for("public.home"),
        must=bool(form.next.data),
        is_due=person.has_billed and lacks_second_factor(person),
        may_wait=lacks_second_factor(person),
    )
    return page, 422 if form.errors else 200


@blueprint.route("/profile/recovery-codes", methods=["GET", "POST"])
@policy("signed_in")
@few_attempts(10)
def recovery_codes() -> ResponseReturnValue:
    """Make new recovery codes and show them once."""
    form = ProofForm()
    if not current_user.signed_in.is_second_factor_set_up:
        return redirect(url_for(".profile"))
    if form.validate_on_submit():
        codes = factor.new_recovery_codes()
        try:
            _prove(str(form.present.data))
        except PasswordWrong as error:
            form.refuse(error, "present")
        else:
            write(current_actor(with_form_token=False), factor.renew_recovery_codes, codes)
            return _page("recovery_codes", codes=codes, onward=url_for(".profile"), is_first=False)
    return _page("renew_recovery_codes", form=form), 422 if form.errors else 200


@blueprint.route("/profile/second-factor/off", methods=["GET", "POST"])
@policy("signed_in")
@few_attempts(10)
def switch_off_second_factor() -> ResponseReturnValue:
    """Take one's second factor away, for a new telephone; everywhere is signed out."""
    form = ProofForm()
    if not current_user.signed_in.is_second_factor_set_up:
        return redirect(url_for(".profile"))
    if form.validate_on_submit():
        try:
            _prove(str(form.present.data))
            require_enough_alone(str(form.present.data))
        except (PasswordWrong, PasswordNeedsFactor) as error:
            form.refuse(error, "present")
        else:
            actor = current_actor(with_form_token=False)
            write(actor, factor.switch_off, current_user.signed_in.user_id)
            return _signed_out()
    return _page("switch_off_second_factor", form=form), 422 if form.errors else 200


@blueprint.post("/profile/sessions/end")
@policy("signed_in", fresh=True)
def end_sessions() -> ResponseReturnValue:
    """End all of one's sessions, this one too, for who gave the password a moment ago (ASVS 7.5.2)."""
    write(current_actor(with_form_token=False), users.end_sessions, current_user.signed_in.user_id)
    return _signed_out()


@blueprint.post("/profile/sessions/<handle>/end")
@policy("signed_in", fresh=True)
def end_session(handle: str) -> ResponseReturnValue:
    """End one of one's sessions; ending this one is signing out (ASVS 7.5.2)."""
    person = current_user.signed_in
    write(current_actor(with_form_token=False), rows.end_one, person.user_id, handle)
    if handle == person.id_hash[:HANDLE]:
        return _signed_out()
    sessions.notice("ok", _("That browser is signed out."))
    return redirect(url_for(".profile"), code=303)


@blueprint.post("/profile/sessions/end-others")
@policy("signed_in", fresh=True)
def end_other_sessions() -> ResponseReturnValue:
    """End all of one's sessions but this one."""
    person = current_user.signed_in
    write(current_actor(with_form_token=False), rows.end_others, person.user_id, but=person.id_hash)
    sessions.notice("ok", _("All other browsers are signed out."))
    return redirect(url_for(".profile"), code=303)


@blueprint.post("/profile/proof")
@policy("signed_in")
@few_attempts(10)
def prove() -> ResponseReturnValue:
    """Take the password before a form that touches money or rights, and offer that form again."""
    form = KeptProofForm()
    if form.validate_on_submit():
        try:
            _prove(str(form.present.data))
        except PasswordWrong as error:
            form.refuse(error, "present")
        else:
            write(current_actor(with_form_token=False), rows.mark_proved, current_user.signed_in.id_hash)
            again = kept_form(form.kept.data or "")
            if again is None:
                return redirect(url_for("public.home"), code=303)
            return render_template(
                "errors/400.html", frame="base.html", is_proved=True, kept=again[1], action=again[0]
            )
    return _page("prove", form=form), 422


def _prove(present: str) -> None:
    """Raise unless this is the present password; failures are counted for the person and make them wait (SEC-35)."""
    actor = current_actor(with_form_token=False)
    subject = signing.proof_of(read(), current_user.signed_in.user_id)
    signing.require_no_wait(read(), subject.key, at=actor.at)
    kept = find_password_hash(read(), current_user.signed_in.user_id)
    if not passwords.is_right(present, kept):
        write(actor, signing.record_failure, subject.key, what=subject.what)
        raise PasswordWrong
    write(actor, signing.forget_failures, subject.key)


def _signed_out() -> ResponseReturnValue:
    response = make_response(redirect(url_for(".sign_in"), code=303))
    sessions.take_cookie(response)
    return response


def _page(name: str, **values: object) -> str:
    frame = "base.html" if current_user.is_staff else "portal/base.html"
    return render_template(f"account/{name}.html", frame=frame, **values)
