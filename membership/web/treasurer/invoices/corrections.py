"""Taking an invoice back, in full or in part; each page shows what will happen before it does.

Source: `ux.md` 6.7 "Stornieren", "Rechnungskorrektur", 4 "Check page"; D-INV-14, D-INV-15, DUE-29.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from membership.domain.approvals import Action, Waiting
from membership.domain.corrections import CorrectionTooLarge, NothingLeft, PaidMoney, gross_of
from membership.domain.errors import DomainError
from membership.domain.money import Money
from membership.domain.payments import AmountNotPositive
from membership.jobs.engine import wake
from membership.persistence.db import Session, write
from membership.persistence.queries import payments as payment_queries
from membership.persistence.queries.invoicing import InvoiceView, get_invoice
from membership.services import corrections
from membership.services.approvals import is_needed
from membership.services.corrections import papers
from membership.web import downloads, sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.corrections import AdjustForm, CancelForm, CorrectForm
from membership.web.forms.payments import cents_of
from membership.web.frame import today
from membership.web.heavy import few_at_once
from membership.web.language import _, words
from membership.web.treasurer.invoices.blueprint import blueprint
from membership.web.waiting import is_waiting


def base_url() -> str:
    """Return the address that new invoices name."""
    return sessions.operator().base_url


def back_to(number: str) -> ResponseReturnValue:
    """Return to the invoice; what was made meanwhile is rendered."""
    wake()
    return redirect(url_for(".show", number=number), code=303)


def standing_view(number: str) -> InvoiceView:
    """Return an invoice that was not taken back; raise `AlreadyCancelled` for one that was."""
    session = read()
    view = get_invoice(session, number)
    corrections.require_standing(session, view)
    return view


def others_cents(session: Session, view: InvoiceView) -> int:
    """Return what else is open of the member."""
    owed = payment_queries.list_owed(session, view.member.id)
    return sum(item.open_cents for item in owed if item.id != view.open_item_id)


@blueprint.route("/<number>/cancel", methods=["GET", "POST"])
@policy("invoice.correct")
def cancel(number: str) -> ResponseReturnValue:
    """Show what taking an invoice back does, ask why and what follows, and do it."""
    view = standing_view(number)
    session = read()
    new_cents, refusal = _owed_anew(session, view)
    freed_cents = corrections.freed_by(view, view.standing.counted_cents)
    form = CancelForm(data={"seen": str(view.open_cents)})
    if new_cents is None:
        form.offer_cancelling_only()
    if form.validate_on_submit() and form.seen.data == str(view.open_cents):
        try:
            _cancel(form, view.invoice.number)
        except DomainError as error:
            form.refuse(error)
        else:
            return back_to(number)
    elif form.is_submitted() and not form.errors:
        form.ask_again(str(view.open_cents))
    page = render_template(
        "treasurer/invoices/cancel.html",
        view=view,
        form=form,
        next_number=papers.next_number(session, today()),
        freed_cents=freed_cents,
        others_cents=others_cents(session, view) if freed_cents else 0,
        new_cents=new_cents,
        refusal=refusal,
        needs_second=is_needed(session, Action.CORRECTION, cents=view.standing.counted_cents),
    )
    return page, 422 if form.errors else 200


def _owed_anew(session: Session, view: InvoiceView) -> tuple[int | None, str]:
    """Return what a new invoice would come to, or None and why there can be none."""
    try:
        return corrections.owed_anew(session, view).part.gross_cents, ""
    except DomainError as error:
        return None, words().error(error)


def _cancel(form: CancelForm, number: str) -> None:
    actor, reason, day = current_actor(), form.reason, today()
    if form.follow.data == "replace":
        new = write(actor, corrections.replace_invoice, number, reason=reason, today=day, base_url=base_url())
        if not is_waiting(new):
            sessions.notice("ok", _("%(new)s takes the place of %(number)s.", new=new, number=number))
        return
    if form.follow.data == "reissue":
        made = write(
            actor, corrections.reissue_invoice, number, reason=reason, today=day, base_url=base_url()
        )
        if isinstance(made, Waiting):
            is_waiting(made)
            return
        text = _("%(number)s is cancelled with %(credit)s; the new invoice is %(new)s.", number=number, credit=made[0],
                 new=made[1])  # fmt: skip
        sessions.notice("ok", text)
        return
    paid = PaidMoney(form.paid.data)
    credit = write(actor, corrections.cancel_invoice, number, reason=reason, paid=paid, today=day)
    if not is_waiting(credit):
        sessions.notice("ok", _("%(number)s is cancelled with %(credit)s.", number=number, credit=credit))


@blueprint.get("/<number>/cancel/draft")
@policy("invoice.correct")
@few_at_once
def cancel_draft(number: str) -> ResponseReturnValue:
    """Show the paper of the cancellation as a draft."""
    view = standing_view(number)
    content = papers.draft_pdf(read(), view, today=today())
    return downloads.pdf(content, name=_("%(number)s cancellation draft.pdf", number=view.invoice.number))


@blueprint.route("/<number>/correct", methods=["GET", "POST"])
@policy("invoice.correct")
def correct(number: str) -> ResponseReturnValue:
    """Ask for the amount, read back what taking it off does, and do it."""
    view = standing_view(number)
    form = CorrectForm()
    effect = _effect(form, view) if form.validate_on_submit() else None
    if effect and form.seen.data == effect["key"]:
        reason, paid = form.reason, PaidMoney(form.paid.data)
        credit = write(
            current_actor(), corrections.correct_invoice, number, effect["cents"], reason=reason, paid=paid,
            today=today(),
        )  # fmt: skip
        if is_waiting(credit):
            return back_to(number)
        amount = Money(effect["cents"])
        sessions.notice("ok", _("%(amount)s are taken off %(number)s with %(credit)s.", amount=amount, number=number,
                                credit=credit))  # fmt: skip
        return back_to(number)
    if effect:
        form.seen.data = effect["key"]
    session = read()
    page = render_template(
        "treasurer/invoices/correct.html",
        view=view,
        form=form,
        effect=effect,
        next_number=papers.next_number(session, today()),
        others_cents=others_cents(session, view) if view.standing.paid_cents else 0,
    )
    return page, 422 if form.errors else 200


def _effect(form: CorrectForm, view: InvoiceView) -> dict[str, Any] | None:
    """Return what a correction does; None when a rule refuses it, with the sentence at its field."""
    try:
        lines = corrections.part_to_correct(read(), view, cents_of(form.amount))
    except (AmountNotPositive, CorrectionTooLarge, NothingLeft) as error:
        form.refuse(error, "amount")
        return None
    cents = gross_of(lines)
    freed_cents = max(0, cents - view.open_cents)
    return {
        "cents": cents,
        "counted_cents": view.standing.counted_cents - cents,
        "open_cents": max(0, view.open_cents - cents),
        "freed_cents": freed_cents,
        "needs_second": is_needed(read(), Action.CORRECTION, cents=cents),
        "key": f"{cents}-{view.open_cents}-{form.paid.data}",
    }


@blueprint.route("/<number>/adjust", methods=["GET", "POST"])
@policy("invoice.correct")
def adjust(number: str) -> ResponseReturnValue:
    """Show what the invoice would be by today's size, and bring it there by a correction or a further invoice."""
    view = standing_view(number)
    try:
        found = corrections.adjustment(read(), view, today=today())
    except corrections.NothingChanged as error:
        sessions.notice("info", words().error(error))
        return back_to(number)
    form = AdjustForm(data={"seen": str(found.more_cents)})
    if form.validate_on_submit() and form.seen.data == str(found.more_cents):
        made = write(
            current_actor(), corrections.adjust_invoice, number, words=str(form.words.data or "").strip(),
            paid=PaidMoney(form.paid.data), today=today(), base_url=base_url(),
        )  # fmt: skip
        if not is_waiting(made):
            text = _("%(number)s is brought to today's size with %(document)s.", number=number, document=made)
            sessions.notice("ok", text)
        return back_to(number)
    freed_cents = max(0, -found.more_cents - view.open_cents)
    page = render_template(
        "treasurer/invoices/adjust.html",
        view=view,
        form=form,
        found=found,
        before=_class_words(found.before),
        now=_class_words(found.found.assessment),
        freed_cents=freed_cents,
        others_cents=others_cents(read(), view) if freed_cents else 0,
    )
    return page, 422 if form.errors else 200


def _class_words(assessment: Any) -> str:  # noqa: ANN401 - an assessment
    return ", ".join(words().value(used.text) for used in assessment.bases)
