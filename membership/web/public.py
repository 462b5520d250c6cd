"""Pages for everybody: the way in, imprint, privacy, about, help, the logo, the health of the server.

Source: `decisions.md` 43, 44; `ux.md` 4 "Help".
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from membership.domain.errors import DomainError
from membership.persistence.db import db
from membership.persistence.outages import is_writable
from membership.persistence.queries.settings import find_logo
from membership.services.schema import require_present
from membership.web import manual, navigation, sessions
from membership.web.access import may_open, policy
from membership.web.account.joining import is_setup_open
from membership.web.association import association_settings

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
@policy("public")
def home() -> ResponseReturnValue:
    """Lead to the page where this person begins; while nobody has an account, to the one that makes the first."""
    if current_user.is_authenticated:
        return redirect(navigation.start_page(current_user.actor.roles))
    opened = sessions.find_session()
    if opened is not None and sessions.is_waiting_for_second_factor(opened):
        return redirect(url_for("account.second_factor"))
    if is_setup_open():
        return redirect(url_for("account.setup"))
    return redirect(url_for("account.sign_in"))


@blueprint.get("/imprint")
@policy("public")
def imprint() -> ResponseReturnValue:
    """Show who is behind these pages (§ 5 DDG)."""
    return render_template("public/imprint.html", frame=_frame(), settings=association_settings())


@blueprint.get("/privacy")
@policy("public")
def privacy() -> ResponseReturnValue:
    """Show what is kept about people and why (Art. 13 GDPR)."""
    return render_template("public/privacy.html", frame=_frame(), settings=association_settings())


@blueprint.get("/about")
@policy("public")
def about() -> ResponseReturnValue:
    """Show name, version and licences of the product."""
    return render_template("public/about.html", frame=_frame())


@blueprint.get("/help")
@policy("public")
def help() -> ResponseReturnValue:  # noqa: A001 - the endpoint is `public.help`
    """Show the manual, opened at the chapter of the address; the links to the help carry that of their page."""
    chosen = request.args.get("chapter", "")
    found = next((chapter for chapter in manual.chapters() if chapter.name == chosen), None)
    text = manual.with_links(found.text, may_open=may_open) if found else None
    return render_template(
        "help/index.html", frame=_frame(), chapters=manual.chapters(), chapter=found, text=text
    )


@blueprint.get("/logo")
@policy("public")
def logo() -> ResponseReturnValue:
    """Send the association's logo."""
    found = find_logo(db.session())
    if found is None:
        abort(404)
    content, kind, digest = found
    response = Response(content, content_type=kind)
    response.headers["Cache-Control"] = "public, no-cache"
    response.set_etag(digest[:16])
    response.make_conditional(request)
    return response


@blueprint.get("/healthz")
@policy("public")
def health() -> ResponseReturnValue:
    """Say whether the database answers, takes writes and fits this program; for the reverse proxy and monitoring."""
    try:
        require_present(db.session())
    except DomainError:
        return jsonify(ok=False), 503
    is_well = is_writable(db.session())
    return jsonify(ok=is_well), 200 if is_well else 503


def _frame() -> str:
    if not current_user.is_authenticated:
        return "account/base.html"
    return "base.html" if current_user.is_staff else "portal/base.html"
