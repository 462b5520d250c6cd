"""The request to one member: what was declared when, files, what is odd; taking it over, asking back, a link.

Source: `ux.md` 6.12.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.declarations.campaigns import Dates, LastDayOver, is_over, last_day, link_ends
from membership.domain.declarations.plausibility import ODDITY_WORDS, Oddity
from membership.domain.declarations.states import SILENT, WAY_WORDS, Decision
from membership.domain.errors import N_, DomainError
from membership.jobs.engine import wake
from membership.persistence.db import write
from membership.persistence.queries import declarations as queries
from membership.services import declarations, tokens
from membership.services.exports import File
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.downloads import download, pdf
from membership.web.forms.declarations import QueryForm
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, ngettext
from membership.web.treasurer.declarations import shown
from membership.web.treasurer.declarations.blueprint import blueprint
from membership.web.treasurer.declarations.deciding import say_accepted

_DECISION_WORDS = {
    Decision.ACCEPTED: N_("Taken over"),
    Decision.QUERIED: N_("Asked back"),
    Decision.CARRIED_OVER: N_("The fee schedule counts: nothing was declared"),
    Decision.ESTIMATED: N_("Estimated"),
}

_WITHOUT_LINK = N_(
    "The last day has passed, so the mail has no link: the member answers by mail or telephone, and you enter it."
)


def _here(year: int, number: str) -> ResponseReturnValue:
    return redirect(url_for(".request_of", year=year, number=number), code=303)


def _page(year: int, number: str, form: QueryForm, *, link: str = "") -> ResponseReturnValue:
    session = read()
    view = queries.get_request(session, year, number)
    found = queries.get_round(session, year)
    bases, dates = shown.bases_of(session, year), Dates(found.deadline, found.late_until)
    if is_over(dates, today=today()):
        form.text.description = _(_WITHOUT_LINK)
    page = render_template(
        "treasurer/declarations/request.html",
        view=view,
        year=str(year),
        row=shown.row_of(view, bases),
        versions=[_version(each, bases) for each in queries.list_versions(session, view.request.id)],
        events=_events(session, view.request.id, bases),
        files=queries.list_evidence(session, view.request.id),
        form=form,
        link=link,
        is_silent=view.state in SILENT,
        is_over=is_over(dates, today=today()),
        last_day=last_day(dates),
        link_until=link_ends(dates, today=today()),
    )
    return page, 422 if form.errors or form.form_errors else 200


def _version(version: Any, bases: Any) -> dict[str, Any]:  # noqa: ANN401 - a row, and the sizes
    now = declarations.outcome_from(version.expected)
    return {
        "number": version.number,
        "sizes": shown.sizes_in_words(declarations.answers_from(version.answers), bases),
        "known": shown.sizes_in_words(declarations.answers_from(version.known), bases),
        "comment": version.comment,
        "way": _(WAY_WORDS[version.way]),
        "who": version.actor_name,
        "at": version.at,
        "cents": now.cents,
        "band": declarations.band_of(now),
        "oddities": [_(ODDITY_WORDS[Oddity(each)]) for each in version.oddities],
        "evidence_id": version.evidence_id,
    }


def _events(session: Any, request_id: int, bases: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    return [
        {
            "icon": "tick" if each.kind is Decision.ACCEPTED else "pen", "tone": "",
            "text": _(_DECISION_WORDS[each.kind]), "at": each.at, "who": each.actor_name,
            "lines": [
                *shown.sizes_in_words(declarations.answers_from(each.answers), bases),
                *([each.text] if each.text and each.kind in {Decision.QUERIED, Decision.ESTIMATED} else []),
            ],
        }
        for each in queries.list_decisions(session, request_id)
    ]  # fmt: skip


@blueprint.get("/<int:year>/members/<member:number>")
@policy("declaration.read")
def request_of(year: int, number: str) -> ResponseReturnValue:
    """Show the request to one member."""
    return _page(year, number, QueryForm())


@blueprint.post("/<int:year>/members/<member:number>/accept")
@policy("declaration.write")
def accept(year: int, number: str) -> ResponseReturnValue:
    """Take the declaration over that the page showed."""
    typed = request.form.get("version", "")
    version = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else None  # noqa: PLR2004
    say_accepted(write(current_actor(), declarations.accept, year, number, version=version))
    return redirect(url_for(".show", year=year), code=303)


@blueprint.post("/<int:year>/members/<member:number>/query")
@policy("declaration.write")
def query(year: int, number: str) -> ResponseReturnValue:
    """Ask the member back."""
    form = QueryForm()
    if not form.validate_on_submit():
        return _page(year, number, form)
    try:
        mails = write(current_actor(), declarations.query, year, number, form.text.data or "", today=today())
    except DomainError as error:
        form.refuse(error, "text")
        return _page(year, number, form)
    wake()
    if mails:
        sessions.notice("ok", ngettext("%(n)s mail is being sent.", "%(n)s mails are being sent.", mails))
    else:
        sessions.notice("warning", _("There is no mail address. The query is noted; please call the member."))
    return _here(year, number)


@blueprint.post("/<int:year>/members/<member:number>/ask")
@policy("declaration.write")
def ask(year: int, number: str) -> ResponseReturnValue:
    """Send the request to one member again."""
    try:
        write(current_actor(), declarations.ask_again, year, number, today=today())
    except DomainError as error:
        form = QueryForm()
        form.refuse(error)
        return _page(year, number, form)
    wake()
    sessions.notice("ok", _("The request is being sent."))
    return _here(year, number)


@blueprint.post("/<int:year>/members/<member:number>/link")
@policy("declaration.write")
def link(year: int, number: str) -> ResponseReturnValue:
    """Make a link to pass on; it is shown this once."""
    actor = current_actor()
    secret = tokens.new_secret(current_app.extensions["membership_keys"].session, actor.form_token)
    try:
        write(actor, declarations.make_link, year, number, secret=secret, zone=sessions.operator().time_zone)
    except LastDayOver as error:
        form = QueryForm()
        form.refuse(error)
        return _page(year, number, form)
    address = sessions.operator().base_url.rstrip("/") + url_for("declaration_link.show", secret=secret)
    return _page(year, number, QueryForm(), link=address)


@blueprint.post("/<int:year>/members/<member:number>/revoke")
@policy("declaration.write")
def revoke(year: int, number: str) -> ResponseReturnValue:
    """End every link of the request."""
    ended = write(current_actor(), declarations.revoke_links, year, number)
    sessions.notice("ok", ngettext("%(n)s link is ended.", "%(n)s links are ended.", ended))
    return _here(year, number)


@blueprint.get("/<int:year>/members/<member:number>/evidence/<int:evidence_id>")
@policy("declaration.read")
def evidence(year: int, number: str, evidence_id: int) -> ResponseReturnValue:
    """Hand out a file that proves the declaration."""
    kept = declarations.read_evidence(read(), year, number, evidence_id)
    return download(File(kept.name, kept.media_type, kept.content))


@blueprint.get("/<int:year>/members/<member:number>/receipt.pdf")
@policy("declaration.read")
@few_at_once
def receipt(year: int, number: str) -> ResponseReturnValue:
    """Hand out the confirmation of the newest declaration."""
    session = read()
    view = queries.get_request(session, year, number)
    content = declarations.receipt(session, view.request.id, zone=sessions.operator().time_zone)
    return pdf(content, name=f"SA{year}-{view.member.number}.pdf")
