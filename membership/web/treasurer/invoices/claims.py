"""Decisions about the claim of an invoice: waive, write off, open again, defer, instalments.

Each page says what will happen and asks for reason and resolution. Source: D-INV-16, DUE-26; `ux.md` 6.7.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue

from membership.domain.approvals import Action
from membership.domain.claims import (
    DayTooEarly,
    Instalment,
    InstalmentsWrong,
    NothingDecided,
    NothingOpen,
    plan_of,
)
from membership.domain.errors import DomainError
from membership.domain.money import Money, decimal_text
from membership.persistence.db import write
from membership.persistence.queries.invoicing import InvoiceView
from membership.services import corrections
from membership.services.approvals import is_needed
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.association import association_settings
from membership.web.forms.corrections import (
    DecisionForm,
    DeferForm,
    PlanForm,
    ReopenForm,
    WaiveForm,
    WriteOffForm,
)
from membership.web.forms.form import Form
from membership.web.forms.payments import cents_of
from membership.web.frame import today
from membership.web.language import _
from membership.web.outdated import still_holds
from membership.web.treasurer.invoices.blueprint import blueprint
from membership.web.treasurer.invoices.corrections import back_to, standing_view
from membership.web.waiting import is_waiting


def _open_view(number: str) -> InvoiceView:
    view = standing_view(number)
    if not view.open_cents:
        raise NothingOpen(number=view.invoice.number)
    return view


def _now(view: InvoiceView) -> str:
    """Return in words what a decision is about: what is open, until when, and what was given up."""
    standing = view.standing
    given_up = Money(standing.waived_cents + standing.written_off_cents)
    text = _("%(amount)s open, due on %(day)s", amount=Money(view.open_cents), day=standing.due_on)
    return _("%(text)s, %(amount)s given up", text=text, amount=given_up) if given_up.cents else text


def _page(
    view: InvoiceView, form: Form, *, step: str, plan: Sequence[Instalment] = ()
) -> ResponseReturnValue:
    session, standing = read(), view.standing
    most_cents = view.open_cents + standing.waived_cents + standing.written_off_cents
    page = render_template(
        f"treasurer/invoices/{step}.html",
        view=view,
        form=form,
        plan=plan,
        needs_second=is_needed(session, Action.CLAIM, cents=most_cents),
        limit_cents=association_settings().number("approval.claim_limit_cents"),
    )
    return page, 422 if form.errors else 200


def _decided(form: DecisionForm) -> dict[str, str]:
    return {"reason": str(form.reason.data).strip(), "resolution": str(form.resolution.data or "").strip()}


def _done(
    form: Form, field: str | None, number: str, change: Callable[[], object], text: str
) -> ResponseReturnValue | None:
    """Do it and go back; None when a rule refuses it, with the sentence at its field."""
    try:
        result = change()
    except DomainError as error:
        form.refuse(error, field)
        return None
    if not is_waiting(result):
        sessions.notice("ok", text)
    return back_to(number)


@blueprint.route("/<number>/waive", methods=["GET", "POST"])
@policy("claim.change")
def waive(number: str) -> ResponseReturnValue:
    """Waive what is open, or a part of it."""
    view = _open_view(number)
    amount = decimal_text(view.open_cents).replace(".", ",")
    form = WaiveForm(data={"amount": amount, "seen": _now(view)})
    if form.validate_on_submit() and still_holds(form, _now(view)):
        cents = cents_of(form.amount)
        done = _done(
            form, "amount", number,
            lambda: write(current_actor(), corrections.waive, number, cents, today=today(), **_decided(form)),
            _("%(amount)s of %(number)s are waived.", amount=Money(cents), number=number),
        )  # fmt: skip
        if done is not None:
            return done
    return _page(view, form, step="waive")


@blueprint.route("/<number>/write-off", methods=["GET", "POST"])
@policy("claim.change")
def write_off(number: str) -> ResponseReturnValue:
    """Write off all that is open."""
    view = _open_view(number)
    form = WriteOffForm(data={"seen": _now(view)})
    if form.validate_on_submit() and still_holds(form, _now(view)):
        done = _done(
            form, None, number,
            lambda: write(current_actor(), corrections.write_off, number, today=today(), **_decided(form)),
            _("%(amount)s of %(number)s are written off.", amount=Money(view.open_cents), number=number),
        )  # fmt: skip
        if done is not None:
            return done
    return _page(view, form, step="write_off")


@blueprint.route("/<number>/reopen", methods=["GET", "POST"])
@policy("claim.change")
def reopen(number: str) -> ResponseReturnValue:
    """Take back what was waived and written off."""
    view = standing_view(number)
    if not view.standing.waived_cents + view.standing.written_off_cents:
        raise NothingDecided(number=view.invoice.number)
    form = ReopenForm(data={"seen": _now(view)})
    if form.validate_on_submit() and still_holds(form, _now(view)):
        reason = str(form.reason.data).strip()
        done = _done(
            form, None, number,
            lambda: write(current_actor(), corrections.reopen, number, reason=reason, today=today()),
            _("%(number)s is open again.", number=number),
        )  # fmt: skip
        if done is not None:
            return done
    return _page(view, form, step="reopen")


@blueprint.route("/<number>/defer", methods=["GET", "POST"])
@policy("claim.change")
def defer(number: str) -> ResponseReturnValue:
    """Give the invoice until a later day."""
    view = _open_view(number)
    form = DeferForm(data={"seen": _now(view)})
    if form.validate_on_submit() and still_holds(form, _now(view)):
        until = form.until.day
        assert until is not None, form.until.data
        done = _done(
            form, "until", number,
            lambda: write(
                current_actor(), corrections.defer, number, until=until, today=today(), **_decided(form)
            ),
            _("%(number)s is deferred until %(day)s.", number=number, day=until),
        )  # fmt: skip
        if done is not None:
            return done
    return _page(view, form, step="defer")


@blueprint.route("/<number>/end-deferral", methods=["GET", "POST"])
@policy("claim.change")
def end_deferral(number: str) -> ResponseReturnValue:
    """Let the invoice be due on the day of its paper again."""
    view = _open_view(number)
    form = ReopenForm(data={"seen": _now(view)})
    if form.validate_on_submit() and still_holds(form, _now(view)):
        reason = str(form.reason.data).strip()
        done = _done(
            form, None, number,
            lambda: write(current_actor(), corrections.end_deferral, number, reason=reason, today=today()),
            _("%(number)s is due on %(day)s again.", number=number, day=view.invoice.due_on),
        )  # fmt: skip
        if done is not None:
            return done
    return _page(view, form, step="end_deferral")


@blueprint.route("/<number>/instalments", methods=["GET", "POST"])
@policy("claim.change")
def instalments(number: str) -> ResponseReturnValue:
    """Ask for number and first day of instalments, read the plan back, and keep it."""
    view = _open_view(number)
    form = PlanForm()
    plan = _plan(form, view) if form.validate_on_submit() else ()
    key = ",".join(f"{part.due_on}={part.cents}" for part in plan)
    if plan and form.seen.data == key:
        days = [part.due_on for part in plan]
        done = _done(
            form, None, number,
            lambda: write(
                current_actor(), corrections.plan_instalments, number, days, today=today(), **_decided(form)
            ),
            _("%(number)s is to be paid in %(n)s instalments.", number=number, n=len(plan)),
        )  # fmt: skip
        if done is not None:
            return done
    form.seen.data = key
    return _page(view, form, step="instalments", plan=plan)


def _plan(form: PlanForm, view: InvoiceView) -> Sequence[Instalment]:
    days: list[date] = form.days
    try:
        return plan_of(view.open_cents, days, today=today())
    except DayTooEarly as error:
        form.refuse(error, "first_on")
    except InstalmentsWrong as error:
        form.refuse(error, "parts")
    return ()
