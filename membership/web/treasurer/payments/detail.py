"""One payment: what it settles, what is free of it, what happened to it; using it, and taking it back.

Source: PAY-2 to PAY-4; `ux.md` 4 "Undo", "Check page".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.errors import DomainError, NotFound
from membership.domain.money import Money, decimal_text
from membership.domain.payments import METHOD_WORDS, Method, Owed, Share
from membership.persistence.db import write
from membership.persistence.queries import history
from membership.persistence.queries import payments as queries
from membership.persistence.queries.invoicing import known_numbers
from membership.persistence.queries.payments import PaymentView
from membership.services import payments
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.form import choice
from membership.web.forms.payments import ReversalForm, ShareForm, cents_of
from membership.web.frame import today
from membership.web.language import _, words
from membership.web.links import invoice_address, member_address
from membership.web.treasurer.audit_words import person_words
from membership.web.treasurer.payments.blueprint import blueprint

_LOOKS: Final = {
    "payment.record": ("plus", "brand"),
    "payment.allocate": ("tick", "ok"),
    "payment.unallocate": ("undo", "warning"),
    "payment.reverse": ("undo", "danger"),
}
"""What happens to a payment, in the order in which it can happen within one step."""


@blueprint.get("/<int:payment_id>")
@policy("payment.read")
def show(payment_id: int) -> ResponseReturnValue:
    """Show one payment."""
    view = _view(payment_id)
    owed = _usable(view)
    return _page(view, owed, _share_form(view, owed))


def _page(view: PaymentView, owed: Sequence[Owed], form: ShareForm) -> ResponseReturnValue:
    page = render_template(
        "treasurer/payments/show.html",
        view=view,
        owed=owed,
        form=form,
        linked=known_numbers(read(), {document for document, _cents in view.allocations}),
        member_href=member_address(view.member.number),
        method=_method(view),
        events=_events(view),
    )
    return page, 422 if form.errors else 200


def _method(view: PaymentView) -> str:
    return words().text(METHOD_WORDS[Method(view.payment.method)])


def _view(payment_id: int) -> PaymentView:
    found = queries.list_payments(read(), payment_id=payment_id)
    if not found:
        raise NotFound(what="payment", key=payment_id)
    return found[0]


def _usable(view: PaymentView) -> list[Owed]:
    """Return what is open of the member, while something of the payment is free and the person may use it."""
    if not view.free_cents or not sessions.holds("payment.record"):
        return []
    return queries.list_owed(read(), view.member.id)


def _share_form(view: PaymentView, owed: Sequence[Owed]) -> ShareForm:
    first = min(view.free_cents, owed[0].open_cents) if owed else 0
    form = ShareForm(data={"amount": decimal_text(first).replace(".", ",")})
    form.document.choices = [
        choice(
            item.reference,
            _("%(document)s, %(open)s open", document=item.reference, open=Money(item.open_cents)),
        )
        for item in owed
    ]
    return form


def _events(view: PaymentView) -> list[dict[str, Any]]:
    """Return recording, taking back and every step between, the newest first."""
    texts = {
        "payment.record": _("Recorded: %(amount)s", amount=Money(view.payment.amount_cents)),
        "payment.reverse": _("Taken back"),
    }
    about = ("payment", str(view.payment.id))
    reasons = history.given_reasons(read(), *about)
    events = [
        _event(
            record.action,
            texts[record.action],
            lines=[reasons[record.id]] if record.id in reasons else [],
            at=record.at,
            who=person_words(record.actor_key, record.actor_name),
        )
        for record in history.list_events(read(), *about)
        if record.action in texts
    ]
    steps = history.list_steps(read(), view.payment.id)
    linked = known_numbers(read(), {step.document for step in steps})
    for step in steps:
        action = "payment.allocate" if step.cents > 0 else "payment.unallocate"
        amount = Money(abs(step.cents))
        text = (
            _("%(amount)s for %(document)s", amount=amount, document=step.document)
            if step.cents > 0
            else _("%(amount)s taken off %(document)s", amount=amount, document=step.document)
        )
        href = invoice_address(step.document) if step.document in linked else None
        events.append(
            _event(action, text, href=href, at=step.at, who=person_words(step.actor_key, step.actor_name))
        )
    order = list(_LOOKS)
    return sorted(events, key=lambda event: (event["at"], order.index(event["action"])), reverse=True)


def _event(action: str, text: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - moment, person, address
    icon, tone = _LOOKS[action]
    return {"action": action, "icon": icon, "tone": tone, "text": text, **more}


@blueprint.post("/<int:payment_id>/allocate")
@policy("payment.record")
def allocate(payment_id: int) -> ResponseReturnValue:
    """Use a free part of the payment for one open item of the same member."""
    view = _view(payment_id)
    owed = _usable(view)
    if not owed:
        sessions.notice(
            "warning", _("Nothing is free of this payment, or nothing is open. Nothing was changed.")
        )
        return redirect(url_for(".show", payment_id=payment_id), code=303)
    form = _share_form(view, owed)
    if not form.validate_on_submit():
        return _page(view, owed, form)
    item = next(each for each in owed if each.reference == form.document.data)
    share = Share(item.id, cents_of(form.amount))
    try:
        write(current_actor(), payments.allocate, payment_id, [share], today=today())
    except DomainError as error:
        form.refuse(error, "amount")
        return _page(view, owed, form)
    amount = Money(share.cents)
    sessions.notice("ok", _("%(amount)s now settle %(document)s.", amount=amount, document=item.reference))
    return redirect(url_for(".show", payment_id=payment_id), code=303)


@blueprint.post("/<int:payment_id>/unallocate")
@policy("payment.record")
def unallocate(payment_id: int) -> ResponseReturnValue:
    """Take the payment off one document; the amount is the member's credit balance then."""
    document = request.form.get("document", "")
    cents = write(current_actor(), payments.unallocate, payment_id, document, today=today())
    text = _(
        "%(document)s is open again with %(amount)s. The amount is a credit balance of the member now.",
        document=document,
        amount=Money(cents),
    )
    sessions.notice("ok", text)
    return redirect(url_for(".show", payment_id=payment_id), code=303)


@blueprint.route("/<int:payment_id>/reverse", methods=["GET", "POST"])
@policy("payment.record")
def reverse(payment_id: int) -> ResponseReturnValue:
    """Show what taking a mistyped payment back does, ask why, and do it."""
    view = _view(payment_id)
    if view.is_reversed:
        return redirect(url_for(".show", payment_id=payment_id), code=303)
    form = ReversalForm()
    if form.validate_on_submit():
        _take_back(payment_id, str(form.reason.data).strip())
        return redirect(url_for(".show", payment_id=payment_id), code=303)
    page = render_template("treasurer/payments/reverse.html", view=view, form=form, method=_method(view))
    return page, 422 if form.errors else 200


@blueprint.post("/<int:payment_id>/undo")
@policy("payment.record")
def undo(payment_id: int) -> ResponseReturnValue:
    """Take back what was recorded a moment ago."""
    _take_back(payment_id, _("Undone directly after recording"))
    return redirect(url_for(".show", payment_id=payment_id), code=303)


def _take_back(payment_id: int, reason: str) -> None:
    write(current_actor(), payments.reverse_payment, payment_id, reason=reason, today=today())
    sessions.notice("ok", _("The payment is taken back. What it had settled is open again."))
