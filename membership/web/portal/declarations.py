"""A person of a company declares in the member area, with the same steps as behind the link of a mail.

Source: `ux.md` 7 "Declaration"; MEM-15 (`declare`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.declarations.campaigns import RoundEnded
from membership.persistence.db import read_as, write
from membership.persistence.queries import declarations as queries
from membership.services import declarations
from membership.services.declarations import Declared, Expected
from membership.services.declarations.declaring import NothingAsked
from membership.web import declaring, downloads
from membership.web.access import current_actor, policy
from membership.web.declaring import Guide, visitor
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _
from membership.web.portal.companies import Own, help_contact, own
from membership.web.sessions import operator

blueprint = Blueprint("declarations", __name__, url_prefix="/declarations")


@dataclass(slots=True)
class PortalGuide(Guide):
    """Leads a signed-in person of the company."""

    shown: Own

    def address(self, step: str) -> str:
        """Return where a step lies."""
        return url_for("portal.declarations.show", dues_year=self.opened.round.dues_year) + f"/{step}"

    def save(self, changes: Mapping[str, Any]) -> None:
        """Keep what was typed so far."""
        request_id = self.opened.view.request.id
        write(current_actor(), declarations.save_in_portal, request_id, changes=dict(changes), today=today())

    def keep_file(self, content: bytes, file_name: str) -> None:
        """Keep a file."""
        request_id = self.opened.view.request.id
        write(current_actor(), declarations.keep_in_portal, request_id, content, file_name=file_name)

    def declare(self, declared: Declared, outcome: Expected) -> None:
        """Send the declaration."""
        write(
            current_actor(with_form_token=False), declarations.declare_in_portal, self.opened.view.request.id,
            declared, outcome=outcome, asked=self.opened.asked, today=today(),
        )  # fmt: skip

    @property
    def person(self) -> str:
        """Return who confirms the declaration: who was named, else who is signed in."""
        wish = self.opened.draft.get("contact") or {}
        return str(wish.get("name") or current_actor(with_form_token=False).name)

    def context(self) -> dict[str, Any]:
        """Return the company and the contact for questions."""
        return {
            "company": self.shown.company,
            "companies": self.shown.companies,
            "help_contact": help_contact(),
        }


def find_open_year(shown: Own) -> tuple[int, bool] | None:
    """Return the dues year for which the company may declare and whether it has; None when there is none."""
    found = queries.find_open(shown.session, shown.company.id, today=today())
    return None if found is None else (found[0].dues_year, found[1].version is not None)


def _opened(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Return a view that gets the guide of the company's own request of a year."""

    @wraps(view)
    def opened(dues_year: int, **values: Any) -> ResponseReturnValue:  # noqa: ANN401 - parts of the address
        shown = own()
        found = queries.get_request(shown.session, dues_year, shown.company.number)
        try:
            request_ = declarations.open_request(read_as(visitor()), found.request.id)
            return view(PortalGuide(request_, "portal/base.html", shown), **values)
        except (RoundEnded, NothingAsked) as error:
            page = render_template(
                "portal/declarations/ended.html",
                message=_(error.message, **error.values),
                company=shown.company,
            )
            return page, 409

    return opened


@blueprint.get("")
@policy("portal.declare")
def index() -> ResponseReturnValue:
    """Lead to the request that is open."""
    found = find_open_year(own())
    if found is None:
        abort(404)
    return redirect(url_for(".show", dues_year=found[0]))


@blueprint.get("/<int:dues_year>")
@policy("portal.declare")
@_opened
def show(guide: PortalGuide) -> ResponseReturnValue:
    """Ask the first question, or show what was declared."""
    return declaring.start(guide)


@blueprint.route("/<int:dues_year>/question/<int:place>", methods=["GET", "POST"])
@policy("portal.declare")
@_opened
def question(guide: PortalGuide, place: int) -> ResponseReturnValue:
    """Ask one question."""
    return declaring.question(guide, place)


@blueprint.route("/<int:dues_year>/evidence", methods=["GET", "POST"])
@policy("portal.declare", takes_files=True)
@_opened
def evidence(guide: PortalGuide) -> ResponseReturnValue:
    """Take a file that proves the number."""
    return declaring.evidence(guide)


@blueprint.route("/<int:dues_year>/contact", methods=["GET", "POST"])
@policy("portal.declare")
@_opened
def contact(guide: PortalGuide) -> ResponseReturnValue:
    """Ask who answers for the company."""
    return declaring.contact(guide)


@blueprint.route("/<int:dues_year>/check", methods=["GET", "POST"])
@policy("portal.declare")
@_opened
def check(guide: PortalGuide) -> ResponseReturnValue:
    """Show all once more and send it."""
    return declaring.check(guide)


@blueprint.get("/<int:dues_year>/receipt")
@policy("portal.declare")
@_opened
def receipt(guide: PortalGuide) -> ResponseReturnValue:
    """Say that the declaration is in."""
    return declaring.receipt(guide)


@blueprint.get("/<int:dues_year>/receipt.pdf")
@policy("portal.declare")
@few_at_once
@_opened
def pdf(guide: PortalGuide) -> ResponseReturnValue:
    """Hand out the confirmation."""
    view = guide.opened.view
    content = declarations.receipt(guide.session, view.request.id, zone=operator().time_zone)
    return downloads.pdf(content, name=f"SA{guide.opened.round.dues_year}-{view.member.number}.pdf")
