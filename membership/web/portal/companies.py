"""Which company a member's pages show: a person may act for several, and chooses one.

The choice is kept in the signed cookie beside the form protection and counts only while the person acts for that
company. What belongs to others is answered like what does not exist. Source: SEC-01, SEC-05, SEC-06; INV-18.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from flask import Blueprint, abort, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from membership.domain.members import MembershipStopped, first_end_with_access, is_running
from membership.domain.policy import may
from membership.persistence.db import Session, write
from membership.persistence.queries.member_account import Company, list_companies
from membership.persistence.queries.members import list_periods
from membership.services import audit
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings
from membership.web.frame import today

blueprint = Blueprint("companies", __name__, url_prefix="/companies")
_KEY: Final = "company"
_OF_COMPANY: Final = frozenset({"access", "contacts", "data", "debits", "leaving", "privacy"})
"""Folders of templates that belong to the page of the company's data."""


@dataclass(frozen=True, slots=True)
class Own:
    """The company whose pages are shown, the others that may be chosen, and the session to read with."""

    session: Session
    company: Company
    companies: Sequence[Company]


def own() -> Own:
    """Return the chosen company, else the first by name; a person without a company finds nothing."""
    reading = read()
    companies = _companies(reading)
    if not companies:
        abort(404)
    chosen = session.get(_KEY)
    company = next((each for each in companies if each.number == chosen), companies[0])
    return Own(reading, company, companies)


def holds(shown: Own, action: str) -> bool:
    """Return whether the person may do something for the company whose pages are shown; a right to another is none."""
    return may(current_actor(with_form_token=False), action, member_id=shown.company.id)


def own_with(action: str) -> Own:
    """Return the chosen company for who may do the action for it; for all others there is no such page."""
    shown = own()
    if not holds(shown, action):
        refuse()
    return shown


def may_change(shown: Own, action: str) -> bool:
    """Return whether the person may do something for the company that only those do whose membership runs."""
    return holds(shown, action) and is_running(list_periods(shown.session, shown.company.id), today())


def own_running(action: str) -> Own:
    """Return the chosen company like `own_with`; raise `MembershipStopped` when its membership does not run."""
    shown = own_with(action)
    if not may_change(shown, action):
        raise MembershipStopped(company=shown.company.name)
    return shown


def _companies(session: Session) -> list[Company]:
    ids = current_actor(with_form_token=False).member_ids
    return list_companies(session, ids, ended_since=first_end_with_access(today()))


@blueprint.post("")
@policy("portal.read")
def choose() -> ResponseReturnValue:
    """Show another company of the person from now on."""
    number = request.form.get("company", "")
    companies = _companies(read())
    if number not in {each.number for each in companies}:
        refuse()
    session[_KEY] = number
    return redirect(url_for("portal.home.index"), code=303)


def refuse() -> NoReturn:
    """Answer what is not the person's like what does not exist, and note it (SEC-01)."""
    actor = sessions.actor_for(sessions.find_session(), request_id=g.request_id)
    write(actor, audit.record_refusal, endpoint=str(request.endpoint), action="portal.read")
    abort(404)


def page(template: str, shown: Own, **values: object) -> str:
    """Return a page of the member's area with the switch of companies and the contact for help.

    Where it belongs in the navigation is said here: a refused page must look like one that does not exist.
    """
    if template.split("/")[1] in _OF_COMPANY:
        g.area = "portal.company"
    return render_template(
        template, company=shown.company, companies=shown.companies, help_contact=help_contact(), **values
    )


def help_contact() -> dict[str, str]:
    """Return who answers questions of members."""
    text = association_settings().text
    return {
        "name": text("portal.help_name") or text("invoice.contact_name"),
        "phone": text("portal.help_phone") or text("association.phone"),
        "email": text("portal.help_email") or text("association.email"),
    }
