"""Sign-in, second step, sign-out: one page for staff and for the member area.

Source: `ux.md` 9 "Login"; SEC-16 to SEC-21, SEC-29 to SEC-32.
"""

from __future__ import annotations

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.errors import N_
from membership.domain.passwords import SHORTEST
from membership.domain.policy import Actor
from membership.jobs.engine import wake
from membership.persistence.db import Session, read_as, write
from membership.services import account_mails
from membership.services import second_factor as factor
from membership.services import sessions as rows
from membership.services import sign_in as signing
from membership.web import known_browsers, sessions
from membership.web.access import current_actor, policy
from membership.web.account.blueprint import blueprint
from membership.web.association import association
from membership.web.errors import log
from membership.web.forms.account import CodeForm, ForgotForm, LinkForm, SignInForm
from membership.web.language import _
from membership.web.limits import few_attempts, few_failures
from membership.web.returning import kept_form, safe_path

WRONG = N_("Mail address or password do not fit. Please check both.")
TOO_SHORT = N_(
    "Without a second factor a password needs at least %(wanted)s characters. Please choose a longer one."
)
WRONG_CODE = N_("This code does not fit, or it was used before. Please wait for the next one.")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@policy("public")
@few_failures
@few_attempts(30)
def sign_in() -> ResponseReturnValue:
    """Show the sign-in page; with the right password open a session."""
    if current_user.is_authenticated:
        return redirect(safe_path(request.args.get("next")) or url_for("public.home"))
    form = SignInForm()
    if not form.is_submitted():
        form.next.data = safe_path(request.args.get("next")) or ""
    if not form.validate_on_submit():
        return render_template("account/sign_in.html", form=form), 422 if form.is_submitted() else 200
    email, password = str(form.email.data), str(form.password.data)
    keeper = doorkeeper()
    try:
        reading = read_as(keeper)
        subjects = signing.subjects_of(
            reading, email, address=request.remote_addr or "", browser_id=known_browsers.browser_id()
        )
        user_id = signing.find_account(reading, email, password, subjects=subjects, at=keeper.at)
    except signing.Waiting as error:
        form.refuse(error)
        return render_template("account/sign_in.html", form=form), 429
    if user_id is None:
        write(keeper, signing.record_failures, subjects, email=email)
        log("sign-in refused", step="first", status=422, address=request.remote_addr)
        form.form_errors.append(_(WRONG))
        return render_template("account/sign_in.html", form=form), 422
    session_id = rows.new_id()
    write(
        keeper,
        signing.sign_in_by_password,
        user_id,
        subject=subjects[0],
        id_hash=rows.hash_of(session_id),
        device=sessions.device(),
    )
    if kept_form(form.kept.data or "") and sessions.opened_waits_for_second_factor(session_id):
        return _ask_for_code(session_id, form)
    to = form.next.data
    if _is_too_short(session_id, password):
        sessions.notice_for(rows.hash_of(session_id), "warning", _(TOO_SHORT, wanted=SHORTEST))
        to = url_for(".password")
    return finish(session_id, to=to, kept=form.kept.data)


def _is_too_short(session_id: str, password: str) -> bool:
    """Return whether the password was enough only beside a second factor that is not there any more."""
    found = sessions.opened(session_id)
    is_alone = found is not None and not found.is_second_factor_set_up and not sessions.operator().is_demo
    return is_alone and len(password) < SHORTEST


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@policy("public")
@few_failures
@few_attempts(20)
def second_factor() -> ResponseReturnValue:
    """Ask for the second factor of the session that the password opened."""
    found = sessions.find_session()
    if found is None:
        return _sign_in_again()
    if not sessions.is_waiting_for_second_factor(found):
        return redirect(url_for("public.home"))
    form = CodeForm()
    if not form.is_submitted():
        form.next.data = safe_path(request.args.get("next")) or ""
    if not form.validate_on_submit():
        return render_template("account/second_factor.html", form=form), 422 if form.is_submitted() else 200
    session_id = rows.new_id()
    try:
        is_right = write(
            doorkeeper(), factor.take_code, found.user_id,
            code=str(form.code.data), id_hash=rows.hash_of(session_id), replaces=found.id_hash,
        )  # fmt: skip
    except signing.Waiting as error:
        form.refuse(error)
        return render_template("account/second_factor.html", form=form), 429
    if not is_right:
        log("sign-in refused", step="second", status=422, address=request.remote_addr, person=found.user_id)
        form.code.errors = [_(WRONG_CODE)]
        form.code.data = ""
        return render_template("account/second_factor.html", form=form), 422
    return finish(session_id, to=form.next.data, kept=form.kept.data)


