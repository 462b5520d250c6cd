"""Applications for membership: the list, one of them with all that was said, and what the board decided about it.

Source: `ux.md` 6.3 "Joining"; `domain.md` MEM-1 to MEM-4.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.applications import (
    INVOICE_WAITS,
    PAYMENT_WISHES,
    STATE_WORDS,
    ApplicationState,
    LooksKnown,
    asks_first,
)
from membership.domain.declarations.questions import answer_of, weighted
from membership.domain.dues.assessment import Assessment, Result
from membership.domain.dues.schedule.bases import default_basis
from membership.domain.dues.words import basis_words
from membership.domain.errors import N_, DomainError
from membership.domain.member_fields import BEFORE_INVOICE, INVOICE_ADDRESS, ORDER_WORDS
from membership.domain.members import ReturnTooEarly
from membership.jobs.engine import wake
from membership.persistence.db import Session, rehearse, write
from membership.persistence.queries import applications as queries
from membership.persistence.queries.members import MemberFilter, Tab, find_number, list_members
from membership.services import admissions, applications, tokens
from membership.services.admissions import Admission
from membership.services.applications import shown_then
from membership.services.dues import known_sizes
from membership.services.members.records import CategoryUnknown
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings
from membership.web.forms.applications import AdmitForm, CompanyDetails, RejectForm
from membership.web.forms.form import choice
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.outdated import is_repeated
from membership.web.sessions import holds, operator
from membership.web.treasurer.audit import name_actions
from membership.web.treasurer.members.calculation import calculation_of
from membership.web.treasurer.members.listing import category_names
from membership.web.treasurer.members.returning import key_of, trying

blueprint = Blueprint("applications", __name__, url_prefix="/applications")
name_actions(
    {
        "application.submit": N_("Application sent"),
        "application.confirm": N_("Application confirmed"),
        "application.withdraw": N_("Application withdrawn"),
        "application.accept": N_("Application accepted"),
        "application.reject": N_("Application turned down by the board"),
        "application.erase": N_("Application erased"),
        "application.link": N_("Link of an application made"),
    }
)

_OPEN: Final = frozenset({ApplicationState.UNCONFIRMED, ApplicationState.WAITING})
_VIEWS: Final = {
    "waiting": (N_("Waiting for a decision"), (ApplicationState.WAITING,)),
    "decided": (
        N_("Decided"),
        (ApplicationState.ACCEPTED, ApplicationState.REJECTED, ApplicationState.WITHDRAWN),
    ),
    "unconfirmed": (N_("Not confirmed"), (ApplicationState.UNCONFIRMED,)),
}
"""View of the list -> its name and the states in it."""
MARKS: Final = {
    ApplicationState.UNCONFIRMED: ("clock", "neutral"),
    ApplicationState.WAITING: ("pen", "plan"),
    ApplicationState.ACCEPTED: ("tick", "ok"),
    ApplicationState.REJECTED: ("crossed-circle", "neutral"),
    ApplicationState.WITHDRAWN: ("undo", "neutral"),
}
"""State -> icon and tone of its mark."""
_NEW: Final = "new"
_PLACES: Final = (
    (CategoryUnknown, "category"),
    (LooksKnown, "into"),
    (ReturnTooEarly, "start"),
)
"""Refusal -> the field it belongs to."""
_COMPANY: Final = (
    "name", "legal_form", "register_entry", "vat_id", "tax_number", "street", "address_extra", "postcode", "city",
    "country", "group_name",
)  # fmt: skip
_INVOICES: Final = ("invoice_email", *INVOICE_ADDRESS, "order_number", "leitweg_id")
_PEOPLE: Final = ("signatory_name", "signatory_function", "email", "phone", "message")


@blueprint.get("")
@policy("member.read")
def index() -> ResponseReturnValue:
    """List the applications of one view, and the applicants that the office entered."""
    session = read()
    view = request.args.get("view", "waiting")
    view = view if view in _VIEWS else "waiting"
    counts = queries.count_applications(session)
    entered = _entered(session) if view == "waiting" else []
    tabs = [
        {
            "label": _(name), "href": url_for(".index", view=each), "is_current": each == view,
            "count": sum(counts.get(state, 0) for state in states),
        }
        for each, (name, states) in _VIEWS.items()
    ]  # fmt: skip
    return render_template(
        "treasurer/applications/index.html",
        tabs=tabs,
        view=view,
        lines=queries.list_applications(session, _VIEWS[view][1]),
        entered=entered,
        categories=category_names(session),
        state_mark=state_mark,
        is_open=association_settings().flag("application.open"),
    )


def _entered(session: Session) -> list[Any]:
    chosen = MemberFilter(year=today().year, today=today(), tab=Tab.ALL, state="applied")
    return list_members(session, chosen, limit=100)


def state_mark(state: ApplicationState) -> dict[str, str]:
    """Return how a state is drawn: word, icon, tone."""
    icon, tone = MARKS[state]
    return {"word": _(STATE_WORDS[state]), "icon": icon, "tone": tone}


@blueprint.get("/<reference>")
@policy("member.read")
def show(reference: str) -> ResponseReturnValue:
    """Show one application with all that was said, agreed to and shown."""
    return _shown(reference)


def _shown(reference: str, *, link: str = "") -> ResponseReturnValue:
    session = read()
    application = queries.get_application(session, reference)
    names = category_names(session)
    first, whole_cents = shown_then(application.expected)
    return render_template(
        "treasurer/applications/show.html",
        application=application,
        title=_title(application),
        groups=_groups(session, application, names) if application.data else [],
        member_number=find_number(session, application.member_id) if application.member_id else None,
        known=queries.list_known_companies(session, application),
        others=queries.list_others_of(session, application),
        then=calculation_of(first) if first else None,
        whole_cents=whole_cents,
        mark_of=state_mark(application.state),
        can_decide=application.state is ApplicationState.WAITING and holds("member.write"),
        can_pass_on=application.state in _OPEN and holds("member.write"),
        link=link,
    )


def _title(application: Any) -> str:  # noqa: ANN401 - a row; pages do not import models
    return application.data["name"] if application.data else _("Erased application")


def _groups(
    session: Session,
    application: Any,  # noqa: ANN401 - a row; pages do not import models
    names: dict[str, str],
) -> list[tuple[str, list[dict[str, str]]]]:
    """Return what was said, heading by heading."""
    data = application.data
    wish = [
        {"label": _("Kind of membership"), "value": names.get(application.category, application.category)}
    ]
    known = known_sizes(session, today().year)
    for name, each in application.sizes.items():
        basis = known.get(name) or default_basis(name)
        size = words().value(basis_words(basis, weighted(basis, answer_of(each["answer"]))))
        day = words().value(date.fromisoformat(each["as_of"]))
        wish.append({"label": _("Size"), "value": f"{size} ({day})"})
    invoices = _rows(data, _INVOICES)
    if data["order_wish"] == BEFORE_INVOICE:
        invoices.append({"label": _("Order number"), "value": _(ORDER_WORDS[BEFORE_INVOICE])})
    invoices.append({"label": _("How you want to pay"), "value": _(PAYMENT_WISHES[data["payment"]])})
    if data.get("iban_shown"):
        invoices.append({"label": _("IBAN"), "value": data["iban_shown"]})
        invoices.extend(_rows(data, ("iban_holder",)))
    return [
        (_("Company"), _rows(data, _COMPANY)),
        (_("Membership"), wish),
        (_("Invoices"), invoices),
        (_("Who signs"), _rows(data, _PEOPLE)),
    ]


def _rows(data: dict[str, Any], names: tuple[str, ...]) -> list[dict[str, str]]:
    form = CompanyDetails(formdata=None)
    return [{"label": form[name].label.text, "value": data[name]} for name in names if data[name]]


@blueprint.route("/<reference>/accept", methods=["GET", "POST"])
@policy("member.write")
def accept(reference: str) -> ResponseReturnValue:
    """Make a member of it; the dues of the first year are shown before."""
    session = read()
    application = queries.get_application(session, reference)
    if is_repeated() or application.state is not ApplicationState.WAITING:
        return _back(application.reference)
    names, may_bill = category_names(session), holds("invoice.issue")
    waits = asks_first(application.data["order_wish"])
    form = AdmitForm(
        data={
            "start": today(), "decided_on": today(), "organ": _("Board"), "category": application.category,
            "bills": may_bill and not waits, "tells": True,
            "invites": True,
        }
    )  # fmt: skip
    form.category.choices = [choice(code, name) for code, name in names.items()]
    known = queries.list_known_companies(session, application)
    form.into.choices = _who(session, application)
    found, result = None, None
    if form.validate_on_submit():
        try:
            result = _tried(application.reference, form)
            key = key_of(result, form.start.data, form.category.data, form.into.data)
            if form.seen.data == key:
                return _admit(application.reference, form, result)
        except DomainError as error:
            form.refuse(error, next((field for kind, field in _PLACES if isinstance(error, kind)), None))
        else:
            form.seen.data, found = key, calculation_of(result) if result else None
    page = render_template(
        "treasurer/applications/accept.html",
        application=application,
        title=_title(application),
        form=form,
        found=found,
        may_bill=may_bill,
        owes=_cents(result) > 0,
        account=application.data["iban_shown"] if applications.agreed_mandate(session, application) else "",
        waits=_(INVOICE_WAITS["order_number"]) if may_bill and waits else "",
        known=known,
    )
    return page, 422 if form.errors else 200


def _who(session: Session, application: Any) -> list[Any]:  # noqa: ANN401 - a row, and options of WTForms
    """Return which company it can be: another one, or one that was a member and returns."""
    returning = admissions.list_returning(session, application, today=today())
    return [
        choice(_NEW, _("Another company: a new member")),
        *(
            choice(each.number, _("%(number)s %(name)s returns", number=each.number, name=each.name))
            for each in returning
        ),
    ]


def _into(form: AdmitForm) -> str:
    chosen = str(form.into.data or "")
    return "" if chosen == _NEW else chosen


def _tried(reference: str, form: AdmitForm) -> Result | None:
    return rehearse(
        trying(), admissions.try_acceptance, reference, start=form.start.day or today(),
        category=str(form.category.data), decided_on=form.decided_on.day, today=today(), into=_into(form),
    )  # fmt: skip


def _cents(result: Result | None) -> int:
    return result.gross.cents if isinstance(result, Assessment) else 0


def _admit(reference: str, form: AdmitForm, result: Result | None) -> ResponseReturnValue:
    cents = _cents(result)
    admission = Admission(
        start=form.start.day or today(),
        decided_on=form.decided_on.day,
        organ=str(form.organ.data or ""),
        minutes=str(form.minutes.data or ""),
        bills=bool(form.bills.data) and holds("invoice.issue") and cents > 0,
        bills_cents=cents,
    )
    made = write(
        current_actor(), admissions.accept, reference, admission, category=str(form.category.data), today=today(),
        base_url=operator().base_url, into=_into(form), is_another=form.into.data == _NEW,
        tells=bool(form.tells.data), invites=bool(form.invites.data),
    )  # fmt: skip
    wake()
    text = (
        _("%(number)s is a member from %(day)s on. Invoice %(invoices)s is written.",
          number=made["member"], day=admission.start, invoices=", ".join(made["invoices"]))
        if made["invoices"]
        else _("%(number)s is a member from %(day)s on.", number=made["member"], day=admission.start)
    )  # fmt: skip
    sessions.notice("ok", text)
    return redirect(url_for("treasurer.members.show", number=made["member"]), code=303)


@blueprint.route("/<reference>/reject", methods=["GET", "POST"])
@policy("member.write")
def reject(reference: str) -> ResponseReturnValue:
    """Turn it down."""
    application = queries.get_application(read(), reference)
    if is_repeated() or application.state is not ApplicationState.WAITING:
        return _back(application.reference)
    form = RejectForm(data={"decided_on": today(), "organ": _("Board")})
    if form.validate_on_submit():
        try:
            write(
                current_actor(), admissions.reject, application.reference, decided_on=form.decided_on.day or today(),
                organ=str(form.organ.data or ""), minutes=str(form.minutes.data or ""), tells=bool(form.tells.data),
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            wake()
            sessions.notice("ok", _("The application is turned down."))
            return _back(application.reference)
    page = render_template(
        "treasurer/applications/reject.html", application=application, title=_title(application), form=form
    )
    return page, 422 if form.errors else 200


@blueprint.post("/<reference>/link")
@policy("member.write")
def link(reference: str) -> ResponseReturnValue:
    """Make a link to pass on and show it once."""
    application = queries.get_application(read(), reference)
    if application.state not in _OPEN:
        return _back(application.reference)
    actor = current_actor()
    secret = tokens.new_secret(current_app.extensions["membership_keys"].session, actor.form_token)
    write(actor, admissions.make_link, application.reference, secret=secret)
    address = url_for("application.show", secret=secret)
    return _shown(application.reference, link=f"{operator().base_url.rstrip('/')}{address}")


@blueprint.post("/<reference>/withdraw")
@policy("member.write")
def withdraw(reference: str) -> ResponseReturnValue:
    """Note that the applicant took it back."""
    application = queries.get_application(read(), reference)
    write(current_actor(), admissions.withdraw, application.reference)
    sessions.notice("ok", _("It is noted that the application is withdrawn."))
    return _back(application.reference)


def _back(reference: str) -> ResponseReturnValue:
    return redirect(url_for(".show", reference=reference), code=303)
