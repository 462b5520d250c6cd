"""One's own account: name, language, keys, and the menu page of narrow screens.

Source: `ux.md` 9 "Profile", 4 "Language", "Keyboard".
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.errors import DomainError
from membership.persistence.db import write
from membership.persistence.queries.users import count_recovery_codes, get_user, list_sessions
from membership.services import users
from membership.web import navigation, news, sessions
from membership.web.access import current_actor, policy, read
from membership.web.account.blueprint import blueprint
from membership.web.forms.account import ProfileForm
from membership.web.language import _, keep_choice
from membership.web.returning import safe_path
from membership.wording import LANGUAGES


@blueprint.get("/menu")
@policy("signed_in")
def menu() -> ResponseReturnValue:
    """Show the navigation as a page, for narrow screens."""
    if not current_user.is_staff:
        return redirect(navigation.start_page(frozenset()))
    return render_template("account/menu.html")


@blueprint.get("/stay")
@policy("signed_in")
def stay() -> ResponseReturnValue:
    """Count as a request, so that the session goes on; return for how many seconds."""
    return {"seconds": current_user.seconds_left}


@blueprint.post("/language")
@policy("public")
def language() -> ResponseReturnValue:
    """Change the language of the pages and return to the page before."""
    chosen = request.form.get("language", "")
    back = (
        safe_path(request.form.get("back"))
        or safe_path(urlsplit(request.referrer or "").path)
        or url_for("public.home")
    )
    response = make_response(redirect(back, code=303))
    if chosen not in LANGUAGES:
        return response
    keep_choice(response, chosen)
    if current_user.is_authenticated:
        person = current_user.signed_in
        write(
            current_actor(with_form_token=False),
            users.change_profile,
            name=person.name,
            language=chosen,
            has_keys_on=person.has_keys_on,
        )
    return response


@blueprint.route("/profile", methods=["GET", "POST"])
@policy("signed_in")
def profile() -> ResponseReturnValue:
    """Show one's account; change name, language and keys."""
    person = current_user.signed_in
    form = ProfileForm(
        data={"name": person.name, "language": person.language, "has_keys_on": person.has_keys_on}
    )
    if form.validate_on_submit():
        try:
            write(
                current_actor(), users.change_profile,
                name=str(form.name.data), language=str(form.language.data), has_keys_on=bool(form.has_keys_on.data),
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, "name")
        else:
            sessions.notice("ok", _("Your profile is saved."))
            return redirect(url_for(".profile"), code=303)
    session, at, limits = read(), sessions.moment(), sessions.operator()
    hours = limits.staff_hours if current_user.is_staff else limits.portal_hours
    page = render_template(
        "account/profile.html",
        form=form,
        frame="base.html" if current_user.is_staff else "portal/base.html",
        person=get_user(session, person.user_id),
        codes_left=count_recovery_codes(session, person.user_id) if person.is_second_factor_set_up else 0,
        open_sessions=list_sessions(session, person.user_id, since=at - timedelta(hours=hours)),
        this_session=person.id_hash,
        happened=news.recent_texts(person.user_id),
    )
    return page, 422 if form.errors else 200