def _ask_for_code(session_id: str, typed: SignInForm) -> ResponseReturnValue:
    """Show the page of the second step at once: the kept form travels in its hidden field, not in an address."""
    response = make_response()
    sessions.give_cookie(response, session_id)
    form = CodeForm(formdata=None)
    form.next.data, form.kept.data = safe_path(typed.next.data) or "", typed.kept.data
    response.set_data(render_template("account/second_factor.html", form=form, is_kept=True))
    return response


def _sign_in_again() -> ResponseReturnValue:
    """Lead to the sign-in page when the pause before the code was too long; a kept form stays kept."""
    kept = request.form.get("kept", "")
    if kept_form(kept) is None:
        return redirect(url_for(".sign_in"))
    form = SignInForm(formdata=None)
    form.kept.data = kept
    return render_template("account/sign_in.html", form=form, is_kept=True), 401


@blueprint.post("/sign-out")
@policy("public")
def sign_out() -> ResponseReturnValue:
    """End the session and return to the sign-in page."""
    found = sessions.find_session()
    response = make_response(redirect(url_for(".sign_in"), code=303))
    if found is not None:
        write(sessions.actor_for(found, request_id=g.request_id), rows.end_session, found.id_hash)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    sessions.take_cookie(response)
    return response


@blueprint.route("/forgot", methods=["GET", "POST"])
@policy("public")
@few_attempts(10)
def forgot() -> ResponseReturnValue:
    """Send a link by mail where mails go out; what is said is the same whether there is an account or not (SEC-19)."""
    is_mailed = association().mails_links
    form: ForgotForm | LinkForm = LinkForm() if is_mailed else ForgotForm()
    is_asked = bool(form.validate_on_submit())
    if is_asked and isinstance(form, LinkForm):
        wants_password = form.wish.data == LinkForm.PASSWORD
        write(doorkeeper(), account_mails.put_link, str(form.email.data), wants_password=wants_password)
        wake()
    status = 422 if form.is_submitted() and not is_asked else 200
    return render_template("account/forgot.html", form=form, is_asked=is_asked, is_mailed=is_mailed), status


def finish(session_id: str, *, to: str | None, kept: str | None = None) -> ResponseReturnValue:
    """Give the browser its new session and lead it on: to the kept form, the page it wanted, or the start."""
    again = kept_form(kept or "")
    if again is not None:
        g.pop("csrf_token", None)
        response = make_response()
        _let_in(response, session_id)
        response.set_data(render_template("errors/400.html", kept=again[1], action=again[0]))
        return response
    response = make_response(redirect(safe_path(to) or url_for("public.home"), code=303))
    _let_in(response, session_id)
    return response


def _let_in(response: Response, session_id: str) -> None:
    sessions.give_cookie(response, session_id)
    found = sessions.opened(session_id)
    if found is not None and not sessions.is_waiting_for_second_factor(found):
        known_browsers.remember(response, found.user_id)


def doorkeeper() -> Actor:
    """Return the job that signs people in, in this request."""
    return sessions.doorkeeper(g.request_id)


def doorkeeper_session() -> Session:
    """Return a session in which accounts can be looked up before anybody is signed in."""
    current_actor()
    return read_as(doorkeeper())
