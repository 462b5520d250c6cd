"""Admission: an applicant becomes a member, a former one returns, or the application is turned down.

The dues of the first year are worked out and read before the step is taken. Source: `domain.md` MEM-1 to MEM-5;
`ux.md` 6.3 "Joining".
"""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.applications import INVOICE_WAITS, asks_first
from membership.domain.dues.assessment import Assessment, Result
from membership.domain.errors import DomainError
from membership.domain.members import ReturnTooEarly
from membership.jobs.engine import wake
from membership.persistence.db import rehearse, write
from membership.persistence.queries.members import find_record
from membership.services import admissions, members
from membership.services.admissions import Admission
from membership.services.members.effects import try_acceptance
from membership.web.access import current_actor, policy, read
from membership.web.forms.membership import AcceptForm, DecisionForm
from membership.web.frame import today
from membership.web.language import _
from membership.web.outdated import is_repeated
from membership.web.sessions import holds, operator
from membership.web.treasurer.members.blueprint import blueprint
from membership.web.treasurer.members.calculation import Calculation, calculation_of
from membership.web.treasurer.members.returning import back, key_of, to_record, trying


@blueprint.route("/<member:number>/accept", methods=["GET", "POST"])
@policy("member.write")
def accept(number: str) -> ResponseReturnValue:
    """Turn an applicant into a member, or let a former one return; its first dues are shown before."""
    if is_repeated():
        return back(number)
    record = find_record(read(), number, today=today(), year=today().year)
    member = record.member
    may_bill = holds("invoice.issue")
    waits = asks_first(member.order_wish)
    form = AcceptForm(
        data={"start": today(), "decided_on": today(), "organ": _("Board"), "bills": may_bill and not waits}
    )
    found: Calculation | None = None
    if form.validate_on_submit():
        start = form.start.day or today()
        options: dict[str, Any] = {"start": start, **_decided(form), "today": today()}
        try:
            result = rehearse(trying(), try_acceptance, member.number, **options)
            key = key_of(result, options)
            if form.seen.data == key:
                return _admit(member.number, options, result if may_bill and form.bills.data else None)
        except DomainError as error:
            form.refuse(error, "start" if isinstance(error, ReturnTooEarly) else None)
        else:
            form.seen.data, found = key, calculation_of(result) if result else None
    page = render_template(
        "treasurer/members/accept.html",
        member=member,
        form=form,
        found=found,
        may_bill=may_bill,
        waits=_(INVOICE_WAITS["order_number"]) if may_bill and waits else "",
        is_former=record.state in {"ended", "succeeded"},
    )
    return page, 422 if form.errors else 200


def _admit(number: str, options: dict[str, Any], billed: Result | None) -> ResponseReturnValue:
    """Take the step; with `billed`, what the first invoice was shown to come to, it is written and sent too.

    Where nothing is owed or decided there is nothing to write.
    """
    cents = billed.gross.cents if isinstance(billed, Assessment) else 0
    kept = {name: value for name, value in options.items() if name != "today"}
    admission = Admission(**kept, bills=cents > 0, bills_cents=cents)
    made = write(
        current_actor(),
        admissions.admit_member,
        number,
        admission,
        today=today(),
        base_url=operator().base_url,
    )
    if made["invoices"]:
        wake()
        text = _("Member from %(day)s on; invoice %(invoices)s is written.", day=admission.start,
                 invoices=", ".join(made["invoices"]))  # fmt: skip
        return to_record(number, text)
    onward = None if billed else _first_invoice(admission.start.year)
    return to_record(number, _("Member from %(day)s on.", day=admission.start), onward=onward)


def _first_invoice(year: int) -> dict[str, str] | None:
    """Return the way to the run that bills who has no invoice of the year yet."""
    if not holds("billing.release"):
        return None
    return {"href": url_for("treasurer.billing.start", year=year), "label": _("Write first invoice")}


@blueprint.route("/<member:number>/reject", methods=["GET", "POST"])
@policy("member.write")
def reject(number: str) -> ResponseReturnValue:
    """Turn an application down."""
    if is_repeated():
        return back(number)
    member = find_record(read(), number, today=today(), year=today().year).member
    form = DecisionForm(data={"decided_on": today(), "organ": _("Board")})
    if form.validate_on_submit():
        options = {**_decided(form), "decided_on": form.decided_on.day or today()}
        try:
            write(current_actor(), members.reject_applicant, member.number, **options, today=today())
        except DomainError as error:
            form.refuse(error)
        else:
            undo = url_for(".reopen", number=member.number)
            return to_record(member.number, _("The application is turned down."), undo=undo)
    page = render_template("treasurer/members/reject.html", member=member, form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/<member:number>/reopen")
@policy("member.write")
def reopen(number: str) -> ResponseReturnValue:
    """Let the board decide again about an application."""
    write(current_actor(), members.reopen_application, number, today=today())
    return to_record(number, _("The application waits for a decision again."))


def _decided(form: DecisionForm) -> dict[str, Any]:
    return {
        "decided_on": form.decided_on.day,
        "organ": form.organ.data or "",
        "minutes": form.minutes.data or "",
    }
