"""What the link of a request opens: the declaration of that company in that round, without signing in; nothing else.

Source: `decisions.md` 10; `ux.md` 7 "Declaration"; `reliability.md` 47.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.declarations.campaigns import RoundEnded
from membership.persistence.db import read_as, write
from membership.services import declarations
from membership.services.declarations import Declared, Expected
from membership.services.declarations.declaring import NothingAsked
from membership.web import declaring, downloads
from membership.web.access import policy
from membership.web.association import association_settings
from membership.web.declaring import Guide, visitor
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, prefer
from membership.web.limits import few_attempts
from membership.web.sessions import operator

blueprint = Blueprint("declaration_link", __name__, url_prefix="/declaration")
_PER_MINUTE = 60
Page = Callable[[Guide], ResponseReturnValue]


@dataclass(slots=True)
class LinkGuide(Guide):
    """Leads whoever holds the link."""

    secret: str = ""

    def address(self, step: str) -> str:
        """Return where a step lies."""
        return url_for("declaration_link.show", secret=self.secret) + f"/{step}"

    def save(self, changes: Mapping[str, Any]) -> None:
        """Keep what was typed so far."""
        write(visitor(), declarations.save_by_link, self.secret, changes=dict(changes), today=today())

    def keep_file(self, content: bytes, file_name: str) -> None:
        """Keep a file."""
        write(visitor(), declarations.keep_by_link, self.secret, content, file_name=file_name)

    def declare(self, declared: Declared, _outcome: Expected) -> None:
        """Send the declaration."""
        write(visitor(), declarations.declare_by_link, self.secret, declared, today=today())

    @property
    def person(self) -> str:
        """Return who confirms the declaration: who was named, else who answers for the company."""
        wish = self.opened.draft.get("contact") or {}
        return str(wish.get("name") or self.opened.contact.name)

    def context(self) -> dict[str, Any]:
        """Return the contact for questions, and where a change of the language leads."""
        text = association_settings().text
        return {
            "here": request.path,
            "help_contact": {
                "name": text("portal.help_name") or text("invoice.contact_name"),
                "phone": text("portal.help_phone") or text("association.phone"),
                "email": text("portal.help_email") or text("association.email"),
            },
        }


def _opened(secret: str) -> LinkGuide:
    session = read_as(visitor())
    link = declarations.find_link(session, secret, at=visitor().at)
    opened = declarations.open_request(session, link.request_id)
    prefer(opened.view.member.language)
    if request.method == "GET" and not link.was_opened:
        write(visitor(), declarations.note_opened, secret)
        opened = declarations.open_request(read_as(visitor()), link.request_id)
    return LinkGuide(opened, "account/base.html", secret=secret)


def _private(answer: ResponseReturnValue) -> Response:
    """Return an answer whose address tells nobody where it came from and that no search engine keeps."""
    response = make_response(answer)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _behind_link(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Return a view that gets the guide of a link; a link that does not work has a page of its own."""

    @wraps(view)
    def opened(secret: str, **values: Any) -> ResponseReturnValue:  # noqa: ANN401 - parts of the address
        try:
            return _private(view(_opened(secret), **values))
        except (declarations.DeclarationLinkEnded, RoundEnded, NothingAsked) as error:
            ended = render_template("declaration/ended.html", message=_(error.message, **error.values))
            return _private((ended, 404))

    return opened


@blueprint.get("/<secret>")
@policy("public")
@_behind_link
def show(guide: LinkGuide) -> ResponseReturnValue:
    """Ask the first question, or show what was declared."""
    return declaring.start(guide)


@blueprint.route("/<secret>/question/<int:place>", methods=["GET", "POST"])
@policy("public")
@few_attempts(_PER_MINUTE)
@_behind_link
def question(guide: LinkGuide, place: int) -> ResponseReturnValue:
    """Ask one question."""
    return declaring.question(guide, place)


@blueprint.route("/<secret>/evidence", methods=["GET", "POST"])
@policy("public", takes_files=True)
@few_attempts(_PER_MINUTE)
@_behind_link
def evidence(guide: LinkGuide) -> ResponseReturnValue:
    """Take a file that proves the number."""
    return declaring.evidence(guide)


@blueprint.route("/<secret>/contact", methods=["GET", "POST"])
@policy("public")
@few_attempts(_PER_MINUTE)
@_behind_link
def contact(guide: LinkGuide) -> ResponseReturnValue:
    """Ask who answers for the company."""
    return declaring.contact(guide)


@blueprint.route("/<secret>/check", methods=["GET", "POST"])
@policy("public")
@few_attempts(_PER_MINUTE)
@_behind_link
def check(guide: LinkGuide) -> ResponseReturnValue:
    """Show all once more and send it."""
    return declaring.check(guide)


@blueprint.get("/<secret>/receipt")
@policy("public")
@_behind_link
def receipt(guide: LinkGuide) -> ResponseReturnValue:
    """Say that the declaration is in."""
    return declaring.receipt(guide)


@blueprint.get("/<secret>/receipt.pdf")
@policy("public")
@few_at_once
@_behind_link
def pdf(guide: LinkGuide) -> ResponseReturnValue:
    """Hand out the confirmation."""
    view = guide.opened.view
    content = declarations.receipt(guide.session, view.request.id, zone=operator().time_zone)
    return downloads.pdf(content, name=f"SA{guide.opened.round.dues_year}-{view.member.number}.pdf")
