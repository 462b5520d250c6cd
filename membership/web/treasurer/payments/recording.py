"""Recording a payment: for an invoice or for a member, read back before it is booked where it does more than pay.

Source: `ux.md` 6.7 "Zahlung erfassen"; PAY-2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from membership.domain.closings import PeriodClosed, require_open
from membership.domain.errors import DomainError
from membership.domain.money import Money, decimal_text
from membership.domain.offsets import CreditTooSmall, NothingToOffset, is_from_credit
from membership.domain.payments import (
    AllocatedTooMuch,
    Effect,
    Method,
    Owed,
    Share,
    effect_of,
    named_first,
    shares_of,
)
from membership.persistence.db import write
from membership.persistence.form_tokens import find_result
from membership.persistence.queries import payments as queries
from membership.persistence.queries.closings import closed_through
from membership.persistence.queries.invoicing import get_invoice, known_numbers
from membership.persistence.queries.members.rows import get_member
from membership.persistence.queries.search import InvoiceHit, MemberHit, search_invoices, search_members
from membership.services import offsets, payments
from membership.web import sessions
from membership.web.access import current_actor, policy, read
from membership.web.forms.payments import PaymentForm, cents_of, day_of, payment_form, share_name
from membership.web.frame import today
from membership.web.language import _, day_to_type
from membership.web.links import member_address
from membership.web.treasurer.payments.blueprint import blueprint
from membership.web.treasurer.search import cents_typed

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, what is open, and where the page came from; `named` is the invoice that is meant, if one is."""

    member_id: int
    number: str
    name: str
    owed: Sequence[Owed]
    named: Owed | None
    action: str
    back: str

    @property
    def open_cents(self) -> int:
        """Return what is filled in as the amount: of the invoice meant, else of all that is open."""
        return self.named.open_cents if self.named else sum(item.open_cents for item in self.owed)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a filled form asks for, and what that will do.

    `is_known`: the same came on that day already. `from_credit`: an offset with the credit balance.
    """

    cents: int
    received_on: date
    method: Method
    note: str
    shares: tuple[Share, ...]
    effect: Effect
    is_known: bool
    from_credit: bool

    @property
    def is_claim(self) -> bool:
        """Return whether it sets off another claim of the member than the credit balance."""
        return self.method is Method.OFFSET and not self.from_credit

    @property
    def key(self) -> str:
        """Return a short name of all that is read back."""
        parts = (
            self.cents, self.received_on, self.shares, self.effect, self.is_known, self.is_claim, self.from_credit,
        )  # fmt: skip
        return sha256(repr(parts).encode()).hexdigest()[:16]

    @property
    def needs_no_word(self) -> bool:
        """Return whether it pays one item in full and nothing is odd: then it is recorded at once."""
        return self.effect.is_plain and not self.is_known and not self.is_claim


@blueprint.get("/new")
@policy("payment.record")
def find() -> ResponseReturnValue:
    """Ask whose payment it is; one exact hit leads on at once."""
    text = request.args.get("q", "").strip()[:_LONGEST]
    session = read()
    found = search_invoices(session, text, cents=cents_typed(text)) if text else []
    invoices = [hit for hit in found if hit.asks]
    members = search_members(session, text) if text else []
    exact = _exact(text, invoices, members)
    if exact:
        return redirect(exact)
    return render_template("treasurer/payments/find.html", text=text, invoices=invoices, members=members)


def _exact(text: str, invoices: Sequence[InvoiceHit], members: Sequence[MemberHit]) -> str | None:
    wanted = text.replace(" ", "").upper()
    if invoices and invoices[0].number == wanted:
        return url_for("treasurer.invoices.record", number=wanted)
    if members and members[0].number == wanted:
        return url_for(".record", number=wanted)
    return None


@blueprint.route("/new/<member:number>", methods=["GET", "POST"])
@policy("payment.record")
def record(number: str) -> ResponseReturnValue:
    """Record a payment of a member, whatever it is for."""
    session = read()
    member = get_member(session, number)
    payer = Payer(
        member_id=member.id,
        number=member.number,
        name=member.name,
        owed=queries.list_owed(session, member.id),
        named=None,
        action=url_for(".record", number=member.number),
        back=url_for(".index"),
    )
    return record_page(payer)


def for_invoice(number: str) -> Payer:
    """Return who pays an invoice, with the invoice as the one that is meant."""
    session = read()
    view = get_invoice(session, number)
    owed = queries.list_owed(session, view.member.id)
    return Payer(
        member_id=view.member.id,
        number=view.member.number,
        name=view.member.name,
        owed=owed,
        named=next((item for item in owed if item.id == view.open_item_id), None),
        action=url_for("treasurer.invoices.record", number=view.invoice.number),
        back=url_for("treasurer.invoices.show", number=view.invoice.number),
    )


def record_page(payer: Payer) -> ResponseReturnValue:
    """Show the form, read back what it will do, or record the payment and go back; a second click only goes back."""
    if request.method == "POST" and find_result(read(), current_actor()):
        return redirect(payer.back, code=303)
    form = payment_form(payer.owed)(data=_filled(payer))
    plan = _plan(form, payer) if form.validate_on_submit() else None
    if plan and (plan.needs_no_word or form.seen.data == plan.key):
        payment_id = _record(form, payer, plan)
        if payment_id is not None:
            sessions.notice("ok", _result(plan, payer), undo=_undo(plan, payment_id))
            return redirect(payer.back, code=303)
    read_back = plan if not form.errors else None
    form.seen.data = read_back.key if read_back else ""
    page = render_template(
        "treasurer/payments/record.html",
        form=form,
        payer=payer,
        reading=_reading(read_back, payer) if read_back else [],
        submit_label=_label(read_back) if read_back else _("Record payment"),
        linked=known_numbers(read(), [item.reference for item in payer.owed]),
        member_href=member_address(payer.number),
        shares=[(form[share_name(item)], item) for item in payer.owed] if len(payer.owed) > 1 else [],
        is_split=any(form[share_name(item)].data or form[share_name(item)].errors for item in payer.owed),
    )
    return page, 422 if form.errors else 200


def _undo(plan: Plan, payment_id: int) -> dict[str, str] | None:
    """Return the way back; an offset with the credit balance is taken off at its payment, which itself stands."""
    if plan.from_credit:
        return None
    return {"href": url_for("treasurer.payments.undo", payment_id=payment_id), "label": _("Undo")}


def _filled(payer: Payer) -> dict[str, object]:
    amount = decimal_text(payer.open_cents).replace(".", ",") if payer.open_cents else ""
    return {"received_on": day_to_type(today()), "amount": amount, "method": str(Method.TRANSFER)}


def _plan(form: PaymentForm, payer: Payer) -> Plan | None:
    """Return what the form asks for; None when a rule refuses it, with the sentence at its field."""
    cents, received_on = cents_of(form.amount), day_of(form.received_on)
    fields = {item.id: form[share_name(item)] for item in payer.owed}
    typed = [Share(item_id, cents_of(field)) for item_id, field in fields.items() if field.data]
    try:
        require_open(received_on, closed_through=closed_through(read()))
        shares = typed or _usual_shares(cents, payer, received_on)
        effect = effect_of(cents, shares, payer.owed)
        from_credit = _is_from_credit(form, payer, shares)
    except PeriodClosed as error:
        form.refuse(error, "received_on")
        return None
    except NothingToOffset as error:
        form.refuse(error, "note")
        return None
    except AllocatedTooMuch as error:
        at = next((item for item in payer.owed if item.reference == error.values["document"]), None)
        form.refuse(error, share_name(at) if at else "amount")
        return None
    except DomainError as error:
        form.refuse(error, "amount")
        return None
    same_day = queries.list_payments(read(), member_id=payer.member_id, since=received_on, until=received_on)
    return Plan(
        cents=cents,
        received_on=received_on,
        method=Method(form.method.data),
        note=(form.note.data or "").strip(),
        shares=tuple(shares),
        effect=effect,
        is_known=not from_credit
        and any(view.payment.amount_cents == cents and not view.is_reversed for view in same_day),
        from_credit=from_credit,
    )


def _is_from_credit(form: PaymentForm, payer: Payer, shares: Sequence[Share]) -> bool:
    if Method(form.method.data) is not Method.OFFSET:
        return False
    credit = queries.credit_cents(read(), payer.member_id)
    note = form.note.data or ""
    return is_from_credit(cents_of(form.amount), shares, credit_cents=credit, member=payer.name, note=note)


def _usual_shares(cents: int, payer: Payer, received_on: date) -> list[Share]:
    if cents <= 0:
        return []
    if payer.named:
        return named_first(cents, payer.owed, payer.named.id, today=received_on)
    return shares_of(cents, payer.owed, today=received_on)


def _record(form: PaymentForm, payer: Payer, plan: Plan) -> int | None:
    """Record it; None when somebody was faster and less is open or free now."""
    try:
        if plan.method is Method.OFFSET:
            return write(
                current_actor(),
                offsets.record_offset,
                payer.member_id,
                plan.cents,
                received_on=plan.received_on,
                today=today(),
                note=plan.note,
                shares=plan.shares,
            )
        return write(
            current_actor(),
            payments.record_payment,
            payer.member_id,
            plan.cents,
            received_on=plan.received_on,
            method=plan.method,
            today=today(),
            note=plan.note,
            shares=plan.shares,
        )
    except PeriodClosed as error:
        form.refuse(error, "received_on")
        return None
    except (AllocatedTooMuch, CreditTooSmall, NothingToOffset) as error:
        form.refuse(error, "amount")
        return None


def _label(plan: Plan) -> str:
    amount = Money(plan.cents)
    if plan.method is Method.OFFSET:
        return _("Offset %(amount)s", amount=amount)
    if any(item.rest_cents for item in plan.effect.settled):
        return _("Record part payment of %(amount)s", amount=amount)
    return _("Record payment of %(amount)s", amount=amount)


def _reading(plan: Plan, payer: Payer) -> list[tuple[str, str]]:
    """Return what will happen, a line each with the kind of its notice."""
    lines = [("info", sentence) for sentence in _effect_words(plan.effect, payer)]
    if plan.is_known:
        sentence = _(
            "A payment of %(amount)s of this member is recorded for %(day)s already. This books it a second time.",
            amount=Money(plan.cents),
            day=plan.received_on,
        )
        lines.insert(0, ("warning", sentence))
    if plan.from_credit:
        amount = Money(plan.cents)
        sentence = _(
            "%(amount)s are taken from the credit balance of %(member)s.", amount=amount, member=payer.name
        )
        lines.append(("info", sentence))
    if plan.is_claim:
        sentence = _(
            "%(member)s has no credit balance. This sets off the claim that the note names.",
            member=payer.name,
        )
        lines.insert(0, ("warning", sentence))
    return lines


def _effect_words(effect: Effect, payer: Payer) -> list[str]:
    lines = [
        _(
            "%(amount)s go to %(document)s. %(rest)s remain open.",
            amount=Money(item.cents),
            document=item.reference,
            rest=Money(item.rest_cents),
        )
        if item.rest_cents
        else _("%(amount)s pay %(document)s in full.", amount=Money(item.cents), document=item.reference)
        for item in effect.settled
    ]
    if effect.credit_cents:
        credit = Money(effect.credit_cents)
        lines.append(_("%(amount)s become a credit balance of %(member)s.", amount=credit, member=payer.name))
    return lines


def _result(plan: Plan, payer: Payer) -> str:
    lines = [
        _("%(amount)s of the credit balance used.", amount=Money(plan.cents))
        if plan.from_credit
        else _("Payment of %(amount)s recorded.", amount=Money(plan.cents))
    ]
    for item in plan.effect.settled:
        if item.rest_cents:
            rest = Money(item.rest_cents)
            lines.append(_("%(rest)s of %(document)s remain open.", rest=rest, document=item.reference))
        else:
            lines.append(_("%(document)s is paid.", document=item.reference))
    if plan.effect.credit_cents:
        credit = Money(plan.effect.credit_cents)
        lines.append(_("%(amount)s are a credit balance of %(member)s.", amount=credit, member=payer.name))
    return " ".join(lines)
